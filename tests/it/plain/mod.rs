//! A second opinion on a night: slow, plain, single-threaded, in exact decimals.
//!
//! Reads the raw files of a pipeline itself and computes what every record must come to, then compares that with what the program
//! published. Shares no code with the program but [`medsettle::literal`], the second evaluator of policies, which shares none with the
//! rest: rows come from the `csv` crate, amounts are `rust_decimal`.
//!
//! | file | what |
//! |---|---|
//! | `text` | rows, numbers, days |
//! | `reference` | regions, institutions, people |
//! | `catalogue` | items, price limits, the split of a line |
//! | `row`, `night`, `submission` | a row of settlements; the files of a night; lines and findings |
//! | `entitle` | is it entitled, by whom, as what |
//! | `settle` | the literal evaluator asked, its answer as a record |
//! | `fold` | order, copies, reversals, running totals over nights |
//! | `books` | vouchers, pairs, pay list |
//! | `published`, `compare` | what a store holds; model against store |
//! | `hand`, `rich` | nights written by hand; `policy` has invented terms for them |

pub mod books;
pub mod catalogue;
pub mod compare;
pub mod entitle;
pub mod fold;
pub mod hand;
pub mod night;
pub mod published;
pub mod reference;
pub mod rich;
pub mod row;
pub mod settle;
pub mod submission;
pub mod text;

use std::collections::BTreeSet;
use std::path::Path;

/// Everything wrong with a record, by code.
pub type Findings = BTreeSet<&'static str>;

/// What a code does to its record: refused, rejected, held, warned.
pub fn outcome(code: &str) -> &'static str {
    match &code[..1] {
        "S" => "refused",
        "H" => "held",
        "W" => "warned",
        _ => "rejected",
    }
}

/// The code that decides: worst outcome first, then the order of the code list. `None` when the record may settle.
pub fn first(findings: &Findings) -> Option<&'static str> {
    let rank = |code: &str| {
        let worst = ["refused", "rejected", "held", "warned"]
            .iter()
            .position(|name| *name == outcome(code))
            .unwrap();
        let letter = "SRLIEDHW".find(&code[..1]).unwrap();
        (worst, letter, code.to_owned())
    };
    findings.iter().copied().filter(|code| !code.starts_with('W')).min_by_key(|code| rank(code))
}

/// Judges the last run of a day in a store, over the runs judged before. Gives every difference as a line of text.
pub fn judge(fold: &mut fold::Fold, pipeline: &Path, day: &str, store: &Path) -> Vec<String> {
    let inputs = night::Inputs::read(pipeline);
    let published = published::Published::read(store, day);
    let repeated = published.refused_as_repeated();
    let received = night::read(&inputs, day, &repeated, &mut fold.dealt_with);
    let results = fold.night(&inputs, received);
    let mut differences = Vec::new();
    compare::compare(&inputs, day, &results, &published, &mut differences);
    differences
}
