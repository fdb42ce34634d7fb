//! A person's running totals of one benefit year, and the personal account.

use crate::calendar::{Date, Moment};
use crate::claim::{AccumulatorMove, Counter, Measure, Slot};
use crate::money::Fen;

/// Running totals by [`Slot`], in fen or counts: those that are not zero, in order of their slots.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Year {
    slots: Vec<(Slot, i64)>,
}

impl Year {
    pub fn get(&self, slot: Slot) -> i64 {
        self.place(slot).map_or(0, |at| self.slots[at].1)
    }

    pub fn amount(&self, slot: Slot) -> Fen {
        Fen::new(self.get(slot))
    }

    pub fn set(&mut self, slot: Slot, value: i64) {
        match (self.place(slot), value) {
            (Ok(at), 0) => _ = self.slots.remove(at),
            (Ok(at), _) => self.slots[at].1 = value,
            (Err(_), 0) => {}
            (Err(at), _) => self.insert(at, slot.here(), value),
        }
    }

    /// Adds to a total and returns the move; `None` when nothing changes.
    pub fn add(&mut self, slot: Slot, delta: i64) -> Option<AccumulatorMove> {
        if delta == 0 {
            return None;
        }
        let before = match self.place(slot) {
            Ok(at) => {
                let before = self.slots[at].1;
                if before + delta == 0 {
                    self.slots.remove(at);
                } else {
                    self.slots[at].1 = before + delta;
                }
                before
            }
            Err(at) => {
                self.insert(at, slot.here(), delta);
                0
            }
        };
        Some(AccumulatorMove { slot, before, delta })
    }

    /// The totals that are not zero.
    pub fn non_zero(&self) -> impl Iterator<Item = (Slot, i64)> {
        self.slots.iter().copied()
    }

    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// A counter's totals of a measure that goes by date, with their dates.
    pub fn dated(
        &self,
        counter: Counter,
        measure: Measure,
    ) -> impl Iterator<Item = (Slot, Date, i64)> {
        self.slots.iter().filter_map(move |(slot, value)| {
            let date = slot.is(counter, measure).then(|| slot.date()).flatten()?;
            Some((*slot, date, *value))
        })
    }

    fn place(&self, slot: Slot) -> Result<usize, usize> {
        let slot = slot.here();
        self.slots.binary_search_by_key(&slot, |(known, _)| *known)
    }

    fn insert(&mut self, at: usize, slot: Slot, value: i64) {
        if self.slots.is_empty() {
            // A settlement moves about so many; one allocation for most people's year.
            self.slots.reserve(8);
        }
        self.slots.insert(at, (slot, value));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_is_absent() {
        let (paid, base) =
            (Slot::of(Counter::LARGE, Measure::Paid), Slot::of(Counter::INPATIENT, Measure::Base));
        let mut year = Year::default();
        assert_eq!(year.add(paid, 0), None);
        let step = AccumulatorMove { slot: paid.back(1), before: 0, delta: 5 };
        assert_eq!(year.add(paid.back(1), 5), Some(step));
        year.set(base, 7);
        assert_eq!(year.non_zero().collect::<Vec<_>>(), [(base, 7), (paid, 5)]);
        assert_eq!(year.add(paid, -5).map(|step| step.before), Some(5));
        year.set(base, 0);
        assert_eq!(year, Year::default());
    }
}
