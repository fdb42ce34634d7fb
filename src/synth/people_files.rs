//! The files about people, written person by person as they are made.

use super::geography::{INSURED, POOLS};
use super::people::{Filing, Move, Person};
use super::plan::Plan;
use super::row::{Rows, moved};
use crate::calendar::Date;

/// Rows of the four files about people.
#[derive(Debug, Default)]
pub struct PeopleRows {
    pub enrolment: Rows,
    pub filings: Rows,
    pub chronic: Rows,
    pub balances: Rows,
}

impl PeopleRows {
    /// Headers only.
    pub fn headers() -> PeopleRows {
        PeopleRows {
            enrolment: Rows::with_header(&[
                "insu_admdvs",
                "psn_no",
                "psn_cert_type",
                "certno",
                "gend",
                "brdy",
                "insutype",
                "psn_type",
                "cvlserv_flag",
                "psn_idet_type",
                "psn_insu_stas",
                "wait_until",
                "begndate",
                "enddate",
            ]),
            filings: Rows::with_header(&[
                "trt_dcla_detl_sn",
                "insu_admdvs",
                "psn_no",
                "insutype",
                "rloc_admdvs",
                "rloc_rea",
                "commit_flag",
                "begndate",
                "enddate",
                "crte_time",
                "vali_flag",
            ]),
            chronic: Rows::with_header(&[
                "insu_admdvs",
                "psn_no",
                "insutype",
                "dise_codg",
                "fixmedins_code",
                "begndate",
                "enddate",
            ]),
            balances: Rows::with_header(&[
                "insu_admdvs",
                "psn_no",
                "balc",
                "acct_mulaid_limit",
                "as_of_time",
            ]),
        }
    }

    pub fn clear(&mut self) {
        for rows in [&mut self.enrolment, &mut self.filings, &mut self.chronic, &mut self.balances]
        {
            rows.clear();
        }
    }

    /// Everything about one person of a group for `pool`.
    pub fn person(&mut self, plan: &Plan, person: &Person, pool: usize) {
        if let Some(moved) = person.moved {
            self.before(person, moved, pool);
        }
        self.enrolled(person);
        if let Some(filing) = &person.filing {
            self.filed(person, filing, pool);
        }
        if let Some(disease) = person.disease {
            self.registered(person, disease);
        }
        if let Some(account) = person.account {
            let rows = &mut self.balances;
            rows.text(person.region().division(person.division));
            rows.text(&person.number());
            rows.fen(account.balance);
            rows.fen(account.sharing);
            rows.moment(moved(plan.first_day, -1), account.second);
            rows.end();
        }
    }

    /// The spell that holds now.
    pub fn enrolled(&mut self, person: &Person) {
        let from = person.moved.map_or(person.enrolled, |moved| moved.on);
        let wait = if person.moved.is_some() { None } else { person.wait_until };
        let division = person.region().division(person.division);
        self.spell(person, division, &person.number(), wait, (from, None));
    }

    /// The spell before a move, and the long-term filing for the place where the person lived
    /// already.
    fn before(&mut self, person: &Person, before: Move, pool: usize) {
        let number = person.old_number(before);
        let division = INSURED.get(before.from).unwrap_or(&INSURED[0]).code;
        let last = Some(moved(before.on, -1));
        self.spell(person, division, &number, person.wait_until, (person.enrolled, last));
        let place = POOLS.get(pool).unwrap_or(&POOLS[0]).code;
        let filing = (place, "08", "0", person.enrolled, last);
        self.filing(&format!("FO{}", person.serial), division, &number, "", filing, 9 * 3600);
    }

    fn spell(
        &mut self,
        person: &Person,
        division: &str,
        number: &str,
        wait: Option<Date>,
        (from, last): (Date, Option<Date>),
    ) {
        let rows = &mut self.enrolment;
        rows.text(division);
        rows.text(number);
        rows.text("01");
        rows.ascii(&person.certificate);
        rows.text(if person.female { "2" } else { "1" });
        rows.date(person.birth);
        rows.text(person.insurance.code());
        rows.text(person.psn_type);
        rows.text(if matches!(person.psn_type, "1102" | "1202") { "1" } else { "0" });
        rows.text(person.identities);
        rows.text("1");
        rows.last_day(wait);
        rows.date(from);
        rows.last_day(last);
        rows.end();
    }

    fn filed(&mut self, person: &Person, filing: &Filing, pool: usize) {
        let pool = POOLS.get(pool).unwrap_or(&POOLS[0]);
        let province = format!("{}0000", pool.province());
        let place = if filing.province { &province } else { pool.code };
        let insurance = if filing.any_insurance { "" } else { person.insurance.code() };
        let promise = if filing.promise { "1" } else { "0" };
        let serial = format!("F{}", person.serial);
        let division = person.region().division(person.division);
        let row = (place, filing.reason, promise, filing.from, filing.last);
        self.filing(&serial, division, &person.number(), insurance, row, 9 * 3600);
    }

    /// A filing that was made on its first day, after care began.
    pub fn filed_late(&mut self, person: &Person, place: &str, reason: &str, on: Date) {
        let serial = format!("FL{}", person.serial);
        let division = person.region().division(person.division);
        let row = (place, reason, "0", on, Some(moved(on, 200)));
        self.filing(&serial, division, &person.number(), "", row, 15 * 3600);
    }

    fn filing(
        &mut self,
        serial: &str,
        division: &str,
        number: &str,
        insurance: &str,
        (place, reason, promise, from, last): (&str, &str, &str, Date, Option<Date>),
        second: u32,
    ) {
        let rows = &mut self.filings;
        rows.text(serial);
        rows.text(division);
        rows.text(number);
        rows.text(insurance);
        rows.text(place);
        rows.text(reason);
        rows.text(promise);
        rows.date(from);
        rows.last_day(last);
        rows.moment(from, second);
        rows.text("1");
        rows.end();
    }

    fn registered(&mut self, person: &Person, disease: &str) {
        let rows = &mut self.chronic;
        rows.text(person.region().division(person.division));
        rows.text(&person.number());
        // Every other registration holds for any insurance.
        let any = person.serial.is_multiple_of(2);
        rows.text(if any { "" } else { person.insurance.code() });
        rows.text(disease);
        rows.empty();
        rows.date(person.enrolled);
        rows.empty();
        rows.end();
    }
}
