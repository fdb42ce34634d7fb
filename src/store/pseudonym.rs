//! Keyed pseudonyms: a person can be followed within one insured region's tables, and nowhere else.
//!
//! HMAC-SHA256 under a key per region that is given as input; a plain hash of a certificate number is no protection, its space is
//! small enough to enumerate. The key id, not the key, goes into manifests.

use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::codes::{AdmDiv, InsuredRegion, hex};

/// The keys of a run.
#[derive(Clone, Default)]
pub struct Pseudonyms {
    default: Vec<u8>,
    regions: BTreeMap<AdmDiv, Vec<u8>>,
}

impl std::fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pseudonyms(***)")
    }
}

impl Pseudonyms {
    /// A default key, from which a region without its own derives one, and the keys of single regions.
    pub fn new(default: Vec<u8>, regions: BTreeMap<AdmDiv, Vec<u8>>) -> Pseudonyms {
        Pseudonyms { default, regions }
    }

    /// A hasher for one insured region; make it once, use it for many people.
    pub fn region(&self, region: InsuredRegion) -> RegionPseudonyms {
        let key = match self.regions.get(&region.0) {
            Some(key) => key.clone(),
            None => mac(&self.default, region.0.as_str().as_bytes()).to_vec(),
        };
        RegionPseudonyms { key }
    }

    /// Says which keys were used without saying what they are.
    pub fn key_id(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(b"key id\0");
        hash.update(&self.default);
        for (region, key) in &self.regions {
            hash.update(region.as_str());
            hash.update(key);
        }
        let digest: [u8; 32] = hash.finalize().into();
        hex(&digest[..6])
    }
}

/// Pseudonyms of one insured region's people.
pub struct RegionPseudonyms {
    key: Vec<u8>,
}

impl RegionPseudonyms {
    /// 32 hexadecimal characters.
    pub fn of(&self, person_key: u128) -> String {
        hex(&mac(&self.key, &person_key.to_be_bytes())[..16])
    }
}

fn mac(key: &[u8], message: &[u8]) -> [u8; 32] {
    // An HMAC takes keys of any length, so this cannot fail.
    match <Hmac<Sha256> as KeyInit>::new_from_slice(key) {
        Ok(mut mac) => {
            mac.update(message);
            mac.finalize().into_bytes().into()
        }
        Err(_) => [0; 32],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_person_has_different_pseudonyms_in_two_regions() {
        let keys = Pseudonyms::new(b"secret".to_vec(), BTreeMap::new());
        let region = |t: &str| InsuredRegion(AdmDiv::parse(t.as_bytes()).unwrap_or_default());
        let (a, b) = (keys.region(region("110000")).of(7), keys.region(region("440100")).of(7));
        assert_eq!(a.len(), 32);
        assert_ne!(a, b);
        assert_eq!(a, keys.region(region("110000")).of(7));
        assert!(!format!("{keys:?}").contains("secret"));
    }
}
