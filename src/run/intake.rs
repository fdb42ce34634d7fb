//! Intake: which submissions stand in the inbox, in an order that does not depend on the file system.
//!
//! tokio waits here, and nowhere else: reading folders and manifests of many institutions, and signals.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sha2::{Digest, Sha256};

use crate::claim::{Code, Finding, RefusedSubmission};
use crate::codes::hex;
use crate::ingest::manifest::Manifest;

use crate::store::control::Control;

use super::error::RunError;
use super::pipeline::Pipeline;

/// A submission whose manifest could be read.
#[derive(Clone, Debug)]
pub struct Submission {
    /// Place in the night's order.
    pub index: u32,
    /// Folder name in the inbox.
    pub folder: String,
    pub path: PathBuf,
    pub manifest: Manifest,
    /// SHA-256 over what the manifest says, files' digests included.
    pub digest: String,
    /// Lines of `settlements` to take up: records that an earlier run held. `None` is all of it.
    pub only: Option<BTreeSet<u32>>,
}

impl Submission {
    /// How a record's submission is named in outputs: institution, period, sequence.
    pub fn label(&self) -> String {
        let manifest = &self.manifest;
        format!("{}/{}/{}", manifest.institution, manifest.period, manifest.sequence)
    }
}

/// What stands in the inbox.
#[derive(Debug, Default)]
pub struct Inbox {
    pub submissions: Vec<Submission>,
    pub refused: Vec<RefusedSubmission>,
}

/// Reads all manifests of an inbox. An inbox that does not exist is empty.
///
/// # Errors
/// I/O on the inbox itself; a bad submission is refused, not an error.
pub fn discover(inbox: &Path) -> Result<Inbox, RunError> {
    let io = |source| RunError::io("cannot read the inbox", inbox, source);
    let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(io)?;
    let folders = match std::fs::read_dir(inbox) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Inbox::default()),
        Err(error) => return Err(io(error)),
    };
    let mut paths = Vec::new();
    for entry in folders {
        let path = entry.map_err(io)?.path();
        let hidden = path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
        if path.is_dir() && !hidden {
            paths.push(path);
        }
    }
    paths.sort();
    let read = runtime.block_on(async {
        let tasks: Vec<_> = paths
            .into_iter()
            .map(|path| {
                tokio::task::spawn_blocking(move || {
                    let manifest = Manifest::read(&path);
                    (path, manifest)
                })
            })
            .collect();
        let mut read = Vec::with_capacity(tasks.len());
        for task in tasks {
            if let Ok(one) = task.await {
                read.push(one);
            }
        }
        read
    });
    Ok(order(read))
}

fn order(read: Vec<(PathBuf, Result<Manifest, Vec<Finding>>)>) -> Inbox {
    let mut inbox = Inbox::default();
    for (path, manifest) in read {
        let folder =
            path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        match manifest {
            Ok(manifest) => {
                let digest = digest(&manifest);
                inbox.submissions.push(Submission {
                    index: 0,
                    folder,
                    path,
                    manifest,
                    digest,
                    only: None,
                });
            }
            Err(findings) => inbox.refused.push(RefusedSubmission {
                digest: unreadable_digest(&path, &folder),
                folder,
                institution: String::new(),
                declared_records: 0,
                declared_fee: 0,
                findings,
            }),
        }
    }
    inbox.submissions.sort_by(|a, b| {
        let key = |s: &Submission| (s.manifest.institution, s.manifest.period, s.manifest.sequence);
        (key(a), &a.digest, &a.folder).cmp(&(key(b), &b.digest, &b.folder))
    });
    inbox
}

impl Inbox {
    /// Refuses all but one of the submissions with one institution, period and sequence, and numbers the rest. Equal copies count once.
    pub fn settle_order(&mut self) {
        let mut kept: Vec<Submission> = Vec::with_capacity(self.submissions.len());
        for submission in std::mem::take(&mut self.submissions) {
            let manifest = &submission.manifest;
            let same = kept.last().filter(|last| {
                let other = &last.manifest;
                (other.institution, other.period, other.sequence)
                    == (manifest.institution, manifest.period, manifest.sequence)
            });
            match same {
                Some(last) if last.digest == submission.digest => {}
                Some(last) => {
                    let finding = Finding::new(Code::SequenceRepeated)
                        .field("sequence")
                        .found(manifest.sequence)
                        .expected(format!("another than that of {}", last.folder));
                    self.refused.push(refusal(&submission, vec![finding]));
                }
                None => kept.push(submission),
            }
        }
        for (index, submission) in kept.iter_mut().enumerate() {
            submission.index = u32::try_from(index).unwrap_or(u32::MAX);
        }
        self.submissions = kept;
    }
}

impl Inbox {
    /// Adds submissions of earlier runs after those of tonight.
    pub fn take_up(&mut self, earlier: Vec<Submission>) {
        self.submissions.extend(earlier);
        for (index, submission) in self.submissions.iter_mut().enumerate() {
            submission.index = u32::try_from(index).unwrap_or(u32::MAX);
        }
    }
}

/// A refusal by what the manifest declares.
pub fn refusal(submission: &Submission, findings: Vec<Finding>) -> RefusedSubmission {
    RefusedSubmission {
        folder: submission.folder.clone(),
        digest: submission.digest.clone(),
        institution: submission.manifest.institution.to_string(),
        declared_records: submission.manifest.settlements.rows,
        declared_fee: submission.manifest.settlements.total,
        findings,
    }
}

fn digest(manifest: &Manifest) -> String {
    let mut hash = Sha256::new();
    hash.update(format!("{}\n{}\n{}\n", manifest.institution, manifest.period, manifest.sequence));
    for file in [&manifest.settlements, &manifest.fees] {
        hash.update(format!(
            "{}\n{}\n{}\n{}\n{}\n",
            file.name, file.rows, file.bytes, file.sha256, file.total
        ));
    }
    let digest: [u8; 32] = hash.finalize().into();
    hex(&digest)
}

/// Digest of a folder whose manifest cannot be read: its name and whatever stands in the manifest's place.
fn unreadable_digest(path: &Path, folder: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(folder);
    hash.update(std::fs::read(path.join(crate::ingest::manifest::MANIFEST)).unwrap_or_default());
    let digest: [u8; 32] = hash.finalize().into();
    hex(&digest)
}

/// Looks for expected institutions with nothing in the inbox.
///
/// # Errors
/// [`RunError::NotReady`] with their codes, unless the pipeline says to proceed.
pub fn missing(pipeline: &Pipeline, inbox: &Inbox) -> Result<(), RunError> {
    let sent = |code: &&String| {
        inbox.submissions.iter().any(|s| s.manifest.institution.as_str() == code.as_str())
    };
    let missing: Vec<String> =
        pipeline.expected.iter().filter(|code| !sent(code)).cloned().collect();
    if missing.is_empty() || pipeline.proceed_when_missing {
        return Ok(());
    }
    Err(RunError::NotReady(missing))
}

/// Drops what an earlier run took, or refused under the same reference data.
///
/// # Errors
/// SQLite.
pub fn keep_new(inbox: &mut Inbox, control: &Control, reference: &str) -> Result<(), RunError> {
    let mut kept = Vec::new();
    for submission in std::mem::take(&mut inbox.submissions) {
        if !control.is_done(&submission.digest, reference)? {
            kept.push(submission);
        }
    }
    inbox.submissions = kept;
    let mut refused = Vec::new();
    for submission in std::mem::take(&mut inbox.refused) {
        if !control.is_done(&submission.digest, reference)? {
            refused.push(submission);
        }
    }
    inbox.refused = refused;
    Ok(())
}

/// A submission that another, accepted one already used the sequence of is a correction, which must be accepted explicitly.
///
/// # Errors
/// SQLite.
pub fn refuse_corrections(inbox: &mut Inbox, control: &Control) -> Result<(), RunError> {
    let mut kept = Vec::new();
    for submission in std::mem::take(&mut inbox.submissions) {
        match control.accepted_under(&submission.label())? {
            Some(run) => {
                let finding = Finding::new(Code::SequenceRepeated)
                    .field("sequence")
                    .found(submission.manifest.sequence)
                    .expected(format!("another: run {run} accepted this one with other content"));
                inbox.refused.push(refusal(&submission, vec![finding]));
            }
            None => kept.push(submission),
        }
    }
    for (index, submission) in kept.iter_mut().enumerate() {
        submission.index = u32::try_from(index).unwrap_or(u32::MAX);
    }
    inbox.submissions = kept;
    Ok(())
}

/// Set when the operator or the scheduler asks the run to stop.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// # Errors
    /// [`RunError::Interrupted`] once a signal has come.
    pub fn check(&self) -> Result<(), RunError> {
        if self.0.load(Ordering::Relaxed) { Err(RunError::Interrupted) } else { Ok(()) }
    }

    pub fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Listens for SIGINT and SIGTERM on a thread of its own until the process ends.
    pub fn on_signals(&self) {
        let cancel = self.clone();
        std::thread::spawn(move || {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build()
            else {
                return;
            };
            runtime.block_on(async {
                use tokio::signal::unix::{SignalKind, signal};
                let (Ok(mut interrupt), Ok(mut terminate)) =
                    (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
                else {
                    return;
                };
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
                cancel.set();
            });
        });
    }
}
