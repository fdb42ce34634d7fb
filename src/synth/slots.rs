//! Slots: every claim of every night has a number, and its number says its role.
//!
//! Roles are dealt by stepping round the golden section: any run of claims, however short, gets its
//! share of each role, and claims of a rare role stand far apart. That is why a reversal can look
//! back a few places for its original and no two find the same.

use super::plan::Plan;
use super::roles::{KINDS, Kind, Role, SET_ASIDE, Target};

/// One claim's place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Slot {
    pub night: u32,
    pub institution: usize,
    /// Place in the institution's submission.
    pub index: u64,
}

/// 2^32 divided by the golden section.
const STEP: u64 = 2_654_435_769;
/// Millionths of each role.
const REVERSALS: u32 = 20_000;
const LATE: u32 = 30_000;
const UNFILED: u32 = 40_000;
/// Hospitals have three quarters of the claims, so that all claims have 2 %.
const EMERGENCIES: u32 = 26_667;
/// How far a reversal looks for its original. Two reversals are at least 34 places apart.
const REACH: u64 = 8;

/// A role before a reversal has looked for its original.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Dealt {
    Plain,
    Planted(Kind),
    /// Of a claim of the night before, where there is one.
    Reversal {
        earlier: bool,
    },
    LateFiled,
    Unfiled,
    Emergency,
}

impl Plan {
    /// Number of a claim over all nights.
    pub fn number(&self, slot: Slot) -> u64 {
        let night = self.nights.get(slot.night as usize);
        night.and_then(|n| n.firsts.get(slot.institution)).copied().unwrap_or(0) + slot.index
    }

    /// What a claim is made to be.
    pub fn role(&self, slot: Slot) -> Role {
        match self.dealt(slot) {
            Dealt::Plain => Role::Plain,
            Dealt::Planted(kind) => Role::Planted(kind),
            Dealt::LateFiled => Role::LateFiled,
            Dealt::Unfiled => Role::Unfiled,
            Dealt::Emergency => Role::Emergency,
            Dealt::Reversal { earlier } => {
                let target =
                    if earlier { self.earlier_original(slot) } else { self.original(slot) };
                target.map_or(Role::Plain, Role::Reversal)
            }
        }
    }

    fn dealt(&self, slot: Slot) -> Dealt {
        let (Some(night), Some(institution)) =
            (self.nights.get(slot.night as usize), self.institutions.get(slot.institution))
        else {
            return Dealt::Plain;
        };
        if let Some(kind) = institution.planted {
            return Dealt::Planted(kind);
        }
        if night.refusal(slot.institution).is_some() {
            return Dealt::Plain;
        }
        let at = (self.number(slot).wrapping_mul(STEP) + u64::from(self.phase)) & 0xffff_ffff;
        let width = |millionths: u32| (u64::from(millionths) << 32) / 1_000_000;
        let dirty = width(night.dirty);
        if at < dirty {
            let kinds = KINDS.len() - SET_ASIDE;
            let place = at * kinds as u64 / dirty;
            let kind = KINDS[usize::try_from(place).unwrap_or(0).min(kinds - 1)];
            let elsewhere = kind == Kind::DiseaseNotRegistered && !institution.takes_chronic();
            return Dealt::Planted(if elsewhere { Kind::ThirdParty } else { kind });
        }
        let rest = at - dirty;
        let (reversals, late) = (width(REVERSALS), width(REVERSALS + LATE));
        let unfiled = late + width(UNFILED);
        let emergencies = if institution.pharmacy { 0 } else { width(EMERGENCIES) };
        if rest < reversals {
            Dealt::Reversal { earlier: slot.night > 0 && rest < reversals / 2 }
        } else if rest < late {
            Dealt::LateFiled
        } else if rest < unfiled {
            Dealt::Unfiled
        } else if rest < unfiled + emergencies {
            Dealt::Emergency
        } else {
            Dealt::Plain
        }
    }

    /// The nearest plain claim before a reversal, in the same submission.
    fn original(&self, slot: Slot) -> Option<Target> {
        (1..=REACH.min(slot.index))
            .map(|back| Slot { index: slot.index - back, ..slot })
            .find(|candidate| self.dealt(*candidate) == Dealt::Plain)
            .map(|candidate| Target { night: candidate.night, index: candidate.index })
    }

    /// A plain claim of the night before at about the same place, which that night did not reverse
    /// itself.
    fn earlier_original(&self, slot: Slot) -> Option<Target> {
        let night = slot.night.checked_sub(1)?;
        let before = self.nights.get(night as usize)?;
        if before.refusal(slot.institution).is_some() {
            return None;
        }
        let count = before.count(slot.institution);
        (0..=REACH.min(slot.index))
            .map(|back| Slot { night, index: slot.index - back, ..slot })
            .filter(|candidate| candidate.index < count)
            .find(|candidate| {
                self.dealt(*candidate) == Dealt::Plain && !self.reversed_that_night(*candidate)
            })
            .map(|candidate| Target { night, index: candidate.index })
    }

    fn reversed_that_night(&self, original: Slot) -> bool {
        let count =
            self.nights.get(original.night as usize).map_or(0, |n| n.count(original.institution));
        (original.index + 1..=original.index + REACH).filter(|index| *index < count).any(|index| {
            let later = Slot { index, ..original };
            self.dealt(later) == Dealt::Reversal { earlier: false }
                && self.original(later).is_some_and(|target| target.index == original.index)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::calendar::Date;
    use crate::synth::{Request, SynthError};

    fn plan(claims: u64, nights: u32, dirty: u32) -> Result<Plan, SynthError> {
        Plan::new(&Request {
            out: "unused".into(),
            claims,
            seed: 3,
            nights,
            first_day: Date::from_ymd(2026, 3, 10).unwrap_or_default(),
            dirty,
            compress: false,
        })
    }

    fn slots(plan: &Plan) -> Vec<Slot> {
        let mut slots = Vec::new();
        for (night, of_night) in (0..).zip(&plan.nights) {
            for (institution, count) in of_night.counts.iter().enumerate() {
                slots.extend((0..*count).map(|index| Slot { night, institution, index }));
            }
        }
        slots
    }

    #[test]
    fn every_kind_is_planted_about_as_often() -> Result<(), SynthError> {
        let plan = plan(4_000, 2, 50_000)?;
        let mut counts: BTreeMap<Kind, u32> = BTreeMap::new();
        for slot in slots(&plan) {
            if let Role::Planted(kind) = plan.role(slot) {
                *counts.entry(kind).or_default() += 1;
            }
        }
        assert_eq!(counts.len(), KINDS.len(), "{counts:?}");
        assert!((190..=210).contains(&counts.values().sum::<u32>()), "{counts:?}");
        Ok(())
    }

    #[test]
    fn no_claim_is_reversed_twice() -> Result<(), SynthError> {
        let plan = plan(60_000, 3, 30_000)?;
        let (mut seen, mut earlier) = (BTreeSet::new(), 0);
        for slot in slots(&plan) {
            if let Role::Reversal(target) = plan.role(slot) {
                earlier += u32::from(target.night < slot.night);
                assert!(seen.insert((target.night, slot.institution, target.index)));
                let original = Slot { night: target.night, index: target.index, ..slot };
                assert_eq!(plan.role(original), Role::Plain);
            }
        }
        assert!((1_000..1_300).contains(&seen.len()), "{}", seen.len());
        assert!((300..450).contains(&earlier), "{earlier}");
        Ok(())
    }
}
