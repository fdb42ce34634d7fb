//! One row of `settlements`: its values, or the codes of what cannot be read.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime};
use rust_decimal::Decimal;

use super::Findings;
use super::text::{View, day, time, yuan};

/// Amounts that may be declared beside the fee.
pub const DECLARED: [&str; 20] = [
    "fulamt_ownpay_amt",
    "overlmt_selfpay",
    "preselfpay_amt",
    "inscp_scp_amt",
    "act_pay_dedc",
    "hifp_pay",
    "cvlserv_pay",
    "hifes_pay",
    "hifmi_pay",
    "hifob_pay",
    "hifdm_pay",
    "maf_pay",
    "oth_pay",
    "fund_pay_sumamt",
    "hosp_part_amt",
    "psn_part_amt",
    "acct_pay",
    "acct_mulaid_pay",
    "psn_cash_pay",
    "balc",
];

/// The eight funds.
pub const FUNDS: [&str; 8] = [
    "hifp_pay",
    "cvlserv_pay",
    "hifes_pay",
    "hifmi_pay",
    "hifob_pay",
    "hifdm_pay",
    "maf_pay",
    "oth_pay",
];

/// A row that could be read.
#[derive(Clone, PartialEq, Debug)]
pub struct Claim {
    pub id: String,
    pub visit: String,
    pub person: String,
    pub cert: String,
    pub insurance: String,
    pub person_type: String,
    pub insured_division: String,
    pub care_division: String,
    pub institution: String,
    pub med_type: String,
    pub care: &'static str,
    pub begin: NaiveDate,
    pub end: NaiveDate,
    pub time: NaiveDateTime,
    pub fee: Decimal,
    pub reversal: bool,
    pub original: String,
    pub mid_stay: bool,
    pub account_used: bool,
    pub disease: String,
    pub emergency: bool,
    pub injury: String,
    /// Declared amounts, the fee not among them.
    pub declared: BTreeMap<&'static str, Decimal>,
}

/// Kind of care of a `med_type`.
pub fn care_kind(code: &str, local: &BTreeMap<String, String>) -> Option<&'static str> {
    let of = |kind: &str| match kind {
        "inpatient" => Some("inpatient"),
        "outpatient" => Some("outpatient"),
        "chronic" => Some("chronic"),
        "pharmacy" => Some("pharmacy"),
        _ => None,
    };
    match code {
        "11" | "12" | "13" | "19" | "51" | "53" | "1102" | "1901" | "108" | "9118" | "9119" => {
            Some("outpatient")
        }
        "14" => Some("chronic"),
        "21" | "22" | "23" | "24" | "26" | "28" | "52" | "2101" | "2105" | "9218" | "9219"
        | "9903" | "9921" | "9922" | "9925" => Some("inpatient"),
        "41" => Some("pharmacy"),
        other => local.get(other).and_then(|kind| of(kind)),
    }
}

struct Reader<'a> {
    row: &'a View<'a>,
    findings: Findings,
}

impl Reader<'_> {
    /// A text that identifies something: may be empty only where `needed` says so.
    fn text(&mut self, column: &str, longest: usize, needed: bool) -> String {
        let bytes = self.row.bytes(column);
        if bytes.is_empty() && needed {
            self.findings.insert("R204");
        }
        match std::str::from_utf8(bytes) {
            Err(_) => {
                self.findings.insert("R206");
                String::new()
            }
            Ok(text) if text.len() > longest => {
                self.findings.insert("R205");
                String::new()
            }
            Ok(text) => text.to_owned(),
        }
    }

    /// A code that must be known.
    fn code(&mut self, column: &str, known: impl Fn(&str) -> bool) -> String {
        let text = self.text(column, usize::MAX, true);
        if !self.row.bytes(column).is_empty()
            && std::str::from_utf8(self.row.bytes(column)).is_ok()
            && !known(&text)
        {
            self.findings.insert("R203");
        }
        text
    }

    fn moment(&mut self, column: &str) -> Option<NaiveDateTime> {
        self.dated(column, time)
    }

    fn day(&mut self, column: &str) -> Option<NaiveDate> {
        self.dated(column, day)
    }

    fn dated<T>(&mut self, column: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        let bytes = self.row.bytes(column);
        let value = std::str::from_utf8(bytes).ok().and_then(read);
        if bytes.is_empty() {
            self.findings.insert("R204");
        } else if value.is_none() {
            self.findings.insert("R202");
        }
        value
    }

    fn one_of(&mut self, column: &str, known: &[&'static str], needed: bool) -> &'static str {
        let bytes = self.row.bytes(column);
        if bytes.is_empty() {
            if needed {
                self.findings.insert("R204");
            }
            return "0";
        }
        let found = known.iter().find(|code| code.as_bytes() == bytes);
        if found.is_none() {
            self.findings.insert("R203");
        }
        found.copied().unwrap_or("0")
    }

    fn amount(&mut self, column: &str, reversal: bool) -> Option<Decimal> {
        let bytes = self.row.bytes(column);
        if bytes.is_empty() {
            return None;
        }
        let value = std::str::from_utf8(bytes).ok().and_then(yuan);
        let Some(value) = value else {
            self.findings.insert("R201");
            return None;
        };
        // A balance is no flow: a reversal does not negate it.
        let wrong = if reversal {
            value > Decimal::ZERO && column != "balc"
        } else {
            value < Decimal::ZERO
        };
        if wrong {
            self.findings.insert("R209");
        }
        Some(value)
    }
}

/// Reads a row.
pub fn claim(row: &View<'_>, local: &BTreeMap<String, String>) -> Result<Claim, Findings> {
    let mut read = Reader { row, findings: Findings::new() };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let division = |text: &str| text.len() == 6 && digits(text);
    let insurance = |text: &str| (3..=6).contains(&text.len()) && digits(text);
    let person_type = |text: &str| {
        matches!(text.len(), 2 | 4 | 6)
            && digits(text)
            && ("11".."17").contains(&text.get(..2).unwrap_or(""))
    };
    let id = read.text("setl_id", 30, true);
    let visit = read.text("mdtrt_id", 30, true);
    let person = read.text("psn_no", 30, true);
    let cert = read.text("certno", 50, true);
    let insurance = read.code("insutype", insurance);
    let person_type = read.code("psn_type", person_type);
    let insured_division = read.code("insuplc_admdvs", division);
    let care_division = read.code("mdtrtarea_admvs", division);
    let institution = read.text("fixmedins_code", 12, true);
    let med_type = read.code("med_type", |text| care_kind(text, local).is_some());
    let (begin, end) = (read.day("begndate"), read.day("enddate"));
    let time = read.moment("setl_time");
    let reversal = read.one_of("refd_setl_flag", &["0", "1"], true) == "1";
    let original = read.text("init_setl_id", 30, reversal);
    let mid_stay = read.one_of("mid_setl_flag", &["0", "1"], false) == "1";
    let account_used = read.one_of("acct_used_flag", &["0", "1"], false) == "1";
    let disease = read.text("dise_codg", 30, false);
    let emergency = read.one_of("er_flag", &["0", "1", "2", "3"], false) == "1";
    let injury = read.one_of("inj_flag", &["0", "1", "2", "3"], false);
    if row.bytes("medfee_sumamt").is_empty() {
        read.findings.insert("R204");
    }
    let fee = read.amount("medfee_sumamt", reversal);
    let mut declared = BTreeMap::new();
    for column in DECLARED {
        if let Some(amount) = read.amount(column, reversal) {
            declared.insert(column, amount);
        }
    }
    if let (Some(begin), Some(end)) = (begin, end)
        && end < begin
    {
        read.findings.insert("R207");
    }
    if !read.findings.is_empty() {
        return Err(read.findings);
    }
    Ok(Claim {
        care: care_kind(&med_type, local).unwrap(),
        id,
        visit,
        person,
        cert,
        insurance,
        person_type,
        insured_division,
        care_division,
        institution,
        emergency: emergency || matches!(med_type.as_str(), "13" | "24"),
        med_type,
        begin: begin.unwrap(),
        end: end.unwrap(),
        time: time.unwrap(),
        fee: fee.unwrap(),
        reversal,
        original,
        mid_stay,
        account_used,
        disease,
        injury: injury.to_owned(),
        declared,
    })
}

/// The identities of the settlement record, over what is declared.
pub fn check_declared(claim: &Claim, findings: &mut Findings) {
    let of = |column: &str| claim.declared.get(column).copied();
    let all = |columns: &[&str]| columns.iter().map(|column| of(column)).sum::<Option<Decimal>>();
    let parts = all(&["fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt"]);
    if parts.is_some_and(|parts| parts != claim.fee) {
        findings.insert("I402");
    }
    let funds: Vec<&str> = FUNDS.into_iter().filter(|fund| *fund != "hifdm_pay").collect();
    let funds = all(&funds).map(|sum| sum + of("hifdm_pay").unwrap_or_default());
    if let (Some(total), Some(funds)) = (of("fund_pay_sumamt"), funds)
        && total != funds
    {
        findings.insert("I403");
    }
    let payers = all(&["fund_pay_sumamt", "acct_pay", "psn_cash_pay"]);
    let payers = payers.map(|sum| sum + of("hosp_part_amt").unwrap_or_default());
    if payers.is_some_and(|payers| payers != claim.fee) {
        findings.insert("I404");
    }
    let person = all(&["acct_pay", "psn_cash_pay"]);
    if let (Some(total), Some(person)) = (of("psn_part_amt"), person)
        && total != person
    {
        findings.insert("I405");
    }
    if let (Some(deductible), Some(in_scope)) = (of("act_pay_dedc"), of("inscp_scp_amt"))
        && deductible.abs() > in_scope.abs()
    {
        findings.insert("I406");
    }
}
