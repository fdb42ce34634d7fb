//! Tables beside the layers: care elsewhere, bounds, waiting, registrations, the account.

use crate::codes::HospitalLevel;
use crate::money::{Rate, yuan};

use super::super::document::{Fields, Place, Table};
use super::super::plan::{Component, Effect, FirstPercentBase, Waiting};
use super::tables::Reader;
use super::{DatedRows, WrittenEffect};

impl Reader<'_> {
    pub(super) fn cross_region(
        &mut self,
        fields: &mut Fields<'_>,
    ) -> Vec<DatedRows<(), Vec<WrittenEffect>>> {
        self.dated(fields, "cross_region", |_, _| (), |reader, row, ()| reader.effects(row))
    }

    fn effects(&mut self, row: &mut Fields<'_>) -> Option<Vec<WrittenEffect>> {
        if row.get("effects").is_none() {
            return self.effect(row).map(|effect| vec![effect]);
        }
        let name = row.name.clone();
        let tables: Vec<(&Table, Place)> = row.tables("effects", &mut self.problems);
        if tables.is_empty() {
            self.problems.add(
                row.place,
                format!("{name}: effects is empty"),
                "write `effect = \"none\"`",
            );
        }
        let mut effects = Vec::new();
        for (index, (table, place)) in tables.into_iter().enumerate() {
            let mut fields = Fields::new(table, place, format!("{name} · effect {}", index + 1));
            effects.extend(self.effect(&mut fields));
            fields.finish(&mut self.problems);
        }
        (!effects.is_empty()).then_some(effects)
    }

    fn effect(&mut self, row: &mut Fields<'_>) -> Option<WrittenEffect> {
        let (word, place) = row.need_text("effect", &mut self.problems)?;
        let layers = row.texts("layers", &mut self.problems);
        let layers = layers.into_iter().map(|(id, place)| (id.to_owned(), place)).collect();
        let kind = match word {
            "none" => Effect::None,
            "zero" => Effect::Zero,
            "refuse" => Effect::Refuse,
            "points" => Effect::Points(self.need_rate(row, "value")?),
            "factor" => Effect::Factor(self.need_rate(row, "value")?),
            "flat" => Effect::Flat(self.need_rate(row, "value")?),
            "first_percent" => self.first_percent(row)?,
            "deductible_factor" => self.deductible_factor(row)?,
            "level" => self.level(row)?,
            _ => {
                let known = "known: none, points, factor, flat, first_percent, deductible_factor, level, zero, refuse";
                self.problems.add(place, format!("effect {word:?} is not known here"), known);
                return None;
            }
        };
        Some(WrittenEffect { place: row.place, kind, layers })
    }

    fn first_percent(&mut self, row: &mut Fields<'_>) -> Option<Effect> {
        let rate = self.need_rate(row, "value");
        let base = self.need_word(
            row,
            "base",
            &[
                ("in_scope", FirstPercentBase::InScope),
                ("total_fee", FirstPercentBase::TotalFee),
                ("eligible", FirstPercentBase::Eligible),
            ],
        );
        // Which comes first is written, never guessed.
        let before = self.need_word(row, "before", &[("deductible", false), ("ratio", true)]);
        let (rate, base, before_ratio) = (rate?, base?, before?);
        if before_ratio != (base == FirstPercentBase::Eligible) {
            let what = format!("{}: base and before do not agree", row.name);
            let remedy = "before = \"deductible\" goes with in_scope or total_fee, before = \"ratio\" with eligible";
            self.problems.add(row.place_of("before"), what, remedy);
        }
        Some(Effect::FirstPercent(rate, base))
    }

    fn deductible_factor(&mut self, row: &mut Fields<'_>) -> Option<Effect> {
        let (text, place) = row.need_text("value", &mut self.problems)?;
        let factor =
            yuan::parse_scaled(text.as_bytes(), 4).ok().and_then(|value| u32::try_from(value).ok());
        if factor.is_none() {
            let what = format!("value: {text:?} is not a per cent");
            self.problems.add(place, what, "write what remains of the deductible, as \"150\"");
        }
        factor.map(Effect::DeductibleFactor)
    }

    fn level(&mut self, row: &mut Fields<'_>) -> Option<Effect> {
        let (text, place) = row.need_text("value", &mut self.problems)?;
        // A tier stands for its most usual grade.
        let code = match text {
            "3" => "02",
            "2" => "05",
            "1" => "08",
            "0" => "11",
            code => code,
        };
        let level = HospitalLevel::parse(code);
        if level.is_none() {
            self.problems.add(
                place,
                format!("value: {text:?} is not a level"),
                "known: 3, 2, 1, 0, or 01 to 11",
            );
        }
        level.map(Effect::Level)
    }

    pub(super) fn bounds(&mut self, fields: &mut Fields<'_>) -> Vec<DatedRows<(), Rate>> {
        self.dated(fields, "bound", |_, _| (), |reader, row, ()| reader.need_rate(row, "points"))
    }

    pub(super) fn waiting(&mut self, fields: &mut Fields<'_>) -> Vec<DatedRows<(), Waiting>> {
        self.dated(
            fields,
            "waiting",
            |_, _| (),
            |reader, row, ()| {
                let problems = &mut reader.problems;
                row.need("months", problems);
                let gap_over_days = row.count("gap_over_days", problems).unwrap_or(0);
                let months = row.count("months", problems);
                let more = row.count("more_months_per_missing_year", problems).unwrap_or(0);
                let refuse = reader.need_word(row, "effect", &[("zero", false), ("refuse", true)]);
                let more_months_per_missing_year = more;
                Some(Waiting {
                    gap_over_days,
                    months: months?,
                    more_months_per_missing_year,
                    refuse: refuse?,
                })
            },
        )
    }

    pub(super) fn registration(&mut self, fields: &mut Fields<'_>) -> Vec<DatedRows<(), u32>> {
        self.dated(
            fields,
            "registration",
            |_, _| (),
            |reader, row, ()| {
                row.need("at_most", &mut reader.problems);
                row.count("at_most", &mut reader.problems)
            },
        )
    }

    pub(super) fn account(
        &mut self,
        fields: &mut Fields<'_>,
    ) -> Vec<DatedRows<bool, Vec<Component>>> {
        let whens = [("after", false), ("before", true)];
        self.dated(
            fields,
            "account",
            |reader, table| reader.word(table, "when", &whens).unwrap_or(false),
            |reader, row, before| {
                let pays = reader.components(row, "pays");
                if *before && pays != [Component::InScope]
                    || !before && pays.contains(&Component::InScope)
                {
                    let what = format!(
                        "{}: before all layers the account pays in_scope, after them anything else",
                        row.name
                    );
                    reader.problems.add(
                        row.place_of("pays"),
                        what,
                        "write `pays = [\"in_scope\"]`, or when = \"after\"",
                    );
                }
                (!pays.is_empty()).then_some(pays)
            },
        )
    }
}
