//! Amounts and per cents: read from text, rounded to the fen.
//!
//! Owns every rounding of the room. Must know nothing of policies or claims.

use rust_decimal::{Decimal, RoundingStrategy};

/// Half up on the magnitude, to the fen.
pub(super) fn round(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

/// Reads a plain decimal number such as `1300.00` or `-5`.
pub(super) fn number(text: &str) -> Result<Decimal, String> {
    Decimal::from_str_exact(text.trim()).map_err(|_| format!("{text:?} is no number"))
}

/// Reads a per cent as a share: `"85"` is 0.85.
pub(super) fn share(text: &str) -> Result<Decimal, String> {
    Ok(number(text)? / Decimal::ONE_HUNDRED)
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
