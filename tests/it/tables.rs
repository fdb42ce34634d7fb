//! Published Parquet as text cells, for tests.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use arrow::util::display::{ArrayFormatter, FormatOptions};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::support;

/// A row by column name.
pub type Row = BTreeMap<String, String>;

/// All rows of one file.
pub fn read(path: &Path) -> Vec<Row> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    let mut rows = Vec::new();
    let options = FormatOptions::default();
    for batch in builder.build().unwrap() {
        let batch = batch.unwrap();
        let schema = batch.schema();
        let columns: Vec<_> = schema
            .fields()
            .iter()
            .zip(batch.columns())
            .map(|(field, array)| {
                (field.name(), ArrayFormatter::try_new(array.as_ref(), &options).unwrap())
            })
            .collect();
        for row in 0..batch.num_rows() {
            let cells = columns.iter().map(|(n, f)| ((*n).clone(), f.value(row).to_string()));
            rows.push(cells.collect());
        }
    }
    rows
}

/// Files of a table in a store, in order.
pub fn files(store: &Path, table: &str) -> Vec<PathBuf> {
    let folder = store.join("tables/v1").join(table);
    support::files(&folder).into_iter().map(|file| folder.join(file)).collect()
}

/// All rows of a table in a store.
pub fn all(store: &Path, table: &str) -> Vec<Row> {
    files(store, table).iter().flat_map(|path| read(path)).collect()
}

/// A decimal cell in fen.
pub fn fen(row: &Row, column: &str) -> i128 {
    let text = row.get(column).unwrap_or_else(|| panic!("no column {column}"));
    i128::from(medsettle::money::yuan::parse_scaled(text.as_bytes(), 2).unwrap())
}
