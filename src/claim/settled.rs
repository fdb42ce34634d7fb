//! A settled record: who pays what, on which terms, and what it did to the person's year.

use serde::{Deserialize, Serialize};

use crate::calendar::BenefitYear;
use crate::codes::{CareRegion, FilingClass, Fund, HospitalLevel, InsuredRegion, Scope};
use crate::money::{Fen, Rate};

use super::{Charges, Claim, DeclaredField};

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

/// A set of running totals of a person's benefit year. Layers that share a cap share a counter.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counter {
    Inpatient,
    Outpatient,
    Chronic,
    Large,
    Major,
    CivilServant,
    Enterprise,
    MedicalAid,
    Other,
}

impl Default for Counter {
    fn default() -> Counter {
        Counter::Other
    }
}

impl Counter {
    pub fn parse(text: &str) -> Option<Counter> {
        Counter::ALL.into_iter().find(|counter| counter.key() == text)
    }

    pub const COUNT: usize = 9;
    pub const ALL: [Counter; Counter::COUNT] = [
        Counter::Inpatient,
        Counter::Outpatient,
        Counter::Chronic,
        Counter::Large,
        Counter::Major,
        Counter::CivilServant,
        Counter::Enterprise,
        Counter::MedicalAid,
        Counter::Other,
    ];

    pub fn key(self) -> &'static str {
        match self {
            Counter::Inpatient => "inpatient",
            Counter::Outpatient => "outpatient",
            Counter::Chronic => "chronic",
            Counter::Large => "large",
            Counter::Major => "major",
            Counter::CivilServant => "civil_servant",
            Counter::Enterprise => "enterprise",
            Counter::MedicalAid => "medical_aid",
            Counter::Other => "other",
        }
    }
}

/// What a counter counts, in fen.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Measure {
    /// Deductible met.
    Deductible,
    /// Amount that the layer looked at.
    Base,
    /// Amount that reached the segments.
    Eligible,
    /// Fund paid.
    Paid,
}

/// One running total: an index into a person's year.
///
/// Layout: admissions, then four measures per counter, then fund paid per calendar month of the outpatient and
/// the chronic counter (January first), then what a stay that is settled in parts has come to so far.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Slot(pub u8);

impl Slot {
    pub const ADMISSIONS: Slot = Slot(0);
    /// Deductible taken, amount that reached the segments, and fund paid, of an open stay's earlier parts.
    pub const STAY: [Slot; 3] = [Slot(61), Slot(62), Slot(63)];
    pub const COUNT: usize = 1 + Counter::COUNT * 4 + 24 + 3;

    /// All slots, in order.
    pub fn all() -> impl Iterator<Item = Slot> {
        (0..=u8::MAX).take(Slot::COUNT).map(Slot)
    }

    pub const fn of(counter: Counter, measure: Measure) -> Slot {
        Slot(1 + counter as u8 * 4 + measure as u8)
    }

    /// Fund paid in one calendar month (1–12); only the outpatient and the chronic counter keep months.
    pub fn month(counter: Counter, month: u32) -> Option<Slot> {
        let first = Slot::of(Counter::Other, Measure::Paid).0 + 1;
        let offset = match counter {
            Counter::Outpatient => 0,
            Counter::Chronic => 12,
            _ => return None,
        };
        Some(Slot(first + offset + month.clamp(1, 12) as u8 - 1))
    }

    /// A stable name for tables: `admissions`, `inpatient.paid`, `chronic.paid.03`.
    pub fn name(self) -> String {
        let index = usize::from(self.0);
        if index == 0 {
            return "admissions".to_owned();
        }
        let months = 1 + Counter::COUNT * 4;
        if let Some(of_stay) = index.checked_sub(months + 24) {
            return ["stay.deductible", "stay.reached", "stay.fund"][of_stay.min(2)].to_owned();
        }
        if index >= months {
            let (counter, month) = ((index - months) / 12, (index - months) % 12 + 1);
            let counter = if counter == 0 { "outpatient" } else { "chronic" };
            return format!("{counter}.paid.{month:02}");
        }
        let measure = ["deductible", "base", "eligible", "paid"][(index - 1) % 4];
        format!("{}.{measure}", Counter::ALL[(index - 1) / 4].key())
    }
}

/// One change of a running total.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AccumulatorMove {
    pub slot: Slot,
    /// Value before this record (fen; a count for admissions).
    pub before: i64,
    pub delta: i64,
}

/// What kind of step of the calculation.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum StepKind {
    /// The cross-region effect.
    Effect,
    /// A layer begins: it looks at `base` and comes to pay `amount`; the steps up to the next layer are its own.
    Layer,
    Deductible,
    /// One segment: `base` x `rate` = `amount`.
    Segment,
    /// The cap of a layer is `base`; `amount` found no room under it.
    Cap,
    Account,
}

/// One step: which rule turned which amount into which.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Step {
    pub kind: StepKind,
    /// Number of the rule row in the policy book that the run used.
    pub rule: u16,
    pub base: Fen,
    pub rate: Rate,
    pub amount: Fen,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_distinct_and_named() {
        let mut names: Vec<String> = Slot::all().map(Slot::name).collect();
        assert_eq!(names[usize::from(Slot::of(Counter::Major, Measure::Paid).0)], "major.paid");
        let march = Slot::month(Counter::Chronic, 3).map(Slot::name);
        assert_eq!(march.as_deref(), Some("chronic.paid.03"));
        names.sort();
        names.dedup();
        assert_eq!(names.len(), Slot::COUNT);
    }
}
