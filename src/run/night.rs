//! One night, in order: intake, pricing, identity, settling, clearing, audit, commit, publication.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::calendar::Date;
use crate::claim::{NotSettled, RefusedSubmission};
use crate::codes::{SettlementId, hex};
use crate::ingest::policy_book::{self, LoadedBook};
use crate::ingest::reference::{self as reference_files, LoadedReference};
use crate::ingest::{keys, manifest};
use crate::prove::check::{self, Extent, Severity};
use crate::report::StatementLine;
use crate::store::control::{Control, RunRow, SubmissionRow};
use crate::store::ids::{self, IdFile};
use crate::store::line_table::LineTable;
use crate::store::people;
use crate::store::person_keys::{self, PersonKeys};
use crate::store::pseudonym::Pseudonyms;
use crate::store::schema::Table;
use crate::store::staging::{self, Layout};

use super::auditing::audit_night;
use super::clearing::{self, ClearInputs};
use super::error::RunError;
use super::guard;
use super::held::{self, Conditions, HeldNote};
use super::identity::{self, Identity};
use super::intake::{self, Cancel, Submission};
use super::manifest_file::{self, ManifestInputs};
use super::outcome::{NightOutcome, RunTotals};
use super::parts::{PartLines, plan_parts};
use super::person;
use super::phases::Phases;
use super::pipeline::Pipeline;
use super::pricing::{LineSink, PriceInputs, price_submission};
use super::progress::Progress;
use super::settling::{
    EarlierRun, RegionRole, RowLayout, SettleInputs, SettledNight, Shuffled, settle_buckets,
};
use super::shuffle::{Batch, Shuffle};
use super::summary;

/// Version of what a run depends on besides its inputs: a change settles a repeated night anew.
pub const ENGINE_VERSION: &str = "1";

/// Records per part of the settlement table, about.
const RECORDS_PER_PART: u64 = 62_500;

/// What the command line adds to a pipeline.
#[derive(Clone, Debug)]
pub struct NightOptions {
    pub date: Date,
    pub store: PathBuf,
    /// Do everything but publish.
    pub dry_run: bool,
}

/// Everything a night reads that is not a submission.
pub struct Prepared {
    pub reference: LoadedReference,
    pub book: LoadedBook,
    pub pseudonyms: Pseudonyms,
}

/// Loads policies, reference data and keys.
///
/// # Errors
/// [`RunError::Config`] with every mistake.
pub fn prepare(pipeline: &Pipeline) -> Result<Prepared, RunError> {
    let (reference, book) =
        rayon::join(|| reference_files::load(&pipeline.reference), || proven_book(pipeline));
    let keys = keys::load(&pipeline.keys);
    match (reference, book, keys) {
        (Ok(reference), Ok(book), Ok(pseudonyms)) => Ok(Prepared { reference, book, pseudonyms }),
        (reference, book, keys) => {
            let mut errors = Vec::new();
            errors.extend(book.err().into_iter().flatten());
            errors.extend(reference.err().into_iter().flatten());
            errors.extend(keys.err());
            Err(RunError::Config(errors))
        }
    }
}

/// The policy book, proven: no run starts with one that has gaps or contradicts itself, unless the pipeline says so.
fn proven_book(pipeline: &Pipeline) -> Result<LoadedBook, Vec<String>> {
    let loaded = policy_book::load(&pipeline.policy)?;
    if pipeline.with_policy_errors {
        return Ok(loaded);
    }
    let proof = check::check(&loaded.book, &loaded.written, Extent::default());
    let errors = proof.findings.iter().filter(|finding| finding.severity == Severity::Error);
    let errors: Vec<String> = errors.map(ToString::to_string).collect();
    if errors.is_empty() { Ok(loaded) } else { Err(errors) }
}

/// Runs one night.
///
/// # Errors
/// [`RunError`]; nothing of the night is published then.
pub fn run_night(
    pipeline: &Pipeline,
    options: &NightOptions,
    cancel: &Cancel,
    progress: &Progress,
) -> Result<NightOutcome, RunError> {
    let layout = Layout::new(&options.store);
    let make = |path: &Path| {
        staging::create_synced(path).map_err(|source| RunError::io("cannot make", path, source))
    };
    make(&options.store)?;
    let _lock = guard::lock(&layout)?;
    let mut control = Control::open(&layout.control())?;
    guard::recover(&layout, &control)?;
    let mut phases = Phases::start();
    let prepared = prepare(pipeline)?;
    phases.end("prepare");
    let reference_digest = hex(&prepared.reference.digest);
    let runs = control.runs()?;
    let mut inbox = intake::discover(&pipeline.inbox(options.date))?;
    intake::missing(pipeline, &inbox)?;
    intake::keep_new(&mut inbox, &control, &reference_digest)?;
    inbox.settle_order();
    intake::refuse_corrections(&mut inbox, &control)?;
    let conditions = conditions(pipeline, &prepared);
    let person_keys = person::read_keys(&layout, &runs)?;
    let waiting = held::waiting(&layout, &runs, &conditions)?;
    inbox.take_up(waiting.due);
    let today: Vec<&RunRow> =
        runs.iter().filter(|run| run.date == options.date.to_string()).collect();
    if let Some(last) = today.last()
        && inbox.submissions.is_empty()
        && inbox.refused.is_empty()
    {
        let summary = serde_json::from_str(&last.summary)
            .map_err(|error| RunError::Output(format!("run {}: {error}", last.run_id)))?;
        return Ok(NightOutcome::Nothing { run_id: last.run_id.clone(), summary });
    }
    phases.end("intake");
    let identity = run_identity(pipeline, options.date, &prepared, &inbox, runs.len());
    let number = u32::try_from(today.len()).unwrap_or(u32::MAX) + 1;
    let run_id =
        format!("{}-{number}-{}", options.date.to_string().replace('-', ""), &identity[..8]);
    let night = Night {
        pipeline,
        options,
        prepared: &prepared,
        layout: &layout,
        run_id: &run_id,
        conditions,
        held: waiting.ids,
        person_keys,
        cancel,
        progress,
        staged: layout.staging().join(&run_id),
        work: layout.work().join(&run_id),
    };
    let finished = night.settle(inbox, &runs, &mut phases)?;
    let row = RunRow {
        run_id: run_id.clone(),
        date: options.date.to_string(),
        number,
        identity,
        exit_code: finished.summary.exit_code,
        summary: serde_json::to_string(&finished.summary).unwrap_or_default(),
        layout: serde_json::to_string(&finished.rows).unwrap_or_default(),
        published: false,
    };
    let summary = Box::new(finished.summary);
    if options.dry_run {
        guard::clean(&layout)?;
        return Ok(NightOutcome::Dry(summary));
    }
    cancel.check()?;
    progress.phase("publish");
    let submissions = finished.submissions;
    let submissions: Vec<SubmissionRow> = submissions
        .into_iter()
        .map(|row| SubmissionRow { reference: reference_digest.clone(), ..row })
        .collect();
    control.commit(&row, &submissions)?;
    staging::publish(&layout, &run_id, &row.date)
        .map_err(|source| RunError::io("cannot publish into", layout.root(), source))?;
    control.mark_published(&run_id)?;
    guard::clean(&layout)?;
    phases.end("publish");
    phases.log();
    Ok(NightOutcome::Published(summary))
}

/// What held records wait for.
fn conditions(pipeline: &Pipeline, prepared: &Prepared) -> Conditions {
    let text: [u8; 32] = Sha256::digest(&pipeline.text).into();
    Conditions {
        policies: hex(&prepared.book.digest),
        reference: hex(&prepared.reference.digest),
        pipeline: hex(&text),
    }
}

/// Digest over everything the night depends on.
fn run_identity(
    pipeline: &Pipeline,
    date: Date,
    prepared: &Prepared,
    inbox: &intake::Inbox,
    generation: usize,
) -> String {
    let mut hash = Sha256::new();
    hash.update(format!("{ENGINE_VERSION}\n{}\n{date}\n{generation}\n", Table::ALL.len()));
    hash.update(&pipeline.text);
    hash.update(prepared.reference.digest);
    hash.update(prepared.book.digest);
    hash.update(prepared.pseudonyms.key_id());
    for submission in &inbox.submissions {
        hash.update(&submission.digest);
        hash.update(format!("{:?}\n", submission.only));
    }
    for refused in &inbox.refused {
        hash.update(&refused.digest);
    }
    let digest: [u8; 32] = hash.finalize().into();
    hex(&digest)
}

/// A night that is being worked on.
struct Night<'a> {
    pipeline: &'a Pipeline,
    options: &'a NightOptions,
    prepared: &'a Prepared,
    layout: &'a Layout,
    run_id: &'a str,
    conditions: Conditions,
    /// Settlements that earlier nights hold and that are not offered again.
    held: BTreeSet<SettlementId>,
    person_keys: PersonKeys,
    cancel: &'a Cancel,
    progress: &'a Progress,
    staged: PathBuf,
    work: PathBuf,
}

/// A staged and audited night.
struct Finished {
    summary: crate::report::summary::RunSummary,
    rows: RowLayout,
    submissions: Vec<SubmissionRow>,
}

/// What pricing a part of the night gave.
#[derive(Default)]
struct PricedPart {
    /// (digest of number, key) of people whose number is met for the first time.
    person_keys: Vec<(u128, u128)>,
    identities: Vec<Identity>,
    not_settled: Vec<NotSettled>,
    refused: Vec<RefusedSubmission>,
    /// Numbers of the submissions that were accepted.
    accepted: Vec<u32>,
    totals: RunTotals,
}

impl Night<'_> {
    fn settle(
        &self,
        inbox: intake::Inbox,
        runs: &[RunRow],
        phases: &mut Phases,
    ) -> Result<Finished, RunError> {
        self.make_folders()?;
        let labels: Vec<String> = inbox.submissions.iter().map(Submission::label).collect();
        let people: Shuffle<u32> = Shuffle::new(&self.work, "bucket");
        let mut priced = self.price(&inbox.submissions, &people)?;
        priced.refused.extend(inbox.refused);
        priced.refused.sort_by(|a, b| a.folder.cmp(&b.folder));
        phases.end("price");
        if priced.accepted.is_empty() && !priced.refused.is_empty() {
            guard::clean(self.layout)?;
            return Err(RunError::AllRefused(priced.refused));
        }
        let earlier = Self::earlier(runs)?;
        let files = self.id_files(&earlier)?;
        let identities = std::mem::take(&mut priced.identities);
        let label = |origin: crate::claim::Origin| {
            labels.get(origin.submission as usize).cloned().unwrap_or_default()
        };
        let verdicts = identity::judge(identities, &files, label);
        phases.end("identity");
        let regions: Shuffle<RegionRole> = Shuffle::new(&self.work, "region");
        self.progress.phase("settle");
        let parts = priced.totals.received.records.div_ceil(RECORDS_PER_PART).clamp(1, 16);
        let inputs = SettleInputs {
            reference: &self.prepared.reference.reference,
            book: &self.prepared.book.book,
            pipeline: self.pipeline,
            verdicts: &verdicts,
            held: &self.held,
            earlier: &earlier,
            store: self.layout,
            pseudonyms: &self.prepared.pseudonyms,
            submissions: &labels,
            cancel: self.cancel,
        };
        let tables = self.staged.join("tables");
        let mut night = settle_buckets(&people, &regions, &tables, parts as u32, &inputs)?;
        phases.end("settle");
        let mut totals = std::mem::take(&mut priced.totals);
        totals.merge(&night.totals);
        priced.refused.iter().for_each(|refused| totals.add_refused(refused));
        totals.check().map_err(|what| RunError::OutOfBalance(vec![what]))?;
        night.not_settled.append(&mut priced.not_settled);
        night.not_settled.sort_by_key(|record| (record.origin, record.is_line));
        let (clearing, statements) = self.clear(&regions, &night, &priced.refused, &labels)?;
        phases.end("clear");
        let person_keys = std::mem::take(&mut priced.person_keys);
        self.keep_state(&mut night, person_keys, &inbox.submissions)?;
        if !self.options.dry_run {
            self.keep_inputs(&inbox.submissions, &priced.accepted)?;
        }
        self.progress.phase("audit");
        let tables = self.staged.join("tables");
        let base = self.pipeline.clear_base;
        audit_night(&tables, &totals, &night, statements, base, &self.prepared.book.book)?;
        phases.end("audit");
        let summary = summary::summarise(&summary::SummaryInputs {
            run_id: self.run_id,
            date: self.options.date,
            pipeline: self.pipeline,
            reference: &self.prepared.reference.reference,
            totals: &totals,
            clearing: &clearing,
            not_settled: &night.not_settled,
            refused: &priced.refused,
            accepted: submission_rows(&inbox.submissions, &priced)
                .iter()
                .filter(|row| row.accepted)
                .count(),
            store: self.layout.root(),
        });
        self.write_manifest(&summary, &totals, &priced.refused, &inbox.submissions)?;
        staging::sync_tree(&self.staged)
            .map_err(|source| RunError::io("cannot sync", &self.staged, source))?;
        phases.end("seal");
        let submissions = submission_rows(&inbox.submissions, &priced);
        Ok(Finished { summary, rows: night.layout, submissions })
    }

    fn make_folders(&self) -> Result<(), RunError> {
        let tables = Table::ALL.iter().map(|table| self.staged.join("tables").join(table.name()));
        let others = ["outbox", "state", "run"].map(|name| self.staged.join(name));
        for folder in tables.chain(others).chain([self.work.clone()]) {
            fs::create_dir_all(&folder)
                .map_err(|source| RunError::io("cannot make", &folder, source))?;
        }
        Ok(())
    }

    /// Prices all submissions; consecutive small ones share a part and its file of lines, a large one has its own.
    fn price(
        &self,
        submissions: &[Submission],
        people: &Shuffle<u32>,
    ) -> Result<PricedPart, RunError> {
        let rows: u64 = submissions.iter().map(|s| s.manifest.fees.rows).sum();
        self.progress.begin("price", rows);
        let parts = plan_parts(submissions);
        let results: Vec<Result<PricedPart, RunError>> = parts
            .par_iter()
            .enumerate()
            .map(|(part, range)| self.price_part(part, &submissions[range.clone()], people))
            .collect();
        let mut night = PricedPart::default();
        for result in results {
            let part = result?;
            night.person_keys.extend(part.person_keys);
            night.identities.extend(part.identities);
            night.not_settled.extend(part.not_settled);
            night.refused.extend(part.refused);
            night.accepted.extend(part.accepted);
            night.totals.merge(&part.totals);
        }
        Ok(night)
    }

    fn price_part(
        &self,
        part: usize,
        submissions: &[Submission],
        people: &Shuffle<u32>,
    ) -> Result<PricedPart, RunError> {
        let path = self
            .staged
            .join("tables")
            .join(Table::PricedLine.name())
            .join(format!("part-{part:03}.parquet"));
        let mut file = PartLines::create(&path, submissions.len() == 1)?;
        let mut table = LineTable::new();
        let mut out = PricedPart::default();
        let inputs =
            PriceInputs { reference: &self.prepared.reference.reference, pipeline: self.pipeline };
        for submission in submissions {
            self.cancel.check()?;
            match price_submission(submission, inputs, &mut table, &mut file)? {
                Ok(priced) => {
                    file.batch(&mut table)?;
                    file.keep()?;
                    self.shuffle(submission, priced, people, &mut out)?;
                }
                Err(refused) => {
                    tracing::warn!(folder = refused.folder, "submission refused");
                    table.take_batch().map_err(|e| RunError::Output(e.to_string()))?;
                    file.drop_submission()?;
                    out.refused.push(refused);
                }
            }
            self.progress.advance(submission.manifest.fees.rows);
        }
        file.close()?;
        Ok(out)
    }

    fn shuffle(
        &self,
        submission: &Submission,
        priced: super::pricing::PricedSubmission,
        people: &Shuffle<u32>,
        out: &mut PricedPart,
    ) -> Result<(), RunError> {
        let mut batch = Batch::new();
        for record in priced.claims {
            let identity = Identity::of(&record)?;
            let reference = &self.prepared.reference.reference;
            let (person, number) = person::of(&record.claim, reference, &self.person_keys);
            if self.person_keys.get(number).is_none() {
                out.person_keys.push((number, person));
            }
            let bucket = person::bucket(person, self.pipeline.buckets);
            let fee = i128::from(record.claim.declared_total().get());
            out.totals.received.add(1, fee);
            if submission.only.is_some() {
                out.totals.held_before.add(1, fee);
            }
            out.identities.push(identity);
            batch.push(bucket, &Shuffled { person, content: identity.content, priced: record })?;
        }
        for record in priced.not_settled {
            out.totals.received.add(1, i128::from(record.fee.get()));
            out.totals.add_not_settled(&record);
            out.not_settled.push(record);
        }
        out.totals.lines += priced.lines;
        out.accepted.push(submission.index);
        people.append(batch)
    }

    fn earlier(runs: &[RunRow]) -> Result<Vec<EarlierRun>, RunError> {
        runs.iter()
            .map(|run| {
                let layout = serde_json::from_str(&run.layout)
                    .map_err(|error| RunError::Output(format!("run {}: {error}", run.run_id)))?;
                Ok(EarlierRun { run_id: run.run_id.clone(), date: run.date.clone(), layout })
            })
            .collect()
    }

    fn id_files(&self, earlier: &[EarlierRun]) -> Result<Vec<IdFile>, RunError> {
        earlier
            .iter()
            .map(|run| {
                let path = self.layout.state(&run.run_id).join("ids.bin");
                IdFile::open(&path).map_err(|source| RunError::io("cannot read", &path, source))
            })
            .collect()
    }

    fn clear(
        &self,
        regions: &Shuffle<RegionRole>,
        night: &SettledNight,
        refused: &[RefusedSubmission],
        labels: &[String],
    ) -> Result<(crate::clear::Clearing, Vec<StatementLine>), RunError> {
        self.progress.phase("clear");
        let clearing = crate::clear::clear(&night.ledger)
            .map_err(|imbalance| RunError::OutOfBalance(vec![imbalance.to_string()]))?;
        let inputs = ClearInputs {
            date: self.options.date,
            reference: &self.prepared.reference.reference,
            pseudonyms: &self.prepared.pseudonyms,
            clearing: &clearing,
            not_settled: &night.not_settled,
            refused,
            submissions: labels,
            cancel: self.cancel,
        };
        let statements = clearing::write_regions(regions, &self.staged.join("outbox"), &inputs)?;
        clearing::write_tables(
            &self.staged.join("tables"),
            &night.ledger,
            &clearing,
            &night.not_settled,
            labels,
        )?;
        Ok((clearing, statements))
    }

    fn keep_state(
        &self,
        night: &mut SettledNight,
        person_keys: Vec<(u128, u128)>,
        submissions: &[Submission],
    ) -> Result<(), RunError> {
        let state = self.staged.join("state");
        let write = |name: &str, bytes: &[u8]| {
            let path = state.join(name);
            fs::write(&path, bytes).map_err(|source| RunError::io("cannot write", &path, source))
        };
        write("ids.bin", &ids::encode(std::mem::take(&mut night.ids)))?;
        write("persons.bin", &person_keys::encode(person_keys))?;
        write("people.bin", &people::assemble(&std::mem::take(&mut night.people)))?;
        let note = HeldNote::of(&self.conditions, &night.not_settled, submissions);
        let note = serde_json::to_vec_pretty(&note)
            .map_err(|error| RunError::Output(format!("cannot note what is held: {error}")))?;
        write(held::FILE, &note)?;
        // In the book's order: rules are numbered by it.
        let policies = serde_json::to_vec(&self.prepared.book.files)
            .map_err(|error| RunError::Output(format!("cannot keep the policies: {error}")))?;
        write("policies.json", &policies)
    }

    /// Links accepted files into the store, where they are never rewritten; copies them where a link cannot be made.
    fn keep_inputs(&self, submissions: &[Submission], accepted: &[u32]) -> Result<(), RunError> {
        for submission in submissions.iter().filter(|s| accepted.contains(&s.index)) {
            let folder = self.layout.inputs().join(&submission.digest);
            if folder.exists() {
                continue;
            }
            let partial = self.work.join(format!("input-{}", submission.index));
            let io = |source| RunError::io("cannot keep", &submission.path, source);
            fs::create_dir_all(&partial).map_err(io)?;
            let names = [
                manifest::MANIFEST,
                &submission.manifest.settlements.name,
                &submission.manifest.fees.name,
            ];
            for name in names {
                let (from, to) = (submission.path.join(name), partial.join(name));
                if fs::hard_link(&from, &to).is_err() {
                    fs::copy(&from, &to).map_err(io)?;
                }
            }
            staging::sync_tree(&partial).map_err(io)?;
            staging::create_synced(&self.layout.inputs()).map_err(io)?;
            fs::rename(&partial, &folder).map_err(io)?;
        }
        let inputs = self.layout.inputs();
        if inputs.exists() {
            fs::File::open(&inputs)
                .and_then(|folder| folder.sync_all())
                .map_err(|source| RunError::io("cannot sync", &inputs, source))?;
        }
        Ok(())
    }

    fn write_manifest(
        &self,
        summary: &crate::report::summary::RunSummary,
        totals: &RunTotals,
        refused: &[RefusedSubmission],
        submissions: &[Submission],
    ) -> Result<(), RunError> {
        self.progress.phase("seal");
        let inputs = ManifestInputs {
            run_id: self.run_id,
            date: self.options.date,
            policy_digest: hex(&self.prepared.book.digest),
            reference_digest: hex(&self.prepared.reference.digest),
            key_id: self.prepared.pseudonyms.key_id(),
            totals,
            refused,
            submissions,
            summary,
        };
        manifest_file::write(&self.staged, &inputs)
    }
}

fn submission_rows(submissions: &[Submission], priced: &PricedPart) -> Vec<SubmissionRow> {
    let accepted =
        submissions.iter().filter(|s| s.only.is_none() && priced.accepted.contains(&s.index));
    let accepted = accepted.map(|s| SubmissionRow {
        digest: s.digest.clone(),
        folder: s.folder.clone(),
        label: s.label(),
        accepted: true,
        reference: String::new(),
    });
    let refused = priced.refused.iter().map(|r| SubmissionRow {
        digest: r.digest.clone(),
        folder: r.folder.clone(),
        label: r.institution.clone(),
        accepted: false,
        reference: String::new(),
    });
    accepted.chain(refused).collect()
}
