//! The rich nights: people of all shipped regions and both insurances, and of two regions with invented terms, in every standing towards
//! filing, with stays, outpatient care, chronic disease and drug purchases that cross deductibles, segments and caps, in two months and
//! two benefit years, with reversals of the same night and of the night before. Some people are civil servants, carry marks, or were not
//! enrolled for a while; some institutions carry marks, or lack a link.

use chrono::{Days, TimeDelta};
use rust_decimal::Decimal;

use super::hand::{Flags, Hand, HandClaim, PLACES, institution, places};
use super::text::day;

/// Two nights that follow one another, another month, another year.
pub const NIGHTS: [&str; 4] = ["2026-03-10", "2026-03-11", "2026-04-02", "2027-01-05"];

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
    hand.row("marks.csv", "insu_admdvs,psn_no,mark,value,fixmedins_code,begndate,enddate");
    hand.column("institutions.csv", "marks", |row| match row.split(',').nth(4) {
        Some("02") => "provincial;psychiatric",
        Some("08") => "community",
        Some("11") => "dual_channel;pooling_pharmacy",
        _ => "",
    });
    // Policies of 990100 say what follows without a link, the others do not.
    for link in ["H31011500003,outpatient", "H31011500002,inpatient", "H99020100003,inpatient"] {
        hand.without("links.csv", link);
    }
    // Within the province only.
    hand.without("links.csv", "H12010100001,inpatient");
    hand.row("links.csv", "H12010100001,inpatient,02,2020-01-01,");
    for (place, (division, pool)) in PLACES.into_iter().enumerate() {
        let kinds = match pool {
            "310000" | "120000" | "440600" | "360700" => 0..0,
            "990100" => 0..3,
            "990200" => 3..6,
            _ => 0..6,
        };
        for (kind, filing) in kinds.flat_map(|k| (0..FILINGS.len()).map(move |f| (k, f))) {
            let number = format!("{pool}{place:02}{kind}{filing:02}0000000001");
            person(&mut hand, &mut numbers, (division, pool), &number, kind, filing);
            for claim in 0..16 {
                one_claim(&mut hand, &mut numbers, (division, pool), &number, kind, claim);
            }
        }
    }
    hand.column("enrolment.csv", "cont_insu_date", |row| match row {
        row if row.contains("1985-06-15") && row.ends_with("2020-01-01,") => "2003-09-01",
        _ => "",
    });
    hand.column("enrolment.csv", "retr_date", |row| match row {
        row if row.contains("1950-03-11") => "2000-12-31",
        row if row.contains("1961-12-31") => "2022-01-01",
        _ => "",
    });
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
    let civil = u8::from(kind == 0 && filing.is_multiple_of(2));
    let spells: &[&str] = match filing {
        // Not enrolled for 75 days; and one spell inside another.
        4 => &["2026-01-15,", "2020-01-01,2025-10-31", "2021-01-01,2021-12-31"],
        // Spells that meet.
        5 => &["2020-02-01,2024-06-30", "2024-07-01,"],
        _ => &["2020-01-01,"],
    };
    for spell in spells {
        hand.row(
            "enrolment.csv",
            format!("{division},{number},01,{cert},1,{birth},{insurance},{person_type},{civil},{identities},1,,{spell}"),
        );
    }
    let chosen = institution(division, 0);
    let marks: &[&str] = match filing {
        1 => &["family_doctor,,", "lump_sum,,"],
        2 => &["tier_two,,"],
        3 => &["zero_claim_years,2,"],
        0 | 6 => &["chosen_hospital,,@"],
        _ => &[],
    };
    for mark in marks {
        let mark = mark.replace('@', &chosen);
        hand.row("marks.csv", format!("{pool},{number},{mark},2025-01-01,2026-12-31"));
    }
    if !FILINGS[filing].is_empty() {
        hand.row("filings.csv", format!("F{number},{pool},{number},,{}", FILINGS[filing]));
    }
    // The last of the list is registered first; one of them twice.
    for (place, disease) in DISEASES.into_iter().enumerate() {
        let day = 10 - place;
        hand.row("chronic.csv", format!("{pool},{number},,{disease},,2020-01-{day:02},"));
    }
    hand.row("chronic.csv", format!("{pool},{number},,{},,2020-01-02,", DISEASES[4]));
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
        "440100" => "440604",
        "360100" => "360702",
        "990100" => "990201",
        "990200" => "990101",
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
    let undone = numbers.below(14);
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
        sender: String::new(),
        visit: String::new(),
        med_type: med_type.to_owned(),
        begin: time.date() - Days::new(numbers.below(5)),
        time,
        flags: Flags {
            mid_stay: numbers.below(8) == 0,
            account_used: numbers.below(3) > 0,
            emergency: numbers.below(12) == 0,
            by_visit: undone == 9,
        },
        disease: if chronic { numbers.pick(&DISEASES).to_owned() } else { String::new() },
        account: account.to_owned(),
        lines: lines(numbers, Decimal::new(i64::try_from(fen).unwrap(), 2)),
    };
    hand.claim(&made);
    let next = NIGHTS[(usize::try_from(claim / 4).unwrap() + 1).min(3)];
    let later = day(next).unwrap().and_hms_opt(7, 0, 0).unwrap();
    let pause = TimeDelta::minutes(61) + TimeDelta::seconds(7);
    match undone {
        // The same night: at the same second, or before it by the clock, or later and twice.
        0 => hand.reversal(&made, &format!("{}R", made.id), time, night),
        1 => hand.reversal(&made, &format!("A{}", made.id), time - TimeDelta::seconds(1), night),
        2 => {
            hand.reversal(&made, &format!("{}R", made.id), time + pause, night);
            hand.reversal(&made, &format!("{}S", made.id), time + pause * 2, night);
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
            numbers
                .pick(&["XA", "XB10", "XB10", "XB05", "XC", "XFULL", "XH", "XCH", "XB10!", "XCH!"])
        };
        let pieces = Decimal::from(1 + numbers.below(7)) / Decimal::from(2);
        let price = if number == 0 {
            amount / pieces
        } else {
            Decimal::new(i64::try_from(300_000 + numbers.below(900_000)).unwrap(), 4)
        };
        lines.push((item.to_owned(), price.round_dp(6), pieces));
        if numbers.below(6) == 0 && pieces > Decimal::ONE {
            // Half of a piece comes back.
            lines.push((item.to_owned(), price.round_dp(6), Decimal::new(-5, 1)));
        }
    }
    lines
}
