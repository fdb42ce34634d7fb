//! The second pair of eyes sees a single fen, wherever it is moved, also where every identity still holds.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Decimal128Array, Int64Array};
use arrow::datatypes::{DataType, Decimal128Type, Int64Type};
use arrow::record_batch::RecordBatch;
use medsettle::audit::{self, AuditInput, ClosingTotal, Expected, StatementTotal};
use medsettle::ingest::policy_book;
use medsettle::run::auditing::caps;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::tables::{self, fen};
use crate::{cli, support};

/// Copies the published tables of a one-night store into the form in which they are staged.
fn stage(store: &Path, staged: &Path) {
    for entry in std::fs::read_dir(store.join("tables/v1")).unwrap() {
        let table = entry.unwrap().path();
        let target = staged.join(table.file_name().unwrap());
        std::fs::create_dir_all(&target).unwrap();
        for (number, file) in support::files(&table).iter().enumerate() {
            let name = format!("part-{number:03}.parquet");
            std::fs::copy(table.join(file), target.join(name)).unwrap();
        }
    }
}

fn expected(store: &Path) -> Expected {
    let settled = tables::all(store, "settlement");
    let sum = |column: &str| settled.iter().map(|row| fen(row, column)).sum::<i128>();
    let mut closing: BTreeMap<String, i128> = BTreeMap::new();
    for row in tables::all(store, "accumulator_move") {
        *closing.entry(row["slot"].clone()).or_default() += row["delta"].parse::<i128>().unwrap();
    }
    let positions = tables::all(store, "clearing_position");
    let statements =
        positions.iter().filter(|row| row["fund"] != "all").map(|row| StatementTotal {
            insured: row["insuplc_admdvs"].clone(),
            care: row["mdtrtarea_admvs"].clone(),
            insutype: row["insutype"].clone(),
            fund: row["fund"].clone(),
            amount_fen: fen(row, "amount"),
        });
    let book = policy_book::load(&[support::root().join("pipelines/policy")]).unwrap().book;
    Expected {
        settled: settled.len() as u64,
        fee_fen: sum("medfee_sumamt"),
        fund_fen: sum("fund_pay_sumamt"),
        account_fen: sum("acct_pay"),
        cash_fen: sum("psn_cash_pay"),
        institution_fen: sum("hosp_part_amt"),
        carries_account: true,
        statements: statements.collect(),
        closing: closing.into_iter().map(|(slot, value)| ClosingTotal { slot, value }).collect(),
        caps: caps(&book),
    }
}

/// Adds to cells of the first row of a file.
fn tamper(path: &Path, cells: &[(&str, i64)]) {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    let batches: Vec<RecordBatch> = reader.build().unwrap().map(Result::unwrap).collect();
    let schema = batches[0].schema();
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), schema, None).unwrap();
    for (number, batch) in batches.iter().enumerate() {
        let schema = batch.schema();
        let columns = schema.fields().iter().zip(batch.columns()).map(|(field, array)| {
            let added = cells.iter().find(|(name, _)| name == field.name()).map(|(_, add)| *add);
            added.filter(|_| number == 0).map_or_else(|| array.clone(), |add| plus(array, add))
        });
        let changed = RecordBatch::try_new(schema.clone(), columns.collect()).unwrap();
        writer.write(&changed).unwrap();
    }
    writer.close().unwrap();
}

fn plus(array: &ArrayRef, add: i64) -> ArrayRef {
    match array.data_type() {
        DataType::Decimal128(precision, scale) => {
            let old = array.as_primitive::<Decimal128Type>();
            let mut values: Vec<Option<i128>> = old.iter().collect();
            values[0] = values[0].map(|value| value + i128::from(add));
            let new: Decimal128Array = values.into_iter().collect();
            Arc::new(new.with_precision_and_scale(*precision, *scale).unwrap())
        }
        DataType::Int64 => {
            let mut values: Vec<i64> = array.as_primitive::<Int64Type>().values().to_vec();
            values[0] += add;
            Arc::new(Int64Array::from(values))
        }
        other => panic!("cannot add to {other}"),
    }
}

#[test]
fn every_moved_fen_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let pipeline = cli::base_night(folder.path(), "");
    let store = folder.path().join("store");
    assert_eq!(support::run(&pipeline, &store, &[]).status.code(), Some(0));
    let found = |table: &str, cells: &[(&str, i64)]| {
        let staged = tempfile::tempdir().unwrap();
        stage(&store, staged.path());
        if !cells.is_empty() {
            tamper(&staged.path().join(table).join("part-000.parquet"), cells);
        }
        let input = AuditInput { tables: staged.path(), expected: expected(&store) };
        audit::audit(&input).unwrap().differences
    };
    let untouched = found("", &[]);
    assert!(untouched.is_empty(), "{untouched:?}");
    // Where the payers still add up, and so do the parts.
    let cases: [(&str, &str, &[(&str, i64)]); 10] = [
        (
            "paid from steps",
            "settlement",
            &[("hifp_pay", 1), ("fund_pay_sumamt", 1), ("psn_cash_pay", -1), ("psn_part_amt", -1)],
        ),
        ("paid from steps", "settlement", &[("acct_pay", 1), ("psn_cash_pay", -1)]),
        ("claim from lines", "settlement", &[("inscp_scp_amt", 1), ("preselfpay_amt", -1)]),
        (
            "claim from lines",
            "settlement",
            &[
                ("medfee_sumamt", 1),
                ("fulamt_ownpay_amt", 1),
                ("psn_cash_pay", 1),
                ("psn_part_amt", 1),
            ],
        ),
        ("deductible from steps", "settlement", &[("act_pay_dedc", -1)]),
        ("line parts", "priced_line", &[("inscp_scp_amt", 1)]),
        ("claim from lines", "priced_line", &[("inscp_scp_amt", 1), ("fulamt_ownpay_amt", -1)]),
        ("state", "accumulator_move", &[("delta", 1), ("after", 1)]),
        ("debit = credit", "ledger_entry", &[("debit", 1)]),
        ("positions = insured books", "clearing_position", &[("amount", 1)]),
    ];
    for (check, table, cells) in cases {
        let differences = found(table, cells);
        let checks: Vec<&str> = differences.iter().map(|d| d.check).collect();
        assert!(checks.contains(&check), "{table} {cells:?}: found only {differences:?}");
    }
}

#[test]
fn a_running_total_above_its_cap_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let pipeline = cli::base_night(folder.path(), "");
    let store = folder.path().join("store");
    support::run(&pipeline, &store, &[]);
    let staged = tempfile::tempdir().unwrap();
    stage(&store, staged.path());
    let mut expected = expected(&store);
    for cap in expected.caps.values_mut() {
        cap.cap_fen = Some(1);
    }
    let input = AuditInput { tables: staged.path(), expected };
    let differences = audit::audit(&input).unwrap().differences;
    assert!(differences.iter().any(|d| d.check == "layer under its cap"), "{differences:?}");
}
