//! Days, moments, spans and benefit years.
//!
//! Owns: dates without a zone (everything is Beijing time as written by the sender) and the half-open span.
//! Knows no clock: which day it is always comes in as an argument.

use std::fmt;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

/// A calendar day, as days since 1970-01-01.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug, Serialize, Deserialize,
)]
pub struct Date(i32);

impl Date {
    /// Later than any day a file can name: the end of an open span.
    pub const FOREVER: Date = Date(i32::MAX);
    /// 1900-01-01: the earliest day a file can name.
    pub const EARLIEST: Date = Date(-25_567);

    pub const fn from_days(days: i32) -> Date {
        Date(days)
    }

    /// Days since 1970-01-01, as Parquet's DATE.
    pub const fn days(self) -> i32 {
        self.0
    }

    pub fn from_ymd(year: i32, month: u32, day: u32) -> Option<Date> {
        NaiveDate::from_ymd_opt(year, month, day).map(Date::from)
    }

    /// Reads `YYYY-MM-DD`, nothing else; years 1900 to 2999.
    pub fn parse(text: &[u8]) -> Option<Date> {
        let [y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1] = text else { return None };
        let year = i32::try_from(number(&[*y0, *y1, *y2, *y3])?).ok()?;
        if !(1900..3000).contains(&year) {
            return None;
        }
        Date::from_ymd(year, number(&[*m0, *m1])?, number(&[*d0, *d1])?)
    }

    pub fn civil(self) -> NaiveDate {
        NaiveDate::from_epoch_days(self.0).unwrap_or(NaiveDate::MAX)
    }

    pub const fn next(self) -> Date {
        Date(self.0.saturating_add(1))
    }

    pub const fn previous(self) -> Date {
        Date(self.0.saturating_sub(1))
    }

    /// Days from `earlier` to this day.
    pub const fn days_since(self, earlier: Date) -> i32 {
        self.0.saturating_sub(earlier.0)
    }

    /// Whole months from `start` to this day; negative when `start` is later.
    pub fn months_since(self, start: Date) -> i32 {
        let (now, then) = (self.civil(), start.civil());
        let months = |d: NaiveDate| d.year() * 12 + d.month0().cast_signed();
        months(now) - months(then) - i32::from(now.day() < then.day())
    }

    /// The same day so many months later, or that month's last.
    pub fn plus_months(self, months: u32) -> Date {
        self.civil()
            .checked_add_months(chrono::Months::new(months))
            .map_or(Date::FOREVER, Date::from)
    }

    /// The same day so many years later (or earlier); 28 February for a leap day that is not there.
    pub fn plus_years(self, years: i32) -> Date {
        let civil = self.civil();
        let day = |day| Date::from_ymd(civil.year() + years, civil.month(), day);
        day(civil.day()).or_else(|| day(28)).unwrap_or(self)
    }

    /// Whole years from `birth` to this day.
    pub fn age_since(self, birth: Date) -> i32 {
        let (now, born) = (self.civil(), birth.civil());
        let before_birthday = (now.month(), now.day()) < (born.month(), born.day());
        now.year() - born.year() - i32::from(before_birthday)
    }
}

impl From<NaiveDate> for Date {
    fn from(date: NaiveDate) -> Date {
        Date(date.to_epoch_days())
    }
}

impl Date {
    /// Writes `YYYY-MM-DD` into `buffer` and returns it; nothing for [`Date::FOREVER`].
    pub fn text(self, buffer: &mut [u8; 10]) -> &str {
        if self == Date::FOREVER {
            return "";
        }
        let civil = self.civil();
        *buffer = *b"0000-00-00";
        put(&mut buffer[..4], civil.year().unsigned_abs());
        put(&mut buffer[5..7], civil.month());
        put(&mut buffer[8..], civil.day());
        std::str::from_utf8(buffer).unwrap_or("")
    }
}

/// Writes a number's last digits, as many as fit.
fn put(digits: &mut [u8], mut number: u32) {
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.text(&mut [0; 10]))
    }
}

fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |value, &byte| {
        byte.is_ascii_digit().then(|| value * 10 + u32::from(byte - b'0'))
    })
}

/// A moment as the sender wrote it, in seconds since 1970-01-01 00:00:00 of the same (Beijing) clock.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug, Serialize, Deserialize,
)]
pub struct Moment(i64);

impl Moment {
    /// Reads `YYYY-MM-DD HH:MM:SS`, or a bare date as its midnight.
    pub fn parse(text: &[u8]) -> Option<Moment> {
        if text.len() == 10 {
            return Date::parse(text).map(Moment::midnight);
        }
        let (date, time) = text.split_at_checked(10)?;
        let [b' ' | b'T', h0, h1, b':', m0, m1, b':', s0, s1] = time else { return None };
        let (hour, minute, second) =
            (number(&[*h0, *h1])?, number(&[*m0, *m1])?, number(&[*s0, *s1])?);
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let seconds = i64::from(hour * 3600 + minute * 60 + second);
        Some(Moment(Moment::midnight(Date::parse(date)?).0 + seconds))
    }

    pub const fn midnight(date: Date) -> Moment {
        Moment(date.0 as i64 * 86_400)
    }

    pub const fn date(self) -> Date {
        // A moment is made from a date, whose day fits.
        #[expect(clippy::cast_possible_truncation, reason = "see above")]
        Date(self.0.div_euclid(86_400) as i32)
    }

    /// Microseconds, as Parquet's zone-less TIMESTAMP.
    pub const fn micros(self) -> i64 {
        self.0 * 1_000_000
    }

    pub const fn from_micros(micros: i64) -> Moment {
        Moment(micros.div_euclid(1_000_000))
    }

    pub fn month(self) -> u32 {
        self.date().civil().month()
    }

    /// Writes `YYYY-MM-DD HH:MM:SS` into `buffer` and returns it.
    pub fn text(self, buffer: &mut [u8; 19]) -> &str {
        let mut day = [0; 10];
        *buffer = *b"0000-00-00 00:00:00";
        let written = self.date().text(&mut day).len();
        buffer[..written].copy_from_slice(&day[..written]);
        let second = u32::try_from(self.0.rem_euclid(86_400)).unwrap_or(0);
        put(&mut buffer[11..13], second / 3600);
        put(&mut buffer[14..16], second / 60 % 60);
        put(&mut buffer[17..], second % 60);
        std::str::from_utf8(buffer).unwrap_or("")
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.text(&mut [0; 19]))
    }
}

/// Days from `from` up to but not including `until`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct DateSpan {
    pub from: Date,
    pub until: Date,
}

impl DateSpan {
    /// From a file's inclusive first and last day; no last day = open. `None` when the last is before the first.
    pub fn inclusive(from: Date, last: Option<Date>) -> Option<DateSpan> {
        let until = last.map_or(Date::FOREVER, Date::next);
        (from < until).then_some(DateSpan { from, until })
    }

    pub fn contains(&self, day: Date) -> bool {
        self.from <= day && day < self.until
    }

    /// Whether any day of `first..=last` lies inside.
    pub fn meets(&self, first: Date, last: Date) -> bool {
        self.from <= last && first < self.until
    }

    pub fn overlaps(&self, other: &DateSpan) -> bool {
        self.from < other.until && other.from < self.until
    }
}

/// The year over which a pooling region counts deductibles and ceilings; it need not start on 1 January.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug, Serialize, Deserialize,
)]
pub struct BenefitYear {
    first_day: Date,
}

impl BenefitYear {
    /// The benefit year that contains `day`, where years start on `month`-`first` (1 July: 7, 1).
    pub fn containing(day: Date, month: u32, first: u32) -> BenefitYear {
        let civil = day.civil();
        let start = |year| Date::from_ymd(year, month, first).unwrap_or_default();
        let this = start(civil.year());
        let first_day = if day < this { start(civil.year() - 1) } else { this };
        BenefitYear { first_day }
    }

    pub const fn starting(first_day: Date) -> BenefitYear {
        BenefitYear { first_day }
    }

    pub const fn first_day(self) -> Date {
        self.first_day
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        Date::parse(text.as_bytes()).unwrap_or_default()
    }

    #[test]
    fn impossible_days_do_not_parse() {
        for text in ["2025-02-29", "2026-13-01", "0000-01-01", "2026-1-1", "20260101", ""] {
            assert_eq!(Date::parse(text.as_bytes()), None, "{text}");
        }
        assert_eq!(day("2024-02-29").to_string(), "2024-02-29");
        assert_eq!(Moment::parse(b"2026-03-10 24:00:00"), None);
        let noon = Moment::parse(b"2026-03-10 12:00:01").unwrap_or_default();
        assert_eq!((noon.to_string().as_str(), noon.month()), ("2026-03-10 12:00:01", 3));
    }

    #[test]
    fn benefit_year_may_start_in_july() {
        let of = |text| BenefitYear::containing(day(text), 7, 1).first_day().to_string();
        assert_eq!(of("2026-06-30"), "2025-07-01");
        assert_eq!(of("2026-07-01"), "2026-07-01");
    }

    #[test]
    fn age_turns_on_the_birthday() {
        assert_eq!(day("2026-03-09").age_since(day("1956-03-10")), 69);
        assert_eq!(day("2026-03-10").age_since(day("1956-03-10")), 70);
    }

    #[test]
    fn spans_are_inclusive_in_files_and_half_open_inside() {
        let span = DateSpan::inclusive(day("2026-01-01"), Some(day("2026-01-31")));
        assert!(span.is_some_and(|s| s.contains(day("2026-01-31"))));
        assert!(span.is_some_and(|s| !s.contains(day("2026-02-01"))));
        assert_eq!(DateSpan::inclusive(day("2026-01-02"), Some(day("2026-01-01"))), None);
    }
}
