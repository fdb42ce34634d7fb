//! `medsettle check`.

use serde::Serialize;

use crate::cli::args::CheckArgs;
use crate::cli::exit::Exit;
use crate::cli::printer::Printer;
use crate::run::night::prepare;
use crate::run::{Pipeline, RunError, intake};

#[derive(Serialize)]
struct Checked {
    policies: usize,
    rules: usize,
    people: usize,
    submissions: Vec<String>,
    refused: Vec<String>,
    errors: Vec<String>,
}

/// Loads everything a run would load, and reads the manifests of a day's inbox.
pub fn check(args: &CheckArgs, printer: &Printer) -> Exit {
    let pipeline = match Pipeline::load(&args.pipeline) {
        Ok(pipeline) => pipeline,
        Err(errors) => return report(printer, &failed(errors)),
    };
    let prepared = match prepare(&pipeline) {
        Ok(prepared) => prepared,
        Err(RunError::Config(errors)) => return report(printer, &failed(errors)),
        Err(error) => {
            printer.error(&error);
            return Exit::from_code(error.exit_code());
        }
    };
    let mut checked = Checked {
        policies: prepared.book.book.policies().len(),
        rules: prepared.book.book.rules().len(),
        people: prepared.reference.reference.coverage.len(),
        submissions: Vec::new(),
        refused: Vec::new(),
        errors: Vec::new(),
    };
    if let Some(date) = args.date.or(pipeline.date) {
        match intake::discover(&pipeline.inbox(date)) {
            Ok(mut inbox) => {
                inbox.settle_order();
                checked.submissions =
                    inbox.submissions.iter().map(intake::Submission::label).collect();
                checked.refused = inbox
                    .refused
                    .iter()
                    .flat_map(|r| r.findings.iter().map(|f| format!("{}: {f}", r.folder)))
                    .collect();
            }
            Err(error) => {
                printer.error(&error);
                return Exit::from_code(error.exit_code());
            }
        }
    }
    report(printer, &checked)
}

fn failed(errors: Vec<String>) -> Checked {
    Checked {
        policies: 0,
        rules: 0,
        people: 0,
        submissions: Vec::new(),
        refused: Vec::new(),
        errors,
    }
}

fn report(printer: &Printer, checked: &Checked) -> Exit {
    let mut text = String::new();
    for error in &checked.errors {
        text.push_str(&format!("error: {error}\n"));
    }
    if checked.errors.is_empty() {
        text.push_str(&format!(
            "configuration ok: {} policies with {} rules, {} people\n",
            checked.policies, checked.rules, checked.people
        ));
        text.push_str(&format!("inbox: {} submissions\n", checked.submissions.len()));
        for refused in &checked.refused {
            text.push_str(&format!("would be refused: {refused}\n"));
        }
    }
    printer.data(&text, checked);
    match (checked.errors.is_empty(), checked.refused.is_empty()) {
        (false, _) => Exit::Usage,
        (true, false) => Exit::Attention,
        (true, true) => Exit::Ok,
    }
}
