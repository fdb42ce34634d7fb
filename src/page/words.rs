//! Conditions of a row, and the fixed words of a policy, in both languages.

use crate::codes::{CareKind, FilingClass, Fund};
use crate::money::Fen;
use crate::policy::plan::{
    CapBasis, CapDiseases, CapPeriod, ClaimDate, Component, Confidence, DeductibleKind, FeeBase,
    FirstPercentBase, RoundingUnit, SegmentMeasure, SegmentMode, SegmentStart, TransferRule,
    YearOf,
};
use crate::policy::written::Conditions;

use super::names;
use super::said::{Said, said, same};

/// An amount with its thousands set apart: `1,300.00`.
pub fn yuan(fen: Fen) -> String {
    let text = fen.to_string();
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |rest| ("-", rest));
    let (whole, cents) = digits.split_once('.').unwrap_or((digits, "00"));
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}{grouped}.{cents}")
}

pub fn care(kind: CareKind) -> Said {
    let en = match kind {
        CareKind::Inpatient => "stays",
        CareKind::Outpatient => "outpatient",
        CareKind::Chronic => "chronic and special diseases",
        CareKind::Pharmacy => "pharmacy",
    };
    said(kind.label(), en)
}

pub fn filing(class: FilingClass) -> Said {
    let en = match class {
        FilingClass::Local => "care at home",
        FilingClass::LongTerm => "long-term resident elsewhere",
        FilingClass::Referral => "referred",
        FilingClass::Emergency => "emergency rescue",
        FilingClass::OtherTemporary => "other temporary",
        FilingClass::Unfiled => "not filed",
        FilingClass::LongTermReturn => "long-term resident, back at home",
        FilingClass::PromiseReturn => "filed on a promise, back at home",
    };
    said(class.label(), en)
}

/// A scope by its key in the format.
pub fn scope(key: &str) -> Said {
    match key {
        "local" => said("本地", "at home"),
        "same_prefecture" => said("市内异地", "same prefecture"),
        "same_province" => said("省内异地", "same province"),
        "other_province" => said("跨省异地", "other province"),
        other => same(other),
    }
}

pub fn fund(fund: Fund) -> Said {
    let en = match fund {
        Fund::Pooled => "pooled fund",
        Fund::CivilServant => "civil servants' aid",
        Fund::Enterprise => "enterprise supplement",
        Fund::ResidentMajor => "residents' major illness",
        Fund::EmployeeMajor => "employees' large-amount aid",
        Fund::Disabled => "disabled soldiers' fund",
        Fund::MedicalAid => "medical assistance",
        Fund::Other => "other fund",
    };
    said(fund.label(), en)
}

pub fn component(component: Component) -> Said {
    let en = match component {
        Component::FullSelfPay => "full self-pay",
        Component::OverLimit => "over the price limit",
        Component::PreSelfPay => "class B first payment",
        Component::OutOfAreaFirst => "first payment of care elsewhere",
        Component::FirstPay => "percentage first",
        Component::Deductible => "deductible",
        Component::Copay => "person's share of the segments",
        Component::OverCap => "above the cap",
        Component::InScope => "in scope",
    };
    said(component.label(), en)
}

pub fn components(list: &[Component]) -> Said {
    let all: Vec<Said> = list.iter().map(|one| component(*one)).collect();
    Said::join(&all, "、", ", ")
}

/// A counter by its key: `chronic.2`.
pub fn counter(key: &str) -> Said {
    let (kind, number) = key.split_once('.').unwrap_or((key, ""));
    let (zh, en) = match kind {
        "inpatient" => ("住院", "stays"),
        "outpatient" => ("普通门诊", "outpatient"),
        "chronic" => ("门诊慢特病", "chronic"),
        "pharmacy" => ("药店", "pharmacy"),
        "large" => ("大额", "large amounts"),
        "major" => ("大病", "major illness"),
        "civil_servant" => ("公务员补助", "civil servants"),
        "enterprise" => ("企业补充", "enterprise"),
        "medical_aid" => ("医疗救助", "medical aid"),
        "other" => ("其他", "other"),
        unknown => (unknown, unknown),
    };
    let number = if number.is_empty() { String::new() } else { format!("·{number}") };
    said(format!("{zh}{number}累计"), format!("total of {en}{number}"))
}

/// What a confidence is called where it is not high; nothing for what is sure.
pub fn doubt(confidence: Confidence) -> Said {
    match confidence {
        Confidence::High => Said::default(),
        Confidence::Medium => said("存疑", "uncertain (medium)"),
        Confidence::Low => said("未确证", "not confirmed (low)"),
    }
}

pub fn confidence(confidence: Confidence) -> Said {
    match confidence {
        Confidence::High => said("可靠", "high"),
        doubtful => doubt(doubtful),
    }
}

pub fn claim_date(date: ClaimDate) -> Said {
    match date {
        ClaimDate::Settlement => said("结算日期", "day of settlement"),
        ClaimDate::Admission => said("入院/就诊日期", "day of admission"),
        ClaimDate::Discharge => said("出院日期", "day of discharge"),
    }
}

pub fn year_of(year_of: YearOf) -> Said {
    match year_of {
        YearOf::Date(date) => claim_date(date),
        YearOf::SplitByDays => {
            said("跨年住院按天数分摊到各年度", "a stay over a year's end is divided by its days")
        }
    }
}

pub fn rounding(unit: RoundingUnit) -> Said {
    match unit {
        RoundingUnit::Segment => said("每段四舍五入到分", "each segment, half up to the fen"),
        RoundingUnit::Layer => {
            said("各段合计后四舍五入到分", "the sum of a layer's segments, half up to the fen")
        }
    }
}

pub fn fee_base(base: FeeBase) -> Said {
    match base {
        FeeBase::InScope => said("符合政策范围金额", "the in-scope amount"),
        FeeBase::TotalFee => said("医疗费总额", "the total fee"),
    }
}

pub fn first_percent_base(base: FirstPercentBase) -> Said {
    match base {
        FirstPercentBase::InScope => {
            said("符合政策范围金额（起付线之前）", "the in-scope amount, before the deductible")
        }
        FirstPercentBase::TotalFee => {
            said("医疗费总额（起付线之前）", "the total fee, before the deductible")
        }
        FirstPercentBase::Eligible => said("起付线以上部分", "what is above the deductible"),
    }
}

pub fn deductible_kind(kind: DeductibleKind) -> Said {
    match kind {
        DeductibleKind::ByAdmission => {
            said("按年度内住院次序", "by the number of the stay in the year")
        }
        DeductibleKind::PerVisit => said("每次结算", "every settlement"),
        DeductibleKind::Annual => said("年度累计一次", "once a year, cumulative"),
        DeductibleKind::PerPeriod(days) => said(
            format!("每{days}天为一期，每期累计一次"),
            format!("once in each period of {days} days"),
        ),
    }
}

pub fn transfer_rule(rule: TransferRule) -> Said {
    match rule {
        TransferRule::Full => said("付全额", "full"),
        TransferRule::Difference => said("补差额", "the difference"),
        TransferRule::Waived => said("免收", "waived"),
    }
}

pub fn measure(measure: SegmentMeasure) -> Said {
    match measure {
        SegmentMeasure::Admission => {
            said("按每次结算的金额分段", "segments run on the amount of one settlement")
        }
        SegmentMeasure::Period(days) => said(
            format!("按每{days}天一期的累计金额分段"),
            format!("segments run on the total of a period of {days} days"),
        ),
        SegmentMeasure::Year => said("按年度累计金额分段", "segments run on the total of the year"),
    }
}

pub fn segment_start(start: SegmentStart) -> Said {
    match start {
        SegmentStart::Zero => {
            said("从0元起分段，起付线含在首段内", "from the first yuan, the deductible inside")
        }
        SegmentStart::Deductible => {
            said("从起付线以上起分段", "segments start above the deductible")
        }
    }
}

pub fn segment_mode(mode: SegmentMode) -> Said {
    match mode {
        SegmentMode::Marginal => said("各段按各段比例", "each part at its own ratio"),
        SegmentMode::WholeUpper => said(
            "全额按所达到的一段的比例；恰在分界点属上一段",
            "all at the ratio of the segment that is reached; exactly on a bound: the upper one",
        ),
        SegmentMode::WholeLower => said(
            "全额按所达到的一段的比例；恰在分界点属下一段",
            "all at the ratio of the segment that is reached; exactly on a bound: the lower one",
        ),
    }
}

pub fn cap_basis(basis: CapBasis) -> Said {
    match basis {
        CapBasis::FundPaid => said("基金支付额", "what the fund pays"),
        CapBasis::Eligible => said("进入分段的金额", "the amount that reaches the segments"),
    }
}

pub fn cap_period(period: CapPeriod) -> Said {
    match period {
        CapPeriod::Year => said("每年度", "a year"),
        CapPeriod::Month => said("每月（不结转）", "a month, nothing carried over"),
        CapPeriod::Day => said("每日", "a day"),
        CapPeriod::Admission => said("每次", "an admission"),
    }
}

pub fn cap_diseases(diseases: CapDiseases) -> Said {
    match diseases {
        CapDiseases::Together => said("各病种合计", "diseases together"),
        CapDiseases::Separate => said("各病种分别计算", "each disease by itself"),
        CapDiseases::Added => said("各登记病种限额相加", "limits of registered diseases added up"),
        CapDiseases::Highest => {
            said("按最高限额，每多一病种另加", "the highest limit, more for each further disease")
        }
    }
}

fn named(list: &[String], name: impl Fn(&str) -> Said) -> Option<Said> {
    let all: Vec<Said> = list.iter().map(|code| name(code)).collect();
    (!all.is_empty()).then(|| Said::any_of(&all))
}

/// A range in words; `None` where it is open on both sides.
fn range<T: std::fmt::Display + PartialEq>(
    from: Option<T>,
    to: Option<T>,
    words: [fn(&str, &str) -> Said; 4],
) -> Option<Said> {
    let [one, between, least, most] = words;
    match (from, to) {
        (Some(from), Some(to)) if from == to => Some(one(&from.to_string(), "")),
        (Some(from), Some(to)) => Some(between(&from.to_string(), &to.to_string())),
        (Some(from), None) => Some(least(&from.to_string(), "")),
        (None, Some(to)) => Some(most(&to.to_string(), "")),
        (None, None) => None,
    }
}

const AGES: [fn(&str, &str) -> Said; 4] = [
    |a, _| said(format!("{a}岁"), format!("aged {a}")),
    |a, b| said(format!("{a}至{b}岁"), format!("aged {a} to {b}")),
    |a, _| said(format!("{a}岁及以上"), format!("aged {a} and over")),
    |b, _| said(format!("{b}岁及以下"), format!("aged up to {b}")),
];
const MONTHS: [fn(&str, &str) -> Said; 4] = [
    |a, _| said(format!("连续参保{a}个月"), format!("enrolled for {a} months")),
    |a, b| said(format!("连续参保{a}至{b}个月"), format!("enrolled for {a} to {b} months")),
    |a, _| said(format!("连续参保满{a}个月"), format!("enrolled for {a} months or more")),
    |b, _| said(format!("连续参保不超过{b}个月"), format!("enrolled for up to {b} months")),
];
const STAYS: [fn(&str, &str) -> Said; 4] = [
    |a, _| said(format!("年度内第{a}次住院"), format!("stay number {a} of the year")),
    |a, b| said(format!("年度内第{a}至{b}次住院"), format!("stays {a} to {b} of the year")),
    |a, _| {
        said(format!("年度内第{a}次及以后住院"), format!("stay number {a} of the year or later"))
    },
    |b, _| said(format!("年度内前{b}次住院"), format!("the first {b} stays of the year")),
];
const BORN: [fn(&str, &str) -> Said; 4] = [
    |a, _| said(format!("{a}出生"), format!("born on {a}")),
    |a, b| said(format!("{a}起至{b}前出生"), format!("born from {a} and before {b}")),
    |a, _| said(format!("{a}及以后出生"), format!("born from {a}")),
    |b, _| said(format!("{b}前出生"), format!("born before {b}")),
];
const RETIRED: [fn(&str, &str) -> Said; 4] = [
    |a, _| said(format!("{a}退休"), format!("retired on {a}")),
    |a, b| said(format!("{a}起至{b}前退休"), format!("retired from {a} and before {b}")),
    |a, _| said(format!("{a}及以后退休"), format!("retired from {a}")),
    |b, _| said(format!("{b}前退休"), format!("retired before {b}")),
];

/// Whom and what a row concerns; empty where it concerns all.
pub fn conditions(who: &Conditions) -> Said {
    let care_kinds: Vec<Said> = who.care.iter().map(|kind| care(*kind)).collect();
    let classes: Vec<Said> = who.filing.iter().map(|class| filing(*class)).collect();
    let insurances: Vec<Said> = who.insurance.iter().map(|one| names::insurance(*one)).collect();
    let any = |list: Vec<Said>| (!list.is_empty()).then(|| Said::any_of(&list));
    let parts = [
        any(insurances),
        named(&who.persons, names::person),
        range(who.age_from, who.age_to, AGES),
        range(who.born_from, who.born_before, BORN),
        range(who.retired_from, who.retired_before, RETIRED),
        range(who.months_from, who.months_to, MONTHS),
        named(&who.identities, names::identity),
        named(&who.marks, names::mark),
        named(&who.institution_marks, names::institution_mark),
        named(&who.levels, names::level),
        any(classes),
        named(&who.scopes, scope),
        named(&who.care_regions, names::place)
            .map(|place| place.map(|zh| format!("就医地{zh}"), |en| format!("care in {en}"))),
        who.linked.map(|linked| {
            if linked {
                said("已联网机构", "institution with the link")
            } else {
                said("未联网机构", "institution without the link")
            }
        }),
        named(&who.diseases, |code| same(code))
            .map(|codes| codes.map(|zh| format!("病种{zh}"), |en| format!("disease {en}"))),
        any(care_kinds),
        named(&who.med_types, names::med_type),
        range(who.admission_from, who.admission_to, STAYS),
    ];
    let parts: Vec<Said> = parts.into_iter().flatten().collect();
    Said::join(&parts, "，", ", ")
}

/// Conditions, or the word for all.
pub fn whom(who: &Conditions) -> Said {
    let words = conditions(who);
    if words.is_empty() { said("全部", "all") } else { words }
}
