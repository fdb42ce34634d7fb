//! The priced-line table: built on the hot path, without an allocation per row.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, Decimal128Builder, Int32Builder, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow::record_batch::RecordBatch;

use crate::calendar::Moment;
use crate::money::Fen;
use crate::price::{LineAmounts, LineSplit};
use crate::reference::catalogue::NO_LIMIT;

use super::schema::Table;
use super::writer::{TableError, TableWriter};

/// A priced line and where it came from.
#[derive(Clone, Copy)]
pub struct LineRow<'a> {
    /// Label of its submission.
    pub submission: &'a str,
    pub settlement_id: &'a str,
    pub line_no: &'a str,
    pub time: Moment,
    pub item: &'a str,
    pub amounts: &'a LineAmounts,
    pub split: &'a LineSplit,
    pub source_line: u32,
}

/// Rows waiting to become a batch.
#[derive(Default)]
pub struct LineTable {
    submission: StringBuilder,
    settlement_id: StringBuilder,
    line_no: StringBuilder,
    time: TimestampMicrosecondBuilder,
    item: StringBuilder,
    class: StringBuilder,
    count: Decimal128Builder,
    price: Decimal128Builder,
    limit: Decimal128Builder,
    ratio: Decimal128Builder,
    amounts: [Decimal128Builder; 5],
    source_line: Int32Builder,
    rows: usize,
}

impl LineTable {
    pub fn new() -> LineTable {
        LineTable::default()
    }

    pub fn len(&self) -> usize {
        self.rows
    }

    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Adds a line.
    pub fn push(&mut self, row: &LineRow<'_>) {
        let (line, split) = (row.amounts, row.split);
        self.submission.append_value(row.submission);
        self.settlement_id.append_value(row.settlement_id);
        self.line_no.append_value(row.line_no);
        self.time.append_value(row.time.micros());
        self.item.append_value(row.item);
        self.class.append_value(["00", "01", "02", "03"][usize::from(split.class.min(3))]);
        self.count.append_value(i128::from(line.count));
        self.price.append_value(i128::from(line.price));
        let limit = (split.limit != NO_LIMIT).then_some(i128::from(split.limit));
        self.limit.append_option(limit);
        self.ratio.append_value(i128::from(split.ratio.millionths()));
        let charges = &split.charges;
        let amounts = [
            line.amount,
            charges.full_self_pay,
            charges.over_limit,
            charges.pre_self_pay,
            charges.in_scope,
        ];
        for (builder, amount) in self.amounts.iter_mut().zip(amounts.map(Fen::get)) {
            builder.append_value(i128::from(amount));
        }
        self.source_line.append_value(i32::try_from(row.source_line).unwrap_or(i32::MAX));
        self.rows += 1;
    }

    /// The rows so far as a batch; the table is empty afterwards.
    ///
    /// # Errors
    /// A batch that does not fit its schema: a bug.
    pub fn take_batch(&mut self) -> Result<RecordBatch, TableError> {
        self.rows = 0;
        let decimal = |builder: &mut Decimal128Builder, precision, scale| {
            let array = builder.finish().with_precision_and_scale(precision, scale)?;
            Ok::<ArrayRef, arrow::error::ArrowError>(Arc::new(array))
        };
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(self.settlement_id.finish()),
            Arc::new(self.line_no.finish()),
            Arc::new(self.time.finish()),
            Arc::new(self.item.finish()),
            Arc::new(self.class.finish()),
            decimal(&mut self.count, 18, 4)?,
            decimal(&mut self.price, 18, 6)?,
            decimal(&mut self.limit, 18, 6)?,
            decimal(&mut self.ratio, 7, 6)?,
        ];
        for builder in &mut self.amounts {
            columns.push(decimal(builder, 18, 2)?);
        }
        columns.push(Arc::new(self.submission.finish()));
        columns.push(Arc::new(self.source_line.finish()));
        Ok(RecordBatch::try_new(Table::PricedLine.schema(), columns)?)
    }
}

/// Writes a file of priced lines.
pub struct LineWriter(TableWriter);

impl LineWriter {
    /// # Errors
    /// I/O.
    pub fn create(path: &Path) -> Result<LineWriter, TableError> {
        TableWriter::create(path, Table::PricedLine).map(LineWriter)
    }

    /// # Errors
    /// I/O.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), TableError> {
        self.0.write(batch)
    }

    /// # Errors
    /// I/O.
    pub fn close(self) -> Result<u64, TableError> {
        self.0.close()
    }
}
