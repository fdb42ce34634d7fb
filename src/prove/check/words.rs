//! Combinations in a clerk's words, and as TOML to be added.

use crate::codes::{CareKind, FilingClass};
use crate::policy::select::{ScopeBit, SymbolKind};

use super::cubes::{Atoms, Cube};
use super::space::{Dim, Space};

/// A combination as it is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Told {
    /// `persons 12 · level 3 · filing referral · other_province`.
    pub words: String,
    /// `persons = ["12"]`, `levels = ["3"]`: as far as conditions can say it.
    pub toml: Vec<String>,
}

impl Told {
    /// `{ persons = ["12"], yuan = "…" }`.
    pub fn row(&self, value: &str) -> String {
        let keys: Vec<&str> = self.toml.iter().map(String::as_str).chain([value]).collect();
        format!("`{{ {} }}`", keys.join(", "))
    }

    /// Says with which keys a `not_served` row leaves it out.
    pub fn left_out(&self) -> String {
        let keys: Vec<String> = self.toml.iter().map(|key| format!("`{key}`")).collect();
        let and = if keys.is_empty() { "" } else { " and " };
        format!("leave it out with `[[not_served]]`, {}{and}`why = \"…\"`", keys.join(", "))
    }
}

struct Saying {
    words: Vec<String>,
    toml: Vec<String>,
}

impl Saying {
    /// Words, and the key that says the same, if one does.
    fn add(&mut self, words: String, toml: String) {
        self.words.push(words);
        self.toml.extend((!toml.is_empty()).then_some(toml));
    }
}

impl Space {
    /// Tells each cube, what holds for all of `within` left out.
    pub fn tell(&self, cube: &Cube, within: &Cube) -> Vec<Told> {
        self.split_places(cube, within).iter().map(|cube| self.tell_one(cube, within)).collect()
    }

    fn tell_one(&self, cube: &Cube, within: &Cube) -> Told {
        let mut saying = Saying { words: Vec::new(), toml: Vec::new() };
        let narrower = |dim: Dim| {
            let (set, all) = (cube.dims[dim as usize], within.dims[dim as usize]);
            (!all.within(set)).then_some(set)
        };
        if let Some(set) = narrower(Dim::Insurance) {
            let codes: Vec<String> =
                set.places().map(|at| self.insurance[at].to_string()).collect();
            saying.add(format!("insurance {}", codes.join(", ")), list("insurance", &codes));
        }
        if let Some(set) = narrower(Dim::Person) {
            let heads = heads(&self.persons, set);
            saying.add(format!("persons {}", heads.join(", ")), list("persons", &heads));
        }
        self.tell_ranges(&narrower, &mut saying);
        if let Some(set) = narrower(Dim::Level) {
            let names = level_names(set);
            let plural = if names.len() == 1 { "level" } else { "levels" };
            saying.add(format!("{plural} {}", names.join(", ")), list("levels", &names));
        }
        if let Some(set) = narrower(Dim::Place) {
            self.tell_place(set, within.dims[Dim::Place as usize], &mut saying);
        }
        if let Some(set) = narrower(Dim::Linked) {
            let linked = set.has(1);
            saying.add(
                if linked { "linked".into() } else { "not linked".into() },
                format!("linked = {linked}"),
            );
        }
        if let Some(set) = narrower(Dim::Disease) {
            self.tell_diseases(set, &mut saying);
        }
        if let Some(set) = narrower(Dim::Care) {
            self.tell_care(set, within.dims[Dim::Care as usize], &mut saying);
        }
        self.tell_marks(cube, &mut saying);
        let all = if saying.words.is_empty() {
            "everybody".to_owned()
        } else {
            saying.words.join(" · ")
        };
        Told { words: all, toml: saying.toml }
    }

    fn tell_ranges(&self, narrower: &impl Fn(Dim) -> Option<Atoms>, saying: &mut Saying) {
        for (dim, starts, name, key) in [
            (Dim::Age, &self.ages, "age", "age"),
            (Dim::Months, &self.months, "months of enrolment", "months"),
            (Dim::Admission, &self.admissions, "admission", "admission"),
        ] {
            let Some(set) = narrower(dim) else { continue };
            let spans = spans(starts, set);
            let words: Vec<String> = spans.iter().map(|span| span_words(*span)).collect();
            saying.words.push(format!("{name} {}", words.join(", ")));
            if let [(low, high)] = spans.as_slice() {
                saying.toml.extend((*low > starts[0]).then(|| format!("{key}_from = {low}")));
                saying.toml.extend(high.map(|high| format!("{key}_to = {}", high - 1)));
            }
        }
        for (dim, starts, name) in
            [(Dim::Born, &self.born, "born"), (Dim::Retired, &self.retired, "retired")]
        {
            let Some(set) = narrower(dim) else { continue };
            let spans = spans(starts, set);
            let day = |days: i64| {
                crate::calendar::Date::from_days(i32::try_from(days).unwrap_or(i32::MAX))
            };
            let mut words = Vec::new();
            let mut toml = Vec::new();
            for (low, high) in &spans {
                let from = (*low > starts[0]).then(|| format!("from {}", day(*low)));
                let before = high.map(|high| format!("before {}", day(high)));
                words.push(from.into_iter().chain(before).collect::<Vec<_>>().join(" "));
                if let ([_], true) = (spans.as_slice(), *low > starts[0]) {
                    toml.push(format!("{name}_from = {}", day(*low)));
                }
                if let ([_], Some(high)) = (spans.as_slice(), high) {
                    toml.push(format!("{name}_before = {}", day(*high)));
                }
            }
            if dim == Dim::Retired && set.has(starts.len()) {
                words.push("not at all".into());
                toml.clear();
            }
            saying.words.push(format!("{name} {}", words.join(" or ")));
            saying.toml.append(&mut toml);
        }
    }

    fn tell_place(&self, set: Atoms, all: Atoms, saying: &mut Saying) {
        let filing =
            |set: Atoms| unique(set.places().map(|at| self.places[at].filing.key().to_owned()));
        let scope =
            |set: Atoms| unique(set.places().map(|at| scope_key(self.places[at].scope).to_owned()));
        let care = |set: Atoms| unique(set.places().map(|at| self.places[at].care.clone()));
        let (classes, scopes, regions) = (filing(set), scope(set), care(set));
        if classes != filing(all) {
            saying.add(format!("filing {}", classes.join(", ")), list("filing", &classes));
        }
        // At home the filing class says where.
        let home: Vec<FilingClass> = set.places().map(|at| self.places[at].filing).collect();
        let only_home = home.iter().all(|class| {
            matches!(
                class,
                FilingClass::Local | FilingClass::LongTermReturn | FilingClass::PromiseReturn
            )
        });
        if scopes != scope(all) && !only_home {
            let scopes = written_scopes(&scopes);
            saying.add(scopes.join(", "), list("scopes", &scopes));
        }
        let near = |regions: &[String]| {
            regions.iter().filter(|head| !head.is_empty()).cloned().collect::<Vec<_>>()
        };
        if regions != care(all) && !only_home {
            let other = regions.iter().any(String::is_empty);
            let named = near(&regions);
            let words = match (named.is_empty(), other) {
                (true, _) => "care in any other place".to_owned(),
                (false, true) => format!("care in {} or any other place", named.join(", ")),
                (false, false) => format!("care in {}", named.join(", ")),
            };
            saying.add(words, if other { String::new() } else { list("care_regions", &named) });
        }
    }

    /// Cubes whose places are every filing class beside every scope and region: those can be told.
    fn split_places(&self, cube: &Cube, within: &Cube) -> Vec<Cube> {
        let set = cube.dims[Dim::Place as usize];
        if within.dims[Dim::Place as usize].within(set) {
            return vec![*cube];
        }
        let mut parts: Vec<(Wheres, Vec<usize>)> = Vec::new();
        for class in FilingClass::ALL {
            let atoms: Vec<usize> =
                set.places().filter(|at| self.places[*at].filing == class).collect();
            if atoms.is_empty() {
                continue;
            }
            let key: Vec<_> = atoms
                .iter()
                .map(|at| (self.places[*at].scope, self.places[*at].care.clone()))
                .collect();
            match parts.iter_mut().find(|(known, _)| *known == key) {
                Some((_, more)) => more.extend(atoms),
                None => parts.push((key, atoms)),
            }
        }
        let part = |atoms: Vec<usize>| {
            let mut part = *cube;
            part.dims[Dim::Place as usize] = Atoms::of(atoms);
            part
        };
        parts.into_iter().map(|(_, atoms)| part(atoms)).collect()
    }

    fn tell_diseases(&self, set: Atoms, saying: &mut Saying) {
        let other = set.places().any(|at| self.diseases[at].is_empty());
        let named: Vec<String> =
            heads(&self.diseases, set).into_iter().filter(|head| !head.is_empty()).collect();
        let shown = if named.len() > 6 {
            format!("{} and {} more", named[..6].join(", "), named.len() - 6)
        } else {
            named.join(", ")
        };
        let words = match (named.is_empty(), other) {
            (true, _) => "any other disease".to_owned(),
            (false, true) => format!("diseases {shown} or any other"),
            (false, false) => format!("diseases {shown}"),
        };
        saying.add(words, if other { String::new() } else { list("diseases", &named) });
    }

    fn tell_care(&self, set: Atoms, all: Atoms, saying: &mut Saying) {
        let kinds = |set: Atoms| {
            let has = |kind: &CareKind| set.places().any(|at| self.care[at].care == *kind);
            CareKind::ALL
                .into_iter()
                .filter(has)
                .map(|kind| kind.key().to_owned())
                .collect::<Vec<_>>()
        };
        let here = kinds(set);
        if here != kinds(all) {
            saying.add(format!("care {}", here.join(", ")), list("care", &here));
        }
        let of_kinds =
            all.places().filter(|at| here.iter().any(|kind| kind == self.care[*at].care.key()));
        if Atoms::of(of_kinds) == set {
            return;
        }
        let named = unique(set.places().filter_map(|at| self.care[at].med_type.clone()));
        let other = set.places().any(|at| self.care[at].med_type.is_none());
        let words = match (named.is_empty(), other) {
            (true, _) => "any other med_type".to_owned(),
            (false, true) => format!("med_type {} or any other", named.join(", ")),
            (false, false) => format!("med_type {}", named.join(", ")),
        };
        saying.add(words, if other { String::new() } else { list("med_types", &named) });
    }

    fn tell_marks(&self, cube: &Cube, saying: &mut Saying) {
        for (at, (kind, text)) in self.marks.iter().enumerate().take(128) {
            let (name, key) = match kind {
                SymbolKind::Identity => ("identity", "identities"),
                SymbolKind::Mark => ("mark", "marks"),
                _ => ("institution mark", "institution_marks"),
            };
            if cube.present >> at & 1 == 1 {
                saying.add(format!("{name} {text}"), list(key, std::slice::from_ref(text)));
            } else if cube.absent >> at & 1 == 1 {
                saying.add(format!("no {name} {text}"), String::new());
            }
        }
    }
}

/// Scopes and care regions that some filing classes share.
type Wheres = Vec<(ScopeBit, String)>;

/// The least cube that holds all of a list.
pub fn hull(list: &[Cube]) -> Cube {
    let mut hull =
        Cube { dims: <[Atoms; super::cubes::DIMENSIONS]>::default(), present: 0, absent: 0 };
    for cube in list {
        for (dim, more) in hull.dims.iter_mut().zip(cube.dims) {
            *dim = dim.or(more);
        }
    }
    hull
}

pub fn list(key: &str, items: &[String]) -> String {
    let quoted: Vec<String> = items.iter().map(|item| format!("\"{item}\"")).collect();
    format!("{key} = [{}]", quoted.join(", "))
}

fn unique(items: impl Iterator<Item = String>) -> Vec<String> {
    let mut list: Vec<String> = Vec::new();
    for item in items {
        if !list.contains(&item) {
            list.push(item);
        }
    }
    list
}

/// Heads of a set; one that is there with everything under it stands for all of it.
fn heads(all: &[String], set: Atoms) -> Vec<String> {
    let inside: Vec<&String> = set.places().filter_map(|at| all.get(at)).collect();
    let covered = |head: &&&String| {
        inside.iter().any(|other| {
            other.len() < head.len()
                && !other.is_empty()
                && head.starts_with(other.as_str())
                && all
                    .iter()
                    .enumerate()
                    .all(|(at, code)| !code.starts_with(other.as_str()) || set.has(at))
        })
    };
    inside.iter().filter(|head| !covered(head)).map(|head| (*head).clone()).collect()
}

fn scope_key(scope: ScopeBit) -> &'static str {
    match scope {
        ScopeBit::Local => "local",
        ScopeBit::SamePrefecture => "same_prefecture",
        ScopeBit::SameProvince => "same_province",
        ScopeBit::OtherProvince => "other_province",
    }
}

/// `same_province` says `same_prefecture` too.
fn written_scopes(scopes: &[String]) -> Vec<String> {
    let wide = scopes.iter().any(|scope| scope == "same_province");
    scopes.iter().filter(|scope| !(wide && *scope == "same_prefecture")).cloned().collect()
}

fn level_names(set: Atoms) -> Vec<String> {
    let mut names = Vec::new();
    for (tier, codes) in [("3", 0..4), ("2", 4..7), ("1", 7..10), ("0", 10..11)] {
        if codes.clone().all(|code| set.has(code)) {
            names.push(tier.to_owned());
        } else {
            names
                .extend(codes.filter(|code| set.has(*code)).map(|code| format!("{:02}", code + 1)));
        }
    }
    names
}

/// Runs of neighbouring intervals: first value, and the value that the next interval begins with.
fn spans(starts: &[i64], set: Atoms) -> Vec<(i64, Option<i64>)> {
    let mut spans: Vec<(i64, Option<i64>)> = Vec::new();
    for at in set.places().filter(|at| *at < starts.len()) {
        let end = starts.get(at + 1).copied();
        match spans.last_mut() {
            Some((_, last)) if *last == Some(starts[at]) => *last = end,
            _ => spans.push((starts[at], end)),
        }
    }
    spans
}

fn span_words(span: (i64, Option<i64>)) -> String {
    match span {
        (low, Some(high)) if low + 1 == high => low.to_string(),
        (low, Some(high)) => format!("{low} to {}", high - 1),
        (low, None) => format!("{low} and more"),
    }
}
