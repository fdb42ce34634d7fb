//! Insurance kinds and person types, as sent, with the class that rules go by.

use std::fmt;

use arrayvec::ArrayString;
use serde::{Deserialize, Serialize};

/// 险种类型 `insutype`: three digits nationally, local extensions up to six characters, kept as sent.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Insurance(ArrayString<6>);

/// Which price-limit and first-payment columns of a catalogue apply.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum InsuranceClass {
    /// 310 and its layers.
    Employee,
    /// 380, 390, 391, 392.
    Resident,
    /// 340, 350, 360 and local kinds.
    Other,
}

/// National codes; other three- to five-digit codes are local extensions.
pub const INSURANCE_NAMES: [(&str, &str); 14] = [
    ("310", "职工基本医疗保险"),
    ("320", "公务员医疗补助"),
    ("330", "大额医疗费用补助"),
    ("340", "离休人员医疗保障"),
    ("350", "一至六级残废军人医疗补助"),
    ("360", "老红军医疗保障"),
    ("370", "企业补充医疗保险"),
    ("380", "新型农村合作医疗"),
    ("390", "城乡居民基本医疗保险"),
    ("391", "城镇居民基本医疗保险"),
    ("392", "城乡居民大病医疗保险"),
    ("399", "其他特殊人员医疗保障"),
    ("410", "长期照护保险"),
    ("510", "生育保险"),
];

impl Insurance {
    /// `None` unless three to six digits.
    pub fn parse(text: &str) -> Option<Insurance> {
        let fits = (3..=6).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        fits.then(|| ArrayString::from(text).ok().map(Insurance)).flatten()
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn class(&self) -> InsuranceClass {
        match self.0.get(..3) {
            Some("310" | "320" | "330" | "370") => InsuranceClass::Employee,
            Some("380" | "390" | "391" | "392") => InsuranceClass::Resident,
            _ => InsuranceClass::Other,
        }
    }

    /// The national name, or nothing for a local extension.
    pub fn name(&self) -> &'static str {
        INSURANCE_NAMES.iter().find(|(code, _)| *code == self.as_str()).map_or("", |(_, name)| name)
    }
}

/// 人员类别 `psn_type`: two, four or six digits; the first two say the group.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct PersonType(ArrayString<6>);

impl PersonType {
    /// `None` unless two, four or six digits that begin 11 to 16.
    pub fn parse(text: &str) -> Option<PersonType> {
        let digits = text.bytes().all(|b| b.is_ascii_digit());
        let group = matches!(text.get(..2), Some("11" | "12" | "13" | "14" | "15" | "16"));
        let fits = digits && group && matches!(text.len(), 2 | 4 | 6);
        fits.then(|| ArrayString::from(text).ok().map(PersonType)).flatten()
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

macro_rules! shown {
    ($($name:ident),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}
shown!(Insurance, PersonType);
