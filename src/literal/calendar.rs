//! Days: whole years and months, benefit years, the parts of a stay over a year's end.
//!
//! Owns date arithmetic. Must know nothing of amounts but that a fee is divided by days.

use chrono::{Datelike, Days, Months, NaiveDate};
use rust_decimal::Decimal;

use super::claim::Fee;
use super::figures::round;
use super::file::{YearStart, YearStarts};

/// Whole months from one day to another; negative spans count as none.
pub(super) fn whole_months(from: NaiveDate, to: NaiveDate) -> i64 {
    let months = i64::from(to.year() - from.year()) * 12 + i64::from(to.month())
        - i64::from(from.month())
        - i64::from(to.day() < from.day());
    months.max(0)
}

/// Whole years from one day to another; negative spans count as none.
pub(super) fn whole_years(from: NaiveDate, to: NaiveDate) -> i64 {
    whole_months(from, to) / 12
}

/// A day so many months later; the last day of a month where the day is missing in it.
pub(super) fn later(day: NaiveDate, months: u32) -> NaiveDate {
    day.checked_add_months(Months::new(months)).unwrap_or(NaiveDate::MAX)
}

/// First day of the benefit year that contains `on`.
///
/// The document says that a dated `year_starts` may lengthen the year in which it changes. Read so: where the entry in force gives a
/// first day before the entry itself began to hold, no year began then, and the year that ran before goes on.
pub(super) fn year_of(starts: Option<&YearStarts>, on: NaiveDate) -> Result<NaiveDate, String> {
    match starts {
        None => latest("01-01", on),
        Some(YearStarts::Always(starts)) => latest(starts, on),
        Some(YearStarts::Dated(entries)) => dated_year(entries, on),
    }
}

fn dated_year(entries: &[YearStart], on: NaiveDate) -> Result<NaiveDate, String> {
    let mut entries: Vec<&YearStart> = entries.iter().collect();
    entries.sort_by_key(|entry| entry.from);
    let Some(first) = entries.first() else { return latest("01-01", on) };
    let index = entries.iter().rposition(|entry| entry.from.0 <= on);
    let Some(index) = index else { return latest(&first.starts, on) };
    let begins = latest(&entries[index].starts, on)?;
    if index == 0 || begins >= entries[index].from.0 {
        return Ok(begins);
    }
    let before = entries[index].from.0.pred_opt().ok_or("no day before")?;
    let earlier: Vec<YearStart> = entries[..index].iter().map(|entry| (*entry).clone()).collect();
    dated_year(&earlier, before)
}

/// The last `month-day` on or before a day.
fn latest(starts: &str, on: NaiveDate) -> Result<NaiveDate, String> {
    let wrong = || format!("{starts:?} is no first day of a year");
    let (month, day) = starts.split_once('-').ok_or_else(wrong)?;
    let month: u32 = month.parse().map_err(|_| wrong())?;
    let day: u32 = day.parse().map_err(|_| wrong())?;
    let of = |year| NaiveDate::from_ymd_opt(year, month, day).ok_or_else(wrong);
    let this = of(on.year())?;
    if this <= on { Ok(this) } else { of(on.year() - 1) }
}

/// Number of a month within a benefit year: that of the calendar, numbered on by 12 for every whole twelve months since the year began.
pub(super) fn month_number(year: NaiveDate, on: NaiveDate) -> i64 {
    i64::from(on.month()) + 12 * whole_years(year, on)
}

/// Days of a stay: nights; the day of discharge counts only where it is the only one.
pub(super) fn stay_days(begin: NaiveDate, end: NaiveDate) -> i64 {
    (end - begin).num_days().max(1)
}

/// Days of a stay by benefit year, in order.
pub(super) fn days_by_year(
    starts: Option<&YearStarts>,
    begin: NaiveDate,
    end: NaiveDate,
) -> Result<Vec<(NaiveDate, i64)>, String> {
    let mut parts: Vec<(NaiveDate, i64)> = Vec::new();
    for number in 0..stay_days(begin, end) {
        let day = begin.checked_add_days(Days::new(number.unsigned_abs())).ok_or("no such day")?;
        let year = year_of(starts, day)?;
        match parts.last_mut() {
            Some((last, days)) if *last == year => *days += 1,
            _ => parts.push((year, 1)),
        }
    }
    Ok(parts)
}

/// Divides a fee in proportion to days; the last part takes what is left of each component.
pub(super) fn divide(fee: &Fee, days: &[i64]) -> Vec<Fee> {
    let all: i64 = days.iter().sum();
    let mut left = *fee;
    let mut parts = Vec::new();
    for (index, own) in days.iter().enumerate() {
        let last = index + 1 == days.len();
        let take = |whole: Decimal, left: &mut Decimal| {
            let share = round(whole * Decimal::from(*own) / Decimal::from(all));
            let part = if last { *left } else { share.min(*left) };
            *left -= part;
            part
        };
        parts.push(Fee {
            in_scope: take(fee.in_scope, &mut left.in_scope),
            pre_self_pay: take(fee.pre_self_pay, &mut left.pre_self_pay),
            over_limit: take(fee.over_limit, &mut left.over_limit),
            full_self_pay: take(fee.full_self_pay, &mut left.full_self_pay),
            institution: take(fee.institution, &mut left.institution),
        });
    }
    parts
}
