//! A night made by hand: rows of CSV as people would write them, no generator of the program.
//!
//! [`Hand`] collects rows and writes a pipeline folder. [`rich`] fills one: people of all shipped regions and both insurances, in every
//! standing towards filing, with stays, outpatient care, chronic disease and drug purchases that cross deductibles, segments and caps,
//! in two months and two benefit years, with reversals of the same night and of the night before.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::{Days, NaiveDate, NaiveDateTime, TimeDelta};
use rust_decimal::Decimal;

use super::text::{day, round};
use crate::support;

/// Nights of [`rich`]: two that follow one another, another month, another year.
pub const NIGHTS: [&str; 4] = ["2026-03-10", "2026-03-11", "2026-04-02", "2027-01-05"];

/// Rows on their way to a pipeline folder.
#[derive(Default)]
pub struct Hand {
    reference: BTreeMap<&'static str, Vec<String>>,
    /// (night, institution) -> rows of settlements and of fees.
    inbox: BTreeMap<(String, String), (Vec<String>, Vec<String>)>,
}

/// A claim to write. Amounts of `lines`: item, price, count.
#[derive(Clone)]
pub struct HandClaim {
    pub night: String,
    pub id: String,
    pub person: String,
    pub cert: String,
    pub insurance: String,
    pub person_type: String,
    pub insured: String,
    pub care: String,
    pub institution: String,
    pub med_type: String,
    pub begin: NaiveDate,
    pub time: NaiveDateTime,
    pub flags: Flags,
    pub disease: String,
    pub account: String,
    pub lines: Vec<(String, Decimal, Decimal)>,
}

/// Flags of a claim.
#[derive(Clone, Copy, Default)]
pub struct Flags {
    pub mid_stay: bool,
    pub account_used: bool,
    pub emergency: bool,
}

const SETTLEMENTS: &str = "setl_id,mdtrt_id,psn_no,certno,insutype,psn_type,insuplc_admdvs,mdtrtarea_admvs,fixmedins_code,med_type,\
    begndate,enddate,setl_time,medfee_sumamt,refd_setl_flag,init_setl_id,mid_setl_flag,acct_used_flag,dise_codg,er_flag,inj_flag,acct_pay";
const FEES: &str = "setl_id,feedetl_sn,mdtrt_id,psn_no,med_type,fee_ocur_time,med_list_codg,medins_list_codg,det_item_fee_sumamt,\
    cnt,pric,lmt_used_flag";

impl HandClaim {
    pub fn fee(&self) -> Decimal {
        self.lines.iter().map(|(_, price, count)| round(price * count)).sum()
    }
}

impl Hand {
    /// Adds a row to a reference file; the first row of a file is its header.
    pub fn row(&mut self, file: &'static str, row: impl Into<String>) {
        self.reference.entry(file).or_default().push(row.into());
    }

    /// Adds a settlement with its lines.
    pub fn claim(&mut self, claim: &HandClaim) {
        let fee = claim.fee();
        self.settlement(claim, &claim.id, fee, "0", "", claim.time, &claim.night);
        let key = (claim.night.clone(), claim.institution.clone());
        for (number, (item, price, count)) in claim.lines.iter().enumerate() {
            let line = format!(
                "{},{number},V{},{},{},{} 08:00:00,{item},L,{:.2},{count},{price},",
                claim.id,
                claim.id,
                claim.person,
                claim.med_type,
                claim.begin,
                round(price * count)
            );
            self.inbox.entry(key.clone()).or_default().1.push(line);
        }
    }

    /// Adds a reversal of a claim.
    pub fn reversal(&mut self, claim: &HandClaim, id: &str, time: NaiveDateTime, night: &str) {
        self.settlement(claim, id, -claim.fee(), "1", &claim.id, time, night);
    }

    #[allow(clippy::too_many_arguments, reason = "the columns that a reversal has of its own")]
    fn settlement(
        &mut self,
        claim: &HandClaim,
        id: &str,
        fee: Decimal,
        refund: &str,
        original: &str,
        time: NaiveDateTime,
        night: &str,
    ) {
        let flag = u8::from;
        let HandClaim { person, cert, insurance, person_type, .. } = claim;
        let HandClaim { insured, care, institution, med_type, begin, disease, .. } = claim;
        let account = if refund == "1" { "" } else { &claim.account };
        let row = format!(
            "{id},V{},{person},{cert},{insurance},{person_type},{insured},{care},{institution},{med_type},{begin},{},{time},{fee:.2},\
             {refund},{original},{},{},{disease},{},0,{account}",
            claim.id,
            claim.time.date(),
            flag(claim.flags.mid_stay),
            flag(claim.flags.account_used),
            flag(claim.flags.emergency),
        );
        let key = (night.to_owned(), institution.clone());
        self.inbox.entry(key).or_default().0.push(row);
    }

    /// Writes reference, inbox, key and pipeline; gives the pipeline.
    pub fn write(&self, folder: &Path) -> PathBuf {
        let reference = folder.join("reference");
        std::fs::create_dir_all(&reference).unwrap();
        for (file, rows) in &self.reference {
            std::fs::write(reference.join(file), rows.join("\n") + "\n").unwrap();
        }
        for ((night, institution), (settlements, fees)) in &self.inbox {
            let one = folder.join("inbox").join(night).join(institution);
            std::fs::create_dir_all(&one).unwrap();
            let text = |header: &str, rows: &[String]| format!("{header}\n{}\n", rows.join("\n"));
            std::fs::write(one.join("settlements.csv"), text(SETTLEMENTS, settlements)).unwrap();
            std::fs::write(one.join("fees.csv"), text(FEES, fees)).unwrap();
            support::write_manifest(&one, institution, night, 1);
        }
        std::fs::write(folder.join("keys.toml"), format!("default = \"{}\"\n", "5a".repeat(16)))
            .unwrap();
        let pipeline = folder.join("pipeline.toml");
        let policy = support::root().join("pipelines/policy");
        let text = format!(
            "name = \"hand\"\ninbox = \"inbox/{{date}}\"\nreference = \"reference\"\npolicy = \"{}\"\nkeys = \"keys.toml\"\nbuckets = 8\n",
            policy.display()
        );
        std::fs::write(&pipeline, text).unwrap();
        pipeline
    }
}

/// Division and pool of every place of [`rich`]; the first five have policies.
const PLACES: [(&str, &str); 9] = [
    ("110105", "110000"),
    ("440103", "440100"),
    ("420102", "420100"),
    ("360102", "360100"),
    ("611002", "611000"),
    ("310115", "310000"),
    ("120101", "120000"),
    ("440303", "440300"),
    ("360702", "360700"),
];
const LEVELS: [&str; 4] = ["02", "05", "08", "11"];

/// An institution of a place, by tier.
pub fn institution(division: &str, level: usize) -> String {
    format!("H{division}0000{level}")
}

/// Places, institutions and catalogues, without people.
pub fn places() -> Hand {
    let mut hand = Hand::default();
    hand.row("regions.csv", "admdvs,name,pool_admdvs,begndate,enddate");
    hand.row(
        "institutions.csv",
        "fixmedins_code,fixmedins_name,fixmedins_type,admdvs,hosp_lv,begndate,enddate",
    );
    hand.row("agreements.csv", "fixmedins_code,agreement_no,begndate,enddate");
    hand.row("links.csv", "fixmedins_code,care,out_onln_open_type,begndate,enddate");
    hand.row(
        "items.csv",
        "admdvs,med_list_codg,hilist_name,chrgitm_lv,selfpay_prop,bearer,begndate,enddate",
    );
    hand.row(
        "price_limits.csv",
        "admdvs,med_list_codg,hosp_tier,insutype,pric_uplmt_amt,begndate,enddate",
    );
    hand.row("first_payment.csv", "admdvs,med_list_codg,insutype,selfpay_prop,begndate,enddate");
    hand.row("enrolment.csv", "insu_admdvs,psn_no,psn_cert_type,certno,gend,brdy,insutype,psn_type,cvlserv_flag,psn_idet_type,psn_insu_stas,wait_until,begndate,enddate");
    hand.row("filings.csv", "trt_dcla_detl_sn,insu_admdvs,psn_no,insutype,rloc_admdvs,rloc_rea,commit_flag,begndate,enddate,crte_time,vali_flag");
    hand.row(
        "chronic.csv",
        "insu_admdvs,psn_no,insutype,dise_codg,fixmedins_code,begndate,enddate",
    );
    hand.row("balances.csv", "insu_admdvs,psn_no,balc,acct_mulaid_limit,as_of_time");
    let mut provinces = Vec::new();
    for (division, pool) in PLACES {
        hand.row("regions.csv", format!("{division},{division},{pool},2020-01-01,"));
        hand.row("regions.csv", format!("{pool},{pool},{pool},2020-01-01,"));
        for (tier, level) in LEVELS.iter().enumerate() {
            let code = institution(division, tier);
            hand.row("institutions.csv", format!("{code},{code},1,{division},{level},2020-01-01,"));
            hand.row("agreements.csv", format!("{code},A,2020-01-01,"));
            for care in ["inpatient", "outpatient", "chronic", "pharmacy"] {
                hand.row("links.csv", format!("{code},{care},03,2020-01-01,"));
            }
        }
        let province = format!("{}0000", &pool[..2]);
        if !provinces.contains(&province) {
            catalogue(&mut hand, &province);
            provinces.push(province);
        }
    }
    // A city that lists an item itself.
    hand.row("items.csv", "440100,XB10,own,02,0.2,person,2020-01-01,");
    hand
}

fn catalogue(hand: &mut Hand, province: &str) {
    for item in [
        "XA,a,01,0,person,2020-01-01,",
        "XB10,b,02,0.1,person,2020-01-01,2026-03-31",
        "XB10,b,02,0.125,person,2026-04-01,",
        "XB05,b,02,0.05,,2020-01-01,",
        "XC,c,03,1,person,2020-01-01,",
        "XFULL,d,02,1,person,2020-01-01,",
        "XH,e,02,0.2,institution,2020-01-01,",
        "XCH,f,03,1,institution,2020-01-01,",
    ] {
        hand.row("items.csv", format!("{province},{item}"));
    }
    for limit in
        ["XB10,3,,80.505,", "XB10,,390,61.2,", "XB10,,,99.999999,", "XH,,,50,", "XB05,,,999999,"]
    {
        let (key, amount) = limit.trim_end_matches(',').rsplit_once(',').unwrap();
        hand.row("price_limits.csv", format!("{province},{key},{amount},2020-01-01,"));
    }
    hand.row("first_payment.csv", format!("{province},XB05,390,0.07,2020-01-01,"));
}

/// Numbers that repeat: the same on every machine.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        let length = u64::try_from(list.len()).unwrap();
        list[usize::try_from(self.below(length)).unwrap()]
    }
}

/// Person type, insurance, birth, identities.
const KINDS: [(&str, &str, &str, &str); 6] = [
    ("1101", "310", "1985-06-15", ""),
    ("1201", "310", "1950-03-11", ""),
    ("1201", "310", "1961-12-31", "2303"),
    ("1501", "390", "1978-02-02", "2302;2303"),
    ("1402", "390", "2020-03-11", ""),
    ("1601", "390", "1955-03-10", ""),
];
/// Place, reason, promise, first day, last day, made.
const FILINGS: [&str; 7] = [
    "",
    "310000,07,0,2025-01-01,,2025-01-01 09:00:00,1",
    "310000,02,1,2025-01-01,,2025-01-01 09:00:00,1",
    "310115,06,0,2026-01-01,2026-12-31,2026-01-01 09:00:00,1",
    "310000,10,0,2026-01-01,2027-01-04,2026-01-01 09:00:00,1",
    "310000,06,0,2026-03-10,2026-04-01,2026-03-10 07:30:00,1",
    "120000,11,0,2020-01-01,,2020-01-01 09:00:00,0",
];
const DISEASES: [&str; 6] = ["M03900", "M07803", "M00500", "M08300", "M00201", "M07200"];

/// The rich nights.
pub fn rich() -> Hand {
    let mut hand = places();
    let mut numbers = Numbers(20_260_310);
    for (place, (division, pool)) in PLACES.into_iter().take(5).enumerate() {
        for (kind, filing) in (0..KINDS.len()).flat_map(|k| (0..FILINGS.len()).map(move |f| (k, f)))
        {
            let number = format!("{pool}{place}{kind}{filing:02}0000000001");
            person(&mut hand, &mut numbers, (division, pool), &number, kind, filing);
            for claim in 0..16 {
                one_claim(&mut hand, &mut numbers, (division, pool), &number, kind, claim);
            }
        }
    }
    hand
}

fn cert(number: &str) -> String {
    format!("99{}", &number[number.len() - 16..])
}

fn person(
    hand: &mut Hand,
    numbers: &mut Numbers,
    (division, pool): (&str, &str),
    number: &str,
    kind: usize,
    filing: usize,
) {
    let (person_type, insurance, birth, identities) = KINDS[kind];
    let cert = format!("{}{}", cert(number), &pool[..4]);
    hand.row(
        "enrolment.csv",
        format!("{division},{number},01,{cert},1,{birth},{insurance},{person_type},0,{identities},1,,2020-01-01,"),
    );
    if !FILINGS[filing].is_empty() {
        hand.row("filings.csv", format!("F{number},{pool},{number},,{}", FILINGS[filing]));
    }
    for disease in DISEASES {
        hand.row("chronic.csv", format!("{pool},{number},,{disease},,2020-01-01,"));
    }
    let balance = numbers.pick(&["0.00", "37.15", "900.00", "25000.00"]);
    let sharing = numbers.pick(&["0.00", "0.00", "120.50"]);
    hand.row("balances.csv", format!("{pool},{number},{balance},{sharing},2026-01-01 00:00:00"));
}

fn one_claim(
    hand: &mut Hand,
    numbers: &mut Numbers,
    (division, pool): (&str, &str),
    number: &str,
    kind: usize,
    claim: u64,
) {
    let (person_type, insurance, ..) = KINDS[kind];
    let night = NIGHTS[usize::try_from(claim / 4).unwrap().min(3)];
    let neighbour = match pool {
        "440100" => "440303",
        "360100" => "360702",
        _ => "120101",
    };
    let care = numbers.pick(&[division, division, "310115", "310115", neighbour]);
    let med_type =
        numbers.pick(&["21", "21", "21", "11", "11", "14", "14", "41", "13", "52", "24"]);
    let dear = numbers.below(5) == 0;
    let amounts: &[u64] = match (med_type, dear) {
        ("21" | "24" | "52", true) => &[9_000_017, 31_000_003, 60_000_055],
        ("21" | "24" | "52", false) => &[80_015, 610_099, 2_900_033],
        (_, true) => &[190_001, 2_500_077],
        _ => &[3_037, 9_999, 41_050],
    };
    let fen = numbers.pick(amounts) + numbers.below(5_000);
    let minutes = i64::try_from(claim % 4 * 60 + numbers.below(59)).unwrap();
    let midnight = day(night).unwrap().and_hms_opt(8, 0, 0).unwrap();
    let time = midnight + TimeDelta::minutes(minutes) + TimeDelta::seconds(1);
    let chronic = med_type == "14";
    let account = numbers.pick(&["", "", "", "12.34"]);
    let made = HandClaim {
        night: night.to_owned(),
        id: format!("{number}-{claim:02}"),
        person: number.to_owned(),
        cert: format!("{}{}", cert(number), &pool[..4]),
        insurance: insurance.to_owned(),
        person_type: person_type.to_owned(),
        insured: division.to_owned(),
        care: care.to_owned(),
        institution: institution(care, usize::try_from(numbers.below(4)).unwrap()),
        med_type: med_type.to_owned(),
        begin: time.date() - Days::new(numbers.below(5)),
        time,
        flags: Flags {
            mid_stay: numbers.below(8) == 0,
            account_used: numbers.below(3) > 0,
            emergency: numbers.below(12) == 0,
        },
        disease: if chronic { numbers.pick(&DISEASES).to_owned() } else { String::new() },
        account: account.to_owned(),
        lines: lines(numbers, Decimal::new(i64::try_from(fen).unwrap(), 2)),
    };
    hand.claim(&made);
    let next = NIGHTS[(usize::try_from(claim / 4).unwrap() + 1).min(3)];
    let later = day(next).unwrap().and_hms_opt(7, 0, 0).unwrap();
    match numbers.below(14) {
        // The same night: at the same second, or before it by the clock, or later and twice.
        0 => hand.reversal(&made, &format!("{}R", made.id), time, night),
        1 => hand.reversal(&made, &format!("A{}", made.id), time - TimeDelta::seconds(1), night),
        2 => {
            hand.reversal(&made, &format!("{}R", made.id), time + TimeDelta::minutes(61), night);
            hand.reversal(&made, &format!("{}S", made.id), time + TimeDelta::minutes(62), night);
        }
        3 if next != night => hand.reversal(&made, &format!("{}R", made.id), later, next),
        _ => {}
    }
}

/// One to four lines that come to about an amount.
fn lines(numbers: &mut Numbers, amount: Decimal) -> Vec<(String, Decimal, Decimal)> {
    let count = 1 + numbers.below(4);
    let mut lines = Vec::new();
    for number in 0..count {
        let item = if number == 0 {
            "XA"
        } else {
            numbers.pick(&["XA", "XB10", "XB10", "XB05", "XC", "XFULL", "XH", "XCH"])
        };
        let pieces = Decimal::from(1 + numbers.below(7)) / Decimal::from(2);
        let price = if number == 0 {
            amount / pieces
        } else {
            Decimal::new(i64::try_from(300_000 + numbers.below(900_000)).unwrap(), 4)
        };
        lines.push((item.to_owned(), price.round_dp(6), pieces));
    }
    lines
}
