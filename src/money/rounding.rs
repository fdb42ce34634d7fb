//! The one place where money is rounded: half-up on the magnitude, to the fen.
//!
//! Source: the national interface's own arithmetic (a published 2204 reply: 4.52 x 0.05 = 0.226 -> 0.23), and
//! 四舍五入 as the notices say it. A negative amount is the mirror of the positive one.

/// `numerator / denominator`, rounded half-up on the magnitude. `denominator` is positive.
pub fn divide(numerator: i128, denominator: i128) -> i128 {
    debug_assert!(denominator > 0);
    let half = denominator / 2;
    // For an odd denominator `half` is below one half, and (n + half) / d still rounds n/d >= 1/2 up.
    let rounded = (numerator.abs() + half) / denominator;
    if numerator < 0 { -rounded } else { rounded }
}

/// [`divide`] for quotients that fit; `None` when they do not. Takes the cheap path where 64 bits suffice.
pub fn product_over(a: i64, b: i64, denominator: i64) -> Option<i64> {
    if let Some(product) = a.checked_mul(b) {
        let magnitude = product.unsigned_abs();
        let divisor = denominator.unsigned_abs();
        let rounded = magnitude / divisor + u64::from(magnitude % divisor >= divisor.div_ceil(2));
        let rounded = i64::try_from(rounded).ok()?;
        return Some(if product < 0 { -rounded } else { rounded });
    }
    i64::try_from(divide(i128::from(a) * i128::from(b), i128::from(denominator))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_goes_up_and_negatives_mirror() {
        for (n, d, expected) in [
            (226i64, 10i64, 23i64),
            (225, 10, 23),
            (224, 10, 22),
            (-225, 10, -23),
            (1, 3, 0),
            (2, 3, 1),
        ] {
            let wide = divide(i128::from(n), i128::from(d));
            assert_eq!(wide, i128::from(expected), "{n}/{d}");
            assert_eq!(product_over(n, 1, d), Some(expected));
        }
    }

    #[test]
    fn wide_products_agree_with_narrow_ones() {
        assert_eq!(
            product_over(9_999_999_999_999_999, 850_000, 1_000_000),
            Some(8_499_999_999_999_999)
        );
        assert_eq!(product_over(i64::MAX, i64::MAX, 1), None);
    }
}
