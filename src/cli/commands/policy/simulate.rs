//! `medsettle policy simulate`.

use super::refuse;
use crate::cli::args::SimulateArgs;
use crate::cli::exit::Exit;
use crate::cli::printer::Printer;
use crate::report::simulation::render;
use crate::run::intake::Cancel;
use crate::run::progress::Progress;
use crate::run::simulate::{Selection, simulate as replay};
use crate::run::{Pipeline, RunError};
use crate::store::staging::Layout;

/// Tells what a draft of policies would have changed in the history of a store.
pub fn simulate(args: &SimulateArgs, printer: &Printer) -> Exit {
    let pipeline = match Pipeline::load(&args.pipeline) {
        Ok(pipeline) => pipeline,
        Err(errors) => return refuse(printer, &errors),
    };
    let Some(store) = args.store.clone().or_else(|| pipeline.store.clone()) else {
        return refuse(printer, &["no store: give --store, or `store` in the pipeline".into()]);
    };
    if !Layout::new(&store).control().exists() {
        return refuse(printer, &[format!("{} is not a store", store.display())]);
    }
    if args.from.zip(args.to).is_some_and(|(from, to)| to < from) {
        return refuse(printer, &["--to is before --from".into()]);
    }
    let selection = Selection { region: args.region, from: args.from, to: args.to, top: args.top };
    let cancel = Cancel::default();
    cancel.on_signals();
    let progress = Progress::new(!args.json);
    let result = replay(&pipeline, &store, &args.draft, &selection, &cancel, &progress);
    progress.finish();
    match result {
        Ok(simulation) => {
            printer.data(&render(&simulation), &simulation);
            Exit::Ok
        }
        Err(RunError::Config(errors)) => refuse(printer, &errors),
        Err(error) => {
            printer.error(&error);
            Exit::from_code(error.exit_code())
        }
    }
}
