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

/// What each filing class gets in each scope, by the rows in force; `label` numbers a row as the table above does.
pub fn matrix(rows: &[&Line], label: impl Fn(&Line) -> String, lang: Lang) -> String {
    let mut head = vec![said("备案", "filing").label(lang), words::scope("local").label(lang)];
    head.extend(SCOPES.iter().map(|key| words::scope(key).label(lang)));
    let mut grid = Grid::new(head);
    let none = || "—".to_owned();
    for class in ELSEWHERE {
        let mut cells = vec![words::filing(class).label(lang), none()];
        cells.extend(SCOPES.iter().map(|scope| cell(rows, &label, class, scope, lang)));
        grid.row(cells);
    }
    for class in BACK_HOME {
        let mut cells =
            vec![words::filing(class).label(lang), cell(rows, &label, class, "local", lang)];
        cells.extend(SCOPES.iter().map(|_| none()));
        grid.row(cells);
    }
    grid.render()
}

/// The rows that a claim may meet, up to the first without further conditions.
fn cell(
    rows: &[&Line],
    label: &impl Fn(&Line) -> String,
    class: FilingClass,
    scope: &str,
    lang: Lang,
) -> String {
    let mut met = Vec::new();
    for row in rows.iter().filter(|row| concerns(&row.who, class, scope)) {
        let effect = row.value.said().text(lang);
        if further(&row.who) {
            met.push(format!("#{}* {effect}", label(row)));
        } else {
            met.push(format!("#{} {effect}", label(row)));
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
        | FilingClass::PromiseReturn => {
            said("无规定，不直接结算（挂起）", "no row: nothing is settled directly (held)")
        }
    }
}

fn concerns(who: &Conditions, class: FilingClass, scope: &str) -> bool {
    let in_scope = |key: &String| {
        key == scope || key == "same_province" && scope == "same_prefecture"
    };
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
        "单元格中的 #行号 指上表各行；带 * 的行另有条件，仅在条件满足时适用，否则看其后一项。",
        "#number is a row of the table above; one with * has further conditions: where they do not hold, what follows applies.",
    )
}
