//! Running totals of a person's benefit year: counters, what they count, and the names that tables show.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::calendar::Date;

/// A set of running totals of a person's benefit year. Layers that share a cap share a counter.
///
/// A base word, and for further ones of its kind a number from 1 to 15: `chronic`, `chronic.2`. One byte: word and number, four bits each.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Counter(u8);

/// Base words of counters, by their number.
const WORDS: [&str; 10] = [
    "inpatient",
    "outpatient",
    "chronic",
    "large",
    "major",
    "civil_servant",
    "enterprise",
    "medical_aid",
    "other",
    "pharmacy",
];

impl Default for Counter {
    fn default() -> Counter {
        Counter::OTHER
    }
}

impl Counter {
    pub const INPATIENT: Counter = Counter(0);
    pub const OUTPATIENT: Counter = Counter(1 << 4);
    pub const CHRONIC: Counter = Counter(2 << 4);
    pub const LARGE: Counter = Counter(3 << 4);
    pub const MAJOR: Counter = Counter(4 << 4);
    pub const CIVIL_SERVANT: Counter = Counter(5 << 4);
    pub const ENTERPRISE: Counter = Counter(6 << 4);
    pub const MEDICAL_AID: Counter = Counter(7 << 4);
    pub const OTHER: Counter = Counter(8 << 4);
    pub const PHARMACY: Counter = Counter(9 << 4);

    /// Reads a base word, alone or with `.1` to `.15` behind it.
    pub fn parse(text: &str) -> Option<Counter> {
        let (word, number) = match text.split_once('.') {
            None => (text, 0),
            Some((word, number)) => (word, whole(number, 1, 15)?),
        };
        let base = WORDS.iter().position(|known| *known == word)?;
        u8::try_from(base << 4 | usize::from(number)).ok().map(Counter)
    }

    /// `chronic`, `chronic.2`.
    pub fn name(self) -> String {
        self.to_string()
    }
}

impl fmt::Display for Counter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = WORDS.get(usize::from(self.0 >> 4)).copied().unwrap_or("other");
        match self.0 & 15 {
            0 => f.write_str(word),
            number => write!(f, "{word}.{number}"),
        }
    }
}

/// A number without leading zeros, within bounds.
fn whole(text: &str, least: u16, most: u16) -> Option<u16> {
    let number: u16 = text.parse().ok()?;
    ((least..=most).contains(&number) && !text.starts_with(['0', '+'])).then_some(number)
}

/// What is counted: fen where nothing else is said.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Measure {
    /// Deductible met.
    Deductible,
    /// Amount that the layer looked at, after what was to be paid first.
    Base,
    /// Amount that reached the segments and found room.
    Eligible,
    /// Fund paid.
    Paid,
    /// Settlements in the period of so many days that began on a day.
    PeriodVisits,
    PeriodDeductible,
    PeriodBase,
    PeriodEligible,
    /// Visits of other care than stays that ended on a day, by tier.
    Visit,
    /// What they paid as deductible.
    VisitDeductible,
    /// Stays that ended on a day, by tier.
    Ended,
    /// What they paid as deductible over all their parts.
    EndedDeductible,
    /// What of the deductibles of a day has counted elsewhere.
    VisitCredited,
    /// Settlements of a day that brought a total above its bare cap.
    AboveCap,
    /// Earlier parts of an open stay, of a layer that is not the first: deductible, amount that reached the segments, fund paid.
    PartDeductible,
    PartReached,
    PartPaid,
    /// Stays that ended.
    Admissions,
    /// Earlier parts of an open stay, of its first layer.
    StayDeductible,
    StayReached,
    StayPaid,
    /// What of an open stay's base found no room under a cap.
    StayOver,
    /// What of an open stay's deductible was met otherwise.
    StayCredit,
    /// The day on which an open stay began, from 1900-01-01, plus 1.
    StayBegin,
    /// Amount of the bill of which an open stay's deductible is a share.
    StayBill,
    /// Stays that began on a day.
    StayFrom,
    /// Stays whose first day outside was that day.
    StayUntil,
}

/// How the rest of a slot is read, and how it is named.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Counter, measure.
    Plain,
    /// Counter, measure, perhaps month or day, perhaps disease.
    Divided,
    /// Counter, measure, date.
    Dated,
    /// Counter, measure, tier, date.
    Tiered,
    /// Of the person.
    Person,
    /// Of the person, with a date.
    PersonDated,
}

/// Measures in order, with their form and name.
const MEASURES: [(Measure, Form, &str); 27] = [
    (Measure::Deductible, Form::Plain, "deductible"),
    (Measure::Base, Form::Plain, "base"),
    (Measure::Eligible, Form::Divided, "eligible"),
    (Measure::Paid, Form::Divided, "paid"),
    (Measure::PeriodVisits, Form::Dated, "period_visits"),
    (Measure::PeriodDeductible, Form::Dated, "period_deductible"),
    (Measure::PeriodBase, Form::Dated, "period_base"),
    (Measure::PeriodEligible, Form::Dated, "period_eligible"),
    (Measure::Visit, Form::Tiered, "visit"),
    (Measure::VisitDeductible, Form::Dated, "visit_deductible"),
    (Measure::Ended, Form::Tiered, "ended"),
    (Measure::EndedDeductible, Form::Dated, "ended_deductible"),
    (Measure::VisitCredited, Form::Dated, "visit_credited"),
    (Measure::AboveCap, Form::Dated, "above_cap"),
    (Measure::PartDeductible, Form::Plain, "part_deductible"),
    (Measure::PartReached, Form::Plain, "part_reached"),
    (Measure::PartPaid, Form::Plain, "part_paid"),
    (Measure::Admissions, Form::Person, "admissions"),
    (Measure::StayDeductible, Form::Person, "stay.deductible"),
    (Measure::StayReached, Form::Person, "stay.reached"),
    (Measure::StayPaid, Form::Person, "stay.fund"),
    (Measure::StayOver, Form::Person, "stay.over"),
    (Measure::StayCredit, Form::Person, "stay.credit"),
    (Measure::StayBegin, Form::Person, "stay.begin"),
    (Measure::StayBill, Form::Person, "stay.bill"),
    (Measure::StayFrom, Form::PersonDated, "stay.from"),
    (Measure::StayUntil, Form::PersonDated, "stay.until"),
];

/// Which part of a benefit year a total is of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Part {
    #[default]
    Year,
    /// Calendar month, 1 to 12. `again`: the second one of that name in a year that was lengthened.
    Month { month: u32, again: bool },
    /// Calendar month and day.
    Day { month: u32, day: u32, again: bool },
}

/// One running total of a person, packed; zero and absent are the same.
///
/// Layout, from the lowest bit: measure (5), counter (8), part of the year or tier (10), disease or date (36), years back (4). A part is 0, a
/// month 1–12, or month × 32 + day, plus 512 for the second of its name. A disease is its first six characters, six bits each: lower case
/// counts as upper, and what is neither a letter, a digit nor one of `. - + * / _` counts as `?`. A date is its distance from 1900-01-01, plus 1.
///
/// Years back say that a total belongs to the benefit year that many before the record's own. A [`super::AccumulatorMove`] carries them; the
/// totals of a year are kept without.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug, Serialize, Deserialize,
)]
pub struct Slot(u64);

const COUNTER: u32 = 5;
const PART: u32 = 13;
const KEY: u32 = 23;
const BACK: u32 = 59;

impl Slot {
    pub const ADMISSIONS: Slot = Slot(Measure::Admissions as u64);
    /// Deductible taken, amount that reached the segments, and fund paid, of an open stay's earlier parts.
    pub const STAY: [Slot; 3] = [
        Slot(Measure::StayDeductible as u64),
        Slot(Measure::StayReached as u64),
        Slot(Measure::StayPaid as u64),
    ];
    pub const STAY_OVER: Slot = Slot(Measure::StayOver as u64);
    pub const STAY_CREDIT: Slot = Slot(Measure::StayCredit as u64);
    pub const STAY_BEGIN: Slot = Slot(Measure::StayBegin as u64);
    pub const STAY_BILL: Slot = Slot(Measure::StayBill as u64);
    /// The most years that a slot may reach back.
    pub const MOST_BACK: usize = 15;

    /// A counter's total of the whole year.
    pub const fn of(counter: Counter, measure: Measure) -> Slot {
        Slot(measure as u64 | (counter.0 as u64) << COUNTER)
    }

    /// A counter's total of a part of the year, of one disease if one is named.
    pub fn divided(counter: Counter, measure: Measure, part: Part, disease: DiseaseKey) -> Slot {
        Slot(Slot::of(counter, measure).0 | part.bits() << PART | disease.0 << KEY)
    }

    /// A counter's total that goes by a date.
    pub fn dated(counter: Counter, measure: Measure, day: Date) -> Slot {
        Slot(Slot::of(counter, measure).0 | date_bits(day) << KEY)
    }

    /// Visits or stays of a tier that ended on a day.
    pub fn tiered(counter: Counter, measure: Measure, tier: u8, day: Date) -> Slot {
        Slot(Slot::dated(counter, measure, day).0 | (u64::from(tier) & 3) << PART)
    }

    /// Stays that began on a day, or whose first day outside it was.
    pub fn stay_on(measure: Measure, day: Date) -> Slot {
        Slot(measure as u64 | date_bits(day) << KEY)
    }

    /// The same total of the benefit year so many before.
    pub const fn back(self, years: usize) -> Slot {
        Slot(self.here().0 | (years as u64 & 15) << BACK)
    }

    /// How many benefit years before the record's own.
    pub const fn years_back(self) -> usize {
        (self.0 >> BACK) as usize
    }

    /// Without years back: as a year keeps it.
    pub const fn here(self) -> Slot {
        Slot(self.0 & ((1 << BACK) - 1))
    }

    pub fn measure(self) -> Option<Measure> {
        MEASURES.get(self.index()).map(|(measure, ..)| *measure)
    }

    /// Whether it is this counter's total of this measure, on whatever date.
    pub const fn is(self, counter: Counter, measure: Measure) -> bool {
        self.0 & ((1 << PART) - 1) == Slot::of(counter, measure).0
    }

    /// What earlier parts of a stay that has not ended came to.
    pub fn is_of_open_stay(self) -> bool {
        let measure = self.0 & 31;
        (Measure::PartDeductible as u64..=Measure::PartPaid as u64).contains(&measure)
            || (Measure::StayDeductible as u64..=Measure::StayBill as u64).contains(&measure)
    }

    /// A number of things, not fen.
    pub fn is_count(self) -> bool {
        matches!(
            self.measure(),
            Some(
                Measure::PeriodVisits
                    | Measure::Visit
                    | Measure::Ended
                    | Measure::AboveCap
                    | Measure::Admissions
                    | Measure::StayBegin
                    | Measure::StayFrom
                    | Measure::StayUntil
            )
        )
    }

    /// The date by which it goes.
    pub fn date(self) -> Option<Date> {
        let dated = matches!(self.form(), Some(Form::Dated | Form::Tiered | Form::PersonDated));
        let days = i32::try_from(self.key()).ok()?.checked_sub(1)?;
        dated.then(|| Date::from_days(Date::EARLIEST.days() + days))
    }

    /// The tier of a visit or stay.
    pub const fn tier(self) -> u8 {
        (self.0 >> PART & 3) as u8
    }

    /// The number under which state files keep it.
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// `None` for a number that is no slot of a year.
    pub fn from_bits(bits: u64) -> Option<Slot> {
        let slot = Slot(bits);
        (slot.years_back() == 0 && Slot::parse(&slot.name()) == Some(slot)).then_some(slot)
    }

    /// Stable names for tables: `admissions`, `inpatient.paid`, `chronic.2.paid.03`, `outpatient.paid.03-10`, `chronic.paid.03.M07800`,
    /// `outpatient.2.visit_deductible.2026-03-10`; with years back `inpatient.paid@1`. `+` marks the second month or day of its name in a
    /// lengthened year, `00` stands before a disease that begins with a digit.
    pub fn name(self) -> String {
        self.to_string()
    }

    /// Reads what [`Slot::name`] writes, and nothing else.
    pub fn parse(text: &str) -> Option<Slot> {
        let (name, back) = match text.split_once('@') {
            None => (text, 0),
            Some((name, back)) => (name, whole(back, 1, 15)?),
        };
        let slot = parse_here(name)?.back(usize::from(back));
        (slot.name() == text).then_some(slot)
    }

    const fn index(self) -> usize {
        (self.0 & 31) as usize
    }

    fn form(self) -> Option<Form> {
        MEASURES.get(self.index()).map(|(_, form, _)| *form)
    }

    const fn counter(self) -> Counter {
        Counter((self.0 >> COUNTER & 255) as u8)
    }

    const fn key(self) -> u64 {
        self.0 >> KEY & ((1 << 36) - 1)
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((_, form, name)) = MEASURES.get(self.index()) else { return f.write_str("?") };
        if !matches!(form, Form::Person | Form::PersonDated) {
            write!(f, "{}.", self.counter())?;
        }
        f.write_str(name)?;
        match form {
            Form::Plain | Form::Person => {}
            Form::Divided => self.write_part(f)?,
            Form::Tiered => write!(f, ".{}.{}", self.tier(), self.date().unwrap_or_default())?,
            Form::Dated | Form::PersonDated => write!(f, ".{}", self.date().unwrap_or_default())?,
        }
        match self.years_back() {
            0 => Ok(()),
            years => write!(f, "@{years}"),
        }
    }
}

impl Slot {
    fn write_part(self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = self.0 >> PART & 1023;
        let (disease, again) = (DiseaseKey(self.key()), if part >= 512 { "+" } else { "" });
        match part & 511 {
            0 if disease.begins_with_digit() => f.write_str(".00")?,
            0 => {}
            month @ 1..=12 => write!(f, ".{month:02}{again}")?,
            day => write!(f, ".{:02}-{:02}{again}", day / 32, day % 32)?,
        }
        if disease == DiseaseKey::NONE { Ok(()) } else { write!(f, ".{disease}") }
    }
}

fn parse_here(name: &str) -> Option<Slot> {
    for (measure, form, known) in MEASURES {
        let slot = Slot(measure as u64);
        match form {
            Form::Person if name == known => return Some(slot),
            Form::PersonDated => {
                let date = name.strip_prefix(known).and_then(|rest| rest.strip_prefix('.'));
                if let Some(date) = date.and_then(|date| Date::parse(date.as_bytes())) {
                    return Some(Slot::stay_on(measure, date));
                }
            }
            _ => {}
        }
    }
    let (word, rest) = name.split_once('.')?;
    let (counter, rest) = match rest.split_once('.') {
        Some((number, rest)) if number.starts_with(|c: char| c.is_ascii_digit()) => {
            (Counter::parse(name.get(..word.len() + 1 + number.len())?)?, rest)
        }
        _ => (Counter::parse(word)?, rest),
    };
    let (name, rest) = rest.split_once('.').map_or((rest, None), |(name, rest)| (name, Some(rest)));
    let of_counter = |form: Form| !matches!(form, Form::Person | Form::PersonDated);
    let (measure, form, _) =
        MEASURES.into_iter().find(|(_, form, known)| of_counter(*form) && *known == name)?;
    match (form, rest) {
        (Form::Plain | Form::Divided, None) => Some(Slot::of(counter, measure)),
        (Form::Divided, Some(rest)) => {
            let (part, disease) = parse_part(rest)?;
            Some(Slot::divided(counter, measure, part, DiseaseKey::of(disease)))
        }
        (Form::Dated, Some(date)) => {
            Some(Slot::dated(counter, measure, Date::parse(date.as_bytes())?))
        }
        (Form::Tiered, Some(rest)) => {
            let (tier, date) = rest.split_once('.')?;
            let date = Date::parse(date.as_bytes())?;
            Some(Slot::tiered(counter, measure, tier.parse().ok()?, date))
        }
        _ => None,
    }
}

/// `03`, `03-10`, `03.M07800`, `M07800`: the part of the year, and the disease.
fn parse_part(text: &str) -> Option<(Part, &str)> {
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return Some((Part::Year, text));
    }
    let (part, disease) = text.split_once('.').unwrap_or((text, ""));
    let again = part.ends_with('+');
    let part = part.strip_suffix('+').unwrap_or(part);
    let number = |text: &str| text.parse::<u32>().ok();
    let part = match part.split_once('-') {
        None if part == "00" => Part::Year,
        None => Part::Month { month: number(part).filter(|m| (1..=12).contains(m))?, again },
        Some((month, day)) => Part::Day {
            month: number(month).filter(|m| (1..=12).contains(m))?,
            day: number(day).filter(|d| (1..=31).contains(d))?,
            again,
        },
    };
    Some((part, disease))
}

impl Part {
    fn bits(self) -> u64 {
        let (number, again) = match self {
            Part::Year => (0, false),
            Part::Month { month, again } => (month.clamp(1, 12), again),
            Part::Day { month, day, again } => (month.clamp(1, 12) * 32 + (day & 31), again),
        };
        u64::from(number) | u64::from(again) << 9
    }
}

/// The beginning of a disease code, as [`Slot`] packs it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct DiseaseKey(u64);

/// Characters by their number; 0 ends a code.
const LETTERS: &[u8; 44] = b"\x000123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ.-+*/_?";

impl DiseaseKey {
    /// No disease: the total is of all.
    pub const NONE: DiseaseKey = DiseaseKey(0);

    /// The first six characters.
    pub fn of(code: &str) -> DiseaseKey {
        let six = code.bytes().take(6).enumerate();
        DiseaseKey(six.fold(0, |all, (at, byte)| all | letter(byte) << (6 * at)))
    }

    const fn begins_with_digit(self) -> bool {
        matches!(self.0 & 63, 1..=10)
    }
}

impl fmt::Display for DiseaseKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write;
        let numbers = (0..6).map(|at| self.0 >> (6 * at) & 63).take_while(|number| *number > 0);
        for number in numbers {
            let byte = usize::try_from(number).ok().and_then(|number| LETTERS.get(number));
            f.write_char(char::from(byte.copied().unwrap_or(b'?')))?;
        }
        Ok(())
    }
}

fn letter(byte: u8) -> u64 {
    match byte {
        b'0'..=b'9' => u64::from(byte - b'0') + 1,
        b'A'..=b'Z' => u64::from(byte - b'A') + 11,
        b'a'..=b'z' => u64::from(byte - b'a') + 11,
        b'.' => 37,
        b'-' => 38,
        b'+' => 39,
        b'*' => 40,
        b'/' => 41,
        b'_' => 42,
        _ => 43,
    }
}

/// Its distance from 1900-01-01, plus 1.
pub fn day_number(day: Date) -> i64 {
    i64::from(day.days_since(Date::EARLIEST)) + 1
}

fn date_bits(day: Date) -> u64 {
    u64::try_from(day_number(day)).unwrap_or(0) & ((1 << 36) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for name in [
            "admissions",
            "stay.deductible",
            "stay.reached",
            "stay.fund",
            "stay.credit",
            "stay.bill",
            "stay.from.2026-03-10",
            "stay.until.1900-01-01",
            "inpatient.paid",
            "other.15.base",
            "medical_aid.deductible",
            "chronic.2.eligible",
            "chronic.2.paid.03",
            "chronic.paid.03.M07800",
            "chronic.paid.M07800",
            "chronic.paid.00.07800",
            "chronic.paid.03.07.8+",
            "outpatient.paid.03-10",
            "outpatient.eligible.02-29+",
            "outpatient.paid.12+.E11.9X",
            "outpatient.2.period_visits.2026-03-10",
            "civil_servant.period_base.2999-12-31",
            "inpatient.visit.3.2026-03-10",
            "inpatient.ended.0.2026-03-10",
            "inpatient.ended_deductible.2026-03-10",
            "stay.over",
            "stay.begin",
            "inpatient.visit_credited.2026-03-10",
            "major.above_cap.2026-03-10",
            "large.part_paid",
            "inpatient.paid@1",
            "chronic.paid.03.M07800@15",
        ] {
            assert_eq!(Slot::parse(name).map(Slot::name).as_deref(), Some(name));
        }
    }

    #[test]
    fn other_names_are_no_slots() {
        for name in [
            "",
            "paid",
            "inpatient",
            "inpatient.",
            "inpatient.0.paid",
            "inpatient.16.paid",
            "inpatient.01.paid",
            "inpatient.admissions",
            "inpatient.deductible.03",
            "inpatient.paid.13",
            "inpatient.paid.3",
            "inpatient.paid.00",
            "inpatient.paid.00.M07800",
            "inpatient.paid.m07800",
            "inpatient.paid.M078001",
            "inpatient.paid.03-32",
            "inpatient.paid@0",
            "inpatient.paid@16",
            "inpatient.visit.4.2026-03-10",
            "stay.from",
            "stay.from.2026-3-10",
        ] {
            assert_eq!(Slot::parse(name), None, "{name}");
        }
    }

    #[test]
    fn numbers_of_state_files_are_slots_or_refused() {
        let slot = Slot::divided(
            Counter::CHRONIC,
            Measure::Paid,
            Part::Month { month: 3, again: false },
            DiseaseKey::of("M07800"),
        );
        assert_eq!(Slot::from_bits(slot.bits()), Some(slot));
        assert_eq!(Slot::from_bits(slot.back(1).bits()), None);
        assert_eq!(Slot::from_bits(31), None);
        assert_eq!(Slot::from_bits(1 << 63), None);
        // A counter that is none, and a part where none belongs.
        assert_eq!(Slot::from_bits(200 << COUNTER), None);
        assert_eq!(Slot::from_bits(1 << PART), None);
    }

    #[test]
    fn years_back_come_and_go() {
        let slot = Slot::of(Counter::MAJOR, Measure::Paid);
        assert_eq!((slot.back(3).years_back(), slot.back(3).here()), (3, slot));
        assert!(slot.is(Counter::MAJOR, Measure::Paid) && slot.back(2).here() == slot);
    }
}
