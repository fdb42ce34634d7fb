//! The funds that can pay, in the order in which the national interface lists them.

use serde::{Deserialize, Serialize};

use super::fields;

/// One fund of the settlement record. The personal account, cash and the institution's part are not funds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Fund {
    /// 基本医疗保险统筹基金.
    Pooled,
    /// 公务员医疗补助.
    CivilServant,
    /// 企业补充医疗保险.
    Enterprise,
    /// 居民大病保险.
    ResidentMajor,
    /// 职工大额医疗费用补助.
    EmployeeMajor,
    /// 伤残人员医疗保障.
    Disabled,
    /// 医疗救助.
    MedicalAid,
    /// 其他.
    Other,
}

impl Fund {
    pub const COUNT: usize = 8;
    pub const ALL: [Fund; Fund::COUNT] = [
        Fund::Pooled,
        Fund::CivilServant,
        Fund::Enterprise,
        Fund::ResidentMajor,
        Fund::EmployeeMajor,
        Fund::Disabled,
        Fund::MedicalAid,
        Fund::Other,
    ];

    pub const fn index(self) -> usize {
        self as usize
    }

    /// The national field name.
    pub fn field(self) -> &'static str {
        match self {
            Fund::Pooled => fields::HIFP_PAY,
            Fund::CivilServant => fields::CVLSERV_PAY,
            Fund::Enterprise => fields::HIFES_PAY,
            Fund::ResidentMajor => fields::HIFMI_PAY,
            Fund::EmployeeMajor => fields::HIFOB_PAY,
            Fund::Disabled => fields::HIFDM_PAY,
            Fund::MedicalAid => fields::MAF_PAY,
            Fund::Other => fields::OTH_PAY,
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Fund::Pooled => "统筹基金",
            Fund::CivilServant => "公务员补助",
            Fund::Enterprise => "企业补充",
            Fund::ResidentMajor => "居民大病",
            Fund::EmployeeMajor => "职工大额",
            Fund::Disabled => "伤残人员保障",
            Fund::MedicalAid => "医疗救助",
            Fund::Other => "其他基金",
        }
    }

    pub fn parse_field(name: &str) -> Option<Fund> {
        Fund::ALL.into_iter().find(|fund| fund.field() == name)
    }
}
