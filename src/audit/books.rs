//! The books: ledger = detail, positions = ledger, statements = positions.

use std::collections::BTreeMap;

use crate::codes::{Fund, fields};

use super::claims::Claims;
use super::frames::{AuditError, ints, read_all, texts};
use super::{AuditInput, AuditReport};

type Sums = BTreeMap<Vec<String>, i128>;

/// Compares all books of the night.
pub fn check_books(
    input: &AuditInput<'_>,
    claims: &Claims,
    report: &mut AuditReport,
) -> Result<(), AuditError> {
    let ledger = Ledger::read(input)?;
    compare("debit = credit", &ledger.debits, &ledger.credits, report);
    let detail = detail(claims, input.expected.carries_account)?;
    compare("ledger = detail", &ledger.by_key, &detail, report);
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
        let pair = vec![
            line.insured.clone(),
            line.care.clone(),
            line.insutype.clone(),
            line.fund.clone(),
        ];
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
        let frame = read_all(&input.tables.join("ledger_entry"), &columns)?;
        let mut cells = Vec::with_capacity(names.len());
        for name in names {
            cells.push(texts(&frame, name)?);
        }
        let (debit, credit) = (ints(&frame, "debit")?, ints(&frame, "credit")?);
        let mut ledger = Ledger::default();
        for row in 0..frame.height() {
            let cell = |at: usize| cells[at][row].clone();
            let (debit, credit) = (i128::from(debit[row]), i128::from(credit[row]));
            let voucher = vec![cell(0), cell(7)];
            *ledger.debits.entry(voucher.clone()).or_default() += debit;
            *ledger.credits.entry(voucher).or_default() += credit;
            *ledger.by_key.entry((1..8).map(cell).collect()).or_default() += debit;
            let pair = vec![cell(2), cell(3), cell(5), cell(6), cell(7)];
            match cell(1).as_str() {
                "insured" => *ledger.insured.entry(pair).or_default() += debit,
                "care" => *ledger.care.entry(pair).or_default() += debit,
                _ => {}
            }
        }
        Ok(ledger)
    }
}

/// What the settlement rows say the ledger's debits should be.
fn detail(claims: &Claims, carries_account: bool) -> Result<Sums, AuditError> {
    let frame = &claims.frame;
    let insured = texts(frame, fields::INSUPLC_ADMDVS)?;
    let care = texts(frame, fields::MDTRTAREA_ADMVS)?;
    let institution = texts(frame, fields::FIXMEDINS_CODE)?;
    let insurance = texts(frame, fields::INSUTYPE)?;
    let kind = texts(frame, "care_kind")?;
    let mut funds: Vec<&str> = Fund::ALL.map(Fund::field).to_vec();
    if carries_account {
        funds.push(fields::ACCT_PAY);
    }
    // Sums over borrowed keys first: a night has few vouchers and many rows.
    let mut sums: BTreeMap<(&str, &str, &str, &str, &str, usize), i128> = BTreeMap::new();
    for row in 0..claims.ids.len() {
        let key = (&*insured[row], &*care[row], &*institution[row], &*insurance[row], &*kind[row]);
        for (at, fund) in funds.iter().enumerate() {
            let amount = claims.amount(fund, row);
            if amount != 0 {
                *sums.entry((key.0, key.1, key.2, key.3, key.4, at)).or_default() += amount;
            }
        }
    }
    let mut detail = Sums::new();
    for ((insured, care, institution, insurance, kind, at), amount) in sums {
        let books: &[&str] = if insured == care { &["local"] } else { &["insured", "care"] };
        for book in books {
            let key = [book, insured, care, institution, insurance, kind, funds[at]];
            detail.insert(key.iter().map(|cell| (*cell).to_owned()).collect(), amount);
        }
    }
    Ok(detail)
}

fn positions(input: &AuditInput<'_>) -> Result<Sums, AuditError> {
    let names =
        [fields::INSUPLC_ADMDVS, fields::MDTRTAREA_ADMVS, fields::INSUTYPE, "care_kind", "fund"];
    let mut columns = names.to_vec();
    columns.push("amount");
    let frame = read_all(&input.tables.join("clearing_position"), &columns)?;
    let mut cells = Vec::with_capacity(names.len());
    for name in names {
        cells.push(texts(&frame, name)?);
    }
    let amounts = ints(&frame, "amount")?;
    let mut positions = Sums::new();
    for (row, amount) in amounts.iter().enumerate() {
        let key: Vec<String> = cells.iter().map(|column| column[row].clone()).collect();
        *positions.entry(key).or_default() += i128::from(*amount);
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
    for (key, amount) in right.iter().filter(|(key, amount)| **amount != 0 && !left.contains_key(*key)) {
        report.differ(check, key.join("/"), 0, amount);
    }
    report.looked(check, left.len().max(right.len()));
}
