//! A settled record: who pays what, on which terms, and what it did to the person's year.

use serde::{Deserialize, Serialize};

use crate::calendar::BenefitYear;
use crate::codes::{CareRegion, FilingClass, Fund, HospitalLevel, InsuredRegion, Scope};
use crate::money::{Fen, Rate};

use super::{Charges, Claim, DeclaredField, Slot};

/// Who pays a fee, in fen. Funds, account, cash and institution add up to the fee.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Payers {
    /// By [`Fund::index`].
    pub funds: [Fen; Fund::COUNT],
    /// Personal account, family sharing included.
    pub account: Fen,
    /// Family sharing, contained in `account`.
    pub account_sharing: Fen,
    pub cash: Fen,
    pub institution: Fen,
}

impl Payers {
    pub fn fund(&self, fund: Fund) -> Fen {
        self.funds[fund.index()]
    }

    pub fn fund_total(&self) -> Fen {
        self.funds.iter().copied().sum()
    }

    /// Account and cash.
    pub fn person_total(&self) -> Fen {
        self.account + self.cash
    }

    pub fn total(&self) -> Fen {
        self.fund_total() + self.person_total() + self.institution
    }

    pub fn negated(&self) -> Payers {
        Payers {
            funds: self.funds.map(|f| -f),
            account: -self.account,
            account_sharing: -self.account_sharing,
            cash: -self.cash,
            institution: -self.institution,
        }
    }
}

/// One change of a running total.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AccumulatorMove {
    /// With the years back to the benefit year that it belongs to.
    pub slot: Slot,
    /// Value before this record (fen; a count for admissions).
    pub before: i64,
    pub delta: i64,
}

/// What kind of step of the calculation.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum StepKind {
    /// Care elsewhere: a percentage of `base` that the person pays first.
    Effect,
    /// Care elsewhere changes a layer: `rate` is what its first ratio became, `base` what its deductible came to be.
    Elsewhere,
    /// The account pays out of the in-scope amount before all layers.
    AccountBefore,
    /// Waiting after a gap in enrolment: no layer pays; `amount` stays with the person.
    Waiting,
    /// A layer begins: it looks at `base` and comes to pay `amount`; the steps up to the next layer are its own.
    Layer,
    /// The person was in a stay: the layer pays nothing.
    DuringStay,
    /// A share of the layer's base that the person pays first.
    First,
    Deductible,
    /// One segment: `base` x `rate` = `amount`.
    Segment,
    /// The whole amount at one ratio, less what earlier amounts of the year, period or stay came to at theirs.
    Whole,
    /// What earlier layers' funds lacked of `rate` of `base`.
    TopUp,
    /// A cap of a layer is `base`; `amount` found no room under it.
    Cap,
    Account,
}

/// One step: which rule turned which amount into which.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Step {
    pub kind: StepKind,
    /// Number of the rule row in the policy book that the run used.
    pub rule: u32,
    pub base: Fen,
    pub rate: Rate,
    pub amount: Fen,
    /// The running total that a cap bounds; `None` for a cap of one admission and for every other step.
    pub slot: Option<Slot>,
}

/// A settlement or a reversal as booked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Settled {
    pub claim: Claim,
    pub insured: InsuredRegion,
    pub care: CareRegion,
    pub scope: Scope,
    pub filing: FilingClass,
    pub level: HospitalLevel,
    pub year: BenefitYear,
    /// The benefit years before it that moves belong to: `n` years back is the place `n - 1`. Mostly none.
    pub earlier: Vec<BenefitYear>,
    /// The person over all regions and numbers: internal, never written to a table.
    pub person_key: u128,
    pub charges: Charges,
    pub lines: u32,
    /// Percentage-first amount of care elsewhere, contained in `charges.in_scope`.
    pub out_of_area_first: Fen,
    /// The standard that applied, and what was taken of it this time.
    pub deductible_standard: Fen,
    pub deductible: Fen,
    /// Ratio of the last segment of the first layer that was reached, for information.
    pub pooled_rate: Rate,
    pub payers: Payers,
    /// Personal account after this record; `None` where no balance is known.
    pub balance_after: Option<Fen>,
    /// Place in the person's fold: 0, 1, 2 … over all nights.
    pub fold_place: u32,
    pub moves: Vec<AccumulatorMove>,
    pub steps: Vec<Step>,
    /// Codes of warnings, in order of precedence.
    pub warnings: Vec<super::Code>,
}

impl Settled {
    /// The benefit year that a move belongs to.
    pub fn year_of(&self, step: &AccumulatorMove) -> BenefitYear {
        let back = step.slot.years_back().checked_sub(1);
        back.and_then(|place| self.earlier.get(place)).copied().unwrap_or(self.year)
    }

    /// Takes over moves as tables keep them, each with its benefit year.
    pub fn take_moves(&mut self, moves: Vec<(BenefitYear, AccumulatorMove)>) {
        let mut earlier: Vec<BenefitYear> =
            moves.iter().map(|(year, _)| *year).filter(|year| *year != self.year).collect();
        earlier.sort_unstable_by(|a, b| b.cmp(a));
        earlier.dedup();
        let back = |year: BenefitYear| {
            earlier.iter().position(|known| *known == year).map_or(0, |place| place + 1)
        };
        self.moves = moves
            .into_iter()
            .map(|(year, step)| AccumulatorMove { slot: step.slot.back(back(year)), ..step })
            .collect();
        self.earlier = earlier;
    }

    /// The computed amount that a declared one is compared with; `None` where nothing is computed (no known balance).
    pub fn computed(&self, field: DeclaredField) -> Option<Fen> {
        let (charges, payers) = (&self.charges, &self.payers);
        Some(match field {
            DeclaredField::Total => charges.total(),
            DeclaredField::FullSelfPay => charges.full_self_pay,
            DeclaredField::OverLimit => charges.over_limit,
            DeclaredField::PreSelfPay => charges.pre_self_pay,
            DeclaredField::InScope => charges.in_scope,
            DeclaredField::Deductible => self.deductible,
            DeclaredField::Pooled => payers.fund(Fund::Pooled),
            DeclaredField::CivilServant => payers.fund(Fund::CivilServant),
            DeclaredField::Enterprise => payers.fund(Fund::Enterprise),
            DeclaredField::ResidentMajor => payers.fund(Fund::ResidentMajor),
            DeclaredField::EmployeeMajor => payers.fund(Fund::EmployeeMajor),
            DeclaredField::Disabled => payers.fund(Fund::Disabled),
            DeclaredField::MedicalAid => payers.fund(Fund::MedicalAid),
            DeclaredField::Other => payers.fund(Fund::Other),
            DeclaredField::FundTotal => payers.fund_total(),
            DeclaredField::Institution => payers.institution,
            DeclaredField::PersonTotal => payers.person_total(),
            DeclaredField::Account => payers.account,
            DeclaredField::AccountSharing => payers.account_sharing,
            DeclaredField::Cash => payers.cash,
            DeclaredField::Balance => return self.balance_after,
        })
    }

    /// Declared amounts that are not the computed ones: field, declared, computed.
    pub fn differences(&self) -> impl Iterator<Item = (DeclaredField, Fen, Fen)> + '_ {
        DeclaredField::ALL.into_iter().filter_map(|field| {
            let (declared, computed) = (self.claim.declared.get(field)?, self.computed(field)?);
            (declared != computed).then_some((field, declared, computed))
        })
    }

    /// The mirror of a booked record: every amount and every move negated. `claim` is the reversal's own row.
    pub fn mirrored(&self, claim: Claim, fold_place: u32) -> Settled {
        Settled {
            claim,
            charges: self.charges.negated(),
            out_of_area_first: -self.out_of_area_first,
            deductible_standard: self.deductible_standard,
            deductible: -self.deductible,
            payers: self.payers.negated(),
            balance_after: None,
            fold_place,
            moves: self
                .moves
                .iter()
                .map(|m| AccumulatorMove { slot: m.slot, before: 0, delta: -m.delta })
                .collect(),
            steps: Vec::new(),
            warnings: Vec::new(),
            ..self.clone()
        }
    }
}
