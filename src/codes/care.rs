//! Kinds of care, hospital levels, filing classes and scopes.

use std::fmt;

use arrayvec::ArrayString;
use serde::{Deserialize, Serialize};

/// 医疗类别 `med_type`, kept as sent, with the kind of care it belongs to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct MedType {
    code: ArrayString<6>,
    kind: CareKind,
}

/// What a policy distinguishes.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, Default,
)]
#[serde(rename_all = "snake_case")]
pub enum CareKind {
    Inpatient,
    #[default]
    Outpatient,
    /// 门诊慢特病.
    Chronic,
    /// 定点药店购药.
    Pharmacy,
}

impl CareKind {
    pub const ALL: [CareKind; 4] =
        [CareKind::Inpatient, CareKind::Outpatient, CareKind::Chronic, CareKind::Pharmacy];

    pub fn key(self) -> &'static str {
        match self {
            CareKind::Inpatient => "inpatient",
            CareKind::Outpatient => "outpatient",
            CareKind::Chronic => "chronic",
            CareKind::Pharmacy => "pharmacy",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            CareKind::Inpatient => "住院",
            CareKind::Outpatient => "普通门诊",
            CareKind::Chronic => "门诊慢特病",
            CareKind::Pharmacy => "药店购药",
        }
    }

    pub fn parse(key: &str) -> Option<CareKind> {
        CareKind::ALL.into_iter().find(|kind| kind.key() == key)
    }

    /// 清算类别 `clr_type`: 11 门诊, 21 住院, 41 药店.
    pub fn clearing_type(self) -> &'static str {
        match self {
            CareKind::Inpatient => "21",
            CareKind::Outpatient | CareKind::Chronic => "11",
            CareKind::Pharmacy => "41",
        }
    }
}

/// National medical types and provincial ones seen in the field, with their kind of care.
const MED_TYPES: [(&str, CareKind); 28] = [
    ("11", CareKind::Outpatient),
    ("12", CareKind::Outpatient),
    ("13", CareKind::Outpatient),
    ("19", CareKind::Outpatient),
    ("51", CareKind::Outpatient),
    ("53", CareKind::Outpatient),
    ("1102", CareKind::Outpatient),
    ("1901", CareKind::Outpatient),
    ("108", CareKind::Outpatient),
    ("9118", CareKind::Outpatient),
    ("9119", CareKind::Outpatient),
    ("14", CareKind::Chronic),
    ("21", CareKind::Inpatient),
    ("22", CareKind::Inpatient),
    ("23", CareKind::Inpatient),
    ("24", CareKind::Inpatient),
    ("26", CareKind::Inpatient),
    ("28", CareKind::Inpatient),
    ("52", CareKind::Inpatient),
    ("2101", CareKind::Inpatient),
    ("2105", CareKind::Inpatient),
    ("9218", CareKind::Inpatient),
    ("9219", CareKind::Inpatient),
    ("9903", CareKind::Inpatient),
    ("9921", CareKind::Inpatient),
    ("9922", CareKind::Inpatient),
    ("9925", CareKind::Inpatient),
    ("41", CareKind::Pharmacy),
];

impl MedType {
    /// A national code, or a local one that the operator mapped to a kind of care; `None` for anything else.
    pub fn parse(text: &str, local: &[(String, CareKind)]) -> Option<MedType> {
        let known = MED_TYPES.iter().find(|(code, _)| *code == text).map(|(_, kind)| *kind);
        let kind =
            known.or_else(|| local.iter().find(|(code, _)| code == text).map(|(_, kind)| *kind))?;
        Some(MedType { code: ArrayString::from(text).ok()?, kind })
    }

    pub fn as_str(&self) -> &str {
        &self.code
    }

    pub fn kind(&self) -> CareKind {
        self.kind
    }

    /// 13 急诊 and 24 急诊转住院 are emergency rescue by their type.
    pub fn is_emergency(&self) -> bool {
        matches!(self.as_str(), "13" | "24")
    }
}

impl Default for MedType {
    fn default() -> MedType {
        MedType { code: ArrayString::new(), kind: CareKind::Outpatient }
    }
}

/// 医院等级 `hosp_lv`, 01 to 11.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, Default,
)]
pub struct HospitalLevel(u8);

impl HospitalLevel {
    /// `None` unless two digits, 01 to 11; a sign is not a digit.
    pub fn parse(text: &str) -> Option<HospitalLevel> {
        let &[tens @ b'0'..=b'1', ones @ b'0'..=b'9'] = text.as_bytes() else { return None };
        let value = (tens - b'0') * 10 + (ones - b'0');
        (1..=11).contains(&value).then_some(HospitalLevel(value))
    }

    /// 3 for 01–04, 2 for 05–07, 1 for 08–10, 0 for ungraded.
    pub fn tier(self) -> u8 {
        match self.0 {
            1..=4 => 3,
            5..=7 => 2,
            8..=10 => 1,
            _ => 0,
        }
    }

    /// The two-digit code as a number, 1 to 11.
    pub fn code(self) -> u8 {
        self.0
    }

    pub fn label(self) -> &'static str {
        match self.tier() {
            3 => "三级",
            2 => "二级",
            1 => "一级",
            _ => "未定级",
        }
    }
}

impl HospitalLevel {
    /// The two-digit code; `00` for a level that was never read.
    pub fn as_str(self) -> &'static str {
        const CODES: [&str; 12] =
            ["00", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11"];
        CODES.get(usize::from(self.0)).copied().unwrap_or("00")
    }
}

impl fmt::Display for HospitalLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How a claim stands towards filing (备案), on which its benefit depends.
///
/// Source: 医保发〔2022〕22号 Arts. 7, 8, 16, 34 (groups, late filing, emergency deemed filed).
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, Default,
)]
pub enum FilingClass {
    /// Care at home; no filing in play.
    #[default]
    Local,
    /// Long-term resident treated where the filing says.
    LongTerm,
    /// Referred (转诊).
    Referral,
    /// Emergency rescue: counts as filed.
    Emergency,
    /// Filed for another temporary reason.
    OtherTemporary,
    Unfiled,
    /// Long-term resident treated at home (双向享受).
    LongTermReturn,
    /// The same, filed on a promise whose proof is still missing: benefit at home is not due yet.
    PromiseReturn,
}

impl FilingClass {
    pub const ALL: [FilingClass; 8] = [
        FilingClass::Local,
        FilingClass::LongTerm,
        FilingClass::Referral,
        FilingClass::Emergency,
        FilingClass::OtherTemporary,
        FilingClass::Unfiled,
        FilingClass::LongTermReturn,
        FilingClass::PromiseReturn,
    ];

    pub fn key(self) -> &'static str {
        match self {
            FilingClass::Local => "local",
            FilingClass::LongTerm => "long_term",
            FilingClass::Referral => "referral",
            FilingClass::Emergency => "emergency",
            FilingClass::OtherTemporary => "other_temporary",
            FilingClass::Unfiled => "unfiled",
            FilingClass::LongTermReturn => "long_term_return",
            FilingClass::PromiseReturn => "promise_return",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            FilingClass::Local => "本地就医",
            FilingClass::LongTerm => "异地长期居住",
            FilingClass::Referral => "异地转诊",
            FilingClass::Emergency => "异地急诊抢救",
            FilingClass::OtherTemporary => "其他临时外出就医",
            FilingClass::Unfiled => "未备案",
            FilingClass::LongTermReturn => "长期备案人员回参保地",
            FilingClass::PromiseReturn => "承诺制备案人员回参保地",
        }
    }

    pub fn parse(key: &str) -> Option<FilingClass> {
        FilingClass::ALL.into_iter().find(|class| class.key() == key)
    }
}

/// Where care was, seen from the insured place. `pay_loc` 2, 3, 4.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, Default,
)]
pub enum Scope {
    /// Same pooling region.
    #[default]
    Local,
    /// Another pooling region of the same province (省内异地).
    SameProvince,
    /// 跨省异地.
    OtherProvince,
}

impl Scope {
    pub const ALL: [Scope; 3] = [Scope::Local, Scope::SameProvince, Scope::OtherProvince];

    pub fn key(self) -> &'static str {
        match self {
            Scope::Local => "local",
            Scope::SameProvince => "same_province",
            Scope::OtherProvince => "other_province",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Scope::Local => "本地",
            Scope::SameProvince => "省内异地",
            Scope::OtherProvince => "跨省异地",
        }
    }

    pub fn parse(key: &str) -> Option<Scope> {
        Scope::ALL.into_iter().find(|scope| scope.key() == key)
    }

    /// 支付地点类别.
    pub fn pay_loc(self) -> &'static str {
        match self {
            Scope::Local => "2",
            Scope::SameProvince => "3",
            Scope::OtherProvince => "4",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hospital_level_is_two_digits() {
        let known: Vec<u8> = (0..=99u8)
            .filter_map(|value| HospitalLevel::parse(&format!("{value:02}")))
            .map(HospitalLevel::code)
            .collect();
        assert_eq!(known, (1..=11).collect::<Vec<u8>>());
        for text in ["+1", "1", "001", " 1", "１１", ""] {
            assert_eq!(HospitalLevel::parse(text), None, "{text:?}");
        }
    }
}
