//! The registry of identifier types. All are short, inline texts; those that name a person redact themselves.

use std::fmt;

use arrayvec::ArrayString;
use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $length:literal, $show:tt) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
        )]
        pub struct $name(ArrayString<$length>);

        impl $name {
            /// The longest text the interface allows, in bytes.
            pub const MAX_LEN: usize = $length;

            /// `None` when the text is longer than the interface allows.
            pub fn new(text: &str) -> Option<$name> {
                ArrayString::from(text).ok().map($name)
            }

            /// The text itself. For people's identifiers: only for files that may carry them.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            pub fn is_empty(&self) -> bool {
                self.0.is_empty()
            }
        }

        id!(@fmt $name, $show);
    };
    (@fmt $name:ident, shown) => {
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
    };
    (@fmt $name:ident, redacted) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("***")
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("***")
            }
        }
    };
}

id! {
    /// 结算ID, C30. Unique per sender and never reused.
    SettlementId, 30, shown
}
id! {
    /// 就诊ID, C30.
    VisitId, 30, shown
}
id! {
    /// 人员编号, C30: a province's own number, never parsed. Redacts itself.
    PersonNo, 30, redacted
}
id! {
    /// 证件号码, C50. Redacts itself.
    CertNo, 50, redacted
}
id! {
    /// 定点医药机构编号: `H` or `P`, six digits of division, five of serial.
    InstitutionCode, 12, shown
}
id! {
    /// 病种编码, C30: `M` + disease + sub-type.
    DiseaseCode, 30, shown
}
id! {
    /// 费用明细流水号, C30: unique inside one visit.
    FeeLineNo, 30, shown
}
id! {
    /// 医疗目录编码, C50.
    ItemCode, 50, shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_never_show() {
        let number = PersonNo::new("11010000000000000001").unwrap_or_default();
        let cert = CertNo::new("110100199001010013").unwrap_or_default();
        assert_eq!(format!("{number} {number:?} {cert} {cert:?}"), "*** *** *** ***");
        assert!(SettlementId::new(&"9".repeat(31)).is_none());
    }
}
