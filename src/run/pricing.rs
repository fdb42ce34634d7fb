//! Price phase: submissions to priced claims, in parallel over parts of the night.
//!
//! A submission is believed only when all of it was read and its digest, rows and control totals agree: until then its claims wait in
//! memory and its lines in batches. What one submission holds is the bound on memory, besides the catalogue.

use std::collections::{HashMap, HashSet};

use csv::ByteRecord;

use crate::claim::{
    Claim, Code, Finding, NotSettled, Origin, Outcome, PricedClaim, RefusedSubmission,
};
use crate::codes::{CareRegion, InsuranceClass, SettlementId, fields};
use crate::ingest::manifest::FileClaim;
use crate::ingest::table::TableFile;
use crate::price::{amount_agrees, price_times_count, split_line};
use crate::reference::{PlaceCatalogue, Reference};
use crate::store::line_table::{LineRow, LineTable};
use crate::validate::check_settlement;
use crate::wire::fee::{self, FeeLine, FeeReader};
use crate::wire::settlement::{self, SettlementReader};

use super::intake::{Submission, refusal};
use super::pipeline::Pipeline;

/// Findings of one record beyond this are counted, not listed.
const MAX_FINDINGS: usize = 100;
/// Lines per batch of the priced-line table.
pub const LINE_BATCH: usize = 65_536;

/// What pricing reads besides the submission.
#[derive(Clone, Copy)]
pub struct PriceInputs<'a> {
    pub reference: &'a Reference,
    pub pipeline: &'a Pipeline,
}

/// A submission that was read and agrees with its manifest.
pub struct PricedSubmission {
    pub claims: Vec<PricedClaim>,
    /// Rows that could not be read, and lines that belong to no claim.
    pub not_settled: Vec<NotSettled>,
    pub lines: u64,
}

/// Takes batches of priced lines as they fill; told at the end whether to keep them.
pub trait LineSink {
    /// # Errors
    /// I/O of whatever keeps the lines.
    fn batch(&mut self, lines: &mut LineTable) -> Result<(), super::RunError>;
}

/// Reads and prices one submission.
///
/// # Errors
/// The inner error refuses the submission; the outer one stops the run.
pub fn price_submission(
    submission: &Submission,
    inputs: PriceInputs<'_>,
    lines: &mut LineTable,
    sink: &mut impl LineSink,
) -> Result<Result<PricedSubmission, RefusedSubmission>, super::RunError> {
    let manifest = &submission.manifest;
    let refuse = |findings| Ok(Err(refusal(submission, findings)));
    let institution = inputs.reference.institutions.get(manifest.institution);
    if institution.and_then(|i| i.on(manifest.period)).is_none() {
        return refuse(vec![
            Finding::new(Code::InstitutionUnknown)
                .field(fields::FIXMEDINS_CODE)
                .found(manifest.institution)
                .expected(format!("an institution registered on {}", manifest.period)),
        ]);
    }
    let mut work = Work::new(submission, inputs);
    let findings = work.settlements();
    if !findings.is_empty() {
        return refuse(findings);
    }
    let findings = work.fees(lines, sink)?;
    if !findings.is_empty() {
        return refuse(findings);
    }
    Ok(Ok(work.finish()))
}

/// What pricing a claim's lines needs.
struct ClaimContext<'a> {
    insurance: InsuranceClass,
    tier: u8,
    place: PlaceCatalogue<'a>,
}

struct Work<'a> {
    submission: &'a Submission,
    label: String,
    inputs: PriceInputs<'a>,
    claims: Vec<PricedClaim>,
    contexts: Vec<ClaimContext<'a>>,
    by_id: HashMap<SettlementId, usize>,
    /// Second copies of an id: (claim, first claim).
    copies: Vec<(usize, usize)>,
    /// Ids of rows that could not be read: their lines go back with them.
    unreadable: HashSet<String>,
    not_settled: Vec<NotSettled>,
    /// Claims by visit, made when a line first lacks its settlement id.
    by_visit: Option<HashMap<Vec<u8>, Vec<usize>>>,
    /// (claim, hash of the line number, line) of every line, to find repeats.
    line_numbers: Vec<(usize, u64, u32)>,
    lines: u64,
}

impl<'a> Work<'a> {
    fn new(submission: &'a Submission, inputs: PriceInputs<'a>) -> Work<'a> {
        Work {
            submission,
            label: submission.label(),
            inputs,
            claims: Vec::new(),
            contexts: Vec::new(),
            by_id: HashMap::new(),
            copies: Vec::new(),
            unreadable: HashSet::new(),
            not_settled: Vec::new(),
            by_visit: None,
            line_numbers: Vec::new(),
            lines: 0,
        }
    }

    /// Reads `settlements`; gives findings that refuse the submission.
    fn settlements(&mut self) -> Vec<Finding> {
        let file = &self.submission.manifest.settlements;
        let opened = TableFile::open(&self.submission.path, file, settlement::COLUMNS);
        let (mut table, map) = match opened {
            Ok(open) => (open.table, open.map),
            Err(findings) => return findings,
        };
        let reader = SettlementReader {
            map,
            file: &file.name,
            local_med_types: &self.inputs.pipeline.local_med_types,
        };
        let mut row = ByteRecord::new();
        let mut total = Some(0i128);
        while let Some(line) = table.next(&mut row) {
            let origin = Origin { submission: self.submission.index, line };
            let fee = reader.fee(&row).map(|fee| i128::from(fee.get()));
            total = total.zip(fee).map(|(sum, fee)| sum + fee);
            if self.submission.only.as_ref().is_some_and(|only| !only.contains(&line)) {
                continue;
            }
            match reader.claim(&row, origin) {
                Ok(claim) => self.add_claim(claim),
                Err(unreadable) => {
                    if !unreadable.settlement_id.is_empty() {
                        self.unreadable.insert(unreadable.settlement_id.clone());
                    }
                    self.not_settled.push(NotSettled {
                        institution: self.submission.manifest.institution,
                        origin,
                        settlement_id: unreadable.settlement_id,
                        fee: unreadable.fee,
                        is_line: false,
                        outcome: Outcome::Reject,
                        findings: unreadable.findings,
                    });
                }
            }
        }
        finish(table, file, fields::MEDFEE_SUMAMT, total)
    }

    fn add_claim(&mut self, claim: Claim) {
        let mut findings = Vec::new();
        let file = &self.submission.manifest.settlements.name;
        let manifest = &self.submission.manifest;
        if claim.institution != manifest.institution {
            findings.push(
                Finding::new(Code::WrongInstitution)
                    .at(file, claim.origin.line)
                    .field(fields::FIXMEDINS_CODE)
                    .found(claim.institution)
                    .expected(manifest.institution),
            );
        }
        if !claim.reversal && claim.settled_at.date() < claim.begin {
            findings.push(
                Finding::new(Code::OrderOdd)
                    .at(file, claim.origin.line)
                    .field(fields::SETL_TIME)
                    .found(claim.settled_at)
                    .expected(format!("{} or later", claim.begin)),
            );
        }
        let index = self.claims.len();
        match self.by_id.entry(claim.id) {
            std::collections::hash_map::Entry::Occupied(first) => {
                self.copies.push((index, *first.get()));
            }
            std::collections::hash_map::Entry::Vacant(entry) => {
                entry.insert(index);
            }
        }
        self.contexts.push(self.context(&claim));
        self.claims.push(PricedClaim { claim, findings, ..PricedClaim::default() });
    }

    fn context(&self, claim: &Claim) -> ClaimContext<'a> {
        let reference = self.inputs.reference;
        let registered =
            reference.institutions.get(claim.institution).and_then(|i| i.on(claim.begin));
        let division = registered.map_or(claim.care_div, |(division, _)| division);
        let care = reference.regions.pool(division, claim.begin).unwrap_or(division);
        ClaimContext {
            insurance: claim.insurance.class(),
            tier: registered.map_or(0, |(_, level)| level.tier()),
            place: reference.catalogues.of(CareRegion(care)),
        }
    }

    /// Reads and prices `fees`; gives findings that refuse the submission.
    fn fees(
        &mut self,
        lines: &mut LineTable,
        sink: &mut impl LineSink,
    ) -> Result<Vec<Finding>, super::RunError> {
        let file = &self.submission.manifest.fees;
        let (mut table, map) = match TableFile::open(&self.submission.path, file, fee::COLUMNS) {
            Ok(open) => (open.table, open.map),
            Err(findings) => return Ok(findings),
        };
        let reader = FeeReader { map, file: &file.name };
        let mut row = ByteRecord::new();
        let mut total = Some(0i128);
        let mut current: Option<(SettlementId, usize)> = None;
        while let Some(number) = table.next(&mut row) {
            let amount = reader.amount(&row).map(|amount| i128::from(amount.get()));
            total = total.zip(amount).map(|(sum, amount)| sum + amount);
            let id = reader.settlement_id(&row);
            let claim = match current {
                Some((known, claim)) if known.as_str().as_bytes() == id => Some(claim),
                _ => self.find_claim(&reader, &row, number),
            };
            if claim.is_some() || self.submission.only.is_none() {
                self.lines += 1;
            }
            let Some(claim) = claim else { continue };
            current = Some((self.claims[claim].claim.id, claim));
            match reader.line(&row, number) {
                Ok(line) => self.line(claim, &line, number, lines),
                Err(findings) => self.add_findings(claim, findings),
            }
            if lines.len() >= LINE_BATCH {
                sink.batch(lines)?;
            }
        }
        Ok(finish(table, file, fields::DET_ITEM_FEE_SUMAMT, total))
    }

    /// The claim of a line by settlement id, or by visit where that names one. A line without a claim is a record of its own.
    fn find_claim(&mut self, reader: &FeeReader<'_>, row: &ByteRecord, line: u32) -> Option<usize> {
        let id = reader.settlement_id(row);
        let text = std::str::from_utf8(id).unwrap_or("\u{fffd}");
        let code = if id.is_empty() {
            let partly = self.submission.only.is_some();
            match self.by_visit(reader.visit(row)) {
                [one] => return Some(*one),
                [] if partly => return None,
                [] => Code::LineWithoutClaim,
                _ => Code::VisitAmbiguous,
            }
        } else {
            let known = SettlementId::new(text).and_then(|id| self.by_id.get(&id).copied());
            // Of a submission that comes again for some records, the other lines are done.
            if known.is_some() || self.submission.only.is_some() {
                return known;
            }
            if self.unreadable.contains(text) {
                return None;
            }
            Code::LineWithoutClaim
        };
        let finding = Finding::new(code)
            .at(reader.file, line)
            .field(if id.is_empty() { fields::MDTRT_ID } else { fields::SETL_ID })
            .found(if id.is_empty() {
                String::from_utf8_lossy(reader.visit(row))
            } else {
                text.into()
            })
            .expected("a settlement of the same submission");
        self.not_settled.push(NotSettled {
            institution: self.submission.manifest.institution,
            origin: Origin { submission: self.submission.index, line },
            settlement_id: text.to_owned(),
            fee: reader.amount(row).unwrap_or_default(),
            is_line: true,
            outcome: Outcome::Reject,
            findings: vec![finding],
        });
        None
    }

    /// Settlements of a visit; where there are several, those that are not reversed in this submission.
    fn by_visit(&mut self, visit: &[u8]) -> &[usize] {
        let claims = &self.claims;
        let map = self.by_visit.get_or_insert_with(|| {
            let mut map: HashMap<Vec<u8>, Vec<usize>> = HashMap::new();
            for (index, priced) in claims.iter().enumerate().filter(|(_, c)| !c.claim.reversal) {
                let visit = priced.claim.visit.as_str().as_bytes().to_vec();
                map.entry(visit).or_default().push(index);
            }
            let reversed: HashSet<SettlementId> =
                claims.iter().filter(|c| c.claim.reversal).map(|c| c.claim.original).collect();
            for settlements in map.values_mut().filter(|settlements| settlements.len() > 1) {
                settlements.retain(|index| !reversed.contains(&claims[*index].claim.id));
            }
            map
        });
        map.get(visit).map_or(&[], Vec::as_slice)
    }

    fn line(&mut self, index: usize, line: &FeeLine<'_>, number: u32, table: &mut LineTable) {
        let file = &self.submission.manifest.fees.name;
        let (claim, context) = (&self.claims[index].claim, &self.contexts[index]);
        if claim.reversal {
            return;
        }
        let at = |code| Finding::new(code).at(file, number);
        let mut findings = Vec::new();
        if line.person_no != claim.person_no.as_str().as_bytes() {
            findings.push(at(Code::LinePersonDiffers).field(fields::PSN_NO));
        }
        if line.visit != claim.visit.as_str().as_bytes() {
            findings.push(at(Code::LinePersonDiffers).field(fields::MDTRT_ID));
        }
        if !amount_agrees(&line.amounts, self.inputs.pipeline.line_tolerance) {
            let product = price_times_count(line.amounts.price, line.amounts.count);
            findings.push(
                at(Code::LineAmountDiffers)
                    .field(fields::DET_ITEM_FEE_SUMAMT)
                    .found(line.amounts.amount)
                    .expected(product.map_or_else(String::new, |fen| fen.to_string())),
            );
        }
        let day = line.time.date();
        if day > claim.settled_at.date()
            && !self.claims[index].findings.iter().any(|f| f.code == Code::OrderOdd)
        {
            findings.push(at(Code::OrderOdd).field(fields::FEE_OCUR_TIME).found(line.time));
        }
        let hash = fixed_hash(line.line_no.as_bytes());
        self.line_numbers.push((index, hash, number));
        match context.place.get(line.item.as_bytes(), day) {
            Some(item) => {
                let split = split_line(&line.amounts, item, context.insurance, context.tier);
                table.push(&LineRow {
                    submission: &self.label,
                    settlement_id: claim.id.as_str(),
                    line_no: line.line_no,
                    time: line.time,
                    item: line.item,
                    amounts: &line.amounts,
                    split: &split,
                    source_line: number,
                });
                let priced = &mut self.claims[index];
                priced.lines += 1;
                match priced.charges.checked_add(&split.charges) {
                    Some(sum) => priced.charges = sum,
                    None => findings.push(at(Code::AmountTooLarge)),
                }
            }
            None if context.place.is_loaded() => {
                self.claims[index].lines += 1;
                findings.push(
                    at(Code::ItemUnknown)
                        .field(fields::MED_LIST_CODG)
                        .found(line.item)
                        .expected(format!("an item valid on {day}")),
                );
            }
            None => {
                self.claims[index].lines += 1;
                if !self.claims[index].findings.iter().any(|f| f.code == Code::CatalogueMissing) {
                    findings.push(at(Code::CatalogueMissing).field(fields::MDTRTAREA_ADMVS));
                }
            }
        }
        if !findings.is_empty() {
            self.add_findings(index, findings);
        }
    }

    fn add_findings(&mut self, index: usize, findings: Vec<Finding>) {
        let known = &mut self.claims[index].findings;
        for finding in findings {
            if known.len() < MAX_FINDINGS {
                known.push(finding);
            }
        }
    }

    /// Repeated line numbers inside a claim; hashes are exact enough to reject on only after comparing, so equal hashes of one
    /// claim are reported with both lines for a person to see.
    fn repeated_lines(&mut self) {
        let mut numbers = std::mem::take(&mut self.line_numbers);
        numbers.sort_unstable();
        for pair in numbers.windows(2) {
            let ((claim, hash, first), (other, same, second)) = (pair[0], pair[1]);
            if claim == other && hash == same {
                let finding = Finding::new(Code::LineRepeated)
                    .at(&self.submission.manifest.fees.name, second)
                    .field(fields::FEEDETL_SN)
                    .found(format!("also on line {first}"))
                    .expected("a number of its own");
                self.add_findings(claim, vec![finding]);
            }
        }
    }

    fn finish(mut self) -> PricedSubmission {
        self.repeated_lines();
        // A second copy has the lines of the first: whether it is equal is for the identity step to say.
        for (copy, first) in std::mem::take(&mut self.copies) {
            let source = &self.claims[first];
            let (charges, lines) = (source.charges, source.lines);
            let fees = &self.submission.manifest.fees.name;
            let of_lines = source.findings.iter().filter(|finding| finding.file == *fees);
            let findings: Vec<Finding> = of_lines.cloned().collect();
            let target = &mut self.claims[copy];
            (target.charges, target.lines) = (charges, lines);
            target.findings.extend(findings);
        }
        let file = &self.submission.manifest.settlements.name;
        for priced in &mut self.claims {
            if priced.claim.reversal {
                let mut findings = std::mem::take(&mut priced.findings);
                crate::validate::check_declared(&priced.claim, file, &mut findings);
                priced.findings = findings;
            } else {
                check_settlement(priced, file);
            }
        }
        PricedSubmission { claims: self.claims, not_settled: self.not_settled, lines: self.lines }
    }
}

/// Checks a file against its manifest. Where an amount could not be read the control total cannot be formed; the record says so itself.
fn finish(
    table: TableFile<'_>,
    claim: &FileClaim,
    field: &str,
    total: Option<i128>,
) -> Vec<Finding> {
    table.finish(field, total.unwrap_or(claim.total))
}

/// FNV-1a, 64 bits: the same on every machine.
fn fixed_hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
