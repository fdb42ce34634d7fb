//! What a change comes to in money: typical bills of the people and places that a policy tells apart, before and after.
//!
//! A bill is the first of its benefit year, of a person without an account, all of it in scope. People, care and places are those of
//! [`people::told_apart`]; who fares alike is shown once.

use std::collections::BTreeSet;

use crate::calendar::Date;
use crate::claim::settled::{Step, StepKind};
use crate::claim::{Charges, Settled};
use crate::codes::Fund;
use crate::money::Fen;
use crate::policy::plan::Confidence;
use crate::policy::written::{Conditions, Written, WrittenBook};
use crate::policy::{Policy, PolicyBook};
use crate::prove::cases::{self, Case, Outcome};
use crate::prove::people;

use super::said::{Lang, Said, said};
use super::table::Grid;
use super::{names, words};

/// In-scope amounts of typical bills, in fen.
pub const TYPICAL: [Fen; 6] = [
    Fen::new(50_000),
    Fen::new(200_000),
    Fen::new(1_000_000),
    Fen::new(3_000_000),
    Fen::new(10_000_000),
    Fen::new(50_000_000),
];

/// A policy as it stood on a day.
#[derive(Clone, Copy, Debug)]
pub struct Version<'a> {
    pub written: &'a Written,
    pub paper: &'a WrittenBook,
    pub policy: &'a Policy,
    pub book: &'a PolicyBook,
    pub day: Date,
}

/// What became of a bill.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Came {
    Paid {
        /// By [`Fund::index`].
        funds: [Fen; Fund::COUNT],
        /// Account and cash.
        person: Fen,
        /// The least sure of the rules that it rests on.
        rests_on: Confidence,
    },
    Refused,
    Held,
}

/// Amount in scope, what became of it before and after.
pub type Bills = Vec<(Fen, Came, Came)>;

/// Bills of people who fare alike.
#[derive(Debug)]
pub struct Alike {
    pub whom: Vec<Said>,
    /// Amount in scope, before, after; only where the two differ.
    pub bills: Bills,
}

/// What funds and person pay for a bill.
pub fn pays(version: Version<'_>, case: &Case, in_scope: Fen) -> Came {
    let mut case = case.clone();
    if let Some(claim) = case.claims.last_mut() {
        claim.fee = Charges { in_scope, ..Charges::default() };
    }
    match cases::run(&case, version.policy, version.book).pop() {
        Some((Outcome::Settled(settled), _)) => Came::Paid {
            funds: settled.payers.funds,
            person: settled.payers.person_total(),
            rests_on: rests_on(&settled, version.book),
        },
        Some((Outcome::Refused(_), _)) => Came::Refused,
        Some((Outcome::Held(_), _)) | None => Came::Held,
    }
}

/// The least sure source of all rules that worked. A cap that was not reached has no part in what is paid.
fn rests_on(settled: &Settled, book: &PolicyBook) -> Confidence {
    let worked = |step: &&Step| step.kind != StepKind::Cap || !step.amount.is_zero();
    let rules = settled.steps.iter().filter(worked).filter_map(|step| book.rule(step.rule));
    let sources = rules.flat_map(|rule| &rule.sources);
    sources.map(|source| source.confidence).max().unwrap_or(Confidence::High)
}

impl Came {
    /// The same money, however sure it is.
    pub fn pays_as(&self, other: &Came) -> bool {
        match (self, other) {
            (Came::Paid { funds, person, .. }, Came::Paid { funds: others, person: other, .. }) => {
                funds == others && person == other
            }
            (one, other) => one == other,
        }
    }

    fn rests_on(&self) -> Confidence {
        match self {
            Came::Paid { rests_on, .. } => *rests_on,
            Came::Refused | Came::Held => Confidence::High,
        }
    }
}

/// Everyone who is paid otherwise, grouped by what they are paid.
pub fn compare(old: Version<'_>, new: Version<'_>) -> Vec<Alike> {
    let mut rows = people::conditions(new.written, new.paper);
    rows.extend(people::conditions(old.written, old.paper));
    let befores = people::told_apart(new.policy, &rows, old.day);
    let afters = people::told_apart(new.policy, &rows, new.day);
    let mut groups: Vec<(Vec<Trait>, Bills)> = Vec::new();
    let mut plain: Option<(&Case, Bills)> = None;
    for (before, after) in befores.iter().zip(&afters) {
        let bills: Bills = TYPICAL
            .iter()
            .map(|amount| (*amount, pays(old, before, *amount), pays(new, after, *amount)))
            .collect();
        // What is told apart without faring otherwise than the plain claim beside it is not worth a line.
        let starts = plain.as_ref().is_none_or(|(base, _)| !same_claim(base, after));
        if starts {
            plain = Some((after, bills.clone()));
        }
        let Some((base, usual)) = &plain else { continue };
        let mut changed = bills.clone();
        changed.retain(|(_, before, after)| !before.pays_as(after));
        if changed.is_empty() || !starts && bills == *usual {
            continue;
        }
        // Bills are the first of the year, unless it is only a later stay that is paid otherwise.
        let usual_changed = usual.iter().any(|(_, before, after)| !before.pays_as(after));
        if !after.before.is_empty() && usual_changed {
            continue;
        }
        let who = Trait::of(after, base, &rows);
        match groups.iter_mut().find(|(_, known)| *known == changed) {
            Some((all, _)) => all.push(who),
            None => groups.push((vec![who], changed)),
        }
    }
    let seen = Seen::of(&afters, &rows);
    groups.into_iter().map(|(whom, bills)| Alike { whom: seen.merge(whom), bills }).collect()
}

/// Whether two cases are the same person's kind of care at the same level: they differ in one thing at most.
fn same_claim(a: &Case, b: &Case) -> bool {
    let key = |case: &Case| {
        let claim = &case.claims[0];
        (claim.insurance, case.person.person_type, claim.med_type, claim.level, claim.disease)
    };
    key(a) == key(b)
}

/// Whom a case is about, in parts that can be merged.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Trait {
    care: Said,
    person: Said,
    level: Said,
    /// What else is different from the plain case.
    more: Said,
}

impl Trait {
    fn of(case: &Case, plain: &Case, rows: &[&Conditions]) -> Trait {
        let (claim, usual) = (&case.claims[0], &plain.claims[0]);
        let kind = words::care(claim.med_type.kind());
        let asked =
            rows.iter().any(|who| who.med_types.iter().any(|t| t == claim.med_type.as_str()));
        let what = if asked {
            Said::join([&kind, &names::med_type(claim.med_type.as_str())], "·", " · ")
        } else {
            kind
        };
        let exact = rows.iter().any(|who| who.levels.iter().any(|level| level.len() == 2));
        let level = if exact {
            names::level(claim.level.as_str())
        } else {
            names::level(&claim.level.tier().to_string())
        };
        let mut more: Vec<Said> = Vec::new();
        if (claim.filing, claim.care_region) != (usual.filing, usual.care_region) {
            more.push(words::filing(claim.filing));
            more.push(place(case, plain, rows));
        }
        if !claim.disease.is_empty() && claim.disease.as_str() != "M99900" {
            let code = claim.disease.as_str();
            more.push(said(format!("病种{code}"), format!("disease {code}")));
        }
        more.extend(person_traits(case, plain));
        more.extend(claim.institution_marks.iter().map(|mark| names::institution_mark(mark)));
        let person = names::person(case.person.person_type.as_str());
        Trait { care: what, person, level, more: Said::join(&more, "，", ", ") }
    }
}

/// Where care was: by name where a row names it, else by how far it is.
fn place(case: &Case, plain: &Case, rows: &[&Conditions]) -> Said {
    let (there, own) = (case.claims[0].care_region, plain.claims[0].care_region);
    let named = rows.iter().flat_map(|who| &who.care_regions);
    let longest =
        named.filter(|head| there.as_str().starts_with(head.as_str())).max_by_key(|h| h.len());
    if let Some(head) = longest {
        let name = names::place(head);
        return name.map(|zh| format!("就医地{zh}"), |en| format!("care in {en}"));
    }
    words::scope(if there == own {
        "local"
    } else if there.same_prefecture(own) {
        "same_prefecture"
    } else if there.same_province(own) {
        "same_province"
    } else {
        "other_province"
    })
}

/// What of the person was changed.
fn person_traits(case: &Case, plain: &Case) -> Vec<Said> {
    let (person, usual) = (&case.person, &plain.person);
    let day = case.claims[0].begin;
    let mut more = Vec::new();
    if let Some(born) = person.birth.filter(|_| person.birth != usual.birth) {
        let age = day.age_since(born);
        more.push(said(format!("{age}岁（{born}生）"), format!("aged {age} (born {born})")));
    }
    if let Some(retired) = person.retired.filter(|_| person.retired != usual.retired) {
        more.push(said(format!("{retired}退休"), format!("retired on {retired}")));
    }
    if let Some(since) =
        person.continuous_since.filter(|_| person.continuous_since != usual.continuous_since)
    {
        more.push(said(format!("自{since}连续参保"), format!("enrolled since {since}")));
    }
    more.extend(person.identities.iter().map(|code| names::identity(code)));
    more.extend(person.marks.iter().map(|mark| names::mark(&mark.mark)));
    for (_, count) in &case.before {
        let number = count + 1;
        more.push(said(
            format!("年度内第{number}次住院"),
            format!("stay number {number} of the year"),
        ));
    }
    more
}

/// All levels and persons that were looked at: naming all of them says nothing.
struct Seen {
    levels: BTreeSet<Said>,
    persons: BTreeSet<Said>,
}

impl Seen {
    fn of(cases: &[Case], rows: &[&Conditions]) -> Seen {
        let traits: Vec<Trait> = cases.iter().map(|case| Trait::of(case, case, rows)).collect();
        Seen {
            levels: traits.iter().map(|one| one.level.clone()).collect(),
            persons: traits.iter().map(|one| one.person.clone()).collect(),
        }
    }

    /// Traits that differ in one thing alone become one: in what is not usual, then in level, then in persons.
    fn merge(&self, traits: Vec<Trait>) -> Vec<Said> {
        let none = BTreeSet::new();
        let traits = merged(
            traits,
            |one| (one.care.clone(), one.person.clone(), one.level.clone(), one.more.is_empty()),
            |one| one.more.clone(),
            &none,
            // Each of them is a list of its own.
            |values| Said::join(values, "；或", "; or "),
            |one, more| one.more = more,
        );
        let by_level = merged(
            traits,
            |one| (one.care.clone(), one.person.clone(), one.more.clone()),
            |one| one.level.clone(),
            &self.levels,
            Said::any_of,
            |one, level| one.level = level,
        );
        let by_person = merged(
            by_level,
            |one| (one.care.clone(), one.level.clone(), one.more.clone()),
            |one| one.person.clone(),
            &self.persons,
            Said::any_of,
            |one, person| one.person = person,
        );
        by_person
            .into_iter()
            .map(|one| {
                let parts = [one.care, one.person, one.level, one.more];
                let parts: Vec<Said> = parts.into_iter().filter(|part| !part.is_empty()).collect();
                Said::join(&parts, "，", ", ")
            })
            .collect()
    }
}

fn merged<K: PartialEq>(
    traits: Vec<Trait>,
    key: impl Fn(&Trait) -> K,
    part: impl Fn(&Trait) -> Said,
    all: &BTreeSet<Said>,
    together: impl Fn(&[Said]) -> Said,
    set: impl Fn(&mut Trait, Said),
) -> Vec<Trait> {
    let mut groups: Vec<(K, Trait, Vec<Said>)> = Vec::new();
    for one in traits {
        let (k, value) = (key(&one), part(&one));
        match groups.iter_mut().find(|(known, ..)| *known == k) {
            Some((.., values)) if values.contains(&value) => {}
            Some((.., values)) => values.push(value),
            None => groups.push((k, one, vec![value])),
        }
    }
    groups
        .into_iter()
        .map(|(_, mut one, values)| {
            let everything = all.len() > 1 && all.iter().all(|value| values.contains(value));
            set(&mut one, if everything { Said::default() } else { together(&values) });
            one
        })
        .collect()
}

/// As many kinds of people as one group names.
const NAMED: usize = 12;

/// Groups as tables.
pub fn render(groups: &[Alike], lang: Lang) -> String {
    let mut out = String::new();
    for group in groups {
        for whom in group.whom.iter().take(NAMED) {
            out.push_str(&format!("- {}\n", whom.text(lang)));
        }
        if let Some(more) = group.whom.len().checked_sub(NAMED).filter(|more| *more > 0) {
            let text = said(format!("以及另外{more}种情形"), format!("and {more} more"));
            out.push_str(&format!("- {}\n", text.text(lang)));
        }
        out.push('\n');
        out.push_str(&grid(group, lang).render());
        out.push('\n');
    }
    out
}

fn grid(group: &Alike, lang: Lang) -> Grid {
    let heads = [
        said("政策范围内费用", "in scope"),
        said("基金 原", "funds before"),
        said("基金 现", "funds after"),
        said("差额", "difference"),
        said("个人 原", "person before"),
        said("个人 现", "person after"),
        said("差额", "difference"),
        said("各基金变动", "by fund"),
        said("依据", "rests on"),
    ];
    let mut grid = Grid::new(heads.map(|head| head.label(lang)));
    for (amount, before, after) in &group.bills {
        let mut cells = vec![words::yuan(*amount)];
        for person in [false, true] {
            let of = |came: &Came| match came {
                Came::Paid { funds, person: own, .. } => {
                    Ok(if person { *own } else { funds.iter().copied().sum() })
                }
                Came::Refused => Err(said("拒付", "refused")),
                Came::Held => Err(said("挂起", "held")),
            };
            let text = |side: &Result<Fen, Said>| match side {
                Ok(fen) => words::yuan(*fen),
                Err(why) => why.text(lang),
            };
            let (before, after) = (of(before), of(after));
            cells.extend([text(&before), text(&after)]);
            cells.push(match (before, after) {
                (Ok(before), Ok(after)) => signed(after - before),
                _ => "—".into(),
            });
        }
        cells.push(by_fund(before, after, lang));
        let worst = before.rests_on().max(after.rests_on());
        cells.push(words::confidence(worst).label(lang));
        grid.row(cells);
    }
    grid
}

fn signed(fen: Fen) -> String {
    if fen.is_negative() || fen.is_zero() {
        words::yuan(fen)
    } else {
        format!("+{}", words::yuan(fen))
    }
}

/// Funds that pay more or less; nothing where it is one alone.
fn by_fund(before: &Came, after: &Came, lang: Lang) -> String {
    let (Came::Paid { funds: old, .. }, Came::Paid { funds: new, .. }) = (before, after) else {
        return String::new();
    };
    let changed = Fund::ALL.iter().filter(|fund| old[fund.index()] != new[fund.index()]);
    let words: Vec<String> = changed
        .map(|fund| {
            let by = signed(new[fund.index()] - old[fund.index()]);
            format!("{} {by}", words::fund(*fund).label(lang))
        })
        .collect();
    words.join("; ")
}

/// What the tables of bills are about.
pub fn legend() -> Said {
    said(
        "假定为年度内首次就医、不使用个人账户、费用全部符合政策范围；单位元；只列有变化者。",
        "First bill of the year, no account used, all of it in scope; in yuan; only what changes is listed.",
    )
}
