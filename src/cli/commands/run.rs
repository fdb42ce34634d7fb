//! `medsettle run`.

use crate::calendar::Date;
use crate::cli::args::RunArgs;
use crate::cli::exit::Exit;
use crate::cli::printer::Printer;
use crate::report::summary::render;
use crate::run::intake::Cancel;
use crate::run::progress::Progress;
use crate::run::{NightOptions, NightOutcome, Pipeline, RunError, run_night};

/// Settles one day or a range of days; stops at the first that cannot be published.
pub fn run(args: &RunArgs, printer: &Printer) -> Exit {
    let pipeline = match Pipeline::load(&args.pipeline) {
        Ok(pipeline) => pipeline,
        Err(errors) => return usage(printer, &errors),
    };
    let days = match days(args, &pipeline) {
        Ok(days) => days,
        Err(error) => return usage(printer, &[error]),
    };
    let Some(store) = args.store.clone().or_else(|| pipeline.store.clone()) else {
        return usage(printer, &["no store: give --store, or `store` in the pipeline".into()]);
    };
    if let Some(threads) = args.threads {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(usize::from(threads));
        if let Err(error) = pool.build_global() {
            printer.error(&error);
            return Exit::Internal;
        }
    }
    let cancel = Cancel::default();
    cancel.on_signals();
    let progress = Progress::new(!args.json);
    let mut worst = Exit::Ok;
    for date in days {
        let options = NightOptions { date, store: store.clone(), dry_run: args.dry_run };
        let result = run_night(&pipeline, &options, &cancel, &progress);
        progress.finish();
        let exit = match result {
            Ok(outcome) => show(printer, date, &outcome),
            Err(error) => return failed(printer, date, &error),
        };
        worst = if exit == Exit::Ok { worst } else { exit };
    }
    worst
}

fn days(args: &RunArgs, pipeline: &Pipeline) -> Result<Vec<Date>, String> {
    match (args.date, args.from, args.to) {
        (Some(date), ..) => Ok(vec![date]),
        (None, Some(from), Some(to)) if from <= to => {
            Ok((from.days()..=to.days()).map(Date::from_days).collect())
        }
        (None, Some(_), Some(_)) => Err("--to is before --from".into()),
        _ => pipeline.date.map(|date| vec![date]).ok_or_else(|| {
            "no date: give --date, or `date` in the pipeline; the clock never decides it".into()
        }),
    }
}

fn show(printer: &Printer, date: Date, outcome: &NightOutcome) -> Exit {
    match outcome {
        NightOutcome::Published(summary) => {
            printer.data(&render(summary), summary);
            Exit::from_code(summary.exit_code)
        }
        NightOutcome::Dry(summary) => {
            printer.talk("dry run: nothing was published");
            printer.data(&render(summary), summary);
            Exit::from_code(summary.exit_code)
        }
        NightOutcome::Nothing { run_id, summary } => {
            printer.talk(&format!("{date}: nothing new since run {run_id}; its summary:"));
            printer.data(&render(summary), summary);
            Exit::Ok
        }
    }
}

fn failed(printer: &Printer, date: Date, error: &RunError) -> Exit {
    printer.talk(&format!("{date}: nothing was published"));
    printer.error(error);
    if let RunError::AllRefused(refused) = error {
        for submission in refused {
            for finding in &submission.findings {
                let place = if finding.file.is_empty() { "" } else { finding.file.as_str() };
                printer
                    .talk(&format!("  {}: {place}:{}: {finding}", submission.folder, finding.line));
                printer.talk(&format!("    hint: {}", finding.code.remedy()));
            }
        }
    }
    Exit::from_code(error.exit_code())
}

fn usage(printer: &Printer, errors: &[String]) -> Exit {
    for error in errors {
        printer.talk(&format!("error: {error}"));
    }
    Exit::Usage
}
