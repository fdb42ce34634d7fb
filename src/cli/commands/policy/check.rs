//! `medsettle policy check`.

use std::path::PathBuf;

use crate::cli::args::PolicyCheckArgs;
use crate::cli::exit::Exit;
use crate::cli::printer::Printer;
use crate::ingest::policy_book;
use crate::policy::written::WrittenBook;
use crate::policy::{Policy, PolicyBook};
use crate::prove::certificate::certify;
use crate::prove::check::{self, Extent, Finding, Proof};
use crate::prove::examine::fall;
use crate::run::Pipeline;

/// Reads books and proves them; every finding is one line, the summary goes to stderr.
pub fn check(args: &PolicyCheckArgs, printer: &Printer) -> Exit {
    let roots = match roots(&args.paths) {
        Ok(roots) => roots,
        Err(errors) => return super::refuse(printer, &errors),
    };
    let opened = policy_book::open(&roots);
    let extent = Extent { region: args.region, incomplete: opened.left_out > 0 };
    let swept = |policy: &Policy| sweep(policy, &opened.book, &opened.written);
    let mut proof = check::check_with(&opened.book, &opened.written, extent, swept);
    if let Some(region) = args.region
        && proof.policies == 0
        && opened.problems.is_empty()
    {
        printer.talk(&format!("error: the book has no policy of region {region}"));
        return Exit::Usage;
    }
    // A fall that a table tells of need not be told of the whole policy again.
    let told: Vec<String> = proof
        .findings
        .iter()
        .filter(|f| f.kind == "falls" && f.line > 0)
        .map(|f| f.file.clone())
        .collect();
    proof.findings.retain(|f| f.kind != "falls" || f.line > 0 || !told.contains(&f.file));
    proof.findings.extend(opened.problems.into_iter().map(Finding::of));
    proof.findings.sort();
    report(&proof, opened.left_out, printer)
}

/// Settles claims of everybody whom the policy tells apart at every break point of its formula.
fn sweep(policy: &Policy, book: &PolicyBook, written: &WrittenBook) -> Vec<Finding> {
    let file = written.policies.iter().find(|file| *file.file == *policy.file);
    let fall = file.and_then(|file| {
        let certificate = certify(file, written, policy, book, None);
        fall(file, &certificate)
    });
    let found = fall.map(|problem| Finding { kind: "falls", ..Finding::of(problem) });
    found.into_iter().collect()
}

fn report(proof: &Proof, left_out: usize, printer: &Printer) -> Exit {
    let lines: Vec<String> = proof.findings.iter().map(ToString::to_string).collect();
    let text = lines.join("\n");
    if printer.is_json() || !text.is_empty() {
        printer.data(&text, &proof.findings);
    }
    let not_proven = match left_out {
        0 => String::new(),
        number => format!("; {number} policies could not be proven before they are mended"),
    };
    printer.talk(&format!(
        "{} policies, {} tables, {} combinations proven: {} errors, {} warnings{not_proven}",
        proof.policies,
        proof.tables,
        proof.combinations,
        proof.errors(),
        proof.warnings()
    ));
    if proof.errors() == 0 { Exit::Ok } else { Exit::Usage }
}

/// Folders of policies: as given, or as a pipeline names them.
fn roots(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Vec<String>> {
    let mut roots = Vec::new();
    let mut errors = Vec::new();
    for path in paths {
        if path.extension().is_some_and(|extension| extension == "toml") {
            match Pipeline::load(path) {
                Ok(pipeline) => roots.extend(pipeline.policy),
                Err(mut more) => errors.append(&mut more),
            }
        } else {
            roots.push(path.clone());
        }
    }
    if errors.is_empty() { Ok(roots) } else { Err(errors) }
}
