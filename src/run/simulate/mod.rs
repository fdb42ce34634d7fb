//! What a draft of policies would have changed: settled history replayed under the book as it is and with the draft in it.
//!
//! Everybody whom the draft touches is folded twice from the beginning of history, with the same fold as at night and the reference data of
//! today; then record is held against record. The baseline is the replay under the current book, not what was booked, and the report says
//! how far the two are apart. Nothing is written but a work folder in the store that goes with the command.

mod compare;
mod history;
mod replay;
mod steps;

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::calendar::Date;
use crate::codes::{AdmDiv, InsuredRegion};
use crate::ingest::draft::{self, Draft};
use crate::report::simulation::Simulation;
use crate::store::staging::Layout;

use super::error::RunError;
use super::intake::Cancel;
use super::night::{Prepared, prepare};
use super::pipeline::Pipeline;
use super::progress::Progress;

use compare::{CompareInputs, Compared};
use history::{History, HistoryInputs};
use steps::Books;

/// Which records are reported.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Only this insured region.
    pub region: Option<AdmDiv>,
    /// First and last settlement day.
    pub from: Option<Date>,
    pub to: Option<Date>,
    /// How many of the claims that change most are told.
    pub top: usize,
}

impl Selection {
    fn takes(&self, insured: InsuredRegion, day: Date) -> bool {
        self.region.is_none_or(|region| region == insured.0)
            && self.from.is_none_or(|from| from <= day)
            && self.to.is_none_or(|to| day <= to)
    }
}

/// Replays a store's history under a draft.
///
/// # Errors
/// [`RunError::Config`] for a draft that does not pass; I/O; a damaged store.
pub fn simulate(
    pipeline: &Pipeline,
    store: &Path,
    paths: &[PathBuf],
    selection: &Selection,
    cancel: &Cancel,
    progress: &Progress,
) -> Result<Simulation, RunError> {
    progress.phase("prepare");
    let prepared = prepare(pipeline)?;
    let draft = draft::load(&prepared.book, paths).map_err(RunError::Config)?;
    let layout = Layout::new(store);
    progress.phase("history");
    let reference = &prepared.reference.reference;
    let inputs = HistoryInputs { store: &layout, pipeline, reference, cancel };
    let history = History::read(inputs)?;
    progress.begin("replay", u64::from(history.buckets()));
    let results: Vec<Result<Compared, RunError>> = (0..history.buckets())
        .into_par_iter()
        .map(|bucket| {
            let result = compare_bucket(&history, bucket, &prepared, &draft, selection);
            progress.advance(1);
            result
        })
        .collect();
    let mut all = Compared::default();
    for result in results {
        all.merge(result?, selection.top);
    }
    Ok(told(pipeline, store, &history, &prepared, draft, selection, all))
}

fn compare_bucket(
    history: &History<'_>,
    bucket: u32,
    prepared: &Prepared,
    draft: &Draft,
    selection: &Selection,
) -> Result<Compared, RunError> {
    let reference = &prepared.reference.reference;
    let current = &prepared.book.book;
    let inputs = CompareInputs {
        touched: &draft.touched,
        selection,
        books: Books { current, draft: &draft.book },
        pseudonyms: &prepared.pseudonyms,
    };
    let mut people = history.bucket(bucket)?;
    history::keep(&mut people, &draft.touched);
    let mut compared = Compared::default();
    let lost = people
        .lost
        .iter()
        .filter(|(served, day)| draft.touched.contains(served) && selection.takes(served.0, *day));
    compared.baseline.lost = lost.count() as u64;
    for (person, records) in people.records {
        let before = replay::replay(person, &records, current, reference);
        let after = replay::replay(person, &records, &draft.book, reference);
        compared.person(&records, &before, &after, inputs);
    }
    Ok(compared)
}

fn told(
    pipeline: &Pipeline,
    store: &Path,
    history: &History<'_>,
    prepared: &Prepared,
    draft: Draft,
    selection: &Selection,
    all: Compared,
) -> Simulation {
    let day = |day: Option<Date>| day.map_or_else(String::new, |day| day.to_string());
    let regions = &prepared.reference.reference.regions;
    Simulation {
        pipeline: pipeline.name.clone(),
        store: store.display().to_string(),
        draft: draft.files,
        replaced: draft.replaced,
        history_from: history.days().min().unwrap_or_default().to_owned(),
        history_to: history.days().max().unwrap_or_default().to_owned(),
        runs: history.days().count(),
        from: day(selection.from),
        to: day(selection.to),
        people: all.people,
        baseline: all.baseline.clone(),
        total: all.total(),
        regions: all.regions(|region| regions.name(region.0)),
        payers: all.payers.lines(),
        levels: all.levels(),
        person_types: all.person_types(),
        care: all.care(),
        stopped: all.stopped(),
        elsewhere: all.elsewhere.clone(),
        claims: all.claims(),
    }
}
