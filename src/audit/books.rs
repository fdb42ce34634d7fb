//! The books: ledger = detail, positions = ledger, statements = positions.

use std::collections::BTreeMap;

use crate::codes::fields;

use super::claims::{Part, at};
use super::frames::{self, AuditError, ints, texts};
use super::{AuditInput, AuditReport};

type Sums = BTreeMap<Vec<String>, i128>;

/// Compares all books of the night.
pub fn check_books(
    input: &AuditInput<'_>,
    detail: &Detail,
    report: &mut AuditReport,
) -> Result<(), AuditError> {
    let ledger = Ledger::read(input)?;
    compare("debit = credit", &ledger.debits, &ledger.credits, report);
    compare("ledger = detail", &ledger.by_key, &detail.sums, report);
    let positions = positions(input)?;
    compare("positions = insured books", &positions, &ledger.insured, report);
    compare("positions = care books", &positions, &ledger.care, report);
    let mut by_pair: Sums = Sums::new();
    for (key, amount) in &positions {
        let [insured, care, insurance, _, fund] = key.as_slice() else { continue };
        let pair = vec![insured.clone(), care.clone(), insurance.clone(), fund.clone()];
        *by_pair.entry(pair).or_default() += amount;
    }
    let mut stated: Sums = Sums::new();
    for line in &input.expected.statements {
        let pair =
            vec![line.insured.clone(), line.care.clone(), line.insutype.clone(), line.fund.clone()];
        *stated.entry(pair).or_default() += line.amount_fen;
    }
    compare("statements = positions", &stated, &by_pair, report);
    Ok(())
}

/// Ledger sums by several keys.
#[derive(Default)]
struct Ledger {
    /// By voucher and fund.
    debits: Sums,
    credits: Sums,
    /// Debits by book, regions, institution, insurance, care kind, fund.
    by_key: Sums,
    /// Debits by pair, insurance, care kind, fund.
    insured: Sums,
    care: Sums,
}

impl Ledger {
    fn read(input: &AuditInput<'_>) -> Result<Ledger, AuditError> {
        let names = [
            "voucher",
            "book",
            fields::INSUPLC_ADMDVS,
            fields::MDTRTAREA_ADMVS,
            fields::FIXMEDINS_CODE,
            fields::INSUTYPE,
            "care_kind",
            "fund",
        ];
        let mut columns = names.to_vec();
        columns.extend(["debit", "credit"]);
        let mut ledger = Ledger::default();
        for path in frames::files(&input.tables.join("ledger_entry"))? {
            let frame = frames::read(&path, &columns)?;
            let mut cells = Vec::with_capacity(names.len());
            for name in names {
                cells.push(texts(&frame, name)?);
            }
            let (debit, credit) = (ints(&frame, "debit")?, ints(&frame, "credit")?);
            for row in 0..frame.height() {
                let cell = |at: usize| cells[at][row].to_owned();
                let (debit, credit) = (i128::from(debit[row]), i128::from(credit[row]));
                let voucher = vec![cell(0), cell(7)];
                *ledger.debits.entry(voucher.clone()).or_default() += debit;
                *ledger.credits.entry(voucher).or_default() += credit;
                *ledger.by_key.entry((1..8).map(cell).collect()).or_default() += debit;
                let pair = vec![cell(2), cell(3), cell(5), cell(6), cell(7)];
                match cells[1][row] {
                    "insured" => *ledger.insured.entry(pair).or_default() += debit,
                    "care" => *ledger.care.entry(pair).or_default() += debit,
                    _ => {}
                }
            }
        }
        Ok(ledger)
    }
}

/// What the settlement rows say the ledger's debits should be.
#[derive(Default)]
pub struct Detail {
    sums: Sums,
}

impl Detail {
    /// Adds a part. Sums over borrowed keys first: a night has few vouchers and many rows.
    pub fn add(&mut self, part: &Part<'_>, carries_account: bool) {
        let mut sums: BTreeMap<([&str; 5], &str), i128> = BTreeMap::new();
        for row in 0..part.rows() {
            let key = std::array::from_fn(|at| part.keys[at][row]);
            let account =
                carries_account.then(|| (fields::ACCT_PAY, part.amount(at::ACCOUNT, row)));
            for (fund, amount) in part.funds(row).chain(account).filter(|(_, fen)| *fen != 0) {
                *sums.entry((key, fund)).or_default() += amount;
            }
        }
        for ((key, fund), amount) in sums {
            let local = key[0] == key[1];
            let books: &[&str] = if local { &["local"] } else { &["insured", "care"] };
            for book in books {
                let cells = [*book].into_iter().chain(key).chain([fund]);
                let cells = cells.map(str::to_owned).collect();
                *self.sums.entry(cells).or_default() += amount;
            }
        }
    }
}

fn positions(input: &AuditInput<'_>) -> Result<Sums, AuditError> {
    let names =
        [fields::INSUPLC_ADMDVS, fields::MDTRTAREA_ADMVS, fields::INSUTYPE, "care_kind", "fund"];
    let mut columns = names.to_vec();
    columns.push("amount");
    let mut positions = Sums::new();
    for path in frames::files(&input.tables.join("clearing_position"))? {
        let frame = frames::read(&path, &columns)?;
        let mut cells = Vec::with_capacity(names.len());
        for name in names {
            cells.push(texts(&frame, name)?);
        }
        for (row, amount) in ints(&frame, "amount")?.iter().enumerate() {
            let key: Vec<String> = cells.iter().map(|column| column[row].to_owned()).collect();
            *positions.entry(key).or_default() += i128::from(*amount);
        }
    }
    Ok(positions)
}

/// Two sets of sums; one that is absent is zero.
fn compare(check: &'static str, left: &Sums, right: &Sums, report: &mut AuditReport) {
    for (key, amount) in left {
        let other = right.get(key).copied().unwrap_or(0);
        if *amount != other {
            report.differ(check, key.join("/"), amount, other);
        }
    }
    for (key, amount) in
        right.iter().filter(|(key, amount)| **amount != 0 && !left.contains_key(*key))
    {
        report.differ(check, key.join("/"), 0, amount);
    }
    report.looked(check, left.len().max(right.len()));
}
