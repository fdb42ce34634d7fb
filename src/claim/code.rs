//! Stable codes of what can be wrong, each with its outcome, its words and what to do about it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a finding does to its record.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Outcome {
    /// The whole submission is refused.
    Refuse,
    /// The record goes back to its institution.
    Reject,
    /// The record waits for people or for data; the institution did nothing wrong.
    Hold,
    /// Reported; the record settles.
    Warn,
}

macro_rules! codes {
    ($($name:ident = $code:literal, $outcome:ident, $meaning:literal, $chinese:literal, $remedy:literal;)*) => {
        /// Stable codes, in order of precedence: the first finding of a record is *the* reason. Never renumbered, never reused.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        pub enum Code { $(#[doc = $meaning] $name,)* }

        impl Code {
            pub const ALL: &'static [Code] = &[$(Code::$name,)*];

            /// `S…` submission, `R…` record, `L…` line, `I…` identity, `E…` entitlement, `D…` duplicate or reversal, `H…` held, `W…` warning.
            pub fn text(self) -> &'static str {
                match self { $(Code::$name => $code,)* }
            }

            pub fn outcome(self) -> Outcome {
                match self { $(Code::$name => Outcome::$outcome,)* }
            }

            pub fn meaning(self) -> &'static str {
                match self { $(Code::$name => $meaning,)* }
            }

            pub fn chinese(self) -> &'static str {
                match self { $(Code::$name => $chinese,)* }
            }

            /// What the receiver of the message should do.
            pub fn remedy(self) -> &'static str {
                match self { $(Code::$name => $remedy,)* }
            }
        }
    };
}

codes! {
    ManifestMissing = "S101", Refuse,
        "manifest.json is missing", "缺少清单文件",
        "send manifest.json with the files it lists";
    ManifestBroken = "S102", Refuse,
        "manifest.json cannot be read", "清单文件无法读取",
        "send a manifest in the documented form";
    FileMissing = "S103", Refuse,
        "a file named in the manifest is missing", "清单所列文件缺失",
        "send every file that the manifest names";
    BytesDiffer = "S104", Refuse,
        "the file's size differs from the manifest (cut in transfer?)", "文件大小与清单不符",
        "send the whole file again";
    DigestDiffers = "S105", Refuse,
        "the file's digest differs from the manifest", "文件摘要与清单不符",
        "send the file again with its own digest";
    UnreadableFile = "S106", Refuse,
        "the file cannot be read as its name says", "文件无法解析",
        "send UTF-8 CSV, or .zst of it";
    EmptyFile = "S107", Refuse,
        "the file is empty", "文件为空",
        "send at least the header row";
    UnknownColumn = "S108", Refuse,
        "a column is not known", "存在未知列",
        "rename or remove the column";
    MissingColumn = "S109", Refuse,
        "a required column is missing", "缺少必需列",
        "add the column";
    RepeatedColumn = "S110", Refuse,
        "a column stands twice", "列名重复",
        "keep one of the two";
    RaggedRow = "S111", Refuse,
        "a row has another number of fields than the header", "行字段数与表头不符",
        "quote fields that contain commas or line ends";
    RowsDiffer = "S112", Refuse,
        "the number of rows differs from the manifest", "行数与清单不符",
        "send the whole file again, or correct the count";
    TotalDiffers = "S113", Refuse,
        "a control total differs from the manifest", "控制总额与清单不符",
        "send the file that the totals were made from";
    InstitutionUnknown = "S114", Refuse,
        "the institution is not in the register on that day", "机构不在目录中",
        "check fixmedins_code, or ask the agency to register the institution";
    SequenceRepeated = "S115", Refuse,
        "another submission has the same institution, period and sequence", "批次重复",
        "give a correction its own sequence, or ask the agency to accept it";

    BrokenNumber = "R201", Reject,
        "not a number of the required form", "数值格式错误",
        "write digits with at most the field's decimals, no grouping";
    BrokenDate = "R202", Reject,
        "not a date of the required form", "日期格式错误",
        "write YYYY-MM-DD, times YYYY-MM-DD HH:MM:SS";
    UnknownCode = "R203", Reject,
        "not a known code", "代码不在字典中",
        "use the national code table or have the local code registered";
    EmptyValue = "R204", Reject,
        "a required value is empty", "必填项为空",
        "fill in the value";
    TooLong = "R205", Reject,
        "longer than the interface allows", "超过字段长度",
        "shorten the value to the field's length";
    NotUtf8 = "R206", Reject,
        "not valid UTF-8", "不是有效的UTF-8",
        "export the file as UTF-8";
    DatesReversed = "R207", Reject,
        "ends before it begins", "结束日期早于开始日期",
        "correct begndate or enddate";
    WrongInstitution = "R208", Reject,
        "the record names another institution than its submission", "记录机构与批次机构不符",
        "send it in that institution's own submission";
    WrongSign = "R209", Reject,
        "the sign does not fit (a settlement is positive, a reversal negative)", "金额正负与退费标志不符",
        "correct the amount or refd_setl_flag";
    RegionUnknown = "R210", Reject,
        "the division belongs to no pooling region on that day", "医保区划无统筹区",
        "use the medical-insurance division in force on that day";
    CareRegionDiffers = "R211", Reject,
        "the care place is not the institution's region", "就医地与机构所在统筹区不符",
        "correct mdtrtarea_admvs";
    AmountTooLarge = "R212", Reject,
        "the fee is larger than one settlement can be (10,000,000,000.00)", "金额超出字段范围",
        "correct the amounts";

    LineWithoutClaim = "L301", Reject,
        "the fee line belongs to no settlement of the submission", "费用明细无对应结算",
        "send the settlement with its lines";
    ClaimWithoutLines = "L302", Reject,
        "the settlement has no fee line", "结算无费用明细",
        "send the lines with the settlement";
    LineAmountDiffers = "L303", Reject,
        "price times count is not the line's amount", "单价乘数量与金额不符",
        "correct pric, cnt or det_item_fee_sumamt";
    ItemUnknown = "L304", Reject,
        "the item is not in the care place's catalogue on the fee date", "目录编码在费用日期无效",
        "use the code valid in the care place on that day";
    NegativeLine = "L305", Reject,
        "the lines of an item add up to less than nothing", "明细冲减后为负",
        "send the line that the refund belongs to";
    LineBroken = "L306", Reject,
        "a field of a fee line cannot be read", "费用明细字段错误",
        "correct the field";
    VisitAmbiguous = "L307", Reject,
        "the line has no setl_id and its visit has several settlements", "就诊对应多次结算",
        "fill in setl_id";
    LinePersonDiffers = "L308", Reject,
        "the line names another person or visit than its settlement", "明细与结算的人员或就诊不符",
        "correct psn_no or mdtrt_id";
    LineRepeated = "L309", Reject,
        "the fee line number stands twice in the visit", "费用明细流水号重复",
        "give each line its own feedetl_sn";

    TotalNotLines = "I401", Reject,
        "the declared fee is not the sum of its lines", "总费用与明细合计不符",
        "send all lines, or correct medfee_sumamt";
    PartsNotTotal = "I402", Reject,
        "the four declared parts do not add up to the fee", "四项费用之和与总费用不符",
        "correct the split";
    FundsNotTotal = "I403", Reject,
        "the declared funds do not add up to their total", "各基金之和与基金支付总额不符",
        "correct the fund amounts";
    PayersNotTotal = "I404", Reject,
        "declared funds, account, cash and institution do not add up to the fee", "各支付方之和与总费用不符",
        "correct the payers' amounts";
    PersonNotTotal = "I405", Reject,
        "declared account and cash do not add up to the person's part", "账户与现金之和与个人负担不符",
        "correct psn_part_amt, acct_pay or psn_cash_pay";
    DeductibleOutOfRange = "I406", Reject,
        "the declared deductible is negative or above the in-scope amount", "起付线超出范围",
        "correct act_pay_dedc";

    PersonUnknown = "E501", Reject,
        "the person is not enrolled in the region", "参保地无此人员",
        "check psn_no and insuplc_admdvs";
    NotEnrolled = "E502", Reject,
        "the person is not enrolled with this insurance on the day care begins", "就医日期无有效参保",
        "check the date and insutype, or claim where the person was insured then";
    CertDiffers = "E503", Reject,
        "the certificate number is not the enrolled person's", "证件号码与参保登记不符",
        "check certno and psn_no";
    EnrolmentSuspended = "E504", Reject,
        "enrolment is suspended or ended on the day care begins", "参保状态非正常",
        "the person should ask the insured place";
    Waiting = "E505", Reject,
        "benefits are not due yet (waiting period)", "处于待遇等待期",
        "claim at the person's own cost until the day named";
    NoAgreement = "E506", Reject,
        "the institution has no agreement in force on the day care begins", "机构当日无有效协议",
        "ask the care place's agency";
    Suspended = "E507", Reject,
        "the institution is suspended on the day care begins", "机构处于暂停期",
        "ask the care place's agency";
    NotLinked = "E508", Reject,
        "the institution is not linked for this care from that region", "机构未开通该类异地联网",
        "the person claims at the insured place";
    NotFiled = "E509", Reject,
        "no valid filing, and the insured place does not settle unfiled care directly", "未备案",
        "file before discharge, or claim at the insured place";
    DiseaseNotRegistered = "E510", Reject,
        "the chronic disease is not registered for the person on that day", "慢特病资格未认定",
        "register the disease, or settle as ordinary outpatient care";
    ThirdParty = "E511", Reject,
        "a third party or the work-injury fund is liable", "第三方责任或工伤",
        "claim from the liable party";
    NotRegistered = "E512", Reject,
        "the institution is not registered on the day care begins", "就医日期机构未登记",
        "check fixmedins_code and begndate, or ask the agency to register the institution";
    PersonTypeDiffers = "W902", Warn,
        "the person type is not the enrolled one; the enrolled one is used", "人员类别与参保登记不符",
        "correct psn_type";

    DuplicateEqual = "D601", Reject,
        "an equal record was already received", "重复上传",
        "nothing to do: the first copy counts";
    ReversalUnknown = "D602", Reject,
        "the settlement to reverse is not known", "原结算不存在",
        "check init_setl_id";
    ReversalRepeated = "D603", Reject,
        "the settlement is already reversed", "原结算已退费",
        "nothing to do: the first reversal counts";
    ReversalDiffers = "D604", Reject,
        "the reversal does not mirror its settlement", "退费与原结算不符",
        "reverse the whole settlement, same person, fee negated";

    DuplicateDiffers = "H701", Hold,
        "several records with different content carry this settlement id", "同一结算ID内容不一致",
        "tell the agency which record counts";
    PolicyMissing = "H702", Hold,
        "no policy of the insured place covers this claim", "参保地无适用政策",
        "the operator adds the policy; the claim then settles";
    CatalogueMissing = "H703", Hold,
        "no catalogue of the care place is loaded for the fee date", "就医地目录缺失",
        "the operator adds the catalogue; the claim then settles";
    DeclaredDiffers = "H704", Hold,
        "declared amounts differ from the computed ones, and the pipeline holds such claims", "申报与计算不一致",
        "reconcile with the institution, then resend or release";
    OriginalHeld = "H705", Hold,
        "the settlement to reverse is held itself", "原结算挂起中",
        "nothing to do: it waits with what it undoes";

    OrderOdd = "W901", Warn,
        "a fee is dated after its settlement, or the settlement before care begins", "时间先后异常",
        "check the clock of the system that wrote it";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_their_letter_says_their_outcome() {
        let mut texts: Vec<&str> = Code::ALL.iter().map(|c| c.text()).collect();
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len(), Code::ALL.len());
        for code in Code::ALL {
            let expected = match code.text().as_bytes()[0] {
                b'S' => Outcome::Refuse,
                b'H' => Outcome::Hold,
                b'W' => Outcome::Warn,
                _ => Outcome::Reject,
            };
            assert_eq!(code.outcome(), expected, "{code}");
        }
    }
}
