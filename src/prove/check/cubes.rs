//! Sets of combinations as products: per dimension a set of atoms, and marks that are present, absent, or either.
//!
//! Owns: meeting, taking away, joining and counting such sets. Knows nothing of what the atoms mean.

/// Dimensions of a cube, marks left out.
pub const DIMENSIONS: usize = 12;

/// So many cubes are looked at before a proof is given up.
const MOST: usize = 20_000;

/// Atoms of one dimension, at most 256.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Atoms([u64; 4]);

impl Atoms {
    pub const MAX: usize = 256;
    pub const ALL: Atoms = Atoms([u64::MAX; 4]);

    /// Atoms beyond the last are left out; [`super::space`] never makes them.
    pub fn of(places: impl IntoIterator<Item = usize>) -> Atoms {
        let mut atoms = Atoms::default();
        for place in places.into_iter().filter(|place| *place < Atoms::MAX) {
            atoms.0[place / 64] |= 1 << (place % 64);
        }
        atoms
    }

    pub fn has(self, place: usize) -> bool {
        place < Atoms::MAX && self.0[place / 64] >> (place % 64) & 1 == 1
    }

    pub fn places(self) -> impl Iterator<Item = usize> {
        (0..Atoms::MAX).filter(move |place| self.has(*place))
    }

    pub fn count(self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    pub fn is_empty(self) -> bool {
        self.0 == [0; 4]
    }

    pub fn and(self, other: Atoms) -> Atoms {
        self.zip(other, |a, b| a & b)
    }

    pub fn or(self, other: Atoms) -> Atoms {
        self.zip(other, |a, b| a | b)
    }

    pub fn without(self, other: Atoms) -> Atoms {
        self.zip(other, |a, b| a & !b)
    }

    pub fn within(self, other: Atoms) -> bool {
        self.without(other).is_empty()
    }

    fn zip(self, other: Atoms, with: impl Fn(u64, u64) -> u64) -> Atoms {
        let mut out = Atoms::default();
        for ((out, a), b) in out.0.iter_mut().zip(self.0).zip(other.0) {
            *out = with(a, b);
        }
        out
    }
}

/// All combinations of one atom of each dimension, with some marks and without others.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Cube {
    pub dims: [Atoms; DIMENSIONS],
    pub present: u128,
    pub absent: u128,
}

impl Cube {
    pub const ALL: Cube = Cube { dims: [Atoms::ALL; DIMENSIONS], present: 0, absent: 0 };

    pub fn meet(&self, other: &Cube) -> Option<Cube> {
        let mut both = *self;
        for (dim, more) in both.dims.iter_mut().zip(other.dims) {
            *dim = dim.and(more);
            if dim.is_empty() {
                return None;
            }
        }
        both.present |= other.present;
        both.absent |= other.absent;
        (both.present & both.absent == 0).then_some(both)
    }

    /// Pushes what of `self` is not in `other`, in pieces that do not overlap.
    fn without(&self, other: &Cube, out: &mut Vec<Cube>) {
        if self.meet(other).is_none() {
            out.push(*self);
            return;
        }
        let mut rest = *self;
        for (at, taken) in other.dims.iter().enumerate() {
            let left = rest.dims[at].without(*taken);
            if !left.is_empty() {
                let mut piece = rest;
                piece.dims[at] = left;
                out.push(piece);
                rest.dims[at] = rest.dims[at].and(*taken);
            }
        }
        for bit in (0..128).map(|bit| 1_u128 << bit) {
            if other.present & bit != 0 && rest.present & bit == 0 {
                out.push(Cube { absent: rest.absent | bit, ..rest });
                rest.present |= bit;
            }
            if other.absent & bit != 0 && rest.absent & bit == 0 {
                out.push(Cube { present: rest.present | bit, ..rest });
                rest.absent |= bit;
            }
        }
    }

    /// The two as one, when they differ in one thing only.
    fn join(&self, other: &Cube) -> Option<Cube> {
        let marks = self.present == other.present && self.absent == other.absent;
        let differ = self.dims.iter().zip(&other.dims).filter(|(a, b)| a != b).count();
        if marks && differ <= 1 {
            let mut both = *self;
            for (dim, more) in both.dims.iter_mut().zip(other.dims) {
                *dim = dim.or(more);
            }
            return Some(both);
        }
        let (one, two) = (self.present & !other.present, other.present & !self.present);
        let (three, four) = (self.absent & !other.absent, other.absent & !self.absent);
        if differ == 0 && one == four && two == three && (one | two).is_power_of_two() {
            let bit = one | two;
            return Some(Cube {
                present: self.present & !bit,
                absent: self.absent & !bit,
                ..*self
            });
        }
        None
    }
}

/// Work on lists of cubes; gives up, and says so, where they become too many.
#[derive(Debug, Default)]
pub struct Work {
    pub gave_up: bool,
}

impl Work {
    pub fn meet(&self, list: &[Cube], other: &[Cube]) -> Vec<Cube> {
        list.iter().flat_map(|cube| other.iter().filter_map(|more| cube.meet(more))).collect()
    }

    /// What of `list` is in none of `taken`. Nothing, and `gave_up`, when that takes too many cubes.
    pub fn without(&mut self, list: &[Cube], taken: &[Cube]) -> Vec<Cube> {
        let mut left = list.to_vec();
        for cube in taken {
            let mut next = Vec::with_capacity(left.len());
            for piece in &left {
                piece.without(cube, &mut next);
            }
            left = next;
            if left.len() > MOST {
                self.gave_up = true;
                return Vec::new();
            }
        }
        left
    }

    pub fn is_within(&mut self, list: &[Cube], other: &[Cube]) -> bool {
        self.without(list, other).is_empty()
    }
}

pub fn meets(list: &[Cube], other: &[Cube]) -> bool {
    list.iter().any(|cube| other.iter().any(|more| cube.meet(more).is_some()))
}

/// The same combinations in fewer cubes.
pub fn joined(mut list: Vec<Cube>) -> Vec<Cube> {
    if list.len() > 400 {
        return list;
    }
    for _ in 0..4 {
        let before = list.len();
        let mut at = 0;
        while at < list.len() {
            let found =
                (at + 1..list.len()).find_map(|other| Some((other, list[at].join(&list[other])?)));
            match found {
                Some((other, both)) => {
                    list[at] = both;
                    list.swap_remove(other);
                }
                None => at += 1,
            }
        }
        if list.len() == before {
            break;
        }
    }
    list.sort();
    list
}

/// How many combinations, seen in the dimensions of `mask` and the marks of `marks` only.
pub fn count(list: &[Cube], mask: &[bool; DIMENSIONS], marks: u128) -> u64 {
    let mut seen: Vec<Cube> = Vec::new();
    let mut sum = 0_u64;
    for cube in list {
        let mut flat = Cube::ALL;
        for (at, wanted) in mask.iter().enumerate() {
            if *wanted {
                flat.dims[at] = cube.dims[at];
            }
        }
        (flat.present, flat.absent) = (cube.present & marks, cube.absent & marks);
        if seen.contains(&flat) {
            continue;
        }
        seen.push(flat);
        let atoms = cube.dims.iter().zip(mask).filter(|(_, wanted)| **wanted);
        let product = atoms.fold(1_u64, |all, (dim, _)| all.saturating_mul(u64::from(dim.count())));
        let free = (marks & !(flat.present | flat.absent)).count_ones();
        sum =
            sum.saturating_add(product.saturating_mul(1_u64.checked_shl(free).unwrap_or(u64::MAX)));
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cube(first: &[usize], second: &[usize]) -> Cube {
        let mut cube = Cube::ALL;
        cube.dims[0] = Atoms::of(first.iter().copied());
        cube.dims[1] = Atoms::of(second.iter().copied());
        cube
    }

    #[test]
    fn what_is_taken_away_and_what_is_left_make_the_whole() {
        let whole = [cube(&[0, 1, 2], &[0, 1])];
        let taken = [cube(&[1], &[0, 1]), cube(&[0, 2], &[1])];
        let mut work = Work::default();
        let left = joined(work.without(&whole, &taken));
        assert_eq!(left, [cube(&[0, 2], &[0])]);
        let all: Vec<Cube> = left.iter().chain(&taken).copied().collect();
        assert!(work.is_within(&whole, &all));
        assert!(!work.gave_up);
    }

    #[test]
    fn marks_are_present_absent_or_either() {
        let with = Cube { present: 1, ..Cube::ALL };
        let without = Cube { absent: 1, ..Cube::ALL };
        let mut work = Work::default();
        assert_eq!(work.without(&[Cube::ALL], &[with]), [without]);
        assert_eq!(joined(vec![with, without]), [Cube::ALL]);
        assert!(!meets(&[with], &[without]));
        assert_eq!(count(&[Cube::ALL], &[false; DIMENSIONS], 0b11), 4);
    }
}
