//! The arithmetic of one claim: effect of care elsewhere, layers, account, cash.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate, NaiveDateTime};
use rust_decimal::Decimal;

use super::catalogue::Parts;
use super::entitle::Entitled;
use super::night::Record;
use super::row::FUNDS;
use super::terms::LayerTerms;
use super::text::round;

/// Running totals of a benefit year by name: `admissions`, `inpatient.paid`, `chronic.paid.03`.
pub type Totals = BTreeMap<String, Decimal>;

/// A personal account.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    pub as_of: NaiveDateTime,
    pub balance: Decimal,
    /// Left of what family members reserved.
    pub sharing: Decimal,
}

/// What earlier parts of one stay came to: a stay may be settled in the middle.
#[derive(Clone, Copy, Default, Debug)]
pub struct Stay {
    pub base: Decimal,
    pub deductible: Decimal,
    pub eligible: Decimal,
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
    /// What it did to the year.
    pub moves: Totals,
    /// Kind of care in whose vouchers it stands.
    pub care: &'static str,
    /// What it adds to its stay.
    pub stay: Stay,
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
            moves: negated(&self.moves),
            stay: Stay {
                base: -self.stay.base,
                deductible: -self.stay.deductible,
                eligible: -self.stay.eligible,
            },
            ..self.clone()
        }
    }
}

/// A claim at work: what is unpaid by component, and what was done.
struct Work<'a> {
    month: u32,
    year: &'a Totals,
    /// Earlier parts of the stay, and what this one adds.
    before: Stay,
    adds: Stay,
    unpaid: BTreeMap<&'static str, Decimal>,
    moves: Totals,
    funds: BTreeMap<String, Decimal>,
    deductible_standard: Decimal,
    deductible: Decimal,
}

const COMPONENTS: [&str; 8] = [
    "full_self_pay",
    "over_limit",
    "pre_self_pay",
    "out_of_area_first",
    "deductible",
    "copay",
    "over_cap",
    "in_scope",
];

/// Settles one claim on the year so far; the caller adds the moves.
pub fn settle(
    record: &Record,
    entitled: &Entitled<'_>,
    year: &Totals,
    before: Stay,
    account: Option<&mut Account>,
) -> Settled {
    let parts = record.parts;
    let mut unpaid: BTreeMap<&'static str, Decimal> =
        COMPONENTS.into_iter().map(|name| (name, Decimal::ZERO)).collect();
    unpaid.insert("full_self_pay", parts.full - parts.institution_full);
    unpaid.insert("over_limit", parts.over - parts.institution_over);
    unpaid.insert("pre_self_pay", parts.pre);
    let first_percent = first_percent(entitled, &parts);
    unpaid.insert("out_of_area_first", first_percent);
    unpaid.insert("in_scope", parts.in_scope - first_percent);
    let mut work = Work {
        month: record.claim.time.month(),
        year,
        before,
        adds: Stay::default(),
        unpaid,
        moves: Totals::new(),
        funds: BTreeMap::new(),
        deductible_standard: Decimal::ZERO,
        deductible: Decimal::ZERO,
    };
    for layer in &entitled.terms.layers {
        work.layer(layer, entitled);
    }
    if record.claim.care == "inpatient" && !record.claim.mid_stay {
        work.count("admissions".to_owned(), Decimal::ONE);
    }
    let person: Decimal = work.unpaid.values().sum();
    let (drawn, shared, balance) = draw(record, entitled, &work, account);
    Settled {
        insured: entitled.insured.clone(),
        care_pool: entitled.care.clone(),
        scope: entitled.scope,
        filing: entitled.filing,
        level: entitled.level.clone(),
        year: entitled.policy.year_of(record.claim.time.date()),
        parts,
        lines: record.lines,
        first_percent,
        deductible_standard: work.deductible_standard,
        deductible: work.deductible,
        funds: work.funds,
        account: drawn,
        shared,
        cash: person - drawn,
        balance,
        moves: work.moves,
        care: record.claim.care,
        stay: work.adds,
    }
}

/// What the person pays of care elsewhere before anything else.
fn first_percent(entitled: &Entitled<'_>, parts: &Parts) -> Decimal {
    let Some(row) = entitled.terms.effect.filter(|row| row.kind == "first_percent") else {
        return Decimal::ZERO;
    };
    let first = entitled.terms.layers.iter().find(|terms| terms.layer.is_first()).unwrap();
    if !row.concerns(first.layer) {
        return Decimal::ZERO;
    }
    let base =
        if row.base.as_deref() == Some("total_fee") { parts.total() } else { parts.in_scope };
    round(base * row.share()).min(parts.in_scope)
}

/// Draws from the account: own money first, then what family reserved. Gives draw, share of it from family, balance.
fn draw(
    record: &Record,
    entitled: &Entitled<'_>,
    work: &Work<'_>,
    account: Option<&mut Account>,
) -> (Decimal, Decimal, Option<Decimal>) {
    let Some(account) = account else { return (Decimal::ZERO, Decimal::ZERO, None) };
    let (mut drawn, mut shared) = (Decimal::ZERO, Decimal::ZERO);
    if let (true, Some(pays)) = (record.claim.account_used, entitled.terms.account) {
        let may: Decimal = pays.iter().map(|name| work.unpaid[name.as_str()]).sum();
        let declared = record.claim.declared.get("acct_pay").copied().unwrap_or(may);
        drawn = may.min(declared).min(account.balance + account.sharing);
        shared = (drawn - account.balance).max(Decimal::ZERO);
        account.balance -= drawn - shared;
        account.sharing -= shared;
    }
    (drawn, shared, Some(account.balance))
}

/// What a layer's segments came to.
struct Paid {
    paid: Decimal,
    /// Amount that found room under the cap.
    used: Decimal,
}

impl Work<'_> {
    /// A running total, this claim's own moves included.
    fn total(&self, name: &str) -> Decimal {
        let of = |totals: &Totals| totals.get(name).copied().unwrap_or_default();
        of(self.year) + of(&self.moves)
    }

    fn count(&mut self, name: String, amount: Decimal) {
        if amount != Decimal::ZERO {
            *self.moves.entry(name).or_default() += amount;
        }
    }

    fn layer(&mut self, terms: &LayerTerms<'_>, entitled: &Entitled<'_>) {
        let layer = terms.layer;
        let base: Decimal = layer.base.iter().map(|name| self.unpaid[name.as_str()]).sum();
        if !layer.is_first() && base == Decimal::ZERO {
            return;
        }
        let counter = &layer.counter;
        let before = self.total(&format!("{counter}.base"));
        let taken = self.deduct(terms, base, before);
        let earlier = if layer.is_first() { self.before } else { Stay::default() };
        let start = match (terms.yearly, terms.from_zero) {
            (false, true) => earlier.base + taken,
            (false, false) => earlier.eligible,
            (true, true) => before + taken,
            (true, false) => self.total(&format!("{counter}.eligible")),
        };
        let eligible = base - taken;
        let result = self.segments(terms, entitled, start, eligible);
        if layer.is_first() {
            self.unpaid.insert("in_scope", Decimal::ZERO);
            self.unpaid.insert("deductible", taken);
            self.unpaid.insert("copay", result.used - result.paid);
            self.unpaid.insert("over_cap", eligible - result.used);
            self.adds = Stay { base, deductible: taken, eligible: result.used };
        } else {
            self.pay(&layer.base, result.paid);
        }
        *self.funds.entry(layer.fund.clone()).or_default() += result.paid;
        self.count(format!("{counter}.deductible"), taken);
        self.count(format!("{counter}.base"), base);
        self.count(format!("{counter}.eligible"), result.used);
        self.count(format!("{counter}.paid"), result.paid);
        // A month is kept of what counts against a monthly cap.
        if terms.cap.is_some_and(|(_, per, _)| per == "month") {
            self.count(format!("{counter}.paid.{:02}", self.month), result.paid);
        }
    }

    /// Takes a payment from components in the order listed.
    fn pay(&mut self, base: &[String], mut amount: Decimal) {
        for name in base {
            let component = self.unpaid.get_mut(name.as_str()).unwrap();
            let part = amount.min(*component);
            *component -= part;
            amount -= part;
        }
        assert_eq!(amount, Decimal::ZERO, "a layer paid more than its base");
    }

    /// How much of `base` the deductible takes.
    fn deduct(&mut self, terms: &LayerTerms<'_>, base: Decimal, before: Decimal) -> Decimal {
        let Some((kind, amounts)) = &terms.deductible else { return Decimal::ZERO };
        let first = terms.layer.is_first();
        let number = if *kind == "by_admission" { self.total("admissions") } else { Decimal::ZERO };
        let number = usize::try_from(number.to_string().parse::<u64>().unwrap()).unwrap();
        let standard = amounts[number.min(amounts.len() - 1)];
        let due = match *kind {
            "annual" if first => {
                standard - self.total(&format!("{}.deductible", terms.layer.counter))
            }
            "annual" => standard - before,
            "by_admission" if first => standard - self.before.deductible,
            _ => standard,
        };
        let taken = base.min(due.max(Decimal::ZERO));
        if first {
            self.deductible_standard = standard;
            self.deductible = taken;
        }
        taken
    }

    /// Room left under the cap: of payment, of eligible amount.
    fn room(&self, terms: &LayerTerms<'_>) -> (Option<Decimal>, Option<Decimal>) {
        let Some((on, per, cap)) = terms.cap else { return (None, None) };
        let measure = if on == "eligible" { "eligible" } else { "paid" };
        let name = format!("{}.{measure}", terms.layer.counter);
        let used = match per {
            "year" => self.total(&name),
            "month" => self.total(&format!("{name}.{:02}", self.month)),
            _ => Decimal::ZERO,
        };
        let left = Some((cap - used).max(Decimal::ZERO));
        if measure == "paid" { (left, None) } else { (None, left) }
    }

    fn segments(
        &self,
        terms: &LayerTerms<'_>,
        entitled: &Entitled<'_>,
        start: Decimal,
        eligible: Decimal,
    ) -> Paid {
        let (pay_room, eligible_room) = self.room(terms);
        let end = start + eligible_room.map_or(eligible, |room| eligible.min(room));
        let mut result = Paid { paid: Decimal::ZERO, used: Decimal::ZERO };
        for (index, (from, share)) in terms.segments.iter().enumerate() {
            let next = terms.segments.get(index + 1).map(|(from, _)| *from);
            let low = start.max(*from);
            let high = next.map_or(end, |next| end.min(next));
            if low >= high {
                continue;
            }
            let share = adjusted(*share, terms, entitled);
            let pays = if terms.yearly {
                round((high - from) * share) - round((low - from) * share)
            } else {
                round((high - low) * share)
            };
            let left = pay_room.map(|room| room - result.paid);
            if let Some(left) = left.filter(|left| pays > *left) {
                // The cap falls inside this segment: the amount whose share is what is left.
                result.used += round(left / share).min(high - low);
                result.paid += left;
                break;
            }
            result.paid += pays;
            result.used += high - low;
        }
        result
    }
}

/// A share as it holds for care elsewhere.
fn adjusted(share: Decimal, terms: &LayerTerms<'_>, entitled: &Entitled<'_>) -> Decimal {
    let effect = entitled.terms.effect.filter(|row| row.concerns(terms.layer));
    match effect.map(|row| (row.kind.as_str(), row.share())) {
        Some(("points", points)) => (share - points).max(Decimal::ZERO),
        Some(("factor", factor)) => share * factor,
        Some(("zero", _)) => Decimal::ZERO,
        _ => share,
    }
}
