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
    #[error("audit: a worker panicked")]
    Worker,
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
    for value in column.decimal()?.physical().iter() {
        values.push(match value {
            Some(value) => Some(
                i64::try_from(value).map_err(|_| AuditError::Range(column.name().to_string()))?,
            ),
            None => None,
        });
    }
    Ok(Column::new(column.name().clone(), values))
}

/// A column of integers; nulls count 0.
pub fn ints(frame: &DataFrame, name: &str) -> Result<Vec<i64>, AuditError> {
    let column = frame.column(name)?.cast(&DataType::Int64)?;
    Ok(column.i64()?.iter().map(|value| value.unwrap_or(0)).collect())
}

/// A column of texts.
pub fn texts<'f>(frame: &'f DataFrame, name: &str) -> Result<Vec<&'f str>, AuditError> {
    let column = frame.column(name)?;
    Ok(column.str()?.iter().map(|value| value.unwrap_or("")).collect())
}

/// A record's key: texts hashed to 128 bits (FNV-1a), so that sums over a night need no strings in memory.
pub fn key(parts: &[&str]) -> u128 {
    let mut hash = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128;
    for part in parts {
        for byte in part.bytes().chain([0]) {
            hash = (hash ^ u128::from(byte)).wrapping_mul(0x0100_0000_0000_0000_0000_013b);
        }
    }
    hash
}
