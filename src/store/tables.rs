//! Rows of the tables: from settled records, the ledger and positions to record batches, and back.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Date32Array, Decimal128Array, Int32Array, Int64Array, StringArray,
    StringBuilder, TimestampMicrosecondArray,
};
use arrow::datatypes::{
    Date32Type, Decimal128Type, Int32Type, Int64Type, TimestampMicrosecondType,
};
use arrow::record_batch::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::calendar::{BenefitYear, Date, Moment};
use crate::claim::settled::{Step, StepKind};
use crate::claim::{
    AccumulatorMove, Charges, Claim, NotSettled, Outcome, Payers, Settled, Slot,
};
use crate::clear::Clearing;
use crate::codes::{
    AdmDiv, CareRegion, DiseaseCode, FilingClass, Fund, HospitalLevel, InstitutionCode,
    InsuredRegion, Insurance, MedType, PersonType, Scope, SettlementId, VisitId, fields,
};
use crate::ledger::{BookFund, Ledger};
use crate::money::{Fen, Rate};
use crate::reconcile::{Difference, Reason};

use super::pseudonym::{Pseudonyms, RegionPseudonyms};
use super::schema::Table;
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

    fn text<'a>(&mut self, values: impl Iterator<Item = &'a str>) {
        self.columns.push(Arc::new(StringArray::from_iter_values(values)));
    }

    fn owned(&mut self, values: impl Iterator<Item = String>) {
        self.columns.push(Arc::new(StringArray::from_iter_values(values)));
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

/// The calculation trace of a record: `kind:rule:base:rate:amount;…`, fen and millionths.
pub fn trace_text(steps: &[Step], out: &mut String) {
    use std::fmt::Write;
    for (index, step) in steps.iter().enumerate() {
        let kind = match step.kind {
            StepKind::Effect => 'E',
            StepKind::Layer => 'L',
            StepKind::Deductible => 'D',
            StepKind::Segment => 'S',
            StepKind::Cap => 'C',
            StepKind::Account => 'A',
        };
        if index > 0 {
            out.push(';');
        }
        // Writing to a String cannot fail.
        let _ = write!(
            out,
            "{kind}:{}:{}:{}:{}",
            step.rule,
            step.base.get(),
            step.rate.millionths(),
            step.amount.get()
        );
    }
}

fn parse_trace(text: &str) -> Option<Vec<Step>> {
    text.split(';').filter(|step| !step.is_empty()).map(parse_step).collect()
}

fn parse_step(text: &str) -> Option<Step> {
    let mut parts = text.split(':');
    let kind = match parts.next()? {
        "E" => StepKind::Effect,
        "L" => StepKind::Layer,
        "D" => StepKind::Deductible,
        "S" => StepKind::Segment,
        "C" => StepKind::Cap,
        "A" => StepKind::Account,
        _ => return None,
    };
    Some(Step {
        kind,
        rule: parts.next()?.parse().ok()?,
        base: Fen::new(parts.next()?.parse().ok()?),
        rate: Rate::from_millionths(parts.next()?.parse().ok()?)?,
        amount: Fen::new(parts.next()?.parse().ok()?),
    })
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
    columns.owned(all().map(|s| names.of(s)));
    columns.text(all().map(|s| s.claim.insurance.as_str()));
    columns.text(all().map(|s| s.claim.person_type.as_str()));
    columns.text(all().map(|s| s.insured.0.as_str()));
    columns.text(all().map(|s| s.care.0.as_str()));
    columns.text(all().map(|s| s.claim.institution.as_str()));
    columns.owned(all().map(|s| s.level.to_string()));
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
    columns.int(all().map(|s| s.fold_place as i32));
    columns.int(all().map(|s| s.lines as i32));
    columns.int(all().map(|_| context.bucket));
    settlement_amounts(settled, &mut columns)?;
    settlement_trace(settled, context, &mut columns)?;
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

fn settlement_trace(
    settled: &[Settled],
    context: &SettlementContext<'_>,
    columns: &mut Columns,
) -> Result<(), TableError> {
    let mut traces = StringBuilder::with_capacity(settled.len(), settled.len() * 64);
    let mut text = String::new();
    for record in settled {
        text.clear();
        trace_text(&record.steps, &mut text);
        traces.append_value(&text);
    }
    columns.columns.push(Arc::new(traces.finish()));
    columns.owned(settled.iter().map(|s| {
        s.warnings.iter().map(|code| code.text()).collect::<Vec<_>>().join(";")
    }));
    columns.text(settled.iter().map(|s| {
        context.submissions.get(s.claim.origin.submission as usize).map_or("", String::as_str)
    }));
    columns.int(settled.iter().map(|s| s.claim.origin.line as i32));
    Ok(())
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
    let slots: Vec<String> = (0..Slot::COUNT).map(|slot| Slot(slot as u8).name()).collect();
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
    columns.date(all().map(|(s, _)| s.year.first_day()));
    columns.text(all().map(|(_, m)| slots[usize::from(m.slot.0)].as_str()));
    columns.int(all().map(|(s, _)| s.fold_place as i32));
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
    columns.owned(all().map(|(key, _)| key.number()));
    columns.text(all().map(|(key, _)| key.book.key()));
    columns.owned(all().map(|(key, _)| key.owner().to_string()));
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
    columns.long(all().map(|(_, _, counts, _)| counts.0 as i64));
    columns.long(all().map(|(_, _, counts, _)| counts.1 as i64));
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
    columns.text(all().map(|r| {
        submissions.get(r.origin.submission as usize).map_or("", String::as_str)
    }));
    columns.int(all().map(|r| r.origin.line as i32));
    columns.text(all().map(|r| outcome_key(r.outcome)));
    columns.text(all().map(|r| r.findings.first().map_or("", |f| f.code.text())));
    columns.owned(all().map(|r| {
        let mut codes: Vec<&str> = r.findings.iter().map(|f| f.code.text()).collect();
        codes.dedup();
        codes.join(";")
    }));
    columns.money(all().map(|r| r.fee))?;
    columns.batch(Table::NotSettled)
}

/// A row of the settlement table. What tables do not carry (person, declarations, moves) is left at its default.
pub struct SettlementRow {
    pub settled: Settled,
    pub pseudonym: String,
    /// Label of its submission.
    pub submission: String,
}

/// Reads the settlement rows of some ids from one row group.
///
/// # Errors
/// I/O, or a file that is not ours.
pub fn read_settlement_rows(
    path: &Path,
    row_group: usize,
    wanted: &BTreeSet<SettlementId>,
) -> Result<Vec<SettlementRow>, TableError> {
    let mut found = Vec::new();
    let wanted: BTreeSet<&str> = wanted.iter().map(SettlementId::as_str).collect();
    for batch in open(path, Some(row_group))? {
        let batch = batch?;
        let row = RowReader { batch: &batch, path };
        for index in 0..batch.num_rows() {
            if wanted.contains(row.text(fields::SETL_ID, index)?) {
                found.push(SettlementRow {
                    settled: row.settled(index)?,
                    pseudonym: row.text("psn_pseudonym", index)?.to_owned(),
                    submission: row.text("submission", index)?.to_owned(),
                });
            }
        }
    }
    Ok(found)
}

/// Reads the accumulator moves of some records.
///
/// # Errors
/// I/O, or a file that is not ours.
pub fn read_moves(
    path: &Path,
    wanted: &BTreeSet<SettlementId>,
) -> Result<BTreeMap<SettlementId, Vec<AccumulatorMove>>, TableError> {
    let slots: BTreeMap<String, Slot> =
        (0..Slot::COUNT).map(|slot| (Slot(slot as u8).name(), Slot(slot as u8))).collect();
    let mut moves: BTreeMap<SettlementId, Vec<AccumulatorMove>> = BTreeMap::new();
    for batch in open(path, None)? {
        let batch = batch?;
        let row = RowReader { batch: &batch, path };
        for index in 0..batch.num_rows() {
            let Some(id) = SettlementId::new(row.text(fields::SETL_ID, index)?) else { continue };
            if !wanted.contains(&id) {
                continue;
            }
            let Some(slot) = slots.get(row.text("slot", index)?) else { continue };
            let (before, delta) = (row.long("before", index)?, row.long("delta", index)?);
            let step = AccumulatorMove { slot: *slot, before, delta };
            moves.entry(id).or_default().push(step);
        }
    }
    Ok(moves)
}

/// Reads the rows in which a text column has a value, every cell as text.
///
/// # Errors
/// I/O, or a file that is not ours.
pub fn read_text_rows(
    path: &Path,
    column: &str,
    value: &str,
) -> Result<Vec<BTreeMap<String, String>>, TableError> {
    let mut rows = Vec::new();
    let options = FormatOptions::default();
    for batch in open(path, None)? {
        let batch = batch?;
        let row = RowReader { batch: &batch, path };
        let hits = (0..batch.num_rows()).filter(|i| row.text(column, *i).is_ok_and(|t| t == value));
        for index in hits {
            let mut cells = BTreeMap::new();
            for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
                let formatter = ArrayFormatter::try_new(array.as_ref(), &options)?;
                cells.insert(field.name().clone(), formatter.value(index).to_string());
            }
            rows.push(cells);
        }
    }
    Ok(rows)
}

type Batches = parquet::arrow::arrow_reader::ParquetRecordBatchReader;

fn open(path: &Path, row_group: Option<usize>) -> Result<Batches, TableError> {
    let parquet = |source| TableError::Parquet { path: path.to_owned(), source };
    let file = File::open(path)
        .map_err(|source| TableError::Io { path: path.to_owned(), source })?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(parquet)?;
    let builder = match row_group {
        Some(group) if group < builder.metadata().num_row_groups() => {
            builder.with_row_groups(vec![group])
        }
        Some(_) => builder.with_row_groups(Vec::new()),
        None => builder,
    };
    builder
        .with_projection(ProjectionMask::all())
        .with_batch_size(8192)
        .build()
        .map_err(parquet)
}

struct RowReader<'a> {
    batch: &'a RecordBatch,
    path: &'a Path,
}

impl RowReader<'_> {
    fn wrong(&self, what: &str) -> TableError {
        TableError::Content { path: self.path.to_owned(), what: what.to_owned() }
    }

    fn column(&self, name: &str) -> Result<&ArrayRef, TableError> {
        self.batch
            .column_by_name(name)
            .ok_or_else(|| self.wrong(&format!("column {name} is missing")))
    }

    fn text(&self, name: &str, index: usize) -> Result<&str, TableError> {
        let column = self.column(name)?;
        let column = column.as_string_opt::<i32>().ok_or_else(|| self.wrong(name))?;
        Ok(column.value(index))
    }

    fn long(&self, name: &str, index: usize) -> Result<i64, TableError> {
        let column = self.column(name)?;
        let column = column.as_primitive_opt::<Int64Type>().ok_or_else(|| self.wrong(name))?;
        Ok(column.value(index))
    }

    fn int(&self, name: &str, index: usize) -> Result<u32, TableError> {
        let column = self.column(name)?;
        let column = column.as_primitive_opt::<Int32Type>().ok_or_else(|| self.wrong(name))?;
        u32::try_from(column.value(index)).map_err(|_| self.wrong(name))
    }

    fn date(&self, name: &str, index: usize) -> Result<Date, TableError> {
        let column = self.column(name)?;
        let column = column.as_primitive_opt::<Date32Type>().ok_or_else(|| self.wrong(name))?;
        Ok(Date::from_days(column.value(index)))
    }

    fn time(&self, name: &str, index: usize) -> Result<Moment, TableError> {
        let column = self.column(name)?;
        let column = column
            .as_primitive_opt::<TimestampMicrosecondType>()
            .ok_or_else(|| self.wrong(name))?;
        Ok(Moment::from_micros(column.value(index)))
    }

    fn decimal(&self, name: &str, index: usize) -> Result<Option<i64>, TableError> {
        let column = self.column(name)?;
        let column =
            column.as_primitive_opt::<Decimal128Type>().ok_or_else(|| self.wrong(name))?;
        if column.is_null(index) {
            return Ok(None);
        }
        i64::try_from(column.value(index)).map(Some).map_err(|_| self.wrong(name))
    }

    fn money(&self, name: &str, index: usize) -> Result<Fen, TableError> {
        Ok(Fen::new(self.decimal(name, index)?.unwrap_or(0)))
    }

    fn read<T>(
        &self,
        name: &str,
        index: usize,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<T, TableError> {
        let text = self.text(name, index)?;
        read(text).ok_or_else(|| self.wrong(&format!("{name}: {text:?}")))
    }

    fn settled(&self, index: usize) -> Result<Settled, TableError> {
        let division = |text: &str| AdmDiv::parse(text.as_bytes());
        let insured = self.read(fields::INSUPLC_ADMDVS, index, division)?;
        let care = self.read(fields::MDTRTAREA_ADMVS, index, division)?;
        let kind = self.read("care_kind", index, crate::codes::CareKind::parse)?;
        let med_type = self.read(fields::MED_TYPE, index, |text| {
            MedType::parse(text, &[(text.to_owned(), kind)])
        })?;
        let claim = Claim {
            id: self.read(fields::SETL_ID, index, SettlementId::new)?,
            visit: self.read(fields::MDTRT_ID, index, VisitId::new)?,
            insurance: self.read(fields::INSUTYPE, index, Insurance::parse)?,
            person_type: self.read(fields::PSN_TYPE, index, PersonType::parse)?,
            insured_div: insured,
            care_div: care,
            institution: self.read(fields::FIXMEDINS_CODE, index, InstitutionCode::new)?,
            med_type,
            begin: self.date(fields::BEGNDATE, index)?,
            end: self.date(fields::ENDDATE, index)?,
            settled_at: self.time(fields::SETL_TIME, index)?,
            reversal: self.text(fields::REFD_SETL_FLAG, index)? == "1",
            original: self.read(fields::INIT_SETL_ID, index, SettlementId::new)?,
            disease: self.read(fields::DISE_CODG, index, DiseaseCode::new)?,
            origin: crate::claim::Origin {
                submission: 0,
                line: self.int("source_line", index)?,
            },
            ..Claim::default()
        };
        let scope = |text: &str| Scope::ALL.into_iter().find(|s| s.pay_loc() == text);
        Ok(Settled {
            claim,
            insured: InsuredRegion(insured),
            care: CareRegion(care),
            scope: self.read(fields::PAY_LOC, index, scope)?,
            filing: self.read("filing_class", index, FilingClass::parse)?,
            level: self.read(fields::HOSP_LV, index, HospitalLevel::parse)?,
            year: BenefitYear::starting(self.date("benefit_year", index)?),
            person_key: 0,
            charges: self.charges(index)?,
            lines: self.int("line_count", index)?,
            out_of_area_first: self.money(fields::OUT_OF_AREA_FIRST, index)?,
            deductible_standard: self.money(fields::DEDC_STD, index)?,
            deductible: self.money(fields::ACT_PAY_DEDC, index)?,
            pooled_rate: self
                .decimal(fields::POOL_PROP_SELFPAY, index)?
                .and_then(|rate| u32::try_from(rate).ok())
                .and_then(Rate::from_millionths)
                .unwrap_or_default(),
            payers: self.payers(index)?,
            balance_after: self.decimal(fields::BALC, index)?.map(Fen::new),
            fold_place: self.int("fold_place", index)?,
            moves: Vec::new(),
            steps: self.read(fields::SETL_PROC_INFO, index, parse_trace)?,
            warnings: self.read("warnings", index, parse_codes)?,
        })
    }

    fn charges(&self, index: usize) -> Result<Charges, TableError> {
        Ok(Charges {
            full_self_pay: self.money(fields::FULAMT_OWNPAY_AMT, index)?,
            over_limit: self.money(fields::OVERLMT_SELFPAY, index)?,
            pre_self_pay: self.money(fields::PRESELFPAY_AMT, index)?,
            in_scope: self.money(fields::INSCP_SCP_AMT, index)?,
            // Which of the two parts the institution bears is not told apart in tables.
            institution_full: self.money(fields::HOSP_PART_AMT, index)?,
            institution_over: Fen::ZERO,
        })
    }

    fn payers(&self, index: usize) -> Result<Payers, TableError> {
        let mut funds = [Fen::ZERO; Fund::COUNT];
        for fund in Fund::ALL {
            funds[fund.index()] = self.money(fund.field(), index)?;
        }
        Ok(Payers {
            funds,
            account: self.money(fields::ACCT_PAY, index)?,
            account_sharing: self.money(fields::ACCT_MULAID_PAY, index)?,
            cash: self.money(fields::PSN_CASH_PAY, index)?,
            institution: self.money(fields::HOSP_PART_AMT, index)?,
        })
    }
}

fn parse_codes(text: &str) -> Option<Vec<crate::claim::Code>> {
    text.split(';')
        .filter(|code| !code.is_empty())
        .map(|code| crate::claim::Code::ALL.iter().copied().find(|known| known.text() == code))
        .collect()
}

