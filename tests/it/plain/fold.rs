//! A night's records in settlement order, over the state that the nights before left: copies, reversals, running totals, accounts.

use std::collections::{BTreeMap, HashMap, HashSet};

use medsettle::literal::{self, State};

use super::entitle::{certificate, entitle};
use super::night::{Inputs, Place, Received, Record};
use super::row::Claim;
use super::settle::{Account, Settled, ask, settled};
use super::{Findings, first};

/// What became of one record.
pub struct Judged {
    pub place: Place,
    pub id: String,
    pub claim: Option<Claim>,
    pub findings: Findings,
    /// `None`: rejected or held.
    pub settled: Option<Settled>,
    /// Place in the person's history.
    pub fold_place: u32,
}

/// A night's verdicts.
pub struct Results {
    pub records: Vec<Judged>,
    pub refused: BTreeMap<String, Findings>,
}

/// A booked settlement.
struct Booked {
    record: Record,
    settled: Settled,
    answer: literal::Settled,
    person: String,
    reversed: bool,
}

/// Person, insured region, insurance.
type StateKey = (String, String, String);

/// State over nights.
#[derive(Default)]
pub struct Fold {
    states: HashMap<StateKey, State>,
    /// (insured region, number).
    accounts: HashMap<(String, String), Account>,
    places: HashMap<String, u32>,
    /// Who was seen: by number in a region, and by certificate.
    people: HashMap<String, String>,
    settlements: HashMap<String, Booked>,
    reversals: HashMap<String, Record>,
    /// Settlements that wait for people or for data.
    held: HashSet<String>,
    /// Stays among tonight's records, whenever they settle.
    stays: Vec<Claim>,
    /// Submissions that a run has dealt with: folder names are not repeated in tests.
    pub dealt_with: HashSet<String>,
}

/// Whether two records say the same: the row, and what its lines come to.
fn same(a: &Record, b: &Record) -> bool {
    a.claim == b.claim && a.parts == b.parts && a.lines == b.lines
}

impl Fold {
    /// Settles a night.
    pub fn night(&mut self, inputs: &Inputs, received: Received) -> Results {
        let mut out: Vec<Judged> = received
            .strays
            .into_iter()
            .map(|stray| Judged {
                place: stray.place,
                id: stray.id,
                claim: None,
                findings: stray.findings,
                settled: None,
                fold_place: 0,
            })
            .collect();
        let mut records = received.records;
        records.sort_by(|a, b| a.place.cmp(&b.place));
        let copies = self.copies(&mut records);
        order(&mut records);
        for record in records.iter().filter(|record| copies.contains(&record.place)) {
            self.note_held(record);
        }
        let undone: HashSet<String> = records
            .iter()
            .filter(|record| record.claim.reversal && !copies.contains(&record.place))
            .map(|record| record.claim.original.clone())
            .collect();
        self.stays = records
            .iter()
            .filter(|record| !copies.contains(&record.place))
            .map(|record| &record.claim)
            .filter(|claim| claim.care == "inpatient" && !claim.reversal)
            .filter(|claim| !undone.contains(&claim.id))
            .cloned()
            .collect();
        for mut record in records {
            let (mut settled, mut fold_place) = (None, 0);
            if !copies.contains(&record.place) {
                settled = if record.claim.reversal {
                    self.reverse(inputs, &mut record)
                } else {
                    self.settle(inputs, &mut record)
                };
                if settled.is_none() {
                    self.note_held(&record);
                }
                if settled.is_some() {
                    let who = self.person(inputs, &record.claim);
                    let next = self.places.entry(who).or_default();
                    fold_place = *next;
                    *next += 1;
                }
            }
            out.push(Judged {
                place: record.place,
                id: record.claim.id.clone(),
                claim: Some(record.claim),
                findings: record.findings,
                settled,
                fold_place,
            });
        }
        Results { records: out, refused: received.refused }
    }

    fn note_held(&mut self, record: &Record) {
        if !record.claim.reversal && first(&record.findings).is_some_and(|c| c.starts_with('H')) {
            self.held.insert(record.claim.id.clone());
        }
    }

    /// Ids that came twice, tonight or before. Equal copies: the first in order of submissions counts. Different content under one
    /// id: none does.
    fn copies(&self, records: &mut [Record]) -> Vec<Place> {
        let mut groups: BTreeMap<(String, bool), Vec<usize>> = BTreeMap::new();
        for (index, record) in records.iter().enumerate() {
            let key = (record.claim.id.clone(), record.claim.reversal);
            groups.entry(key).or_default().push(index);
        }
        let mut stopped = Vec::new();
        for ((id, reversal), group) in groups {
            let booked = if reversal {
                self.reversals.get(&id)
            } else {
                self.settlements.get(&id).map(|booked| &booked.record)
            };
            let mut codes: Vec<(usize, &'static str)> = Vec::new();
            let code = |equal: bool| if equal { "D601" } else { "H701" };
            if let Some(booked) = booked {
                codes.extend(group.iter().map(|i| (*i, code(same(&records[*i], booked)))));
            } else if group.len() > 1 {
                let equal = group.iter().all(|i| same(&records[*i], &records[group[0]]));
                let others = if equal { &group[1..] } else { &group[..] };
                codes.extend(others.iter().map(|i| (*i, code(equal))));
            }
            for (index, code) in codes {
                records[index].findings.insert(code);
                stopped.push(records[index].place.clone());
            }
        }
        stopped
    }

    fn settle(&mut self, inputs: &Inputs, record: &mut Record) -> Option<Settled> {
        let mut findings = std::mem::take(&mut record.findings);
        let entitled = entitle(inputs, &record.claim, &mut findings);
        record.findings = findings;
        let entitled = entitled?;
        let entitled_to = first(&record.findings).is_none();
        if entitled_to {
            self.refresh(inputs, &entitled.insured, &record.claim);
        }
        let who = self.known(inputs, &record.claim);
        let key = (who.clone(), entitled.insured.clone(), record.claim.insurance.clone());
        let account_key = (entitled.insured.clone(), record.claim.person.clone());
        let account = self.accounts.get(&account_key);
        let mut state = self.states.get(&key).cloned().unwrap_or_default();
        // Care that falls into a stay of the same night knows of it, whichever settles first.
        let own = self.stays.iter().filter(|claim| claim.insurance == record.claim.insurance);
        state.stays = own
            .filter(|claim| self.known(inputs, claim) == who && record.claim.care != "inpatient")
            .map(|claim| (claim.begin, claim.end))
            .collect();
        let answer = match ask(inputs, record, &entitled, &mut state, account) {
            Ok(answer) if entitled_to => answer,
            Ok(_) => return None,
            Err(codes) => {
                record.findings.extend(codes);
                return None;
            }
        };
        let account = account.map(|account| Account {
            balance: state.balance,
            sharing: state.family,
            ..account.clone()
        });
        let balance = account.as_ref().map(|account| account.balance);
        let settled = settled(record, &entitled, &answer, balance);
        let amounts = settled.amounts();
        let differs = record.claim.declared.iter().any(|(column, declared)| {
            amounts.get(column).is_some_and(|computed| computed != declared)
        });
        if inputs.pipeline.on_difference == "hold" && differs {
            record.findings.insert("H704");
            return None;
        }
        if let Some(account) = account {
            self.accounts.insert(account_key, account);
        }
        self.person(inputs, &record.claim);
        self.states.insert(key, state);
        let booked = Booked {
            record: record.clone(),
            settled: settled.clone(),
            answer,
            person: who,
            reversed: false,
        };
        self.settlements.insert(record.claim.id.clone(), booked);
        Some(settled)
    }

    /// A person is known by number in a region, and over regions and numbers by certificate; a corrected certificate makes nobody new.
    fn person(&mut self, inputs: &Inputs, claim: &Claim) -> String {
        let who = self.known(inputs, claim);
        for key in names(inputs, claim) {
            self.people.entry(key).or_insert_with(|| who.clone());
        }
        who
    }

    /// Who this is, as far as was seen: the number where nobody was.
    fn known(&self, inputs: &Inputs, claim: &Claim) -> String {
        let names = names(inputs, claim);
        names.iter().find_map(|name| self.people.get(name)).unwrap_or(&names[0]).clone()
    }

    /// A newer snapshot replaces what was folded so far.
    fn refresh(&mut self, inputs: &Inputs, pool: &str, claim: &Claim) {
        let snapshot = inputs.reference.balance(pool, &claim.person, claim.begin);
        let Some(snapshot) = snapshot else { return };
        let key = (pool.to_owned(), claim.person.clone());
        let newer = self.accounts.get(&key).is_none_or(|known| known.as_of < snapshot.as_of);
        if newer {
            let account =
                Account { as_of: snapshot.as_of, balance: snapshot.own, sharing: snapshot.sharing };
            self.accounts.insert(key, account);
        }
    }

    fn reverse(&mut self, inputs: &Inputs, record: &mut Record) -> Option<Settled> {
        if first(&record.findings).is_some() {
            return None;
        }
        let claim = record.claim.clone();
        let Some(original) = self.settlements.get(&claim.original) else {
            let waits = self.held.contains(&claim.original);
            record.findings.insert(if waits { "H705" } else { "D602" });
            return None;
        };
        let own = &original.record.claim;
        let code = if original.reversed {
            Some("D603")
        } else if claim.person != own.person
            || claim.institution != own.institution
            || claim.insurance != own.insurance
            || claim.med_type != own.med_type
            || claim.fee != -own.fee
        {
            Some("D604")
        } else {
            None
        };
        if let Some(code) = code {
            record.findings.insert(code);
            return None;
        }
        let mut settled = original.settled.mirrored();
        let key = (original.person.clone(), settled.insured.clone(), claim.insurance.clone());
        self.states.entry(key).or_default().take_back(&original.answer);
        self.settlements.get_mut(&claim.original).unwrap().reversed = true;
        self.refresh(inputs, &settled.insured, &claim);
        let account_key = (settled.insured.clone(), claim.person.clone());
        if let Some(account) = self.accounts.get_mut(&account_key) {
            account.balance -= settled.account - settled.shared;
            account.sharing -= settled.shared;
            settled.balance = Some(account.balance);
        }
        self.reversals.insert(claim.id.clone(), record.clone());
        Some(settled)
    }
}

/// Under what a person is known: number, then certificate.
fn names(inputs: &Inputs, claim: &Claim) -> Vec<String> {
    let pool = inputs.reference.pool(&claim.insured_division, claim.begin);
    let number = format!("{}/{}", pool.unwrap_or(&claim.insured_division), claim.person);
    [number].into_iter().chain(certificate(&inputs.reference, claim)).collect()
}

/// Settlement order: time, then id. A reversal of a settlement of the same night comes right after it where it carries the same time
/// or an earlier one. (One person's records are in the same order among all as among themselves.)
fn order(records: &mut [Record]) {
    let times: HashMap<String, _> = records
        .iter()
        .filter(|record| !record.claim.reversal)
        .map(|record| (record.claim.id.clone(), record.claim.time))
        .collect();
    records.sort_by_cached_key(|record| {
        let claim = &record.claim;
        let original = times.get(&claim.original).filter(|_| claim.reversal);
        let time = original.map_or(claim.time, |original| claim.time.max(*original));
        let group = if original.is_some_and(|original| *original == time) {
            claim.original.clone()
        } else {
            claim.id.clone()
        };
        (time, group, claim.reversal, claim.id.clone(), record.place.clone())
    });
}
