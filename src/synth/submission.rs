//! One submission: its claims one by one, straight to its files, then the manifest. A refused one
//! is spoilt at the end.

use std::path::Path;

use super::claim::Claim;
use super::error::SynthError;
use super::institutions::Institution;
use super::lines::{Line, Sums};
use super::people_files::PeopleRows;
use super::plan::Plan;
use super::roles::{Kind, Refusal, Role, Target};
use super::row::{Rows, civil, push_number};
use super::sink::{PIECE, Sink};
use super::slots::Slot;
use super::truth::{Outcome, Planted, Tally, note};
use crate::calendar::Date;
use crate::claim::Code;
use crate::codes::fields;
use crate::money::Fen;
use crate::wire::{fee, settlement};

mod manifest;
mod settlement_row;

use settlement_row::SettlementRow;

/// What one submission leaves besides its files.
#[derive(Debug, Default)]
pub struct Made {
    pub tally: Tally,
    /// Rows of `planted.csv`.
    pub planted: Rows,
    /// Enrolment and filing rows of people who exist for one claim.
    pub people: PeopleRows,
}

/// Makes the submission of `institution` on `night` below `inbox`.
///
/// # Errors
/// I/O.
pub fn make(
    plan: &Plan,
    night: u32,
    institution: usize,
    inbox: &Path,
    compress: bool,
) -> Result<Made, SynthError> {
    let (Some(of_night), Some(sender)) =
        (plan.nights.get(night as usize), plan.institutions.get(institution))
    else {
        return Ok(Made::default());
    };
    let folder = inbox.join(format!("{}-{}-1", sender.code, compact(of_night.day)));
    std::fs::create_dir_all(&folder).map_err(SynthError::io("create", &folder))?;
    let mut work = Work {
        plan,
        sender,
        day: of_night.day,
        refusal: of_night.refusal(institution),
        settlements: Sink::create(&folder, "settlements", compress)?,
        fees: Sink::create(&folder, "fees", compress)?,
        settlement_rows: Rows::with_header(&settlement_header()),
        fee_rows: Rows::with_header(&fee_header()),
        made: Made::default(),
    };
    for index in 0..of_night.count(institution) {
        work.slot(Slot { night, institution, index })?;
    }
    work.close(&folder)
}

/// `20260310`.
fn compact(day: Date) -> String {
    let (year, month, day) = civil(day);
    format!("{year:04}{month:02}{day:02}")
}

/// All required columns, and the four parts of the fee.
fn settlement_header() -> Vec<&'static str> {
    let parts = [
        fields::FULAMT_OWNPAY_AMT,
        fields::OVERLMT_SELFPAY,
        fields::PRESELFPAY_AMT,
        fields::INSCP_SCP_AMT,
    ];
    settlement::COLUMNS.required.iter().chain(&parts).copied().collect()
}

fn fee_header() -> Vec<&'static str> {
    fee::COLUMNS.required.iter().chain(&[fields::LMT_USED_FLAG]).copied().collect()
}

struct Work<'p> {
    plan: &'p Plan,
    sender: &'p Institution,
    day: Date,
    refusal: Option<Refusal>,
    settlements: Sink,
    fees: Sink,
    settlement_rows: Rows,
    fee_rows: Rows,
    made: Made,
}

impl Work<'_> {
    fn slot(&mut self, slot: Slot) -> Result<(), SynthError> {
        match self.plan.role(slot) {
            Role::Reversal(target) => self.reversal(slot, target),
            role => self.claim(slot, role),
        }
        if self.settlement_rows.len() >= PIECE {
            self.settlements.write(self.settlement_rows.bytes())?;
            self.settlement_rows.clear();
        }
        if self.fee_rows.len() >= PIECE {
            self.fees.write(self.fee_rows.bytes())?;
            self.fee_rows.clear();
        }
        Ok(())
    }

    fn claim(&mut self, slot: Slot, role: Role) {
        let claim = self.plan.claim(slot, role);
        let id = settlement_id(self.sender, self.day, slot.index);
        let visit = visit_id(self.sender, self.day, slot.index);
        let silent = role == Role::Planted(Kind::ClaimWithoutLines);
        let (plan, rows, tally) = (self.plan, &mut self.fee_rows, &mut self.made.tally);
        let sums = plan.lines(&claim, |line| {
            if !silent {
                fee_row(rows, &id, &visit, &claim, line);
                tally.lines += 1;
                tally.line_fee += i128::from(line.amounts.amount.get());
            }
        });
        let row = SettlementRow::of(&claim, self.sender, &id, &visit, &sums);
        self.write(&row);
        match role {
            Role::Planted(kind) => self.planted(kind, &claim, &row),
            Role::LateFiled => self.late(&claim, &id),
            Role::Unfiled => self.unfiled(&claim, &id),
            Role::Emergency => self.note(&id, "emergency", Outcome::Settled, None),
            Role::Plain | Role::Reversal(_) => {}
        }
        if let Some(refusal) = self.refusal {
            let (kind, code) = refusal.expected();
            self.note(&id, kind, Outcome::Refused, Some(code));
        }
    }

    fn reversal(&mut self, slot: Slot, target: Target) {
        let original = Slot { night: target.night, index: target.index, ..slot };
        let of = self.plan.nights.get(target.night as usize).map_or(self.day, |night| night.day);
        let claim = self.plan.claim(original, Role::Plain);
        let sums = self.plan.lines(&claim, |_| {});
        let undone = settlement_id(self.sender, of, target.index);
        let visit = visit_id(self.sender, of, target.index);
        let id = settlement_id(self.sender, self.day, slot.index);
        let mut row = SettlementRow::of(&claim, self.sender, &undone, &visit, &sums);
        row.reverse(&id, self.day);
        self.write(&row);
        self.made.tally.reversals += 1;
        let kind =
            if target.night == slot.night { "reversal" } else { "reversal_of_earlier_night" };
        self.note(&id, kind, Outcome::Settled, None);
    }

    fn write(&mut self, row: &SettlementRow<'_>) {
        row.write(&mut self.settlement_rows);
        self.made.tally.rows += 1;
        self.made.tally.fee += i128::from(row.total.get());
    }

    /// Records what was planted, and adds the second row or the line that some kinds need.
    fn planted(&mut self, kind: Kind, claim: &Claim, row: &SettlementRow<'_>) {
        let (name, code) = kind.expected();
        let outcome = Outcome::of(code);
        match kind {
            Kind::LineWithoutClaim => self.stray_line(claim, row),
            Kind::RowTwice => {
                self.write(row);
                self.note(&row.id, name, outcome, code);
            }
            Kind::SameIdDiffers => {
                self.note(&row.id, name, outcome, code);
                let mut other = row.clone();
                other.second += 1;
                self.write(&other);
                self.note(&row.id, name, outcome, code);
            }
            _ => self.note(&row.id, name, outcome, code),
        }
    }

    /// A line that names a settlement which nobody sent.
    fn stray_line(&mut self, claim: &Claim, row: &SettlementRow<'_>) {
        let mut id = row.id.clone();
        if let Some(first) = id.first_mut() {
            *first = b'X';
        }
        let plan = self.plan;
        let mut one = claim.clone();
        one.lines = 1;
        let rows = &mut self.fee_rows;
        let sums = plan.lines(&one, |line| fee_row(rows, &id, &row.visit, claim, line));
        self.made.tally.lines += 1;
        self.made.tally.line_fee += i128::from(sums.total.get());
        let (kind, code) = Kind::LineWithoutClaim.expected();
        let line = self.made.tally.lines + 1;
        self.note_at(&id, line, kind, Outcome::of(code), code);
    }

    fn late(&mut self, claim: &Claim, id: &[u8]) {
        let Some(late) = claim.late else { return };
        let people = &mut self.made.people;
        people.enrolled(&claim.person);
        people.filed_late(&claim.person, self.sender.pool().code, late.reason, late.on);
        self.made.tally.people_once += 1;
        self.note(id, &format!("late_filed_{}", late.class), Outcome::Settled, None);
    }

    fn unfiled(&mut self, claim: &Claim, id: &[u8]) {
        let code = (!claim.settles_unfiled).then_some(Code::NotFiled);
        self.note(id, "unfiled", Outcome::of(code), code);
    }

    /// A row of the truth about the settlement written last.
    fn note(&mut self, id: &[u8], kind: &str, outcome: Outcome, code: Option<Code>) {
        // The header is line 1.
        let line = self.made.tally.rows + 1;
        self.note_at(id, line, kind, outcome, code);
    }

    fn note_at(&mut self, id: &[u8], line: u64, kind: &str, outcome: Outcome, code: Option<Code>) {
        let planted = Planted {
            day: self.day,
            institution: &self.sender.code,
            settlement_id: id,
            line,
            kind,
            outcome,
            code,
        };
        note(&mut self.made.planted, &mut self.made.tally, &planted);
    }

    fn close(mut self, folder: &Path) -> Result<Made, SynthError> {
        self.settlements.write(self.settlement_rows.bytes())?;
        self.fees.write(self.fee_rows.bytes())?;
        let settlements = self.settlements.close()?;
        let fees = self.fees.close()?;
        self.made.tally.submissions = 1;
        let tally = &self.made.tally;
        manifest::write(folder, self.sender, self.day, tally, settlements, fees, self.refusal)?;
        Ok(self.made)
    }
}

/// Unique for the institution, day and place: 27 digits.
fn settlement_id(sender: &Institution, day: Date, index: u64) -> Vec<u8> {
    let mut id = sender.digits().as_bytes().to_vec();
    id.extend_from_slice(compact(day).as_bytes());
    push_number(&mut id, index + 1, 8);
    id
}

fn visit_id(sender: &Institution, day: Date, index: u64) -> Vec<u8> {
    let mut id = b"JZ".to_vec();
    id.extend_from_slice(&settlement_id(sender, day, index));
    id
}

fn fee_row(rows: &mut Rows, id: &[u8], visit: &[u8], claim: &Claim, line: &Line<'_>) {
    rows.ascii(id);
    rows.number(u64::from(line.number));
    rows.ascii(visit);
    rows.text(&claim.number);
    rows.text(claim.med_type);
    rows.moment(line.day, line.second);
    rows.text(line.code);
    rows.digits(line.item as u64, 6);
    rows.fen(line.amounts.amount);
    rows.scaled(line.amounts.count, 4, 0);
    rows.scaled(line.amounts.price, 6, 2);
    rows.text(if line.amounts.outside_restriction { "1" } else { "0" });
    rows.end();
}

/// What the declared parts of a claim are.
fn parts(sums: &Sums) -> [Fen; 4] {
    let charges = sums.charges;
    [charges.full_self_pay, charges.over_limit, charges.pre_self_pay, charges.in_scope]
}
