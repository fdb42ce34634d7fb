//! Policy files: TOML text to [`Policy`]. Reports every mistake of a file, not the first.
//!
//! Amounts and rates are text; a number in their place is refused by type. Syntax errors carry line and column; errors of
//! meaning carry the place in the file's own words.

use crate::calendar::Date;
use crate::claim::Counter;
use crate::codes::{AdmDiv, CareKind, Fund, Insurance, InsuredRegion};
use crate::money::{Fen, Rate, yuan};

use super::dated::Dated;
use super::plan::{
    CapBasis, CapPeriod, CapTable, Component, Confidence, DeductibleKind, DeductibleTable, Effect,
    EffectRow, FirstPercentBase, Layer, LevelMatch, Policy, RatioTable, Row, Rule, Segment,
    SegmentMeasure, SegmentStart, Source, TermsDate,
};
use super::raw::{
    Day, RawAccount, RawCap, RawDeductible, RawEffect, RawLayer, RawPolicy, RawRatio, RawRow,
    RawSource, RawTable,
};

/// Reads one policy file. `rules` collects the numbered rows of the whole book.
///
/// # Errors
/// Every mistake found, each as `file: place: what is wrong`.
pub fn policy(file: &str, text: &str, rules: &mut Vec<Rule>) -> Result<Policy, Vec<String>> {
    let raw: RawPolicy = toml::from_str(text)
        .map_err(|error| vec![format!("{file}: {}", error.to_string().trim())])?;
    let mut reader =
        Reader { file: file.to_owned(), sources: Vec::new(), rules, errors: Vec::new() };
    let policy = reader.policy(raw);
    if reader.errors.is_empty() { Ok(policy) } else { Err(reader.errors) }
}

pub(super) struct Reader<'a> {
    file: String,
    sources: Vec<(String, Source)>,
    rules: &'a mut Vec<Rule>,
    errors: Vec<String>,
}

impl Reader<'_> {
    pub(super) fn wrong(&mut self, place: &str, what: impl std::fmt::Display) {
        self.errors.push(format!("{}: {place}: {what}", self.file));
    }

    fn policy(&mut self, raw: RawPolicy) -> Policy {
        for (id, source) in raw.sources {
            let confidence = match source.confidence.as_str() {
                "high" => Confidence::High,
                "medium" => Confidence::Medium,
                "low" => Confidence::Low,
                other => {
                    self.wrong(
                        &format!("sources.{id}"),
                        format!("confidence {other:?} is not high, medium or low"),
                    );
                    Confidence::Low
                }
            };
            let RawSource { title, number, article, note, .. } = source;
            self.sources.push((id, Source { title, number, article, confidence, note }));
        }
        let region = AdmDiv::parse(raw.region.as_bytes()).unwrap_or_else(|| {
            self.wrong("region", format!("{:?} is not a six-digit division", raw.region));
            AdmDiv::default()
        });
        let insurance = self.list("insurance", "code", &raw.insurance, Insurance::parse);
        let last_checked = self.day("last_checked", &raw.last_checked);
        let terms_date =
            self.one("terms_date", raw.terms_date.as_deref().unwrap_or("settlement"), |key| {
                match key {
                    "settlement" => Some(TermsDate::Settlement),
                    "admission" => Some(TermsDate::Admission),
                    "discharge" => Some(TermsDate::Discharge),
                    _ => None,
                }
            });
        let year_starts =
            self.one("year_starts", raw.year_starts.as_deref().unwrap_or("01-01"), month_day);
        if insurance.is_empty() {
            self.wrong("insurance", "is empty: the policy would serve nobody");
        }
        let layers: Vec<Layer> = raw.layer.into_iter().map(|layer| self.layer(layer)).collect();
        self.check_layers(&layers);
        let cross_region = self.cross_region(raw.cross_region, &layers);
        self.check_factors(&layers, &cross_region);
        let account = self.account(raw.account);
        Policy {
            title: raw.title,
            region: InsuredRegion(region),
            insurance,
            last_checked,
            terms_date: terms_date.unwrap_or(TermsDate::Settlement),
            year_starts: year_starts.unwrap_or((1, 1)),
            layers,
            cross_region,
            account,
        }
    }

    /// A factor times a ratio must be a whole number of millionths: what is paid is never the share of a rounded share.
    fn check_factors(&mut self, layers: &[Layer], cross_region: &Dated<Vec<Row<EffectRow>>>) {
        let rows = cross_region.iter().flat_map(|(from, rows)| rows.iter().map(move |r| (from, r)));
        let factors: Vec<(Date, &EffectRow, Rate)> = rows
            .filter_map(|(from, row)| match row.value.effect {
                Effect::Factor(factor) => Some((*from, &row.value, factor)),
                _ => None,
            })
            .collect();
        for (from, row, factor) in factors {
            for layer in layers {
                let concerned = row.layers.contains(&layer.id);
                if !(concerned || row.layers.is_empty() && layer.is_first()) {
                    continue;
                }
                let tables = layer.ratio.iter().flat_map(|(_, table)| &table.rows);
                let ratios = tables.flat_map(|ratio| &ratio.value).map(|segment| segment.pays);
                if let Some(ratio) = ratios.into_iter().find(|ratio| !ratio.times_exactly(factor)) {
                    self.wrong(
                        &format!("cross_region from {from}"),
                        format!(
                            "factor {factor} of ratio {ratio} (layer {}) has more than four \
                             decimals of a per cent; write the ratios out as rows with `filing`",
                            layer.id
                        ),
                    );
                }
            }
        }
    }

    fn check_layers(&mut self, layers: &[Layer]) {
        for (index, layer) in layers.iter().enumerate() {
            let place = format!("layer {}", layer.id);
            if layers[..index].iter().any(|other| other.id == layer.id) {
                self.wrong(&place, "this id stands twice");
            }
            if layer.is_first() && layer.base.len() > 1 {
                self.wrong(&place, "a layer on in_scope has no other base");
            }
            for care in &layer.care {
                let mut before = layers[..index].iter().filter(|l| l.care.contains(care));
                let has_first = before.any(Layer::is_first);
                if layer.is_first() == has_first {
                    self.wrong(
                        &place,
                        format!(
                            "{} care needs one layer on in_scope, before all others",
                            care.key()
                        ),
                    );
                }
            }
            if layer.ratio.is_empty() {
                self.wrong(&place, "has no ratio table");
            }
        }
    }

    fn layer(&mut self, raw: RawLayer) -> Layer {
        let place = format!("layer {}", raw.id);
        let care = self.list(&place, "care", &raw.care, CareKind::parse);
        let fund = self.one(&format!("{place} · fund"), &raw.fund, Fund::parse_field);
        let counter = self.one(&format!("{place} · counter"), &raw.counter, counter);
        let base = self.components(&place, "base", &raw.base);
        for (name, empty) in [("care", care.is_empty()), ("base", base.is_empty())] {
            if empty {
                self.wrong(&place, format!("{name} is empty"));
            }
        }
        let deductible = self.tables(&place, "deductible", raw.deductible, Reader::deductible);
        let ratio = self.tables(&place, "ratio", raw.ratio, Reader::ratio);
        let cap = self.tables(&place, "cap", raw.cap, Reader::cap);
        let monthly = |table: &CapTable| table.period == CapPeriod::Month;
        let counts_months = matches!(counter, Some(Counter::Outpatient | Counter::Chronic));
        for (from, table) in cap.iter().filter(|(_, table)| monthly(table)) {
            if table.basis != CapBasis::FundPaid || !counts_months {
                self.wrong(
                    &format!("{place} · cap from {from}"),
                    "a monthly cap is on fund_paid, and its layer counts in outpatient or chronic",
                );
            }
        }
        Layer {
            id: raw.id,
            care,
            fund: fund.unwrap_or(Fund::Pooled),
            counter: counter.unwrap_or(Counter::Other),
            base,
            deductible,
            ratio,
            cap,
        }
    }

    fn tables<R, T>(
        &mut self,
        place: &str,
        name: &str,
        raw: Vec<RawTable<R>>,
        read: impl Fn(&mut Self, &str, Date, RawTable<R>) -> T,
    ) -> Dated<T> {
        let mut entries = Vec::with_capacity(raw.len());
        for table in raw {
            let place = format!("{place} · {name}");
            let from = self.day(&place, &table.from);
            if table.rows.is_empty() {
                self.wrong(&place, "has no rows");
            }
            self.only_its_keys(&place, name, &table);
            let value = read(self, &place, from, table);
            entries.push((from, value));
        }
        Dated::new(entries).unwrap_or_else(|day| {
            self.wrong(
                &format!("{place} · {name}"),
                format!("the entry from {day} is not later than the one before it"),
            );
            Dated::default()
        })
    }

    /// All tables share one shape; a key that this one does not read would say something and do nothing.
    fn only_its_keys<R>(&mut self, place: &str, name: &str, table: &RawTable<R>) {
        let read: &[&str] = match name {
            "deductible" => &["kind"],
            "ratio" => &["measure", "start"],
            "cap" => &["on", "per"],
            _ => &[],
        };
        let RawTable { kind, measure, start, on, per, .. } = table;
        let keys =
            [("kind", kind), ("measure", measure), ("start", start), ("on", on), ("per", per)];
        for (key, value) in keys {
            if value.is_some() && !read.contains(&key) {
                self.wrong(place, format!("{key} says nothing in this table"));
            }
        }
    }

    fn deductible(
        &mut self,
        place: &str,
        from: Date,
        raw: RawTable<RawDeductible>,
    ) -> DeductibleTable {
        let kind = self.key(place, "kind", raw.kind.as_deref(), |key| match key {
            "by_admission" => Some(DeductibleKind::ByAdmission),
            "per_visit" => Some(DeductibleKind::PerVisit),
            "annual" => Some(DeductibleKind::Annual),
            _ => None,
        });
        let rows = self.rows(place, from, &raw.source, raw.rows, |reader, place, row| {
            let amounts = reader.list(place, "yuan", &row.yuan, amount);
            if amounts.is_empty() {
                reader.wrong(place, "yuan is empty");
            }
            if amounts.len() > 1 && kind != Some(DeductibleKind::ByAdmission) {
                reader.wrong(place, "only by_admission has one amount after another");
            }
            (amounts, row.yuan.join(", then "))
        });
        DeductibleTable { kind: kind.unwrap_or(DeductibleKind::PerVisit), rows }
    }

    fn ratio(&mut self, place: &str, from: Date, raw: RawTable<RawRatio>) -> RatioTable {
        let measure = self.key(
            place,
            "measure",
            raw.measure.as_deref().or(Some("admission")),
            |key| match key {
                "admission" => Some(SegmentMeasure::Admission),
                "year" => Some(SegmentMeasure::Year),
                _ => None,
            },
        );
        let start =
            self.key(
                place,
                "start",
                raw.start.as_deref().or(Some("deductible")),
                |key| match key {
                    "zero" => Some(SegmentStart::Zero),
                    "deductible" => Some(SegmentStart::Deductible),
                    _ => None,
                },
            );
        let rows = self.rows(place, from, &raw.source, raw.rows, |reader, place, row| {
            let words: Vec<String> = row
                .segments
                .iter()
                .map(|(above, pays)| format!("above {above}: {pays}%"))
                .collect();
            (reader.segments(place, &row.segments), words.join("; "))
        });
        RatioTable {
            measure: measure.unwrap_or(SegmentMeasure::Admission),
            start: start.unwrap_or(SegmentStart::Deductible),
            rows,
        }
    }

    fn segments(&mut self, place: &str, raw: &[(String, String)]) -> Vec<Segment> {
        let mut segments: Vec<Segment> = Vec::with_capacity(raw.len());
        for (above, pays) in raw {
            let (Some(above), Some(pays)) = (amount(above), Rate::from_percent(pays)) else {
                self.wrong(
                    place,
                    format!("[{above:?}, {pays:?}] is not [yuan, per cent 0 to 100]"),
                );
                continue;
            };
            let expected_start = segments.is_empty() == above.is_zero();
            let ascending = segments.last().is_none_or(|last| last.above < above);
            if !expected_start || !ascending {
                self.wrong(place, format!("segment above {above}: segments start at 0 and rise"));
            }
            segments.push(Segment { above, pays });
        }
        if raw.is_empty() {
            self.wrong(place, "segments is empty");
        }
        segments
    }

    fn cap(&mut self, place: &str, from: Date, raw: RawTable<RawCap>) -> CapTable {
        let basis = self.key(place, "on", raw.on.as_deref(), |key| match key {
            "fund_paid" => Some(CapBasis::FundPaid),
            "eligible" => Some(CapBasis::Eligible),
            _ => None,
        });
        let period = self.key(place, "per", raw.per.as_deref().or(Some("year")), |key| match key {
            "year" => Some(CapPeriod::Year),
            "month" => Some(CapPeriod::Month),
            "admission" => Some(CapPeriod::Admission),
            _ => None,
        });
        let rows = self.rows(place, from, &raw.source, raw.rows, |reader, place, row| {
            if row.yuan == "none" {
                return (None, "no cap".to_owned());
            }
            (reader.one(&format!("{place} · yuan"), &row.yuan, amount), row.yuan.clone())
        });
        CapTable {
            basis: basis.unwrap_or(CapBasis::FundPaid),
            period: period.unwrap_or(CapPeriod::Year),
            rows,
        }
    }

    fn cross_region(
        &mut self,
        raw: Vec<RawTable<RawEffect>>,
        layers: &[Layer],
    ) -> Dated<Vec<Row<EffectRow>>> {
        let ids: Vec<String> = layers.iter().map(|layer| layer.id.clone()).collect();
        self.tables("cross_region", "rows", raw, |reader, place, from, table| {
            reader.rows(place, from, &table.source, table.rows, |reader, place, row| {
                for id in row.layers.iter().filter(|id| !ids.contains(id)) {
                    reader.wrong(place, format!("there is no layer {id:?}"));
                }
                let effect = reader.effect(place, row);
                let words = format!("{} {}", row.effect, row.value.as_deref().unwrap_or(""));
                (EffectRow { effect, layers: row.layers.clone() }, words.trim().to_owned())
            })
        })
    }

    fn effect(&mut self, place: &str, row: &RawEffect) -> Effect {
        let value = row.value.as_deref().and_then(Rate::from_percent);
        let needs = matches!(row.effect.as_str(), "points" | "factor" | "first_percent");
        if needs != row.value.is_some() || needs && value.is_none() {
            self.wrong(
                place,
                "points, factor and first_percent need a value in per cent; others have none",
            );
        }
        if row.base.is_some() && row.effect != "first_percent" {
            self.wrong(place, "only first_percent has a base");
        }
        let rate = value.unwrap_or_default();
        match row.effect.as_str() {
            "none" => Effect::None,
            "points" => {
                self.check_points(place, row, rate);
                Effect::Points(rate)
            }
            "factor" => Effect::Factor(rate),
            "first_percent" => {
                let base = match row.base.as_deref() {
                    Some("total_fee") => FirstPercentBase::TotalFee,
                    Some("in_scope") => FirstPercentBase::InScope,
                    other => {
                        self.wrong(place, format!("base {other:?} is not in_scope or total_fee"));
                        FirstPercentBase::InScope
                    }
                };
                Effect::FirstPercent(rate, base)
            }
            "zero" => Effect::Zero,
            "refuse" => Effect::Refuse,
            other => {
                self.wrong(place, format!("effect {other:?} is not known"));
                Effect::Refuse
            }
        }
    }

    /// At most 10 points for referral and emergency, 20 for others (医保发〔2022〕22号).
    fn check_points(&mut self, place: &str, row: &RawEffect, rate: Rate) {
        let soft = |key: &String| matches!(key.as_str(), "referral" | "emergency");
        let names_soft = row.filing.is_empty() || row.filing.iter().any(soft);
        let bound: u32 = if names_soft { 100_000 } else { 200_000 };
        if rate.millionths() > bound {
            self.wrong(place, format!("{rate} is above the national bound of {}%", bound / 10_000));
        }
    }

    fn account(&mut self, raw: Vec<RawTable<RawAccount>>) -> Dated<Vec<Row<Vec<Component>>>> {
        self.tables("account", "rows", raw, |reader, place, from, table| {
            reader.rows(place, from, &table.source, table.rows, |reader, place, row| {
                (reader.components(place, "pays", &row.pays), row.pays.join(", "))
            })
        })
    }

    fn rows<R: RawRow, T>(
        &mut self,
        place: &str,
        from: Date,
        table_source: &str,
        raw: Vec<R>,
        read: impl Fn(&mut Self, &str, &R) -> (T, String),
    ) -> Vec<Row<T>> {
        let mut rows = Vec::with_capacity(raw.len());
        for (index, row) in raw.iter().enumerate() {
            let place = format!("{place} · row {}", index + 1);
            let who = row.selector(&place, self);
            let (value, words) = read(self, &place, row);
            let id = row.own_source().unwrap_or(table_source);
            let source = self.sources.iter().find(|(name, _)| name == id).map(|(_, s)| s.clone());
            let Some(source) = source else {
                self.wrong(&place, format!("source {id:?} is not among [sources]"));
                continue;
            };
            let Ok(rule) = u16::try_from(self.rules.len()) else {
                self.wrong(&place, "the book has more than 65,536 rules");
                continue;
            };
            self.rules.push(Rule { file: self.file.clone(), place, from, source, value: words });
            rows.push(Row { who, rule, value });
        }
        rows
    }

    /// Components that differ: one that stands twice would be paid twice.
    fn components(&mut self, place: &str, name: &str, raw: &[String]) -> Vec<Component> {
        let list = self.list(place, name, raw, component);
        if list.iter().enumerate().any(|(i, one)| list[..i].contains(one)) {
            self.wrong(place, format!("{name} names a component twice"));
        }
        list
    }

    /// Leading digits of a six-digit code.
    pub(super) fn leading(&mut self, place: &str, name: &str, raw: &[String]) -> Vec<String> {
        let digits = |text: &str| (1..=6).contains(&text.len()) && all_digits(text);
        self.list(place, name, raw, |text| digits(text).then(|| text.to_owned()))
    }

    pub(super) fn list<T>(
        &mut self,
        place: &str,
        name: &str,
        raw: &[String],
        read: impl Fn(&str) -> Option<T>,
    ) -> Vec<T> {
        let place = format!("{place} · {name}");
        raw.iter().filter_map(|text| self.one(&place, text, &read)).collect()
    }

    fn one<T>(&mut self, place: &str, text: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        let value = read(text);
        if value.is_none() {
            self.wrong(place, format!("{text:?} is not known here"));
        }
        value
    }

    fn key<T>(
        &mut self,
        place: &str,
        name: &str,
        text: Option<&str>,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let Some(text) = text else {
            self.wrong(place, format!("{name} is missing"));
            return None;
        };
        self.one(&format!("{place} · {name}"), text, read)
    }

    fn day(&mut self, place: &str, day: &Day) -> Date {
        let date = day
            .date
            .filter(|_| day.time.is_none())
            .and_then(|d| Date::from_ymd(i32::from(d.year), u32::from(d.month), u32::from(d.day)));
        date.unwrap_or_else(|| {
            self.wrong(place, format!("{day} is not a day"));
            Date::default()
        })
    }
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

pub(super) fn level(text: &str) -> Option<LevelMatch> {
    let value: u8 = text.parse().ok().filter(|_| all_digits(text))?;
    match text.len() {
        1 if value <= 3 => Some(LevelMatch::Tier(value)),
        2 if (1..=11).contains(&value) => Some(LevelMatch::Exact(value)),
        _ => None,
    }
}

fn component(key: &str) -> Option<Component> {
    Component::ALL.into_iter().find(|component| component.key() == key)
}

fn counter(key: &str) -> Option<Counter> {
    Counter::ALL.into_iter().find(|counter| counter.key() == key)
}

fn amount(text: &str) -> Option<Fen> {
    yuan::parse(text.as_bytes()).ok().filter(|fen| !fen.is_negative())
}

fn month_day(text: &str) -> Option<(u32, u32)> {
    // A leap day cannot start every year, so any other year shows whether the day is one.
    Date::parse(format!("2025-{text}").as_bytes())?;
    let (month, day) = text.split_once('-')?;
    Some((month.parse().ok()?, day.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHIPPED: &str = include_str!("../../pipelines/policy/110000/310.toml");

    /// What is said of the shipped policy after one edit.
    fn said(find: &str, replace: &str) -> String {
        assert!(SHIPPED.contains(find), "{find:?} is not in the policy");
        let text = SHIPPED.replacen(find, replace, 1);
        policy("p.toml", &text, &mut Vec::new()).map_or_else(|e| e.join("\n"), |_| String::new())
    }

    #[test]
    fn what_would_say_something_and_do_nothing_is_refused() {
        assert_eq!(said("title", "title"), "");
        for (find, replace, expected) in [
            ("persons = [\"11\"]", "persons = [\"+1\"]", "persons"),
            ("levels = [\"3\"]", "levels = [\"+3\"]", "levels"),
            ("levels = [\"3\"]", "age_from = 9, age_to = 8", "nobody matches"),
            ("\"01-01\"", "\"1-1\"", "year_starts"),
            ("\"01-01\"", "\"+1-01\"", "year_starts"),
            ("\"01-01\"", "\"02-29\"", "year_starts"),
            ("kind   = \"by_admission\"", "kind = \"annual\"", "one amount after another"),
            ("kind   = \"by", "per = \"year\"\nkind = \"by", "per says nothing"),
            ("insurance    = [\"310\"]", "insurance = []", "insurance"),
            ("care    = [\"inpatient\"]", "care = []", "care is empty"),
        ] {
            assert!(said(find, replace).contains(expected), "{replace}: {:?}", said(find, replace));
        }
    }

    #[test]
    fn a_component_stands_once() {
        for list in ["base    = [\"in_scope\"", "pays = [\"deductible\""] {
            let twice = format!("{list}, {}", list.split('[').nth(1).unwrap_or_default());
            assert!(said(list, &twice).contains("twice"), "{twice}");
        }
    }
}
