//! Parts of a night's pricing: which submissions share a file of lines, and the file itself.

use std::path::{Path, PathBuf};

use crate::store::line_table::{LineTable, LineWriter};

use super::error::RunError;
use super::intake::Submission;
use super::pricing::LineSink;

/// Lines per file of the priced-line table, about.
const LINES_PER_PART: u64 = 1_000_000;

/// Consecutive submissions that share a part.
pub fn plan_parts(submissions: &[Submission]) -> Vec<std::ops::Range<usize>> {
    let rows = |s: &Submission| s.manifest.fees.rows;
    let all: u64 = submissions.iter().map(rows).sum();
    let target = (all / 8).clamp(1, LINES_PER_PART);
    let mut parts: Vec<std::ops::Range<usize>> = Vec::new();
    let mut open = 0u64;
    for (index, submission) in submissions.iter().enumerate() {
        let own = rows(submission);
        match parts.last_mut() {
            Some(part) if open + own <= target && open > 0 => part.end = index + 1,
            _ => {
                parts.push(index..index + 1);
                open = 0;
            }
        }
        open += own.max(1);
    }
    if parts.is_empty() { std::iter::once(0..0).collect() } else { parts }
}

/// The lines of a part: written at once when the part is one submission (its file goes when it is refused), else kept until the submission
/// is accepted.
pub struct PartLines {
    path: PathBuf,
    writer: LineWriter,
    single: bool,
    waiting: Vec<arrow::record_batch::RecordBatch>,
}

impl PartLines {
    /// # Errors
    /// I/O.
    pub fn create(path: &Path, single: bool) -> Result<PartLines, RunError> {
        let writer = LineWriter::create(path).map_err(|e| RunError::Output(e.to_string()))?;
        Ok(PartLines { path: path.to_owned(), writer, single, waiting: Vec::new() })
    }

    /// Writes what waits: its submission is accepted.
    ///
    /// # Errors
    /// I/O.
    pub fn keep(&mut self) -> Result<(), RunError> {
        for batch in self.waiting.drain(..) {
            self.writer.write(&batch).map_err(|e| RunError::Output(e.to_string()))?;
        }
        Ok(())
    }

    /// Forgets what waits: its submission is refused.
    ///
    /// # Errors
    /// I/O.
    pub fn drop_submission(&mut self) -> Result<(), RunError> {
        self.waiting.clear();
        if self.single {
            self.writer =
                LineWriter::create(&self.path).map_err(|e| RunError::Output(e.to_string()))?;
        }
        Ok(())
    }

    /// # Errors
    /// I/O.
    pub fn close(self) -> Result<(), RunError> {
        self.writer.close().map(|_| ()).map_err(|e| RunError::Output(e.to_string()))
    }
}

impl LineSink for PartLines {
    fn batch(&mut self, lines: &mut LineTable) -> Result<(), RunError> {
        if lines.is_empty() {
            return Ok(());
        }
        let batch = lines.take_batch().map_err(|e| RunError::Output(e.to_string()))?;
        if self.single {
            return self.writer.write(&batch).map_err(|e| RunError::Output(e.to_string()));
        }
        self.waiting.push(batch);
        Ok(())
    }
}
