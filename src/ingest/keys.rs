//! The key file for pseudonyms.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::codes::AdmDiv;
use crate::store::pseudonym::Pseudonyms;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawKeys {
    default: String,
    #[serde(default)]
    regions: BTreeMap<String, String>,
}

/// Reads `keys.toml`: `default` and `[regions]`, hexadecimal, at least 16 bytes each.
///
/// # Errors
/// What is wrong with the file; never the key.
pub fn load(path: &Path) -> Result<Pseudonyms, String> {
    let at = |what: &str| format!("{}: {what}", path.display());
    let text = std::fs::read_to_string(path).map_err(|error| at(&error.to_string()))?;
    // The parser's message would quote the key.
    let raw: RawKeys = toml::from_str(&text)
        .map_err(|_| at("is not a key file: default = \"hex\" and [regions] code = \"hex\""))?;
    let default = bytes(&raw.default).ok_or_else(|| at("default is not 16 or more hex bytes"))?;
    let mut regions = BTreeMap::new();
    for (code, key) in &raw.regions {
        let region =
            AdmDiv::parse(code.as_bytes()).ok_or_else(|| at("a region is not 6 digits"))?;
        let key = bytes(key).ok_or_else(|| at("a region's key is not 16 or more hex bytes"))?;
        regions.insert(region, key);
    }
    Ok(Pseudonyms::new(default, regions))
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let digits = digits.filter(|digits| digits.len() >= 32 && digits.len().is_multiple_of(2))?;
    Some(digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_sixteen_or_more_hex_bytes() {
        assert_eq!(bytes(&"0aF".repeat(12)).map(|key| key[..3].to_vec()), Some(vec![10, 240, 175]));
        // A sign passes for a digit in Rust's own reading of numbers.
        for text in
            ["+f".repeat(16), "0f".repeat(15), format!("{}0", "0f".repeat(16)), "é".repeat(32)]
        {
            assert_eq!(bytes(&text), None, "{text:?}");
        }
    }
}
