//! Columns of the tables that analysts query. One declared schema per table, written even for empty nights.
//!
//! Money is DECIMAL(18,2) in yuan (its stored integer is the fen count), region and other codes are text, business days are
//! DATE, local times are zone-less microsecond timestamps. Each column carries its Chinese label in its metadata.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

use crate::codes::{Fund, fields};

/// Version of all table schemas; in paths and file metadata.
pub const VERSION: &str = "v1";

/// Precision and scale of money.
pub const MONEY: DataType = DataType::Decimal128(18, 2);
/// Ratios, six decimals.
pub const RATIO: DataType = DataType::Decimal128(7, 6);
pub const COUNT: DataType = DataType::Decimal128(18, 4);
pub const PRICE: DataType = DataType::Decimal128(18, 6);
pub const TIME: DataType = DataType::Timestamp(TimeUnit::Microsecond, None);

/// The tables, by folder name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Table {
    Settlement,
    PricedLine,
    AccumulatorMove,
    LedgerEntry,
    ClearingPosition,
    ReconciliationBreak,
    NotSettled,
}

impl Table {
    pub const ALL: [Table; 7] = [
        Table::Settlement,
        Table::PricedLine,
        Table::AccumulatorMove,
        Table::LedgerEntry,
        Table::ClearingPosition,
        Table::ReconciliationBreak,
        Table::NotSettled,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Table::Settlement => "settlement",
            Table::PricedLine => "priced_line",
            Table::AccumulatorMove => "accumulator_move",
            Table::LedgerEntry => "ledger_entry",
            Table::ClearingPosition => "clearing_position",
            Table::ReconciliationBreak => "reconciliation_break",
            Table::NotSettled => "not_settled",
        }
    }

    pub fn schema(self) -> SchemaRef {
        let fields = match self {
            Table::Settlement => settlement(),
            Table::PricedLine => priced_line(),
            Table::AccumulatorMove => accumulator_move(),
            Table::LedgerEntry => ledger_entry(),
            Table::ClearingPosition => clearing_position(),
            Table::ReconciliationBreak => reconciliation_break(),
            Table::NotSettled => not_settled(),
        };
        Arc::new(Schema::new(fields))
    }
}

fn column(name: &str, kind: DataType) -> Field {
    let label = fields::label(name);
    let field = Field::new(name, kind, false);
    if label == name {
        return field;
    }
    field.with_metadata(HashMap::from([("label".to_owned(), label.to_owned())]))
}

fn text(name: &str) -> Field {
    column(name, DataType::Utf8)
}

fn money(name: &str) -> Field {
    column(name, MONEY)
}

fn settlement() -> Vec<Field> {
    let mut columns = vec![
        text(fields::SETL_ID),
        text(fields::MDTRT_ID),
        text("psn_pseudonym"),
        text(fields::INSUTYPE),
        text(fields::PSN_TYPE),
        text(fields::INSUPLC_ADMDVS),
        text(fields::MDTRTAREA_ADMVS),
        text(fields::FIXMEDINS_CODE),
        text(fields::HOSP_LV),
        text(fields::MED_TYPE),
        text("care_kind"),
        text("filing_class"),
        text(fields::PAY_LOC),
        text(fields::CLR_TYPE),
        text(fields::DISE_CODG),
        text(fields::REFD_SETL_FLAG),
        text(fields::INIT_SETL_ID),
        column(fields::BEGNDATE, DataType::Date32),
        column(fields::ENDDATE, DataType::Date32),
        column(fields::SETL_TIME, TIME),
        column("benefit_year", DataType::Date32),
        column("fold_place", DataType::Int32),
        column("line_count", DataType::Int32),
        column("bucket", DataType::Int32),
        money(fields::MEDFEE_SUMAMT),
        money(fields::FULAMT_OWNPAY_AMT),
        money(fields::OVERLMT_SELFPAY),
        money(fields::PRESELFPAY_AMT),
        money(fields::INSCP_SCP_AMT),
        money(fields::OUT_OF_AREA_FIRST),
        money(fields::DEDC_STD),
        money(fields::ACT_PAY_DEDC),
    ];
    columns.extend(Fund::ALL.iter().map(|fund| money(fund.field())));
    columns.extend([
        money(fields::FUND_PAY_SUMAMT),
        money(fields::HOSP_PART_AMT),
        money(fields::PSN_PART_AMT),
        money(fields::ACCT_PAY),
        money(fields::ACCT_MULAID_PAY),
        money(fields::PSN_CASH_PAY),
        money(fields::BALC).with_nullable(true),
        column(fields::POOL_PROP_SELFPAY, RATIO),
        text(fields::SETL_PROC_INFO),
        text("warnings"),
        text("submission"),
        column("source_line", DataType::Int32),
    ]);
    columns
}

fn priced_line() -> Vec<Field> {
    vec![
        text(fields::SETL_ID),
        text(fields::FEEDETL_SN),
        column(fields::FEE_OCUR_TIME, TIME),
        text(fields::MED_LIST_CODG),
        text(fields::CHRGITM_LV),
        column(fields::CNT, COUNT),
        column(fields::PRIC, PRICE),
        column(fields::PRIC_UPLMT_AMT, PRICE).with_nullable(true),
        column(fields::SELFPAY_PROP, RATIO),
        money(fields::DET_ITEM_FEE_SUMAMT),
        money(fields::FULAMT_OWNPAY_AMT),
        money(fields::OVERLMT_AMT),
        money(fields::PRESELFPAY_AMT),
        money(fields::INSCP_SCP_AMT),
        text("submission"),
        column("source_line", DataType::Int32),
    ]
}

fn accumulator_move() -> Vec<Field> {
    vec![
        text(fields::SETL_ID),
        text("psn_pseudonym"),
        text(fields::INSUPLC_ADMDVS),
        text(fields::INSUTYPE),
        column("benefit_year", DataType::Date32),
        text("slot"),
        column("fold_place", DataType::Int32),
        // Fen, or a count for admissions.
        column("before", DataType::Int64),
        column("delta", DataType::Int64),
        column("after", DataType::Int64),
    ]
}

fn ledger_entry() -> Vec<Field> {
    vec![
        text("voucher"),
        text("book"),
        text("owner_admdvs"),
        text(fields::INSUPLC_ADMDVS),
        text(fields::MDTRTAREA_ADMVS),
        text(fields::FIXMEDINS_CODE),
        text(fields::INSUTYPE),
        text("care_kind"),
        text("fund"),
        text("account"),
        money("debit"),
        money("credit"),
    ]
}

fn clearing_position() -> Vec<Field> {
    vec![
        text(fields::INSUPLC_ADMDVS),
        text(fields::MDTRTAREA_ADMVS),
        text(fields::INSUTYPE),
        text("care_kind"),
        text("fund"),
        column("settlements", DataType::Int64),
        column("reversals", DataType::Int64),
        money(fields::MEDFEE_SUMAMT),
        money("amount"),
    ]
}

fn reconciliation_break() -> Vec<Field> {
    vec![
        text(fields::SETL_ID),
        text(fields::FIXMEDINS_CODE),
        text(fields::INSUPLC_ADMDVS),
        text(fields::MDTRTAREA_ADMVS),
        text("field"),
        money("declared"),
        money("computed"),
        money("difference"),
        text("reason"),
    ]
}

fn not_settled() -> Vec<Field> {
    vec![
        text(fields::SETL_ID),
        text(fields::FIXMEDINS_CODE),
        text("submission"),
        column("source_line", DataType::Int32),
        text("outcome"),
        text("code"),
        text("all_codes"),
        money(fields::MEDFEE_SUMAMT),
    ]
}
