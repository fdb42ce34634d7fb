//! The control database: which runs are committed, which submissions they took. Its commit is the only commit of a night.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, params};

/// Version of the control database.
const SCHEMA_VERSION: i64 = 1;

/// A committed run.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct RunRow {
    pub run_id: String,
    pub date: String,
    pub number: u32,
    /// Digest over everything the run depended on.
    pub identity: String,
    pub exit_code: u8,
    /// Summary as JSON.
    pub summary: String,
    /// Where each bucket's rows are in the settlement table, as JSON.
    pub layout: String,
    /// All files have their final names.
    pub published: bool,
}

/// What became of a submission.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SubmissionRow {
    pub digest: String,
    pub folder: String,
    pub label: String,
    pub accepted: bool,
    /// Reference data under which it was refused; it is tried again under another.
    pub reference: String,
}

/// The open database.
pub struct Control {
    connection: Connection,
}

impl Control {
    /// Opens or makes the database of a store.
    ///
    /// # Errors
    /// SQLite; also when the store was made by another version.
    pub fn open(path: &Path) -> rusqlite::Result<Control> {
        let connection = Connection::open(path)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.busy_timeout(std::time::Duration::from_secs(10))?;
        connection.execute_batch(
            "CREATE TABLE IF NOT EXISTS runs (
                run_id TEXT PRIMARY KEY, date TEXT NOT NULL, number INTEGER NOT NULL,
                identity TEXT NOT NULL, exit_code INTEGER NOT NULL, summary TEXT NOT NULL,
                layout TEXT NOT NULL, published INTEGER NOT NULL, sequence INTEGER NOT NULL UNIQUE
             ) STRICT;
             CREATE TABLE IF NOT EXISTS submissions (
                digest TEXT NOT NULL, run_id TEXT NOT NULL REFERENCES runs(run_id),
                folder TEXT NOT NULL, label TEXT NOT NULL, accepted INTEGER NOT NULL,
                reference TEXT NOT NULL, PRIMARY KEY (digest, run_id)
             ) STRICT;
             CREATE INDEX IF NOT EXISTS submissions_by_label ON submissions(label);",
        )?;
        let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if version == 0 {
            connection.pragma_update(None, "user_version", SCHEMA_VERSION)?;
        } else if version != SCHEMA_VERSION {
            return Err(rusqlite::Error::InvalidParameterName(format!(
                "the store has version {version}, this program reads {SCHEMA_VERSION}"
            )));
        }
        Ok(Control { connection })
    }

    /// Committed runs, in the order of their commits.
    ///
    /// # Errors
    /// SQLite.
    pub fn runs(&self) -> rusqlite::Result<Vec<RunRow>> {
        let mut statement = self.connection.prepare(
            "SELECT run_id, date, number, identity, exit_code, summary, layout, published
             FROM runs ORDER BY sequence",
        )?;
        let rows = statement.query_map([], |row| {
            Ok(RunRow {
                run_id: row.get(0)?,
                date: row.get(1)?,
                number: row.get(2)?,
                identity: row.get(3)?,
                exit_code: row.get(4)?,
                summary: row.get(5)?,
                layout: row.get(6)?,
                published: row.get(7)?,
            })
        })?;
        rows.collect()
    }

    /// Whether a submission was already taken, or refused under the same reference data.
    ///
    /// # Errors
    /// SQLite.
    pub fn is_done(&self, digest: &str, reference: &str) -> rusqlite::Result<bool> {
        self.connection.query_row(
            "SELECT EXISTS(SELECT 1 FROM submissions
                           WHERE digest = ?1 AND (accepted OR reference = ?2))",
            params![digest, reference],
            |row| row.get(0),
        )
    }

    /// The run that accepted another submission under this label (institution, period, sequence), if any did.
    ///
    /// # Errors
    /// SQLite.
    pub fn accepted_under(&self, label: &str) -> rusqlite::Result<Option<String>> {
        self.connection
            .query_row(
                "SELECT run_id FROM submissions WHERE label = ?1 AND accepted LIMIT 1",
                params![label],
                |row| row.get(0),
            )
            .optional()
    }

    /// Digest and label of every submission that was accepted, by label.
    ///
    /// # Errors
    /// SQLite.
    pub fn accepted(&self) -> rusqlite::Result<Vec<(String, String)>> {
        let mut statement = self.connection.prepare(
            "SELECT DISTINCT digest, label FROM submissions WHERE accepted ORDER BY label, digest",
        )?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect()
    }

    /// Commits a run: from here on it has happened.
    ///
    /// # Errors
    /// SQLite; nothing is committed then.
    pub fn commit(&mut self, run: &RunRow, submissions: &[SubmissionRow]) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction()?;
        transaction.execute(
            "INSERT INTO runs (run_id, date, number, identity, exit_code, summary, layout,
                               published, sequence)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0,
                     (SELECT COALESCE(MAX(sequence), 0) + 1 FROM runs))",
            params![
                run.run_id,
                run.date,
                run.number,
                run.identity,
                run.exit_code,
                run.summary,
                run.layout
            ],
        )?;
        for submission in submissions {
            transaction.execute(
                "INSERT OR IGNORE INTO submissions VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![
                    submission.digest,
                    run.run_id,
                    submission.folder,
                    submission.label,
                    submission.accepted,
                    submission.reference
                ],
            )?;
        }
        transaction.commit()
    }

    /// Notes that all files of a run have their final names.
    ///
    /// # Errors
    /// SQLite.
    pub fn mark_published(&self, run_id: &str) -> rusqlite::Result<()> {
        self.connection
            .execute("UPDATE runs SET published = 1 WHERE run_id = ?1", params![run_id])
            .map(|_| ())
    }
}
