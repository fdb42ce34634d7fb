//! Case files: TOML text to cases, all mistakes at once.

use crate::calendar::{Date, DateSpan, Moment};
use crate::claim::{Charges, Slot};
use crate::codes::{
    AdmDiv, DiseaseCode, FilingClass, Fund, HospitalLevel, InstitutionCode, Insurance, MedType,
    PersonType, VisitId,
};
use crate::money::{Fen, yuan};
use crate::policy::Policy;
use crate::policy::document::{self, Fields, Node, Place, Problem, Problems, Table, Value};

use super::{Case, CaseClaim, CaseMark, CasePerson, Expected, Paid};

/// Reads the cases of one file; `policy` is the one beside which they stand.
///
/// # Errors
/// Every mistake of the file.
pub fn read(file: &str, text: &str, policy: &Policy) -> Result<Vec<Case>, Vec<Problem>> {
    let table = document::parse(file, text)?;
    let mut found = Vec::new();
    let mut reader = Reader { policy, problems: Problems { file, found: &mut found } };
    let mut fields = Fields::new(&table, Place { line: 1, column: 1 }, "cases");
    let mut cases: Vec<Case> = Vec::new();
    for (table, place) in fields.tables("case", &mut reader.problems) {
        let case = reader.case(table, place);
        if cases.iter().any(|known| known.id == case.id) {
            let what = format!("case {}: this id stands twice", case.id);
            reader.problems.add(place, what, "give each case its own id");
        }
        cases.push(case);
    }
    fields.finish(&mut reader.problems);
    found.sort();
    if found.is_empty() { Ok(cases) } else { Err(found) }
}

struct Reader<'a> {
    policy: &'a Policy,
    problems: Problems<'a>,
}

impl Reader<'_> {
    fn case(&mut self, table: &Table, place: Place) -> Case {
        let mut fields = Fields::new(table, place, "case");
        let id = fields.need_text("id", &mut self.problems).map_or("", |(id, _)| id).to_owned();
        fields.name = format!("case {id}");
        let shows = fields.items("shows", &mut self.problems).iter();
        let shows = shows.filter_map(|node| match node.value {
            Value::Whole(number) => u32::try_from(number).ok(),
            _ => None,
        });
        let shows = shows.collect();
        let source =
            fields.need_text("source", &mut self.problems).map_or("", |(text, _)| text).to_owned();
        for note in ["why", "note"] {
            fields.text(note, &mut self.problems);
        }
        let person = self.person(&mut fields);
        let before = match fields.table("before", &mut self.problems) {
            Some((table, _)) => self.totals(table),
            None => Vec::new(),
        };
        let claims = fields.tables("claim", &mut self.problems);
        if claims.is_empty() {
            self.problems.add(place, format!("case {id}: no claim"), "add `[[case.claim]]`");
        }
        let claims =
            claims.into_iter().map(|(table, place)| self.claim(&id, table, place)).collect();
        fields.finish(&mut self.problems);
        Case { id, place, shows, source, person, before, claims }
    }

    fn read<T>(
        &mut self,
        fields: &mut Fields<'_>,
        key: &'static str,
        what: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let (text, place) = fields.text(key, &mut self.problems)?;
        let value = read(text);
        if value.is_none() {
            self.problems.add(
                place,
                format!("{}: {key}: {text:?} is not {what}", fields.name),
                "correct it",
            );
        }
        value
    }

    fn person(&mut self, case: &mut Fields<'_>) -> CasePerson {
        let empty = Table::default();
        case.need("person", &mut self.problems);
        let (table, place) =
            case.table("person", &mut self.problems).unwrap_or((&empty, case.place));
        let mut fields = Fields::new(table, place, format!("{} · person", case.name));
        fields.need("psn_type", &mut self.problems);
        let person_type = self.read(&mut fields, "psn_type", "a psn_type", PersonType::parse);
        let amount = |text: &str| yuan::parse(text.as_bytes()).ok();
        let texts = |fields: &mut Fields<'_>, key, problems: &mut Problems<'_>| -> Vec<String> {
            fields.texts(key, problems).into_iter().map(|(text, _)| text.to_owned()).collect()
        };
        let spells = fields.tables("enrolled", &mut self.problems);
        let mut enrolled: Vec<DateSpan> = Vec::new();
        for (table, place) in spells {
            let mut spell = Fields::new(table, place, format!("{} · enrolled", case.name));
            enrolled.push(self.span(&mut spell));
            spell.finish(&mut self.problems);
        }
        let mut marks = Vec::new();
        for (table, place) in fields.tables("marks", &mut self.problems) {
            let mut mark = Fields::new(table, place, format!("{} · mark", case.name));
            marks.extend(self.mark(&mut mark));
            mark.finish(&mut self.problems);
        }
        let registered = texts(&mut fields, "registered", &mut self.problems);
        let person = CasePerson {
            person_type: person_type.unwrap_or_default(),
            birth: fields.day("birth", &mut self.problems),
            retired: fields.day("retired", &mut self.problems),
            continuous_since: fields.day("continuous_since", &mut self.problems),
            civil_servant: fields.truth("civil_servant", &mut self.problems).unwrap_or(false),
            identities: texts(&mut fields, "identities", &mut self.problems),
            marks,
            registered: registered.iter().filter_map(|code| DiseaseCode::new(code)).collect(),
            enrolled,
            balance: self.read(&mut fields, "balance", "an amount", amount),
            family: self.read(&mut fields, "family", "an amount", amount).unwrap_or_default(),
        };
        fields.finish(&mut self.problems);
        person
    }

    fn span(&mut self, fields: &mut Fields<'_>) -> DateSpan {
        let from = fields.day("from", &mut self.problems).unwrap_or(Date::EARLIEST);
        let last = fields.day("to", &mut self.problems);
        DateSpan::inclusive(from, last).unwrap_or_else(|| {
            self.problems.add(fields.place, "to is before from", "swap or correct the two");
            DateSpan { from, until: Date::FOREVER }
        })
    }

    fn mark(&mut self, fields: &mut Fields<'_>) -> Option<CaseMark> {
        let mark = fields.need_text("mark", &mut self.problems)?.0.to_owned();
        let value = match fields.get("value") {
            None => 1,
            Some(Node { value: Value::Whole(number), .. }) => *number,
            Some(node) => {
                self.problems.add(
                    node.place,
                    "value is not a whole number",
                    "write it without quotes",
                );
                1
            }
        };
        let institution = self.read(fields, "institution", "an institution", InstitutionCode::new);
        Some(CaseMark { mark, value, institution, span: self.span(fields) })
    }

    /// Totals by name: yuan in text, `admissions` a number.
    fn totals(&mut self, table: &Table) -> Vec<(Slot, i64)> {
        let mut totals = Vec::new();
        for (name, place, node) in &table.entries {
            let Some(slot) = Slot::parse(name) else {
                let what = format!("{name} is no running total");
                self.problems.add(
                    *place,
                    what,
                    "write admissions, \"inpatient.paid\", \"chronic.2.eligible\", …",
                );
                continue;
            };
            let value = match &node.value {
                Value::Whole(number) => Some(*number),
                Value::Text(text) => yuan::parse(text.as_bytes()).ok().map(Fen::get),
                _ => None,
            };
            match value {
                Some(value) => totals.push((slot, value)),
                None => self.problems.add(
                    node.place,
                    format!("{name} is not an amount"),
                    "write yuan in quotes",
                ),
            }
        }
        totals
    }

    fn claim(&mut self, case: &str, table: &Table, place: Place) -> CaseClaim {
        let mut fields = Fields::new(table, place, format!("case {case} · claim"));
        for key in ["med_type", "hosp_lv", "begin", "fee", "expected"] {
            fields.need(key, &mut self.problems);
        }
        let own = self.policy.region.0;
        let begin = fields.day("begin", &mut self.problems).unwrap_or_default();
        let end = fields.day("end", &mut self.problems).unwrap_or(begin);
        let settled = fields.day("settled", &mut self.problems).unwrap_or(end);
        let time = self.read(&mut fields, "time", "a time of day", |text| {
            Moment::parse(format!("{settled} {text}").as_bytes())
        });
        let region = |text: &str| AdmDiv::parse(text.as_bytes());
        let marks = fields.texts("institution_marks", &mut self.problems);
        let claim = CaseClaim {
            place,
            insurance: self
                .read(&mut fields, "insurance", "an insutype", Insurance::parse)
                .unwrap_or_else(|| self.policy.insurance.first().copied().unwrap_or_default()),
            med_type: self
                .read(&mut fields, "med_type", "a med_type", med_type)
                .unwrap_or_default(),
            level: self
                .read(&mut fields, "hosp_lv", "01 to 11", HospitalLevel::parse)
                .unwrap_or_default(),
            filing: self
                .read(&mut fields, "filing", "a filing class", FilingClass::parse)
                .unwrap_or(FilingClass::Local),
            care_region: self.read(&mut fields, "care_region", "a division", region).unwrap_or(own),
            institution: self
                .read(&mut fields, "institution", "an institution", InstitutionCode::new)
                .or_else(|| InstitutionCode::new("H1"))
                .unwrap_or_default(),
            institution_marks: marks.into_iter().map(|(text, _)| text.to_owned()).collect(),
            linked: fields.truth("linked", &mut self.problems).unwrap_or(true),
            disease: self
                .read(&mut fields, "disease", "a dise_codg", DiseaseCode::new)
                .unwrap_or_default(),
            visit: self.read(&mut fields, "visit", "a mdtrt_id", VisitId::new),
            mid_stay: fields.truth("mid_stay", &mut self.problems).unwrap_or(false),
            begin,
            end,
            settled_at: time.unwrap_or_else(|| Moment::midnight(settled)),
            account_used: fields.truth("account_used", &mut self.problems).unwrap_or(false),
            fee: self.fee(&mut fields),
            expected: self.expected(&mut fields),
        };
        fields.finish(&mut self.problems);
        claim
    }

    fn money(&mut self, fields: &mut Fields<'_>, key: &'static str) -> Option<Fen> {
        self.read(fields, key, "an amount", |text| yuan::parse(text.as_bytes()).ok())
    }

    fn fee(&mut self, claim: &mut Fields<'_>) -> Charges {
        let Some((table, place)) = claim.table("fee", &mut self.problems) else {
            return Charges::default();
        };
        let mut fields = Fields::new(table, place, format!("{} · fee", claim.name));
        let mut part = |key| self.money(&mut fields, key).unwrap_or_default();
        let fee = Charges {
            full_self_pay: part("full_self_pay"),
            over_limit: part("over_limit"),
            pre_self_pay: part("pre_self_pay"),
            in_scope: part("in_scope"),
            ..Charges::default()
        };
        fields.finish(&mut self.problems);
        fee
    }

    fn expected(&mut self, claim: &mut Fields<'_>) -> Expected {
        let Some((table, place)) = claim.table("expected", &mut self.problems) else {
            return Expected::Held;
        };
        let mut fields = Fields::new(table, place, format!("{} · expected", claim.name));
        let refused = fields.truth("refused", &mut self.problems) == Some(true);
        let held = fields.truth("held", &mut self.problems) == Some(true);
        let funds = match fields.table("funds", &mut self.problems) {
            Some((table, _)) => self.funds(table),
            None => Vec::new(),
        };
        let totals = match fields.table("totals", &mut self.problems) {
            Some((table, _)) => self.totals(table),
            None => Vec::new(),
        };
        if !refused && !held {
            fields.need("cash", &mut self.problems);
        }
        let paid = Paid {
            deductible: self.money(&mut fields, "deductible").unwrap_or_default(),
            first: self.money(&mut fields, "first"),
            funds,
            account: self.money(&mut fields, "account").unwrap_or_default(),
            cash: self.money(&mut fields, "cash").unwrap_or_default(),
            totals,
        };
        fields.finish(&mut self.problems);
        match (refused, held) {
            (true, _) => Expected::Refused,
            (_, true) => Expected::Held,
            _ => Expected::Paid(Box::new(paid)),
        }
    }

    fn funds(&mut self, table: &Table) -> Vec<(Fund, Fen)> {
        let mut funds = Vec::new();
        for (name, place, node) in &table.entries {
            let fund = Fund::parse_field(name);
            let amount = match &node.value {
                Value::Text(text) => yuan::parse(text.as_bytes()).ok(),
                _ => None,
            };
            match (fund, amount) {
                (Some(fund), Some(amount)) => funds.push((fund, amount)),
                (None, _) => self.problems.add(
                    *place,
                    format!("{name} is no fund"),
                    "write hifp_pay, hifob_pay, …",
                ),
                (_, None) => self.problems.add(
                    node.place,
                    format!("{name} is not an amount"),
                    "write yuan in quotes",
                ),
            }
        }
        funds
    }
}

/// A national code, or a local one whose kind is said with it: `9931:inpatient`.
fn med_type(text: &str) -> Option<MedType> {
    match text.split_once(':') {
        None => MedType::parse(text, &[]),
        Some((code, kind)) => {
            let kind = crate::codes::CareKind::parse(kind)?;
            MedType::parse(code, &[(code.to_owned(), kind)])
        }
    }
}
