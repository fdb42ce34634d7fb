//! Two replays of the same people held side by side: sums by group, what did not settle, what changed most.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::claim::finding::worst;
use crate::claim::{Claim, Code, Finding, Outcome, Payers, Settled};
use crate::codes::{CareKind, InsuredRegion, Scope, SettlementId};
use crate::ingest::draft::Served;
use crate::money::Fen;
use crate::report::simulation::{
    Baseline, Change, ClaimLine, Elsewhere, Group, PayerSums, StoppedLine, Turn,
};
use crate::store::pseudonym::Pseudonyms;
use crate::store::tables::outcome_key;

use super::Selection;
use super::history::Record;
use super::replay::{Fate, Fates};
use super::steps::{Books, first_difference};

/// What comparing needs.
#[derive(Clone, Copy)]
pub struct CompareInputs<'a> {
    pub touched: &'a BTreeSet<Served>,
    pub selection: &'a Selection,
    pub books: Books<'a>,
    pub pseudonyms: &'a Pseudonyms,
}

/// Under which book a record did not settle.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Under {
    Current,
    Draft,
    Both,
}

#[derive(Clone, Debug)]
struct Stopped {
    records: u64,
    fee: i128,
    fund: i128,
    example: SettlementId,
    says: String,
}

/// Most changed first: by the person's burden, then by what funds pay, then by id.
type Rank = (Reverse<Fen>, Reverse<Fen>, SettlementId);

/// What a bucket, or all of them, came to.
#[derive(Default)]
pub struct Compared {
    pub people: u64,
    pub baseline: Baseline,
    pub elsewhere: Elsewhere,
    pub payers: PayerSums,
    total: Change,
    regions: BTreeMap<Served, Change>,
    levels: BTreeMap<Reverse<u8>, Change>,
    persons: BTreeMap<String, Change>,
    care: BTreeMap<(CareKind, Scope), Change>,
    stopped: BTreeMap<(Under, Code), Stopped>,
    claims: Vec<(Rank, ClaimLine)>,
}

impl Compared {
    /// Adds one person.
    pub fn person(
        &mut self,
        records: &[Record],
        current: &Fates,
        draft: &Fates,
        inputs: CompareInputs<'_>,
    ) {
        let undone: BTreeSet<SettlementId> = records
            .iter()
            .filter(|record| record.priced.claim.reversal)
            .map(|record| record.priced.claim.original)
            .collect();
        let mut counted = false;
        for record in records {
            let claim = &record.priced.claim;
            let key = (claim.id, claim.reversal);
            let (Some(before), Some(after)) = (current.get(&key), draft.get(&key)) else {
                continue;
            };
            if !inputs.selection.takes(record.booked.insured, claim.settled_at.date()) {
                continue;
            }
            if !inputs.touched.contains(&(record.booked.insured, claim.insurance)) {
                self.aside(before, after);
                continue;
            }
            counted = true;
            let reversed = claim.reversal || undone.contains(&claim.id);
            self.record(record, before, after, reversed, inputs);
        }
        self.people += u64::from(counted);
    }

    fn record(
        &mut self,
        record: &Record,
        before: &Fate,
        after: &Fate,
        reversed: bool,
        inputs: CompareInputs<'_>,
    ) {
        if let Fate::Settled(settled) = before {
            self.base(&record.booked.payers, &settled.payers);
        }
        match (before, after) {
            (Fate::Settled(before), Fate::Settled(after)) => {
                self.both(record, before, after, reversed, inputs);
            }
            (Fate::Settled(other), Fate::Stopped(why)) => {
                self.stop(Under::Draft, why, record, other.payers.fund_total());
            }
            (Fate::Stopped(why), Fate::Settled(other)) => {
                self.stop(Under::Current, why, record, other.payers.fund_total());
            }
            (Fate::Stopped(_), Fate::Stopped(why)) => {
                self.stop(Under::Both, why, record, Fen::ZERO);
            }
        }
    }

    fn base(&mut self, booked: &Payers, replayed: &Payers) {
        let wide = |fen: Fen| i128::from(fen.get());
        self.baseline.records += 1;
        self.baseline.differing += u64::from(booked != replayed);
        self.baseline.booked_fund_fen += wide(booked.fund_total());
        self.baseline.replayed_fund_fen += wide(replayed.fund_total());
        self.baseline.booked_person_fen += wide(booked.person_total());
        self.baseline.replayed_person_fen += wide(replayed.person_total());
    }

    fn aside(&mut self, before: &Fate, after: &Fate) {
        let (Fate::Settled(before), Fate::Settled(after)) = (before, after) else { return };
        if before.payers != after.payers {
            let change = |before: Fen, after: Fen| i128::from((after - before).get());
            let (before, after) = (&before.payers, &after.payers);
            self.elsewhere.records += 1;
            self.elsewhere.fund_change_fen += change(before.fund_total(), after.fund_total());
            self.elsewhere.person_change_fen += change(before.person_total(), after.person_total());
        }
    }

    fn both(
        &mut self,
        record: &Record,
        before: &Settled,
        after: &Settled,
        reversed: bool,
        inputs: CompareInputs<'_>,
    ) {
        let (claim, booked) = (&record.priced.claim, &record.booked);
        let turn = if reversed { Turn::Reversed } else { Turn::of(&before.payers, &after.payers) };
        let fee = before.charges.total();
        let group = claim.person_type.as_str().get(..2).unwrap_or_default().to_owned();
        let served = (booked.insured, claim.insurance);
        for change in [
            &mut self.total,
            self.regions.entry(served).or_default(),
            self.levels.entry(Reverse(booked.level.tier())).or_default(),
            self.persons.entry(group).or_default(),
            self.care.entry((claim.med_type.kind(), booked.scope)).or_default(),
        ] {
            change.add(turn, fee, &before.payers, &after.payers);
        }
        self.payers.add(&before.payers, &after.payers);
        if !matches!(turn, Turn::Same | Turn::Reversed) {
            self.rank(record, before, after, inputs);
        }
    }

    /// Keeps the claim if it is among those that change most.
    fn rank(
        &mut self,
        record: &Record,
        before: &Settled,
        after: &Settled,
        inputs: CompareInputs<'_>,
    ) {
        let (old, new) = (&before.payers, &after.payers);
        let person = (new.person_total() - old.person_total()).abs();
        let fund = (new.fund_total() - old.fund_total()).abs();
        let rank = (Reverse(person), Reverse(fund), record.priced.claim.id);
        let at = self.claims.partition_point(|(other, _)| *other < rank);
        if at < inputs.selection.top {
            let line = claim_line(record, before, after, inputs);
            self.claims.insert(at, (rank, line));
            self.claims.truncate(inputs.selection.top);
        }
    }

    fn stop(&mut self, under: Under, why: &Finding, record: &Record, fund: Fen) {
        let claim = &record.priced.claim;
        let one = Stopped {
            records: 1,
            fee: i128::from(claim.declared_total().get()),
            fund: i128::from(fund.get()),
            example: claim.id,
            says: says(why),
        };
        self.stopped.entry((under, why.code)).and_modify(|all| all.merge(&one)).or_insert(one);
    }

    /// Adds a bucket. `top` is how many claims are kept.
    pub fn merge(&mut self, other: Compared, top: usize) {
        self.people += other.people;
        self.payers.merge(&other.payers);
        self.total.merge(&other.total);
        merge(&mut self.regions, other.regions);
        merge(&mut self.levels, other.levels);
        merge(&mut self.persons, other.persons);
        merge(&mut self.care, other.care);
        for (key, one) in other.stopped {
            self.stopped.entry(key).and_modify(|all| all.merge(&one)).or_insert(one);
        }
        self.claims.extend(other.claims);
        self.claims.sort_by_key(|(rank, _)| *rank);
        self.claims.truncate(top);
        let (all, more) = (&mut self.baseline, &other.baseline);
        all.records += more.records;
        all.differing += more.differing;
        all.booked_fund_fen += more.booked_fund_fen;
        all.replayed_fund_fen += more.replayed_fund_fen;
        all.booked_person_fen += more.booked_person_fen;
        all.replayed_person_fen += more.replayed_person_fen;
        all.lost += more.lost;
        self.elsewhere.records += other.elsewhere.records;
        self.elsewhere.fund_change_fen += other.elsewhere.fund_change_fen;
        self.elsewhere.person_change_fen += other.elsewhere.person_change_fen;
    }
}

fn merge<K: Ord>(all: &mut BTreeMap<K, Change>, more: BTreeMap<K, Change>) {
    for (key, change) in more {
        all.entry(key).or_default().merge(&change);
    }
}

impl Stopped {
    fn merge(&mut self, other: &Stopped) {
        self.records += other.records;
        self.fee += other.fee;
        self.fund += other.fund;
        if other.example < self.example {
            self.example = other.example;
            self.says.clone_from(&other.says);
        }
    }
}

/// What a finding says beyond the meaning of its code.
fn says(finding: &Finding) -> String {
    let mut text = finding.field.clone();
    if !finding.found.is_empty() {
        text.push_str(&format!(" is {}", finding.found));
    }
    if !finding.expected.is_empty() {
        text.push_str(&format!(", expected {}", finding.expected));
    }
    text
}

fn claim_line(
    record: &Record,
    before: &Settled,
    after: &Settled,
    inputs: CompareInputs<'_>,
) -> ClaimLine {
    let (claim, booked): (&Claim, _) = (&record.priced.claim, &record.booked);
    let wide = |fen: Fen| i128::from(fen.get());
    ClaimLine {
        setl_id: claim.id.to_string(),
        psn_pseudonym: inputs.pseudonyms.region(booked.insured).of(before.person_key),
        region: booked.insured.to_string(),
        insurance: claim.insurance.to_string(),
        care_kind: claim.med_type.kind().key(),
        care_label: claim.med_type.kind().label(),
        care_region: booked.care.to_string(),
        scope: booked.scope.key(),
        level: booked.level.label(),
        settled_at: claim.settled_at.to_string(),
        fee_fen: wide(before.charges.total()),
        fund_before_fen: wide(before.payers.fund_total()),
        fund_after_fen: wide(after.payers.fund_total()),
        person_before_fen: wide(before.payers.person_total()),
        person_after_fen: wide(after.payers.person_total()),
        step: first_difference(&before.steps, &after.steps, inputs.books),
    }
}

impl Compared {
    pub fn total(&self) -> Group {
        Group::new("all".to_owned(), "合计".to_owned(), self.total)
    }

    /// `name` says how a region is called.
    pub fn regions(&self, name: impl Fn(InsuredRegion) -> String) -> Vec<Group> {
        let group = |((region, insurance), change): (&Served, &Change)| {
            let label = format!("{} {}", name(*region), insurance.name());
            Group::new(format!("{region}/{insurance}"), label, *change)
        };
        self.regions.iter().map(group).collect()
    }

    pub fn levels(&self) -> Vec<Group> {
        let label = |tier| match tier {
            3 => "三级 tertiary",
            2 => "二级 secondary",
            1 => "一级 primary",
            _ => "未定级 ungraded",
        };
        let groups = self.levels.iter();
        groups.map(|(tier, c)| Group::new(tier.0.to_string(), label(tier.0).into(), *c)).collect()
    }

    pub fn person_types(&self) -> Vec<Group> {
        let label = |group: &str| match group {
            "11" => "在职 employed",
            "12" => "退休 retired",
            "13" => "离休 retired veteran cadre",
            "14" => "居民（未成年） resident, minor",
            "15" => "居民（成年） resident, adult",
            "16" => "居民（老年） resident, aged",
            _ => "",
        };
        self.persons.iter().map(|(k, c)| Group::new(k.clone(), label(k).into(), *c)).collect()
    }

    pub fn care(&self) -> Vec<Group> {
        let group = |((kind, scope), change): (&(CareKind, Scope), &Change)| {
            let label = format!("{} · {}", kind.label(), scope.label());
            Group::new(format!("{}/{}", kind.key(), scope.key()), label, *change)
        };
        self.care.iter().map(group).collect()
    }

    pub fn stopped(&self) -> Vec<StoppedLine> {
        let line = |((under, code), stopped): (&(Under, Code), &Stopped)| StoppedLine {
            under: match under {
                Under::Current => "current",
                Under::Draft => "draft",
                Under::Both => "both",
            },
            outcome: outcome_key(worst(&[Finding::new(*code)]).unwrap_or(Outcome::Hold)),
            code: code.text(),
            chinese: code.chinese(),
            meaning: code.meaning(),
            records: stopped.records,
            fee_fen: stopped.fee,
            fund_fen: stopped.fund,
            example: stopped.example.to_string(),
            says: stopped.says.clone(),
        };
        self.stopped.iter().map(line).collect()
    }

    pub fn claims(self) -> Vec<ClaimLine> {
        self.claims.into_iter().map(|(_, line)| line).collect()
    }
}
