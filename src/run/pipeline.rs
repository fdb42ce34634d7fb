//! The pipeline file: one nightly job as an operator writes it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::calendar::Date;
use crate::codes::CareKind;
use crate::ledger::ClearBase;
use crate::money::{Fen, yuan};

/// A pipeline with its paths resolved against its own folder.
#[derive(Clone, Debug)]
pub struct Pipeline {
    pub name: String,
    pub path: PathBuf,
    /// Business day, when the file fixes one.
    pub date: Option<Date>,
    /// May contain `{date}`.
    pub inbox: String,
    /// Folders of reference data; their rows are taken together.
    pub reference: Vec<PathBuf>,
    pub policy: Vec<PathBuf>,
    pub keys: PathBuf,
    pub store: Option<PathBuf>,
    pub buckets: u32,
    /// Institutions that must have sent something.
    pub expected: Vec<String>,
    pub proceed_when_missing: bool,
    pub line_tolerance: Fen,
    pub hold_differences: bool,
    pub clear_base: ClearBase,
    /// Run although `policy check` finds errors in the book: claims that find no terms are held.
    pub with_policy_errors: bool,
    pub local_med_types: Vec<(String, CareKind)>,
    /// The text of the file: part of a run's identity.
    pub text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPipeline {
    name: String,
    #[serde(default)]
    date: Option<String>,
    inbox: String,
    reference: OneOrMany,
    policy: OneOrMany,
    keys: String,
    #[serde(default)]
    store: Option<String>,
    #[serde(default)]
    buckets: Option<u32>,
    #[serde(default)]
    expected: Vec<String>,
    #[serde(default)]
    proceed_when_missing: bool,
    #[serde(default)]
    line_tolerance: Option<String>,
    #[serde(default)]
    on_difference: Option<String>,
    #[serde(default)]
    clear_base: Option<String>,
    #[serde(default)]
    policy_errors: Option<String>,
    #[serde(default)]
    local_med_types: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    fn under(&self, base: &Path) -> Vec<PathBuf> {
        match self {
            OneOrMany::One(one) => vec![base.join(one)],
            OneOrMany::Many(many) => many.iter().map(|one| base.join(one)).collect(),
        }
    }
}

impl Pipeline {
    /// Reads a pipeline file.
    ///
    /// # Errors
    /// What is wrong with it, one line each.
    pub fn load(path: &Path) -> Result<Pipeline, Vec<String>> {
        let at = |what: String| vec![format!("{}: {what}", path.display())];
        let text = std::fs::read_to_string(path).map_err(|error| at(error.to_string()))?;
        let raw: RawPipeline =
            toml::from_str(&text).map_err(|error| at(error.to_string().trim().to_owned()))?;
        let base = path.parent().unwrap_or(Path::new(""));
        let mut errors = Vec::new();
        let pipeline = Pipeline::check(raw, base, path, text, &mut errors);
        if errors.is_empty() {
            Ok(pipeline)
        } else {
            Err(errors.into_iter().flat_map(at).collect())
        }
    }

    fn check(
        raw: RawPipeline,
        base: &Path,
        path: &Path,
        text: String,
        errors: &mut Vec<String>,
    ) -> Pipeline {
        let date = raw.date.as_deref().and_then(|text| {
            let date = Date::parse(text.as_bytes());
            if date.is_none() {
                errors.push(format!("date: {text:?} is not YYYY-MM-DD"));
            }
            date
        });
        let buckets = raw.buckets.unwrap_or(64);
        if !(1..=4096).contains(&buckets) {
            errors.push(format!("buckets: {buckets} is not 1 to 4096"));
        }
        let line_tolerance = raw.line_tolerance.as_deref().unwrap_or("0.01");
        let tolerance = yuan::parse(line_tolerance.as_bytes()).unwrap_or_else(|error| {
            errors.push(format!("line_tolerance: {line_tolerance:?} {error}"));
            Fen::ZERO
        });
        if tolerance.is_negative() {
            errors.push(format!("line_tolerance: {line_tolerance:?} is below zero"));
        }
        for (key, folders) in [("reference", &raw.reference), ("policy", &raw.policy)] {
            if matches!(folders, OneOrMany::Many(many) if many.is_empty()) {
                errors.push(format!("{key}: names no folder"));
            }
        }
        let hold_differences = match raw.on_difference.as_deref() {
            None | Some("settle") => false,
            Some("hold") => true,
            Some(other) => {
                errors.push(format!("on_difference: {other:?} is not settle or hold"));
                false
            }
        };
        let clear_base = match raw.clear_base.as_deref() {
            None | Some("funds_and_account") => ClearBase::FundsAndAccount,
            Some("funds") => ClearBase::Funds,
            Some(other) => {
                errors.push(format!("clear_base: {other:?} is not funds or funds_and_account"));
                ClearBase::default()
            }
        };
        let with_policy_errors = match raw.policy_errors.as_deref() {
            None | Some("refuse") => false,
            Some("hold") => true,
            Some(other) => {
                errors.push(format!("policy_errors: {other:?} is not refuse or hold"));
                false
            }
        };
        let mut local_med_types = Vec::new();
        for (code, kind) in raw.local_med_types {
            match CareKind::parse(&kind) {
                Some(kind) if (1..=6).contains(&code.len()) => local_med_types.push((code, kind)),
                _ => {
                    errors
                        .push(format!("local_med_types: {code} = {kind:?} is not a kind of care"));
                }
            }
        }
        Pipeline {
            name: raw.name,
            path: path.to_owned(),
            date,
            inbox: base.join(raw.inbox).to_string_lossy().into_owned(),
            reference: raw.reference.under(base),
            policy: raw.policy.under(base),
            keys: base.join(raw.keys),
            store: raw.store.map(|store| base.join(store)),
            buckets,
            expected: raw.expected,
            proceed_when_missing: raw.proceed_when_missing,
            line_tolerance: tolerance,
            hold_differences,
            clear_base,
            with_policy_errors,
            local_med_types,
            text,
        }
    }

    /// The inbox of a business day.
    pub fn inbox(&self, date: Date) -> PathBuf {
        PathBuf::from(self.inbox.replace("{date}", &date.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is wrong with a pipeline of the least keys and these lines.
    fn wrong(lines: &str) -> Vec<String> {
        let text = "name = 'n'\ninbox = 'i'\nreference = 'r'\npolicy = 'p'\nkeys = 'k'\n";
        let text = lines.lines().fold(text.to_owned(), |text, line| {
            let key = line.split(' ').next().unwrap_or_default();
            let kept = text.lines().filter(|known| !known.starts_with(key));
            format!("{}\n{line}\n", kept.collect::<Vec<_>>().join("\n"))
        });
        let mut errors = Vec::new();
        match toml::from_str(&text) {
            Ok(raw) => {
                Pipeline::check(raw, Path::new(""), Path::new("p"), text, &mut errors);
            }
            Err(error) => errors.push(error.to_string()),
        }
        errors
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        assert_eq!(wrong(""), Vec::<String>::new());
        assert_eq!(wrong("line_tolerance = '0'"), Vec::<String>::new());
        for line in [
            "line_tolerance = '-0.01'",
            "policy = []",
            "reference = []",
            "local_med_types = { '' = 'inpatient' }",
            "buckets = 0",
        ] {
            assert_eq!(wrong(line).len(), 1, "{line}: {:?}", wrong(line));
        }
    }
}
