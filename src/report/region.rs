//! All files of one pooling region for one night.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;

use crate::claim::{NotSettled, RefusedSubmission, Settled};
use crate::clear::Clearing;
use crate::codes::{AdmDiv, InsuredRegion, fields};
use crate::reconcile::{self, TotalBook};
use crate::reference::{Institutions, RegionTable};
use crate::store::pseudonym::{Pseudonyms, RegionPseudonyms};
use crate::store::schema::Table;
use crate::store::tables::{self, SettlementContext, TableWriter};

use super::detail::{self, Naming};
use super::sheet::{Cell, Sheet};
use super::statement::{self, Side};
use super::{ReportError, returns};

/// Insured region, care region, insurance, fund's field name, fen: a line as a statement states it.
pub type StatementLine = (String, String, String, String, i128);

/// What a region's files are made from.
pub struct RegionNight<'a> {
    pub region: AdmDiv,
    pub regions: &'a RegionTable,
    pub institutions: &'a Institutions,
    pub clearing: &'a Clearing,
    /// Records of this region's institutions that did not settle.
    pub not_settled: &'a [NotSettled],
    pub refused: &'a [RefusedSubmission],
    /// Labels by submission number.
    pub submissions: &'a [String],
    pub pseudonyms: &'a Pseudonyms,
}

/// Writes what the region gets as insured place: `records` are its people's, in settlement order. Gives its payable statement.
///
/// # Errors
/// I/O.
pub fn write_insured(
    folder: &Path,
    night: &RegionNight<'_>,
    records: &[Settled],
) -> Result<Vec<StatementLine>, ReportError> {
    detail::write(&folder.join("insured_settlement_detail.csv"), records, &Naming::Person)?;
    parquet(&folder.join("insured_settlement_detail.parquet"), records, night)?;
    let rows = night.clearing.payable.iter().filter(|(p, _)| p.insured.0 == night.region);
    let path = folder.join("payable_statement.csv");
    statement::write_statement(&path, Side::Payable, rows, night.regions)
}

/// Writes what the region gets as care place: `records` are its institutions', in settlement order. Gives its receivable statement.
///
/// # Errors
/// I/O.
pub fn write_care(
    folder: &Path,
    night: &RegionNight<'_>,
    records: &[Settled],
) -> Result<Vec<StatementLine>, ReportError> {
    let names = PseudonymBook::new(night.pseudonyms);
    let naming = |settled: &Settled| names.of(settled);
    let path = folder.join("care_settlement_detail.csv");
    detail::write(&path, records, &Naming::Pseudonym(&naming))?;
    parquet(&folder.join("care_settlement_detail.parquet"), records, night)?;
    let rows = night.clearing.pay_list.iter().filter(|(p, _)| p.care.0 == night.region);
    let path = folder.join("institution_pay_list.csv");
    statement::write_pay_list(&path, rows, night.regions, night.institutions)?;
    reconciliation(folder, records)?;
    let rows = night.clearing.receivable.iter().filter(|(p, _)| p.care.0 == night.region);
    let path = folder.join("receivable_statement.csv");
    statement::write_statement(&path, Side::Receivable, rows, night.regions)
}

/// Writes what goes back to the region's institutions.
///
/// # Errors
/// I/O.
pub fn write_returns(folder: &Path, night: &RegionNight<'_>) -> Result<(), ReportError> {
    returns::write(folder, night.not_settled, night.refused, night.submissions)
}

/// Pseudonyms of many records, each region's key made once.
struct PseudonymBook<'a> {
    pseudonyms: &'a Pseudonyms,
    regions: RefCell<BTreeMap<InsuredRegion, RegionPseudonyms>>,
}

impl<'a> PseudonymBook<'a> {
    fn new(pseudonyms: &'a Pseudonyms) -> PseudonymBook<'a> {
        PseudonymBook { pseudonyms, regions: RefCell::default() }
    }

    fn of(&self, settled: &Settled) -> String {
        self.regions
            .borrow_mut()
            .entry(settled.insured)
            .or_insert_with(|| self.pseudonyms.region(settled.insured))
            .of(settled.person_key)
    }
}

fn parquet(path: &Path, records: &[Settled], night: &RegionNight<'_>) -> Result<(), ReportError> {
    let context = SettlementContext {
        pseudonyms: night.pseudonyms,
        submissions: night.submissions,
        bucket: -1,
    };
    let mut writer = TableWriter::create(path, Table::Settlement)?;
    for chunk in records.chunks(65_536) {
        writer.write(&tables::settlement_batch(chunk, &context)?)?;
    }
    writer.close()?;
    Ok(())
}

/// Declared against computed: per record and field, and in total per institution, insurance and clearing type.
fn reconciliation(folder: &Path, records: &[Settled]) -> Result<(), ReportError> {
    let header = [
        fields::SETL_ID,
        fields::FIXMEDINS_CODE,
        fields::INSUPLC_ADMDVS,
        fields::SETL_TIME,
        fields::REFD_SETL_FLAG,
        "filing_class",
        "field",
        "field_name",
        "declared",
        "computed",
        "difference",
        "reason",
        "reason_name",
    ];
    let mut sheet = Sheet::create(&folder.join("reconciliation.csv"), &header)?;
    let mut book = TotalBook::new();
    for record in records {
        let compared = reconcile::compare(record);
        book.entry(reconcile::total_key(record)).or_default().add(record, compared.is_some());
        let Some((reason, differences)) = compared else { continue };
        for difference in differences {
            sheet.row(&[
                Cell::Text(record.claim.id.as_str()),
                Cell::Text(record.claim.institution.as_str()),
                Cell::Text(record.insured.0.as_str()),
                Cell::Time(record.claim.settled_at),
                Cell::Text(if record.claim.reversal { "1" } else { "0" }),
                Cell::Text(record.filing.key()),
                Cell::Text(difference.field.field()),
                Cell::Text(fields::label(difference.field.field())),
                Cell::Money(difference.declared),
                Cell::Money(difference.computed),
                Cell::Money(difference.declared - difference.computed),
                Cell::Text(reason.key()),
                Cell::Text(reason.label()),
            ])?;
        }
    }
    sheet.close()?;
    totals(&folder.join("reconciliation_totals.csv"), &book)
}

fn totals(path: &Path, book: &TotalBook) -> Result<(), ReportError> {
    let header = [
        fields::FIXMEDINS_CODE,
        fields::INSUTYPE,
        "care_kind",
        fields::CLR_TYPE,
        "records",
        "differing",
        "declared_medfee_sumamt",
        "computed_medfee_sumamt",
        "declared_fund_pay_sumamt",
        "computed_where_declared",
        "computed_fund_pay_sumamt",
        "declared_acct_pay",
        "computed_acct_where_declared",
        "computed_acct_pay",
        "stmt_rslt",
        "stmt_rslt_dscr",
    ];
    let mut sheet = Sheet::create(path, &header)?;
    for (key, totals) in book {
        let (result, words) = if totals.balanced() && totals.differing == 0 {
            ("0", "对平")
        } else {
            ("1", "存在差异")
        };
        sheet.row(&[
            Cell::Text(key.institution.as_str()),
            Cell::Text(key.insurance.as_str()),
            Cell::Text(key.care_kind.label()),
            Cell::Text(key.care_kind.clearing_type()),
            Cell::Count(totals.records),
            Cell::Count(totals.differing),
            Cell::Wide(totals.declared_fee),
            Cell::Wide(totals.computed_fee),
            Cell::Wide(totals.declared_funds),
            Cell::Wide(totals.computed_funds_where_declared),
            Cell::Wide(totals.computed_funds),
            Cell::Wide(totals.declared_account),
            Cell::Wide(totals.computed_account_where_declared),
            Cell::Wide(totals.computed_account),
            Cell::Text(result),
            Cell::Text(words),
        ])?;
    }
    sheet.close()?;
    Ok(())
}
