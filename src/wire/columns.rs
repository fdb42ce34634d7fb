//! Which column of a file holds which field.

use csv::ByteRecord;

use crate::claim::{Code, Finding};

/// Positions of known fields in a file, by the caller's own field numbers.
#[derive(Clone, Debug)]
pub struct ColumnMap {
    positions: Vec<Option<usize>>,
    width: usize,
}

/// The columns a file may have: required first.
#[derive(Clone, Copy, Debug)]
pub struct Columns {
    /// Must stand in the header; their numbers are their places here.
    pub required: &'static [&'static str],
    /// May stand in the header; numbered after the required ones.
    pub optional: &'static [&'static str],
    /// Accepted and not read.
    pub ignored: &'static [&'static str],
}

/// A header with more columns is not one of ours.
const MAX_COLUMNS: usize = 256;

impl ColumnMap {
    /// Maps a header.
    ///
    /// # Errors
    /// Every unknown, repeated and missing column.
    pub fn new(
        header: &ByteRecord,
        columns: Columns,
        file: &str,
    ) -> Result<ColumnMap, Vec<Finding>> {
        if header.len() > MAX_COLUMNS {
            return Err(vec![
                Finding::new(Code::UnknownColumn)
                    .at(file, 1)
                    .found(header.len())
                    .expected(format!("at most {MAX_COLUMNS} columns")),
            ]);
        }
        let names: Vec<&str> = columns.required.iter().chain(columns.optional).copied().collect();
        let mut positions = vec![None; names.len()];
        let mut findings = Vec::new();
        let mut seen: Vec<String> = Vec::new();
        for (position, cell) in header.iter().enumerate() {
            let name = String::from_utf8_lossy(cell).trim().to_owned();
            let wrong = |code| Finding::new(code).at(file, 1).field(&name);
            if seen.contains(&name) {
                findings.push(wrong(Code::RepeatedColumn));
                continue;
            }
            match names.iter().position(|known| *known == name) {
                Some(number) => positions[number] = Some(position),
                None if columns.ignored.contains(&name.as_str()) => {}
                None => findings.push(wrong(Code::UnknownColumn)),
            }
            seen.push(name);
        }
        for (number, name) in columns.required.iter().enumerate() {
            if positions[number].is_none() {
                findings.push(Finding::new(Code::MissingColumn).at(file, 1).field(name));
            }
        }
        if findings.is_empty() {
            Ok(ColumnMap { positions, width: header.len() })
        } else {
            Err(findings)
        }
    }

    /// The cell of field `number`; empty where the file has no such column.
    pub fn cell<'a>(&self, row: &'a ByteRecord, number: usize) -> &'a [u8] {
        self.positions
            .get(number)
            .copied()
            .flatten()
            .and_then(|position| row.get(position))
            .map_or(&[], trimmed)
    }

    /// Number of fields a row must have.
    pub fn width(&self) -> usize {
        self.width
    }
}

fn trimmed(cell: &[u8]) -> &[u8] {
    cell.trim_ascii()
}
