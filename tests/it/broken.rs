//! Broken policies: what `policy check` says of each, to the letter; and that a gap which it tells is one that the engine feels.

use std::path::{Path, PathBuf};

use medsettle::calendar::Date;
use medsettle::codes::{
    AdmDiv, CareKind, CareRegion, FilingClass, HospitalLevel, InsuredRegion, MedType, PersonType,
    Scope,
};
use medsettle::ingest::policy_book::{self, Opened};
use medsettle::policy::plan::Effect;
use medsettle::policy::select::{CodeHead, SymbolKind};
use medsettle::policy::written::{Conditions, Written};
use medsettle::policy::{Facts, Policy};
use medsettle::prove::check::{self, Extent, Finding};
use medsettle::settle::entitlement::scope;

use crate::cli::base_night;
use crate::support::{self, medsettle, root, stderr, stdout};

/// The folders of broken books, in order.
fn books() -> Vec<PathBuf> {
    let folder = root().join("fixtures/policy/broken");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut books: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    books.sort();
    books
}

fn expected(book: &Path) -> String {
    std::fs::read_to_string(book.join("expected.txt")).unwrap_or_default()
}

#[test]
fn each_broken_policy_is_told_as_expected() {
    let mut wrong = Vec::new();
    for book in books() {
        let output = medsettle(&["policy", "check", book.to_str().unwrap()]);
        let told = stdout(&output);
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(book.join("expected.txt"), &told).unwrap();
        }
        let code = if told.contains(": error[") { 2 } else { 0 };
        assert_eq!(output.status.code(), Some(code), "{}\n{}", book.display(), stderr(&output));
        assert_eq!(stderr(&output).lines().count(), 1, "the summary alone:\n{}", stderr(&output));
        if told != expected(&book) {
            wrong.push(format!("{}\nexpected\n{}told\n{told}", book.display(), expected(&book)));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn broken_policies_are_many_and_most_have_one_mistake() {
    let books = books();
    let single = books.iter().filter(|book| expected(book).lines().count() == 1).count();
    assert!(books.len() >= 90 && single >= 70, "{} books, {single} single", books.len());
    for kind in ["reading", "gap", "overlap", "unreachable", "falls", "value", "unused", "useless"]
    {
        let tag = format!("[{kind}]: ");
        assert!(books.iter().any(|book| expected(book).contains(&tag)), "no book shows {kind}");
    }
}

#[test]
fn findings_as_json_say_the_same() {
    for book in books() {
        let output = medsettle(&["policy", "check", "--json", book.to_str().unwrap()]);
        let findings: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
        let lines = expected(&book).lines().count();
        assert_eq!(findings.len(), lines, "{}", book.display());
        for finding in findings {
            for key in ["file", "line", "column", "severity", "kind", "what", "remedy"] {
                assert!(finding.get(key).is_some(), "{key} is missing in {finding}");
            }
        }
    }
}

#[test]
fn no_night_starts_with_a_book_that_does_not_pass() {
    let folder = tempfile::tempdir().unwrap();
    let pipeline = base_night(folder.path(), "");
    let text = std::fs::read_to_string(&pipeline).unwrap();
    let shipped = root().join("pipelines/policy");
    for book in books() {
        let expected = expected(&book);
        // What cannot be read is not proven.
        let unread = expected.contains(": error[reading]: ");
        let kind = if unread { ": error[reading]: " } else { ": error[" };
        let mistakes: Vec<String> = expected
            .lines()
            .filter(|line| line.contains(kind))
            .map(|line| line.replace(": error[reading]: ", ": "))
            .collect();
        if mistakes.is_empty() {
            continue;
        }
        let text = text.replace(shipped.to_str().unwrap(), book.to_str().unwrap());
        std::fs::write(&pipeline, text).unwrap();
        let store = folder.path().join("store");
        for output in [
            medsettle(&["check", pipeline.to_str().unwrap()]),
            support::run(&pipeline, &store, &[]),
        ] {
            assert_eq!(output.status.code(), Some(2), "{}", book.display());
            let told = format!("{}{}", stdout(&output), stderr(&output));
            for mistake in &mistakes {
                assert!(told.contains(mistake), "{}\n{mistake}\nis not in\n{told}", book.display());
            }
        }
        assert!(!store.join("runs").exists(), "{}: a run began", book.display());
    }
}

#[test]
fn a_region_alone_can_be_proven() {
    let books = root().join("pipelines/policy");
    let one = medsettle(&["policy", "check", books.to_str().unwrap(), "--region", "110000"]);
    assert!(stderr(&one).starts_with("2 policies, "), "{}", stderr(&one));
    for (arguments, says) in [
        (["--region", "960100"], "no policy of region 960100"),
        (["--region", "9601"], "six digits"),
    ] {
        let output =
            medsettle(&["policy", "check", books.to_str().unwrap(), arguments[0], arguments[1]]);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains(says), "{}", stderr(&output));
    }
}

#[test]
fn a_pipeline_names_its_books() {
    let folder = tempfile::tempdir().unwrap();
    let pipeline = base_night(folder.path(), "");
    let book = root().join("fixtures/policy/broken/00-nothing-wrong");
    let text = std::fs::read_to_string(&pipeline).unwrap();
    let shipped = root().join("pipelines/policy");
    let text = text.replace(shipped.to_str().unwrap(), book.to_str().unwrap());
    std::fs::write(&pipeline, text).unwrap();
    let output = medsettle(&["policy", "check", pipeline.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stderr(&output).starts_with("1 policies, "), "{}", stderr(&output));
}

/// What the engine is asked in the test below: texts, as a clerk would write them.
struct Asked {
    person: String,
    age: i32,
    birth: Date,
    retired: Option<Date>,
    months: i32,
    level: HospitalLevel,
    filing: FilingClass,
    care_region: AdmDiv,
    disease: String,
    med_type: MedType,
    marks: Vec<(SymbolKind, String)>,
    admission: u32,
}

/// Numbers that look drawn, the same every time.
struct Draw(u64);

impl Draw {
    fn below(&mut self, most: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % most.max(1)
    }

    fn one<T: Clone>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())].clone()
    }
}

/// Everything that the conditions of a file and its bases name, and a little around it.
struct Named {
    persons: Vec<String>,
    ages: Vec<i32>,
    days: Vec<Date>,
    months: Vec<i32>,
    care_regions: Vec<AdmDiv>,
    diseases: Vec<String>,
    med_types: Vec<MedType>,
    marks: Vec<(SymbolKind, String)>,
}

impl Named {
    fn of(region: AdmDiv, all: &[&Conditions]) -> Named {
        let division = |text: &str| AdmDiv::parse(text.as_bytes()).unwrap();
        let code = region.as_str();
        // A municipality is one pool: nothing else is in its province.
        let alone = ["11", "12", "31", "50"].contains(&&code[..2]);
        let near = if alone {
            vec![]
        } else {
            vec![format!("{}87", &code[..4]), format!("{}8700", &code[..2])]
        };
        let far = if code.starts_with("97") { "960100" } else { "970100" };
        let mut named = Named {
            persons: ["11", "12", "13", "14", "15", "16"].map(str::to_owned).into(),
            ages: vec![0, 30, 64, 99],
            days: vec![Date::from_ymd(1960, 5, 5).unwrap(), Date::from_ymd(2010, 5, 5).unwrap()],
            months: vec![0, 200],
            care_regions: near.iter().map(|text| division(text)).chain([division(far)]).collect(),
            diseases: vec![String::new(), "Z99.9".into()],
            med_types: ["11", "14", "21", "41"]
                .map(|code| MedType::parse(code, &[]).unwrap())
                .into(),
            marks: Vec::new(),
        };
        for who in all {
            named.persons.extend(who.persons.iter().filter(|head| head.len() > 1).cloned());
            for age in [who.age_from, who.age_to].into_iter().flatten() {
                named.ages.extend(
                    [age - 1, age, age + 1].into_iter().filter(|age| (0..=120).contains(age)),
                );
            }
            let days = [who.born_from, who.born_before, who.retired_from, who.retired_before];
            for day in days.into_iter().flatten() {
                named.days.extend([day.previous(), day]);
            }
            for months in [who.months_from, who.months_to].into_iter().flatten() {
                named
                    .months
                    .extend([months - 1, months, months + 1].into_iter().filter(|n| *n >= 0));
            }
            named
                .care_regions
                .extend(who.care_regions.iter().map(|head| division(&format!("{head:0<6}"))));
            named.diseases.extend(who.diseases.iter().cloned());
            named
                .med_types
                .extend(who.med_types.iter().filter_map(|code| MedType::parse(code, &[])));
            for (kind, texts) in [
                (SymbolKind::Identity, &who.identities),
                (SymbolKind::Mark, &who.marks),
                (SymbolKind::InstitutionMark, &who.institution_marks),
            ] {
                named.marks.extend(texts.iter().map(|text| (kind, text.clone())));
            }
        }
        named.marks.sort();
        named.marks.dedup();
        named
    }

    fn draw(&self, region: AdmDiv, draw: &mut Draw) -> Asked {
        let at_home = draw.below(3) == 0;
        let care_region = if at_home { region } else { draw.one(&self.care_regions) };
        let home = [FilingClass::Local, FilingClass::LongTermReturn, FilingClass::PromiseReturn];
        let away = [
            FilingClass::LongTerm,
            FilingClass::Referral,
            FilingClass::Emergency,
            FilingClass::OtherTemporary,
            FilingClass::Unfiled,
        ];
        let filing = if care_region == region { draw.one(&home) } else { draw.one(&away) };
        let marks = self.marks.iter().filter(|_| draw.below(4) == 0).cloned().collect();
        let level = HospitalLevel::parse(&format!("{:02}", draw.below(11) + 1)).unwrap();
        Asked {
            person: draw.one(&self.persons),
            age: draw.one(&self.ages),
            birth: draw.one(&self.days),
            retired: (draw.below(2) == 0).then(|| draw.one(&self.days)),
            months: draw.one(&self.months),
            level,
            filing,
            care_region,
            disease: draw.one(&self.diseases),
            med_type: draw.one(&self.med_types),
            marks,
            admission: u32::try_from(draw.below(6)).unwrap() + 1,
        }
    }
}

impl Asked {
    fn facts(&self, policy: &Policy) -> Facts<'static> {
        let (insured, care) = (policy.region, CareRegion(self.care_region));
        let mut facts = Facts {
            insurance: policy.insurance[0],
            age: Some(self.age),
            birth: Some(self.birth),
            retired: self.retired,
            months: Some(self.months),
            level: self.level,
            filing: self.filing,
            scope: scope(insured, care),
            same_prefecture: insured.0.same_prefecture(care.0),
            disease: CodeHead::of(&self.disease),
            admission: self.admission,
            ..Facts::empty()
        };
        let person = format!("{:0<4}", self.person);
        facts.set_person_type(PersonType::parse(&person).unwrap());
        facts.set_care_region(self.care_region);
        facts.set_med_type(&self.med_type, &policy.symbols);
        for (kind, text) in &self.marks {
            facts.symbols |= policy.symbols.bit(*kind, text);
        }
        facts
    }

    /// Whether the policy leaves this out on purpose, read from the written conditions.
    fn is_left_out(&self, who: &Conditions, region: InsuredRegion) -> bool {
        let begins = |list: &[String], code: &str| {
            list.is_empty() || list.iter().any(|head| code.starts_with(head.as_str()))
        };
        let scopes = |word: &String| {
            let prefecture = region.0.same_prefecture(self.care_region);
            match (word.as_str(), scope(region, CareRegion(self.care_region))) {
                ("same_prefecture", Scope::SameProvince) => prefecture,
                ("local", Scope::Local)
                | ("same_province", Scope::SameProvince)
                | ("other_province", Scope::OtherProvince) => true,
                _ => false,
            }
        };
        let level = |word: &String| {
            word.len() == 1 && *word == self.level.tier().to_string()
                || *word == self.level.to_string()
        };
        let marks = |kind: SymbolKind, list: &[String]| {
            list.is_empty() || self.marks.iter().any(|(k, text)| *k == kind && list.contains(text))
        };
        let kind: CareKind = self.med_type.kind();
        begins(&who.persons, &format!("{:0<4}", self.person))
            && begins(&who.care_regions, self.care_region.as_str())
            && begins(&who.diseases, &self.disease)
            && (who.care.is_empty() || who.care.contains(&kind))
            && (who.filing.is_empty() || who.filing.contains(&self.filing))
            && (who.scopes.is_empty() || who.scopes.iter().any(scopes))
            && (who.levels.is_empty() || who.levels.iter().any(level))
            && (who.med_types.is_empty()
                || who.med_types.iter().any(|code| code == self.med_type.as_str()))
            && marks(SymbolKind::Identity, &who.identities)
            && marks(SymbolKind::Mark, &who.marks)
            && marks(SymbolKind::InstitutionMark, &who.institution_marks)
            && who.age_from.is_none_or(|age| self.age >= age)
            && who.age_to.is_none_or(|age| self.age <= age)
            && who.linked != Some(false)
    }
}

/// Whether the engine finds terms, or refuses care elsewhere as the policy says.
fn has_terms(policy: &Policy, on: Date, facts: &Facts<'_>) -> bool {
    let effects = policy.effects(on, facts);
    if effects.is_some_and(|(_, steps)| steps.iter().any(|step| step.effect == Effect::Refuse)) {
        return true;
    }
    let needs_row = facts.scope != Scope::Local || facts.filing == FilingClass::PromiseReturn;
    (effects.is_some() || !needs_row) && policy.terms(on, facts).is_ok()
}

/// How many of `tries` drawn combinations the engine has no terms for, though the policy serves them.
fn felt(opened: &Opened, written: &Written, tries: usize) -> Vec<String> {
    let policy = opened.book.policy(written.region, written.insurance[0]).unwrap();
    let bases = opened.written.bases_of(written);
    let files: Vec<&Written> = [written].into_iter().chain(bases).collect();
    let mut all: Vec<&Conditions> = Vec::new();
    let mut days: Vec<Date> = vec![policy.serves_from];
    for file in &files {
        for layer in &file.layers {
            all.extend(layer.head.iter().map(|head| &head.only));
            all.extend(layer.deductible.iter().flat_map(|table| &table.rows).map(|row| &row.who));
            all.extend(layer.ratio.iter().flat_map(|table| &table.table.rows).map(|row| &row.who));
            all.extend(layer.cap.iter().flat_map(|table| &table.table.rows).map(|row| &row.who));
            days.extend(layer.deductible.iter().map(|table| table.from));
            days.extend(layer.ratio.iter().map(|table| table.table.from));
            days.extend(layer.cap.iter().map(|table| table.table.from));
        }
        all.extend(file.cross_region.iter().flat_map(|table| &table.rows).map(|row| &row.who));
        days.extend(file.cross_region.iter().map(|table| table.from));
    }
    days.retain(|day| *day >= policy.serves_from);
    let region = written.region.0;
    let named = Named::of(region, &all);
    let mut draw = Draw(7);
    let mut felt = Vec::new();
    for _ in 0..tries {
        let asked = named.draw(region, &mut draw);
        let facts = asked.facts(policy);
        let on = draw.one(&days);
        let mut left_out = files.iter().flat_map(|file| &file.not_served);
        if policy.serves.matches(&facts)
            && !has_terms(policy, on, &facts)
            && !left_out.any(|row| asked.is_left_out(&row.who, written.region))
        {
            felt.push(format!(
                "{on} persons {} age {} level {} filing {} care in {} disease {} med_type {} stay {} {:?}",
                asked.person,
                asked.age,
                asked.level,
                asked.filing.key(),
                asked.care_region,
                asked.disease,
                asked.med_type.as_str(),
                asked.admission,
                asked.marks
            ));
        }
    }
    felt
}

fn gaps(findings: &[Finding], file: &Written) -> usize {
    let region = format!("region {} · ", file.region);
    let insurance = format!(" · insurance {} ", file.insurance[0]);
    let is_gap = |finding: &&Finding| finding.kind == "gap" && finding.what.contains(&region);
    findings.iter().filter(is_gap).filter(|f| f.what.contains(insurance.trim_end())).count()
}

/// Two ways to the same answer: sets of combinations over the written rows, and the compiled policy asked one by one.
#[test]
fn the_engine_finds_terms_where_no_gap_is_told_and_none_somewhere_in_each_gap() {
    let mut roots = vec![root().join("pipelines/policy")];
    roots.extend(books().into_iter().filter(|book| !expected(book).contains("[reading]")));
    let mut told = 0;
    for root in roots {
        let opened = policy_book::open(std::slice::from_ref(&root));
        let proof = check::check(&opened.book, &opened.written, Extent::default());
        for file in &opened.written.policies {
            let felt = felt(&opened, file, 4000);
            let gaps = gaps(&proof.findings, file);
            told += usize::from(gaps > 0);
            let place = format!("{}/{}", root.display(), file.file);
            if gaps == 0 {
                assert!(felt.is_empty(), "{place}: {} felt, none told: {}", felt.len(), felt[0]);
            } else {
                assert!(!felt.is_empty(), "{place}: {gaps} gaps told, none felt");
            }
        }
    }
    assert!(told >= 12, "{told} policies with gaps");
}

/// The shipped book with a row taken out here and there: whatever the engine then lacks is told.
#[test]
fn a_row_taken_out_of_the_shipped_book_is_missed() {
    let book = root().join("pipelines/policy");
    let (mut out, mut told, mut lacking) = (0, 0, 0);
    for name in support::files(&book) {
        let text = std::fs::read_to_string(book.join(&name)).unwrap_or_default();
        let is_policy =
            text.contains("\nregion") && !name.to_string_lossy().ends_with("cases.toml");
        let lines: Vec<&str> = text.lines().collect();
        let is_row = |line: &&str| line.starts_with("  { ") && line.ends_with("},");
        let rows = lines.iter().enumerate().filter(|(_, line)| is_policy && is_row(line));
        for (at, _) in rows.skip(2).step_by(9) {
            let folder = tempfile::tempdir().unwrap();
            for base in ["000000", "360000", "610000"] {
                support::copy(&book.join(base), &folder.path().join(base));
            }
            let file = folder.path().join(&name);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            let mut rest = lines.clone();
            rest.remove(at);
            std::fs::write(&file, rest.join("\n")).unwrap();
            let opened = policy_book::open(&[folder.path().to_owned()]);
            let Some(written) = opened.written.policies.first() else { continue };
            let proof = check::check(&opened.book, &opened.written, Extent::default());
            let (felt, gaps) = (felt(&opened, written, 3000), gaps(&proof.findings, written));
            let place = format!("{}:{}", name.display(), at + 1);
            assert!(felt.is_empty() || gaps > 0, "{place}: felt, not told: {}", felt[0]);
            out += 1;
            told += usize::from(proof.errors() > 0);
            lacking += usize::from(!felt.is_empty());
        }
    }
    assert!(
        out > 60 && lacking > 5 && told >= lacking,
        "{out} rows out, {told} told, {lacking} felt"
    );
    eprintln!("{out} rows out, {told} told, {lacking} felt");
}
