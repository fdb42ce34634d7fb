//! Reading published tables back: booked settlements, their moves, and rows as text.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::Path;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{
    Date32Type, Decimal128Type, Int32Type, Int64Type, TimestampMicrosecondType,
};
use arrow::record_batch::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::calendar::{BenefitYear, Date, Moment};
use crate::claim::{AccumulatorMove, Charges, Claim, Payers, Settled, Slot};
use crate::codes::{
    AdmDiv, CareRegion, DiseaseCode, FilingClass, Fund, HospitalLevel, InstitutionCode, Insurance,
    InsuredRegion, MedType, PersonType, Scope, SettlementId, VisitId, fields,
};
use crate::money::{Fen, Rate};

use super::trace::parse_trace;
use super::writer::TableError;

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

/// Reads all settlement rows of one row group: a bucket's records of a run.
///
/// # Errors
/// I/O, or a file that is not ours.
pub fn each_settlement_row(
    path: &Path,
    row_group: usize,
    mut take: impl FnMut(SettlementRow),
) -> Result<(), TableError> {
    for batch in open(path, Some(row_group))? {
        let batch = batch?;
        let row = RowReader { batch: &batch, path };
        for index in 0..batch.num_rows() {
            take(SettlementRow {
                settled: row.settled(index)?,
                pseudonym: row.text("psn_pseudonym", index)?.to_owned(),
                submission: row.text("submission", index)?.to_owned(),
            });
        }
    }
    Ok(())
}

/// Reads the accumulator moves of some records, each with the benefit year that it belongs to.
///
/// # Errors
/// I/O, or a file that is not ours.
pub fn read_moves(
    path: &Path,
    wanted: &BTreeSet<SettlementId>,
) -> Result<BTreeMap<SettlementId, Vec<(BenefitYear, AccumulatorMove)>>, TableError> {
    let mut moves: BTreeMap<SettlementId, Vec<(BenefitYear, AccumulatorMove)>> = BTreeMap::new();
    for batch in open(path, None)? {
        let batch = batch?;
        let row = RowReader { batch: &batch, path };
        for index in 0..batch.num_rows() {
            let Some(id) = SettlementId::new(row.text(fields::SETL_ID, index)?) else { continue };
            if !wanted.contains(&id) {
                continue;
            }
            let slot = row.read("slot", index, Slot::parse)?;
            let year = BenefitYear::starting(row.date("benefit_year", index)?);
            let (before, delta) = (row.long("before", index)?, row.long("delta", index)?);
            let step = AccumulatorMove { slot, before, delta };
            moves.entry(id).or_default().push((year, step));
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
    let file =
        File::open(path).map_err(|source| TableError::Io { path: path.to_owned(), source })?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(parquet)?;
    let builder = match row_group {
        Some(group) if group < builder.metadata().num_row_groups() => {
            builder.with_row_groups(vec![group])
        }
        Some(_) => builder.with_row_groups(Vec::new()),
        None => builder,
    };
    builder.with_projection(ProjectionMask::all()).with_batch_size(8192).build().map_err(parquet)
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
        let column = column.as_primitive_opt::<Decimal128Type>().ok_or_else(|| self.wrong(name))?;
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
            origin: crate::claim::Origin { submission: 0, line: self.int("source_line", index)? },
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
            earlier: Vec::new(),
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
