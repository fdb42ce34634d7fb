//! What a night's settled records come to in the books: voucher lines, what regions owe one another, what institutions are paid.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::fold::Results;
use super::row::FUNDS;

/// Sums by column, under a key of texts.
pub type Sums = BTreeMap<Vec<String>, BTreeMap<String, Decimal>>;

/// The books of a night.
#[derive(Default)]
pub struct Books {
    /// (book, owner, insured, care, institution, insurance, care kind, fund, account) -> debit, credit.
    pub ledger: Sums,
    /// (insured, care, insurance, care kind, fund) -> settlements, reversals, fee, amount.
    pub positions: Sums,
    /// (insured, care, insurance, care kind) -> counts, fee, funds, account, amount.
    pub payable: Sums,
    /// (care, insured, insurance, care kind) -> the same.
    pub receivable: Sums,
    /// (care, institution, insured, insurance, care kind) -> the same.
    pub pay_list: Sums,
}

/// How statements name a kind of care.
fn label(care: &str) -> &'static str {
    match care {
        "inpatient" => "住院",
        "outpatient" => "普通门诊",
        "chronic" => "门诊慢特病",
        _ => "药店购药",
    }
}

fn texts(parts: &[&str]) -> Vec<String> {
    parts.iter().map(|part| (*part).to_owned()).collect()
}

fn add(sums: &mut Sums, key: &[&str], row: &BTreeMap<String, Decimal>) {
    let sum = sums.entry(texts(key)).or_default();
    for (column, amount) in row {
        *sum.entry(column.clone()).or_default() += amount;
    }
}

/// Sums a night. `with_account`: clearing carries the personal account too.
pub fn books(results: &Results, with_account: bool) -> Books {
    let mut books = Books::default();
    for judged in &results.records {
        let (Some(claim), Some(settled)) = (&judged.claim, &judged.settled) else { continue };
        let mut carried: BTreeMap<String, Decimal> = FUNDS
            .into_iter()
            .map(|fund| (fund.to_owned(), settled.funds.get(fund).copied().unwrap_or_default()))
            .collect();
        let account = if with_account { settled.account } else { Decimal::ZERO };
        carried.insert("acct_pay".to_owned(), account);
        let count = |wanted: bool| Decimal::from(u8::from(claim.reversal == wanted));
        let mut row = carried.clone();
        row.insert("amount".to_owned(), carried.values().sum());
        row.insert("settlements".to_owned(), count(false));
        row.insert("reversals".to_owned(), count(true));
        row.insert("medfee_sumamt".to_owned(), settled.parts.total());
        let (insured, care) = (settled.insured.as_str(), settled.care_pool.as_str());
        let (kind, institution, insurance) =
            (settled.care, claim.institution.as_str(), claim.insurance.as_str());
        let vouchers: &[(&str, &str, &str, &str)] = if insured == care {
            &[("local", insured, "benefit", "payable")]
        } else {
            &[("insured", insured, "benefit", "due_to"), ("care", care, "due_from", "payable")]
        };
        for (book, owner, debit, credit) in vouchers {
            for (fund, amount) in &carried {
                let key = [book, owner, insured, care, institution, insurance, kind, fund];
                for (account, side) in [(debit, "debit"), (credit, "credit")] {
                    let mut key = key.to_vec();
                    key.push(account);
                    let line = BTreeMap::from([(side.to_owned(), *amount)]);
                    add(&mut books.ledger, &key, &line);
                }
            }
        }
        let words = label(kind);
        add(&mut books.pay_list, &[care, institution, insured, insurance, words], &row);
        add(&mut books.pay_list, &[care, "合计", "", "", ""], &row);
        if insured == care {
            continue;
        }
        add(&mut books.payable, &[insured, care, insurance, words], &row);
        add(&mut books.payable, &[insured, "合计", "", ""], &row);
        add(&mut books.receivable, &[care, insured, insurance, words], &row);
        add(&mut books.receivable, &[care, "合计", "", ""], &row);
        for (fund, amount) in &carried {
            let line = BTreeMap::from([("amount".to_owned(), *amount)]);
            add(&mut books.positions, &[insured, care, insurance, kind, fund], &line);
        }
        row.retain(|column, _| {
            matches!(column.as_str(), "settlements" | "reversals" | "medfee_sumamt")
        });
        add(&mut books.positions, &[insured, care, insurance, kind, "all"], &row);
    }
    // A line that comes to nothing is not written.
    let empty = |row: &BTreeMap<String, Decimal>| row.values().all(Decimal::is_zero);
    books.ledger.retain(|_, row| !empty(row));
    books.positions.retain(|key, row| key[4] == "all" || !empty(row));
    books
}
