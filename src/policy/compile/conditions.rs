//! Conditions to masks.

use crate::calendar::Date;
use crate::codes::CareKind;

use super::super::document::Place;
use super::super::select::{Selector, SymbolKind, Symbols, code_head, digits_head};
use super::super::written::Conditions;
use super::Compiler;

impl Compiler<'_> {
    pub(super) fn selector(&mut self, who: &Conditions, file: &str, place: Place) -> Selector {
        if let Some(selector) = selector(who, &mut self.symbols) {
            selector
        } else {
            let what = format!(
                "more than {} identities, marks and medical types in one policy",
                Symbols::MAX
            );
            self.wrong(file, place, what, "use fewer");
            Selector::default()
        }
    }
}

/// Compiles conditions; `None` when the policy names too many texts.
pub fn selector(who: &Conditions, symbols: &mut Symbols) -> Option<Selector> {
    let mut selector = Selector {
        levels: levels(&who.levels),
        filing: mask(who.filing.iter().map(|class| *class as u16)),
        scopes: scopes(&who.scopes),
        care: care(&who.care),
        linked: who.linked.map_or(u8::MAX, |linked| 1 << u8::from(linked)),
        age: (who.age_from.unwrap_or(i32::MIN), who.age_to.unwrap_or(i32::MAX)),
        months: (who.months_from.unwrap_or(i32::MIN), who.months_to.unwrap_or(i32::MAX)),
        admission: (who.admission_from.unwrap_or(0), who.admission_to.unwrap_or(u32::MAX)),
        born: span(who.born_from, who.born_before),
        retired: span(who.retired_from, who.retired_before),
        persons: who.persons.iter().map(|text| digits_head(text)).collect(),
        care_regions: who.care_regions.iter().map(|text| digits_head(text)).collect(),
        diseases: who.diseases.iter().map(|text| code_head(text)).collect(),
        insurance: who.insurance.clone(),
        groups: Vec::new(),
    };
    for (kind, texts) in [
        (SymbolKind::Identity, &who.identities),
        (SymbolKind::Mark, &who.marks),
        (SymbolKind::InstitutionMark, &who.institution_marks),
        (SymbolKind::MedType, &who.med_types),
    ] {
        let mut group = 0;
        for text in texts {
            group |= 1 << symbols.add(kind, text)?;
        }
        if group != 0 {
            selector.groups.push(group);
        }
    }
    Some(selector)
}

fn mask(bits: impl Iterator<Item = u16>) -> u16 {
    let mask = bits.fold(0, |mask, bit| mask | 1 << bit);
    if mask == 0 { u16::MAX } else { mask }
}

/// One bit per care kind.
pub(super) fn care(kinds: &[CareKind]) -> u8 {
    let mask = kinds.iter().fold(0, |mask, kind| mask | 1 << *kind as u8);
    if mask == 0 { u8::MAX } else { mask }
}

fn levels(list: &[String]) -> u16 {
    let bits = |text: &String| match text.as_str() {
        "3" => 0b1_1110,
        "2" => 0b1110_0000,
        "1" => 0b111_0000_0000,
        // A level that was never read counts as none.
        "0" => 0b1000_0000_0001,
        code => code.parse::<u16>().map_or(0, |bit| 1 << bit),
    };
    let mask = list.iter().map(bits).fold(0, |mask, bits| mask | bits);
    if mask == 0 { u16::MAX } else { mask }
}

fn scopes(list: &[String]) -> u8 {
    let bits = |text: &String| match text.as_str() {
        "local" => 0b1,
        "same_prefecture" => 0b10,
        "same_province" => 0b110,
        _ => 0b1000,
    };
    let mask = list.iter().map(bits).fold(0, |mask, bits| mask | bits);
    if mask == 0 { u8::MAX } else { mask }
}

fn span(from: Option<Date>, before: Option<Date>) -> Option<(Date, Date)> {
    if from.is_none() && before.is_none() {
        return None;
    }
    Some((from.unwrap_or(Date::from_days(i32::MIN)), before.unwrap_or(Date::FOREVER)))
}
