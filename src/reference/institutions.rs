//! Designated institutions: where they are, their level, agreements, suspensions and links.

use std::collections::HashMap;

use crate::calendar::{Date, DateSpan};
use crate::codes::{AdmDiv, CareKind, HospitalLevel, InstitutionCode, Scope};

/// How far an institution is opened for direct settlement (`out_onln_open_type`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum LinkOpening {
    Closed,
    Province,
    Nationwide,
}

/// One institution, all spans of it.
#[derive(Debug, Default)]
pub struct Institution {
    /// Division, name and level by span.
    pub registered: Vec<(DateSpan, AdmDiv, HospitalLevel)>,
    pub name: String,
    pub agreements: Vec<DateSpan>,
    pub suspensions: Vec<DateSpan>,
    pub links: Vec<(CareKind, LinkOpening, DateSpan)>,
    /// What policies may ask for: `community`, `psychiatric`, `provincial` …
    pub marks: Vec<(DateSpan, String)>,
}

impl Institution {
    /// Division and level on `day`.
    pub fn on(&self, day: Date) -> Option<(AdmDiv, HospitalLevel)> {
        self.registered
            .iter()
            .find(|(span, ..)| span.contains(day))
            .map(|(_, division, level)| (*division, *level))
    }

    pub fn has_agreement(&self, day: Date) -> bool {
        self.agreements.iter().any(|span| span.contains(day))
    }

    pub fn is_suspended(&self, day: Date) -> bool {
        self.suspensions.iter().any(|span| span.contains(day))
    }

    /// Whether people of another region are settled directly here for this care. Local care needs no link.
    pub fn is_linked(&self, care: CareKind, scope: Scope, day: Date) -> bool {
        let needed = match scope {
            Scope::Local => return true,
            Scope::SameProvince => LinkOpening::Province,
            Scope::OtherProvince => LinkOpening::Nationwide,
        };
        self.links
            .iter()
            .any(|(kind, opening, span)| *kind == care && *opening >= needed && span.contains(day))
    }
}

/// All institutions by code.
#[derive(Debug, Default)]
pub struct Institutions {
    by_code: HashMap<InstitutionCode, Institution>,
}

impl Institutions {
    pub fn get(&self, code: InstitutionCode) -> Option<&Institution> {
        self.by_code.get(&code)
    }

    pub fn get_mut(&mut self, code: InstitutionCode) -> Option<&mut Institution> {
        self.by_code.get_mut(&code)
    }

    pub fn entry(&mut self, code: InstitutionCode) -> &mut Institution {
        self.by_code.entry(code).or_default()
    }

    pub fn iter(&self) -> impl Iterator<Item = (InstitutionCode, &Institution)> {
        self.by_code.iter().map(|(code, institution)| (*code, institution))
    }
}
