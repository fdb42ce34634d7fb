//! Rows of CSV files, numbers and days, read as the formats page describes them.

use std::path::Path;

use chrono::{NaiveDate, NaiveDateTime};
use rust_decimal::{Decimal, RoundingStrategy};

/// A file's header and its rows, each with the line on which it stands.
pub struct Table {
    pub header: Vec<String>,
    pub rows: Vec<Line>,
}

/// One row.
pub struct Line {
    pub number: u64,
    pub cells: Vec<Vec<u8>>,
}

impl Table {
    /// Reads CSV bytes; `None` when they are no CSV.
    pub fn parse(bytes: &[u8]) -> Option<Table> {
        let mut reader =
            csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
        let mut rows = Vec::new();
        for record in reader.byte_records() {
            let record = record.ok()?;
            let number = record.position().unwrap().line();
            rows.push(Line { number, cells: record.iter().map(<[u8]>::to_vec).collect() });
        }
        if rows.is_empty() {
            return None;
        }
        let header = rows.remove(0).cells;
        let header = header.iter().map(|cell| String::from_utf8_lossy(cell).into_owned());
        Some(Table { header: header.collect(), rows })
    }

    /// All rows of a reference file in several folders; a folder may lack it.
    pub fn gather(folders: &[std::path::PathBuf], name: &str, mut each: impl FnMut(&View<'_>)) {
        for folder in folders {
            let Ok(bytes) = std::fs::read(Path::new(folder).join(name)) else { continue };
            let Some(table) = Table::parse(&bytes) else { continue };
            for line in &table.rows {
                each(&table.view(line));
            }
        }
    }

    pub fn view<'a>(&'a self, line: &'a Line) -> View<'a> {
        View { table: self, line }
    }
}

/// A row seen through its header.
pub struct View<'a> {
    table: &'a Table,
    pub line: &'a Line,
}

impl<'a> View<'a> {
    /// The bytes of a cell; empty where the column is missing.
    pub fn bytes(&self, column: &str) -> &'a [u8] {
        let at = self.table.header.iter().position(|name| name == column);
        at.and_then(|at| self.line.cells.get(at)).map_or(&[], Vec::as_slice)
    }

    /// A cell of a reference file.
    pub fn text(&self, column: &str) -> &'a str {
        std::str::from_utf8(self.bytes(column)).unwrap().trim()
    }

    pub fn owned(&self, column: &str) -> String {
        self.text(column).to_owned()
    }

    /// A cell that may be empty.
    pub fn may(&self, column: &str) -> Option<String> {
        Some(self.owned(column)).filter(|text| !text.is_empty())
    }

    /// `begndate` to `enddate`, both inclusive.
    pub fn span(&self) -> Span {
        let last = self.may("enddate").map(|text| day(&text).unwrap());
        Span { first: day(self.text("begndate")).unwrap(), last }
    }
}

/// Days from the first to the last, both inclusive; no last day is open.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    pub first: NaiveDate,
    pub last: Option<NaiveDate>,
}

impl Span {
    pub fn holds(self, day: NaiveDate) -> bool {
        self.first <= day && self.last.is_none_or(|last| day <= last)
    }

    /// Whether the span and `first..=last` share a day.
    pub fn meets(self, first: NaiveDate, last: NaiveDate) -> bool {
        self.first <= last && self.last.is_none_or(|end| first <= end)
    }
}

/// `YYYY-MM-DD`.
pub fn day(text: &str) -> Option<NaiveDate> {
    let shape = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    let day = shape.then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()).flatten()?;
    ("1900-01-01".."3000-01-01").contains(&text).then_some(day)
}

/// `YYYY-MM-DD HH:MM:SS`; a bare day is its midnight.
pub fn time(text: &str) -> Option<NaiveDateTime> {
    if text.len() == 10 {
        return day(text)?.and_hms_opt(0, 0, 0);
    }
    let date = day(text.get(..10)?)?;
    let clock = text.get(10..)?.strip_prefix([' ', 'T'])?;
    let shape = clock.len() == 8
        && clock.bytes().enumerate().all(|(at, byte)| match at {
            2 | 5 => byte == b':',
            _ => byte.is_ascii_digit(),
        });
    if !shape {
        return None;
    }
    let part = |at: usize| clock[at..at + 2].parse::<u32>().unwrap();
    date.and_hms_opt(part(0), part(3), part(6))
}

/// A plain decimal number with at most so many places that are not zero.
pub fn number(text: &str, places: u32) -> Option<Decimal> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !all_digits(whole) || !all_digits(part) || whole.len() + part.len() == 0 {
        return None;
    }
    let kept = part.trim_end_matches('0');
    if kept.len() > places as usize {
        return None;
    }
    let value: Decimal = format!("0{whole}.{kept}0").parse().ok()?;
    let largest = Decimal::from_i128_with_scale(i128::from(i64::MAX), places);
    (value <= largest).then_some(if text.starts_with('-') { -value } else { value })
}

/// The largest magnitude of an amount.
pub fn largest() -> Decimal {
    "99999999999999.99".parse().unwrap()
}

/// An amount in yuan.
pub fn yuan(text: &str) -> Option<Decimal> {
    number(text, 2).filter(|amount| amount.abs() <= largest())
}

/// Half-up on the magnitude, to the fen.
pub fn round(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}
