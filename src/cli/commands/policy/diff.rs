//! `medsettle policy diff`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::calendar::Date;
use crate::cli::args::PolicyDiffArgs;
use crate::cli::exit::Exit;
use crate::cli::printer::Printer;
use crate::codes::{AdmDiv, Insurance, InsuredRegion};
use crate::ingest::policy_book::{self, LoadedBook};
use crate::page::bills::{self, Version};
use crate::page::diff::{Pairing, TableChanges, changes, render};
use crate::page::notes::Notes;
use crate::page::outline::Outline;
use crate::page::said::{Said, said};
use crate::policy::written::Written;

use super::refuse;

/// Compares two days of a book, or two versions of one.
pub fn diff(args: &PolicyDiffArgs, printer: &Printer) -> Exit {
    let told = match (&args.new, args.from, args.to) {
        (Some(new), ..) => versions(args, new),
        (None, Some(from), Some(to)) => days(args, from, to),
        (None, ..) => Err(vec!["name two folders, or a region with --from and --to".into()]),
    };
    match told {
        Ok(text) => {
            printer.data(&text, &());
            Exit::Ok
        }
        Err(errors) => refuse(printer, &errors),
    }
}

fn days(args: &PolicyDiffArgs, from: Date, to: Date) -> Result<String, Vec<String>> {
    let region = AdmDiv::parse(args.what.as_bytes())
        .ok_or_else(|| vec![format!("{:?} is not a region of six digits", args.what)])?;
    let loaded = policy_book::load(&args.paths)?;
    let mut out = String::new();
    for paper in &loaded.written.policies {
        let asked = args.insurance.is_none_or(|insurance| paper.insurance.contains(&insurance));
        if paper.region.0 != region || !asked {
            continue;
        }
        let title = said(
            format!("{}：{from} 与 {to}", paper.title),
            format!("{}: {from} and {to}", paper.file),
        );
        let old = Outline::of(&loaded.written, paper, Some(from));
        let new = Outline::of(&loaded.written, paper, Some(to));
        let tables = changes(&old, &new, Pairing::Days);
        let pairs = money_pairs(args, Some((&loaded, paper, from)), Some((&loaded, paper, to)));
        out.push_str(&section(args, &title, &tables, &pairs));
    }
    if out.is_empty() {
        return Err(vec![format!("the book has no such policy for region {region}")]);
    }
    Ok(out)
}

fn versions(args: &PolicyDiffArgs, new: &PathBuf) -> Result<String, Vec<String>> {
    let old = policy_book::load(&[PathBuf::from(&args.what)])?;
    let new = policy_book::load(std::slice::from_ref(new))?;
    let keys: BTreeSet<(InsuredRegion, Insurance)> =
        [&old, &new].into_iter().flat_map(keys).collect();
    let mut out = String::new();
    let mut told: BTreeSet<(Option<String>, Option<String>)> = BTreeSet::new();
    for (region, insurance) in keys {
        let asked = args.region.is_none_or(|asked| asked == region.0)
            && args.insurance.is_none_or(|asked| asked == insurance);
        let (before, after) = (paper(&old, region, insurance), paper(&new, region, insurance));
        let name = |paper: Option<&Written>| paper.map(|paper| paper.file.to_string());
        // A policy of several insurances is told once.
        if asked && told.insert((name(before), name(after))) {
            out.push_str(&version(args, (&old, before), (&new, after)));
        }
    }
    if out.is_empty() {
        return Ok(said("两个版本没有差别。", "The two versions do not differ.").text(args.lang));
    }
    Ok(out)
}

fn keys(loaded: &LoadedBook) -> Vec<(InsuredRegion, Insurance)> {
    let policies = loaded.written.policies.iter();
    policies.flat_map(|p| p.insurance.iter().map(|insurance| (p.region, *insurance))).collect()
}

fn paper(loaded: &LoadedBook, region: InsuredRegion, insurance: Insurance) -> Option<&Written> {
    let serves = |paper: &&Written| paper.region == region && paper.insurance.contains(&insurance);
    loaded.written.policies.iter().find(serves)
}

/// One policy in two versions; nothing where they do not differ.
fn version(
    args: &PolicyDiffArgs,
    (old, before): (&LoadedBook, Option<&Written>),
    (new, after): (&LoadedBook, Option<&Written>),
) -> String {
    let (before, after) = match (before, after) {
        (Some(before), Some(after)) => (before, after),
        (None, Some(only)) => {
            let words = said("新增政策", "a new policy");
            return format!("## {} {} {}\n\n", only.title, only.file, words.label(args.lang));
        }
        (Some(only), None) => {
            let words = said("政策被删除", "the policy is gone");
            return format!("## {} {} {}\n\n", only.title, only.file, words.label(args.lang));
        }
        (None, None) => return String::new(),
    };
    let (old_page, new_page) =
        (Outline::of(&old.written, before, None), Outline::of(&new.written, after, None));
    let tables = changes(&old_page, &new_page, Pairing::Versions);
    if tables.is_empty() {
        return String::new();
    }
    let pairs: Vec<(Version<'_>, Version<'_>)> = changed_days(&tables, &new_page)
        .into_iter()
        .flat_map(|day| money_pairs(args, Some((old, before, day)), Some((new, after, day))))
        .collect();
    let title = said(&after.title, &*after.file);
    section(args, &title, &tables, &pairs)
}

/// Days on which tables begin that differ; for what has no day of its own the last day on which anything begins.
fn changed_days(tables: &[TableChanges<'_>], new: &Outline) -> BTreeSet<Date> {
    let mut days: BTreeSet<Date> =
        tables.iter().flat_map(|table| table.from.into_iter().flatten()).collect();
    if tables.iter().any(|table| table.from == [None, None]) {
        days.extend(new.blocks().map(|block| block.from).max());
    }
    days
}

type Dated<'a> = (&'a LoadedBook, &'a Written, Date);

/// The two sides of a comparison in money, unless it is not wanted.
fn money_pairs<'a>(
    args: &PolicyDiffArgs,
    old: Option<Dated<'a>>,
    new: Option<Dated<'a>>,
) -> Vec<(Version<'a>, Version<'a>)> {
    let side = |(loaded, written, day): Dated<'a>| {
        let insurance = written.insurance.first().copied()?;
        let policy = loaded.book.policy(written.region, insurance)?;
        Some(Version { written, paper: &loaded.written, policy, book: &loaded.book, day })
    };
    let pair = old.and_then(side).zip(new.and_then(side)).filter(|_| !args.no_money);
    pair.into_iter().collect()
}

fn section(
    args: &PolicyDiffArgs,
    title: &Said,
    tables: &[TableChanges<'_>],
    pairs: &[(Version<'_>, Version<'_>)],
) -> String {
    let lang = args.lang;
    let mut notes = Notes::default();
    let mut out = format!("## {}\n\n", title.text(lang));
    if tables.is_empty() {
        let words = said("没有差别。", "Nothing differs.");
        out.push_str(&format!("{}\n\n", words.text(lang)));
        return out;
    }
    out.push_str(&render(tables, lang, &mut notes));
    for (old, new) in pairs {
        let days = if old.day == new.day {
            said(format!("（{}）", new.day), format!(" ({})", new.day))
        } else {
            said(
                format!("（{} 与 {}）", old.day, new.day),
                format!(" ({} and {})", old.day, new.day),
            )
        };
        let heading =
            Said::join([&said("典型费用的影响", "what typical bills come to"), &days], "", "");
        out.push_str(&format!("### {}\n\n", heading.label(lang)));
        let money = bills::render(&bills::compare(*old, *new), lang);
        if money.is_empty() {
            let words = said(
                "所列典型费用的支付没有变化。",
                "None of the typical bills is paid otherwise.",
            );
            out.push_str(&format!("{}\n\n", words.text(lang)));
        } else {
            out.push_str(&format!("{}\n\n", bills::legend().text(lang)));
            out.push_str(&money);
        }
    }
    out.push_str(&format!("### {}\n\n", said("来源", "sources").label(lang)));
    out.push_str(&notes.render(lang));
    out.push('\n');
    out
}
