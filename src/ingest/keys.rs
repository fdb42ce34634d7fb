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
    if text.len() < 32 || !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).ok()).collect()
}
