//! A night made by hand: rows of CSV as people would write them, no generator of the program.
//!
//! [`Hand`] collects rows and writes a pipeline folder; `rich` fills one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::{NaiveDate, NaiveDateTime};
use rust_decimal::Decimal;

use super::text::round;
use crate::support;

/// Rows on their way to a pipeline folder.
#[derive(Default)]
pub struct Hand {
    reference: BTreeMap<&'static str, Vec<String>>,
    /// (night, institution) -> rows of settlements and of fees.
    inbox: BTreeMap<(String, String), (Vec<String>, Vec<String>)>,
    /// One more policy.
    pub policy: String,
    /// More keys of the pipeline.
    pub keys: String,
}

/// A claim to write. `lines`: item, price, count; an item with `!` is used outside its restriction.
#[derive(Clone)]
pub struct HandClaim {
    pub night: String,
    pub id: String,
    pub person: String,
    pub cert: String,
    pub insurance: String,
    pub person_type: String,
    pub insured: String,
    pub care: String,
    pub institution: String,
    /// Whose submission it is in; empty: the institution's.
    pub sender: String,
    /// Empty: a visit of its own.
    pub visit: String,
    pub med_type: String,
    pub begin: NaiveDate,
    pub time: NaiveDateTime,
    pub flags: Flags,
    pub disease: String,
    pub account: String,
    pub lines: Vec<(String, Decimal, Decimal)>,
}

/// Flags of a claim.
#[derive(Clone, Copy, Default)]
pub struct Flags {
    pub mid_stay: bool,
    pub account_used: bool,
    pub emergency: bool,
    /// Its lines name the visit only.
    pub by_visit: bool,
}

const SETTLEMENTS: &str = "setl_id,mdtrt_id,psn_no,certno,insutype,psn_type,insuplc_admdvs,mdtrtarea_admvs,fixmedins_code,med_type,\
    begndate,enddate,setl_time,medfee_sumamt,refd_setl_flag,init_setl_id,mid_setl_flag,acct_used_flag,dise_codg,er_flag,inj_flag,acct_pay";
const FEES: &str = "setl_id,feedetl_sn,mdtrt_id,psn_no,med_type,fee_ocur_time,med_list_codg,medins_list_codg,det_item_fee_sumamt,\
    cnt,pric,lmt_used_flag";

impl HandClaim {
    fn visit(&self) -> String {
        if self.visit.is_empty() { format!("V{}", self.id) } else { self.visit.clone() }
    }

    /// The submission it stands in.
    fn submission(&self, night: &str) -> (String, String) {
        let sender = if self.sender.is_empty() { &self.institution } else { &self.sender };
        (night.to_owned(), sender.clone())
    }

    pub fn fee(&self) -> Decimal {
        self.lines.iter().map(|(_, price, count)| round(price * count)).sum()
    }
}

impl Hand {
    /// Adds a row to a reference file; the first row of a file is its header.
    pub fn row(&mut self, file: &'static str, row: impl Into<String>) {
        self.reference.entry(file).or_default().push(row.into());
    }

    /// Replaces a reference file.
    pub fn replace(&mut self, file: &'static str, rows: &[&str]) {
        self.reference.insert(file, rows.iter().map(|row| (*row).to_owned()).collect());
    }

    /// Adds a column to a reference file.
    pub fn column(&mut self, file: &'static str, name: &str, of: impl Fn(&str) -> &'static str) {
        for (at, row) in self.reference.get_mut(file).unwrap().iter_mut().enumerate() {
            let value = if at == 0 { name } else { of(row) };
            *row = format!("{row},{value}");
        }
    }

    /// Takes rows that begin so out of a reference file.
    pub fn without(&mut self, file: &'static str, begin: &str) {
        self.reference.get_mut(file).unwrap().retain(|row| !row.starts_with(begin));
    }

    /// Adds a settlement with its lines.
    pub fn claim(&mut self, claim: &HandClaim) {
        let fee = claim.fee();
        self.settlement(claim, &claim.id, fee, "0", "", claim.time, &claim.night);
        let key = claim.submission(&claim.night);
        for (number, (item, price, count)) in claim.lines.iter().enumerate() {
            let (item, restricted) =
                item.strip_suffix('!').map_or((item.as_str(), ""), |i| (i, "1"));
            let line = format!(
                "{},{number},{},{},{},{} 08:00:00,{item},L,{:.2},{count},{price},{restricted}",
                if claim.flags.by_visit { "" } else { &claim.id },
                claim.visit(),
                claim.person,
                claim.med_type,
                claim.begin,
                round(price * count)
            );
            self.inbox.entry(key.clone()).or_default().1.push(line);
        }
    }

    /// Adds a reversal of a claim.
    pub fn reversal(&mut self, claim: &HandClaim, id: &str, time: NaiveDateTime, night: &str) {
        self.settlement(claim, id, -claim.fee(), "1", &claim.id, time, night);
    }

    #[allow(clippy::too_many_arguments, reason = "the columns that a reversal has of its own")]
    fn settlement(
        &mut self,
        claim: &HandClaim,
        id: &str,
        fee: Decimal,
        refund: &str,
        original: &str,
        time: NaiveDateTime,
        night: &str,
    ) {
        let flag = u8::from;
        let HandClaim { person, cert, insurance, person_type, .. } = claim;
        let HandClaim { insured, care, institution, med_type, begin, disease, .. } = claim;
        let account = if refund == "1" { "" } else { &claim.account };
        let row = format!(
            "{id},{},{person},{cert},{insurance},{person_type},{insured},{care},{institution},{med_type},{begin},{},{time},{fee:.2},\
             {refund},{original},{},{},{disease},{},0,{account}",
            claim.visit(),
            claim.time.date(),
            flag(claim.flags.mid_stay),
            flag(claim.flags.account_used),
            flag(claim.flags.emergency),
        );
        self.inbox.entry(claim.submission(night)).or_default().0.push(row);
    }

    /// Writes reference, inbox, key and pipeline; gives the pipeline.
    pub fn write(&self, folder: &Path) -> PathBuf {
        let reference = folder.join("reference");
        std::fs::create_dir_all(&reference).unwrap();
        for (file, rows) in &self.reference {
            std::fs::write(reference.join(file), rows.join("\n") + "\n").unwrap();
        }
        for ((night, institution), (settlements, fees)) in &self.inbox {
            let one = folder.join("inbox").join(night).join(institution);
            std::fs::create_dir_all(&one).unwrap();
            let text = |header: &str, rows: &[String]| format!("{header}\n{}\n", rows.join("\n"));
            std::fs::write(one.join("settlements.csv"), text(SETTLEMENTS, settlements)).unwrap();
            std::fs::write(one.join("fees.csv"), text(FEES, fees)).unwrap();
            support::write_manifest(&one, institution, night, 1);
        }
        std::fs::write(folder.join("keys.toml"), format!("default = \"{}\"\n", "5a".repeat(16)))
            .unwrap();
        std::fs::create_dir_all(folder.join("more")).unwrap();
        if !self.policy.is_empty() {
            std::fs::write(folder.join("more/one.toml"), &self.policy).unwrap();
        }
        let pipeline = folder.join("pipeline.toml");
        let policy = support::root().join("pipelines/policy");
        let text = format!(
            "name = \"hand\"\ninbox = \"inbox/{{date}}\"\nreference = \"reference\"\npolicy = [\"{}\", \"{}\", \"more\"]\nkeys = \"keys.toml\"\nbuckets = 8\npolicy_errors = \"hold\"\n{}",
            policy.display(),
            support::root().join("tests/it/plain/policy").display(),
            self.keys
        );
        std::fs::write(&pipeline, text).unwrap();
        pipeline
    }
}

/// Division and pool of every place; the first five have a shipped policy, the last two one of `policy` here.
pub const PLACES: [(&str, &str); 11] = [
    ("110105", "110000"),
    ("440103", "440100"),
    ("420102", "420100"),
    ("360102", "360100"),
    ("611002", "611000"),
    ("310115", "310000"),
    ("120101", "120000"),
    ("440604", "440600"),
    ("360702", "360700"),
    ("990101", "990100"),
    ("990201", "990200"),
];
const LEVELS: [&str; 4] = ["02", "05", "08", "11"];

/// An institution of a place, by tier.
pub fn institution(division: &str, level: usize) -> String {
    format!("H{division}0000{level}")
}

/// Places, institutions and catalogues, without people.
pub fn places() -> Hand {
    let mut hand = Hand::default();
    hand.row("regions.csv", "admdvs,name,pool_admdvs,begndate,enddate");
    hand.row(
        "institutions.csv",
        "fixmedins_code,fixmedins_name,fixmedins_type,admdvs,hosp_lv,begndate,enddate",
    );
    hand.row("agreements.csv", "fixmedins_code,agreement_no,begndate,enddate");
    hand.row("links.csv", "fixmedins_code,care,out_onln_open_type,begndate,enddate");
    hand.row(
        "items.csv",
        "admdvs,med_list_codg,hilist_name,chrgitm_lv,selfpay_prop,bearer,begndate,enddate",
    );
    hand.row(
        "price_limits.csv",
        "admdvs,med_list_codg,hosp_tier,insutype,pric_uplmt_amt,begndate,enddate",
    );
    hand.row("first_payment.csv", "admdvs,med_list_codg,insutype,selfpay_prop,begndate,enddate");
    hand.row("enrolment.csv", "insu_admdvs,psn_no,psn_cert_type,certno,gend,brdy,insutype,psn_type,cvlserv_flag,psn_idet_type,psn_insu_stas,wait_until,begndate,enddate");
    hand.row("filings.csv", "trt_dcla_detl_sn,insu_admdvs,psn_no,insutype,rloc_admdvs,rloc_rea,commit_flag,begndate,enddate,crte_time,vali_flag");
    hand.row(
        "chronic.csv",
        "insu_admdvs,psn_no,insutype,dise_codg,fixmedins_code,begndate,enddate",
    );
    hand.row("balances.csv", "insu_admdvs,psn_no,balc,acct_mulaid_limit,as_of_time");
    let mut provinces = Vec::new();
    for (division, pool) in PLACES {
        hand.row("regions.csv", format!("{division},{division},{pool},2020-01-01,"));
        hand.row("regions.csv", format!("{pool},{pool},{pool},2020-01-01,"));
        for (tier, level) in LEVELS.iter().enumerate() {
            let code = institution(division, tier);
            hand.row("institutions.csv", format!("{code},{code},1,{division},{level},2020-01-01,"));
            hand.row("agreements.csv", format!("{code},A,2020-01-01,"));
            for care in ["inpatient", "outpatient", "chronic", "pharmacy"] {
                hand.row("links.csv", format!("{code},{care},03,2020-01-01,"));
            }
        }
        let province = format!("{}0000", &pool[..2]);
        if !provinces.contains(&province) {
            catalogue(&mut hand, &province);
            provinces.push(province);
        }
    }
    // A city that lists an item itself.
    hand.row("items.csv", "440100,XB10,own,02,0.2,person,2020-01-01,");
    hand
}

fn catalogue(hand: &mut Hand, province: &str) {
    for item in [
        "XA,a,01,0,person,2020-01-01,",
        "XB10,b,02,0.1,person,2020-01-01,2026-03-31",
        "XB10,b,02,0.125,person,2026-04-01,",
        "XB05,b,02,0.05,,2020-01-01,",
        "XC,c,03,1,person,2020-01-01,",
        "XFULL,d,02,1,person,2020-01-01,",
        "XH,e,02,0.2,institution,2020-01-01,",
        "XCH,f,03,1,institution,2020-01-01,",
    ] {
        hand.row("items.csv", format!("{province},{item}"));
    }
    for limit in
        ["XB10,3,,80.505,", "XB10,,390,61.2,", "XB10,,,99.999999,", "XH,,,50,", "XB05,,,999999,"]
    {
        let (key, amount) = limit.trim_end_matches(',').rsplit_once(',').unwrap();
        hand.row("price_limits.csv", format!("{province},{key},{amount},2020-01-01,"));
    }
    hand.row("first_payment.csv", format!("{province},XB05,390,0.07,2020-01-01,"));
}
