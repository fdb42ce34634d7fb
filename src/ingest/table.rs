//! One CSV file of a submission: streamed, digested and counted in a single pass.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use csv::ByteRecord;
use sha2::{Digest, Sha256};

use crate::claim::{Code, Finding};
use crate::codes::hex;
use crate::wire::columns::{ColumnMap, Columns};

use super::manifest::FileClaim;

const BUFFER: usize = 1 << 20;
/// A longer row is no row of ours: refused rather than read into memory.
const MAX_ROW_BYTES: usize = 1 << 20;

/// Counts and digests what passes through.
struct Digesting<R> {
    inner: R,
    hash: Sha256,
    bytes: u64,
    /// More bytes than declared: stop reading, the file is refused anyway.
    limit: u64,
}

impl<R: Read> Read for Digesting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hash.update(&buffer[..count]);
        self.bytes += count as u64;
        if self.bytes > self.limit {
            return Err(io::Error::other("longer than its manifest says"));
        }
        Ok(count)
    }
}

enum Source {
    Plain(Digesting<File>),
    Zstd(zstd::Decoder<'static, BufReader<Digesting<File>>>),
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Source::Plain(file) => file.read(buffer),
            Source::Zstd(decoder) => decoder.read(buffer),
        }
    }
}

/// A file being read, and what its manifest says of it.
pub struct TableFile<'a> {
    reader: csv::Reader<Source>,
    claim: &'a FileClaim,
    header: ByteRecord,
    width: usize,
    /// Line of the row read last, the header being line 1.
    line: u64,
    rows: u64,
    failed: Option<Finding>,
}

/// A header that was understood.
pub struct OpenTable<'a> {
    pub table: TableFile<'a>,
    pub map: ColumnMap,
}

impl<'a> TableFile<'a> {
    /// Opens a file and reads its header.
    ///
    /// # Errors
    /// Findings that refuse the submission.
    pub fn open(
        folder: &Path,
        claim: &'a FileClaim,
        columns: Columns,
    ) -> Result<OpenTable<'a>, Vec<Finding>> {
        let finding = |code| Finding::new(code).at(&claim.name, 0);
        let file =
            File::open(folder.join(&claim.name)).map_err(|_| vec![finding(Code::FileMissing)])?;
        let size = file.metadata().map_or(0, |meta| meta.len());
        if size != claim.bytes {
            return Err(vec![finding(Code::BytesDiffer).found(size).expected(claim.bytes)]);
        }
        if size == 0 {
            return Err(vec![finding(Code::EmptyFile)]);
        }
        let unreadable =
            |error: io::Error| vec![finding(Code::UnreadableFile).found(error.to_string())];
        let plain = Digesting { inner: file, hash: Sha256::new(), bytes: 0, limit: claim.bytes };
        let source = if claim.name.ends_with(".zst") {
            let mut decoder = zstd::Decoder::with_buffer(BufReader::with_capacity(BUFFER, plain))
                .map_err(unreadable)?;
            // A frame that asks for more window than this is not one of ours.
            decoder.window_log_max(27).map_err(unreadable)?;
            Source::Zstd(decoder)
        } else {
            Source::Plain(plain)
        };
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .buffer_capacity(BUFFER)
            .from_reader(source);
        let mut header = ByteRecord::new();
        match reader.read_byte_record(&mut header) {
            Ok(true) => {}
            Ok(false) => return Err(vec![finding(Code::EmptyFile)]),
            Err(error) => {
                return Err(vec![finding(Code::UnreadableFile).found(error.to_string())]);
            }
        }
        let map = ColumnMap::new(&header, columns, &claim.name)?;
        let width = map.width();
        let table = TableFile { reader, claim, header, width, line: 1, rows: 0, failed: None };
        Ok(OpenTable { table, map })
    }

    /// Reads the next row into `row`; `None` at the end or when the file turns out to be unreadable (see [`TableFile::finish`]).
    pub fn next(&mut self, row: &mut ByteRecord) -> Option<u32> {
        if self.failed.is_some() {
            return None;
        }
        match self.reader.read_byte_record(row) {
            Ok(false) => None,
            Ok(true) => {
                let start = row.position().map_or(self.line + 1, csv::Position::line);
                self.line = start;
                self.rows += 1;
                let line = u32::try_from(start).unwrap_or(u32::MAX);
                let at = || Finding::new(Code::RaggedRow).at(&self.claim.name, line);
                if row.len() != self.width {
                    self.failed = Some(at().found(row.len()).expected(self.width));
                    return None;
                }
                if row.as_slice().len() > MAX_ROW_BYTES || self.rows > self.claim.rows {
                    let code = if self.rows > self.claim.rows {
                        Code::RowsDiffer
                    } else {
                        Code::RaggedRow
                    };
                    self.failed = Some(
                        Finding::new(code)
                            .at(&self.claim.name, line)
                            .found("more")
                            .expected(self.claim.rows),
                    );
                    return None;
                }
                Some(line)
            }
            Err(error) => {
                let line = u32::try_from(self.line + 1).unwrap_or(u32::MAX);
                self.failed = Some(
                    Finding::new(Code::UnreadableFile)
                        .at(&self.claim.name, line)
                        .found(error.to_string()),
                );
                None
            }
        }
    }

    /// The header as sent.
    pub fn header(&self) -> &ByteRecord {
        &self.header
    }

    /// Checks what was read against the manifest. `total` is the signed sum of the amount column, in fen.
    pub fn finish(self, total_field: &str, total: i128) -> Vec<Finding> {
        let claim = self.claim;
        if let Some(failed) = self.failed {
            return vec![failed];
        }
        let mut findings = Vec::new();
        let at = |code| Finding::new(code).at(&claim.name, 0);
        let rows = self.rows;
        match drained(self.reader.into_inner()) {
            Ok(digest) if digest == claim.sha256 => {}
            Ok(digest) => {
                findings.push(at(Code::DigestDiffers).found(digest).expected(&claim.sha256));
            }
            Err(error) => findings.push(at(Code::UnreadableFile).found(error.to_string())),
        }
        if rows != claim.rows {
            findings.push(at(Code::RowsDiffer).found(rows).expected(claim.rows));
        }
        if total != claim.total {
            let yuan = crate::money::yuan::wide;
            findings.push(
                at(Code::TotalDiffers)
                    .field(total_field)
                    .found(yuan(total))
                    .expected(yuan(claim.total)),
            );
        }
        findings
    }
}

/// Reads what is left (a compressed file may have a tail) and gives the digest of the whole.
fn drained(source: Source) -> io::Result<String> {
    let mut file = match source {
        Source::Plain(file) => file,
        Source::Zstd(decoder) => decoder.finish().into_inner(),
    };
    io::copy(&mut file, &mut io::sink())?;
    let digest: [u8; 32] = file.hash.finalize().into();
    Ok(hex(&digest))
}
