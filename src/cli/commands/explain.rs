//! `medsettle explain`: one claim's whole story, from the store alone.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Serialize;

use crate::claim::{AccumulatorMove, Settled};
use crate::cli::args::ExplainArgs;
use crate::cli::exit::Exit;
use crate::cli::printer::Printer;
use crate::codes::{Fund, SettlementId, fields};
use crate::ingest::policy_book::{self, LoadedBook};
use crate::ledger::{self, ClearBase, VoucherKey};
use crate::money::Fen;
use crate::page::said::{Lang, Said, said, same};
use crate::page::steps::{self, Told};
use crate::page::{names, words};
use crate::run::settling::RowLayout;
use crate::store::control::{Control, RunRow};
use crate::store::ids::{IdFile, IdKind, id_digest};
use crate::store::rows;
use crate::store::schema::Table;
use crate::store::staging::Layout;

/// A story as JSON; amounts in yuan.
#[derive(Serialize)]
struct Story {
    setl_id: String,
    run_id: String,
    clr_date: String,
    /// `settled`, or what stopped it.
    outcome: String,
    source: String,
    facts: BTreeMap<&'static str, Fact>,
    amounts: Vec<Amount>,
    steps: Vec<Told>,
    moves: Vec<String>,
    postings: Vec<String>,
    findings: Vec<String>,
    lines: Vec<String>,
}

/// A fact of a record, in both languages.
#[derive(Serialize)]
struct Fact {
    label: Said,
    value: Said,
}

#[derive(Serialize)]
struct Amount {
    field: &'static str,
    label: Said,
    yuan: String,
}

/// Finds the newest record with the id and tells its story.
pub fn explain(args: &ExplainArgs, printer: &Printer) -> Exit {
    let Some(id) = SettlementId::new(&args.setl_id) else {
        printer.talk("error: a settlement id has at most 30 bytes");
        return Exit::Usage;
    };
    match stories(&args.store.store, id, args.lines) {
        Err(error) if !Layout::new(&args.store.store).control().exists() => {
            printer.talk(&format!("error: {error}"));
            Exit::Usage
        }
        Ok(stories) if stories.is_empty() => {
            printer.talk(&format!("error: the store knows no settlement {id}"));
            Exit::Usage
        }
        Ok(stories) => {
            let text: Vec<String> = stories.iter().map(|story| render(story, args.lang)).collect();
            printer.data(&text.join("\n"), &stories);
            Exit::Ok
        }
        Err(error) => {
            printer.talk(&format!("error: {error}"));
            Exit::Io
        }
    }
}

fn stories(store: &Path, id: SettlementId, lines: bool) -> Result<Vec<Story>, String> {
    let layout = Layout::new(store);
    if !layout.control().exists() {
        return Err(format!("{} is not a store", store.display()));
    }
    let control = Control::open(&layout.control()).map_err(text)?;
    let mut stories = Vec::new();
    for run in control.runs().map_err(text)?.iter().rev() {
        let ids = IdFile::open(&layout.state(&run.run_id).join("ids.bin")).map_err(text)?;
        let booked: Vec<u32> = ids
            .find(id_digest(id))
            .filter(|entry| entry.kind != IdKind::Reversed)
            .map(|entry| entry.bucket)
            .collect();
        for bucket in booked {
            stories.extend(settled(&layout, run, id, bucket, lines)?);
        }
        stories.extend(not_settled(&layout, run, id)?);
    }
    Ok(stories)
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn settled(
    layout: &Layout,
    run: &RunRow,
    id: SettlementId,
    bucket: u32,
    lines: bool,
) -> Result<Vec<Story>, String> {
    let layout_of_run: RowLayout = serde_json::from_str(&run.layout).map_err(text)?;
    let Some(Some((part, group))) = layout_of_run.buckets.get(bucket as usize).copied() else {
        return Ok(Vec::new());
    };
    let path =
        |table: Table| layout.table_part(table.name(), &run.date, &run.run_id, part as usize);
    let wanted = BTreeSet::from([id]);
    let found = rows::read_settlement_rows(&path(Table::Settlement), group as usize, &wanted)
        .map_err(text)?;
    let mut moves = rows::read_moves(&path(Table::AccumulatorMove), &wanted).map_err(text)?;
    let book = book(layout, run)?;
    let mut stories = Vec::new();
    for row in found {
        let mut settled = row.settled;
        settled.take_moves(moves.remove(&id).unwrap_or_default());
        let mut story = story(run, &settled, &row.submission, &book);
        if lines {
            story.lines = priced_lines(layout, run, id)?;
        }
        stories.push(story);
    }
    Ok(stories)
}

/// The policies that the run used.
fn book(layout: &Layout, run: &RunRow) -> Result<LoadedBook, String> {
    let path = layout.state(&run.run_id).join("policies.json");
    let bytes = std::fs::read(&path).map_err(text)?;
    let files: Vec<(String, String)> = serde_json::from_slice(&bytes).map_err(text)?;
    policy_book::read(files).map_err(|errors| errors.join("\n"))
}

fn story(run: &RunRow, settled: &Settled, submission: &str, loaded: &LoadedBook) -> Story {
    let claim = &settled.claim;
    Story {
        setl_id: claim.id.to_string(),
        run_id: run.run_id.clone(),
        clr_date: run.date.clone(),
        outcome: if claim.reversal { "reversed".into() } else { "settled".into() },
        source: format!("{submission}, settlements line {}", claim.origin.line),
        facts: facts(settled),
        amounts: amounts(settled),
        steps: steps::tell(settled, &loaded.book, &loaded.written),
        moves: settled.moves.iter().map(|step| move_text(settled, step)).collect(),
        postings: postings(settled),
        findings: settled
            .warnings
            .iter()
            .map(|code| format!("{code} {} {}", code.chinese(), code.meaning()))
            .collect(),
        lines: Vec::new(),
    }
}

fn facts(settled: &Settled) -> BTreeMap<&'static str, Fact> {
    let claim = &settled.claim;
    let scope = words::scope(settled.scope.key());
    let level = settled.level.as_str();
    let person = names::person(claim.person_type.as_str());
    let rows: [(&'static str, Said); 12] = [
        (fields::INSUPLC_ADMDVS, same(settled.insured.to_string())),
        (fields::MDTRTAREA_ADMVS, same(settled.care.to_string())),
        (fields::FIXMEDINS_CODE, same(claim.institution.to_string())),
        (fields::HOSP_LV, coded(names::level(level), level)),
        (fields::INSUTYPE, names::insurance(claim.insurance)),
        (fields::PSN_TYPE, coded(person, claim.person_type.as_str())),
        (fields::MED_TYPE, names::med_type(claim.med_type.as_str())),
        (fields::SETL_TIME, same(claim.settled_at.to_string())),
        ("filing_class", words::filing(settled.filing)),
        ("scope", scope),
        ("benefit_year", same(settled.year.first_day().to_string())),
        ("fold_place", same(settled.fold_place.to_string())),
    ];
    let fact = |(key, value)| (key, Fact { label: names::field(key), value });
    rows.into_iter().map(fact).collect()
}

/// A name with its code, once.
fn coded(name: Said, code: &str) -> Said {
    if name.zh.contains(code) {
        return name;
    }
    name.map(|zh| format!("{zh}({code})"), |en| format!("{en} ({code})"))
}

fn move_text(settled: &Settled, step: &AccumulatorMove) -> String {
    let amount = |value: i64| {
        if step.slot.is_count() { value.to_string() } else { Fen::new(value).to_string() }
    };
    let (before, delta) = (amount(step.before), amount(step.delta));
    let after = amount(step.before + step.delta);
    let year = match step.slot.years_back() {
        0 => String::new(),
        _ => format!(" ({})", settled.year_of(step).first_day()),
    };
    format!("{}{year}: {before} + {delta} = {after}", step.slot.here())
}

fn amounts(settled: &Settled) -> Vec<Amount> {
    let (charges, payers) = (&settled.charges, &settled.payers);
    let mut rows = vec![
        (fields::MEDFEE_SUMAMT, charges.total()),
        (fields::FULAMT_OWNPAY_AMT, charges.full_self_pay),
        (fields::OVERLMT_SELFPAY, charges.over_limit),
        (fields::PRESELFPAY_AMT, charges.pre_self_pay),
        (fields::INSCP_SCP_AMT, charges.in_scope),
        (fields::OUT_OF_AREA_FIRST, settled.out_of_area_first),
        (fields::ACT_PAY_DEDC, settled.deductible),
    ];
    rows.extend(Fund::ALL.iter().map(|fund| (fund.field(), payers.fund(*fund))));
    rows.extend([
        (fields::FUND_PAY_SUMAMT, payers.fund_total()),
        (fields::HOSP_PART_AMT, payers.institution),
        (fields::PSN_PART_AMT, payers.person_total()),
        (fields::ACCT_PAY, payers.account),
        (fields::PSN_CASH_PAY, payers.cash),
    ]);
    rows.into_iter().map(|(field, fen)| amount(field, fen.to_string())).collect()
}

fn amount(field: &'static str, yuan: String) -> Amount {
    Amount { field, label: names::field(field), yuan }
}

fn postings(settled: &Settled) -> Vec<String> {
    VoucherKey::of(settled)
        .flat_map(|key| {
            let amounts = ledger::carried(settled, ClearBase::FundsAndAccount)
                .map(|(fund, amount)| (fund, i128::from(amount.get())));
            ledger::entries(key.book, amounts)
                .map(|entry| {
                    let (side, amount) = if entry.credit == 0 {
                        ("Dr 借", entry.debit)
                    } else {
                        ("Cr 贷", entry.credit)
                    };
                    format!(
                        "{}  {side} {} {}  {}",
                        key.number(),
                        entry.account.label(),
                        entry.fund.label(),
                        crate::money::yuan::wide(amount)
                    )
                })
                .collect::<Vec<_>>()
        })
        .collect()
}

fn not_settled(layout: &Layout, run: &RunRow, id: SettlementId) -> Result<Vec<Story>, String> {
    let path = layout.table_part(Table::NotSettled.name(), &run.date, &run.run_id, 0);
    let rows = rows::read_text_rows(&path, fields::SETL_ID, id.as_str()).map_err(text)?;
    let value =
        |row: &BTreeMap<String, String>, name: &str| row.get(name).cloned().unwrap_or_default();
    Ok(rows
        .iter()
        .map(|row| Story {
            setl_id: id.to_string(),
            run_id: run.run_id.clone(),
            clr_date: run.date.clone(),
            outcome: value(row, "outcome"),
            source: format!("{}, line {}", value(row, "submission"), value(row, "source_line")),
            facts: BTreeMap::new(),
            amounts: vec![amount(fields::MEDFEE_SUMAMT, value(row, fields::MEDFEE_SUMAMT))],
            steps: Vec::new(),
            moves: Vec::new(),
            postings: Vec::new(),
            findings: value(row, "all_codes").split(';').map(code_text).collect(),
            lines: Vec::new(),
        })
        .collect())
}

fn code_text(code: &str) -> String {
    let known = crate::claim::Code::ALL.iter().find(|known| known.text() == code);
    known.map_or_else(
        || code.to_owned(),
        |known| format!("{code} {} {} — {}", known.chinese(), known.meaning(), known.remedy()),
    )
}

fn priced_lines(layout: &Layout, run: &RunRow, id: SettlementId) -> Result<Vec<String>, String> {
    let folder = layout.table(Table::PricedLine.name(), &run.date);
    let mut paths: Vec<_> = std::fs::read_dir(&folder)
        .map_err(text)?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| {
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&run.run_id))
        })
        .collect();
    paths.sort();
    let mut lines = Vec::new();
    for path in paths {
        for row in rows::read_text_rows(&path, fields::SETL_ID, id.as_str()).map_err(text)? {
            let value = |name: &str| row.get(name).cloned().unwrap_or_default();
            lines.push(format!(
                "line {}: {} class {}  {} x {} = {}  full {} over {} pre {} ({}) in scope {}",
                value("source_line"),
                value(fields::MED_LIST_CODG),
                value(fields::CHRGITM_LV),
                value(fields::CNT),
                value(fields::PRIC),
                value(fields::DET_ITEM_FEE_SUMAMT),
                value(fields::FULAMT_OWNPAY_AMT),
                value(fields::OVERLMT_AMT),
                value(fields::PRESELFPAY_AMT),
                value(fields::SELFPAY_PROP),
                value(fields::INSCP_SCP_AMT),
            ));
        }
    }
    Ok(lines)
}

fn render(story: &Story, lang: Lang) -> String {
    let mut out = format!(
        "{}  {}  run {} of {}\n  from {}\n",
        story.setl_id, story.outcome, story.run_id, story.clr_date, story.source
    );
    for (name, fact) in &story.facts {
        let (label, value) = (fact.label.label(lang), fact.value.text(lang));
        out.push_str(&format!("  {name:<18} {value}  {label}\n"));
    }
    let title = |zh: &str, en: &str| said(zh, en).label(lang);
    section(&mut out, &title("检查结果", "findings"), &story.findings);
    out.push_str(&format!("{}\n", title("金额（元）", "amounts (yuan)")));
    for amount in story.amounts.iter().filter(|amount| amount.yuan != "0.00") {
        let Amount { field, label, yuan } = amount;
        out.push_str(&format!("  {field:<18} {yuan:>14}  {}\n", label.label(lang)));
    }
    if !story.steps.is_empty() {
        out.push_str(&format!("{}\n", title("计算过程", "how")));
        out.push_str(&steps::render(&story.steps, lang));
    }
    section(&mut out, &title("年度累计", "running totals"), &story.moves);
    section(&mut out, &title("记账", "postings"), &story.postings);
    section(&mut out, &title("明细", "lines"), &story.lines);
    out
}

fn section(out: &mut String, title: &str, rows: &[String]) {
    if rows.is_empty() {
        return;
    }
    out.push_str(&format!("{title}\n"));
    for row in rows {
        out.push_str(&format!("  {row}\n"));
    }
}
