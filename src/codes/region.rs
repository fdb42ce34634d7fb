//! Divisions and pooling regions.
//!
//! The care place's payment scope and the insured place's benefits meet in one claim (医保发〔2022〕22号); swapping
//! the two regions is the costliest mistake available, so they are different types.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A six-digit medical-insurance division (医保区划), as written in files. Extends GB/T 2260 (`131199`, `910000`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct AdmDiv([u8; 6]);

impl AdmDiv {
    pub fn parse(text: &[u8]) -> Option<AdmDiv> {
        let digits: [u8; 6] = text.try_into().ok()?;
        digits.iter().all(u8::is_ascii_digit).then_some(AdmDiv(digits))
    }

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("")
    }

    /// The division as a number, for compact storage.
    pub fn number(self) -> u32 {
        self.0.iter().fold(0, |n, digit| n * 10 + u32::from(digit - b'0'))
    }

    pub fn same_province(self, other: AdmDiv) -> bool {
        self.0[..2] == other.0[..2]
    }

    /// Whether the first four digits agree: the same prefecture-level city.
    pub fn same_prefecture(self, other: AdmDiv) -> bool {
        self.0[..4] == other.0[..4]
    }

    /// The province's own code, `PP0000`.
    pub fn province(self) -> AdmDiv {
        let [a, b, ..] = self.0;
        AdmDiv([a, b, b'0', b'0', b'0', b'0'])
    }

    /// Whether a filing made to `self` covers care in `place`: a province covers all of it, a city its counties,
    /// a county itself.
    ///
    /// Source: filing is made to a place, not to a hospital (医保发〔2022〕22号, part 3(1)).
    pub fn covers(self, place: AdmDiv) -> bool {
        let [_, _, city @ .., c0, c1] = self.0;
        let prefix = match (city, [c0, c1]) {
            ([b'0', b'0'], [b'0', b'0']) => 2,
            (_, [b'0', b'0'] | [b'9', b'9']) => 4,
            _ => 6,
        };
        self.0[..prefix] == place.0[..prefix]
    }
}

impl fmt::Display for AdmDiv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for AdmDiv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

macro_rules! role {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug, Serialize, Deserialize,
        )]
        pub struct $name(pub AdmDiv);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

role! {
    /// The pooling region whose funds pay (参保地), `insuplc_admdvs` resolved through the region table.
    InsuredRegion
}
role! {
    /// The pooling region of the institution (就医地), `mdtrtarea_admvs` resolved through the region table.
    CareRegion
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filing_covers_the_place_it_names() {
        let div = |t: &str| AdmDiv::parse(t.as_bytes()).unwrap_or_default();
        for (filed, place, expected) in [
            ("310000", "310115", true),
            ("320100", "320102", true),
            ("320100", "320200", false),
            ("130199", "130181", true),
            ("130181", "130102", false),
            ("130181", "130181", true),
        ] {
            assert_eq!(div(filed).covers(div(place)), expected, "{filed} {place}");
        }
        assert_eq!(AdmDiv::parse(b"11000"), None);
        assert_eq!(AdmDiv::parse(b"11000x"), None);
    }
}
