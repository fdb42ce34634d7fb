//! Gathers what the summary of a run says.

use std::collections::BTreeMap;
use std::path::Path;

use crate::calendar::Date;
use crate::claim::{NotSettled, RefusedSubmission};
use crate::clear::Clearing;
use crate::codes::{AdmDiv, Fund};
use crate::reference::Reference;
use crate::report::summary::{RegionLine, RunSummary};

use super::outcome::{Count, RunTotals};
use super::pipeline::Pipeline;

/// What a summary is made from.
pub struct SummaryInputs<'a> {
    pub run_id: &'a str,
    pub date: Date,
    pub pipeline: &'a Pipeline,
    pub reference: &'a Reference,
    pub totals: &'a RunTotals,
    pub clearing: &'a Clearing,
    pub not_settled: &'a [NotSettled],
    pub refused: &'a [RefusedSubmission],
    pub accepted: usize,
    pub store: &'a Path,
}

/// The summary of a night. Its exit code is 0, or 3 when people must look at something.
pub fn summarise(inputs: &SummaryInputs<'_>) -> RunSummary {
    let totals = inputs.totals;
    let row = |label: &str, count: &Count| (label.to_owned(), count.records, count.fee_fen);
    let mut counts = vec![
        row("received 收到", &totals.received),
        row("settled 结算", &totals.settled),
        row("rejected 退回", &totals.rejected),
        row("held 挂起", &totals.held),
    ];
    if totals.held_before.records > 0 {
        counts.push(row("of the received: held before 前次挂起", &totals.held_before));
    }
    if totals.refused.records > 0 || !inputs.refused.is_empty() {
        counts.push(row("refused 整批拒收 (as declared)", &totals.refused));
    }
    let mut payers: Vec<(String, i128)> = Fund::ALL
        .iter()
        .map(|fund| {
            let amount = totals.funds_fen.get(fund.field()).copied().unwrap_or(0);
            (format!("{} {}", fund.field(), fund.label()), amount)
        })
        .filter(|(_, amount)| *amount != 0)
        .collect();
    payers.extend([
        ("acct_pay 个人账户".to_owned(), totals.account_fen),
        ("psn_cash_pay 个人现金".to_owned(), totals.cash_fen),
        ("hosp_part_amt 医院负担".to_owned(), totals.institution_fen),
    ]);
    let attention = totals.differing > 0
        || totals.held.records > 0
        || totals.rejected.records > 0
        || !inputs.refused.is_empty();
    RunSummary {
        run_id: inputs.run_id.to_owned(),
        date: inputs.date.to_string(),
        pipeline: inputs.pipeline.name.clone(),
        exit_code: if attention { 3 } else { 0 },
        submissions_accepted: inputs.accepted,
        submissions_refused: inputs.refused.len(),
        counts,
        reversals: totals.reversals,
        lines: totals.lines,
        differing: totals.differing,
        payers,
        regions: regions(inputs),
        findings: findings(inputs),
        store: "outbox/REGION/RUN (files per region), tables/v1 (Parquet), runs/RUN/manifest.json"
            .to_owned(),
    }
}

fn regions(inputs: &SummaryInputs<'_>) -> Vec<RegionLine> {
    let mut lines: BTreeMap<AdmDiv, RegionLine> = BTreeMap::new();
    for (pair, voucher) in &inputs.clearing.payable {
        let line = lines.entry(pair.insured.0).or_default();
        line.payable_records += voucher.settlements + voucher.reversals;
        line.payable += voucher.total();
        let line = lines.entry(pair.care.0).or_default();
        line.receivable_records += voucher.settlements + voucher.reversals;
        line.receivable += voucher.total();
    }
    for (pay, voucher) in &inputs.clearing.pay_list {
        lines.entry(pay.care.0).or_default().to_institutions += voucher.total();
    }
    lines
        .into_iter()
        .map(|(region, line)| RegionLine {
            code: region.to_string(),
            name: inputs.reference.regions.name(region),
            ..line
        })
        .collect()
}

/// Records by their first finding.
fn findings(inputs: &SummaryInputs<'_>) -> Vec<(String, String, u64)> {
    let mut counts: BTreeMap<crate::claim::Code, u64> = BTreeMap::new();
    let first = inputs.not_settled.iter().filter_map(|record| record.findings.first());
    for finding in first.chain(inputs.refused.iter().filter_map(|r| r.findings.first())) {
        *counts.entry(finding.code).or_default() += 1;
    }
    counts
        .into_iter()
        .map(|(code, count)| {
            let words = format!("{} {}", code.chinese(), code.meaning());
            (code.text().to_owned(), words, count)
        })
        .collect()
}
