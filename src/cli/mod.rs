//! The command line: arguments, commands, what is shown and the exit code. Data to stdout, talk to stderr.

pub mod args;
pub mod commands;
pub mod exit;
pub mod printer;

use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command, PolicyCommand, RunsCommand};
use exit::Exit;
use printer::Printer;

/// Runs the program.
pub fn main() -> ExitCode {
    let args = Args::parse();
    start_log(args.verbose, args.log_json);
    let printer = Printer::new(args.command.json());
    let result = std::panic::catch_unwind(|| dispatch(&args.command, &printer));
    let exit = result.unwrap_or_else(|_| {
        printer.talk("error: a bug was caught; nothing was published");
        Exit::Internal
    });
    ExitCode::from(exit.code())
}

fn dispatch(command: &Command, printer: &Printer) -> Exit {
    match command {
        Command::Run(run) => commands::run::run(run, printer),
        Command::Check(check) => commands::check::check(check, printer),
        Command::Explain(explain) => commands::explain::explain(explain, printer),
        Command::Policy(PolicyCommand::Simulate(simulate)) => {
            commands::policy::simulate::simulate(simulate, printer)
        }
        Command::Runs(RunsCommand::List(list)) => commands::runs::list(list, printer),
        Command::Runs(RunsCommand::Show(show)) => commands::runs::show(show, printer),
        Command::Policy(PolicyCommand::Check(check)) => {
            commands::policy::check::check(check, printer)
        }
        Command::Policy(PolicyCommand::Test(test)) => commands::policy::test::test(test, printer),
        Command::Policy(PolicyCommand::Show(show)) => commands::policy::show::show(show, printer),
        Command::Policy(PolicyCommand::Diff(diff)) => commands::policy::diff::diff(diff, printer),
        Command::Synth(synth) => commands::synth::synth(synth, printer),
    }
}

fn start_log(verbose: u8, json: bool) {
    let level = match verbose {
        0 => tracing::Level::WARN,
        1 => tracing::Level::INFO,
        2 => tracing::Level::DEBUG,
        _ => tracing::Level::TRACE,
    };
    let log = tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::stderr);
    if json {
        log.json().init();
    } else {
        log.with_ansi(false).with_target(false).init();
    }
}
