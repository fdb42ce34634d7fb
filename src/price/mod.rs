//! Price: one fee line against the care place's catalogue gives the four parts of the line.
//!
//! Owns the line arithmetic and the line identity. Knows no person and no policy: what a line costs does not depend on who
//! else was treated. Pure: the same line and catalogue version always give the same split.
//!
//! ```text
//! self-paid (丙, ratio 1, outside its restriction):  full = det; over = pre = in scope = 0
//! else  over     = round(max(0, price - limit) x count), at most det
//!       pre      = round((det - over) x first-payment ratio)
//!       in scope = det - over - pre                       (by subtraction: the identity holds exactly)
//! ```

use crate::claim::Charges;
use crate::codes::InsuranceClass;
use crate::money::{Fen, Rate, rounding};
use crate::reference::ItemVersion;
use crate::reference::catalogue::NO_LIMIT;

/// The numbers of a fee line.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct LineAmounts {
    /// 明细项目费用总额.
    pub amount: Fen,
    /// 数量, in 1/10,000; negative on a refund line.
    pub count: i64,
    /// 单价, in millionths of a yuan.
    pub price: i64,
    /// Used outside its payment restriction.
    pub outside_restriction: bool,
}

/// A priced line.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct LineSplit {
    pub charges: Charges,
    /// First-payment ratio that was applied; 1 when all self-paid.
    pub ratio: Rate,
    /// Price limit that was applied, in millionths of a yuan; [`NO_LIMIT`] for none.
    pub limit: i64,
    pub class: u8,
}

/// 1/10,000 of count times 1/1,000,000 of yuan, per fen.
const COUNT_PRICE_PER_FEN: i64 = 100_000_000;

/// Price times count, rounded half-up to the fen; `None` when out of range.
pub fn price_times_count(price: i64, count: i64) -> Option<Fen> {
    rounding::product_over(price, count, COUNT_PRICE_PER_FEN).map(Fen::new)
}

/// Whether the line's amount is its price times its count, within `tolerance` fen.
pub fn amount_agrees(line: &LineAmounts, tolerance: Fen) -> bool {
    let wide = |fen: Fen| i128::from(fen.get());
    price_times_count(line.price, line.count)
        .is_some_and(|product| (wide(product) - wide(line.amount)).abs() <= wide(tolerance))
}

/// Splits one line. A refund line (negative) is the mirror of the positive one.
///
/// Source: national interface 2301/2204 (line fields and identity), half-up to the fen at each named amount.
pub fn split_line(
    line: &LineAmounts,
    item: &ItemVersion,
    insurance: InsuranceClass,
    tier: u8,
) -> LineSplit {
    let ratio = item.first_payment(insurance);
    let limit = item.price_limit(insurance, tier);
    let mut split = LineSplit { charges: Charges::default(), ratio, limit, class: item.class };
    let charges = &mut split.charges;
    if item.self_paid || line.outside_restriction || ratio == Rate::ONE {
        charges.full_self_pay = line.amount;
        if item.self_paid && item.institution_bears {
            charges.institution_full = line.amount;
        }
        split.ratio = Rate::ONE;
        return split;
    }
    charges.over_limit = over_limit(line, limit);
    charges.pre_self_pay = ratio.of(line.amount - charges.over_limit);
    charges.in_scope = line.amount - charges.over_limit - charges.pre_self_pay;
    if item.institution_bears {
        charges.institution_over = charges.over_limit;
    }
    split
}

fn over_limit(line: &LineAmounts, limit: i64) -> Fen {
    if limit == NO_LIMIT || line.price <= limit {
        return Fen::ZERO;
    }
    let over = price_times_count(line.price - limit, line.count).unwrap_or(line.amount);
    // Between nothing and the line's amount, on its side of zero: count and amount may disagree.
    over.clamp(line.amount.min(Fen::ZERO), line.amount.or_zero())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::{Date, DateSpan};

    fn item(ratio: &[u8], limit: i64) -> ItemVersion {
        ItemVersion {
            span: DateSpan { from: Date::default(), until: Date::FOREVER },
            self_paid: false,
            class: 2,
            institution_bears: false,
            first_payment: [Rate::from_fraction(ratio).unwrap_or_default(); 2],
            price_limit: [[limit; 4]; 2],
        }
    }

    fn line(amount: i64, count: i64, price: i64) -> LineAmounts {
        LineAmounts { amount: Fen::new(amount), count, price, outside_restriction: false }
    }

    fn split(line: &LineAmounts, item: &ItemVersion) -> [i64; 4] {
        let c = split_line(line, item, InsuranceClass::Employee, 3).charges;
        assert_eq!(c.total(), line.amount, "line identity");
        [c.full_self_pay, c.over_limit, c.pre_self_pay, c.in_scope].map(Fen::get)
    }

    #[test]
    fn published_2204_line() {
        // 4.52 at 5 %: first payment 0.226 -> 0.23, in scope 4.29.
        assert_eq!(split(&line(452, 10_000, 4_520_000), &item(b"0.05", NO_LIMIT)), [0, 0, 23, 429]);
    }

    #[test]
    fn limit_then_ratio_then_rest() {
        // 3 x 100.00 against a limit of 80.50: over 58.50, first payment 10 % of 241.50.
        let priced = split(&line(30_000, 30_000, 100_000_000), &item(b"0.1", 80_500_000));
        assert_eq!(priced, [0, 5_850, 2_415, 21_735]);
        let refund = split(&line(-30_000, -30_000, 100_000_000), &item(b"0.1", 80_500_000));
        assert_eq!(refund, [0, -5_850, -2_415, -21_735]);
    }

    #[test]
    fn ratio_one_is_all_self_paid_whatever_the_class() {
        assert_eq!(split(&line(120_000, 10_000, 1_200_000_000), &item(b"1", NO_LIMIT))[0], 120_000);
    }

    #[test]
    fn a_line_that_contradicts_itself_is_split_without_overflow() {
        let largest = Fen::MAX_FIELD.get();
        for (amount, count) in [(-largest, 922_337_203_685_477), (largest, -922_337_203_685_477)] {
            let odd = line(amount, count, 1_000_000_000_000);
            assert!(!amount_agrees(&odd, Fen::new(1)));
            let parts = split(&odd, &item(b"0.1", 80_500_000));
            assert!(parts.iter().all(|part| part.abs() <= largest), "{parts:?}");
            assert_eq!(parts[1], 0, "what is over the limit has the sign of the amount");
        }
    }

    #[test]
    fn price_times_count_rounds_half_up_within_tolerance() {
        let three = line(1_000, 30_000, 3_333_300);
        assert!(amount_agrees(&three, Fen::ZERO));
        assert!(!amount_agrees(&line(1_002, 30_000, 3_333_300), Fen::new(1)));
    }
}
