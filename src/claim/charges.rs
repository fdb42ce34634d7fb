//! The four parts of a fee.

use serde::{Deserialize, Serialize};

use crate::money::Fen;

/// The split of a fee, line or claim, in fen. Every part is at least zero; they add up to the fee.
///
/// Source: national interface, 2204/2301 line and 2207/2304 settlement: `medfee_sumamt` = `fulamt_ownpay_amt` +
/// `overlmt_selfpay` + `preselfpay_amt` + `inscp_scp_amt`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Charges {
    /// 全自费.
    pub full_self_pay: Fen,
    /// 超限价自费.
    pub over_limit: Fen,
    /// 先行自付.
    pub pre_self_pay: Fen,
    /// 符合政策范围.
    pub in_scope: Fen,
    /// Of `full_self_pay`, what the catalogue puts on the institution (医院负担): it reduces the person's part, not the four above.
    pub institution_full: Fen,
    /// Of `over_limit`, likewise.
    pub institution_over: Fen,
}

impl Charges {
    pub fn total(&self) -> Fen {
        self.full_self_pay + self.over_limit + self.pre_self_pay + self.in_scope
    }

    /// What the institution bears.
    pub fn institution(&self) -> Fen {
        self.institution_full + self.institution_over
    }

    /// Adds a line; `None` when a sum leaves the range of the field.
    pub fn checked_add(&self, line: &Charges) -> Option<Charges> {
        let sum = Charges {
            full_self_pay: self.full_self_pay.checked_add(line.full_self_pay)?,
            over_limit: self.over_limit.checked_add(line.over_limit)?,
            pre_self_pay: self.pre_self_pay.checked_add(line.pre_self_pay)?,
            in_scope: self.in_scope.checked_add(line.in_scope)?,
            institution_full: self.institution_full.checked_add(line.institution_full)?,
            institution_over: self.institution_over.checked_add(line.institution_over)?,
        };
        let total = sum
            .full_self_pay
            .checked_add(sum.over_limit)?
            .checked_add(sum.pre_self_pay)?
            .checked_add(sum.in_scope)?;
        (total.abs() <= Fen::MAX_FIELD).then_some(sum)
    }

    pub fn negated(&self) -> Charges {
        Charges {
            full_self_pay: -self.full_self_pay,
            over_limit: -self.over_limit,
            pre_self_pay: -self.pre_self_pay,
            in_scope: -self.in_scope,
            institution_full: -self.institution_full,
            institution_over: -self.institution_over,
        }
    }
}
