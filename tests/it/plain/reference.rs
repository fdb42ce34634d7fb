//! Regions, institutions and people, as rows; every question is answered by looking through the rows for a day.

use std::collections::HashMap;
use std::path::PathBuf;

use chrono::{NaiveDate, NaiveDateTime};
use rust_decimal::Decimal;

use super::catalogue::Catalogue;
use super::text::{Span, Table, day, time, yuan};

/// All reference rows.
#[derive(Default)]
pub struct Reference {
    /// Division -> pool by span.
    pools: HashMap<String, Vec<(Span, String)>>,
    /// Institution -> division and hosp_lv by span.
    pub institutions: HashMap<String, Vec<(Span, String, String)>>,
    pub agreements: HashMap<String, Vec<Span>>,
    pub suspensions: HashMap<String, Vec<Span>>,
    /// Institution -> care, opening (1 closed, 2 province, 3 nationwide).
    pub links: HashMap<String, Vec<(String, u8, Span)>>,
    pub catalogue: Catalogue,
    /// Person number -> rows.
    enrolments: HashMap<String, Vec<Enrolment>>,
    filings: HashMap<String, Vec<Filing>>,
    registrations: HashMap<String, Vec<Registration>>,
    balances: HashMap<String, Vec<Balance>>,
    marks: HashMap<String, Vec<PersonMark>>,
    /// Institution -> what it is marked as.
    institution_marks: HashMap<String, Vec<(Span, String)>>,
}

pub struct PersonMark {
    pub division: String,
    pub mark: String,
    pub value: Option<i64>,
    pub institution: Option<String>,
    pub span: Span,
}

pub struct Enrolment {
    pub division: String,
    pub cert_type: String,
    pub cert: String,
    pub insurance: String,
    pub person_type: String,
    pub birth: Option<NaiveDate>,
    pub active: bool,
    pub wait_until: Option<NaiveDate>,
    pub identities: Vec<String>,
    pub retired: Option<NaiveDate>,
    pub continuous_since: Option<NaiveDate>,
    pub civil_servant: bool,
    pub span: Span,
}

pub struct Filing {
    pub division: String,
    pub place: String,
    pub reason: String,
    pub insurance: Option<String>,
    pub promise: bool,
    pub span: Span,
    pub created: NaiveDateTime,
}

pub struct Registration {
    pub division: String,
    pub disease: String,
    pub insurance: Option<String>,
    pub institution: Option<String>,
    pub span: Span,
}

#[derive(Clone)]
pub struct Balance {
    pub division: String,
    pub own: Decimal,
    pub sharing: Decimal,
    pub as_of: NaiveDateTime,
}

impl Reference {
    pub fn read(folders: &[PathBuf]) -> Reference {
        let mut reference =
            Reference { catalogue: Catalogue::read(folders), ..Reference::default() };
        reference.places(folders);
        reference.people(folders);
        reference
    }

    fn places(&mut self, folders: &[PathBuf]) {
        Table::gather(folders, "regions.csv", |row| {
            let pool = (row.span(), row.owned("pool_admdvs"));
            self.pools.entry(row.owned("admdvs")).or_default().push(pool);
        });
        Table::gather(folders, "institutions.csv", |row| {
            let registered = (row.span(), row.owned("admdvs"), row.owned("hosp_lv"));
            self.institutions.entry(row.owned("fixmedins_code")).or_default().push(registered);
            for mark in row.text("marks").split(';').map(str::trim).filter(|mark| !mark.is_empty())
            {
                let marks = self.institution_marks.entry(row.owned("fixmedins_code")).or_default();
                marks.push((row.span(), mark.to_owned()));
            }
        });
        Table::gather(folders, "agreements.csv", |row| {
            self.agreements.entry(row.owned("fixmedins_code")).or_default().push(row.span());
        });
        Table::gather(folders, "suspensions.csv", |row| {
            self.suspensions.entry(row.owned("fixmedins_code")).or_default().push(row.span());
        });
        Table::gather(folders, "links.csv", |row| {
            let opening = row.text("out_onln_open_type").parse().unwrap();
            let link = (row.owned("care"), opening, row.span());
            self.links.entry(row.owned("fixmedins_code")).or_default().push(link);
        });
    }

    fn people(&mut self, folders: &[PathBuf]) {
        Table::gather(folders, "enrolment.csv", |row| {
            let identities = row.text("psn_idet_type").split(';').filter(|code| !code.is_empty());
            let enrolment = Enrolment {
                division: row.owned("insu_admdvs"),
                cert_type: row.owned("psn_cert_type"),
                cert: row.owned("certno"),
                insurance: row.owned("insutype"),
                person_type: row.owned("psn_type"),
                birth: day(row.text("brdy")),
                active: row.text("psn_insu_stas") == "1",
                wait_until: day(row.text("wait_until")),
                identities: identities.map(str::to_owned).collect(),
                retired: row.may("retr_date").and_then(|text| day(&text)),
                continuous_since: row.may("cont_insu_date").and_then(|text| day(&text)),
                civil_servant: row.text("cvlserv_flag") == "1",
                span: row.span(),
            };
            self.enrolments.entry(row.owned("psn_no")).or_default().push(enrolment);
        });
        Table::gather(folders, "marks.csv", |row| {
            let mark = PersonMark {
                division: row.owned("insu_admdvs"),
                mark: row.owned("mark"),
                value: row.may("value").and_then(|text| text.parse().ok()),
                institution: row.may("fixmedins_code"),
                span: row.span(),
            };
            self.marks.entry(row.owned("psn_no")).or_default().push(mark);
        });
        Table::gather(folders, "filings.csv", |row| {
            if row.text("vali_flag") == "0" {
                return;
            }
            let filing = Filing {
                division: row.owned("insu_admdvs"),
                place: row.owned("rloc_admdvs"),
                reason: row.owned("rloc_rea"),
                insurance: row.may("insutype"),
                promise: row.text("commit_flag") == "1",
                span: row.span(),
                created: time(row.text("crte_time")).unwrap(),
            };
            self.filings.entry(row.owned("psn_no")).or_default().push(filing);
        });
        Table::gather(folders, "chronic.csv", |row| {
            let registration = Registration {
                division: row.owned("insu_admdvs"),
                disease: row.owned("dise_codg"),
                insurance: row.may("insutype"),
                institution: row.may("fixmedins_code"),
                span: row.span(),
            };
            self.registrations.entry(row.owned("psn_no")).or_default().push(registration);
        });
        Table::gather(folders, "balances.csv", |row| {
            let balance = Balance {
                division: row.owned("insu_admdvs"),
                own: yuan(row.text("balc")).unwrap(),
                sharing: yuan(row.text("acct_mulaid_limit")).unwrap_or_default(),
                as_of: time(row.text("as_of_time")).unwrap(),
            };
            self.balances.entry(row.owned("psn_no")).or_default().push(balance);
        });
    }

    /// The pooling region of a division on a day.
    pub fn pool(&self, division: &str, day: NaiveDate) -> Option<&str> {
        let rows = self.pools.get(division)?;
        rows.iter().find(|(span, _)| span.holds(day)).map(|(_, pool)| pool.as_str())
    }

    /// Division and hosp_lv of an institution on a day.
    pub fn institution(&self, code: &str, day: NaiveDate) -> Option<(&str, &str)> {
        let rows = self.institutions.get(code)?;
        let row = rows.iter().find(|(span, ..)| span.holds(day))?;
        Some((&row.1, &row.2))
    }

    /// Rows about a number whose division belongs to `pool` on `day`.
    pub fn enrolments(&self, pool: &str, number: &str, day: NaiveDate) -> Vec<&Enrolment> {
        self.of(&self.enrolments, number, |row| self.pool(&row.division, day) == Some(pool))
    }

    pub fn filings(&self, pool: &str, number: &str, day: NaiveDate) -> Vec<&Filing> {
        self.of(&self.filings, number, |row| self.pool(&row.division, day) == Some(pool))
    }

    pub fn registrations(&self, pool: &str, number: &str, day: NaiveDate) -> Vec<&Registration> {
        self.of(&self.registrations, number, |row| self.pool(&row.division, day) == Some(pool))
    }

    /// Marks that hold on a day.
    pub fn marks(&self, pool: &str, number: &str, day: NaiveDate) -> Vec<&PersonMark> {
        self.of(&self.marks, number, |row| {
            self.pool(&row.division, day) == Some(pool) && row.span.holds(day)
        })
    }

    pub fn institution_marks(&self, code: &str, day: NaiveDate) -> Vec<String> {
        let marks = self.institution_marks.get(code).into_iter().flatten();
        marks.filter(|(span, _)| span.holds(day)).map(|(_, mark)| mark.clone()).collect()
    }

    /// The newest balance.
    pub fn balance(&self, pool: &str, number: &str, day: NaiveDate) -> Option<&Balance> {
        let rows =
            self.of(&self.balances, number, |row| self.pool(&row.division, day) == Some(pool));
        rows.into_iter().max_by_key(|balance| balance.as_of)
    }

    #[allow(clippy::unused_self, reason = "reads like the questions above")]
    fn of<'a, R>(
        &self,
        rows: &'a HashMap<String, Vec<R>>,
        number: &str,
        wanted: impl Fn(&R) -> bool,
    ) -> Vec<&'a R> {
        rows.get(number).into_iter().flatten().filter(|row| wanted(row)).collect()
    }
}

/// 3 for hosp_lv 01–04, 2 for 05–07, 1 for 08–10, 0 for ungraded.
pub fn tier(level: &str) -> &'static str {
    match level {
        "01" | "02" | "03" | "04" => "3",
        "05" | "06" | "07" => "2",
        "08" | "09" | "10" => "1",
        _ => "0",
    }
}
