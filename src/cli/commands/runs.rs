//! `medsettle runs`.

use std::path::Path;

use crate::cli::args::{RunsArgs, ShowArgs};
use crate::cli::exit::Exit;
use crate::cli::printer::Printer;
use crate::store::control::{Control, RunRow};
use crate::store::staging::Layout;

/// `runs list`.
pub fn list(args: &RunsArgs, printer: &Printer) -> Exit {
    let runs = match read(&args.store) {
        Ok(runs) => runs,
        Err(error) => return no_store(printer, &error),
    };
    let mut text = String::from("date        run                     exit  published\n");
    for run in &runs {
        text.push_str(&format!(
            "{}  {:22}  {:4}  {}\n",
            run.date,
            run.run_id,
            run.exit_code,
            if run.published { "yes" } else { "not yet" }
        ));
    }
    printer.data(&text, &runs);
    Exit::Ok
}

/// `runs show`.
pub fn show(args: &ShowArgs, printer: &Printer) -> Exit {
    let runs = match read(&args.store.store) {
        Ok(runs) => runs,
        Err(error) => return no_store(printer, &error),
    };
    let Some(run) = runs.iter().find(|run| run.run_id.starts_with(&args.run_id)) else {
        printer.talk(&format!("error: the store has no run {}", args.run_id));
        return Exit::Usage;
    };
    let folder = Layout::new(&args.store.store).run(&run.run_id);
    let text = std::fs::read_to_string(folder.join("summary.txt")).unwrap_or_default();
    let value: serde_json::Value = serde_json::from_str(&run.summary).unwrap_or_default();
    printer.data(&text, &value);
    Exit::Ok
}

fn read(store: &Path) -> Result<Vec<RunRow>, String> {
    let path = Layout::new(store).control();
    if !path.exists() {
        return Err(format!("{} is not a store", store.display()));
    }
    Control::open(&path).and_then(|control| control.runs()).map_err(|error| error.to_string())
}

fn no_store(printer: &Printer, error: &str) -> Exit {
    printer.talk(&format!("error: {error}"));
    Exit::Usage
}
