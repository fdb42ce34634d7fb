//! CSV for people: UTF-8 with BOM (Excel on Chinese Windows needs it), national field names in the first row.
//!
//! Text cells that a spreadsheet would run as a formula get a leading apostrophe (CWE-1236); numbers never do.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::money::{Fen, yuan};

use super::ReportError;

/// One CSV file being written.
pub struct Sheet {
    writer: csv::Writer<BufWriter<File>>,
    path: PathBuf,
    rows: u64,
}

/// One cell.
pub enum Cell<'a> {
    Text(&'a str),
    Owned(String),
    Money(Fen),
    Wide(i128),
    Count(u64),
}

impl Sheet {
    /// # Errors
    /// I/O.
    pub fn create(path: &Path, header: &[&str]) -> Result<Sheet, ReportError> {
        let io = |source| ReportError::Io { path: path.to_owned(), source };
        let mut file = BufWriter::with_capacity(1 << 16, File::create(path).map_err(io)?);
        file.write_all(b"\xef\xbb\xbf").map_err(io)?;
        let writer = csv::Writer::from_writer(file);
        let mut sheet = Sheet { writer, path: path.to_owned(), rows: 0 };
        sheet.writer.write_record(header).map_err(|error| sheet.failed(error))?;
        Ok(sheet)
    }

    fn failed(&self, error: csv::Error) -> ReportError {
        ReportError::Io { path: self.path.clone(), source: std::io::Error::other(error) }
    }

    /// # Errors
    /// I/O.
    pub fn row(&mut self, cells: &[Cell<'_>]) -> Result<(), ReportError> {
        let mut buffer = [0; 24];
        for cell in cells {
            let written = match cell {
                Cell::Text(text) => self.writer.write_field(guarded(text).as_bytes()),
                Cell::Owned(text) => self.writer.write_field(guarded(text).as_bytes()),
                Cell::Money(fen) => self.writer.write_field(yuan::text(fen.get(), &mut buffer)),
                Cell::Wide(fen) => self.writer.write_field(yuan::wide(*fen)),
                Cell::Count(count) => self.writer.write_field(count.to_string()),
            };
            written.map_err(|error| self.failed(error))?;
        }
        let none: [&[u8]; 0] = [];
        self.writer.write_record(none).map_err(|error| self.failed(error))?;
        self.rows += 1;
        Ok(())
    }

    /// Ends the file; gives its rows.
    ///
    /// # Errors
    /// I/O.
    pub fn close(mut self) -> Result<u64, ReportError> {
        let path = self.path.clone();
        self.writer.flush().map_err(|source| ReportError::Io { path, source })?;
        Ok(self.rows)
    }
}

/// A text that no spreadsheet takes for a formula.
pub fn guarded(text: &str) -> std::borrow::Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}").into()
    } else {
        text.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_disarmed_in_text_only() {
        assert_eq!(guarded("=cmd|'/c calc'!A1"), "'=cmd|'/c calc'!A1");
        assert_eq!(guarded("S1"), "S1");
        let path = std::env::temp_dir().join(format!("medsettle-sheet-{}", std::process::id()));
        let written = Sheet::create(&path, &["a", "b"]).and_then(|mut sheet| {
            sheet.row(&[Cell::Text("+1"), Cell::Money(Fen::new(-1250))])?;
            sheet.close()
        });
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let _ = std::fs::remove_file(&path);
        assert_eq!(written.ok(), Some(1));
        assert_eq!(text, "\u{feff}a,b\n'+1,-12.50\n");
    }
}
