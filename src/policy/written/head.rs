//! The head of a file: whom it serves and how, its sources, parameters, layers and the tables beside them.

use std::sync::Arc;

use crate::calendar::Date;
use crate::claim::Counter;
use crate::codes::{AdmDiv, CareKind, Fund, Insurance, InsuredRegion};
use crate::money::Fen;

use super::super::document::{Fields, Node, Place, Problem, Problems, Table, Value};
use super::super::plan::{ClaimDate, Component, Confidence, RoundingUnit, Source, YearOf};
use super::conditions::{Conditions, person};
use super::read::Scope;
use super::tables::{Reader, one_of};
use super::{Exception, LayerHead, NotServed, Parameter, Written, WrittenLayer};

/// Paths of the bases that a file names, before anything else of it is read.
pub(super) fn extends(table: &Table) -> Vec<&str> {
    let list = table.entries.iter().find(|(key, ..)| key == "extends");
    let Some((_, _, Node { value: Value::List(items), .. })) = list else { return Vec::new() };
    let texts = items.iter().filter_map(|item| match &item.value {
        Value::Text(text) => Some(text.as_str()),
        _ => None,
    });
    texts.collect()
}

/// Reads one file; `inherited` are the sources of its bases, `known` the files that it may extend.
pub(super) fn read(
    name: &str,
    table: &Table,
    inherited: Scope,
    known: &[&str],
    found: &mut Vec<Problem>,
) -> (Written, Scope) {
    let problems = Problems { file: name, found };
    let bases = extends(table);
    let may_inherit = !bases.is_empty();
    let lacks_base = bases.iter().any(|path| !known.contains(path));
    let mut reader =
        Reader { file: Arc::from(name), scope: inherited, problems, may_inherit, lacks_base };
    let mut fields = Fields::new(table, Place { line: 1, column: 1 }, "policy");
    let is_base = fields.truth("base", &mut reader.problems).unwrap_or(false);
    let extends = reader.extends(&mut fields, known);
    let sources = reader.sources(&mut fields);
    let mut written = reader.head(&mut fields, is_base);
    written.extends = extends;
    written.sources = sources;
    written.parameters = reader.parameters(&mut fields);
    written.layers = reader.layers(&mut fields);
    written.cross_region = reader.cross_region(&mut fields);
    written.bounds = reader.bounds(&mut fields);
    written.waiting = reader.waiting(&mut fields);
    written.registration = reader.registration(&mut fields);
    written.account = reader.account(&mut fields);
    written.not_served = reader.not_served(&mut fields);
    written.exceptions = reader.exceptions(&mut fields);
    fields.finish(&mut reader.problems);
    (written, reader.scope)
}

impl Reader<'_> {
    fn extends(&mut self, fields: &mut Fields<'_>, known: &[&str]) -> Vec<(String, Place)> {
        let mut paths = Vec::new();
        for (path, place) in fields.texts("extends", &mut self.problems) {
            paths.push((path.to_owned(), place));
            if !known.contains(&path) {
                let what = format!("extends: there is no file {path:?} in the book");
                self.problems.add(place, what, "name a base by its path from the book's root");
            }
        }
        paths
    }

    fn sources(&mut self, fields: &mut Fields<'_>) -> Vec<(String, Place, Arc<Source>)> {
        let Some((table, _)) = fields.table("sources", &mut self.problems) else {
            return Vec::new();
        };
        let mut sources = Vec::new();
        for (id, place, node) in &table.entries {
            let Value::Table(inner) = &node.value else {
                self.problems.add(
                    *place,
                    format!("sources.{id} is not a table"),
                    "write `[sources.id]`",
                );
                continue;
            };
            let mut fields = Fields::new(inner, *place, format!("sources.{id}"));
            let source = Arc::new(self.source(&mut fields));
            fields.finish(&mut self.problems);
            self.scope.insert(id.clone(), source.clone());
            sources.push((id.clone(), *place, source));
        }
        sources
    }

    fn source(&mut self, fields: &mut Fields<'_>) -> Source {
        let title = fields.need_text("title", &mut self.problems).map_or("", |(text, place)| {
            if text.trim().is_empty() {
                self.problems.add(place, "title is empty", "name the document");
            }
            text
        });
        let confidence =
            fields.need_text("confidence", &mut self.problems).and_then(|(text, place)| {
                one_of(
                    text,
                    place,
                    "confidence",
                    &mut self.problems,
                    &[
                        ("high", Confidence::High),
                        ("medium", Confidence::Medium),
                        ("low", Confidence::Low),
                    ],
                )
            });
        let text = |fields: &mut Fields<'_>, key, problems: &mut Problems<'_>| {
            fields.text(key, problems).map_or(String::new(), |(text, _)| text.to_owned())
        };
        Source {
            title: title.to_owned(),
            number: text(fields, "number", &mut self.problems),
            article: text(fields, "article", &mut self.problems),
            confidence: confidence.unwrap_or(Confidence::Low),
            note: text(fields, "note", &mut self.problems),
        }
    }

    fn head(&mut self, fields: &mut Fields<'_>, is_base: bool) -> Written {
        let mut written = Written {
            file: self.file.clone(),
            is_base,
            title: String::new(),
            region: InsuredRegion::default(),
            region_at: Place { line: 1, column: 1 },
            insurance: Vec::new(),
            persons: Vec::new(),
            serves_from: None,
            last_checked: Date::default(),
            terms_date: ClaimDate::Settlement,
            year_starts: vec![(Date::EARLIEST, (1, 1))],
            year_of: YearOf::Date(ClaimDate::Settlement),
            rounding: RoundingUnit::Segment,
            extends: Vec::new(),
            sources: Vec::new(),
            parameters: Vec::new(),
            layers: Vec::new(),
            cross_region: Vec::new(),
            bounds: Vec::new(),
            waiting: Vec::new(),
            registration: Vec::new(),
            account: Vec::new(),
            not_served: Vec::new(),
            exceptions: Vec::new(),
        };
        if is_base {
            fields.text("title", &mut self.problems);
            fields.day("last_checked", &mut self.problems);
            self.not_of_a_base(fields);
        } else {
            self.whom(fields, &mut written);
            self.how(fields, &mut written);
        }
        written
    }

    fn not_of_a_base(&mut self, fields: &mut Fields<'_>) {
        for key in [
            "region",
            "insurance",
            "persons",
            "serves_from",
            "terms_date",
            "year_starts",
            "year_of",
            "rounding",
        ] {
            if fields.get(key).is_some() {
                let what = format!("a base has no {key}");
                self.problems.add(
                    fields.place_of(key),
                    what,
                    "write it into the policies that extend this base",
                );
            }
        }
    }

    fn whom(&mut self, fields: &mut Fields<'_>, written: &mut Written) {
        let problems = &mut self.problems;
        if let Some((title, _)) = fields.need_text("title", problems) {
            written.title = title.to_owned();
        }
        written.region_at = fields.place_of("region");
        if let Some((text, place)) = fields.need_text("region", problems) {
            match AdmDiv::parse(text.as_bytes()) {
                Some(region) => {
                    written.region = InsuredRegion(region);
                    let folder = written.file.split_once('/').map(|(folder, _)| folder);
                    // A folder that is named like a region holds that region.
                    let other =
                        folder.filter(|f| AdmDiv::parse(f.as_bytes()).is_some_and(|f| f != region));
                    if let Some(folder) = other {
                        let what = format!("region {text:?} stands in the folder of {folder}");
                        problems.add(place, what, "correct the region, or move the file");
                    }
                }
                None => problems.add(
                    place,
                    format!("region {text:?} is not a division"),
                    "write the six digits of the pooling region, as in regions.csv",
                ),
            }
        }
        fields.need("insurance", problems);
        for (text, place) in fields.texts("insurance", problems) {
            match Insurance::parse(text) {
                Some(insurance) => written.insurance.push(insurance),
                None => problems.add(
                    place,
                    format!("insurance {text:?} is not an insutype"),
                    "write its three to six digits, as 310",
                ),
            }
        }
        if written.insurance.is_empty() && fields.says_nothing("insurance") {
            let place = fields.place_of("insurance");
            problems.add(
                place,
                "insurance is empty: the policy would serve nobody",
                "name the insutype codes",
            );
        }
        for (text, place) in fields.texts("persons", problems) {
            match person(text) {
                Some(head) => written.persons.push(head),
                None => problems.add(
                    place,
                    format!("persons: {text:?} is not known here"),
                    "leading digits of psn_type, from 11 to 16",
                ),
            }
        }
        written.serves_from = fields.day("serves_from", problems);
        written.last_checked = fields.need_day("last_checked", problems).unwrap_or_default();
    }

    fn how(&mut self, fields: &mut Fields<'_>, written: &mut Written) {
        let dates = [
            ("settlement", ClaimDate::Settlement),
            ("admission", ClaimDate::Admission),
            ("discharge", ClaimDate::Discharge),
        ];
        let problems = &mut self.problems;
        if let Some((text, place)) = fields.text("terms_date", problems) {
            written.terms_date = one_of(text, place, "terms_date", problems, &dates)
                .unwrap_or(ClaimDate::Settlement);
        }
        if let Some((text, place)) = fields.text("year_of", problems) {
            let [a, b, c] = dates.map(|(key, date)| (key, YearOf::Date(date)));
            let known = [a, b, c, ("split_by_days", YearOf::SplitByDays)];
            written.year_of =
                one_of(text, place, "year_of", problems, &known).unwrap_or(written.year_of);
        }
        if let Some((text, place)) = fields.text("rounding", problems) {
            let known = [("segment", RoundingUnit::Segment), ("layer", RoundingUnit::Layer)];
            written.rounding =
                one_of(text, place, "rounding", problems, &known).unwrap_or(written.rounding);
        }
        let starts = self.year_starts(fields);
        if !starts.is_empty() {
            written.year_starts = starts;
        }
    }

    fn year_starts(&mut self, fields: &mut Fields<'_>) -> Vec<(Date, (u32, u32))> {
        let Some(node) = fields.get("year_starts") else { return Vec::new() };
        let mut starts = Vec::new();
        if let Value::Text(text) = &node.value {
            starts.extend(self.month_day(text, node.place).map(|start| (Date::EARLIEST, start)));
            return starts;
        }
        for (table, place) in fields.tables("year_starts", &mut self.problems) {
            let mut entry = Fields::new(table, place, "year_starts");
            let from = entry.need_day("from", &mut self.problems);
            let text = entry.need_text("starts", &mut self.problems);
            if let (Some(from), Some((text, place))) = (from, text)
                && let Some(start) = self.month_day(text, place)
            {
                if starts.last().is_some_and(|(last, _)| *last >= from) {
                    self.problems.add(
                        place,
                        "entries are not in ascending order",
                        "order them by from",
                    );
                } else {
                    // The first entry also says how earlier years began.
                    starts.push((if starts.is_empty() { Date::EARLIEST } else { from }, start));
                }
            }
            entry.finish(&mut self.problems);
        }
        starts
    }

    fn month_day(&mut self, text: &str, place: Place) -> Option<(u32, u32)> {
        // A leap day cannot start every year, so any other year shows whether the day is one.
        let day = Date::parse(format!("2025-{text}").as_bytes());
        let parsed = day.and_then(|_| text.split_once('-'));
        let start = parsed.and_then(|(month, day)| Some((month.parse().ok()?, day.parse().ok()?)));
        if start.is_none() {
            let what = format!("{text:?} is not a day of every year");
            self.problems.add(place, what, "write month and day, as \"07-01\"");
        }
        start
    }

    fn parameters(&mut self, fields: &mut Fields<'_>) -> Vec<Parameter> {
        let mut parameters: Vec<Parameter> = Vec::new();
        for (table, place) in fields.tables("parameter", &mut self.problems) {
            let mut entry = Fields::new(table, place, "parameter");
            let id = entry.need_text("id", &mut self.problems).map_or("", |(id, _)| id);
            entry.name = format!("parameter {id}");
            let from = entry.need_day("from", &mut self.problems);
            let yuan = entry
                .need_text("yuan", &mut self.problems)
                .and_then(|(t, p)| self.fen(t, p, "yuan"));
            let source = self.own_source(&mut entry, None);
            entry.finish(&mut self.problems);
            let last = parameters.iter().rev().find(|p| p.id == id);
            if let (Some(last), Some(from)) = (last, from)
                && from <= last.from
            {
                let what = format!(
                    "parameter {id}: the entry from {from} is not later than the one before it"
                );
                self.problems.add(place, what, "one entry per day, in ascending order");
            }
            // One with a mistake is kept, so that what follows it is not wrong too; the file is refused anyway.
            let source = source.map_or_else(|| Arc::new(Source::unknown()), |(source, _)| source);
            let (id, file) = (id.to_owned(), self.file.clone());
            let (from, yuan) = (from.unwrap_or(Date::EARLIEST), yuan.unwrap_or_default());
            parameters.push(Parameter { id, from, yuan, source, place, file });
        }
        parameters
    }

    fn layers(&mut self, fields: &mut Fields<'_>) -> Vec<WrittenLayer> {
        let mut layers: Vec<WrittenLayer> = Vec::new();
        for (table, place) in fields.tables("layer", &mut self.problems) {
            let mut entry = Fields::new(table, place, "layer");
            let id = entry.need_text("id", &mut self.problems).map_or("", |(id, _)| id);
            entry.name = format!("layer {id}");
            if layers.iter().any(|layer| layer.id == id) {
                self.problems.add(
                    place,
                    format!("layer {id}: this id stands twice"),
                    "give each layer its own id",
                );
            }
            let head = self.layer_head(&mut entry);
            let layer = WrittenLayer {
                id: id.to_owned(),
                place,
                head,
                first: self.first(&mut entry),
                deductible: self.deductible(&mut entry),
                ratio: self.ratio(&mut entry),
                top_up: self.top_up(&mut entry),
                cap: self.cap(&mut entry),
            };
            entry.finish(&mut self.problems);
            layers.push(layer);
        }
        layers
    }

    /// The head of a layer, or nothing where a base's layer is changed: then none of its keys stands here.
    fn layer_head(&mut self, entry: &mut Fields<'_>) -> Option<LayerHead> {
        let keys = ["care", "fund", "counter", "base"];
        let given = keys.into_iter().filter(|key| entry.get(key).is_some()).count();
        let (name, name_en) = (self.said(entry, "name"), self.said(entry, "name_en"));
        let (only, only_place) = match entry.table("only", &mut self.problems) {
            Some((table, place)) => {
                let mut fields = Fields::new(table, place, format!("{} · only", entry.name));
                let only = Conditions::read(&mut fields, &mut self.problems);
                fields.finish(&mut self.problems);
                (only, Some(place))
            }
            None => (Conditions::default(), None),
        };
        let same = |entry: &mut Fields<'_>, key, problems: &mut Problems<'_>| {
            entry.text(key, problems).map(|(id, place)| (id.to_owned(), place))
        };
        let same_ratio_as = same(entry, "same_ratio_as", &mut self.problems);
        let same_deductible_as = same(entry, "same_deductible_as", &mut self.problems);
        let during_stay =
            entry.text("during_stay", &mut self.problems).and_then(|(text, place)| {
                one_of(
                    text,
                    place,
                    "during_stay",
                    &mut self.problems,
                    &[("pay", true), ("zero", false)],
                )
            });
        let also = entry.texts("also_counts", &mut self.problems);
        let also_counts =
            also.into_iter().filter_map(|(text, place)| self.counter(text, place)).collect();
        if given == 0 && only_place.is_none() && self.may_inherit {
            return None;
        }
        for key in keys {
            entry.need(key, &mut self.problems);
        }
        let care = self.care(entry);
        let fund = entry.text("fund", &mut self.problems).and_then(|(t, p)| self.fund(t, p));
        let counter =
            entry.text("counter", &mut self.problems).and_then(|(t, p)| self.counter(t, p));
        Some(LayerHead {
            name,
            name_en,
            care,
            only,
            fund: fund.unwrap_or(Fund::Other),
            counter: counter.unwrap_or_default(),
            also_counts,
            base: self.components(entry, "base"),
            same_ratio_as,
            same_deductible_as,
            pays_during_stay: during_stay.unwrap_or(true),
        })
    }

    fn said(&mut self, entry: &mut Fields<'_>, key: &'static str) -> String {
        entry.text(key, &mut self.problems).map_or(String::new(), |(text, _)| text.to_owned())
    }

    fn care(&mut self, entry: &mut Fields<'_>) -> Vec<CareKind> {
        let known = CareKind::ALL.map(|kind| (kind.key(), kind));
        let texts = entry.texts("care", &mut self.problems);
        let care: Vec<CareKind> = texts
            .into_iter()
            .filter_map(|(text, place)| one_of(text, place, "care", &mut self.problems, &known))
            .collect();
        if care.is_empty() && entry.says_nothing("care") {
            let what = format!("{}: care is empty", entry.name);
            self.problems.add(entry.place_of("care"), what, "name the kinds of care it serves");
        }
        care
    }

    fn fund(&mut self, text: &str, place: Place) -> Option<Fund> {
        let known = Fund::ALL.map(|fund| (fund.field(), fund));
        one_of(text, place, "fund", &mut self.problems, &known)
    }

    pub(super) fn counter(&mut self, text: &str, place: Place) -> Option<Counter> {
        let counter = Counter::parse(text);
        if counter.is_none() {
            self.problems.add(
                place,
                format!("counter {text:?} is not known here"),
                "known: inpatient, outpatient, chronic, pharmacy, large, major, civil_servant, enterprise, medical_aid, other, each \
                 also with .1 to .15 behind it",
            );
        }
        counter
    }

    pub(super) fn components(
        &mut self,
        entry: &mut Fields<'_>,
        key: &'static str,
    ) -> Vec<Component> {
        entry.need(key, &mut self.problems);
        let known = Component::ALL.map(|component| (component.key(), component));
        let mut list = Vec::new();
        for (text, place) in entry.texts(key, &mut self.problems) {
            match one_of(text, place, key, &mut self.problems, &known) {
                Some(component) if list.contains(&component) => {
                    self.problems.add(place, format!("{key}: {text} stands twice"), "delete one");
                }
                Some(component) => list.push(component),
                None => {}
            }
        }
        if list.is_empty() && entry.says_nothing(key) {
            let what = format!("{}: {key} is empty", entry.name);
            self.problems.add(entry.place_of(key), what, "name components of the fee");
        }
        list
    }

    /// An amount in yuan that is not negative.
    pub(super) fn fen(&mut self, text: &str, place: Place, key: &str) -> Option<Fen> {
        let fen = crate::money::yuan::parse(text.as_bytes()).ok().filter(|fen| !fen.is_negative());
        if fen.is_none() {
            let what = format!("{key}: {text:?} is not an amount");
            self.problems.add(place, what, "write yuan with at most two decimals, as \"1300.00\"");
        }
        fen
    }

    fn not_served(&mut self, fields: &mut Fields<'_>) -> Vec<NotServed> {
        let mut list = Vec::new();
        for (table, place) in fields.tables("not_served", &mut self.problems) {
            let mut entry = Fields::new(table, place, "not_served");
            let who = Conditions::read(&mut entry, &mut self.problems);
            let why = self.why(&mut entry);
            entry.finish(&mut self.problems);
            list.push(NotServed { place, who, why });
        }
        list
    }

    fn exceptions(&mut self, fields: &mut Fields<'_>) -> Vec<Exception> {
        let mut list = Vec::new();
        for (table, place) in fields.tables("exception", &mut self.problems) {
            let mut entry = Fields::new(table, place, "exception");
            let of = entry.need_text("of", &mut self.problems).and_then(|(text, place)| {
                one_of(text, place, "of", &mut self.problems, &[("falls", "falls")])
            });
            let layer = self.said(&mut entry, "layer");
            let why = self.why(&mut entry);
            entry.finish(&mut self.problems);
            list.push(Exception { place, of: of.unwrap_or("").to_owned(), layer, why });
        }
        list
    }

    fn why(&mut self, entry: &mut Fields<'_>) -> String {
        match entry.need_text("why", &mut self.problems) {
            Some((text, place)) if text.trim().is_empty() => {
                self.problems.add(place, "why is empty", "give the reason");
                String::new()
            }
            Some((text, _)) => text.to_owned(),
            None => String::new(),
        }
    }
}
