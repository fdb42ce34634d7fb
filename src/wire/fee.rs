//! A row of `fees` to the numbers that price needs.

use csv::ByteRecord;

use crate::calendar::Moment;
use crate::claim::{Code, Finding};
use crate::codes::fields;
use crate::money::{Fen, yuan};
use crate::price::LineAmounts;

use super::columns::{ColumnMap, Columns};

mod at {
    pub const SETL_ID: usize = 0;
    pub const FEEDETL_SN: usize = 1;
    pub const MDTRT_ID: usize = 2;
    pub const PSN_NO: usize = 3;
    pub const TIME: usize = 5;
    pub const ITEM: usize = 6;
    pub const AMOUNT: usize = 8;
    pub const COUNT: usize = 9;
    pub const PRICE: usize = 10;
    pub const RESTRICTION: usize = 11;
}

/// The columns of `fees`.
pub const COLUMNS: Columns = Columns {
    required: &[
        fields::SETL_ID,
        fields::FEEDETL_SN,
        fields::MDTRT_ID,
        fields::PSN_NO,
        fields::MED_TYPE,
        fields::FEE_OCUR_TIME,
        fields::MED_LIST_CODG,
        fields::MEDINS_LIST_CODG,
        fields::DET_ITEM_FEE_SUMAMT,
        fields::CNT,
        fields::PRIC,
    ],
    optional: &[fields::LMT_USED_FLAG],
    ignored: &[
        "init_feedetl_sn",
        "hosp_appr_flag",
        "bilg_dept_codg",
        "bilg_dept_name",
        "bilg_dr_codg",
        "bilg_dr_name",
        "drord_no",
        "acord_dept_codg",
        "acord_dept_name",
        "orders_dr_code",
        "orders_dr_name",
        "tcmdrug_used_way",
        "etip_flag",
        "etip_hosp_code",
        "dscg_tkdrug_flag",
        "matn_fee_flag",
        "memo",
        "exp_content",
    ],
};

/// Longest texts the interface allows, in bytes.
const MAX_LINE_NO: usize = 30;
const MAX_ITEM: usize = 50;

/// A fee line, borrowing its texts from the row.
#[derive(Clone, Copy, Debug)]
pub struct FeeLine<'a> {
    pub settlement_id: &'a [u8],
    pub line_no: &'a str,
    pub visit: &'a [u8],
    pub person_no: &'a [u8],
    pub time: Moment,
    pub item: &'a str,
    pub amounts: LineAmounts,
}

/// Reads rows of one file.
pub struct FeeReader<'a> {
    pub map: ColumnMap,
    pub file: &'a str,
}

impl FeeReader<'_> {
    pub fn settlement_id<'r>(&self, row: &'r ByteRecord) -> &'r [u8] {
        self.map.cell(row, at::SETL_ID)
    }

    pub fn visit<'r>(&self, row: &'r ByteRecord) -> &'r [u8] {
        self.map.cell(row, at::MDTRT_ID)
    }

    /// The line's amount; `None` when it is not a number.
    pub fn amount(&self, row: &ByteRecord) -> Option<Fen> {
        yuan::parse(self.map.cell(row, at::AMOUNT)).ok()
    }

    /// Reads one row.
    ///
    /// # Errors
    /// All findings of the row, each [`Code::LineBroken`] with the field and what it should be.
    pub fn line<'r>(&self, row: &'r ByteRecord, number: u32) -> Result<FeeLine<'r>, Vec<Finding>> {
        let cell = |at| self.map.cell(row, at);
        let time = Moment::parse(cell(at::TIME));
        let amount = yuan::parse(cell(at::AMOUNT)).ok();
        let count = yuan::parse_scaled(cell(at::COUNT), 4).ok();
        let price = yuan::parse_scaled(cell(at::PRICE), 6).ok().filter(|price| *price >= 0);
        let restriction = match cell(at::RESTRICTION) {
            b"1" => Some(true),
            b"" | b"0" => Some(false),
            _ => None,
        };
        let line_no = text(cell(at::FEEDETL_SN), MAX_LINE_NO);
        let item = text(cell(at::ITEM), MAX_ITEM);
        match (time, amount, count, price, restriction, line_no, item) {
            (
                Some(time),
                Some(amount),
                Some(count),
                Some(price),
                Some(outside_restriction),
                Some(line_no),
                Some(item),
            ) => Ok(FeeLine {
                settlement_id: cell(at::SETL_ID),
                line_no,
                visit: cell(at::MDTRT_ID),
                person_no: cell(at::PSN_NO),
                time,
                item,
                amounts: LineAmounts { amount, count, price, outside_restriction },
            }),
            _ => Err(self.findings(row, number)),
        }
    }

    /// What is wrong with a row that could not be read.
    fn findings(&self, row: &ByteRecord, line: u32) -> Vec<Finding> {
        let cell = |at| self.map.cell(row, at);
        let decimal = |at, places| yuan::parse_scaled(cell(at), places).is_ok();
        let checks: [(usize, bool, &str); 7] = [
            (at::FEEDETL_SN, text(cell(at::FEEDETL_SN), MAX_LINE_NO).is_some(), "1 to 30 bytes"),
            (at::TIME, Moment::parse(cell(at::TIME)).is_some(), "YYYY-MM-DD HH:MM:SS"),
            (at::ITEM, text(cell(at::ITEM), MAX_ITEM).is_some(), "1 to 50 bytes"),
            (at::AMOUNT, self.amount(row).is_some(), "yuan with at most two decimals"),
            (at::COUNT, decimal(at::COUNT, 4), "a number with at most four decimals"),
            (
                at::PRICE,
                decimal(at::PRICE, 6) && !cell(at::PRICE).starts_with(b"-"),
                "zero or more, with at most six decimals",
            ),
            (at::RESTRICTION, matches!(cell(at::RESTRICTION), b"" | b"0" | b"1"), "0 or 1"),
        ];
        let names = || COLUMNS.required.iter().chain(COLUMNS.optional);
        checks
            .iter()
            .filter(|(_, good, _)| !good)
            .map(|(at, _, expected)| {
                let shown: String = String::from_utf8_lossy(cell(*at)).chars().take(40).collect();
                Finding::new(Code::LineBroken)
                    .at(self.file, line)
                    .field(names().nth(*at).copied().unwrap_or(""))
                    .found(shown)
                    .expected(expected)
            })
            .collect()
    }
}

fn text(cell: &[u8], longest: usize) -> Option<&str> {
    if cell.is_empty() || cell.len() > longest {
        return None;
    }
    std::str::from_utf8(cell).ok()
}
