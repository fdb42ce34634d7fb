//! `medsettle policy show`.

use crate::cli::args::PolicyShowArgs;
use crate::cli::exit::Exit;
use crate::cli::printer::Printer;
use crate::ingest::policy_book;
use crate::page::outline::Outline;
use crate::page::show::page;
use crate::policy::written::Written;

use super::refuse;

/// Prints the page of every policy of a region.
pub fn show(args: &PolicyShowArgs, printer: &Printer) -> Exit {
    let loaded = match policy_book::load(&args.paths) {
        Ok(loaded) => loaded,
        Err(errors) => return refuse(printer, &errors),
    };
    let asked = |policy: &&Written| {
        policy.region.0 == args.region
            && args.insurance.is_none_or(|insurance| policy.insurance.contains(&insurance))
    };
    let pages: Vec<String> = loaded
        .written
        .policies
        .iter()
        .filter(asked)
        .map(|policy| page(&Outline::of(&loaded.written, policy, args.date), args.lang))
        .collect();
    if pages.is_empty() {
        let insurance =
            args.insurance.map_or_else(String::new, |code| format!(" and insurance {code}"));
        let what = format!("the book has no policy for region {}{insurance}", args.region);
        return refuse(printer, &[what]);
    }
    printer.data(&pages.join("\n\n"), &());
    Exit::Ok
}
