//! Amounts and per cents: read from text, rounded to the fen.
//!
//! Owns every rounding of the room. Must know nothing of policies or claims.

use rust_decimal::{Decimal, RoundingStrategy};

/// Half up on the magnitude, to the fen.
pub(super) fn round(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

/// No number of a book or case is larger: products of three stay exact.
const LARGEST: Decimal = Decimal::from_parts(276_447_232, 23_283, 0, false, 0);

/// No per cent is larger.
const LARGEST_PERCENT: Decimal = Decimal::from_parts(10_000, 0, 0, false, 0);

/// Reads a plain decimal number such as `1300.00` or `-5`.
pub(super) fn number(text: &str) -> Result<Decimal, String> {
    let number = Decimal::from_str_exact(text.trim()).ok();
    let number = number.filter(|number| number.abs() <= LARGEST && number.scale() <= 8);
    number.ok_or_else(|| format!("{text:?} is no number"))
}

/// Reads a per cent as a share: `"85"` is 0.85.
pub(super) fn share(text: &str) -> Result<Decimal, String> {
    let percent = number(text)?;
    if percent.abs() > LARGEST_PERCENT {
        return Err(format!("{text:?} is no per cent"));
    }
    Ok(percent / Decimal::ONE_HUNDRED)
}

/// A product.
///
/// # Errors
/// It cannot be held.
pub(super) fn times(one: Decimal, other: Decimal) -> Result<Decimal, String> {
    one.checked_mul(other).ok_or_else(|| format!("{one} x {other} is too much"))
}

/// What an amount's text hangs on: a plain figure, or a parameter.
#[derive(Debug, PartialEq)]
pub(super) enum Figure<'a> {
    Yuan(Decimal),
    /// So many times the parameter of this id.
    Times(Decimal, &'a str),
}

/// Reads `"1300.00"`, `"6 x average_wage"` or `"6 % of average_wage"`.
pub(super) fn figure(text: &str) -> Result<Figure<'_>, String> {
    if let Some((factor, id)) = text.split_once(" x ") {
        return Ok(Figure::Times(number(factor)?, id.trim()));
    }
    if let Some((percent, id)) = text.split_once("% of ") {
        return Ok(Figure::Times(share(percent)?, id.trim()));
    }
    Ok(Figure::Yuan(number(text)?))
}

/// The larger of an amount and nothing.
pub(super) fn or_zero(amount: Decimal) -> Decimal {
    amount.max(Decimal::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_figures() {
        let of = |text| number(text).map(|number| number.to_string());
        assert_eq!(of("100000000000000"), Ok(LARGEST.to_string()));
        assert_eq!(of(" -5"), Ok("-5".to_owned()));
        assert!(of("100000000000000.01").is_err() && of("1e3").is_err() && of("").is_err());
        let six = Decimal::from(6);
        assert_eq!(figure("6 x average_wage"), Ok(Figure::Times(six, "average_wage")));
        let part = six / Decimal::ONE_HUNDRED;
        assert_eq!(figure("6 % of average_wage"), Ok(Figure::Times(part, "average_wage")));
        assert!(share("10001").is_err());
    }

    #[test]
    fn half_goes_up_on_the_magnitude() {
        let half = Decimal::new(5, 3);
        assert_eq!(round(half), Decimal::new(1, 2));
        assert_eq!(round(-half), Decimal::new(-1, 2));
        assert_eq!(round(Decimal::new(4999, 6)), Decimal::ZERO);
    }
}
