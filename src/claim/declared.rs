//! The amounts an institution declares. *Not declared* is not zero.

use serde::{Deserialize, Serialize};

use crate::codes::fields;
use crate::money::Fen;

/// A declared amount, in the order of the national settlement record.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum DeclaredField {
    Total,
    FullSelfPay,
    OverLimit,
    PreSelfPay,
    InScope,
    Deductible,
    Pooled,
    CivilServant,
    Enterprise,
    ResidentMajor,
    EmployeeMajor,
    Disabled,
    MedicalAid,
    Other,
    FundTotal,
    Institution,
    PersonTotal,
    Account,
    AccountSharing,
    Cash,
    Balance,
}

impl DeclaredField {
    pub const COUNT: usize = 21;
    pub const ALL: [DeclaredField; DeclaredField::COUNT] = [
        DeclaredField::Total,
        DeclaredField::FullSelfPay,
        DeclaredField::OverLimit,
        DeclaredField::PreSelfPay,
        DeclaredField::InScope,
        DeclaredField::Deductible,
        DeclaredField::Pooled,
        DeclaredField::CivilServant,
        DeclaredField::Enterprise,
        DeclaredField::ResidentMajor,
        DeclaredField::EmployeeMajor,
        DeclaredField::Disabled,
        DeclaredField::MedicalAid,
        DeclaredField::Other,
        DeclaredField::FundTotal,
        DeclaredField::Institution,
        DeclaredField::PersonTotal,
        DeclaredField::Account,
        DeclaredField::AccountSharing,
        DeclaredField::Cash,
        DeclaredField::Balance,
    ];
    /// The fund fields of identity 2, in order.
    pub const FUNDS: [DeclaredField; 8] = [
        DeclaredField::Pooled,
        DeclaredField::CivilServant,
        DeclaredField::Enterprise,
        DeclaredField::ResidentMajor,
        DeclaredField::EmployeeMajor,
        DeclaredField::Disabled,
        DeclaredField::MedicalAid,
        DeclaredField::Other,
    ];

    pub fn field(self) -> &'static str {
        match self {
            DeclaredField::Total => fields::MEDFEE_SUMAMT,
            DeclaredField::FullSelfPay => fields::FULAMT_OWNPAY_AMT,
            DeclaredField::OverLimit => fields::OVERLMT_SELFPAY,
            DeclaredField::PreSelfPay => fields::PRESELFPAY_AMT,
            DeclaredField::InScope => fields::INSCP_SCP_AMT,
            DeclaredField::Deductible => fields::ACT_PAY_DEDC,
            DeclaredField::Pooled => fields::HIFP_PAY,
            DeclaredField::CivilServant => fields::CVLSERV_PAY,
            DeclaredField::Enterprise => fields::HIFES_PAY,
            DeclaredField::ResidentMajor => fields::HIFMI_PAY,
            DeclaredField::EmployeeMajor => fields::HIFOB_PAY,
            DeclaredField::Disabled => fields::HIFDM_PAY,
            DeclaredField::MedicalAid => fields::MAF_PAY,
            DeclaredField::Other => fields::OTH_PAY,
            DeclaredField::FundTotal => fields::FUND_PAY_SUMAMT,
            DeclaredField::Institution => fields::HOSP_PART_AMT,
            DeclaredField::PersonTotal => fields::PSN_PART_AMT,
            DeclaredField::Account => fields::ACCT_PAY,
            DeclaredField::AccountSharing => fields::ACCT_MULAID_PAY,
            DeclaredField::Cash => fields::PSN_CASH_PAY,
            DeclaredField::Balance => fields::BALC,
        }
    }
}

/// The declared amounts of one record, each present or *not declared*.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Declared {
    present: u32,
    amounts: [Fen; DeclaredField::COUNT],
}

impl Declared {
    pub fn get(&self, field: DeclaredField) -> Option<Fen> {
        (self.present >> field as u32 & 1 == 1).then(|| self.amounts[field as usize])
    }

    pub fn set(&mut self, field: DeclaredField, amount: Fen) {
        self.present |= 1 << field as u32;
        self.amounts[field as usize] = amount;
    }
}
