//! A person's running totals of one benefit year, and the personal account.

use crate::calendar::Moment;
use crate::claim::{AccumulatorMove, Slot};
use crate::money::Fen;

/// Running totals by [`Slot`], in fen (admissions: a count).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Year {
    slots: [i64; Slot::COUNT],
}

impl Default for Year {
    fn default() -> Year {
        Year { slots: [0; Slot::COUNT] }
    }
}

impl Year {
    pub fn get(&self, slot: Slot) -> i64 {
        self.slots[usize::from(slot.0)]
    }

    pub fn amount(&self, slot: Slot) -> Fen {
        Fen::new(self.get(slot))
    }

    pub fn set(&mut self, slot: Slot, value: i64) {
        self.slots[usize::from(slot.0)] = value;
    }

    /// Adds to a total and returns the move; `None` when nothing changes.
    pub fn add(&mut self, slot: Slot, delta: i64) -> Option<AccumulatorMove> {
        if delta == 0 {
            return None;
        }
        let before = self.get(slot);
        self.slots[usize::from(slot.0)] = before + delta;
        Some(AccumulatorMove { slot, before, delta })
    }

    /// The totals that are not zero.
    pub fn non_zero(&self) -> impl Iterator<Item = (Slot, i64)> {
        Slot::all().zip(self.slots).filter(|(_, value)| *value != 0)
    }
}

/// A personal account as the fold sees it: the snapshot it stands on, less what was drawn since.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Account {
    pub as_of: Moment,
    pub balance: Fen,
    /// Left of what family members reserved.
    pub sharing: Fen,
}

impl Account {
    pub fn available(&self) -> Fen {
        self.balance + self.sharing
    }

    /// Draws `amount`, own balance first; returns what came from family sharing. Negative gives back.
    pub fn draw(&mut self, amount: Fen) -> Fen {
        let own = amount.min(self.balance);
        let shared = amount - own;
        self.balance -= own;
        self.sharing -= shared;
        shared
    }

    /// Gives a draw back, each part to where it came from.
    pub fn restore(&mut self, amount: Fen, shared: Fen) {
        self.balance += amount - shared;
        self.sharing += shared;
    }
}
