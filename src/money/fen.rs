//! An amount of money in fen.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

use serde::{Deserialize, Serialize};

/// An amount in fen (1/100 yuan), signed.
///
/// The national interface writes amounts as numeric(16,2); [`Fen::MAX_FIELD`] is the largest of them and is checked where
/// text enters, so arithmetic inside one claim cannot overflow unnoticed: the operators panic rather than
/// wrap, and sums over many records use [`Fen::checked_add`] or `i128`. There is no `Fen * Fen`, no float.
///
/// ```
/// use medsettle::money::Fen;
/// assert_eq!((Fen::new(452) - Fen::new(23)).to_string(), "4.29");
/// ```
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug, Serialize, Deserialize,
)]
pub struct Fen(i64);

impl Fen {
    pub const ZERO: Fen = Fen(0);
    /// The largest magnitude a numeric(16,2) field can hold.
    pub const MAX_FIELD: Fen = Fen(9_999_999_999_999_999);

    pub const fn new(fen: i64) -> Fen {
        Fen(fen)
    }

    /// The count of fen.
    pub const fn get(self) -> i64 {
        self.0
    }

    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    pub const fn abs(self) -> Fen {
        Fen(self.0.abs())
    }

    pub fn checked_add(self, other: Fen) -> Option<Fen> {
        self.0.checked_add(other.0).map(Fen)
    }

    /// `self` when positive, else zero.
    pub fn or_zero(self) -> Fen {
        self.max(Fen::ZERO)
    }
}

impl Add for Fen {
    type Output = Fen;
    fn add(self, other: Fen) -> Fen {
        Fen(self.0 + other.0)
    }
}

impl Sub for Fen {
    type Output = Fen;
    fn sub(self, other: Fen) -> Fen {
        Fen(self.0 - other.0)
    }
}

impl AddAssign for Fen {
    fn add_assign(&mut self, other: Fen) {
        *self = *self + other;
    }
}

impl SubAssign for Fen {
    fn sub_assign(&mut self, other: Fen) {
        *self = *self - other;
    }
}

impl Neg for Fen {
    type Output = Fen;
    fn neg(self) -> Fen {
        Fen(-self.0)
    }
}

impl Sum for Fen {
    fn sum<I: Iterator<Item = Fen>>(iter: I) -> Fen {
        iter.fold(Fen::ZERO, Add::add)
    }
}

impl fmt::Display for Fen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut buffer = [0; 24];
        f.pad(super::yuan::text(self.0, &mut buffer))
    }
}
