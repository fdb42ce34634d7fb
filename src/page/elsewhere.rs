//! Care elsewhere as a matrix of filing and scope.

use crate::codes::FilingClass;
use crate::policy::written::Conditions;

use super::outline::Line;
use super::said::{Lang, Said, said};
use super::table::Grid;
use super::words;

/// Filing classes of care elsewhere.
pub const ELSEWHERE: [FilingClass; 5] = [
    FilingClass::LongTerm,
    FilingClass::Referral,
    FilingClass::Emergency,
    FilingClass::OtherTemporary,
    FilingClass::Unfiled,
];
/// Filing classes of people who come home.
pub const BACK_HOME: [FilingClass; 2] = [FilingClass::LongTermReturn, FilingClass::PromiseReturn];
/// Scopes of care elsewhere, by their keys.
pub const SCOPES: [&str; 3] = ["same_prefecture", "same_province", "other_province"];

/// What each filing class gets in each scope, by the rows in force. `label` numbers a row as the table above does, `doubt` marks it where its
/// source is not sure.
pub fn matrix(
    rows: &[&Line],
    label: impl Fn(&Line) -> String,
    mut doubt: impl FnMut(&Line) -> String,
    lang: Lang,
) -> String {
    let mut words = |row: &Line| {
        let star = if further(&row.who) { "*" } else { "" };
        let text = format!("#{}{star} {} {}", label(row), row.value.said().text(lang), doubt(row));
        text.trim_end().to_owned()
    };
    let mut columns: Vec<(String, Vec<String>)> = Vec::new();
    for scope in std::iter::once("local").chain(SCOPES) {
        let name = words::scope(scope).label(lang);
        let cells: Vec<String> = ELSEWHERE
            .iter()
            .chain(&BACK_HOME)
            .map(|class| {
                // People who are back at home are there; the others are not.
                let fits = BACK_HOME.contains(class) == (scope == "local");
                if fits { cell(rows, &mut words, *class, scope, lang) } else { "—".to_owned() }
            })
            .collect();
        match columns.last_mut() {
            Some((names, known)) if *known == cells => names.push_str(&format!(" = {name}")),
            _ => columns.push((name, cells)),
        }
    }
    let heads = columns.iter().map(|(name, _)| name.clone());
    let mut grid = Grid::new(std::iter::once(said("备案", "filing").label(lang)).chain(heads));
    for (place, class) in ELSEWHERE.iter().chain(&BACK_HOME).enumerate() {
        let cells = columns.iter().map(|(_, cells)| cells[place].clone());
        grid.row(std::iter::once(words::filing(*class).label(lang)).chain(cells));
    }
    grid.render()
}

/// The rows that a claim may meet, up to the first without further conditions.
fn cell(
    rows: &[&Line],
    words: &mut impl FnMut(&Line) -> String,
    class: FilingClass,
    scope: &str,
    lang: Lang,
) -> String {
    let mut met = Vec::new();
    for row in rows.iter().filter(|row| concerns(&row.who, class, scope)) {
        met.push(words(row));
        if !further(&row.who) {
            return met.join(" ‖ ");
        }
    }
    met.push(otherwise(class).text(lang));
    met.join(" ‖ ")
}

/// Without a row.
fn otherwise(class: FilingClass) -> Said {
    match class {
        FilingClass::Local | FilingClass::LongTermReturn => said("与本地相同", "as at home"),
        FilingClass::LongTerm
        | FilingClass::Referral
        | FilingClass::Emergency
        | FilingClass::OtherTemporary
        | FilingClass::Unfiled
        | FilingClass::PromiseReturn => said("无规定（挂起）", "no row (held)"),
    }
}

fn concerns(who: &Conditions, class: FilingClass, scope: &str) -> bool {
    let in_scope =
        |key: &String| key == scope || key == "same_province" && scope == "same_prefecture";
    (who.filing.is_empty() || who.filing.contains(&class))
        && (who.scopes.is_empty() || who.scopes.iter().any(in_scope))
}

/// Whether a row asks for more than filing and scope.
fn further(who: &Conditions) -> bool {
    let rest = Conditions { filing: Vec::new(), scopes: Vec::new(), ..who.clone() };
    !rest.is_empty()
}

/// What the star in a cell means.
pub fn legend() -> Said {
    said(
        "单元格中的 #行号 指上表各行；带 * 的行另有条件，仅在条件满足时适用，否则看其后一项；“无规定（挂起）”指不直接结算。",
        "#number is a row of the table above; one with * has further conditions: where they do not hold, what follows applies; \
         \"no row (held)\": nothing is settled directly.",
    )
}
