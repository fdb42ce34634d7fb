//! Names of codes that policies name: person types, identities, medical types, grades, provinces, marks. Unknown codes are shown as they are.

use crate::codes::{Insurance, fields};

use super::said::{Said, said, same};

type Name = (&'static str, &'static str, &'static str);

const PERSONS: [Name; 24] = [
    ("11", "在职", "in service"),
    ("12", "退休", "retired"),
    ("13", "离休", "veteran cadre"),
    ("14", "未成年/学生居民", "minor or student resident"),
    ("15", "成年居民", "adult resident"),
    ("16", "老年居民", "elderly resident"),
    ("1", "全部人员", "all persons"),
    ("1101", "在职职工", "employee in service"),
    ("1102", "在职公务员", "civil servant in service"),
    ("1103", "灵活就业人员", "flexibly employed"),
    ("1160", "在职（地方扩展）", "in service (local kind)"),
    ("1201", "退休职工", "retired employee"),
    ("1202", "退休公务员", "retired civil servant"),
    ("1203", "退休灵活就业人员", "retired, flexibly employed"),
    ("1204", "提前退休", "retired early"),
    ("1260", "退休（地方扩展）", "retired (local kind)"),
    ("1300", "离休人员", "veteran cadre"),
    ("1401", "新生儿", "newborn"),
    ("1402", "学龄前儿童", "child below school age"),
    ("1403", "中小学生", "pupil"),
    ("1404", "大学生", "university student"),
    ("1405", "未入学未成年人", "minor not in school"),
    ("1501", "普通成年居民", "adult resident"),
    ("1601", "普通老年居民", "elderly resident"),
];

const IDENTITIES: [Name; 10] = [
    ("2104", "一至六级残疾军人", "disabled soldier, grades 1 to 6"),
    ("2105", "老红军", "Red Army veteran"),
    ("2301", "三无人员", "person without support"),
    ("2302", "建档立卡人员", "registered poor"),
    ("2303", "低保对象", "minimum-allowance recipient"),
    ("2304", "特困人员", "destitute person"),
    ("2305", "低收入人员", "low-income person"),
    ("2306", "因病致贫人员", "impoverished by illness"),
    ("2307", "五保户", "five-guarantees household"),
    ("2308", "残疾人", "disabled person"),
];

const MED_TYPES: [Name; 19] = [
    ("11", "普通门诊", "ordinary outpatient"),
    ("12", "门诊挂号", "outpatient registration"),
    ("13", "急诊", "emergency"),
    ("14", "门诊慢特病", "chronic and special diseases"),
    ("19", "意外伤害门诊", "accident, outpatient"),
    ("21", "普通住院", "ordinary stay"),
    ("22", "外伤住院", "injury, stay"),
    ("23", "转外诊治住院", "stay after referral out"),
    ("24", "急诊转住院", "emergency turned stay"),
    ("26", "单病种住院", "single-disease stay"),
    ("28", "日间手术", "day surgery"),
    ("41", "定点药店购药", "pharmacy"),
    ("51", "生育门诊", "maternity, outpatient"),
    ("52", "生育住院", "maternity, stay"),
    ("53", "计划生育手术费", "family-planning surgery"),
    ("9903", "少儿两病", "children's two diseases"),
    ("9921", "新生儿随母住院", "newborn with mother"),
    ("9922", "家庭病床", "home bed"),
    ("9925", "转入住院", "transferred in"),
];

const LEVELS: [Name; 15] = [
    ("3", "三级", "tier 3"),
    ("2", "二级", "tier 2"),
    ("1", "一级", "tier 1"),
    ("0", "未定级", "ungraded"),
    ("01", "三级特等", "tier 3 special"),
    ("02", "三级甲等", "tier 3A"),
    ("03", "三级乙等", "tier 3B"),
    ("04", "三级丙等", "tier 3C"),
    ("05", "二级甲等", "tier 2A"),
    ("06", "二级乙等", "tier 2B"),
    ("07", "二级丙等", "tier 2C"),
    ("08", "一级甲等", "tier 1A"),
    ("09", "一级乙等", "tier 1B"),
    ("10", "一级丙等", "tier 1C"),
    ("11", "未定级机构", "institution without a grade"),
];

const PROVINCES: [Name; 33] = [
    ("11", "北京", "Beijing"),
    ("12", "天津", "Tianjin"),
    ("13", "河北", "Hebei"),
    ("14", "山西", "Shanxi"),
    ("15", "内蒙古", "Inner Mongolia"),
    ("21", "辽宁", "Liaoning"),
    ("22", "吉林", "Jilin"),
    ("23", "黑龙江", "Heilongjiang"),
    ("31", "上海", "Shanghai"),
    ("32", "江苏", "Jiangsu"),
    ("33", "浙江", "Zhejiang"),
    ("34", "安徽", "Anhui"),
    ("35", "福建", "Fujian"),
    ("36", "江西", "Jiangxi"),
    ("37", "山东", "Shandong"),
    ("41", "河南", "Henan"),
    ("42", "湖北", "Hubei"),
    ("43", "湖南", "Hunan"),
    ("44", "广东", "Guangdong"),
    ("45", "广西", "Guangxi"),
    ("46", "海南", "Hainan"),
    ("50", "重庆", "Chongqing"),
    ("51", "四川", "Sichuan"),
    ("52", "贵州", "Guizhou"),
    ("53", "云南", "Yunnan"),
    ("54", "西藏", "Tibet"),
    ("61", "陕西", "Shaanxi"),
    ("62", "甘肃", "Gansu"),
    ("63", "青海", "Qinghai"),
    ("64", "宁夏", "Ningxia"),
    ("65", "新疆", "Xinjiang"),
    ("66", "新疆兵团", "Xinjiang Corps"),
    ("91", "军队", "armed forces"),
];

const MARKS: [Name; 5] = [
    ("civil_servant", "公务员", "civil servant"),
    ("family_doctor", "家庭医生签约", "family doctor"),
    ("community", "社区卫生机构", "community institution"),
    ("psychiatric", "精神病专科医院", "psychiatric hospital"),
    ("provincial", "省属医院", "provincial hospital"),
];

/// English names; the Chinese ones are those of [`Insurance::name`].
const INSURANCES: [(&str, &str); 14] = [
    ("310", "employees' basic insurance"),
    ("320", "civil servants' aid"),
    ("330", "large-amount aid"),
    ("340", "veteran cadres"),
    ("350", "disabled soldiers"),
    ("360", "Red Army veterans"),
    ("370", "enterprise supplement"),
    ("380", "new rural cooperative"),
    ("390", "residents' basic insurance"),
    ("391", "urban residents"),
    ("392", "residents' major illness"),
    ("399", "other special persons"),
    ("410", "long-term care"),
    ("510", "maternity"),
];

/// English names of fields that people are shown; the Chinese ones are theirs in [`fields::label`].
const FIELDS: [(&str, &str); 40] = [
    (fields::INSUTYPE, "insurance"),
    (fields::PSN_TYPE, "person type"),
    (fields::INSUPLC_ADMDVS, "insured place"),
    (fields::MDTRTAREA_ADMVS, "care place"),
    (fields::FIXMEDINS_CODE, "institution"),
    (fields::HOSP_LV, "hospital level"),
    (fields::MED_TYPE, "medical type"),
    (fields::SETL_TIME, "settled at"),
    (fields::MEDFEE_SUMAMT, "total fee"),
    (fields::FULAMT_OWNPAY_AMT, "full self-pay"),
    (fields::OVERLMT_SELFPAY, "over the price limit"),
    (fields::PRESELFPAY_AMT, "class B first payment"),
    (fields::INSCP_SCP_AMT, "in scope"),
    (fields::OUT_OF_AREA_FIRST, "first payment of care elsewhere"),
    (fields::DEDC_STD, "deductible standard"),
    (fields::ACT_PAY_DEDC, "deductible taken"),
    (fields::HIFP_PAY, "pooled fund"),
    (fields::CVLSERV_PAY, "civil servants' aid"),
    (fields::HIFES_PAY, "enterprise supplement"),
    (fields::HIFMI_PAY, "residents' major illness"),
    (fields::HIFOB_PAY, "employees' large-amount aid"),
    (fields::HIFDM_PAY, "disabled soldiers' fund"),
    (fields::MAF_PAY, "medical assistance"),
    (fields::OTH_PAY, "other funds"),
    (fields::FUND_PAY_SUMAMT, "funds together"),
    (fields::HOSP_PART_AMT, "borne by the institution"),
    (fields::PSN_PART_AMT, "borne by the person"),
    (fields::ACCT_PAY, "personal account"),
    (fields::PSN_CASH_PAY, "cash"),
    (fields::CNT, "count"),
    (fields::PRIC, "price"),
    (fields::MED_LIST_CODG, "catalogue code"),
    (fields::CHRGITM_LV, "class"),
    (fields::DET_ITEM_FEE_SUMAMT, "fee"),
    (fields::OVERLMT_AMT, "over the limit"),
    (fields::SELFPAY_PROP, "self-pay ratio"),
    ("filing_class", "filing"),
    ("scope", "scope of care"),
    ("benefit_year", "benefit year"),
    ("fold_place", "place among the person's records"),
];

/// A national field, or a fact of a record, by its key.
pub fn field(key: &str) -> Said {
    let zh = match key {
        "filing_class" => "备案情形",
        "scope" => "就医范围",
        "benefit_year" => "待遇年度",
        "fold_place" => "本人记录次序",
        field => fields::label(field),
    };
    let en = FIELDS.iter().find(|(known, _)| *known == key).map_or("", |(_, en)| en);
    said(zh, en)
}

fn find(list: &[Name], code: &str) -> Option<Said> {
    list.iter().find(|(known, ..)| *known == code).map(|(_, zh, en)| said(*zh, *en))
}

/// A name with its code behind it, or the code with what it is a code of.
fn with_code(list: &[Name], code: &str, zh: &str, en: &str) -> Said {
    match find(list, code) {
        Some(name) => name.map(|zh| format!("{zh}({code})"), |en| format!("{en} ({code})")),
        None => said(format!("{zh}{code}"), format!("{en} {code}")),
    }
}

/// A person type by its leading digits; a group of two digits goes by its name alone.
pub fn person(head: &str) -> Said {
    match find(&PERSONS, head) {
        Some(name) if head.len() <= 2 => name,
        _ => with_code(&PERSONS, head, "人员类别", "person type"),
    }
}

pub fn identity(code: &str) -> Said {
    with_code(&IDENTITIES, code, "身份", "identity")
}

pub fn med_type(code: &str) -> Said {
    with_code(&MED_TYPES, code, "医疗类别", "medical type")
}

/// A tier by one digit, a grade by two.
pub fn level(code: &str) -> Said {
    find(&LEVELS, code).unwrap_or_else(|| same(code))
}

pub fn mark(mark: &str) -> Said {
    with_code(&MARKS, mark, "标记", "mark")
}

pub fn institution_mark(mark: &str) -> Said {
    with_code(&MARKS, mark, "机构标记", "institution mark")
}

/// Leading digits of a care place.
pub fn place(head: &str) -> Said {
    with_code(&PROVINCES, head, "", "").map(|zh| zh.trim().to_owned(), |en| en.trim().to_owned())
}

pub fn insurance(insurance: Insurance) -> Said {
    let code = insurance.as_str();
    let en = INSURANCES.iter().find(|(known, _)| *known == code).map_or("local insurance", |n| n.1);
    let zh = if insurance.name().is_empty() { "地方险种" } else { insurance.name() };
    said(format!("{zh}({code})"), format!("{en} ({code})"))
}
