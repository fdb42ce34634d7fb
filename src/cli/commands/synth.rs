//! `medsettle synth`.

use crate::cli::args::SynthArgs;
use crate::cli::exit::Exit;
use crate::cli::printer::Printer;
use crate::synth::{self, Request, Summary, SynthError};

/// Makes synthetic nights.
pub fn synth(args: &SynthArgs, printer: &Printer) -> Exit {
    let request = Request {
        out: args.out.clone(),
        claims: args.claims,
        seed: args.seed,
        nights: args.nights,
        first_day: args.first_day,
        dirty: args.dirty,
        compress: args.compress == "zst",
    };
    match synth::make(&request) {
        Ok(summary) => {
            printer.data(&text(args, &summary), &summary);
            Exit::Ok
        }
        Err(error) => {
            printer.error(&error);
            match error {
                SynthError::Io { .. } => Exit::Io,
                SynthError::NotEmpty(_) | SynthError::Request { .. } => Exit::Usage,
            }
        }
    }
}

fn text(args: &SynthArgs, summary: &Summary) -> String {
    let planted: u64 = summary.planted.values().sum();
    format!(
        "{} claims and {} reversals with {} lines in {} submissions, {} yuan\n\
         {planted} records are more than plain: {}\n\
         next: medsettle run {}\n",
        summary.claims,
        summary.reversals,
        summary.lines,
        summary.submissions,
        summary.medfee_sumamt,
        args.out.join("truth/planted.csv").display(),
        args.out.join("pipeline.toml").display(),
    )
}
