//! Institutions: where they stand, their level, what they are linked for. Every third or fourth is
//! a pharmacy, so that pharmacies have a quarter of the claims.

use super::draw::{Draw, Purpose};
use super::geography::{POOLS, Pool};
use super::roles::Kind;
use super::row::{Rows, moved, push_number};
use crate::calendar::Date;

/// One designated institution.
#[derive(Clone, Debug)]
pub struct Institution {
    /// `H` or `P`, division, serial.
    pub code: String,
    pub name: String,
    /// Place in [`POOLS`].
    pub pool: usize,
    pub division: &'static str,
    /// What its claims name as the care place: its division, or its pool.
    pub named: &'static str,
    /// `hosp_lv`, 1 to 11.
    pub level: u8,
    pub pharmacy: bool,
    /// Set aside: every claim of it shows this mistake.
    pub planted: Option<Kind>,
}

impl Institution {
    pub fn pool(&self) -> &'static Pool {
        POOLS.get(self.pool).unwrap_or(&POOLS[0])
    }

    /// 3, 2, 1, or 0 for ungraded ones and pharmacies.
    pub fn tier(&self) -> u8 {
        match self.level {
            1..=4 => 3,
            5..=7 => 2,
            8..=10 => 1,
            _ => 0,
        }
    }

    pub fn takes_stays(&self) -> bool {
        !self.pharmacy && self.tier() > 0
    }

    pub fn takes_chronic(&self) -> bool {
        !self.pharmacy && self.tier() > 1
    }

    /// The eleven digits of the code, for ids.
    pub fn digits(&self) -> &str {
        self.code.get(1..).unwrap_or("")
    }
}

/// Where the institutions that are set aside stand (places in [`POOLS`]), and why.
const SET_ASIDE: [(Kind, usize); 3] =
    [(Kind::NoAgreement, 2), (Kind::Suspended, 9), (Kind::NotLinked, 12)];

/// All institutions: `count` that share the night by rank, then those set aside.
pub fn make(seed: u64, count: u64) -> Vec<Institution> {
    // Two per pool at least, so that a small night has a hospital and a pharmacy in each.
    let pools = usize::try_from(count / 2).unwrap_or(usize::MAX).clamp(1, POOLS.len());
    let (mut at_pharmacies, mut at_all) = (0u64, 0u64);
    let mut all = Vec::new();
    for rank in 0..count {
        let weight = 1_000_000_000 / (rank + 1);
        at_all += weight;
        let pharmacy = rank > 0 && (at_pharmacies + weight) * 4 <= at_all + weight;
        if pharmacy {
            at_pharmacies += weight;
        }
        let pool = usize::try_from(rank).unwrap_or(0) % pools;
        all.push(one(seed, rank, pool, pharmacy, None));
    }
    for (place, (kind, pool)) in (0u64..).zip(SET_ASIDE) {
        all.push(one(seed, count + place, pool, false, Some(kind)));
    }
    all
}

fn one(seed: u64, rank: u64, place: usize, pharmacy: bool, planted: Option<Kind>) -> Institution {
    let mut draw = Draw::new(seed, Purpose::Institution, 0, rank, 0);
    let pool = POOLS.get(place).unwrap_or(&POOLS[0]);
    let division = pool.division(draw.below(3) as usize);
    let level = if pharmacy { 11 } else { level(rank, &mut draw, planted.is_some()) };
    let mut digits = Vec::new();
    push_number(&mut digits, rank + 1, 5);
    let serial = String::from_utf8_lossy(&digits);
    let (letter, what) = match (pharmacy, level) {
        (true, _) => ('P', "大药房"),
        (_, 1..=4) => ('H', "人民医院"),
        (_, 5..=7) => ('H', "中心医院"),
        (_, 8..=10) => ('H', "社区医院"),
        _ => ('H', "诊所"),
    };
    Institution {
        code: format!("{letter}{division}{serial}"),
        name: format!("示例{}第{serial}{what}", pool.name),
        pool: place,
        division,
        named: if draw.percent(50) { division } else { pool.code },
        level,
        pharmacy,
        planted,
    }
}

/// The large ones are tertiary; further down all levels occur.
fn level(rank: u64, draw: &mut Draw, set_aside: bool) -> u8 {
    const MIXED: [u32; 11] = [1, 6, 4, 2, 10, 8, 5, 8, 6, 4, 12];
    let index = if set_aside {
        4
    } else if rank < 3 {
        1
    } else {
        draw.weighted(&MIXED)
    };
    u8::try_from(index + 1).unwrap_or(11)
}

/// `institutions.csv`.
pub fn register(all: &[Institution]) -> Rows {
    let mut rows = Rows::with_header(&[
        "fixmedins_code",
        "fixmedins_name",
        "fixmedins_type",
        "admdvs",
        "hosp_lv",
        "begndate",
        "enddate",
    ]);
    for institution in all {
        rows.text(&institution.code);
        rows.text(&institution.name);
        rows.text(if institution.pharmacy { "2" } else { "1" });
        rows.text(institution.division);
        rows.digits(u64::from(institution.level), 2);
        rows.last_day(opening());
        rows.empty();
        rows.end();
    }
    rows
}

/// Since when everything that is not dated otherwise has held.
pub fn opening() -> Option<Date> {
    Date::from_ymd(2015, 1, 1)
}

/// `agreements.csv`: the one set aside for it lost its agreement long before the first night.
pub fn agreements(all: &[Institution], first_day: Date) -> Rows {
    let mut rows = Rows::with_header(&["fixmedins_code", "agreement_no", "begndate", "enddate"]);
    for institution in all {
        rows.text(&institution.code);
        rows.joined(&["XY-", institution.digits()]);
        rows.last_day(opening());
        let expired = institution.planted == Some(Kind::NoAgreement);
        rows.last_day(expired.then(|| moved(first_day, -120)));
        rows.end();
    }
    rows
}

/// `suspensions.csv`.
pub fn suspensions(all: &[Institution], first_day: Date) -> Rows {
    let mut rows = Rows::with_header(&["fixmedins_code", "reason", "begndate", "enddate"]);
    for institution in all.iter().filter(|i| i.planted == Some(Kind::Suspended)) {
        rows.text(&institution.code);
        rows.text("示例：整改");
        rows.date(moved(first_day, -120));
        rows.empty();
        rows.end();
    }
    rows
}

/// `links.csv`.
pub fn links(all: &[Institution]) -> Rows {
    let mut rows =
        Rows::with_header(&["fixmedins_code", "care", "out_onln_open_type", "begndate", "enddate"]);
    for institution in all {
        let kinds: &[(&str, bool)] = &[
            ("outpatient", !institution.pharmacy),
            ("inpatient", institution.takes_stays()),
            ("chronic", institution.takes_chronic()),
            ("pharmacy", institution.pharmacy),
        ];
        let closed = institution.planted == Some(Kind::NotLinked);
        for (care, _) in kinds.iter().filter(|(_, offered)| *offered) {
            rows.text(&institution.code);
            rows.text(care);
            rows.text(if closed { "01" } else { "03" });
            rows.last_day(opening());
            rows.empty();
            rows.end();
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pharmacies_have_a_quarter_of_the_claims() {
        let all = make(1, 500);
        let shares = crate::synth::shares::zipf(1_000_000, 500);
        let at: u64 =
            all.iter().zip(&shares).filter(|(i, _)| i.pharmacy).map(|(_, share)| share).sum();
        assert!((220_000..=250_000).contains(&at), "{at}");
        assert!(all.iter().all(|i| i.code.len() == 12));
    }

    #[test]
    fn a_small_night_has_two_in_each_pool_it_uses() {
        let all = make(1, 12);
        for pool in 0..6 {
            assert!(all.iter().filter(|i| i.pool == pool && i.planted.is_none()).count() >= 2);
        }
    }
}
