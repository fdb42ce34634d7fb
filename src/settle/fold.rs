//! The fold over one person's claims: settlement order, running totals, reversals.
//!
//! Order: (night, settlement time, settlement id); at equal time an original, then its reversal, then the rest. A claim with
//! an earlier date never reopens what is already booked. A reversal stands at its own time, or right
//! behind its original where that is not earlier. A reversal negates the booked record and is never computed afresh.

use std::collections::{BTreeMap, BTreeSet};

use crate::calendar::{BenefitYear, Moment};
use crate::claim::finding::{self, worst};
use crate::claim::{Claim, Code, Finding, Outcome, PricedClaim, Settled, Slot};
use crate::codes::{Insurance, InsuredRegion, PersonNo, SettlementId, VisitId, fields};
use crate::policy::PolicyBook;
use crate::reference::Reference;

use super::entitlement::entitle;
use super::layers::{benefit_year, settle_claim};
use super::year::{Account, Year};

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
    let mut fold =
        Fold { state, earlier, inputs, tonight: BTreeMap::new(), out: FoldResult::default() };
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

struct Fold<'a> {
    state: &'a mut PersonState,
    earlier: &'a BTreeMap<SettlementId, Booked>,
    inputs: FoldInputs<'a>,
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
        let entitled =
            entitle(&record.claim, self.inputs.reference, self.inputs.book, &mut findings);
        finding::sort(&mut findings);
        record.findings = findings;
        let entitled = entitled?;
        let key =
            (entitled.insured, record.claim.insurance, benefit_year(&record.claim, &entitled));
        self.refresh_account(entitled.insured, record.claim.person_no);
        let place = self.state.next_place;
        let year = self.state.years.entry(key).or_default();
        let account = self.state.accounts.get_mut(&(entitled.insured, record.claim.person_no));
        let before =
            self.inputs.hold_differences.then(|| (year.clone(), account.as_deref().copied()));
        let stay = Some((key, record.claim.visit));
        let continues = self.state.open_stay == stay;
        let settled = settle_claim(record, &entitled, year, account, continues, place);
        if let Some((year_before, account_before)) = before
            && let Some((field, declared, computed)) = settled.differences().next()
        {
            *year = year_before;
            if let Some(account) = account_before {
                self.state.accounts.insert((entitled.insured, record.claim.person_no), account);
            }
            record.findings.push(
                Finding::new(Code::DeclaredDiffers)
                    .field(field.field())
                    .found(declared)
                    .expected(computed),
            );
            return None;
        }
        if settled.claim.mid_stay {
            self.state.open_stay = stay;
        } else if continues {
            self.state.open_stay = None;
        }
        self.tonight.insert(settled.claim.id, (self.out.settled.len(), false));
        Some(settled)
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
        let key = (settled.insured, settled.claim.insurance, settled.year);
        let year = self.state.years.entry(key).or_default();
        for step in &mut settled.moves {
            if let Some(done) = year.add(step.slot, step.delta) {
                *step = done;
            }
        }
        if settled.moves.iter().any(|step| Slot::STAY.contains(&step.slot)) {
            let open = Slot::STAY.iter().any(|slot| year.get(*slot) > 0);
            self.state.open_stay = open.then_some((key, settled.claim.visit));
        }
        let account = self.state.accounts.get_mut(&(settled.insured, settled.claim.person_no));
        settled.balance_after = account.map(|account| {
            account.restore(-settled.payers.account, -settled.payers.account_sharing);
            account.balance
        });
    }
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
