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
/// What one row may take from the source: itself, and what is buffered before and after it.
const MAX_READ_PER_ROW: usize = MAX_ROW_BYTES + 2 * BUFFER;

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

/// Ends a row that does not end: a few compressed bytes can hold gigabytes of one.
struct Bounded {
    source: Source,
    /// Bytes that the row being read may still take.
    left: usize,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::Error::other("a row is longer than 1 MiB"));
        }
        let most = buffer.len().min(self.left);
        let count = match &mut self.source {
            Source::Plain(file) => file.read(&mut buffer[..most]),
            Source::Zstd(decoder) => decoder.read(&mut buffer[..most]),
        }?;
        self.left -= count;
        Ok(count)
    }
}

/// A file being read, and what its manifest says of it.
pub struct TableFile<'a> {
    reader: csv::Reader<Bounded>,
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
            .from_reader(Bounded { source, left: MAX_READ_PER_ROW });
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
        self.reader.get_mut().left = MAX_READ_PER_ROW;
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
                if row.as_slice().len() > MAX_ROW_BYTES {
                    self.failed = Some(at().found(row.as_slice().len()).expected("at most 1 MiB"));
                    return None;
                }
                if self.rows > self.claim.rows {
                    self.failed = Some(
                        Finding::new(Code::RowsDiffer)
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
        match drained(self.reader.into_inner().source) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::fee;

    /// What is said of a compressed file of `fees` with these bytes.
    fn said(name: &str, plain: impl Read) -> String {
        let folder = std::env::temp_dir().join(format!("medsettle-{name}-{}", std::process::id()));
        let file = folder.join("fees.csv.zst");
        let made = std::fs::create_dir_all(&folder)
            .and_then(|()| File::create(&file))
            .and_then(|out| zstd::stream::copy_encode(plain, out, 1));
        let bytes = std::fs::metadata(&file).map_or(0, |meta| meta.len());
        let claim = FileClaim {
            name: "fees.csv.zst".into(),
            rows: 1,
            bytes,
            sha256: String::new(),
            total: 0,
        };
        let said = match TableFile::open(&folder, &claim, fee::COLUMNS) {
            Ok(mut open) => {
                while open.table.next(&mut ByteRecord::new()).is_some() {}
                open.table.finish("", 0)
            }
            Err(findings) => findings,
        };
        let removed = std::fs::remove_dir_all(&folder);
        assert!(made.is_ok() && removed.is_ok());
        said.iter().map(|finding| finding.found.clone()).collect()
    }

    #[test]
    fn a_row_without_end_is_refused_before_it_is_in_memory() {
        let header = fee::COLUMNS.required.join(",");
        let endless = || io::repeat(b'a').take(1 << 30);
        assert!(said("row", format!("{header}\n\"").as_bytes().chain(endless())).contains("1 MiB"));
        assert!(said("header", b"\"".chain(endless())).contains("1 MiB"));
    }

    #[test]
    fn a_header_of_many_columns_is_refused_at_once() {
        let header = (0..200_000).map(|i| format!("c{i}")).collect::<Vec<_>>().join(",");
        assert_eq!(said("wide", format!("{}\n", &header[..MAX_ROW_BYTES / 2]).as_bytes()).len(), 5);
    }
}
