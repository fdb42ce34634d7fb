//! What a settled record comes to: the literal evaluator is asked with what reference files and rows say.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime};
use medsettle::literal::{self, Mark, Outcome, Spell, State};
use rust_decimal::Decimal;

use super::catalogue::Parts;
use super::entitle::Entitled;
use super::night::{Inputs, Record};
use super::reference::Enrolment;
use super::row::FUNDS;

/// A personal account.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    pub as_of: NaiveDateTime,
    pub balance: Decimal,
    /// Left of what family members reserved.
    pub sharing: Decimal,
}

/// What a settled record comes to.
#[derive(Clone, Debug)]
pub struct Settled {
    pub insured: String,
    pub care_pool: String,
    pub scope: &'static str,
    pub filing: &'static str,
    pub level: String,
    pub year: NaiveDate,
    pub parts: Parts,
    pub lines: usize,
    pub first_percent: Decimal,
    pub deductible_standard: Decimal,
    pub deductible: Decimal,
    pub funds: BTreeMap<String, Decimal>,
    pub account: Decimal,
    /// Of the account, what family members gave.
    pub shared: Decimal,
    pub cash: Decimal,
    pub balance: Option<Decimal>,
    /// Kind of care in whose vouchers it stands.
    pub care: &'static str,
}

impl Settled {
    pub fn fund_total(&self) -> Decimal {
        self.funds.values().sum()
    }

    /// Computed amounts by field name; nothing where nothing is known.
    pub fn amounts(&self) -> BTreeMap<&'static str, Decimal> {
        let mut amounts = BTreeMap::from([
            ("medfee_sumamt", self.parts.total()),
            ("fulamt_ownpay_amt", self.parts.full),
            ("overlmt_selfpay", self.parts.over),
            ("preselfpay_amt", self.parts.pre),
            ("inscp_scp_amt", self.parts.in_scope),
            ("out_of_area_first", self.first_percent),
            ("dedc_std", self.deductible_standard),
            ("act_pay_dedc", self.deductible),
            ("fund_pay_sumamt", self.fund_total()),
            ("hosp_part_amt", self.parts.institution()),
            ("psn_part_amt", self.account + self.cash),
            ("acct_pay", self.account),
            ("acct_mulaid_pay", self.shared),
            ("psn_cash_pay", self.cash),
        ]);
        for fund in FUNDS {
            amounts.insert(fund, self.funds.get(fund).copied().unwrap_or_default());
        }
        if let Some(balance) = self.balance {
            amounts.insert("balc", balance);
        }
        amounts
    }

    /// The mirror: every flow negated. The deductible standard is no flow.
    pub fn mirrored(&self) -> Settled {
        let negated = |amounts: &BTreeMap<String, Decimal>| {
            amounts.iter().map(|(name, amount)| (name.clone(), -amount)).collect()
        };
        let parts = self.parts;
        Settled {
            parts: Parts {
                full: -parts.full,
                over: -parts.over,
                pre: -parts.pre,
                in_scope: -parts.in_scope,
                institution_full: -parts.institution_full,
                institution_over: -parts.institution_over,
            },
            first_percent: -self.first_percent,
            deductible: -self.deductible,
            funds: negated(&self.funds),
            account: -self.account,
            shared: -self.shared,
            cash: -self.cash,
            balance: None,
            ..self.clone()
        }
    }
}

/// A record as the literal evaluator takes it.
fn question(inputs: &Inputs, record: &Record, entitled: &Entitled<'_>) -> literal::Claim {
    let (claim, parts) = (&record.claim, &record.parts);
    literal::Claim {
        care: claim.care.to_owned(),
        med_type: claim.med_type.clone(),
        hosp_lv: entitled.level.clone(),
        filing: entitled.filing.to_owned(),
        care_region: entitled.care.clone(),
        begin: claim.begin,
        end: claim.end,
        settled: claim.time,
        fee: literal::Fee {
            in_scope: parts.in_scope,
            pre_self_pay: parts.pre,
            over_limit: parts.over - parts.institution_over,
            full_self_pay: parts.full - parts.institution_full,
            institution: parts.institution(),
        },
        disease: claim.disease.clone(),
        institution: claim.institution.clone(),
        institution_marks: inputs.reference.institution_marks(&claim.institution, claim.begin),
        linked: entitled.linked,
        mid_stay: claim.mid_stay,
        visit: claim.visit.clone(),
        account_used: claim.account_used,
        account_at_most: claim.declared.get("acct_pay").copied(),
    }
}

/// The person on the day care begins.
fn person(inputs: &Inputs, record: &Record, entitled: &Entitled<'_>) -> literal::Person {
    let (claim, reference) = (&record.claim, &inputs.reference);
    let mut spells = reference.enrolments(&entitled.insured, &claim.person, claim.begin);
    spells.retain(|row| row.insurance == claim.insurance && row.active);
    let mut registered = reference.registrations(&entitled.insured, &claim.person, claim.begin);
    registered.retain(|row| {
        row.span.holds(claim.begin)
            && row.insurance.as_deref().is_none_or(|code| code == claim.insurance)
    });
    // The earliest first, of one day by code; each disease once.
    registered.sort_by_key(|row| (row.span.first, &row.disease));
    let mut diseases: Vec<String> = Vec::new();
    for row in registered {
        if !diseases.contains(&row.disease) {
            diseases.push(row.disease.clone());
        }
    }
    let known = reference.marks(&entitled.insured, &claim.person, claim.begin);
    let mut marks: Vec<Mark> = known
        .into_iter()
        .map(|row| Mark {
            mark: row.mark.clone(),
            value: row.value,
            institution: row.institution.clone(),
            from: Some(row.span.first),
            to: row.span.last,
        })
        .collect();
    if entitled.enrolment.civil_servant {
        let mark = "civil_servant".to_owned();
        marks.push(Mark { mark, value: None, institution: None, from: None, to: None });
    }
    literal::Person {
        marks,
        retired: entitled.enrolment.retired,
        continuous_since: unbroken(&spells, entitled.enrolment),
        person_type: entitled.enrolment.person_type.clone(),
        birth: entitled.enrolment.birth,
        identities: entitled.enrolment.identities.clone(),
        registered: diseases,
        enrolled: spells
            .into_iter()
            .map(|row| Spell { from: row.span.first, to: row.span.last })
            .collect(),
    }
}

/// Since when enrolment is unbroken: as a spell says, or back over spells that reach the one behind them.
fn unbroken(spells: &[&Enrolment], on_admission: &Enrolment) -> Option<NaiveDate> {
    let mut since = on_admission.span.first;
    let mut said = on_admission.continuous_since;
    while said.is_none() {
        let reaches = |row: &&&Enrolment| {
            row.span.first < since
                && row.span.last.is_none_or(|last| last.succ_opt() >= Some(since))
        };
        let Some(earlier) = spells.iter().filter(reaches).max_by_key(|row| row.span.first) else {
            return Some(since);
        };
        (since, said) = (earlier.span.first, earlier.continuous_since);
    }
    said
}

/// Asks what a record comes to over what the person's earlier claims left; `state` changes where it settles.
///
/// # Errors
/// The codes of everything that stops it. The evaluator tells the first only: what it told is taken away and it is asked again.
pub fn ask(
    inputs: &Inputs,
    record: &Record,
    entitled: &Entitled<'_>,
    state: &mut State,
    account: Option<&Account>,
) -> Result<literal::Settled, Vec<&'static str>> {
    state.balance = account.map_or(Decimal::ZERO, |account| account.balance);
    state.family = account.map_or(Decimal::ZERO, |account| account.sharing);
    let mut person = person(inputs, record, entitled);
    let mut claim = question(inputs, record, entitled);
    let mut codes = Vec::new();
    loop {
        let again = &mut state.clone();
        let over = if codes.is_empty() { &mut *state } else { again };
        let (region, insurance) = (&entitled.insured, &record.claim.insurance);
        let code = match inputs.book.settle(region, insurance, &person, over, &claim) {
            Outcome::Settled(answer) if codes.is_empty() => return Ok(*answer),
            Outcome::Settled(_) => return Err(codes),
            Outcome::Held(_) => "H702",
            Outcome::Refused(why) if why.contains("no link") => "E508",
            Outcome::Refused(why) if why.contains("registered beyond") => "E510",
            Outcome::Refused(why) if why.contains("have not begun") => "E505",
            Outcome::Refused(_) => "E509",
        };
        if codes.contains(&code) {
            return Err(codes);
        }
        codes.push(code);
        match code {
            "E508" => claim.linked = true,
            "E510" => person.registered.clear(),
            "E505" => person.enrolled.clear(),
            // Whatever place refuses or lacks: what else is there shows at home.
            _ => {
                "local".clone_into(&mut claim.filing);
                claim.care_region.clone_from(region);
                claim.linked = true;
            }
        }
    }
}

/// The answer as a record of the night.
pub fn settled(
    record: &Record,
    entitled: &Entitled<'_>,
    answer: &literal::Settled,
    balance: Option<Decimal>,
) -> Settled {
    Settled {
        insured: entitled.insured.clone(),
        care_pool: entitled.care.clone(),
        scope: entitled.scope,
        filing: entitled.filing,
        level: entitled.level.clone(),
        year: answer.year,
        parts: record.parts,
        lines: record.lines,
        first_percent: answer.first,
        deductible_standard: answer.deductible_standard,
        deductible: answer.deductible,
        funds: answer.funds.clone(),
        account: answer.account,
        shared: answer.family,
        cash: answer.cash,
        balance,
        care: record.claim.care,
    }
}
