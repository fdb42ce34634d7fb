//! A claim file being written: compressed if asked for, counted and digested as it leaves.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::error::SynthError;
use crate::codes::hex;

/// Rows are handed on in pieces of about this size.
pub const PIECE: usize = 1 << 18;
const LEVEL: i32 = 3;

/// Counts and digests what goes to the file.
struct Digested {
    file: File,
    hash: Sha256,
    bytes: u64,
}

impl Write for Digested {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let written = self.file.write(buffer)?;
        self.hash.update(&buffer[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

enum Way {
    Plain(Digested),
    Zstd(Box<zstd::Encoder<'static, Digested>>),
}

/// An open file.
pub struct Sink {
    way: Way,
    path: PathBuf,
}

/// What a closed file is.
#[derive(Debug)]
pub struct Closed {
    pub path: PathBuf,
    pub bytes: u64,
    pub sha256: String,
}

impl Sink {
    /// Creates `stem.csv` or `stem.csv.zst` in `folder`.
    ///
    /// # Errors
    /// I/O.
    pub fn create(folder: &Path, stem: &str, compress: bool) -> Result<Sink, SynthError> {
        let path = folder.join(format!("{stem}.csv{}", if compress { ".zst" } else { "" }));
        let file = File::create(&path).map_err(SynthError::io("create", &path))?;
        let plain = Digested { file, hash: Sha256::new(), bytes: 0 };
        let way = if compress {
            let encoder = zstd::Encoder::new(plain, LEVEL);
            Way::Zstd(Box::new(encoder.map_err(SynthError::io("compress", &path))?))
        } else {
            Way::Plain(plain)
        };
        Ok(Sink { way, path })
    }

    /// # Errors
    /// I/O.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), SynthError> {
        let result = match &mut self.way {
            Way::Plain(file) => file.write_all(bytes),
            Way::Zstd(encoder) => encoder.write_all(bytes),
        };
        result.map_err(SynthError::io("write", &self.path))
    }

    /// # Errors
    /// I/O.
    pub fn close(self) -> Result<Closed, SynthError> {
        let plain = match self.way {
            Way::Plain(file) => file,
            Way::Zstd(encoder) => encoder.finish().map_err(SynthError::io("write", &self.path))?,
        };
        let digest: [u8; 32] = plain.hash.finalize().into();
        Ok(Closed { path: self.path, bytes: plain.bytes, sha256: hex(&digest) })
    }
}
