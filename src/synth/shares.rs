//! Shares: how many institutions a night has, and how many claims each sends.

use crate::synth::roles::KINDS;

/// Weight of the first institution; the one at `rank` has a `rank + 1`th of it.
const WEIGHT: u64 = 1_000_000_000;

/// Institutions for a night of `claims`: 12 at 300, 60 at 10,000, 500 at a million.
pub fn institutions(claims: u64) -> u64 {
    let tenths = match claims {
        0..3_000 => 7,
        3_000..100_000 => 6,
        _ => 5,
    };
    ((claims.isqrt() * tenths + 5) / 10).max(4)
}

/// Zipf's law over `count` ranks: parts of `total` that add up to it.
pub fn zipf(total: u64, count: u64) -> Vec<u64> {
    let weight = |rank: u64| WEIGHT / (rank + 1);
    let all: u64 = (0..count).map(weight).sum();
    let upto = |weights: u64| {
        let share = u128::from(total) * u128::from(weights) / u128::from(all.max(1));
        u64::try_from(share).unwrap_or(total)
    };
    let (mut sum, mut given) = (0, 0);
    (0..count)
        .map(|rank| {
            sum += weight(rank);
            let part = upto(sum) - given;
            given += part;
            part
        })
        .collect()
}

/// `total` in `count` parts that differ by at most one.
pub fn even(total: u64, count: u32) -> Vec<u64> {
    let count = u64::from(count.max(1));
    (0..count).map(|part| total / count + u64::from(part < total % count)).collect()
}

/// Claims that each institution set aside for one planted kind sends.
pub fn set_aside(claims: u64, dirty: u32) -> u64 {
    let planted = u128::from(claims) * u128::from(dirty) / 1_000_000;
    let each = u64::try_from(planted).unwrap_or(0) / KINDS.len() as u64;
    if dirty > 0 && claims >= 100 { each.max(1) } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up_to_the_whole() {
        for (total, count) in [(0, 4), (1, 4), (300, 12), (10_000, 60), (1_000_000, 500)] {
            let parts = zipf(total, count);
            assert_eq!((parts.len() as u64, parts.iter().sum::<u64>()), (count, total));
        }
        assert_eq!(even(10, 3), [4, 3, 3]);
    }

    #[test]
    fn the_first_has_twice_the_second() {
        let parts = zipf(1_000_000, 500);
        assert!(parts[0].abs_diff(2 * parts[1]) <= 2, "{} {}", parts[0], parts[1]);
        assert!(parts[499] > 0);
    }

    #[test]
    fn institutions_grow_with_the_night() {
        assert_eq!([300, 10_000, 1_000_000].map(institutions), [12, 60, 500]);
    }
}
