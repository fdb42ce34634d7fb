//! Dated tables and their rows.

use std::sync::Arc;

use crate::money::{Rate, yuan};

use super::super::document::{Fields, Node, Place, Problems, Value, as_text};
use super::super::plan::{
    CapBasis, CapDiseases, CapPeriod, Credit, DeductibleKind, FeeBase, SegmentMeasure, SegmentMode,
    SegmentStart, Source, Transfer, TransferRule,
};
use super::conditions::Conditions;
use super::read::Scope;
use super::{
    Adjust, Amount, CapKeys, CapRows, DatedRows, DeductibleKeys, Later, LaterStep, RatioKeys,
    RatioRows, WrittenAddition, WrittenCap, WrittenDeductible, WrittenRow,
};

/// Reads one file.
pub(super) struct Reader<'a> {
    pub(super) file: Arc<str>,
    pub(super) scope: Scope,
    pub(super) problems: Problems<'a>,
    /// The file extends a base, whose layers it may change.
    pub(super) may_inherit: bool,
    /// A base that it names is not there: its sources cannot be known.
    pub(super) lacks_base: bool,
}

/// The word that `text` is, or a problem that names them all.
pub(super) fn one_of<T: Clone>(
    text: &str,
    place: Place,
    key: &str,
    problems: &mut Problems<'_>,
    known: &[(&str, T)],
) -> Option<T> {
    let found = known.iter().find(|(word, _)| *word == text).map(|(_, value)| value.clone());
    if found.is_none() {
        let words: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
        problems.add(
            place,
            format!("{key}: {text:?} is not known here"),
            format!("known: {}", words.join(", ")),
        );
    }
    found
}

impl Reader<'_> {
    /// Reads the dated tables under `key`.
    pub(super) fn dated<K, V>(
        &mut self,
        fields: &mut Fields<'_>,
        key: &'static str,
        keys: impl Fn(&mut Self, &mut Fields<'_>) -> K,
        value: impl Fn(&mut Self, &mut Fields<'_>, &K) -> Option<V>,
    ) -> Vec<DatedRows<K, V>> {
        let owner = fields.name.clone();
        let tables = fields.tables(key, &mut self.problems);
        tables
            .into_iter()
            .filter_map(|(table, place)| {
                let mut entry = Fields::new(table, place, within(&owner, key));
                let read = self.entry(&mut entry, &keys, &value);
                entry.finish(&mut self.problems);
                read
            })
            .collect()
    }

    fn entry<K, V>(
        &mut self,
        entry: &mut Fields<'_>,
        keys: &impl Fn(&mut Self, &mut Fields<'_>) -> K,
        value: &impl Fn(&mut Self, &mut Fields<'_>, &K) -> Option<V>,
    ) -> Option<DatedRows<K, V>> {
        let from = entry.need_day("from", &mut self.problems);
        let source = self.table_source(entry);
        let untested = self.untested(entry);
        let keys = keys(self, entry);
        entry.need("rows", &mut self.problems);
        let name = entry.name.clone();
        let mut rows = Vec::new();
        let tables = entry.tables("rows", &mut self.problems);
        if tables.is_empty() && entry.get("rows").is_some() {
            self.problems.add(
                entry.place_of("rows"),
                format!("{name}: rows is empty"),
                "write one row or delete the table",
            );
        }
        for (index, (table, place)) in tables.into_iter().enumerate() {
            let mut fields = Fields::new(table, place, format!("{name} · row {}", index + 1));
            let row =
                self.row(&mut fields, index + 1, source.as_ref(), untested.as_ref(), |r, f| {
                    value(r, f, &keys)
                });
            fields.finish(&mut self.problems);
            rows.extend(row);
        }
        Some(DatedRows { file: self.file.clone(), place: entry.place, from: from?, keys, rows })
    }

    fn row<V>(
        &mut self,
        fields: &mut Fields<'_>,
        number: usize,
        table_source: Option<&(Arc<Source>, String)>,
        table_untested: Option<&String>,
        value: impl Fn(&mut Self, &mut Fields<'_>) -> Option<V>,
    ) -> Option<WrittenRow<V>> {
        let who = Conditions::read(fields, &mut self.problems);
        let source = self.own_source(fields, table_source);
        let untested = self.untested(fields).or_else(|| table_untested.cloned());
        let before_others = fields.truth("before_others", &mut self.problems).unwrap_or(false);
        let value = value(self, fields);
        let (source, source_id) = source?;
        let (file, place) = (self.file.clone(), fields.place);
        Some(WrittenRow {
            file,
            place,
            number,
            who,
            source,
            source_id,
            untested,
            before_others,
            value: value?,
        })
    }

    fn untested(&mut self, fields: &mut Fields<'_>) -> Option<String> {
        let (text, place) = fields.text("untested", &mut self.problems)?;
        if text.trim().is_empty() {
            self.problems.add(place, "untested is empty", "say why no case shows the value");
        }
        Some(text.to_owned())
    }

    /// The source of a whole table; it may be left to the rows.
    fn table_source(&mut self, fields: &mut Fields<'_>) -> Option<(Arc<Source>, String)> {
        let (id, place) = fields.text("source", &mut self.problems)?;
        self.source_named(id, place)
    }

    /// A row's own source, else its table's; one of the two must be there.
    pub(super) fn own_source(
        &mut self,
        fields: &mut Fields<'_>,
        table: Option<&(Arc<Source>, String)>,
    ) -> Option<(Arc<Source>, String)> {
        match fields.text("source", &mut self.problems) {
            Some((id, place)) => self.source_named(id, place),
            None if table.is_some() => table.cloned(),
            None => {
                if fields.get("source").is_none() {
                    let what = format!("{}: no value without a source", fields.name);
                    self.problems.add(
                        fields.place,
                        what,
                        "add `source = \"…\"` and name one of [sources]",
                    );
                }
                None
            }
        }
    }

    fn source_named(&mut self, id: &str, place: Place) -> Option<(Arc<Source>, String)> {
        let source = self.scope.get(id).cloned();
        if source.is_none() && !self.lacks_base {
            let what = format!("source {id:?} is not among [sources] of this file or its bases");
            self.problems.add(place, what, format!("add [sources.{id}], or name another"));
        }
        Some((source?, id.to_owned()))
    }

    fn rate(&mut self, text: &str, place: Place, key: &str) -> Option<Rate> {
        let rate = Rate::from_percent(text);
        if rate.is_none() {
            let what = format!("{key}: {text:?} is not a rate from 0 to 100 per cent");
            self.problems.add(place, what, "write per cent with at most four decimals, as \"85\"");
        }
        rate
    }

    pub(super) fn need_rate(&mut self, fields: &mut Fields<'_>, key: &'static str) -> Option<Rate> {
        let (text, place) = fields.need_text(key, &mut self.problems)?;
        self.rate(text, place, key)
    }

    fn optional_rate(&mut self, fields: &mut Fields<'_>, key: &'static str) -> Option<Rate> {
        let (text, place) = fields.text(key, &mut self.problems)?;
        self.rate(text, place, key)
    }

    /// `"1300.00"`, `"6 x average_wage"`, `"6 % of average_wage"`.
    fn amount_of(&mut self, text: &str, place: Place, key: &str) -> Option<Amount> {
        let (factor, parameter, decimals) =
            match (text.split_once(" x "), text.split_once(" % of ")) {
                (Some((factor, parameter)), _) => (factor, parameter, 6),
                (_, Some((factor, parameter))) => (factor, parameter, 4),
                _ => return self.fen(text, place, key).map(Amount::Yuan),
            };
        let scaled = yuan::parse_scaled(factor.trim().as_bytes(), decimals).ok();
        let millionths = scaled.and_then(|value| u64::try_from(value).ok());
        if millionths.is_none() {
            let what = format!("{key}: {factor:?} is not a factor");
            self.problems.add(place, what, "write \"6 x parameter\" or \"6 % of parameter\"");
        }
        let parameter = parameter.trim().to_owned();
        Some(Amount::Of { millionths: millionths?, parameter, text: text.to_owned() })
    }

    fn amount(&mut self, fields: &mut Fields<'_>, key: &'static str) -> Option<Amount> {
        let (text, place) = fields.text(key, &mut self.problems)?;
        self.amount_of(text, place, key)
    }

    fn need_amount(&mut self, fields: &mut Fields<'_>, key: &'static str) -> Option<Amount> {
        fields.need(key, &mut self.problems)?;
        self.amount(fields, key)
    }

    pub(super) fn word<T: Clone>(
        &mut self,
        fields: &mut Fields<'_>,
        key: &'static str,
        known: &[(&str, T)],
    ) -> Option<T> {
        let (text, place) = fields.text(key, &mut self.problems)?;
        one_of(text, place, key, &mut self.problems, known)
    }

    pub(super) fn need_word<T: Clone>(
        &mut self,
        fields: &mut Fields<'_>,
        key: &'static str,
        known: &[(&str, T)],
    ) -> Option<T> {
        fields.need(key, &mut self.problems)?;
        self.word(fields, key, known)
    }

    fn inner<T>(
        &mut self,
        fields: &mut Fields<'_>,
        key: &'static str,
        read: impl Fn(&mut Self, &mut Fields<'_>) -> Option<T>,
    ) -> Option<T> {
        let (table, place) = fields.table(key, &mut self.problems)?;
        let mut inner = Fields::new(table, place, within(&fields.name, key));
        let value = read(self, &mut inner);
        inner.finish(&mut self.problems);
        value
    }
}

fn within(owner: &str, key: &str) -> String {
    if owner == "policy" { key.to_owned() } else { format!("{owner} · {key}") }
}

const BASES: [(&str, FeeBase); 2] =
    [("in_scope", FeeBase::InScope), ("total_fee", FeeBase::TotalFee)];

/// Tables of a layer.
impl Reader<'_> {
    pub(super) fn first(&mut self, layer: &mut Fields<'_>) -> Vec<DatedRows<(), Rate>> {
        self.dated(layer, "first", |_, _| (), |reader, row, ()| reader.need_rate(row, "percent"))
    }

    pub(super) fn deductible(
        &mut self,
        layer: &mut Fields<'_>,
    ) -> Vec<DatedRows<DeductibleKeys, WrittenDeductible>> {
        self.dated(layer, "deductible", Reader::deductible_keys, |reader, row, keys| {
            reader.deductible_value(row, keys)
        })
    }

    fn deductible_keys(&mut self, table: &mut Fields<'_>) -> DeductibleKeys {
        let days = table.count("days", &mut self.problems);
        let kind = self.need_word(
            table,
            "kind",
            &[
                ("by_admission", DeductibleKind::ByAdmission),
                ("per_visit", DeductibleKind::PerVisit),
                ("annual", DeductibleKind::Annual),
                ("per_period", DeductibleKind::PerPeriod(days.unwrap_or(1).max(1))),
            ],
        );
        self.period_has_days(table, matches!(kind, Some(DeductibleKind::PerPeriod(_))), days);
        DeductibleKeys {
            kind: kind.unwrap_or(DeductibleKind::PerVisit),
            year_ceiling: self.amount(table, "year_ceiling"),
            restarts_after_days: self.days(table, "restarts_after_days"),
            transfer: self.inner(table, "transfer", Reader::transfer),
            credit: self.inner(table, "credit", Reader::credit),
        }
    }

    fn period_has_days(&mut self, table: &Fields<'_>, is_period: bool, days: Option<u32>) {
        if is_period != days.is_some() || days == Some(0) {
            let what = format!("{}: days goes with a period, and a period with days", table.name);
            self.problems.add(table.place_of("days"), what, "write `days = 90`, or delete it");
        }
    }

    fn days(&mut self, fields: &mut Fields<'_>, key: &'static str) -> Option<u32> {
        let days = fields.count(key, &mut self.problems)?;
        if days == 0 {
            self.problems.add(fields.place_of(key), format!("{key} is 0"), "write at least 1");
        }
        Some(days.max(1))
    }

    fn transfer(&mut self, fields: &mut Fields<'_>) -> Option<Transfer> {
        let rules = [
            ("full", TransferRule::Full),
            ("difference", TransferRule::Difference),
            ("waived", TransferRule::Waived),
        ];
        fields.need("within_days", &mut self.problems);
        let within_days = fields.count("within_days", &mut self.problems);
        let mut rule = |key| self.word(fields, key, &rules).unwrap_or(TransferRule::Full);
        let (upward, downward, same) = (rule("upward"), rule("downward"), rule("same"));
        Some(Transfer { within_days: within_days?, upward, downward, same })
    }

    fn credit(&mut self, fields: &mut Fields<'_>) -> Option<Credit> {
        let (text, place) = fields.need_text("counter", &mut self.problems)?;
        let counter = self.counter(text, place);
        fields.need("within_days", &mut self.problems);
        let within_days = fields.count("within_days", &mut self.problems);
        Some(Credit { counter: counter?, within_days: within_days? })
    }

    fn deductible_value(
        &mut self,
        row: &mut Fields<'_>,
        keys: &DeductibleKeys,
    ) -> Option<WrittenDeductible> {
        if row.get("percent").is_some() {
            let rate = self.need_rate(row, "percent");
            let of = self.need_word(row, "of", &BASES);
            let (at_least, at_most) = (self.amount(row, "at_least"), self.amount(row, "at_most"));
            return Some(WrittenDeductible::Share { rate: rate?, of: of?, at_least, at_most });
        }
        row.need("yuan", &mut self.problems);
        let mut amounts = Vec::new();
        for (text, place) in row.texts("yuan", &mut self.problems) {
            amounts.extend(self.amount_of(text, place, "yuan"));
        }
        let by_admission = keys.kind == DeductibleKind::ByAdmission;
        let later = self.inner(row, "later", Reader::later);
        if amounts.is_empty() {
            self.problems.add(
                row.place_of("yuan"),
                format!("{}: yuan is empty", row.name),
                "write the amounts",
            );
        } else if !by_admission && (amounts.len() > 1 || later.is_some()) {
            let what = format!("{}: only by_admission has one amount after another", row.name);
            self.problems.add(row.place, what, "write one amount, or make the table by_admission");
        }
        (!amounts.is_empty()).then_some(WrittenDeductible::Amounts { yuan: amounts, later })
    }

    fn later(&mut self, fields: &mut Fields<'_>) -> Option<Later> {
        let minus = self.amount(fields, "minus");
        let percent = self.optional_rate(fields, "minus_percent");
        let of_previous =
            self.word(fields, "of", &[("first", false), ("previous", true)]).unwrap_or(false);
        let floor = self.amount(fields, "floor").unwrap_or(Amount::Yuan(crate::money::Fen::ZERO));
        let at_most = self.optional_rate(fields, "at_most_percent");
        let step = match (minus, percent) {
            (Some(amount), None) => LaterStep::Minus(amount),
            (None, Some(rate)) => LaterStep::MinusPercent(rate),
            _ => {
                let what = format!("{}: needs minus or minus_percent, one of the two", fields.name);
                self.problems.add(
                    fields.place,
                    what,
                    "write `minus = \"100.00\"` or `minus_percent = \"20\"`",
                );
                return None;
            }
        };
        Some(Later { step, of_previous, floor, at_most })
    }

    pub(super) fn ratio(&mut self, layer: &mut Fields<'_>) -> Vec<RatioRows> {
        let owner = layer.name.clone();
        let tables = layer.tables("ratio", &mut self.problems);
        let mut all = Vec::new();
        for (table, place) in tables {
            let mut entry = Fields::new(table, place, within(&owner, "ratio"));
            let rows = self.entry(
                &mut entry,
                &Reader::ratio_keys,
                &|reader: &mut Self, row: &mut Fields<'_>, _: &RatioKeys| reader.segments(row),
            );
            let adjust = self.adjustments(&mut entry);
            entry.finish(&mut self.problems);
            all.extend(rows.map(|table| RatioRows { table, adjust }));
        }
        all
    }

    fn ratio_keys(&mut self, table: &mut Fields<'_>) -> RatioKeys {
        let days = table.count("days", &mut self.problems);
        let measure = self.word(
            table,
            "measure",
            &[
                ("admission", SegmentMeasure::Admission),
                ("period", SegmentMeasure::Period(days.unwrap_or(1).max(1))),
                ("year", SegmentMeasure::Year),
            ],
        );
        self.period_has_days(table, matches!(measure, Some(SegmentMeasure::Period(_))), days);
        let starts = [("zero", SegmentStart::Zero), ("deductible", SegmentStart::Deductible)];
        let start = self.word(table, "start", &starts);
        let whole =
            self.word(table, "mode", &[("marginal", false), ("whole", true)]).unwrap_or(false);
        let bounds = [("upper", SegmentMode::WholeUpper), ("lower", SegmentMode::WholeLower)];
        let bounds = self.word(table, "bounds", &bounds);
        if bounds.is_some() && !whole {
            let what = format!("{}: bounds says nothing without mode = \"whole\"", table.name);
            self.problems.add(table.place_of("bounds"), what, "delete it");
        }
        RatioKeys {
            measure: measure.unwrap_or(SegmentMeasure::Admission),
            start: start.unwrap_or(SegmentStart::Deductible),
            mode: if whole {
                bounds.unwrap_or(SegmentMode::WholeUpper)
            } else {
                SegmentMode::Marginal
            },
        }
    }

    fn segments(&mut self, row: &mut Fields<'_>) -> Option<Vec<(Amount, Rate)>> {
        row.need("segments", &mut self.problems)?;
        let mut segments = Vec::new();
        for node in row.items("segments", &mut self.problems) {
            segments.extend(self.segment(node));
        }
        if segments.is_empty() {
            let place = row.place_of("segments");
            self.problems.add(
                place,
                format!("{}: no segments", row.name),
                "write `[[\"0\", \"85\"]]`",
            );
            return None;
        }
        Some(segments)
    }

    fn segment(&mut self, node: &Node) -> Option<(Amount, Rate)> {
        if let Value::List(pair) = &node.value
            && let [above, pays] = pair.as_slice()
        {
            let above = as_text(above, "segment", &mut self.problems);
            let pays = as_text(pays, "segment", &mut self.problems);
            let (above, above_at) = above?;
            let amount = self.amount_of(above, above_at, "segment");
            let (pays, pays_at) = pays?;
            return amount.zip(self.rate(pays, pays_at, "segment"));
        }
        self.problems.add(
            node.place,
            "a segment is not a pair",
            "write [\"above, yuan\", \"per cent\"]",
        );
        None
    }

    fn adjustments(&mut self, table: &mut Fields<'_>) -> Vec<WrittenRow<Adjust>> {
        let source = self.table_source(table);
        let name = table.name.clone();
        let mut rows = Vec::new();
        for (index, (row, place)) in
            table.tables("adjust", &mut self.problems).into_iter().enumerate()
        {
            let mut fields = Fields::new(row, place, format!("{name} · adjust {}", index + 1));
            let read = self.row(&mut fields, index + 1, source.as_ref(), None, Reader::adjust);
            fields.finish(&mut self.problems);
            rows.extend(read);
        }
        rows
    }

    fn adjust(&mut self, row: &mut Fields<'_>) -> Option<Adjust> {
        let mut found = Vec::new();
        for (key, make) in [
            ("points", Adjust::Points as fn(i64) -> Adjust),
            ("personal_points", Adjust::PersonalPoints),
        ] {
            if let Some((text, place)) = row.text(key, &mut self.problems) {
                let value = yuan::parse_scaled(text.trim_start_matches('+').as_bytes(), 4).ok();
                match value.filter(|points| points.abs() <= 1_000_000) {
                    Some(points) => found.push(make(points)),
                    None => self.problems.add(
                        place,
                        format!("{key}: {text:?} is not a number of points"),
                        "write points of per cent, as \"5\" or \"-1\"",
                    ),
                }
            }
        }
        if let Some(rate) = self.optional_rate(row, "personal_factor") {
            found.push(Adjust::PersonalFactor(rate));
        }
        if found.len() != 1 {
            let what =
                format!("{}: needs one of points, personal_points, personal_factor", row.name);
            self.problems.add(row.place, what, "one row says one thing; write two rows for two");
        }
        found.into_iter().next()
    }

    pub(super) fn top_up(&mut self, layer: &mut Fields<'_>) -> Vec<DatedRows<(), (Rate, FeeBase)>> {
        self.dated(
            layer,
            "top_up",
            |_, _| (),
            |reader, row, ()| {
                let rate = reader.need_rate(row, "percent");
                rate.zip(reader.need_word(row, "of", &BASES))
            },
        )
    }

    pub(super) fn cap(&mut self, layer: &mut Fields<'_>) -> Vec<CapRows> {
        let owner = layer.name.clone();
        let mut all = Vec::new();
        for (table, place) in layer.tables("cap", &mut self.problems) {
            let mut entry = Fields::new(table, place, within(&owner, "cap"));
            let rows = self.entry(
                &mut entry,
                &Reader::cap_keys,
                &|reader: &mut Self, row: &mut Fields<'_>, keys: &CapKeys| {
                    reader.cap_value(row, *keys)
                },
            );
            let additions = self.additions(&mut entry);
            let additions_at_most = self.optional_rate(&mut entry, "additions_at_most");
            entry.finish(&mut self.problems);
            all.extend(rows.map(|table| CapRows { table, additions, additions_at_most }));
        }
        all
    }

    fn cap_keys(&mut self, table: &mut Fields<'_>) -> CapKeys {
        let basis = [("fund_paid", CapBasis::FundPaid), ("eligible", CapBasis::Eligible)];
        let basis = self.need_word(table, "on", &basis);
        let period = self.word(
            table,
            "per",
            &[
                ("year", CapPeriod::Year),
                ("month", CapPeriod::Month),
                ("day", CapPeriod::Day),
                ("admission", CapPeriod::Admission),
            ],
        );
        let diseases = self.word(
            table,
            "diseases",
            &[
                ("together", CapDiseases::Together),
                ("separate", CapDiseases::Separate),
                ("added", CapDiseases::Added),
                ("highest", CapDiseases::Highest),
            ],
        );
        let counter = table.text("counter", &mut self.problems);
        CapKeys {
            basis: basis.unwrap_or(CapBasis::FundPaid),
            period: period.unwrap_or(CapPeriod::Year),
            counter: counter.and_then(|(text, place)| self.counter(text, place)),
            diseases: diseases.unwrap_or(CapDiseases::Together),
        }
    }

    fn cap_value(&mut self, row: &mut Fields<'_>, keys: CapKeys) -> Option<WrittenCap> {
        let supplement = self.amount(row, "supplement");
        if supplement.is_some() && keys.diseases != CapDiseases::Highest {
            let what = format!("{}: supplement says nothing here", row.name);
            self.problems.add(
                row.place_of("supplement"),
                what,
                "it goes with diseases = \"highest\"",
            );
        }
        let (text, place) = row.need_text("yuan", &mut self.problems)?;
        if text == "none" {
            return Some(WrittenCap { yuan: None, supplement });
        }
        Some(WrittenCap { yuan: Some(self.amount_of(text, place, "yuan")?), supplement })
    }

    fn additions(&mut self, table: &mut Fields<'_>) -> Vec<WrittenAddition> {
        let source = self.table_source(table);
        let name = table.name.clone();
        let mut list = Vec::new();
        for (index, (row, place)) in
            table.tables("additions", &mut self.problems).into_iter().enumerate()
        {
            let mut fields = Fields::new(row, place, format!("{name} · addition {}", index + 1));
            let fact =
                fields.need_text("fact", &mut self.problems).map(|(text, _)| text.to_owned());
            let after = fields.count("after", &mut self.problems).unwrap_or(0);
            let yuan = self.need_amount(&mut fields, "yuan");
            let resets = fields.truth("resets", &mut self.problems).unwrap_or(false);
            let source = self.own_source(&mut fields, source.as_ref());
            fields.finish(&mut self.problems);
            if let (Some(fact), Some(yuan), Some((source, _))) = (fact, yuan, source) {
                list.push(WrittenAddition { place, fact, after, yuan, resets, source });
            }
        }
        list
    }
}
