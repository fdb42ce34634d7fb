//! The one place that prints.

use std::io::Write;

use serde::Serialize;

/// Data to stdout, talk to stderr; JSON where a program reads.
pub struct Printer {
    json: bool,
}

impl Printer {
    pub fn new(json: bool) -> Printer {
        Printer { json }
    }

    pub fn is_json(&self) -> bool {
        self.json
    }

    /// Text for people, or `value` as JSON. A closed pipe is not an error.
    pub fn data(&self, text: &str, value: &impl Serialize) {
        let mut out = std::io::stdout().lock();
        let _ = if self.json {
            serde_json::to_writer_pretty(&mut out, value)
                .map_err(std::io::Error::from)
                .and_then(|()| writeln!(out))
        } else {
            write!(out, "{}{}", text, if text.ends_with('\n') { "" } else { "\n" })
        };
    }

    /// A line to stderr.
    pub fn talk(&self, text: &str) {
        let _ = writeln!(std::io::stderr().lock(), "{text}");
    }

    /// An error with its chain, each link once.
    pub fn error(&self, error: &dyn std::error::Error) {
        self.talk(&format!("error: {error}"));
        let mut source = error.source();
        while let Some(cause) = source {
            self.talk(&format!("  caused by: {cause}"));
            source = cause.source();
        }
    }
}
