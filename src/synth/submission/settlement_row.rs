//! A row of `settlements`: the claim as its institution writes it, planted errors included.

use super::parts;
use crate::calendar::Date;
use crate::money::Fen;
use crate::synth::claim::Claim;
use crate::synth::institutions::Institution;
use crate::synth::lines::Sums;
use crate::synth::roles::{Kind, Role};
use crate::synth::row::Rows;

/// A row before it is written.
#[derive(Clone)]
pub struct SettlementRow<'c> {
    claim: &'c Claim,
    sender: &'c Institution,
    pub id: Vec<u8>,
    pub visit: Vec<u8>,
    pub total: Fen,
    parts: Option<[Fen; 4]>,
    settled_on: Date,
    pub second: u32,
    /// Empty for a settlement.
    undone: Vec<u8>,
}

/// What planted wrong amounts are wrong by.
const WRONG_BY: Fen = Fen::new(150);
/// Numbers that are none.
const NO_NUMBERS: [&str; 4] = ["12.345", "1e3", "nan", "12.3O"];
const NO_DATES: [&str; 3] = ["2026-02-30", "2026 - 03 - 09", "20260309"];

impl<'c> SettlementRow<'c> {
    pub fn of(
        claim: &'c Claim,
        sender: &'c Institution,
        id: &[u8],
        visit: &[u8],
        sums: &Sums,
    ) -> SettlementRow<'c> {
        let mut row = SettlementRow {
            claim,
            sender,
            id: id.to_vec(),
            visit: visit.to_vec(),
            total: sums.total,
            parts: claim.declares_parts.then(|| parts(sums)),
            settled_on: claim.end,
            second: claim.second,
            undone: Vec::new(),
        };
        if let Role::Planted(kind) = claim.role {
            row.plant(kind);
        }
        row
    }

    fn plant(&mut self, kind: Kind) {
        match (kind, &mut self.parts) {
            (Kind::WrongTotal, _) => self.total += WRONG_BY,
            (Kind::WrongParts, Some(parts)) => parts[2] += WRONG_BY,
            (Kind::DeclaredDiffers, Some(parts)) => {
                // What leaves the largest part goes to the next one, or the last one: the sum
                // stays.
                let largest = (0..4).max_by_key(|part| parts[*part]).unwrap_or(3);
                let other = if largest == 3 { 0 } else { 3 };
                let moved = WRONG_BY.min(parts[largest]);
                parts[largest] -= moved;
                parts[other] += moved;
            }
            _ => {}
        }
    }

    /// Makes it the reversal `id`, sent on `day`.
    pub fn reverse(&mut self, id: &[u8], day: Date) {
        self.undone = std::mem::replace(&mut self.id, id.to_vec());
        self.total = -self.total;
        self.parts = self.parts.map(|parts| parts.map(|part| -part));
        self.settled_on = day;
        // Later on the same evening, or at the same hour of a later day.
        self.second += 1_200;
    }

    fn is_planted(&self, kind: Kind) -> bool {
        self.claim.role == Role::Planted(kind)
    }

    /// One of several wrong forms, by the claim's place.
    fn form<'t>(&self, forms: &[&'t str]) -> &'t str {
        let place = usize::try_from(self.claim.slot.index).unwrap_or(0) % forms.len().max(1);
        forms.get(place).copied().unwrap_or("")
    }

    pub fn write(&self, rows: &mut Rows) {
        let claim = self.claim;
        let flag = |set: bool| if set { "1" } else { "0" };
        rows.ascii(&self.id);
        rows.ascii(&self.visit);
        rows.text(&claim.number);
        rows.ascii(&claim.person.certificate);
        rows.text(claim.scheme.code());
        rows.text(claim.psn_type);
        rows.text(claim.insured_division);
        rows.text(self.sender.named);
        rows.text(&self.sender.code);
        rows.text(if self.is_planted(Kind::UnknownMedType) { "77" } else { claim.med_type });
        rows.date(claim.begin);
        if self.is_planted(Kind::BrokenDate) {
            rows.text(self.form(&NO_DATES));
        } else {
            rows.date(claim.end);
        }
        rows.moment(self.settled_on, self.second);
        rows.fen(self.total);
        rows.text(flag(!self.undone.is_empty()));
        rows.ascii(&self.undone);
        rows.text("0");
        rows.text(flag(claim.uses_account));
        rows.text(claim.disease);
        rows.text(flag(claim.rescue));
        rows.text(claim.injury);
        self.write_parts(rows);
        rows.end();
    }

    fn write_parts(&self, rows: &mut Rows) {
        for place in 0..4 {
            match self.parts {
                _ if place == 2 && self.is_planted(Kind::BrokenNumber) => {
                    rows.text(self.form(&NO_NUMBERS));
                }
                Some(parts) => rows.fen(parts[place]),
                None => rows.empty(),
            }
        }
    }
}
