//! Commands about the policy book: one file each.

pub mod check;
pub mod diff;
pub mod show;
pub mod simulate;
pub mod test;

use super::super::exit::Exit;
use super::super::printer::Printer;

/// What is wrong with how a command was called, or with the book that it was given.
fn refuse(printer: &Printer, errors: &[String]) -> Exit {
    for error in errors {
        printer.talk(&format!("error: {error}"));
    }
    Exit::Usage
}
