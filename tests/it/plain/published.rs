//! What a store published for a day, as rows of text.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;

use crate::support;
use crate::tables::{self, Row};

/// Everything the last run of a day published.
#[derive(Default)]
pub struct Published {
    pub settlement: Vec<Row>,
    pub not_settled: Vec<Row>,
    pub ledger: Vec<Row>,
    pub positions: Vec<Row>,
    pub breaks: Vec<Row>,
    /// Region and rows by file name.
    files: BTreeMap<&'static str, Vec<(String, Row)>>,
    /// Refused folders, with the names of their codes.
    pub refused: BTreeMap<String, BTreeSet<String>>,
}

const FILES: [&str; 6] = [
    "insured_settlement_detail.csv",
    "care_settlement_detail.csv",
    "payable_statement.csv",
    "receivable_statement.csv",
    "institution_pay_list.csv",
    "rejected.csv",
];

impl Published {
    pub fn read(store: &Path, day: &str) -> Published {
        let run = last_run(store, day);
        let table = |name: &str| {
            let wanted = format!("clr_date={day}");
            tables::files(store, name)
                .iter()
                .filter(|path| path.components().any(|part| part.as_os_str() == wanted.as_str()))
                .filter(|path| path.file_name().unwrap().to_string_lossy().starts_with(&run))
                .flat_map(|path| tables::read(path))
                .collect::<Vec<Row>>()
        };
        let mut published = Published {
            settlement: table("settlement"),
            not_settled: table("not_settled"),
            ledger: table("ledger_entry"),
            positions: table("clearing_position"),
            breaks: table("reconciliation_break"),
            ..Published::default()
        };
        let of_run = |file: &Path, at: usize| {
            let part =
                file.components().nth(at).unwrap().as_os_str().to_string_lossy().into_owned();
            part == run
        };
        for file in support::files(&store.join("outbox")).iter().filter(|file| of_run(file, 1)) {
            let region = file.components().next().unwrap().as_os_str().to_string_lossy();
            for name in FILES.into_iter().filter(|name| file.ends_with(name)) {
                let rows = rows(&store.join("outbox").join(file));
                let rows = rows.into_iter().map(|row| (region.clone().into_owned(), row));
                published.files.entry(name).or_default().extend(rows);
            }
        }
        for file in support::files(&store.join("runs")).iter().filter(|file| of_run(file, 0)) {
            if file.ends_with("manifest.json") {
                published.read_refused(&store.join("runs").join(file));
            }
        }
        published
    }

    fn read_refused(&mut self, manifest: &Path) {
        let text = std::fs::read_to_string(manifest).unwrap();
        let manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
        for one in manifest["refused"].as_array().unwrap() {
            let codes = one["findings"].as_array().unwrap().iter();
            let codes = codes.map(|finding| finding["code"].as_str().unwrap().to_owned());
            let folder = one["folder"].as_str().unwrap().to_owned();
            self.refused.entry(folder).or_default().extend(codes);
        }
    }

    /// Folders refused because another has the same institution, period and sequence.
    pub fn refused_as_repeated(&self) -> HashSet<String> {
        let repeated = self.refused.iter().filter(|(_, codes)| codes.contains("SequenceRepeated"));
        repeated.map(|(folder, _)| folder.clone()).collect()
    }

    /// Rows of all regions' files of a name.
    pub fn file(&self, name: &str) -> &[(String, Row)] {
        self.files.get(name).map_or(&[], Vec::as_slice)
    }
}

/// The id of a day's last run: day, number, digest.
fn last_run(store: &Path, day: &str) -> String {
    let day = day.replace('-', "");
    let runs = std::fs::read_dir(store.join("runs")).unwrap();
    let runs = runs.map(|run| run.unwrap().file_name().to_string_lossy().into_owned());
    let number = |run: &String| run.split('-').nth(1).unwrap().parse::<u32>().unwrap();
    runs.filter(|run| run.starts_with(&day)).max_by_key(number).unwrap()
}

fn rows(path: &Path) -> Vec<Row> {
    let text = std::fs::read_to_string(path).unwrap();
    let text =
        text.strip_prefix('\u{feff}').unwrap_or_else(|| panic!("{}: no BOM", path.display()));
    csv::Reader::from_reader(text.as_bytes()).deserialize().map(|row| row.unwrap()).collect()
}
