//! The one place where national interface field names are spelled.
//!
//! Source: national interface for designated institutions, settlement (2207/2304), fee detail (2204/2301), reconciliation
//! (3201/3202). `mdtrtarea_admvs` really lacks the `d`.

macro_rules! fields {
    ($($name:ident = $text:literal, $label:literal;)*) => {
        $(#[doc = $label] pub const $name: &str = $text;)*

        /// The Chinese label of a field, for files that people read; the name itself where there is none.
        pub fn label(field: &str) -> &str {
            match field {
                $($text => $label,)*
                other => other,
            }
        }
    };
}

fields! {
    SETL_ID = "setl_id", "结算ID";
    MDTRT_ID = "mdtrt_id", "就诊ID";
    PSN_NO = "psn_no", "人员编号";
    CERTNO = "certno", "证件号码";
    INSUTYPE = "insutype", "险种类型";
    PSN_TYPE = "psn_type", "人员类别";
    INSUPLC_ADMDVS = "insuplc_admdvs", "参保地医保区划";
    MDTRTAREA_ADMVS = "mdtrtarea_admvs", "就医地医保区划";
    FIXMEDINS_CODE = "fixmedins_code", "定点医药机构编号";
    FIXMEDINS_NAME = "fixmedins_name", "定点医药机构名称";
    HOSP_LV = "hosp_lv", "医院等级";
    MED_TYPE = "med_type", "医疗类别";
    BEGNDATE = "begndate", "开始日期";
    ENDDATE = "enddate", "结束日期";
    SETL_TIME = "setl_time", "结算时间";
    REFD_SETL_FLAG = "refd_setl_flag", "退费结算标志";
    INIT_SETL_ID = "init_setl_id", "原结算ID";
    MID_SETL_FLAG = "mid_setl_flag", "中途结算标志";
    ACCT_USED_FLAG = "acct_used_flag", "个人账户使用标志";
    DISE_CODG = "dise_codg", "病种编码";
    ER_FLAG = "er_flag", "急诊标志";
    INJ_FLAG = "inj_flag", "外伤标志";
    MEDFEE_SUMAMT = "medfee_sumamt", "医疗费总额";
    FULAMT_OWNPAY_AMT = "fulamt_ownpay_amt", "全自费金额";
    OVERLMT_SELFPAY = "overlmt_selfpay", "超限价自费费用";
    PRESELFPAY_AMT = "preselfpay_amt", "先行自付金额";
    INSCP_SCP_AMT = "inscp_scp_amt", "符合政策范围金额";
    OUT_OF_AREA_FIRST = "out_of_area_first", "异地先行自付金额";
    DEDC_STD = "dedc_std", "起付标准";
    ACT_PAY_DEDC = "act_pay_dedc", "实际支付起付线";
    HIFP_PAY = "hifp_pay", "统筹基金支出";
    POOL_PROP_SELFPAY = "pool_prop_selfpay", "统筹基金支付比例";
    CVLSERV_PAY = "cvlserv_pay", "公务员医疗补助支出";
    HIFES_PAY = "hifes_pay", "企业补充医疗保险支出";
    HIFMI_PAY = "hifmi_pay", "居民大病保险支出";
    HIFOB_PAY = "hifob_pay", "职工大额补助支出";
    HIFDM_PAY = "hifdm_pay", "伤残人员保障支出";
    MAF_PAY = "maf_pay", "医疗救助支出";
    OTH_PAY = "oth_pay", "其他支出";
    FUND_PAY_SUMAMT = "fund_pay_sumamt", "基金支付总额";
    HOSP_PART_AMT = "hosp_part_amt", "医院负担金额";
    PSN_PART_AMT = "psn_part_amt", "个人负担总金额";
    ACCT_PAY = "acct_pay", "个人账户支出";
    ACCT_MULAID_PAY = "acct_mulaid_pay", "个人账户共济支付金额";
    PSN_CASH_PAY = "psn_cash_pay", "个人现金支出";
    BALC = "balc", "余额";
    CLR_TYPE = "clr_type", "清算类别";
    CLR_WAY = "clr_way", "清算方式";
    PAY_LOC = "pay_loc", "支付地点类别";
    SETL_PROC_INFO = "setl_proc_info", "结算过程信息";
    FEEDETL_SN = "feedetl_sn", "费用明细流水号";
    FEE_OCUR_TIME = "fee_ocur_time", "费用发生时间";
    MED_LIST_CODG = "med_list_codg", "医疗目录编码";
    MEDINS_LIST_CODG = "medins_list_codg", "医药机构目录编码";
    DET_ITEM_FEE_SUMAMT = "det_item_fee_sumamt", "明细项目费用总额";
    CNT = "cnt", "数量";
    PRIC = "pric", "单价";
    PRIC_UPLMT_AMT = "pric_uplmt_amt", "定价上限金额";
    SELFPAY_PROP = "selfpay_prop", "自付比例";
    OVERLMT_AMT = "overlmt_amt", "超限价金额";
    CHRGITM_LV = "chrgitm_lv", "收费项目等级";
    LMT_USED_FLAG = "lmt_used_flag", "限制使用标志";
}
