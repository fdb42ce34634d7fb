//! Parquet to frames: money as whole fen, everything else as it stands.

use std::fs::File;
use std::path::{Path, PathBuf};

use polars::prelude::*;
use polars_io::SerReader;
use polars_io::parquet::read::ParquetReader;

/// The audit could not look.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    #[error("audit: {}: {source}", path.display())]
    Io {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("audit: {0}")]
    Polars(#[from] PolarsError),
    #[error("audit: a value of {0} does not fit 64 bits of fen")]
    Range(String),
}

/// The Parquet files of a table, in order.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>, AuditError> {
    let io = |source| AuditError::Io { path: folder.to_owned(), source };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(io)? {
        paths.push(entry.map_err(io)?.path());
    }
    paths.sort();
    Ok(paths)
}

/// Reads some columns of one file; decimals become their unscaled integers.
pub fn read(path: &Path, columns: &[&str]) -> Result<DataFrame, AuditError> {
    let file =
        File::open(path).map_err(|source| AuditError::Io { path: path.to_owned(), source })?;
    let wanted = columns.iter().map(|name| (*name).to_owned()).collect();
    let frame = ParquetReader::new(file).with_columns(Some(wanted)).finish()?;
    let mut plain = Vec::with_capacity(columns.len());
    for column in frame.columns() {
        plain.push(match column.dtype() {
            DataType::Decimal(..) => whole(column)?,
            _ => column.clone(),
        });
    }
    Ok(DataFrame::new(frame.height(), plain)?)
}

/// A decimal column as 64-bit integers of its unit in the last place.
fn whole(column: &Column) -> Result<Column, AuditError> {
    let mut values: Vec<Option<i64>> = Vec::with_capacity(column.len());
    for value in column.decimal()?.physical() {
        values.push(match value {
            Some(value) => Some(
                i64::try_from(value).map_err(|_| AuditError::Range(column.name().to_string()))?,
            ),
            None => None,
        });
    }
    Ok(Column::new(column.name().clone(), values))
}

/// Reads some columns of all files of a table.
pub fn read_all(folder: &Path, columns: &[&str]) -> Result<DataFrame, AuditError> {
    let mut all: Option<DataFrame> = None;
    for path in files(folder)? {
        let frame = read(&path, columns)?;
        match &mut all {
            Some(all) => {
                all.vstack_mut(&frame)?;
            }
            None => all = Some(frame),
        }
    }
    Ok(all.unwrap_or_default())
}

/// A column of integers; nulls count 0.
pub fn ints(frame: &DataFrame, name: &str) -> Result<Vec<i64>, AuditError> {
    let column = frame.column(name)?.cast(&DataType::Int64)?;
    Ok(column.i64()?.into_iter().map(|value| value.unwrap_or(0)).collect())
}

/// A column of texts.
pub fn texts(frame: &DataFrame, name: &str) -> Result<Vec<String>, AuditError> {
    let column = frame.column(name)?;
    Ok(column.str()?.into_iter().map(|value| value.unwrap_or("").to_owned()).collect())
}
