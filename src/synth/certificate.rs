//! Certificate numbers of the form of GB 11643: division, birth date, order, check character. The
//! division is nobody's (99xxxx).

use crate::calendar::Date;

use super::row::civil;

const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS: &[u8; 11] = b"10X98765432";

/// A certificate number.
pub type Certificate = [u8; 18];

/// The number of person `serial`, born on `birth`. Different serials below five million give
/// different numbers whatever the birth date; larger ones too unless the birth dates agree as well.
pub fn number(serial: u64, birth: Date, female: bool) -> Certificate {
    let (year, month, day) = civil(birth);
    let order = serial / 10_000 % 500 * 2 + u64::from(!female);
    let parts: [(u64, usize); 6] = [
        (99, 2),
        (serial % 10_000, 4),
        (u64::from(year), 4),
        (u64::from(month), 2),
        (u64::from(day), 2),
        (order % 1000, 3),
    ];
    let mut text = [b'0'; 18];
    let mut at = 0;
    for (value, width) in parts {
        let mut rest = value;
        for cell in text[at..at + width].iter_mut().rev() {
            *cell = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        at += width;
    }
    text[17] = check(&text);
    text
}

/// The check character of the first 17 digits.
fn check(text: &Certificate) -> u8 {
    let sum: u32 = text.iter().zip(WEIGHTS).map(|(digit, w)| u32::from(digit - b'0') * w).sum();
    CHECKS[(sum % 11) as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_character_is_the_standards() {
        // The standard's own examples.
        for example in [b"11010519491231002X", b"440524188001010014"] {
            assert_eq!(check(example), example[17]);
        }
    }

    #[test]
    fn sex_and_birth_can_be_read_back() {
        let birth = Date::from_ymd(1980, 2, 29).unwrap_or_default();
        let number = number(1_234_567, birth, true);
        assert_eq!(&number[..14], b"99456719800229");
        assert_eq!((number[16] - b'0') % 2, 0);
    }
}
