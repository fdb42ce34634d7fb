//! A row of `settlements` to a [`Claim`].

use csv::ByteRecord;

use crate::calendar::{Date, Moment};
use crate::claim::{Claim, Code, DeclaredField, Finding, Injury, Origin};
use crate::codes::{
    AdmDiv, CareKind, CertNo, DiseaseCode, InstitutionCode, Insurance, MedType, PersonNo,
    PersonType, SettlementId, VisitId, fields,
};
use crate::money::{Fen, yuan};

use super::columns::{ColumnMap, Columns};

/// Field numbers of the required columns.
mod at {
    pub const SETL_ID: usize = 0;
    pub const MDTRT_ID: usize = 1;
    pub const PSN_NO: usize = 2;
    pub const CERTNO: usize = 3;
    pub const INSUTYPE: usize = 4;
    pub const PSN_TYPE: usize = 5;
    pub const INSUPLC: usize = 6;
    pub const MDTRTAREA: usize = 7;
    pub const FIXMEDINS: usize = 8;
    pub const MED_TYPE: usize = 9;
    pub const BEGNDATE: usize = 10;
    pub const ENDDATE: usize = 11;
    pub const SETL_TIME: usize = 12;
    pub const TOTAL: usize = 13;
    pub const REFUND: usize = 14;
    pub const ORIGINAL: usize = 15;
    pub const MID: usize = 16;
    pub const ACCOUNT: usize = 17;
    pub const DISEASE: usize = 18;
    pub const EMERGENCY: usize = 19;
    pub const INJURY: usize = 20;
    /// First optional column: [`super::DeclaredField`] 1 onwards.
    pub const DECLARED: usize = 21;
}

/// The columns of `settlements`.
pub const COLUMNS: Columns = Columns {
    required: &[
        fields::SETL_ID,
        fields::MDTRT_ID,
        fields::PSN_NO,
        fields::CERTNO,
        fields::INSUTYPE,
        fields::PSN_TYPE,
        fields::INSUPLC_ADMDVS,
        fields::MDTRTAREA_ADMVS,
        fields::FIXMEDINS_CODE,
        fields::MED_TYPE,
        fields::BEGNDATE,
        fields::ENDDATE,
        fields::SETL_TIME,
        fields::MEDFEE_SUMAMT,
        fields::REFD_SETL_FLAG,
        fields::INIT_SETL_ID,
        fields::MID_SETL_FLAG,
        fields::ACCT_USED_FLAG,
        fields::DISE_CODG,
        fields::ER_FLAG,
        fields::INJ_FLAG,
    ],
    optional: &[
        fields::FULAMT_OWNPAY_AMT,
        fields::OVERLMT_SELFPAY,
        fields::PRESELFPAY_AMT,
        fields::INSCP_SCP_AMT,
        fields::ACT_PAY_DEDC,
        fields::HIFP_PAY,
        fields::CVLSERV_PAY,
        fields::HIFES_PAY,
        fields::HIFMI_PAY,
        fields::HIFOB_PAY,
        fields::HIFDM_PAY,
        fields::MAF_PAY,
        fields::OTH_PAY,
        fields::FUND_PAY_SUMAMT,
        fields::HOSP_PART_AMT,
        fields::PSN_PART_AMT,
        fields::ACCT_PAY,
        fields::ACCT_MULAID_PAY,
        fields::PSN_CASH_PAY,
        fields::BALC,
    ],
    ignored: &[
        fields::CLR_TYPE,
        fields::CLR_WAY,
        fields::POOL_PROP_SELFPAY,
        fields::HOSP_LV,
        fields::FIXMEDINS_NAME,
        "psn_name",
        "psn_cert_type",
        "gend",
        "naty",
        "brdy",
        "age",
        "cvlserv_flag",
        "mdtrt_cert_type",
        "medins_setl_id",
        "clr_optins",
        "invono",
        "psn_setlway",
        "dise_name",
    ],
};

/// Declared amounts that a reversal may leave positive or empty: standards and balances, not flows.
const NOT_A_FLOW: [DeclaredField; 1] = [DeclaredField::Balance];

/// A row that could not become a claim: what could be read of it, and everything wrong with it.
#[derive(Debug)]
pub struct UnreadableRow {
    pub settlement_id: String,
    pub fee: Fen,
    pub findings: Vec<Finding>,
}

/// Reads rows of one file.
pub struct SettlementReader<'a> {
    pub map: ColumnMap,
    pub file: &'a str,
    /// Local `med_type` codes with their kind of care.
    pub local_med_types: &'a [(String, CareKind)],
}

impl SettlementReader<'_> {
    /// The declared fee of a row; `None` when it is not a number.
    pub fn fee(&self, row: &ByteRecord) -> Option<Fen> {
        yuan::parse(self.map.cell(row, at::TOTAL)).ok()
    }

    /// Reads one row.
    ///
    /// # Errors
    /// All findings of the row. Values of identifying fields are never repeated in them.
    pub fn claim(&self, row: &ByteRecord, origin: Origin) -> Result<Claim, Box<UnreadableRow>> {
        let mut cells = Cells { reader: self, row, line: origin.line, findings: Vec::new() };
        let mut claim = Claim {
            id: cells.text(at::SETL_ID, SettlementId::new),
            visit: cells.text(at::MDTRT_ID, VisitId::new),
            person_no: cells.text(at::PSN_NO, PersonNo::new),
            cert_no: cells.text(at::CERTNO, CertNo::new),
            insurance: cells.code(at::INSUTYPE, Insurance::parse),
            person_type: cells.code(at::PSN_TYPE, PersonType::parse),
            insured_div: cells.code(at::INSUPLC, |t| AdmDiv::parse(t.as_bytes())),
            care_div: cells.code(at::MDTRTAREA, |t| AdmDiv::parse(t.as_bytes())),
            institution: cells.text(at::FIXMEDINS, InstitutionCode::new),
            med_type: cells.code(at::MED_TYPE, |t| MedType::parse(t, self.local_med_types)),
            begin: cells.date(at::BEGNDATE),
            end: cells.date(at::ENDDATE),
            settled_at: cells.moment(at::SETL_TIME),
            reversal: cells.flag(at::REFUND),
            original: cells.optional(at::ORIGINAL, SettlementId::new),
            mid_stay: cells.flag(at::MID),
            account_used: cells.flag(at::ACCOUNT),
            disease: cells.optional(at::DISEASE, DiseaseCode::new),
            emergency: cells.emergency(),
            injury: cells.injury(),
            origin,
            ..Claim::default()
        };
        cells.amounts(&mut claim);
        cells.dates_in_order(&claim);
        let findings = cells.findings;
        if findings.is_empty() {
            return Ok(claim);
        }
        Err(Box::new(UnreadableRow {
            // As sent, so that its lines are known as its own; shown no longer than a line of text.
            settlement_id: String::from_utf8_lossy(self.map.cell(row, at::SETL_ID))
                .chars()
                .take(200)
                .collect(),
            fee: self.fee(row).unwrap_or_default(),
            findings,
        }))
    }
}

struct Cells<'a> {
    reader: &'a SettlementReader<'a>,
    row: &'a ByteRecord,
    line: u32,
    findings: Vec<Finding>,
}

impl<'a> Cells<'a> {
    fn cell(&self, number: usize) -> &'a [u8] {
        self.reader.map.cell(self.row, number)
    }

    fn name(number: usize) -> &'static str {
        COLUMNS.required.iter().chain(COLUMNS.optional).nth(number).copied().unwrap_or("")
    }

    fn wrong(&mut self, code: Code, number: usize) -> &mut Finding {
        let finding = Finding::new(code).at(self.reader.file, self.line).field(Self::name(number));
        self.findings.push(finding);
        let last = self.findings.len() - 1;
        &mut self.findings[last]
    }

    /// Wrong, with the value shown: only for fields that identify nobody.
    fn wrong_value(&mut self, code: Code, number: usize, expected: &str) {
        let shown: String = String::from_utf8_lossy(self.cell(number)).chars().take(40).collect();
        let finding = self.wrong(code, number);
        finding.found = shown;
        finding.expected = expected.to_owned();
    }

    fn utf8(&mut self, number: usize) -> Option<&'a str> {
        let text = std::str::from_utf8(self.cell(number)).ok();
        if text.is_none() {
            self.wrong(Code::NotUtf8, number);
        }
        text
    }

    fn text<T: Default>(&mut self, number: usize, read: impl Fn(&str) -> Option<T>) -> T {
        if self.cell(number).is_empty() {
            self.wrong(Code::EmptyValue, number);
            return T::default();
        }
        self.optional(number, read)
    }

    fn optional<T: Default>(&mut self, number: usize, read: impl Fn(&str) -> Option<T>) -> T {
        let Some(text) = self.utf8(number) else { return T::default() };
        read(text).unwrap_or_else(|| {
            self.wrong(Code::TooLong, number);
            T::default()
        })
    }

    fn code<T: Default>(&mut self, number: usize, read: impl Fn(&str) -> Option<T>) -> T {
        if self.cell(number).is_empty() {
            self.wrong(Code::EmptyValue, number);
            return T::default();
        }
        let Some(text) = self.utf8(number) else { return T::default() };
        read(text).unwrap_or_else(|| {
            self.wrong_value(Code::UnknownCode, number, "a code of the national table");
            T::default()
        })
    }

    fn date(&mut self, number: usize) -> Date {
        if self.cell(number).is_empty() {
            self.wrong(Code::EmptyValue, number);
            return Date::default();
        }
        Date::parse(self.cell(number)).unwrap_or_else(|| {
            self.wrong_value(Code::BrokenDate, number, "YYYY-MM-DD");
            Date::default()
        })
    }

    fn moment(&mut self, number: usize) -> Moment {
        if self.cell(number).is_empty() {
            self.wrong(Code::EmptyValue, number);
            return Moment::default();
        }
        Moment::parse(self.cell(number)).unwrap_or_else(|| {
            self.wrong_value(Code::BrokenDate, number, "YYYY-MM-DD HH:MM:SS");
            Moment::default()
        })
    }

    fn flag(&mut self, number: usize) -> bool {
        match self.cell(number) {
            b"1" => true,
            b"0" => false,
            b"" if number != at::REFUND => false,
            b"" => {
                self.wrong(Code::EmptyValue, number);
                false
            }
            _ => {
                self.wrong_value(Code::UnknownCode, number, "0 or 1");
                false
            }
        }
    }

    /// 0 no, 1 emergency rescue, 2 outpatient before an operation, 3 elective.
    fn emergency(&mut self) -> bool {
        match self.cell(at::EMERGENCY) {
            b"1" => true,
            b"" | b"0" | b"2" | b"3" => false,
            _ => {
                self.wrong_value(Code::UnknownCode, at::EMERGENCY, "0, 1, 2 or 3");
                false
            }
        }
    }

    fn injury(&mut self) -> Injury {
        match self.cell(at::INJURY) {
            b"" | b"0" => Injury::None,
            b"1" => Injury::NoThirdParty,
            b"2" => Injury::ThirdParty,
            b"3" => Injury::Work,
            _ => {
                self.wrong_value(Code::UnknownCode, at::INJURY, "0, 1, 2 or 3");
                Injury::None
            }
        }
    }

    fn amounts(&mut self, claim: &mut Claim) {
        for field in DeclaredField::ALL {
            let number = match field {
                DeclaredField::Total => at::TOTAL,
                _ => at::DECLARED + field as usize - 1,
            };
            let cell = self.cell(number);
            if cell.is_empty() {
                if field == DeclaredField::Total {
                    self.wrong(Code::EmptyValue, number);
                }
                continue;
            }
            match yuan::parse(cell) {
                Ok(amount) => {
                    let wrong_sign = if claim.reversal {
                        amount > Fen::ZERO && !NOT_A_FLOW.contains(&field)
                    } else {
                        amount.is_negative()
                    };
                    if wrong_sign {
                        let expected = if claim.reversal { "zero or less" } else { "zero or more" };
                        self.wrong_value(Code::WrongSign, number, expected);
                    }
                    claim.declared.set(field, amount);
                }
                Err(error) => {
                    self.wrong_value(Code::BrokenNumber, number, "yuan with at most two decimals");
                    if let Some(last) = self.findings.last_mut() {
                        last.expected = format!("{} ({} {error})", last.expected, "the value");
                    }
                }
            }
        }
        if claim.reversal && claim.original.is_empty() {
            self.wrong(Code::EmptyValue, at::ORIGINAL);
        }
    }

    fn dates_in_order(&mut self, claim: &Claim) {
        let read = |number| Date::parse(self.cell(number)).is_some();
        if read(at::BEGNDATE) && read(at::ENDDATE) && claim.end < claim.begin {
            self.wrong_value(Code::DatesReversed, at::ENDDATE, "");
            if let Some(last) = self.findings.last_mut() {
                last.expected = format!("{} or later", claim.begin);
            }
        }
    }
}
