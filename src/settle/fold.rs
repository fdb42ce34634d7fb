//! The fold over one person's claims: settlement order, running totals, reversals.
//!
//! Order: (night, settlement time, settlement id); at equal time an original, then its reversal, then the rest. A claim with
//! an earlier date never reopens what is already booked. A reversal stands at its own time, or right
//! behind its original where that is not earlier. A reversal negates the booked record and is never computed afresh.

use std::collections::{BTreeMap, BTreeSet};

use arrayvec::ArrayVec;

use crate::calendar::{BenefitYear, DateSpan, Moment};
use crate::claim::finding::{self, worst};
use crate::claim::{Claim, Code, Finding, Outcome, PricedClaim, Settled, Slot};
use crate::codes::{CareKind, Insurance, InsuredRegion, PersonNo, SettlementId, VisitId, fields};
use crate::policy::{Policy, PolicyBook};
use crate::reference::Reference;

use super::entitlement::{Entitled, entitle};
use super::layers::{History, benefit_year, settle_claim};
use super::year::{Account, Year};
use super::{parts, past};

/// Key of a person's running totals.
pub type YearKey = (InsuredRegion, Insurance, BenefitYear);

/// A person's state before and after a night.
#[derive(Clone, Default, Debug, PartialEq, Eq)]
pub struct PersonState {
    pub years: BTreeMap<YearKey, Year>,
    pub accounts: BTreeMap<(InsuredRegion, PersonNo), Account>,
    /// The stay that was settled in the middle last and has not ended, and the year in which its parts are counted.
    pub open_stay: Option<(YearKey, VisitId)>,
    /// Next place in the fold.
    pub next_place: u32,
}

/// A record booked in an earlier night.
#[derive(Clone, Debug)]
pub struct Booked {
    pub settled: Settled,
    pub reversed: bool,
}

/// What became of a person's records in a night, in fold order.
#[derive(Default, Debug)]
pub struct FoldResult {
    pub settled: Vec<Settled>,
    /// Rejected or held, with their findings.
    pub stopped: Vec<PricedClaim>,
}

/// What the fold reads besides the person's own records.
#[derive(Clone, Copy)]
pub struct FoldInputs<'a> {
    pub reference: &'a Reference,
    pub book: &'a PolicyBook,
    /// Hold a claim whose declared amounts are not the computed ones.
    pub hold_differences: bool,
    /// Settlements that wait for people or for data, tonight or since an earlier night.
    pub held: &'a BTreeSet<SettlementId>,
    /// Settlements of tonight that reversals of these people name.
    pub tonight: &'a BTreeSet<SettlementId>,
}

/// Folds one person's records of a night.
///
/// `earlier` holds the booked originals of this night's reversals. Every record given comes out once, settled or stopped.
pub fn fold_person(
    mut records: Vec<PricedClaim>,
    state: &mut PersonState,
    earlier: &BTreeMap<SettlementId, Booked>,
    inputs: FoldInputs<'_>,
) -> FoldResult {
    sort_records(&mut records);
    let stays = stays(&records);
    let (tonight, out) = (BTreeMap::new(), FoldResult::default());
    let mut fold = Fold { state, earlier, inputs, stays, tonight, out };
    for record in records {
        fold.record(record);
    }
    fold.out
}

/// Puts records into settlement order. A reversal never comes before its original of the same night.
fn sort_records(records: &mut [PricedClaim]) {
    let times: BTreeMap<SettlementId, Moment> = records
        .iter()
        .filter(|r| !r.claim.reversal)
        .map(|r| (r.claim.id, r.claim.settled_at))
        .collect();
    records.sort_by_cached_key(|record| {
        let claim = &record.claim;
        let original = times.get(&claim.original).copied().filter(|_| claim.reversal);
        let time = claim.settled_at.max(original.unwrap_or(claim.settled_at));
        let group = if original == Some(time) { claim.original } else { claim.id };
        (time, group, claim.reversal, claim.id, claim.origin)
    });
}

/// Stays of tonight's records, whenever they settle: they are known to care that fell into them. Not those that are undone tonight.
fn stays(records: &[PricedClaim]) -> Vec<(Insurance, DateSpan)> {
    let claims = || records.iter().map(|record| &record.claim);
    let undone: BTreeSet<SettlementId> =
        claims().filter(|claim| claim.reversal).map(|claim| claim.original).collect();
    let kept = claims().filter(|claim| {
        claim.med_type.kind() == CareKind::Inpatient
            && !claim.reversal
            && !undone.contains(&claim.id)
    });
    let span = |claim: &Claim| DateSpan {
        from: claim.begin,
        until: past::first_day_outside(claim.begin, claim.end),
    };
    kept.map(|claim| (claim.insurance, span(claim))).collect()
}

struct Fold<'a> {
    state: &'a mut PersonState,
    earlier: &'a BTreeMap<SettlementId, Booked>,
    inputs: FoldInputs<'a>,
    /// Stays in tonight's records, by insurance.
    stays: Vec<(Insurance, DateSpan)>,
    /// Settled tonight: place in `out.settled`, and whether reversed since.
    tonight: BTreeMap<SettlementId, (usize, bool)>,
    out: FoldResult,
}

impl Fold<'_> {
    fn record(&mut self, mut record: PricedClaim) {
        let settled = if record.claim.reversal {
            self.reverse(&mut record)
        } else {
            self.settle(&mut record)
        };
        if let Some(settled) = settled {
            self.state.next_place += 1;
            self.out.settled.push(settled);
        } else {
            finding::sort(&mut record.findings);
            self.out.stopped.push(record);
        }
    }

    fn settle(&mut self, record: &mut PricedClaim) -> Option<Settled> {
        let mut findings = std::mem::take(&mut record.findings);
        let inputs = self.inputs;
        let admissions = |insured: InsuredRegion, policy: &Policy| {
            // Of a divided stay the first part: it alone owes a deductible.
            let back = parts::divided(policy, &record.claim).first().map_or(0, |(back, _)| *back);
            let mut year = policy.year_containing(policy.year_date(&record.claim));
            for _ in 0..back {
                year = policy.year_before(year);
            }
            let year = self.state.years.get(&(insured, record.claim.insurance, year));
            year.map_or(0, |year| u32::try_from(year.get(Slot::ADMISSIONS)).unwrap_or(0))
        };
        let entitled =
            entitle(&record.claim, inputs.reference, inputs.book, admissions, &mut findings);
        finding::sort(&mut findings);
        record.findings = findings;
        let entitled = entitled?;
        let claim = &record.claim;
        self.refresh_account(entitled.insured, claim.person_no);
        let in_stay = self.in_stay(&entitled, claim);
        let keys = self.keys(&entitled, claim);
        let mut years: Years = keys.iter().map(|key| self.taken(key)).collect();
        let account_key = (entitled.insured, claim.person_no);
        let account = self.state.accounts.get_mut(&account_key);
        let account_before = account.as_deref().copied();
        let history = History {
            years: &mut years,
            open_stay: open_stay(self.state.open_stay, claim, &keys),
            in_stay,
            place: self.state.next_place,
        };
        let settled = settle_claim(record, &entitled, history, account);
        let difference = if inputs.hold_differences { settled.differences().next() } else { None };
        if difference.is_some() {
            for step in settled.moves.iter().rev() {
                years[step.slot.years_back()].add(step.slot, -step.delta);
            }
            if let Some(account) = account_before {
                self.state.accounts.insert(account_key, account);
            }
        }
        self.put_back(&keys, years);
        if let Some((field, declared, computed)) = difference {
            record.findings.push(
                Finding::new(Code::DeclaredDiffers)
                    .field(field.field())
                    .found(declared)
                    .expected(computed),
            );
            return None;
        }
        self.note_open_stay(&record.claim, &keys);
        self.tonight.insert(settled.claim.id, (self.out.settled.len(), false));
        Some(settled)
    }

    /// Whether care fell into a stay that is known, of whatever year, where some layer asks.
    fn in_stay(&self, entitled: &Entitled<'_>, claim: &Claim) -> bool {
        let asks = entitled.terms.layers.iter().any(|terms| !terms.layer.pays_during_stay);
        if !asks || claim.med_type.kind() == CareKind::Inpatient {
            return false;
        }
        let tonight = |(insurance, span): &(Insurance, DateSpan)| {
            *insurance == claim.insurance && span.contains(claim.begin)
        };
        let same =
            |(key, _): &(&YearKey, &Year)| (key.0, key.1) == (entitled.insured, claim.insurance);
        let years = self.state.years.iter().filter(same).map(|(_, year)| year);
        self.stays.iter().any(tonight) || past::in_known_stay(years, claim.begin)
    }

    /// Keys of the benefit years that a claim's rules look at: its own, the one before it, and so on.
    fn keys(&self, entitled: &Entitled<'_>, claim: &Claim) -> Keys {
        let policy = entitled.policy;
        let mut year = benefit_year(claim, entitled);
        let key = |year| (entitled.insured, claim.insurance, year);
        let mut keys = Keys::from_iter([key(year)]);
        let mut back = years_back(entitled, claim, year);
        // Earlier parts of a stay that policies divide by days may be counted in a year before those of its days.
        let open = self.state.open_stay.filter(|(open, visit)| {
            *visit == claim.visit && (open.0, open.1) == (entitled.insured, claim.insurance)
        });
        let divides = policy.year_of == crate::policy::plan::YearOf::SplitByDays;
        if let Some(((.., open), _)) = open.filter(|_| divides)
            && open < year
        {
            let years = year.first_day().days_since(open.first_day()) / 365 + 1;
            back = back.max(usize::try_from(years).unwrap_or(0));
        }
        for _ in 0..back.min(Slot::MOST_BACK) {
            year = policy.year_before(year);
            keys.push(key(year));
        }
        keys
    }

    fn taken(&mut self, key: &YearKey) -> Year {
        self.state.years.get_mut(key).map(std::mem::take).unwrap_or_default()
    }

    /// Puts totals back to where they were taken from; a year without any is not begun.
    fn put_back(&mut self, keys: &Keys, years: Years) {
        for (key, year) in keys.iter().zip(years) {
            match self.state.years.get_mut(key) {
                Some(place) => *place = year,
                None if year.is_empty() => {}
                None => _ = self.state.years.insert(*key, year),
            }
        }
    }

    fn note_open_stay(&mut self, claim: &Claim, keys: &Keys) {
        if claim.med_type.kind() != CareKind::Inpatient {
            return;
        }
        if claim.mid_stay {
            self.state.open_stay = Some((keys[0], claim.visit));
        } else if open_stay(self.state.open_stay, claim, keys).is_some() {
            self.state.open_stay = None;
        }
    }

    /// A newer snapshot replaces the account that was folded so far.
    fn refresh_account(&mut self, insured: InsuredRegion, number: PersonNo) {
        let record = self.inputs.reference.coverage.get(insured, number);
        let Some(snapshot) = record.and_then(|record| record.balance) else { return };
        let known = self.state.accounts.get(&(insured, number));
        if known.is_none_or(|account| account.as_of < snapshot.as_of) {
            let account = Account {
                as_of: snapshot.as_of,
                balance: snapshot.balance,
                sharing: snapshot.sharing_limit,
            };
            self.state.accounts.insert((insured, number), account);
        }
    }

    fn reverse(&mut self, record: &mut PricedClaim) -> Option<Settled> {
        if worst(&record.findings).is_some() {
            return None;
        }
        match self.mirror(record) {
            Ok(settled) => Some(settled),
            Err(finding) => {
                record.findings.push(finding);
                None
            }
        }
    }

    fn mirror(&mut self, record: &PricedClaim) -> Result<Settled, Finding> {
        let claim = &record.claim;
        let tonight = self.tonight.get(&claim.original).copied();
        let (original, reversed) = match (tonight, self.earlier.get(&claim.original)) {
            (Some((index, reversed)), _) => (&self.out.settled[index], reversed),
            (None, Some(booked)) => {
                let again = self.tonight.contains_key(&claim.original);
                (&booked.settled, booked.reversed || again)
            }
            (None, None) => return Err(self.without_original(claim)),
        };
        if reversed || self.already_reversed_tonight(claim.original) {
            return Err(Finding::new(Code::ReversalRepeated)
                .field(fields::INIT_SETL_ID)
                .found(claim.original));
        }
        check_mirror(record, original)?;
        let mut settled = original.mirrored(claim.clone(), self.state.next_place);
        // A newer balance knows of the draw that is given back: it must be there first.
        self.refresh_account(settled.insured, claim.person_no);
        self.take_back(&mut settled);
        Ok(settled)
    }

    /// Why there is nothing that a reversal could undo.
    fn without_original(&self, claim: &Claim) -> Finding {
        let stopped = self
            .out
            .stopped
            .iter()
            .find(|record| !record.claim.reversal && record.claim.id == claim.original);
        let held = stopped.is_some_and(|record| worst(&record.findings) == Some(Outcome::Hold));
        if held || self.inputs.held.contains(&claim.original) {
            Finding::new(Code::OriginalHeld).field(fields::INIT_SETL_ID).found(claim.original)
        } else if stopped.is_none() && self.inputs.tonight.contains(&claim.original) {
            // It is there, among another person's.
            Finding::new(Code::ReversalDiffers).field(fields::PSN_NO)
        } else {
            Finding::new(Code::ReversalUnknown).field(fields::INIT_SETL_ID).found(claim.original)
        }
    }

    fn already_reversed_tonight(&self, original: SettlementId) -> bool {
        self.out.settled.iter().any(|s| s.claim.reversal && s.claim.original == original)
    }

    /// Moves the running totals and the account back; fills in what they were.
    fn take_back(&mut self, settled: &mut Settled) {
        let mut open = None;
        for place in 0..settled.moves.len() {
            let step = settled.moves[place];
            let key = (settled.insured, settled.claim.insurance, settled.year_of(&step));
            let year = self.state.years.entry(key).or_default();
            if let Some(done) = year.add(step.slot, step.delta) {
                settled.moves[place] = done;
            }
            if Slot::STAY.contains(&step.slot.here()) {
                open = Some(key);
            }
        }
        if let Some(key) = open {
            let parts = |slot: &Slot| self.state.years.get(&key).is_some_and(|y| y.get(*slot) > 0);
            let open = Slot::STAY.iter().any(parts);
            self.state.open_stay = open.then_some((key, settled.claim.visit));
        }
        let account = self.state.accounts.get_mut(&(settled.insured, settled.claim.person_no));
        settled.balance_after = account.map(|account| {
            account.restore(-settled.payers.account, -settled.payers.account_sharing);
            account.balance
        });
    }
}

type Keys = ArrayVec<YearKey, { Slot::MOST_BACK + 1 }>;
type Years = ArrayVec<Year, { Slot::MOST_BACK + 1 }>;

/// Place of the year that counts earlier parts of a claim's stay.
fn open_stay(open: Option<(YearKey, VisitId)>, claim: &Claim, keys: &Keys) -> Option<usize> {
    let (key, visit) = open?;
    let same = visit == claim.visit && claim.med_type.kind() == CareKind::Inpatient;
    keys.iter().position(|known| *known == key).filter(|_| same)
}

/// How many years before its own a claim's rules look at.
fn years_back(entitled: &Entitled<'_>, claim: &Claim, year: BenefitYear) -> usize {
    let days = parts::divided(entitled.policy, claim);
    let own = days.first().map_or(0, |(back, _)| *back);
    let looks = entitled.terms.layers.iter().map(|terms| past::looks_back(terms, year));
    own + looks.max().unwrap_or(0)
}

/// A reversal is whole: same person, insurance and region, the fee negated; a declared amount is the mirror of the booked one.
fn check_mirror(record: &PricedClaim, original: &Settled) -> Result<(), Finding> {
    let claim = &record.claim;
    let differs = |field: &str| Finding::new(Code::ReversalDiffers).field(field);
    if claim.person_no != original.claim.person_no {
        return Err(differs(fields::PSN_NO));
    }
    if claim.institution != original.claim.institution {
        return Err(differs(fields::FIXMEDINS_CODE)
            .found(claim.institution)
            .expected(original.claim.institution));
    }
    if claim.med_type.as_str() != original.claim.med_type.as_str() {
        return Err(differs(fields::MED_TYPE)
            .found(claim.med_type.as_str())
            .expected(original.claim.med_type.as_str()));
    }
    if claim.insurance != original.claim.insurance {
        return Err(differs(fields::INSUTYPE)
            .found(claim.insurance)
            .expected(original.claim.insurance));
    }
    let (declared, booked) = (claim.declared_total(), original.charges.total());
    if declared != -booked {
        return Err(differs(fields::MEDFEE_SUMAMT).found(declared).expected(-booked));
    }
    Ok(())
}
