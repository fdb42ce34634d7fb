//! People: each a pure function of group and place in it. Who they are, where and since when
//! enrolled, what is registered for them.

use super::certificate::{self, Certificate};
use super::draw::{Draw, Purpose};
use super::geography::{INSURED, Insured, NO_POLICY, POOLS, WITH_POLICY};
use super::plan::Plan;
use super::row::{moved, push_number};
use crate::calendar::Date;
use crate::codes::InsuranceClass;
use crate::money::Fen;

/// A personal number.
pub type Number = arrayvec::ArrayString<30>;

/// A person.
#[derive(Clone, Debug)]
pub struct Person {
    pub serial: u64,
    /// Place in [`INSURED`].
    pub insured: usize,
    pub insurance: Scheme,
    pub psn_type: &'static str,
    pub female: bool,
    pub birth: Date,
    pub certificate: Certificate,
    pub identities: &'static str,
    /// Registered chronic disease.
    pub disease: Option<&'static str>,
    pub enrolled: Date,
    pub wait_until: Option<Date>,
    pub account: Option<Account>,
    pub filing: Option<Filing>,
    /// Enrolled elsewhere until the day before.
    pub moved: Option<Move>,
    /// 0 for the pool itself, else a county of it.
    pub division: usize,
}

/// Employees' or residents' insurance.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scheme {
    Employees,
    Residents,
}

/// A personal account before the first night.
#[derive(Clone, Copy, Debug)]
pub struct Account {
    pub balance: Fen,
    pub sharing: Fen,
    /// Second of the day before the first night.
    pub second: u32,
}

/// A filing for the pool of the person's group.
#[derive(Clone, Copy, Debug)]
pub struct Filing {
    pub reason: &'static str,
    /// Made for the whole province.
    pub province: bool,
    pub any_insurance: bool,
    pub promise: bool,
    pub from: Date,
    pub last: Option<Date>,
}

impl Filing {
    pub fn is_long_term(&self) -> bool {
        matches!(self.reason, "02" | "07" | "08" | "09")
    }
}

/// A person who was enrolled in `from` (place in [`INSURED`]) until the day before `on`, living all
/// the while where enrolled now.
#[derive(Clone, Copy, Debug)]
pub struct Move {
    pub from: usize,
    pub on: Date,
}

/// Every so many people of a group, one has a registered disease, and one at home has moved.
const CHRONIC_EVERY: u64 = 5;
const MOVED_EVERY: u64 = 40;
const MOVED_AT: u64 = 7;
/// Numbers of people whom nobody enrolled.
const STRANGERS: u64 = 9_000_000_000;

impl Scheme {
    pub fn code(self) -> &'static str {
        match self {
            Scheme::Employees => "310",
            Scheme::Residents => "390",
        }
    }

    pub fn class(self) -> InsuranceClass {
        match self {
            Scheme::Employees => InsuranceClass::Employee,
            Scheme::Residents => InsuranceClass::Resident,
        }
    }
}

impl Person {
    pub fn region(&self) -> &'static Insured {
        INSURED.get(self.insured).unwrap_or(&INSURED[0])
    }

    pub fn number(&self) -> Number {
        number(self.region(), self.serial)
    }

    /// The number in the region where the person was enrolled before.
    pub fn old_number(&self, moved: Move) -> Number {
        number(INSURED.get(moved.from).unwrap_or(&INSURED[0]), self.serial)
    }

    pub fn age(&self, on: Date) -> i32 {
        on.age_since(self.birth)
    }

    /// A filing by promise gives no benefit at home.
    pub fn settles_at_home(&self) -> bool {
        self.filing.is_none_or(|filing| !(filing.is_long_term() && filing.promise))
    }
}

/// A number that is in no enrolment.
pub fn stranger(insured: usize, claim: u64) -> Number {
    number(INSURED.get(insured).unwrap_or(&INSURED[0]), STRANGERS + claim)
}

fn number(region: &Insured, serial: u64) -> Number {
    let (first, width) = region.number;
    let mut digits = Vec::with_capacity(20);
    push_number(&mut digits, serial, width);
    let mut number = Number::from(first).unwrap_or_default();
    for digit in digits {
        // Thirty characters hold every form; a longer one would be cut, not wrong.
        let _ = number.try_push(char::from(digit));
    }
    number
}

/// The place of a person with a registered disease nearest to `place`.
pub fn registered(place: u64) -> u64 {
    place / CHRONIC_EVERY * CHRONIC_EVERY
}

/// The place of a person without one, in a group of at least two.
pub fn unregistered(place: u64, size: u64) -> u64 {
    match (place.is_multiple_of(CHRONIC_EVERY), place + 1 < size) {
        (false, _) => place,
        (true, true) => place + 1,
        (true, false) => place.saturating_sub(1),
    }
}

/// The place of a person who moved.
pub fn mover(place: u64, size: u64) -> u64 {
    let moved = place / MOVED_EVERY * MOVED_EVERY + MOVED_AT;
    if moved < size { moved } else { MOVED_AT }
}

/// The place of a person who did not.
pub fn settled(place: u64) -> u64 {
    if place % MOVED_EVERY == MOVED_AT { place - 1 } else { place }
}

impl Plan {
    /// The person at `place` in the group of `insured` and `pool`.
    pub fn person(&self, insured: usize, pool: usize, place: u64) -> Person {
        let serial = self.group(insured, pool).first + place;
        let mut draw = Draw::new(self.seed, Purpose::Person, 0, serial, 0);
        let home = Plan::is_home(insured, pool);
        let mut person = self.anybody(insured, serial, &mut draw);
        let diseases = person.region().diseases;
        let has_moved = home && insured != NO_POLICY && place % MOVED_EVERY == MOVED_AT;
        if place.is_multiple_of(CHRONIC_EVERY) {
            person.disease = draw.pick(diseases).copied();
        }
        if has_moved {
            let other = (insured + 1 + draw.index(WITH_POLICY - 1)) % WITH_POLICY;
            let nights = i32::try_from(self.nights.len()).unwrap_or(0);
            let day = draw.offset(5 + u32::try_from(nights).unwrap_or(0)) - 5;
            person.moved = Some(Move { from: other, on: moved(self.first_day, day) });
        } else if !home {
            person.filing = Some(self.filing(&person, pool, &mut draw));
        }
        person
    }

    /// A person who exists for one claim: filed nowhere yet, registered for nothing.
    pub fn once(&self, insured: usize, claim: u64) -> Person {
        let serial = self.people + claim;
        let mut draw = Draw::new(self.seed, Purpose::Person, 1, serial, 0);
        self.anybody(insured, serial, &mut draw)
    }

    fn anybody(&self, insured: usize, serial: u64, draw: &mut Draw) -> Person {
        let employee = draw.percent(45);
        let female = draw.percent(51);
        let age = if employee {
            22 + draw.below(40) + draw.below(30)
        } else {
            1 + draw.below(50) + draw.below(42)
        };
        // Before the first day by `age` whole years and up to a year more.
        let born = age * 1461 / 4 + 1 + draw.below(364);
        let birth =
            birthday(moved(self.first_day, -i32::try_from(born).unwrap_or(0)), serial, draw);
        let years = self.first_day.age_since(birth);
        let psn_type =
            if employee { employee_type(years, female, draw) } else { resident_type(years) };
        let enrolled = moved(self.first_day, -400 - draw.offset(3_000)).max(birth);
        let poor = !employee && draw.percent(4);
        Person {
            serial,
            insured,
            insurance: if employee { Scheme::Employees } else { Scheme::Residents },
            psn_type,
            female,
            birth,
            certificate: certificate::number(serial, birth, female),
            identities: if poor { draw.pick(IDENTITIES).copied().unwrap_or("") } else { "" },
            disease: None,
            enrolled,
            wait_until: (psn_type == "1103").then(|| moved(enrolled, 90)),
            account: (employee && draw.percent(70)).then(|| account(draw)),
            filing: None,
            moved: None,
            division: draw.below(6).saturating_sub(3) as usize,
        }
    }

    fn filing(&self, person: &Person, pool: usize, draw: &mut Draw) -> Filing {
        let retired = matches!(person.psn_type.get(..2), Some("12" | "16"));
        let reason = match draw.below(100) {
            0..40 if retired => "02",
            0..40 => draw.pick(&["07", "07", "08", "09"]).copied().unwrap_or("07"),
            40..70 => "06",
            _ => draw.pick(&["10", "11"]).copied().unwrap_or("10"),
        };
        let long_term = matches!(reason, "02" | "07" | "08" | "09");
        // Long enough before the first night to cover the longest stay, and open over the last one.
        let from = moved(self.first_day, -75 - draw.offset(if long_term { 600 } else { 100 }));
        let last = (!long_term).then(|| moved(self.last_day, 30 + draw.offset(180)));
        // A county that is a pool of its own is filed by name.
        let whole = POOLS.get(pool).is_some_and(|pool| !pool.counties.is_empty());
        Filing {
            reason,
            province: whole && long_term && draw.percent(20),
            any_insurance: draw.percent(50),
            promise: draw.percent(25),
            from,
            last,
        }
    }
}

const IDENTITIES: &[&str] = &["2302", "2303", "2303", "2304", "2305", "2303;2305"];

/// Ties the day of the month to the serial, so that certificates differ far beyond five million
/// people.
fn birthday(near: Date, serial: u64, draw: &mut Draw) -> Date {
    let (year, month, _) = super::row::civil(near);
    let quarter = u32::try_from(serial / 5_000_000 % 4).unwrap_or(0);
    let day = draw.below(7) * 4 + quarter + 1;
    Date::from_ymd(i32::try_from(year).unwrap_or(1980), month, day).unwrap_or(near)
}

fn employee_type(age: i32, female: bool, draw: &mut Draw) -> &'static str {
    let retired = age >= if female { 55 } else { 60 };
    let kinds = if retired { ["1201", "1202", "1203"] } else { ["1101", "1102", "1103"] };
    kinds[draw.weighted(&[70, 12, 18]).min(2)]
}

fn resident_type(age: i32) -> &'static str {
    match age {
        ..1 => "1401",
        1..6 => "1402",
        6..18 => "1403",
        18..23 => "1404",
        23..60 => "1501",
        _ => "1601",
    }
}

fn account(draw: &mut Draw) -> Account {
    let fen = |draw: &mut Draw, most: u32| Fen::new(i64::from(draw.skewed(most)));
    let balance = fen(draw, 2_000_000);
    let sharing = if draw.percent(10) { fen(draw, 500_000) } else { Fen::ZERO };
    Account { balance, sharing, second: draw.below(86_400) }
}
