//! CSV for people: UTF-8 with BOM (Excel on Chinese Windows needs it), national field names in the first row.
//!
//! Text cells that a spreadsheet would run as a formula get a leading apostrophe (CWE-1236); numbers never do.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::calendar::{Date, Moment};
use crate::money::{Fen, yuan};

use super::ReportError;

/// Bytes gathered before they are written.
const BUFFER: usize = 1 << 17;

/// One CSV file being written.
///
/// Its own writer rather than the csv crate's: a night's detail is two rows of 45 cells a record, and formatting them took five times
/// as long through it. What it must know is small: comma, quotes doubled, LF.
pub struct Sheet {
    file: File,
    path: PathBuf,
    bytes: Vec<u8>,
    rows: u64,
}

/// One cell.
pub enum Cell<'a> {
    Text(&'a str),
    Owned(String),
    Money(Fen),
    Wide(i128),
    Count(u64),
    Day(Date),
    Time(Moment),
}

impl Sheet {
    /// # Errors
    /// I/O.
    pub fn create(path: &Path, header: &[&str]) -> Result<Sheet, ReportError> {
        let io = |source| ReportError::Io { path: path.to_owned(), source };
        let file = File::create(path).map_err(io)?;
        let mut bytes = Vec::with_capacity(BUFFER + (1 << 12));
        bytes.extend_from_slice(b"\xef\xbb\xbf");
        let mut sheet = Sheet { file, path: path.to_owned(), bytes, rows: 0 };
        let names: Vec<Cell<'_>> = header.iter().map(|name| Cell::Text(name)).collect();
        sheet.cells(&names)?;
        Ok(sheet)
    }

    /// # Errors
    /// I/O.
    pub fn row(&mut self, cells: &[Cell<'_>]) -> Result<(), ReportError> {
        self.rows += 1;
        self.cells(cells)
    }

    fn cells(&mut self, cells: &[Cell<'_>]) -> Result<(), ReportError> {
        for (place, cell) in cells.iter().enumerate() {
            if place > 0 {
                self.bytes.push(b',');
            }
            self.cell(cell);
        }
        self.bytes.push(b'\n');
        if self.bytes.len() >= BUFFER { self.flush() } else { Ok(()) }
    }

    fn cell(&mut self, cell: &Cell<'_>) {
        let out = &mut self.bytes;
        match cell {
            Cell::Text(text) => quote(out, &guarded(text)),
            Cell::Owned(text) => quote(out, &guarded(text)),
            Cell::Money(fen) => {
                out.extend_from_slice(yuan::text(fen.get(), &mut [0; 24]).as_bytes());
            }
            Cell::Wide(fen) => out.extend_from_slice(yuan::wide(*fen).as_bytes()),
            Cell::Count(count) => out.extend_from_slice(count.to_string().as_bytes()),
            Cell::Day(day) => out.extend_from_slice(day.text(&mut [0; 10]).as_bytes()),
            Cell::Time(time) => out.extend_from_slice(time.text(&mut [0; 19]).as_bytes()),
        }
    }

    fn flush(&mut self) -> Result<(), ReportError> {
        let written = self.file.write_all(&self.bytes);
        self.bytes.clear();
        written.map_err(|source| ReportError::Io { path: self.path.clone(), source })
    }

    /// Ends the file; gives its rows.
    ///
    /// # Errors
    /// I/O.
    pub fn close(mut self) -> Result<u64, ReportError> {
        self.flush()?;
        Ok(self.rows)
    }
}

/// Writes a text cell, in quotes where it must be.
fn quote(out: &mut Vec<u8>, text: &str) {
    if !text.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r')) {
        return out.extend_from_slice(text.as_bytes());
    }
    out.push(b'"');
    for byte in text.bytes() {
        if byte == b'"' {
            out.push(b'"');
        }
        out.push(byte);
    }
    out.push(b'"');
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
            sheet.row(&[Cell::Text("a \"b\", c"), Cell::Count(7)])?;
            sheet.close()
        });
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let _ = std::fs::remove_file(&path);
        assert_eq!(written.ok(), Some(2));
        assert_eq!(text, "\u{feff}a,b\n'+1,-12.50\n\"a \"\"b\"\", c\",7\n");
    }
}
