//! Reference data from CSV files. Every mistake is reported with file, line and column; a run does not start with one.
//!
//! The files and their columns are documented in `pipelines/README.md`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use csv::StringRecord;
use sha2::{Digest, Sha256};

use crate::calendar::{Date, DateSpan, Moment};
use crate::codes::{
    AdmDiv, CareKind, CertNo, DiseaseCode, HospitalLevel, InstitutionCode, Insurance,
    InsuranceClass, InsuredRegion, PersonNo, PersonType,
};
use crate::money::{Fen, Rate, yuan};
use crate::reference::catalogue::NO_LIMIT;
use crate::reference::coverage::{Registration, person_key};
use crate::reference::{
    Balance, Enrolment, Filing, FilingReason, ItemVersion, LinkOpening, PersonMark, Reference,
};

/// More mistakes than this are counted, not listed.
const MAX_ERRORS: usize = 100;
/// `pric_uplmt_amt` from here on means *no limit* (999999 and 99999999 are both seen), in millionths of a yuan.
const NO_LIMIT_FROM: i64 = 999_999_000_000;

/// Loaded reference data with the digest of its files.
#[derive(Debug)]
pub struct LoadedReference {
    pub reference: Reference,
    pub digest: [u8; 32],
}

/// Loads reference folders; rows of files with one name are taken together, in the order of the folders.
///
/// # Errors
/// All mistakes, as `file:line: column: what is wrong`.
pub fn load(folders: &[PathBuf]) -> Result<LoadedReference, Vec<String>> {
    let mut loader = Loader {
        folders,
        errors: Vec::new(),
        more: 0,
        hash: Sha256::new(),
        reference: Reference::default(),
    };
    loader.regions();
    loader.institutions();
    loader.catalogue();
    loader.people();
    let more = loader.more;
    if loader.errors.is_empty() {
        return Ok(LoadedReference {
            reference: loader.reference,
            digest: loader.hash.finalize().into(),
        });
    }
    if more > 0 {
        loader.errors.push(format!("… and {more} more"));
    }
    Err(loader.errors)
}

struct Loader<'a> {
    folders: &'a [PathBuf],
    errors: Vec<String>,
    more: usize,
    hash: Sha256,
    reference: Reference,
}

/// One row with its place, for messages.
struct Row<'a> {
    file: &'a str,
    line: u64,
    header: &'a BTreeMap<String, usize>,
    record: &'a StringRecord,
    errors: Vec<String>,
}

impl Row<'_> {
    fn wrong(&mut self, column: &str, what: &str) {
        self.errors.push(format!("{}:{}: {column}: {what}", self.file, self.line));
    }

    fn text(&self, column: &str) -> &str {
        self.header.get(column).and_then(|i| self.record.get(*i)).map_or("", str::trim)
    }

    fn need<T>(&mut self, column: &str, what: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        let value = read(self.text(column));
        if value.is_none() {
            self.wrong(column, what);
        }
        value
    }

    /// A value that may be empty.
    fn may<T>(&mut self, column: &str, what: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        if self.text(column).is_empty() { None } else { self.need(column, what, read) }
    }

    fn division(&mut self, column: &str) -> Option<AdmDiv> {
        self.need(column, "is not a six-digit division", |t| AdmDiv::parse(t.as_bytes()))
    }

    fn institution(&mut self) -> Option<InstitutionCode> {
        self.need("fixmedins_code", "is empty or longer than 12", |t| {
            InstitutionCode::new(t).filter(|code| !code.is_empty())
        })
    }

    fn person(&mut self) -> Option<PersonNo> {
        self.need("psn_no", "is empty or longer than 30", |t| {
            PersonNo::new(t).filter(|number| !number.is_empty())
        })
    }

    fn span(&mut self) -> Option<DateSpan> {
        let from = self.need("begndate", "is not YYYY-MM-DD", |t| Date::parse(t.as_bytes()))?;
        let last = if self.text("enddate").is_empty() {
            None
        } else {
            Some(self.need("enddate", "is not YYYY-MM-DD", |t| Date::parse(t.as_bytes()))?)
        };
        let span = DateSpan::inclusive(from, last);
        if span.is_none() {
            self.wrong("enddate", "is before begndate");
        }
        span
    }
}

impl Loader<'_> {
    fn keep(&mut self, errors: Vec<String>) {
        for error in errors {
            if self.errors.len() < MAX_ERRORS {
                self.errors.push(error);
            } else {
                self.more += 1;
            }
        }
    }

    /// Reads a file of every folder that has it; `each` gets every row. A file that may be absent everywhere is skipped without a word.
    fn file(
        &mut self,
        name: &str,
        needed: bool,
        columns: &[&str],
        mut each: impl FnMut(&mut Reference, &mut Row<'_>) -> Option<()>,
    ) {
        let mut found = false;
        for folder in self.folders {
            let path = folder.join(name);
            let shown = path.display().to_string();
            match std::fs::read(&path) {
                Ok(bytes) => {
                    found = true;
                    self.hash.update(name);
                    self.hash.update([0]);
                    self.hash.update(&bytes);
                    self.rows(&shown, &bytes, columns, &mut each);
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => self.keep(vec![format!("{shown}: {error}")]),
            }
        }
        if needed && !found {
            let folders: Vec<String> =
                self.folders.iter().map(|folder| folder.display().to_string()).collect();
            self.keep(vec![format!("{name}: no such file in {}", folders.join(", "))]);
        }
    }

    fn rows(
        &mut self,
        name: &str,
        bytes: &[u8],
        columns: &[&str],
        each: &mut impl FnMut(&mut Reference, &mut Row<'_>) -> Option<()>,
    ) {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut reader = csv::Reader::from_reader(bytes);
        let header: BTreeMap<String, usize> = match reader.headers() {
            Ok(header) => {
                header.iter().enumerate().map(|(i, name)| (name.trim().to_owned(), i)).collect()
            }
            Err(error) => return self.keep(vec![format!("{name}: {error}")]),
        };
        let missing = columns.iter().filter(|column| !header.contains_key(**column));
        let missing: Vec<String> =
            missing.map(|column| format!("{name}:1: {column}: column is missing")).collect();
        if !missing.is_empty() {
            return self.keep(missing);
        }
        let mut record = StringRecord::new();
        loop {
            match reader.read_record(&mut record) {
                Ok(false) => break,
                Ok(true) => {}
                Err(error) => {
                    self.keep(vec![format!("{name}: {error}")]);
                    break;
                }
            }
            let line = record.position().map_or(0, csv::Position::line);
            let mut row =
                Row { file: name, line, header: &header, record: &record, errors: Vec::new() };
            // `None` means the row was wrong and said so.
            let _ = each(&mut self.reference, &mut row);
            if !row.errors.is_empty() {
                let errors = row.errors;
                self.keep(errors);
            }
        }
    }

    fn regions(&mut self) {
        let columns = ["admdvs", "name", "pool_admdvs", "begndate", "enddate"];
        self.file("regions.csv", true, &columns, |reference, row| {
            let division = row.division("admdvs")?;
            let pool = row.division("pool_admdvs")?;
            let span = row.span()?;
            if !reference.regions.add(division, row.text("name"), pool, span) {
                row.wrong("begndate", "the division already has a pool on some of these days");
            }
            Some(())
        });
    }

    fn institutions(&mut self) {
        let columns =
            ["fixmedins_code", "fixmedins_name", "admdvs", "hosp_lv", "begndate", "enddate"];
        self.file("institutions.csv", true, &columns, |reference, row| {
            let code = row.institution()?;
            let division = row.division("admdvs")?;
            let level = row.need("hosp_lv", "is not 01 to 11", HospitalLevel::parse)?;
            let span = row.span()?;
            let name = row.text("fixmedins_name").to_owned();
            let marks = listed(row.text("marks"));
            let institution = reference.institutions.entry(code);
            if institution.registered.iter().any(|(other, ..)| other.overlaps(&span)) {
                row.wrong(
                    "begndate",
                    "the institution is already registered on some of these days",
                );
                return None;
            }
            institution.name = name;
            institution.marks.extend(marks.into_iter().map(|mark| (span, mark)));
            institution.registered.push((span, division, level));
            Some(())
        });
        let columns = ["fixmedins_code", "begndate", "enddate"];
        self.file("agreements.csv", true, &columns, |reference, row| {
            let (code, span) = (row.institution()?, row.span()?);
            known(reference, row, code)?.agreements.push(span);
            Some(())
        });
        self.file("suspensions.csv", false, &columns, |reference, row| {
            let (code, span) = (row.institution()?, row.span()?);
            known(reference, row, code)?.suspensions.push(span);
            Some(())
        });
        let columns = ["fixmedins_code", "care", "out_onln_open_type", "begndate", "enddate"];
        self.file("links.csv", true, &columns, |reference, row| {
            let code = row.institution()?;
            let care = row.need("care", "is not a kind of care", CareKind::parse)?;
            let opening = row.need("out_onln_open_type", "is not 01, 02 or 03", |t| match t {
                "01" => Some(LinkOpening::Closed),
                "02" => Some(LinkOpening::Province),
                "03" => Some(LinkOpening::Nationwide),
                _ => None,
            })?;
            let span = row.span()?;
            known(reference, row, code)?.links.push((care, opening, span));
            Some(())
        });
    }

    fn catalogue(&mut self) {
        let mut items: BTreeMap<(AdmDiv, String), ItemRows> = BTreeMap::new();
        let columns =
            ["admdvs", "med_list_codg", "chrgitm_lv", "selfpay_prop", "begndate", "enddate"];
        self.file("items.csv", true, &columns, |_, row| {
            let key = item_key(row)?;
            let class = row.need("chrgitm_lv", "is not 01, 02 or 03", |t| match t {
                "01" => Some(1),
                "02" => Some(2),
                "03" => Some(3),
                _ => None,
            })?;
            let ratio =
                row.need("selfpay_prop", "is not 0 to 1", |t| Rate::from_fraction(t.as_bytes()))?;
            let institution_bears =
                row.may("bearer", "is not person or institution", |t| match t {
                    "person" => Some(false),
                    "institution" => Some(true),
                    _ => None,
                });
            let base =
                BaseRow { class, ratio, institution_bears: institution_bears.unwrap_or(false) };
            let span = row.span()?;
            items.entry(key).or_default().base.push((span, base));
            Some(())
        });
        let columns = [
            "admdvs",
            "med_list_codg",
            "hosp_tier",
            "insutype",
            "pric_uplmt_amt",
            "begndate",
            "enddate",
        ];
        self.file("price_limits.csv", false, &columns, |_, row| {
            let key = item_key(row)?;
            let tier = row.may("hosp_tier", "is not 0 to 3", |t| match t {
                "0" | "1" | "2" | "3" => t.parse::<usize>().ok(),
                _ => None,
            });
            let insurance = row.may("insutype", "is not a code", Insurance::parse);
            let limit = row.need("pric_uplmt_amt", "is not a price", |t| {
                yuan::parse_scaled(t.as_bytes(), 6).ok().filter(|limit| *limit >= 0)
            })?;
            let limit = if limit >= NO_LIMIT_FROM { NO_LIMIT } else { limit };
            let (span, column) = (row.span()?, insurance.map(|i| column(&i)));
            rows_of(&mut items, key, row)?.limits.push((span, LimitRow { tier, column, limit }));
            Some(())
        });
        let columns =
            ["admdvs", "med_list_codg", "insutype", "selfpay_prop", "begndate", "enddate"];
        self.file("first_payment.csv", false, &columns, |_, row| {
            let key = item_key(row)?;
            let insurance = row.may("insutype", "is not a code", Insurance::parse);
            let ratio =
                row.need("selfpay_prop", "is not 0 to 1", |t| Rate::from_fraction(t.as_bytes()))?;
            let (span, column) = (row.span()?, insurance.map(|i| column(&i)));
            rows_of(&mut items, key, row)?.ratios.push((span, RatioRow { column, ratio }));
            Some(())
        });
        for ((place, code), rows) in items {
            let versions = rows.versions();
            self.reference.catalogues.place_mut(place).add(&code, versions);
        }
    }

    fn people(&mut self) {
        self.enrolment();
        self.filings();
        self.chronic();
        self.marks();
        self.balances();
    }

    fn enrolment(&mut self) {
        let columns = [
            "insu_admdvs",
            "psn_no",
            "certno",
            "insutype",
            "psn_type",
            "psn_insu_stas",
            "begndate",
            "enddate",
        ];
        self.file("enrolment.csv", true, &columns, |reference, row| {
            let span = row.span()?;
            let (pools, number) = pooled_person(reference, row, span)?;
            let insurance = row.need("insutype", "is not a code", Insurance::parse)?;
            let person_type = row.need("psn_type", "is not a person type", PersonType::parse)?;
            let cert_no = row.need("certno", "is longer than 50", CertNo::new)?;
            let birth = row.may("brdy", "is not YYYY-MM-DD", |t| Date::parse(t.as_bytes()));
            let wait_until =
                row.may("wait_until", "is not YYYY-MM-DD", |t| Date::parse(t.as_bytes()));
            let active = row.text("psn_insu_stas") == "1";
            let identities = listed(row.text("psn_idet_type"));
            let retired = row.may("retr_date", "is not YYYY-MM-DD", |t| Date::parse(t.as_bytes()));
            let continuous_since =
                row.may("cont_insu_date", "is not YYYY-MM-DD", |t| Date::parse(t.as_bytes()));
            let civil_servant = row.text("cvlserv_flag") == "1";
            // A division may change its pool while somebody is enrolled there.
            for (region, span) in pools {
                let key = person_key(row.text("psn_cert_type"), &cert_no, region, number);
                let person = reference.coverage.entry(region, number);
                if person.enrolments.is_empty() {
                    person.key = key;
                    person.cert_no = cert_no;
                } else if person.cert_no != cert_no {
                    row.wrong("certno", "differs from another row of the same person number");
                }
                let identities = identities.clone();
                person.enrolments.push(Enrolment {
                    span,
                    insurance,
                    person_type,
                    birth,
                    active,
                    wait_until,
                    identities,
                    retired,
                    continuous_since,
                    civil_servant,
                });
            }
            Some(())
        });
    }

    fn filings(&mut self) {
        let columns = [
            "insu_admdvs",
            "psn_no",
            "rloc_admdvs",
            "rloc_rea",
            "begndate",
            "enddate",
            "crte_time",
        ];
        self.file("filings.csv", false, &columns, |reference, row| {
            if row.text("vali_flag") == "0" {
                return Some(());
            }
            let span = row.span()?;
            let (pools, number) = pooled_person(reference, row, span)?;
            let filing = Filing {
                place: row.division("rloc_admdvs")?,
                reason: row.need("rloc_rea", "is not a filing type", FilingReason::parse)?,
                insurance: row.may("insutype", "is not a code", Insurance::parse),
                on_promise: row.text("commit_flag") == "1",
                span,
                created: row.need("crte_time", "is not a time", |t| Moment::parse(t.as_bytes()))?,
            };
            enrolled(reference, row, &pools, number, |person| person.filings.push(filing.clone()));
            Some(())
        });
    }

    fn chronic(&mut self) {
        let columns = ["insu_admdvs", "psn_no", "dise_codg", "begndate", "enddate"];
        self.file("chronic.csv", false, &columns, |reference, row| {
            let span = row.span()?;
            let (pools, number) = pooled_person(reference, row, span)?;
            let registration = Registration {
                disease: row.need("dise_codg", "is longer than 30", DiseaseCode::new)?,
                insurance: row.may("insutype", "is not a code", Insurance::parse),
                institution: row.may("fixmedins_code", "is longer than 12", InstitutionCode::new),
                span,
            };
            enrolled(reference, row, &pools, number, |person| {
                person.registrations.push(registration.clone());
            });
            Some(())
        });
    }

    fn marks(&mut self) {
        let columns = ["insu_admdvs", "psn_no", "mark", "begndate", "enddate"];
        self.file("marks.csv", false, &columns, |reference, row| {
            let span = row.span()?;
            let (pools, number) = pooled_person(reference, row, span)?;
            let mark = PersonMark {
                mark: row.need("mark", "is empty", |t| (!t.is_empty()).then(|| t.to_owned()))?,
                value: row.may("value", "is not a whole number", |t| t.parse().ok()).unwrap_or(1),
                institution: row.may("fixmedins_code", "is longer than 12", InstitutionCode::new),
                span,
            };
            enrolled(reference, row, &pools, number, |person| person.marks.push(mark.clone()));
            Some(())
        });
    }

    fn balances(&mut self) {
        let columns = ["insu_admdvs", "psn_no", "balc", "as_of_time"];
        self.file("balances.csv", false, &columns, |reference, row| {
            let as_of = row.need("as_of_time", "is not a time", |t| Moment::parse(t.as_bytes()))?;
            let span = DateSpan { from: as_of.date(), until: Date::FOREVER };
            let (pools, number) = pooled_person(reference, row, span)?;
            let amount = |t: &str| yuan::parse(t.as_bytes()).ok().filter(|a| !a.is_negative());
            let balance = Balance {
                balance: row.need("balc", "is not an amount of zero or more", amount)?,
                sharing_limit: row
                    .may("acct_mulaid_limit", "is not an amount of zero or more", amount)
                    .unwrap_or(Fen::ZERO),
                as_of,
            };
            enrolled(reference, row, &pools, number, |person| {
                if person.balance.is_none_or(|known| known.as_of < balance.as_of) {
                    person.balance = Some(balance);
                }
            });
            Some(())
        });
    }
}

/// Codes separated by `;`.
fn listed(text: &str) -> Vec<String> {
    text.split(';').map(str::trim).filter(|code| !code.is_empty()).map(str::to_owned).collect()
}

fn known<'r>(
    reference: &'r mut Reference,
    row: &mut Row<'_>,
    code: InstitutionCode,
) -> Option<&'r mut crate::reference::Institution> {
    let institution = reference.institutions.get_mut(code);
    if institution.is_none() {
        row.wrong("fixmedins_code", "is not in institutions.csv");
    }
    institution
}

/// A pooling region and the days on which it is the one of a row's division.
type Pools = Vec<(InsuredRegion, DateSpan)>;

/// The pooling regions and the number of a row about a person.
fn pooled_person(
    reference: &Reference,
    row: &mut Row<'_>,
    span: DateSpan,
) -> Option<(Pools, PersonNo)> {
    let division = row.division("insu_admdvs")?;
    let number = row.person()?;
    let pools = reference.regions.pools(division, span);
    if pools.is_empty() {
        row.wrong("insu_admdvs", "has no pooling region on those days in regions.csv");
        return None;
    }
    Some((pools.into_iter().map(|(pool, span)| (InsuredRegion(pool), span)).collect(), number))
}

/// Hands the person's record in each of the pools to `each`.
fn enrolled(
    reference: &mut Reference,
    row: &mut Row<'_>,
    pools: &[(InsuredRegion, DateSpan)],
    number: PersonNo,
    mut each: impl FnMut(&mut crate::reference::PersonRecord),
) {
    let mut found = false;
    for (region, _) in pools {
        if let Some(person) = reference.coverage.get_mut(*region, number) {
            found = true;
            each(person);
        }
    }
    if !found {
        row.wrong("psn_no", "is not in enrolment.csv for that region");
    }
}

fn item_key(row: &mut Row<'_>) -> Option<(AdmDiv, String)> {
    let place = row.division("admdvs")?;
    let code = row.need("med_list_codg", "is empty or longer than 50", |t| {
        (!t.is_empty() && t.len() <= 50).then(|| t.to_owned())
    })?;
    Some((place, code))
}

fn rows_of<'i>(
    items: &'i mut BTreeMap<(AdmDiv, String), ItemRows>,
    key: (AdmDiv, String),
    row: &mut Row<'_>,
) -> Option<&'i mut ItemRows> {
    let rows = items.get_mut(&key);
    if rows.is_none() {
        row.wrong("med_list_codg", "is not in items.csv for that place");
    }
    rows
}

fn column(insurance: &Insurance) -> usize {
    usize::from(insurance.class() == InsuranceClass::Resident)
}

#[derive(Clone, Copy)]
struct BaseRow {
    class: u8,
    ratio: Rate,
    institution_bears: bool,
}

#[derive(Clone, Copy)]
struct LimitRow {
    tier: Option<usize>,
    column: Option<usize>,
    limit: i64,
}

#[derive(Clone, Copy)]
struct RatioRow {
    column: Option<usize>,
    ratio: Rate,
}

/// All rows about one item, before they are cut into versions.
#[derive(Default)]
struct ItemRows {
    base: Vec<(DateSpan, BaseRow)>,
    limits: Vec<(DateSpan, LimitRow)>,
    ratios: Vec<(DateSpan, RatioRow)>,
}

impl ItemRows {
    /// Cuts the rows at every day on which any of them changes. Where two base rows hold on a day, the later one wins.
    fn versions(&self) -> Vec<ItemVersion> {
        let spans = self.base.iter().map(|(span, _)| span);
        let spans = spans.chain(self.limits.iter().map(|(span, _)| span));
        let spans = spans.chain(self.ratios.iter().map(|(span, _)| span));
        let mut days: Vec<Date> = spans.flat_map(|span| [span.from, span.until]).collect();
        days.sort_unstable();
        days.dedup();
        days.windows(2).filter_map(|pair| self.version(pair[0], pair[1])).collect()
    }

    fn version(&self, from: Date, until: Date) -> Option<ItemVersion> {
        let holding = self.base.iter().filter(|(span, _)| span.contains(from));
        let (_, base) = holding.max_by_key(|(span, _)| span.from)?;
        let mut first_payment = [base.ratio; 2];
        for (column, ratio) in first_payment.iter_mut().enumerate() {
            let rows = self.ratios.iter().filter(|(span, row)| {
                span.contains(from) && row.column.is_none_or(|c| c == column)
            });
            if let Some((_, row)) = rows.max_by_key(|(_, row)| row.column.is_some()) {
                *ratio = row.ratio;
            }
        }
        let mut price_limit = [[NO_LIMIT; 4]; 2];
        for (column, tiers) in price_limit.iter_mut().enumerate() {
            for (tier, limit) in tiers.iter_mut().enumerate() {
                let rows = self.limits.iter().filter(|(span, row)| {
                    span.contains(from)
                        && row.tier.is_none_or(|t| t == tier)
                        && row.column.is_none_or(|c| c == column)
                });
                let exact = |row: &LimitRow| (row.tier.is_some(), row.column.is_some());
                if let Some((_, row)) = rows.max_by_key(|(_, row)| exact(row)) {
                    *limit = row.limit;
                }
            }
        }
        Some(ItemVersion {
            span: DateSpan { from, until },
            self_paid: base.class == 3,
            class: base.class,
            institution_bears: base.institution_bears,
            first_payment,
            price_limit,
        })
    }
}
