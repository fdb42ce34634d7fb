//! Making: the folder, the reference files, then the nights submission by submission, several at a
//! time.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::draw::{Draw, Purpose};
use super::error::SynthError;
use super::people_files::PeopleRows;
use super::plan::Plan;
use super::policies::POLICIES;
use super::row::Rows;
use super::sink::PIECE;
use super::submission::{self, Made};
use super::truth::{PLANTED, Summary, Tally};
use super::{Request, geography, institutions};
use crate::codes::hex;

/// Submissions made together; what they leave behind is written in their order before the next ones
/// begin.
const TOGETHER: usize = 16;

/// Makes the nights.
///
/// # Errors
/// A request that cannot be met, a folder in use, I/O.
pub fn make(request: &Request) -> Result<Summary, SynthError> {
    let plan = Plan::new(request)?;
    let out = &request.out;
    let in_use = std::fs::read_dir(out).is_ok_and(|mut entries| entries.next().is_some());
    if in_use || out.is_file() {
        return Err(SynthError::NotEmpty(out.clone()));
    }
    settings(request, &plan)?;
    for (name, rows) in [
        ("regions.csv", geography::regions()),
        ("institutions.csv", institutions::register(&plan.institutions)),
        ("agreements.csv", institutions::agreements(&plan.institutions, plan.first_day)),
        ("suspensions.csv", institutions::suspensions(&plan.institutions, plan.first_day)),
        ("links.csv", institutions::links(&plan.institutions)),
        ("items.csv", plan.catalogue.items()),
        ("price_limits.csv", plan.catalogue.price_limits()),
        ("first_payment.csv", plan.catalogue.first_payment()),
    ] {
        whole(&out.join("reference").join(name), rows.bytes())?;
    }
    let mut people = PeopleFiles::create(&out.join("reference"))?;
    people.everybody(&plan)?;
    let mut planted = Table::create(&out.join("truth/planted.csv"), Rows::with_header(&PLANTED))?;
    let mut tally = Tally::default();
    nights(request, &plan, |made| {
        tally.add(&made.tally);
        planted.append(&made.planted)?;
        people.append(&made.people)
    })?;
    people.close()?;
    planted.close()?;
    let summary = tally.summary(plan.people);
    let text = serde_json::to_string_pretty(&summary).unwrap_or_default();
    whole(&out.join("truth/summary.json"), format!("{text}\n").as_bytes())?;
    Ok(summary)
}

/// Makes all submissions; `each` is given what they leave, in order.
fn nights(
    request: &Request,
    plan: &Plan,
    mut each: impl FnMut(&Made) -> Result<(), SynthError>,
) -> Result<(), SynthError> {
    for (number, night) in (0u32..).zip(&plan.nights) {
        let inbox = request.out.join("inbox").join(night.day.to_string());
        std::fs::create_dir_all(&inbox).map_err(SynthError::io("create", &inbox))?;
        let senders: Vec<usize> =
            (0..plan.institutions.len()).filter(|sender| night.count(*sender) > 0).collect();
        for together in senders.chunks(TOGETHER) {
            let made: Vec<Result<Made, SynthError>> = together
                .par_iter()
                .with_max_len(1)
                .map(|sender| submission::make(plan, number, *sender, &inbox, request.compress))
                .collect();
            for one in made {
                each(&one?)?;
            }
        }
    }
    Ok(())
}

/// The pipeline, its keys and its policies.
fn settings(request: &Request, plan: &Plan) -> Result<(), SynthError> {
    let claims = request.claims / u64::from(request.nights);
    let buckets = (claims / 4_000).next_power_of_two().clamp(64, 256);
    let pipeline = format!(
        "# Synthetic: medsettle synth --claims {} --seed {} --nights {}\n\
         name      = \"synthetic\"\n\
         date      = \"{}\"\n\
         inbox     = \"inbox/{{date}}\"\n\
         reference = \"reference\"\n\
         policy    = \"policy\"\n\
         keys      = \"keys.toml\"\n\
         store     = \"store\"\n\
         buckets   = {buckets}\n",
        request.claims, request.seed, request.nights, plan.first_day
    );
    let mut draw = Draw::new(request.seed, Purpose::Plan, 1, 0, 0);
    let key: Vec<u8> = (0..4).flat_map(|_| draw.word().to_le_bytes()).collect();
    let keys = format!("# For synthetic people only.\ndefault = \"{}\"\n", hex(&key));
    whole(&request.out.join("pipeline.toml"), pipeline.as_bytes())?;
    whole(&request.out.join("keys.toml"), keys.as_bytes())?;
    for (name, text) in POLICIES {
        whole(&request.out.join("policy").join(name), text.as_bytes())?;
    }
    Ok(())
}

/// Writes a small file and the folders above it.
fn whole(path: &Path, bytes: &[u8]) -> Result<(), SynthError> {
    let folder = path.parent().unwrap_or(path);
    std::fs::create_dir_all(folder).map_err(SynthError::io("create", folder))?;
    std::fs::write(path, bytes).map_err(SynthError::io("write", path))
}

/// A file that grows.
struct Table {
    file: BufWriter<File>,
    path: PathBuf,
}

impl Table {
    fn create(path: &Path, header: Rows) -> Result<Table, SynthError> {
        whole(path, header.bytes())?;
        let file = File::options().append(true).open(path);
        let file = BufWriter::with_capacity(PIECE, file.map_err(SynthError::io("open", path))?);
        Ok(Table { file, path: path.to_owned() })
    }

    fn append(&mut self, rows: &Rows) -> Result<(), SynthError> {
        self.file.write_all(rows.bytes()).map_err(SynthError::io("write", &self.path))
    }

    fn close(mut self) -> Result<(), SynthError> {
        self.file.flush().map_err(SynthError::io("write", &self.path))
    }
}

/// The four files about people.
struct PeopleFiles {
    enrolment: Table,
    filings: Table,
    chronic: Table,
    balances: Table,
}

impl PeopleFiles {
    fn create(folder: &Path) -> Result<PeopleFiles, SynthError> {
        let headers = PeopleRows::headers();
        let table = |name: &str, header| Table::create(&folder.join(name), header);
        Ok(PeopleFiles {
            enrolment: table("enrolment.csv", headers.enrolment)?,
            filings: table("filings.csv", headers.filings)?,
            chronic: table("chronic.csv", headers.chronic)?,
            balances: table("balances.csv", headers.balances)?,
        })
    }

    /// Everybody who is more than one claim's.
    fn everybody(&mut self, plan: &Plan) -> Result<(), SynthError> {
        let mut rows = PeopleRows::default();
        for (insured, pool, group) in plan.groups() {
            for place in 0..group.size {
                rows.person(plan, &plan.person(insured, pool, place), pool);
                if rows.enrolment.len() >= PIECE {
                    self.append(&rows)?;
                    rows.clear();
                }
            }
        }
        self.append(&rows)
    }

    fn append(&mut self, rows: &PeopleRows) -> Result<(), SynthError> {
        self.enrolment.append(&rows.enrolment)?;
        self.filings.append(&rows.filings)?;
        self.chronic.append(&rows.chronic)?;
        self.balances.append(&rows.balances)
    }

    fn close(self) -> Result<(), SynthError> {
        for table in [self.enrolment, self.filings, self.chronic, self.balances] {
            table.close()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Date;

    /// Names and bytes of a small night.
    fn night(seed: u64, threads: usize) -> std::io::Result<Vec<(PathBuf, Vec<u8>)>> {
        let folder = tempfile::tempdir()?;
        let request = Request {
            out: folder.path().join("night"),
            claims: 500,
            seed,
            nights: 2,
            first_day: Date::from_ymd(2026, 3, 10).unwrap_or_default(),
            dirty: 50_000,
            compress: true,
        };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.map_err(std::io::Error::other)?;
        pool.install(|| make(&request)).map_err(std::io::Error::other)?;
        let mut files = Vec::new();
        collect(&request.out, &request.out, &mut files)?;
        files.sort();
        Ok(files)
    }

    fn collect(
        root: &Path,
        folder: &Path,
        files: &mut Vec<(PathBuf, Vec<u8>)>,
    ) -> std::io::Result<()> {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                collect(root, &path, files)?;
            } else {
                let name = path.strip_prefix(root).unwrap_or(&path).to_owned();
                files.push((name, std::fs::read(&path)?));
            }
        }
        Ok(())
    }

    #[test]
    fn bytes_follow_from_the_seed_alone() -> std::io::Result<()> {
        let first = night(1, 1)?;
        assert!(first.len() > 60);
        assert!(first == night(1, 3)?, "equal seeds, other threads");
        assert!(first != night(2, 1)?, "different seeds");
        Ok(())
    }
}
