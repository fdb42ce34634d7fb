//! Wall time by phase.

use std::time::Instant;

/// Wall time by phase, for the log; never in an output.
pub struct Phases {
    since: Instant,
    done: Vec<(&'static str, u128)>,
}

impl Phases {
    pub fn start() -> Phases {
        Phases { since: Instant::now(), done: Vec::new() }
    }

    /// Ends a phase; the next one begins.
    pub fn end(&mut self, phase: &'static str) {
        let now = Instant::now();
        self.done.push((phase, now.duration_since(self.since).as_millis()));
        self.since = now;
    }

    pub fn log(&self) {
        for (phase, milliseconds) in &self.done {
            tracing::info!(phase, milliseconds, "phase done");
        }
    }
}
