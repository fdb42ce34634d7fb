//! Parquet files: one writer for all tables, the same bytes for the same rows.

use std::fs::File;
use std::path::{Path, PathBuf};

use arrow::datatypes::{DataType, SchemaRef};
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;

use super::schema::{self, Table};
use crate::codes::fields;

/// Rows per row group at most.
const ROW_GROUP: usize = 131_072;
/// Columns whose values are nearly all different: a dictionary would only be thrown away.
const IDENTIFIERS: [&str; 6] = [
    fields::SETL_ID,
    fields::MDTRT_ID,
    fields::INIT_SETL_ID,
    fields::FEEDETL_SN,
    fields::SETL_PROC_INFO,
    "psn_pseudonym",
];

/// A table could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    #[error("table file {}: {source}", path.display())]
    Parquet {
        path: PathBuf,
        #[source]
        source: parquet::errors::ParquetError,
    },
    #[error("table file {}: {source}", path.display())]
    Io {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("a batch does not fit its schema: {0}")]
    Arrow(#[from] arrow::error::ArrowError),
    #[error("{0} fen do not fit a money column")]
    Range(i128),
    #[error("table file {}: {what}", path.display())]
    Content { path: PathBuf, what: String },
}

/// Writes one file of a table.
pub struct TableWriter {
    writer: ArrowWriter<File>,
    path: PathBuf,
    rows: u64,
}

impl TableWriter {
    /// # Errors
    /// I/O.
    pub fn create(path: &Path, table: Table) -> Result<TableWriter, TableError> {
        TableWriter::with_schema(path, table.schema(), Some(ROW_GROUP))
    }

    /// A file whose row groups end where [`TableWriter::flush_row_group`] says and nowhere else: rows are found by their number.
    ///
    /// # Errors
    /// I/O.
    pub fn create_in_groups(path: &Path, table: Table) -> Result<TableWriter, TableError> {
        TableWriter::with_schema(path, table.schema(), None)
    }

    fn with_schema(
        path: &Path,
        schema: SchemaRef,
        group: Option<usize>,
    ) -> Result<TableWriter, TableError> {
        let io = |source| TableError::Io { path: path.to_owned(), source };
        let file = File::create(path).map_err(io)?;
        let writer = ArrowWriter::try_new(file, schema.clone(), Some(properties(&schema, group)))
            .map_err(|source| TableError::Parquet { path: path.to_owned(), source })?;
        Ok(TableWriter { writer, path: path.to_owned(), rows: 0 })
    }

    fn failed(&self) -> impl Fn(parquet::errors::ParquetError) -> TableError + use<> {
        let path = self.path.clone();
        move |source| TableError::Parquet { path: path.clone(), source }
    }

    /// # Errors
    /// I/O, or a batch of another schema.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), TableError> {
        self.rows += batch.num_rows() as u64;
        let failed = self.failed();
        self.writer.write(batch).map_err(failed)
    }

    /// Ends the row group.
    ///
    /// # Errors
    /// I/O.
    pub fn flush_row_group(&mut self) -> Result<(), TableError> {
        let failed = self.failed();
        self.writer.flush().map_err(failed)
    }

    /// Ends the file; gives its rows.
    ///
    /// # Errors
    /// I/O.
    pub fn close(self) -> Result<u64, TableError> {
        let failed = self.failed();
        let rows = self.rows;
        self.writer.close().map(|_| rows).map_err(failed)
    }
}

fn properties(schema: &SchemaRef, group: Option<usize>) -> WriterProperties {
    let version = KeyValue::new("schema_version".to_owned(), schema::VERSION.to_owned());
    let mut builder = WriterProperties::builder()
        .set_created_by("medsettle".to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(group)
        .set_key_value_metadata(Some(vec![version]));
    for field in schema.fields() {
        builder = encoding(builder, field.name(), field.data_type());
    }
    builder.build()
}

/// Delta encodings where values differ, dictionaries where they repeat.
fn encoding(
    builder: WriterPropertiesBuilder,
    name: &str,
    kind: &DataType,
) -> WriterPropertiesBuilder {
    let column = ColumnPath::from(name);
    let packed = matches!(
        kind,
        DataType::Decimal128(..) | DataType::Int32 | DataType::Int64 | DataType::Timestamp(..)
    );
    if IDENTIFIERS.contains(&name) {
        builder
            .set_column_dictionary_enabled(column.clone(), false)
            .set_column_encoding(column, Encoding::DELTA_BYTE_ARRAY)
    } else if packed {
        builder
            .set_column_dictionary_enabled(column.clone(), false)
            .set_column_encoding(column, Encoding::DELTA_BINARY_PACKED)
    } else {
        builder
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, new_null_array};
    use arrow::datatypes::{Field, Schema};
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    use super::*;

    fn groups(group: Option<usize>) -> Result<usize, Box<dyn std::error::Error>> {
        let schema = Arc::new(Schema::new(vec![Field::new("a", DataType::Int32, true)]));
        let path = std::env::temp_dir().join(format!("groups-{}-{group:?}", std::process::id()));
        let mut writer = TableWriter::with_schema(&path, schema.clone(), group)?;
        for rows in [ROW_GROUP + 1, 1] {
            let column: ArrayRef = new_null_array(&DataType::Int32, rows);
            writer.write(&RecordBatch::try_new(schema.clone(), vec![column])?)?;
            writer.flush_row_group()?;
        }
        writer.close()?;
        let groups = ParquetRecordBatchReaderBuilder::try_new(File::open(&path)?)?
            .metadata()
            .num_row_groups();
        std::fs::remove_file(&path)?;
        Ok(groups)
    }

    #[test]
    fn a_bucket_is_one_row_group_however_large() -> Result<(), Box<dyn std::error::Error>> {
        assert_eq!(groups(None)?, 2);
        assert_eq!(groups(Some(ROW_GROUP))?, 3);
        Ok(())
    }
}
