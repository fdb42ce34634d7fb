//! Gathers what the summary of a run says.

use std::collections::BTreeMap;
use std::path::Path;

use crate::calendar::Date;
use crate::claim::{NotSettled, RefusedSubmission};
use crate::clear::Clearing;
use crate::codes::{AdmDiv, Fund, fields};
use crate::reference::Reference;
use crate::report::summary::{CountLine, FindingLine, PayerLine, RegionLine, RunSummary};

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
    let row = |key: &str, label: &str, count: &Count| CountLine {
        key: key.to_owned(),
        label: label.to_owned(),
        records: count.records,
        fee_fen: count.fee_fen,
    };
    let mut counts = vec![
        row("received", "收到", &totals.received),
        row("settled", "结算", &totals.settled),
        row("rejected", "退回", &totals.rejected),
        row("held", "挂起", &totals.held),
    ];
    if totals.held_before.records > 0 {
        counts.push(row("held_before", "其中前次挂起", &totals.held_before));
    }
    if totals.refused.records > 0 || !inputs.refused.is_empty() {
        counts.push(row("refused", "整批拒收 (as declared)", &totals.refused));
    }
    let payer = |field: &str, label: &str, amount_fen: i128| PayerLine {
        field: field.to_owned(),
        label: label.to_owned(),
        amount_fen,
    };
    let fund = |fund: &Fund| {
        let amount = totals.funds_fen.get(fund.field()).copied().unwrap_or(0);
        payer(fund.field(), fund.label(), amount)
    };
    let mut payers: Vec<PayerLine> = Fund::ALL.iter().map(fund).collect();
    payers.retain(|line| line.amount_fen != 0);
    payers.extend([
        payer(fields::ACCT_PAY, "个人账户", totals.account_fen),
        payer(fields::PSN_CASH_PAY, "个人现金", totals.cash_fen),
        payer(fields::HOSP_PART_AMT, "医院负担", totals.institution_fen),
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
        line.payable_fen += voucher.total();
        let line = lines.entry(pair.care.0).or_default();
        line.receivable_records += voucher.settlements + voucher.reversals;
        line.receivable_fen += voucher.total();
    }
    for (pay, voucher) in &inputs.clearing.pay_list {
        lines.entry(pay.care.0).or_default().to_institutions_fen += voucher.total();
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
fn findings(inputs: &SummaryInputs<'_>) -> Vec<FindingLine> {
    let mut counts: BTreeMap<crate::claim::Code, u64> = BTreeMap::new();
    let first = inputs.not_settled.iter().filter_map(|record| record.findings.first());
    for finding in first.chain(inputs.refused.iter().filter_map(|r| r.findings.first())) {
        *counts.entry(finding.code).or_default() += 1;
    }
    counts
        .into_iter()
        .map(|(code, records)| FindingLine {
            code: code.text().to_owned(),
            chinese: code.chinese().to_owned(),
            meaning: code.meaning().to_owned(),
            records,
        })
        .collect()
}
