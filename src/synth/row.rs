//! Rows: cells appended to one reused buffer, without a format string. Values never hold a comma or
//! a quote.

use crate::calendar::Date;
use crate::money::{Fen, yuan};

/// Rows being written; each method appends one cell.
#[derive(Debug, Default)]
pub struct Rows {
    bytes: Vec<u8>,
}

impl Rows {
    pub fn with_header(header: &[&str]) -> Rows {
        let mut rows = Rows::default();
        for name in header {
            rows.text(name);
        }
        rows.end();
        rows
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    pub fn clear(&mut self) {
        self.bytes.clear();
    }

    /// Rows made elsewhere, whole.
    pub fn append(&mut self, rows: &[u8]) {
        self.bytes.extend_from_slice(rows);
    }

    pub fn text(&mut self, text: &str) {
        self.ascii(text.as_bytes());
    }

    pub fn ascii(&mut self, text: &[u8]) {
        self.bytes.extend_from_slice(text);
        self.bytes.push(b',');
    }

    /// Several texts in one cell.
    pub fn joined(&mut self, texts: &[&str]) {
        for text in texts {
            self.bytes.extend_from_slice(text.as_bytes());
        }
        self.bytes.push(b',');
    }

    pub fn empty(&mut self) {
        self.bytes.push(b',');
    }

    pub fn number(&mut self, value: u64) {
        push_number(&mut self.bytes, value, 1);
        self.bytes.push(b',');
    }

    /// A number with at least `width` digits.
    pub fn digits(&mut self, value: u64, width: usize) {
        push_number(&mut self.bytes, value, width);
        self.bytes.push(b',');
    }

    pub fn fen(&mut self, amount: Fen) {
        let mut buffer = [0; 24];
        self.text(yuan::text(amount.get(), &mut buffer));
    }

    /// A non-negative value in units of 10^-`decimals`, with at least `least` decimals.
    pub fn scaled(&mut self, value: i64, decimals: u32, least: u32) {
        let (mut value, mut decimals) = (value.unsigned_abs(), decimals);
        while decimals > least && value.is_multiple_of(10) {
            value /= 10;
            decimals -= 1;
        }
        let unit = 10u64.pow(decimals);
        push_number(&mut self.bytes, value / unit, 1);
        if decimals > 0 {
            self.bytes.push(b'.');
            push_number(&mut self.bytes, value % unit, decimals as usize);
        }
        self.bytes.push(b',');
    }

    pub fn date(&mut self, date: Date) {
        push_date(&mut self.bytes, date);
        self.bytes.push(b',');
    }

    /// A day that may be open.
    pub fn last_day(&mut self, date: Option<Date>) {
        match date {
            Some(date) => self.date(date),
            None => self.empty(),
        }
    }

    pub fn moment(&mut self, date: Date, second: u32) {
        push_date(&mut self.bytes, date);
        for (mark, part) in [(b' ', second / 3600), (b':', second / 60 % 60), (b':', second % 60)] {
            self.bytes.push(mark);
            push_number(&mut self.bytes, u64::from(part), 2);
        }
        self.bytes.push(b',');
    }

    /// Ends the row.
    pub fn end(&mut self) {
        if let Some(last) = self.bytes.last_mut() {
            *last = b'\n';
        }
    }
}

/// Appends `value` with at least `width` digits.
pub fn push_number(bytes: &mut Vec<u8>, value: u64, width: usize) {
    let mut digits = [b'0'; 20];
    let mut at = digits.len();
    let mut rest = value;
    while rest > 0 || digits.len() - at < width.min(digits.len()) {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    bytes.extend_from_slice(&digits[at..]);
}

fn push_date(bytes: &mut Vec<u8>, date: Date) {
    let (year, month, day) = civil(date);
    push_number(bytes, u64::from(year), 4);
    bytes.push(b'-');
    push_number(bytes, u64::from(month), 2);
    bytes.push(b'-');
    push_number(bytes, u64::from(day), 2);
}

/// Year, month and day: arithmetic on 400-year eras that begin in March, several times faster than
/// going through a calendar type.
pub fn civil(date: Date) -> (u32, u32, u32) {
    let days = i64::from(date.days()) + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march + 2) / 5 + 1;
    let month = if march < 10 { march + 3 } else { march - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    let narrow = |value: i64| u32::try_from(value).unwrap_or(0);
    (narrow(year), narrow(month), narrow(day))
}

/// `date` moved by `days`.
pub fn moved(date: Date, days: i32) -> Date {
    Date::from_days(date.days().saturating_add(days))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_what_the_interface_writes() {
        let mut rows = Rows::default();
        rows.scaled(12_500, 4, 0);
        rows.scaled(20_000, 4, 0);
        rows.scaled(3_333_300, 6, 2);
        rows.scaled(80_500_000, 6, 2);
        rows.fen(Fen::new(-5));
        rows.number(0);
        rows.moment(Date::from_ymd(2026, 3, 9).unwrap_or_default(), 3 * 3600 + 61);
        rows.end();
        let expected = b"1.25,2,3.3333,80.50,-0.05,0,2026-03-09 03:01:01\n";
        assert_eq!(rows.bytes(), expected);
    }

    #[test]
    fn days_agree_with_the_calendar() {
        for days in (-36_525..60_000).step_by(17) {
            let date = Date::from_days(days);
            let (year, month, day) = civil(date);
            assert_eq!(date.to_string(), format!("{year:04}-{month:02}-{day:02}"));
        }
    }
}
