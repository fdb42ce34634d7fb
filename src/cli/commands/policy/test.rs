//! `medsettle policy test`.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde::Serialize;

use crate::cli::args::PolicyTestArgs;
use crate::cli::exit::Exit;
use crate::cli::printer::Printer;
use crate::codes::AdmDiv;
use crate::ingest::policy_book;
use crate::literal;
use crate::policy::written::{Written, WrittenBook};
use crate::prove::examine::{Book, Examined, Extent, examine, examine_base};

#[derive(Serialize)]
struct Tested {
    file: String,
    cases: usize,
    claims: usize,
    values: usize,
    untested: usize,
    ways: usize,
    points: usize,
    falls: Vec<String>,
    problems: Vec<String>,
}

/// Runs the cases of a book, moves its values, judges its break points.
pub fn test(args: &PolicyTestArgs, printer: &Printer) -> Exit {
    let loaded = policy_book::texts(&args.paths).and_then(|files| {
        let loaded = policy_book::read(files.clone())?;
        let second = literal::Book::read(&files).map_err(|error| vec![error])?;
        Ok((files, loaded.written, second))
    });
    let (files, written, second) = match loaded {
        Ok(loaded) => loaded,
        Err(errors) => {
            for error in errors {
                printer.talk(&format!("error: {error}"));
            }
            return Exit::Usage;
        }
    };
    let book = Book { written: &written, files: &files, second: &second };
    let extent = Extent { perturb: !args.cases_only, certify: !args.cases_only };
    let examined = examine_all(&book, args.region, extent);
    if let Some(path) = &args.certificate
        && let Err(error) = std::fs::write(path, certificates(&examined))
    {
        printer.talk(&format!("error: {}: {error}", path.display()));
        return Exit::Io;
    }
    report(printer, &examined)
}

/// Examines every policy and base, as many at once as there are cores; the order of the result is that of the book.
fn examine_all(book: &Book<'_>, region: Option<AdmDiv>, extent: Extent) -> Vec<Examined> {
    let WrittenBook { policies, bases, .. } = book.written;
    let chosen = |policy: &&Written| region.is_none_or(|region| policy.region.0 == region);
    let mut work: Vec<&Written> = policies.iter().filter(chosen).collect();
    if region.is_none() && extent.perturb {
        work.extend(bases);
    }
    let next = AtomicUsize::new(0);
    let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let mut done: Vec<(usize, Examined)> = std::thread::scope(|scope| {
        let hands: Vec<_> = (0..workers)
            .map(|_| {
                scope.spawn(|| {
                    let mut own = Vec::new();
                    loop {
                        let at = next.fetch_add(1, Ordering::Relaxed);
                        let Some(file) = work.get(at) else { return own };
                        let examined = if file.is_base {
                            examine_base(book, file)
                        } else {
                            examine(book, file, extent)
                        };
                        own.push((at, examined));
                    }
                })
            })
            .collect();
        hands.into_iter().flat_map(|hand| hand.join().unwrap_or_default()).collect()
    });
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, examined)| examined).collect()
}

fn certificates(examined: &[Examined]) -> String {
    let mut text = String::from(
        "# Boundary certificate: every amount at which a policy's formula changes its shape, and one fen on either side,\n\
         # computed by the compiled evaluator and judged by the literal one.\n",
    );
    for one in examined {
        let Some(certificate) = &one.certificate else { continue };
        text.push_str(&format!(
            "\n## {} · {} ways · {} points · {} disagreements\n",
            one.file,
            certificate.ways,
            certificate.points,
            certificate.disagreements.len()
        ));
        for line in &certificate.lines {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

fn report(printer: &Printer, examined: &[Examined]) -> Exit {
    let mut text = String::new();
    let mut rows = Vec::new();
    let mut wrong = 0;
    for one in examined {
        let (ways, points, falls) = one
            .certificate
            .as_ref()
            .map_or((0, 0, Vec::new()), |c| (c.ways, c.points, c.falls.clone()));
        for problem in &one.problems {
            text.push_str(&format!("{problem}\n"));
        }
        wrong += one.problems.len();
        text.push_str(&format!(
            "{}: {} cases, {} claims; {} values, {} untested with a reason; {ways} ways to settle, {points} points judged; {} problems\n",
            one.file,
            one.cases,
            one.claims,
            one.values,
            one.untested,
            one.problems.len()
        ));
        rows.push(Tested {
            file: one.file.clone(),
            cases: one.cases,
            claims: one.claims,
            values: one.values,
            untested: one.untested,
            ways,
            points,
            falls,
            problems: one.problems.iter().map(ToString::to_string).collect(),
        });
    }
    printer.data(&text, &rows);
    if wrong == 0 { Exit::Ok } else { Exit::Usage }
}
