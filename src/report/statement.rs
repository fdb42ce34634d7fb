//! Statements between regions, and the list of what a care place pays its institutions.

use std::path::Path;

use crate::clear::{PairKey, PayKey};
use crate::codes::{AdmDiv, CareKind, Insurance, Scope, fields};
use crate::ledger::{BookFund, Voucher};
use crate::reference::{Institutions, RegionTable};

use super::ReportError;
use super::region::StatementLine;
use super::sheet::{Cell, Sheet};

/// Which way a statement looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// 应付: the insured place's.
    Payable,
    /// 应收: the care place's.
    Receivable,
}

/// Writes a statement: a row per counterparty, insurance and kind of care, and a total. Gives what was written, per fund.
///
/// # Errors
/// I/O.
pub fn write_statement<'a>(
    path: &Path,
    side: Side,
    rows: impl Iterator<Item = (&'a PairKey, &'a Voucher)>,
    regions: &RegionTable,
) -> Result<Vec<StatementLine>, ReportError> {
    let counterparty = match side {
        Side::Payable => fields::MDTRTAREA_ADMVS,
        Side::Receivable => fields::INSUPLC_ADMDVS,
    };
    let mut sheet = Sheet::create(
        path,
        &header(&[counterparty, "name", fields::INSUTYPE, "insutype_name", "care_kind", "scope"]),
    )?;
    let mut total = Voucher::default();
    let mut lines = Vec::new();
    for (pair, voucher) in rows {
        let other = match side {
            Side::Payable => pair.care.0,
            Side::Receivable => pair.insured.0,
        };
        let scope = crate::settle::entitlement::scope(pair.insured, pair.care);
        let mut cells = vec![Cell::Owned(other.to_string()), Cell::Owned(regions.name(other))];
        cells.extend(kind_cells(&pair.insurance, pair.care_kind, scope));
        cells.extend(sums(voucher));
        sheet.row(&cells)?;
        total.add(voucher);
        for fund in BookFund::all().filter(|fund| voucher.amount(*fund) != 0) {
            lines.push((
                pair.insured.to_string(),
                pair.care.to_string(),
                pair.insurance.to_string(),
                fund.field().to_owned(),
                voucher.amount(fund),
            ));
        }
    }
    let mut cells = vec![Cell::Text("合计"), Cell::Text(""), Cell::Text(""), Cell::Text("")];
    cells.extend([Cell::Text(""), Cell::Text("")]);
    cells.extend(sums(&total));
    sheet.row(&cells)?;
    sheet.close()?;
    Ok(lines)
}

/// Writes what a care place's agency owes its institutions, and a total.
///
/// # Errors
/// I/O.
pub fn write_pay_list<'a>(
    path: &Path,
    rows: impl Iterator<Item = (&'a PayKey, &'a Voucher)>,
    regions: &RegionTable,
    institutions: &Institutions,
) -> Result<u64, ReportError> {
    let names = [
        fields::FIXMEDINS_CODE,
        fields::FIXMEDINS_NAME,
        fields::INSUPLC_ADMDVS,
        "name",
        fields::INSUTYPE,
        "insutype_name",
        "care_kind",
        "scope",
    ];
    let mut sheet = Sheet::create(path, &header(&names))?;
    let mut total = Voucher::default();
    for (pay, voucher) in rows {
        let name = institutions.get(pay.institution).map_or("", |i| i.name.as_str());
        let insured: AdmDiv = pay.insured.0;
        let scope = crate::settle::entitlement::scope(pay.insured, pay.care);
        let mut cells = vec![
            Cell::Owned(pay.institution.to_string()),
            Cell::Text(name),
            Cell::Owned(insured.to_string()),
            Cell::Owned(regions.name(insured)),
        ];
        cells.extend(kind_cells(&pay.insurance, pay.care_kind, scope));
        cells.extend(sums(voucher));
        sheet.row(&cells)?;
        total.add(voucher);
    }
    let mut cells = vec![Cell::Text("合计")];
    cells.extend((1..names.len()).map(|_| Cell::Text("")));
    cells.extend(sums(&total));
    sheet.row(&cells)?;
    sheet.close()
}

fn header(names: &[&'static str]) -> Vec<&'static str> {
    let mut header = names.to_vec();
    header.extend(["settlements", "reversals", fields::MEDFEE_SUMAMT]);
    header.extend(BookFund::all().map(BookFund::field));
    header.push("amount");
    header
}

fn kind_cells(insurance: &Insurance, kind: CareKind, scope: Scope) -> [Cell<'_>; 4] {
    [
        Cell::Text(insurance.as_str()),
        Cell::Text(insurance.name()),
        Cell::Text(kind.label()),
        Cell::Text(scope.label()),
    ]
}

fn sums<'a>(voucher: &Voucher) -> Vec<Cell<'a>> {
    let mut cells = vec![
        Cell::Count(voucher.settlements),
        Cell::Count(voucher.reversals),
        Cell::Wide(voucher.fee),
    ];
    cells.extend(BookFund::all().map(|fund| Cell::Wide(voucher.amount(fund))));
    cells.push(Cell::Wide(voucher.total()));
    cells
}
