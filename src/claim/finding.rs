//! What was found wrong with a record: a stable code, the place, both values and what to do.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::code::{Code, Outcome};

/// One thing found wrong. Carries no personal data: values of identifying fields are left out where it is made.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Finding {
    pub code: Code,
    /// File of the submission (`settlements.csv`), or empty.
    pub file: String,
    /// Line in that file, the header being line 1; 0 when the whole file or record is meant.
    pub line: u32,
    /// National field name, or empty.
    pub field: String,
    /// What was found.
    pub found: String,
    /// What was expected, or the other value.
    pub expected: String,
}

impl Finding {
    pub fn new(code: Code) -> Finding {
        Finding {
            code,
            file: String::new(),
            line: 0,
            field: String::new(),
            found: String::new(),
            expected: String::new(),
        }
    }

    pub fn at(mut self, file: &str, line: u32) -> Finding {
        self.file = file.to_owned();
        self.line = line;
        self
    }

    pub fn field(mut self, field: &str) -> Finding {
        self.field = field.to_owned();
        self
    }

    pub fn found(mut self, found: impl fmt::Display) -> Finding {
        self.found = found.to_string();
        self
    }

    pub fn expected(mut self, expected: impl fmt::Display) -> Finding {
        self.expected = expected.to_string();
        self
    }
}

impl fmt::Display for Finding {
    /// `I401 the declared fee is not the sum of its lines: medfee_sumamt is 12.00, expected 12.33`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.code.meaning())?;
        if !self.field.is_empty() || !self.found.is_empty() {
            write!(f, ": {}", self.field)?;
            if !self.found.is_empty() {
                write!(f, " is {}", self.found)?;
            }
        }
        if !self.expected.is_empty() {
            write!(f, ", expected {}", self.expected)?;
        }
        Ok(())
    }
}

/// The worst outcome among findings: refuse, then reject, then hold; `None` when the record may settle.
pub fn worst(findings: &[Finding]) -> Option<Outcome> {
    findings.iter().map(|f| f.code.outcome()).filter(|o| *o != Outcome::Warn).min()
}

/// Puts findings in order of precedence, then of place.
pub fn sort(findings: &mut [Finding]) {
    findings.sort_by(|a, b| {
        (a.code.outcome(), a.code, &a.file, a.line, &a.field).cmp(&(
            b.code.outcome(),
            b.code,
            &b.file,
            b.line,
            &b.field,
        ))
    });
}
