//! Decimal text in and out: yuan, quantities, prices and ratios as scaled integers.

/// Why a text is not a number we can hold exactly.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NumberError {
    #[error("is empty")]
    Empty,
    #[error("is not a decimal number")]
    Malformed,
    #[error("has more decimals than the field allows")]
    TooPrecise,
    #[error("is larger than the field allows")]
    TooLarge,
}

/// Reads `[+-]digits[.digits]` as an integer scaled by 10^`decimals`. Further decimals are accepted only when
/// they are zeros. No spaces, no exponent, no grouping.
///
/// # Errors
/// [`NumberError`], in the order of its variants.
pub fn parse_scaled(text: &[u8], decimals: u32) -> Result<i64, NumberError> {
    let (negative, digits) = match text {
        [] => return Err(NumberError::Empty),
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] | rest => (false, rest),
    };
    let mut value: i64 = 0;
    let mut seen = 0usize;
    let mut places: Option<u32> = None;
    for &byte in digits {
        match byte {
            b'0'..=b'9' => {
                seen += 1;
                let digit = i64::from(byte - b'0');
                if let Some(count) = places.as_mut() {
                    if *count == decimals {
                        if digit != 0 {
                            return Err(NumberError::TooPrecise);
                        }
                        continue;
                    }
                    *count += 1;
                }
                value = value
                    .checked_mul(10)
                    .and_then(|v| v.checked_add(digit))
                    .ok_or(NumberError::TooLarge)?;
            }
            b'.' if places.is_none() => places = Some(0),
            _ => return Err(NumberError::Malformed),
        }
    }
    if seen == 0 {
        return Err(NumberError::Malformed);
    }
    let missing = decimals - places.unwrap_or(0);
    let value = 10i64
        .checked_pow(missing)
        .and_then(|scale| value.checked_mul(scale))
        .ok_or(NumberError::TooLarge)?;
    Ok(if negative { -value } else { value })
}

/// Reads an amount in yuan, numeric(16,2).
///
/// # Errors
/// [`NumberError`]; an amount above numeric(16,2) is too large.
pub fn parse(text: &[u8]) -> Result<super::Fen, NumberError> {
    let fen = parse_scaled(text, 2)?;
    if fen.unsigned_abs() > super::Fen::MAX_FIELD.get().unsigned_abs() {
        return Err(NumberError::TooLarge);
    }
    Ok(super::Fen::new(fen))
}

/// Writes a fen count as yuan with two decimals into `buffer`; returns the text.
pub fn text(fen: i64, buffer: &mut [u8; 24]) -> &str {
    let mut rest = fen.unsigned_abs();
    let mut at = buffer.len();
    let mut written = 0;
    while rest > 0 || written < 3 {
        if written == 2 {
            at -= 1;
            buffer[at] = b'.';
        }
        at -= 1;
        buffer[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        written += 1;
    }
    if fen < 0 {
        at -= 1;
        buffer[at] = b'-';
    }
    std::str::from_utf8(&buffer[at..]).unwrap_or("")
}

/// A sum over many records, in fen, as yuan with thousands separators: for people.
pub fn grouped(fen: i128) -> String {
    let plain = format!("{:03}", fen.unsigned_abs());
    let (whole, part) = plain.split_at(plain.len() - 2);
    let mut out = String::with_capacity(plain.len() * 2);
    if fen < 0 {
        out.push('-');
    }
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out.push('.');
    out.push_str(part);
    out
}

/// A count with thousands separators: for people.
pub fn count(count: u64) -> String {
    let yuan = grouped(i128::from(count) * 100);
    yuan.strip_suffix(".00").unwrap_or(&yuan).to_owned()
}

/// A sum over many records, in fen, as plain yuan: for files.
pub fn wide(fen: i128) -> String {
    let plain = format!("{:03}", fen.unsigned_abs());
    let (whole, part) = plain.split_at(plain.len() - 2);
    format!("{}{whole}.{part}", if fen < 0 { "-" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_institutions_write() {
        let cases: [(&str, Result<i64, NumberError>); 12] = [
            ("12.30", Ok(1230)),
            ("-25.1", Ok(-2510)),
            ("0", Ok(0)),
            ("99999999.000000", Ok(9_999_999_900)),
            (".5", Ok(50)),
            ("", Err(NumberError::Empty)),
            ("-", Err(NumberError::Malformed)),
            ("1.234", Err(NumberError::TooPrecise)),
            ("1,234.00", Err(NumberError::Malformed)),
            ("nan", Err(NumberError::Malformed)),
            ("1e3", Err(NumberError::Malformed)),
            ("100000000000000.00", Err(NumberError::TooLarge)),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text.as_bytes()).map(super::super::Fen::get), expected, "{text:?}");
        }
    }

    #[test]
    fn writes_yuan() {
        let mut buffer = [0; 24];
        for (fen, expected) in [(0, "0.00"), (5, "0.05"), (-5, "-0.05"), (123_456, "1234.56")] {
            assert_eq!(text(fen, &mut buffer), expected);
        }
        assert_eq!(text(i64::MIN, &mut buffer), "-92233720368547758.08");
        assert_eq!(grouped(-123_456_789), "-1,234,567.89");
        assert_eq!(grouped(5), "0.05");
        assert_eq!(wide(-5), "-0.05");
    }
}
