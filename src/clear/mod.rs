//! Clear: what each insured region owes each care region, and what each care place owes its institutions.
//!
//! Sums over the control ledger. Gross on both sides: payables and receivables of a pair are never netted in the payment
//! (医保发〔2022〕22号 Arts. 32–33; the chain institution, care place, insured place). Local care is paid but enters no pair.
//! Invariant: what A owes B, read from A's book, is what B is owed by A, read from B's book.

use std::collections::BTreeMap;

use crate::codes::{AdmDiv, CareKind, CareRegion, InstitutionCode, Insurance, InsuredRegion};
use crate::ledger::{Book, Ledger, Voucher};

/// A pair of regions, by insurance and kind of care.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PairKey {
    pub insured: InsuredRegion,
    pub care: CareRegion,
    pub insurance: Insurance,
    pub care_kind: CareKind,
}

/// An institution's claim on its care place's agency, by insured region and insurance.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PayKey {
    pub care: CareRegion,
    pub institution: InstitutionCode,
    pub insured: InsuredRegion,
    pub insurance: Insurance,
    pub care_kind: CareKind,
}

/// A night's clearing.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Clearing {
    /// From the insured places' books: what they owe.
    pub payable: BTreeMap<PairKey, Voucher>,
    /// From the care places' books: what they are owed.
    pub receivable: BTreeMap<PairKey, Voucher>,
    pub pay_list: BTreeMap<PayKey, Voucher>,
}

/// A pair whose two books disagree.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "{} owes {} {payable} fen by its own book, but {receivable} by the other's",
    pair.insured, pair.care
)]
pub struct Imbalance {
    pub pair: PairKey,
    pub payable: i128,
    pub receivable: i128,
}

/// Sums a night's ledger.
///
/// # Errors
/// [`Imbalance`] for the first pair whose two books differ: a bug, nothing may be published.
pub fn clear(ledger: &Ledger) -> Result<Clearing, Imbalance> {
    let mut clearing = Clearing::default();
    for (key, voucher) in ledger.vouchers() {
        let pair = PairKey {
            insured: key.insured,
            care: key.care,
            insurance: key.insurance,
            care_kind: key.care_kind,
        };
        match key.book {
            Book::Insured => clearing.payable.entry(pair).or_default().add(voucher),
            Book::Care => clearing.receivable.entry(pair).or_default().add(voucher),
            Book::Local => {}
        }
        if key.book != Book::Insured {
            let pay = PayKey {
                care: key.care,
                institution: key.institution,
                insured: key.insured,
                insurance: key.insurance,
                care_kind: key.care_kind,
            };
            clearing.pay_list.entry(pay).or_default().add(voucher);
        }
    }
    check(&clearing)?;
    Ok(clearing)
}

fn check(clearing: &Clearing) -> Result<(), Imbalance> {
    let pairs = clearing.payable.keys().chain(clearing.receivable.keys());
    for pair in pairs {
        let payable = clearing.payable.get(pair).map_or(0, Voucher::total);
        let receivable = clearing.receivable.get(pair).map_or(0, Voucher::total);
        if payable != receivable {
            return Err(Imbalance { pair: *pair, payable, receivable });
        }
    }
    Ok(())
}

impl Clearing {
    /// All regions with something to pay or to receive, local care included.
    pub fn regions(&self) -> Vec<AdmDiv> {
        let mut regions: Vec<AdmDiv> = self
            .payable
            .keys()
            .flat_map(|pair| [pair.insured.0, pair.care.0])
            .chain(self.pay_list.keys().flat_map(|pay| [pay.care.0, pay.insured.0]))
            .collect();
        regions.sort_unstable();
        regions.dedup();
        regions
    }
}
