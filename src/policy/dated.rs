//! Values that hold from a first day until the next one.

use crate::calendar::Date;

/// Values keyed by first day, strictly ascending.
#[derive(Clone, Debug)]
pub struct Dated<T> {
    entries: Vec<(Date, T)>,
}

impl<T> Default for Dated<T> {
    fn default() -> Dated<T> {
        Dated { entries: Vec::new() }
    }
}

impl<T> Dated<T> {
    /// # Errors
    /// The first day that is not later than the one before it.
    pub fn new(entries: Vec<(Date, T)>) -> Result<Dated<T>, Date> {
        match entries.windows(2).find(|pair| pair[0].0 >= pair[1].0) {
            Some(pair) => Err(pair[1].0),
            None => Ok(Dated { entries }),
        }
    }

    /// The value that holds on `day`, if any does.
    pub fn at(&self, day: Date) -> Option<&T> {
        let next = self.entries.partition_point(|(from, _)| *from <= day);
        next.checked_sub(1).map(|i| &self.entries[i].1)
    }

    /// The first day of the value that holds on `day`.
    pub fn start_of(&self, day: Date) -> Option<Date> {
        let next = self.entries.partition_point(|(from, _)| *from <= day);
        next.checked_sub(1).map(|i| self.entries[i].0)
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = &(Date, T)> {
        self.entries.iter()
    }
}
