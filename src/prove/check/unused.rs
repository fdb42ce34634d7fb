//! Sources, parameters, exceptions and bases that nothing uses, and sources that are uncertain without saying why.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::policy::Policy;
use crate::policy::document::Place;
use crate::policy::plan::{Confidence, Source};
use crate::policy::written::{
    Amount, DatedRows, LaterStep, Written, WrittenBook, WrittenDeductible,
};

use super::{Finding, Report, Severity};

impl Report<'_> {
    /// Exceptions of the policy that no value needs.
    pub(super) fn unused(&mut self, policy: &Policy) {
        let falling = super::values::falling_layers(policy);
        for exception in &self.whole.written.exceptions {
            let layer = &exception.layer;
            let (what, remedy) = if policy.layers.iter().all(|known| known.id != *layer) {
                let known: Vec<&str> =
                    policy.layers.iter().map(|layer| layer.id.as_str()).collect();
                (
                    format!("exception: there is no layer {layer:?}"),
                    format!("known: {}", known.join(", ")),
                )
            } else if !falling.contains(layer.as_str()) {
                (
                    format!("exception: what layer {layer} pays does not fall, nothing needs this"),
                    "delete it".to_owned(),
                )
            } else {
                continue;
            };
            let (file, what) = (self.whole.written.file.to_string(), self.head(&what));
            let Place { line, column } = exception.place;
            self.proof.findings.push(Finding {
                file,
                line,
                column,
                severity: Severity::Error,
                kind: "unused",
                what,
                remedy,
            });
        }
    }
}

/// What the files of a book name and nothing uses; nothing is said of bases when policies are missing from the book.
pub(super) fn of_book(book: &WrittenBook, incomplete: bool) -> Vec<Finding> {
    let files: Vec<&Written> = book.policies.iter().chain(&book.bases).collect();
    let mut used = Used::default();
    for file in &files {
        used.file(file);
    }
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| !(incomplete && file.is_base)) {
        let mut say = |place: Place, kind, what: String, remedy: &str| {
            let Place { line, column } = place;
            let (file, remedy) = (file.file.to_string(), remedy.to_owned());
            findings.push(Finding {
                file,
                line,
                column,
                severity: Severity::Warning,
                kind,
                what,
                remedy,
            });
        };
        for (id, place, source) in &file.sources {
            if !used.sources.contains(&Arc::as_ptr(source)) {
                say(
                    *place,
                    "unused",
                    format!("source {id}: no value names it"),
                    "delete it, or name it where it belongs",
                );
            }
            if source.confidence != Confidence::High && source.note.trim().is_empty() {
                let what = format!("source {id} is not certain and its note is empty");
                say(
                    *place,
                    "value",
                    what,
                    "write `note = \"…\"`: why it is uncertain and what was chosen",
                );
            }
        }
        let mut named = BTreeSet::new();
        for parameter in &file.parameters {
            let readers = files.iter().filter(|other| {
                other.file == file.file
                    || book.bases_of(other).iter().any(|base| base.file == file.file)
            });
            let is_used = readers
                .into_iter()
                .any(|reader| used.of_file(reader).contains(parameter.id.as_str()));
            if !is_used && named.insert(parameter.id.as_str()) {
                say(
                    parameter.place,
                    "unused",
                    format!("parameter {}: no value follows it", parameter.id),
                    "delete it",
                );
            }
        }
        let extended = files
            .iter()
            .any(|other| book.bases_of(other).iter().any(|base| base.file == file.file));
        if file.is_base && !extended && file.bounds.is_empty() {
            say(
                Place { line: 1, column: 1 },
                "unused",
                "no policy extends this base".into(),
                "delete it, or name it in extends",
            );
        }
    }
    findings
}

/// Sources and parameters that values hang on.
#[derive(Default)]
struct Used<'a> {
    sources: BTreeSet<*const Source>,
    parameters: Vec<(&'a str, BTreeSet<&'a str>)>,
}

impl<'a> Used<'a> {
    fn of_file(&self, file: &Written) -> BTreeSet<&'a str> {
        self.parameters
            .iter()
            .find(|(name, _)| **name == *file.file)
            .map(|(_, ids)| ids.clone())
            .unwrap_or_default()
    }

    fn file(&mut self, file: &'a Written) {
        let mut amounts: Vec<&Amount> = Vec::new();
        for layer in &file.layers {
            self.rows(&layer.first);
            self.rows(&layer.deductible);
            self.rows(&layer.top_up);
            for table in &layer.deductible {
                amounts.extend(&table.keys.year_ceiling);
                table.rows.iter().for_each(|row| deductible_amounts(&row.value, &mut amounts));
            }
            for ratio in &layer.ratio {
                self.rows(std::slice::from_ref(&ratio.table));
                self.sources.extend(ratio.adjust.iter().map(|row| Arc::as_ptr(&row.source)));
                amounts.extend(
                    ratio.table.rows.iter().flat_map(|row| &row.value).map(|(above, _)| above),
                );
            }
            for cap in &layer.cap {
                self.rows(std::slice::from_ref(&cap.table));
                self.sources
                    .extend(cap.additions.iter().map(|addition| Arc::as_ptr(&addition.source)));
                amounts.extend(cap.additions.iter().map(|addition| &addition.yuan));
                amounts.extend(
                    cap.table
                        .rows
                        .iter()
                        .flat_map(|row| row.value.yuan.iter().chain(&row.value.supplement)),
                );
            }
        }
        self.rows(&file.cross_region);
        self.rows(&file.bounds);
        self.rows(&file.waiting);
        self.rows(&file.registration);
        self.rows(&file.account);
        self.sources.extend(file.parameters.iter().map(|parameter| Arc::as_ptr(&parameter.source)));
        let ids = amounts.into_iter().filter_map(Amount::parameter).collect();
        self.parameters.push((&file.file, ids));
    }

    fn rows<K, V>(&mut self, tables: &[DatedRows<K, V>]) {
        self.sources.extend(
            tables.iter().flat_map(|table| &table.rows).map(|row| Arc::as_ptr(&row.source)),
        );
    }
}

fn deductible_amounts<'a>(value: &'a WrittenDeductible, amounts: &mut Vec<&'a Amount>) {
    match value {
        WrittenDeductible::Amounts { yuan, later } => {
            amounts.extend(yuan);
            if let Some(later) = later {
                amounts.push(&later.floor);
                if let LaterStep::Minus(amount) = &later.step {
                    amounts.push(amount);
                }
            }
        }
        WrittenDeductible::Share { at_least, at_most, .. } => {
            amounts.extend([at_least, at_most].into_iter().flatten());
        }
    }
}
