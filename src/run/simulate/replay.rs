//! One person's history folded again from its beginning, under one book.

use std::collections::{BTreeMap, BTreeSet};

use crate::claim::{Code, Finding, PricedClaim, Settled};
use crate::codes::SettlementId;
use crate::policy::PolicyBook;
use crate::reference::Reference;
use crate::settle::fold::FoldInputs;
use crate::settle::{Booked, PersonState, fold_person};

use super::history::Record;

/// What a record came to, or why it did not settle.
#[derive(Debug)]
pub enum Fate {
    Settled(Box<Settled>),
    Stopped(Finding),
}

/// Fates by settlement id and whether it is a reversal.
pub type Fates = BTreeMap<(SettlementId, bool), Fate>;

/// Folds `records`, which stand in the order of their nights. A reversal undoes what its original came to here.
pub fn replay(person: u128, records: &[Record], book: &PolicyBook, reference: &Reference) -> Fates {
    let mut state = PersonState::default();
    let mut booked: BTreeMap<SettlementId, Booked> = BTreeMap::new();
    let mut fates = Fates::new();
    let mut held: BTreeSet<SettlementId> = BTreeSet::new();
    let tonight = BTreeSet::new();
    for night in records.chunk_by(|a, b| a.night == b.night) {
        let priced = night.iter().map(|record| record.priced.clone()).collect();
        // What was declared followed from the policies of the day: a difference holds nothing here.
        let inputs =
            FoldInputs { reference, book, hold_differences: false, held: &held, tonight: &tonight };
        let result = fold_person(priced, &mut state, &booked, inputs);
        for settled in result.settled {
            let settled = Settled { person_key: person, ..settled };
            if settled.claim.reversal {
                if let Some(original) = booked.get_mut(&settled.claim.original) {
                    original.reversed = true;
                }
                fates.insert((settled.claim.id, true), Fate::Settled(Box::new(settled)));
            } else {
                booked.insert(settled.claim.id, Booked { settled, reversed: false });
            }
        }
        for stopped in result.stopped {
            let claim = &stopped.claim;
            if !claim.reversal {
                held.insert(claim.id);
            }
            let reason = reason(&fates, &stopped);
            fates.insert((claim.id, claim.reversal), Fate::Stopped(reason));
        }
    }
    let settlements = booked.into_iter();
    fates.extend(settlements.map(|(id, b)| ((id, false), Fate::Settled(Box::new(b.settled)))));
    fates
}

/// Why a record does not settle; for a reversal, why what it undoes does not.
fn reason(fates: &Fates, stopped: &PricedClaim) -> Finding {
    let claim = &stopped.claim;
    if let Some(Fate::Stopped(reason)) = fates.get(&(claim.original, false))
        && claim.reversal
    {
        return reason.clone();
    }
    let first = stopped.findings.first().cloned();
    first.unwrap_or_else(|| Finding::new(Code::OriginalHeld))
}
