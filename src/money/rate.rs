//! An exact share between 0 and 1.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Fen, rounding, yuan};

/// A share in millionths, 0..=1_000_000: holds the interface's numeric(5,4) and per cents with up to four decimals.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug, Serialize, Deserialize,
)]
pub struct Rate(u32);

impl Rate {
    pub const ZERO: Rate = Rate(0);
    pub const ONE: Rate = Rate(1_000_000);

    /// `None` above one.
    pub const fn from_millionths(millionths: u32) -> Option<Rate> {
        if millionths <= 1_000_000 { Some(Rate(millionths)) } else { None }
    }

    pub const fn millionths(self) -> u32 {
        self.0
    }

    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Reads a fraction as the interface writes it, `0.1000`.
    pub fn from_fraction(text: &[u8]) -> Option<Rate> {
        let value = yuan::parse_scaled(text, 6).ok()?;
        Rate::from_millionths(u32::try_from(value).ok()?)
    }

    /// Reads a per cent as policies write it, `92.2`.
    pub fn from_percent(text: &str) -> Option<Rate> {
        let value = yuan::parse_scaled(text.as_bytes(), 4).ok()?;
        Rate::from_millionths(u32::try_from(value).ok()?)
    }

    /// This share of `amount`, rounded half-up to the fen.
    pub fn of(self, amount: Fen) -> Fen {
        // A rate is at most one, so the result is never larger than the amount.
        match rounding::product_over(amount.get(), i64::from(self.0), 1_000_000) {
            Some(fen) => Fen::new(fen),
            None => amount,
        }
    }

    /// The smallest amount whose share reaches `paid`: where a cap falls inside a segment.
    pub fn amount_reaching(self, paid: Fen) -> Fen {
        if self.0 == 0 {
            return paid;
        }
        let wide = rounding::divide(i128::from(paid.get()) * 1_000_000, i128::from(self.0));
        Fen::new(i64::try_from(wide).unwrap_or(i64::MAX))
    }

    /// Lower by `points`, never below zero.
    pub fn minus_points(self, points: Rate) -> Rate {
        Rate(self.0.saturating_sub(points.0))
    }

    /// Whether the product of two shares is a whole number of millionths.
    pub fn times_exactly(self, other: Rate) -> bool {
        (u64::from(self.0) * u64::from(other.0)).is_multiple_of(1_000_000)
    }

    /// The product of two shares; exact when both have at most three decimals, else rounded half-up to a millionth.
    pub fn times(self, other: Rate) -> Rate {
        let product = u64::from(self.0) * u64::from(other.0);
        Rate(u32::try_from((product + 500_000) / 1_000_000).unwrap_or(1_000_000))
    }
}

impl fmt::Display for Rate {
    /// As a per cent without trailing zeros: `92.2%`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = self.0 / 10_000;
        let part = format!("{:04}", self.0 % 10_000);
        let part = part.trim_end_matches('0');
        if part.is_empty() { write!(f, "{whole}%") } else { write!(f, "{whole}.{part}%") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_fractions_and_per_cents() {
        assert_eq!(Rate::from_fraction(b"0.0500"), Rate::from_millionths(50_000));
        assert_eq!(Rate::from_fraction(b"1"), Some(Rate::ONE));
        assert_eq!(Rate::from_fraction(b"1.0001"), None);
        assert_eq!(Rate::from_percent("92.2").map(|r| r.to_string()), Some("92.2%".into()));
        assert_eq!(Rate::from_percent("-1"), None);
    }

    #[test]
    fn points_and_factor_are_different_things() {
        let rate = Rate::from_percent("92").unwrap_or_default();
        let ten = Rate::from_percent("10").unwrap_or_default();
        let ninety = Rate::from_percent("90").unwrap_or_default();
        assert_eq!(rate.minus_points(ten).to_string(), "82%");
        assert_eq!(rate.times(ninety).to_string(), "82.8%");
    }

    #[test]
    fn published_sample_rounds_half_up() {
        let rate = Rate::from_fraction(b"0.05").unwrap_or_default();
        assert_eq!(rate.of(Fen::new(452)), Fen::new(23));
        assert_eq!(rate.of(Fen::new(-452)), Fen::new(-23));
    }
}
