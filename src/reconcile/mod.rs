//! Reconcile: what the institution declared against what was computed, per record and in total.
//!
//! Computed amounts are booked and paid; a difference opens a break with a named reason and is never adjusted silently.
//! Tolerance is zero. Knows no file.

use std::collections::BTreeMap;

use crate::claim::{DeclaredField, Settled};
use crate::codes::{CareKind, FilingClass, InstitutionCode, Insurance};
use crate::money::Fen;

/// Why a record differs: the staff's own words (差异原因).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Reason {
    /// All differences of the record are at most one fen a line.
    Rounding,
    /// The fee itself, or one of its four parts.
    AmountDiffers,
    /// Funds differ while care was unfiled or filed for another reason than claimed.
    RegistrationInvalid,
    /// Deductible or fund total.
    BenefitDiffers,
    /// Fund total agrees, its split does not.
    FundSplitDiffers,
    /// Personal account or balance.
    AccountDiffers,
    /// Person's or institution's part only.
    Other,
}

impl Reason {
    pub fn key(self) -> &'static str {
        match self {
            Reason::Rounding => "rounding",
            Reason::AmountDiffers => "amount_differs",
            Reason::RegistrationInvalid => "registration_invalid",
            Reason::BenefitDiffers => "benefit_differs",
            Reason::FundSplitDiffers => "fund_split_differs",
            Reason::AccountDiffers => "account_differs",
            Reason::Other => "other",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Reason::Rounding => "舍入差",
            Reason::AmountDiffers => "金额不一致",
            Reason::RegistrationInvalid => "备案无效/过期",
            Reason::BenefitDiffers => "待遇计算不一致",
            Reason::FundSplitDiffers => "基金分项不一致",
            Reason::AccountDiffers => "个人账户不一致",
            Reason::Other => "其他",
        }
    }
}

/// One declared amount that is not the computed one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Difference {
    pub field: DeclaredField,
    pub declared: Fen,
    pub computed: Fen,
}

/// All differences of a record with the reason that explains them; `None` when it agrees in all that was declared.
pub fn compare(settled: &Settled) -> Option<(Reason, Vec<Difference>)> {
    let differences: Vec<Difference> = settled
        .differences()
        .map(|(field, declared, computed)| Difference { field, declared, computed })
        .collect();
    if differences.is_empty() {
        return None;
    }
    let reason = reason(settled, &differences);
    Some((reason, differences))
}

fn reason(settled: &Settled, differences: &[Difference]) -> Reason {
    let lines = i64::from(settled.lines.max(1));
    let small = |d: &Difference| (d.declared - d.computed).get().abs() <= lines;
    if differences.iter().all(small) {
        return Reason::Rounding;
    }
    let has = |fields: &[DeclaredField]| differences.iter().any(|d| fields.contains(&d.field));
    let parts = [
        DeclaredField::Total,
        DeclaredField::FullSelfPay,
        DeclaredField::OverLimit,
        DeclaredField::PreSelfPay,
        DeclaredField::InScope,
    ];
    if has(&parts) {
        return Reason::AmountDiffers;
    }
    if has(&[DeclaredField::FundTotal, DeclaredField::Deductible]) {
        let weak = matches!(settled.filing, FilingClass::Unfiled | FilingClass::OtherTemporary);
        return if weak { Reason::RegistrationInvalid } else { Reason::BenefitDiffers };
    }
    if has(&DeclaredField::FUNDS) {
        let declared_total = settled.claim.declared.get(DeclaredField::FundTotal).is_some();
        return if declared_total { Reason::FundSplitDiffers } else { Reason::BenefitDiffers };
    }
    if has(&[DeclaredField::Account, DeclaredField::AccountSharing, DeclaredField::Balance]) {
        return Reason::AccountDiffers;
    }
    Reason::Other
}

/// What totals are compared by, as in the national total reconciliation (3201): institution, insurance, clearing type.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TotalKey {
    pub institution: InstitutionCode,
    pub insurance: Insurance,
    pub care_kind: CareKind,
}

/// Net sums over records, reversals negative, in fen. Only what was declared is compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Totals {
    pub records: u64,
    pub differing: u64,
    pub declared_fee: i128,
    pub computed_fee: i128,
    /// Sums over the records that declare a fund total.
    pub declared_funds: i128,
    pub computed_funds_where_declared: i128,
    pub computed_funds: i128,
    pub declared_account: i128,
    pub computed_account_where_declared: i128,
    pub computed_account: i128,
}

impl Totals {
    pub fn add(&mut self, settled: &Settled, differs: bool) {
        let wide = |fen: Fen| i128::from(fen.get());
        let declared = &settled.claim.declared;
        let (funds, account) = (settled.payers.fund_total(), settled.payers.account);
        self.records += 1;
        self.differing += u64::from(differs);
        self.declared_fee += wide(settled.claim.declared_total());
        self.computed_fee += wide(settled.charges.total());
        self.computed_funds += wide(funds);
        self.computed_account += wide(account);
        if let Some(amount) = declared.get(DeclaredField::FundTotal) {
            self.declared_funds += wide(amount);
            self.computed_funds_where_declared += wide(funds);
        }
        if let Some(amount) = declared.get(DeclaredField::Account) {
            self.declared_account += wide(amount);
            self.computed_account_where_declared += wide(account);
        }
    }

    /// 对平: everything declared agrees in total.
    pub fn balanced(&self) -> bool {
        self.declared_fee == self.computed_fee
            && self.declared_funds == self.computed_funds_where_declared
            && self.declared_account == self.computed_account_where_declared
    }
}

/// Totals by key.
pub type TotalBook = BTreeMap<TotalKey, Totals>;

/// The key under which a record is totalled.
pub fn total_key(settled: &Settled) -> TotalKey {
    TotalKey {
        institution: settled.claim.institution,
        insurance: settled.claim.insurance,
        care_kind: settled.claim.med_type.kind(),
    }
}
