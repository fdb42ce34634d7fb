//! Rows of the tables: from settled records, the ledger and positions to record batches.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow::array::{
    ArrayRef, Date32Array, Decimal128Array, Int32Array, Int64Array, StringBuilder,
    TimestampMicrosecondArray,
};
use arrow::record_batch::RecordBatch;

use crate::calendar::{Date, Moment};
use crate::claim::{AccumulatorMove, NotSettled, Outcome, Settled, Slot};
use crate::clear::Clearing;
use crate::codes::{Fund, InsuredRegion};
use crate::ledger::{BookFund, Ledger};
use crate::money::Fen;
use crate::reconcile::{Difference, Reason};

use super::pseudonym::{Pseudonyms, RegionPseudonyms};
use super::schema::Table;
use super::trace::trace_text;
pub use super::writer::{TableError, TableWriter};

/// What settlement rows need besides the records.
#[derive(Clone, Copy)]
pub struct SettlementContext<'a> {
    pub pseudonyms: &'a Pseudonyms,
    /// Labels by submission number.
    pub submissions: &'a [String],
    pub bucket: i32,
}

/// Builds columns in schema order.
struct Columns {
    columns: Vec<ArrayRef>,
}

impl Columns {
    fn new() -> Columns {
        Columns { columns: Vec::with_capacity(64) }
    }

    fn text(&mut self, values: impl Iterator<Item = impl AsRef<str>>) {
        let mut builder = StringBuilder::new();
        values.for_each(|value| builder.append_value(value));
        self.columns.push(Arc::new(builder.finish()));
    }

    fn int(&mut self, values: impl Iterator<Item = i32>) {
        self.columns.push(Arc::new(Int32Array::from_iter_values(values)));
    }

    fn long(&mut self, values: impl Iterator<Item = i64>) {
        self.columns.push(Arc::new(Int64Array::from_iter_values(values)));
    }

    fn date(&mut self, values: impl Iterator<Item = Date>) {
        self.columns.push(Arc::new(Date32Array::from_iter_values(values.map(Date::days))));
    }

    fn time(&mut self, values: impl Iterator<Item = Moment>) {
        let values = values.map(Moment::micros);
        self.columns.push(Arc::new(TimestampMicrosecondArray::from_iter_values(values)));
    }

    fn money(&mut self, values: impl Iterator<Item = Fen>) -> Result<(), TableError> {
        self.wide(values.map(|fen| i128::from(fen.get())))
    }

    fn wide(&mut self, values: impl Iterator<Item = i128>) -> Result<(), TableError> {
        let values: Vec<i128> = values.collect();
        if let Some(value) = values.iter().find(|value| value.abs() >= 10i128.pow(18)) {
            return Err(TableError::Range(*value));
        }
        let array = Decimal128Array::from(values).with_precision_and_scale(18, 2)?;
        self.columns.push(Arc::new(array));
        Ok(())
    }

    fn batch(self, table: Table) -> Result<RecordBatch, TableError> {
        Ok(RecordBatch::try_new(table.schema(), self.columns)?)
    }
}

/// Pseudonyms of many records, each region's key made once.
struct Names<'a> {
    pseudonyms: &'a Pseudonyms,
    regions: BTreeMap<InsuredRegion, RegionPseudonyms>,
}

impl<'a> Names<'a> {
    fn new(pseudonyms: &'a Pseudonyms) -> Names<'a> {
        Names { pseudonyms, regions: BTreeMap::new() }
    }

    fn of(&mut self, settled: &Settled) -> String {
        let pseudonyms = self.pseudonyms;
        let region = settled.insured;
        self.regions
            .entry(region)
            .or_insert_with(|| pseudonyms.region(region))
            .of(settled.person_key)
    }
}

/// A count as Parquet's INT32; beyond it, the largest.
fn whole(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

fn long(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Rows of the settlement table.
///
/// # Errors
/// A sum that does not fit a money column.
pub fn settlement_batch(
    settled: &[Settled],
    context: &SettlementContext<'_>,
) -> Result<RecordBatch, TableError> {
    let mut columns = Columns::new();
    let mut names = Names::new(context.pseudonyms);
    let all = || settled.iter();
    columns.text(all().map(|s| s.claim.id.as_str()));
    columns.text(all().map(|s| s.claim.visit.as_str()));
    columns.text(all().map(|s| names.of(s)));
    columns.text(all().map(|s| s.claim.insurance.as_str()));
    columns.text(all().map(|s| s.claim.person_type.as_str()));
    columns.text(all().map(|s| s.insured.0.as_str()));
    columns.text(all().map(|s| s.care.0.as_str()));
    columns.text(all().map(|s| s.claim.institution.as_str()));
    columns.text(all().map(|s| s.level.as_str()));
    columns.text(all().map(|s| s.claim.med_type.as_str()));
    columns.text(all().map(|s| s.claim.med_type.kind().key()));
    columns.text(all().map(|s| s.filing.key()));
    columns.text(all().map(|s| s.scope.pay_loc()));
    columns.text(all().map(|s| s.claim.med_type.kind().clearing_type()));
    columns.text(all().map(|s| s.claim.disease.as_str()));
    columns.text(all().map(|s| if s.claim.reversal { "1" } else { "0" }));
    columns.text(all().map(|s| s.claim.original.as_str()));
    columns.date(all().map(|s| s.claim.begin));
    columns.date(all().map(|s| s.claim.end));
    columns.time(all().map(|s| s.claim.settled_at));
    columns.date(all().map(|s| s.year.first_day()));
    columns.int(all().map(|s| whole(s.fold_place)));
    columns.int(all().map(|s| whole(s.lines)));
    columns.int(all().map(|_| context.bucket));
    settlement_amounts(settled, &mut columns)?;
    settlement_trace(settled, context, &mut columns);
    columns.batch(Table::Settlement)
}

fn settlement_amounts(settled: &[Settled], columns: &mut Columns) -> Result<(), TableError> {
    let all = || settled.iter();
    columns.money(all().map(|s| s.charges.total()))?;
    columns.money(all().map(|s| s.charges.full_self_pay))?;
    columns.money(all().map(|s| s.charges.over_limit))?;
    columns.money(all().map(|s| s.charges.pre_self_pay))?;
    columns.money(all().map(|s| s.charges.in_scope))?;
    columns.money(all().map(|s| s.out_of_area_first))?;
    columns.money(all().map(|s| s.deductible_standard))?;
    columns.money(all().map(|s| s.deductible))?;
    for fund in Fund::ALL {
        columns.money(all().map(|s| s.payers.fund(fund)))?;
    }
    columns.money(all().map(|s| s.payers.fund_total()))?;
    columns.money(all().map(|s| s.payers.institution))?;
    columns.money(all().map(|s| s.payers.person_total()))?;
    columns.money(all().map(|s| s.payers.account))?;
    columns.money(all().map(|s| s.payers.account_sharing))?;
    columns.money(all().map(|s| s.payers.cash))?;
    let balances: Decimal128Array =
        all().map(|s| s.balance_after.map(|fen| i128::from(fen.get()))).collect();
    columns.columns.push(Arc::new(balances.with_precision_and_scale(18, 2)?));
    let rates: Vec<i128> = all().map(|s| i128::from(s.pooled_rate.millionths())).collect();
    let rates = Decimal128Array::from(rates).with_precision_and_scale(7, 6)?;
    columns.columns.push(Arc::new(rates));
    Ok(())
}

fn settlement_trace(settled: &[Settled], context: &SettlementContext<'_>, columns: &mut Columns) {
    let mut traces = StringBuilder::with_capacity(settled.len(), settled.len() * 64);
    let mut text = String::new();
    for record in settled {
        text.clear();
        trace_text(&record.steps, &mut text);
        traces.append_value(&text);
    }
    columns.columns.push(Arc::new(traces.finish()));
    columns.text(
        settled
            .iter()
            .map(|s| s.warnings.iter().map(|code| code.text()).collect::<Vec<_>>().join(";")),
    );
    columns.text(settled.iter().map(|s| {
        context.submissions.get(s.claim.origin.submission as usize).map_or("", String::as_str)
    }));
    columns.int(settled.iter().map(|s| whole(s.claim.origin.line)));
}

/// Rows of the accumulator-move table.
///
/// # Errors
/// A batch that does not fit its schema: a bug.
pub fn move_batch(
    settled: &[Settled],
    context: &SettlementContext<'_>,
) -> Result<RecordBatch, TableError> {
    let mut columns = Columns::new();
    let mut names = Names::new(context.pseudonyms);
    let mut slots: HashMap<Slot, String> = HashMap::new();
    let rows: Vec<(&Settled, &AccumulatorMove)> =
        settled.iter().flat_map(|s| s.moves.iter().map(move |m| (s, m))).collect();
    let all = || rows.iter().copied();
    columns.text(all().map(|(s, _)| s.claim.id.as_str()));
    let pseudonyms: Vec<(String, usize)> =
        settled.iter().map(|s| (names.of(s), s.moves.len())).collect();
    columns.text(
        pseudonyms.iter().flat_map(|(name, count)| std::iter::repeat_n(name.as_str(), *count)),
    );
    columns.text(all().map(|(s, _)| s.insured.0.as_str()));
    columns.text(all().map(|(s, _)| s.claim.insurance.as_str()));
    columns.date(all().map(|(s, m)| s.year_of(m).first_day()));
    for (_, step) in &rows {
        let slot = step.slot.here();
        slots.entry(slot).or_insert_with(|| slot.name());
    }
    columns.text(all().map(|(_, m)| slots.get(&m.slot.here()).map_or("", String::as_str)));
    columns.int(all().map(|(s, _)| whole(s.fold_place)));
    columns.long(all().map(|(_, m)| m.before));
    columns.long(all().map(|(_, m)| m.delta));
    columns.long(all().map(|(_, m)| m.before + m.delta));
    columns.batch(Table::AccumulatorMove)
}

/// Rows of the ledger table: two per voucher and fund.
///
/// # Errors
/// A sum that does not fit a money column.
pub fn ledger_batch(ledger: &Ledger) -> Result<RecordBatch, TableError> {
    let mut columns = Columns::new();
    let rows: Vec<_> = ledger
        .vouchers()
        .flat_map(|(key, voucher)| Ledger::entries(key, voucher).map(move |entry| (key, entry)))
        .collect();
    let all = || rows.iter();
    columns.text(all().map(|(key, _)| key.number()));
    columns.text(all().map(|(key, _)| key.book.key()));
    columns.text(all().map(|(key, _)| key.owner().to_string()));
    columns.text(all().map(|(key, _)| key.insured.0.as_str()));
    columns.text(all().map(|(key, _)| key.care.0.as_str()));
    columns.text(all().map(|(key, _)| key.institution.as_str()));
    columns.text(all().map(|(key, _)| key.insurance.as_str()));
    columns.text(all().map(|(key, _)| key.care_kind.key()));
    columns.text(all().map(|(_, entry)| entry.fund.field()));
    columns.text(all().map(|(_, entry)| entry.account.key()));
    columns.wide(all().map(|(_, entry)| entry.debit))?;
    columns.wide(all().map(|(_, entry)| entry.credit))?;
    columns.batch(Table::LedgerEntry)
}

/// Rows of the position table. Per pair one row for each fund that pays, and one with fund `all` that carries counts and the fee; its amount is
/// 0, so that `amount` may be summed without a condition.
///
/// # Errors
/// A sum that does not fit a money column.
pub fn clearing_batch(clearing: &Clearing) -> Result<RecordBatch, TableError> {
    let mut rows = Vec::new();
    for (pair, voucher) in &clearing.payable {
        let counts = (voucher.settlements, voucher.reversals, voucher.fee);
        rows.push((pair, "all", counts, 0));
        for fund in BookFund::all().filter(|fund| voucher.amount(*fund) != 0) {
            rows.push((pair, fund.field(), (0, 0, 0), voucher.amount(fund)));
        }
    }
    let mut columns = Columns::new();
    let all = || rows.iter();
    columns.text(all().map(|(pair, ..)| pair.insured.0.as_str()));
    columns.text(all().map(|(pair, ..)| pair.care.0.as_str()));
    columns.text(all().map(|(pair, ..)| pair.insurance.as_str()));
    columns.text(all().map(|(pair, ..)| pair.care_kind.key()));
    columns.text(all().map(|(_, fund, ..)| *fund));
    columns.long(all().map(|(_, _, counts, _)| long(counts.0)));
    columns.long(all().map(|(_, _, counts, _)| long(counts.1)));
    columns.wide(all().map(|(_, _, counts, _)| counts.2))?;
    columns.wide(all().map(|(.., amount)| *amount))?;
    columns.batch(Table::ClearingPosition)
}

/// Rows of the break table.
///
/// # Errors
/// A sum that does not fit a money column.
pub fn break_batch(
    breaks: &[(&Settled, Reason, Vec<Difference>)],
) -> Result<RecordBatch, TableError> {
    let rows: Vec<_> = breaks
        .iter()
        .flat_map(|(settled, reason, differences)| {
            differences.iter().map(move |difference| (*settled, *reason, difference))
        })
        .collect();
    let mut columns = Columns::new();
    let all = || rows.iter();
    columns.text(all().map(|(s, ..)| s.claim.id.as_str()));
    columns.text(all().map(|(s, ..)| s.claim.institution.as_str()));
    columns.text(all().map(|(s, ..)| s.insured.0.as_str()));
    columns.text(all().map(|(s, ..)| s.care.0.as_str()));
    columns.text(all().map(|(.., d)| d.field.field()));
    columns.money(all().map(|(.., d)| d.declared))?;
    columns.money(all().map(|(.., d)| d.computed))?;
    columns.money(all().map(|(.., d)| d.declared - d.computed))?;
    columns.text(all().map(|(_, reason, _)| reason.key()));
    columns.batch(Table::ReconciliationBreak)
}

/// How an outcome is named in files.
pub fn outcome_key(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Refuse => "refused",
        Outcome::Reject => "rejected",
        Outcome::Hold => "held",
        Outcome::Warn => "warned",
    }
}

/// Rows of the not-settled table.
///
/// # Errors
/// A sum that does not fit a money column.
pub fn not_settled_batch(
    records: &[NotSettled],
    submissions: &[String],
) -> Result<RecordBatch, TableError> {
    let mut columns = Columns::new();
    let all = || records.iter();
    columns.text(all().map(|r| r.settlement_id.as_str()));
    columns.text(all().map(|r| r.institution.as_str()));
    columns.text(
        all().map(|r| submissions.get(r.origin.submission as usize).map_or("", String::as_str)),
    );
    columns.int(all().map(|r| whole(r.origin.line)));
    columns.text(all().map(|r| outcome_key(r.outcome)));
    columns.text(all().map(|r| r.findings.first().map_or("", |f| f.code.text())));
    columns.text(all().map(|r| {
        let mut codes: Vec<&str> = r.findings.iter().map(|f| f.code.text()).collect();
        codes.dedup();
        codes.join(";")
    }));
    columns.money(all().map(|r| r.fee))?;
    columns.batch(Table::NotSettled)
}
