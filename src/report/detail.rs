//! Settlement detail of a region: one row per record, all amounts.

use std::path::Path;

use crate::claim::Settled;
use crate::codes::{Fund, fields};
use crate::money::Fen;

use super::ReportError;
use super::sheet::{Cell, Sheet};

/// Who is named in a detail file.
pub enum Naming<'a> {
    /// The insured region's own detail: number and certificate.
    Person,
    /// Everyone else: a pseudonym per record.
    Pseudonym(&'a dyn Fn(&Settled) -> String),
}

/// Writes a detail file.
///
/// # Errors
/// I/O.
pub fn write(path: &Path, records: &[Settled], naming: &Naming<'_>) -> Result<u64, ReportError> {
    let mut header = vec![fields::SETL_ID, fields::MDTRT_ID];
    match naming {
        Naming::Person => header.extend([fields::PSN_NO, fields::CERTNO]),
        Naming::Pseudonym(_) => header.push("psn_pseudonym"),
    }
    header.extend([
        fields::INSUTYPE,
        fields::PSN_TYPE,
        fields::INSUPLC_ADMDVS,
        fields::MDTRTAREA_ADMVS,
        fields::FIXMEDINS_CODE,
        fields::HOSP_LV,
        fields::MED_TYPE,
        fields::CLR_TYPE,
        fields::PAY_LOC,
        "filing_class",
        fields::BEGNDATE,
        fields::ENDDATE,
        fields::SETL_TIME,
        fields::REFD_SETL_FLAG,
        fields::INIT_SETL_ID,
    ]);
    header.extend(amounts(None).into_iter().map(|(name, _)| name));
    header.extend([fields::BALC, "warnings"]);
    let mut sheet = Sheet::create(path, &header)?;
    for record in records {
        sheet.row(&row(record, naming))?;
    }
    sheet.close()
}

fn row<'a>(record: &'a Settled, naming: &Naming<'_>) -> Vec<Cell<'a>> {
    let claim = &record.claim;
    let mut cells = vec![Cell::Text(claim.id.as_str()), Cell::Text(claim.visit.as_str())];
    match naming {
        Naming::Person => {
            cells.push(Cell::Text(claim.person_no.as_str()));
            cells.push(Cell::Text(claim.cert_no.as_str()));
        }
        Naming::Pseudonym(of) => cells.push(Cell::Owned(of(record))),
    }
    let kind = claim.med_type.kind();
    cells.extend([
        Cell::Text(claim.insurance.as_str()),
        Cell::Text(claim.person_type.as_str()),
        Cell::Text(record.insured.0.as_str()),
        Cell::Text(record.care.0.as_str()),
        Cell::Text(claim.institution.as_str()),
        Cell::Text(record.level.as_str()),
        Cell::Text(claim.med_type.as_str()),
        Cell::Text(kind.clearing_type()),
        Cell::Text(record.scope.pay_loc()),
        Cell::Text(record.filing.key()),
        Cell::Day(claim.begin),
        Cell::Day(claim.end),
        Cell::Time(claim.settled_at),
        Cell::Text(if claim.reversal { "1" } else { "0" }),
        Cell::Text(claim.original.as_str()),
    ]);
    cells.extend(amounts(Some(record)).into_iter().map(|(_, amount)| Cell::Money(amount)));
    cells.push(record.balance_after.map_or(Cell::Text(""), Cell::Money));
    cells.push(match record.warnings.as_slice() {
        [] => Cell::Text(""),
        [one] => Cell::Text(one.text()),
        many => {
            let codes: Vec<&str> = many.iter().map(|code| code.text()).collect();
            Cell::Owned(codes.join(";"))
        }
    });
    cells
}

/// Amount columns with their values; without a record, for the header.
fn amounts(record: Option<&Settled>) -> Vec<(&'static str, Fen)> {
    let value = |f: &dyn Fn(&Settled) -> Fen| record.map_or(Fen::ZERO, f);
    let mut columns = vec![
        (fields::MEDFEE_SUMAMT, value(&|s| s.charges.total())),
        (fields::FULAMT_OWNPAY_AMT, value(&|s| s.charges.full_self_pay)),
        (fields::OVERLMT_SELFPAY, value(&|s| s.charges.over_limit)),
        (fields::PRESELFPAY_AMT, value(&|s| s.charges.pre_self_pay)),
        (fields::INSCP_SCP_AMT, value(&|s| s.charges.in_scope)),
        (fields::OUT_OF_AREA_FIRST, value(&|s| s.out_of_area_first)),
        (fields::DEDC_STD, value(&|s| s.deductible_standard)),
        (fields::ACT_PAY_DEDC, value(&|s| s.deductible)),
    ];
    columns.extend(Fund::ALL.map(|fund| (fund.field(), value(&|s| s.payers.fund(fund)))));
    columns.extend([
        (fields::FUND_PAY_SUMAMT, value(&|s| s.payers.fund_total())),
        (fields::HOSP_PART_AMT, value(&|s| s.payers.institution)),
        (fields::PSN_PART_AMT, value(&|s| s.payers.person_total())),
        (fields::ACCT_PAY, value(&|s| s.payers.account)),
        (fields::ACCT_MULAID_PAY, value(&|s| s.payers.account_sharing)),
        (fields::PSN_CASH_PAY, value(&|s| s.payers.cash)),
    ]);
    columns
}
