//! Arguments. Frozen once shipped: scripts and schedulers depend on them.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::calendar::Date;
use crate::codes::{AdmDiv, Insurance};
use crate::page::Lang;

const EXIT_CODES: &str = "\
Exit codes:
  0 ok  1 internal  2 usage or configuration
  3 published, but refusals, breaks or held records need people
  4 an expected submission is missing, nothing published
  5 every submission refused, nothing published
  6 out of balance, nothing published
  7 locked by another run  8 I/O  9 interrupted, run again

Formats of pipelines, policies, reference data and submissions: pipelines/README.md";

/// Settles medical claims across pooling regions (跨统筹地区异地就医医疗费用结算).
#[derive(Parser, Debug)]
#[command(name = "medsettle", version, after_help = EXIT_CODES)]
pub struct Args {
    #[command(subcommand)]
    pub command: Command,
    /// More log on stderr; repeat for more.
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    pub verbose: u8,
    /// Log as JSON lines.
    #[arg(long, global = true)]
    pub log_json: bool,
}

#[derive(Subcommand, Debug)]
pub enum Command {
    /// Settle a night and publish it.
    Run(RunArgs),
    /// Check configuration, policies, reference data and inbox without settling.
    Check(CheckArgs),
    /// One claim's whole story.
    Explain(ExplainArgs),
    /// Runs of a store.
    #[command(subcommand)]
    Runs(RunsCommand),
    /// Prove, test and show policies.
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Make nights of synthetic claims, from a seed.
    Synth(SynthArgs),
}

impl Command {
    pub fn json(&self) -> bool {
        match self {
            Command::Run(args) => args.json,
            Command::Check(args) => args.json,
            Command::Explain(args) => args.json,
            Command::Runs(RunsCommand::List(args)) => args.json,
            Command::Runs(RunsCommand::Show(args)) => args.store.json,
            Command::Policy(PolicyCommand::Check(args)) => args.json,
            Command::Policy(PolicyCommand::Simulate(args)) => args.json,
            Command::Policy(PolicyCommand::Test(args)) => args.json,
            Command::Policy(PolicyCommand::Show(_) | PolicyCommand::Diff(_)) => false,
            Command::Synth(args) => args.json,
        }
    }
}

#[derive(clap::Args, Debug)]
pub struct RunArgs {
    /// Pipeline file.
    pub pipeline: PathBuf,
    /// Business day; else the pipeline's. The clock never decides it.
    #[arg(long, value_parser = day, conflicts_with_all = ["from", "to"])]
    pub date: Option<Date>,
    /// First of a range of days.
    #[arg(long, value_parser = day, requires = "to")]
    pub from: Option<Date>,
    /// Last of a range of days.
    #[arg(long, value_parser = day, requires = "from")]
    pub to: Option<Date>,
    /// Store folder; else the pipeline's.
    #[arg(long)]
    pub store: Option<PathBuf>,
    /// Worker threads; the result does not depend on it.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Do everything but publish.
    #[arg(long)]
    pub dry_run: bool,
    /// Summary as JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(clap::Args, Debug)]
pub struct CheckArgs {
    /// Pipeline file.
    pub pipeline: PathBuf,
    /// Business day whose inbox to look at.
    #[arg(long, value_parser = day)]
    pub date: Option<Date>,
    #[arg(long)]
    pub json: bool,
}

#[derive(clap::Args, Debug)]
pub struct ExplainArgs {
    /// Settlement id.
    pub setl_id: String,
    #[command(flatten)]
    pub store: StoreArgs,
    /// Also the priced lines.
    #[arg(long)]
    pub lines: bool,
    /// Language: zh, en, or both; JSON has both.
    #[arg(long, value_parser = lang, default_value = "both")]
    pub lang: Lang,
    #[arg(long)]
    pub json: bool,
}

#[derive(clap::Args, Debug)]
pub struct StoreArgs {
    /// Store folder.
    #[arg(long, default_value = "night-store")]
    pub store: PathBuf,
}

#[derive(Subcommand, Debug)]
pub enum RunsCommand {
    /// All runs, oldest first.
    List(RunsArgs),
    /// One run's summary.
    Show(ShowArgs),
}

#[derive(Subcommand, Debug)]
pub enum PolicyCommand {
    /// Prove that policies leave no gap, contradict themselves nowhere and never pay less for more.
    Check(PolicyCheckArgs),
    /// What a draft would have changed: settled history, replayed under it.
    Simulate(SimulateArgs),
    /// Run the cases beside policies, move every value, judge every break point by a second evaluator.
    Test(PolicyTestArgs),
    /// A region's policy as a page to hold against its notice.
    Show(PolicyShowArgs),
    /// What changed between two days of a policy, or two versions of it, in money too.
    Diff(PolicyDiffArgs),
}

#[derive(clap::Args, Debug)]
pub struct PolicyCheckArgs {
    /// Folders of policies, or pipeline files that name them.
    #[arg(default_value = "pipelines/policy")]
    pub paths: Vec<PathBuf>,
    /// Only this pooling region, six digits.
    #[arg(long, value_parser = region)]
    pub region: Option<AdmDiv>,
    /// Findings as a JSON array.
    #[arg(long)]
    pub json: bool,
}

#[derive(clap::Args, Debug)]
pub struct RunsArgs {
    /// Store folder.
    #[arg(long, default_value = "night-store")]
    pub store: PathBuf,
    #[arg(long)]
    pub json: bool,
}

#[derive(clap::Args, Debug)]
pub struct ShowArgs {
    /// Run id, or the beginning of one.
    pub run_id: String,
    #[command(flatten)]
    pub store: RunsArgs,
}

#[derive(clap::Args, Debug)]
pub struct SimulateArgs {
    /// Pipeline file: its policies and reference data.
    pub pipeline: PathBuf,
    /// Files or folders of policies that stand in for the book's of the same region and insurance.
    #[arg(long, required = true, num_args = 1.., value_name = "PATH")]
    pub draft: Vec<PathBuf>,
    /// Store folder; else the pipeline's.
    #[arg(long)]
    pub store: Option<PathBuf>,
    /// Only people insured in this pooling region.
    #[arg(long, value_parser = region)]
    pub region: Option<AdmDiv>,
    /// First settlement day to report. History is replayed from its beginning all the same.
    #[arg(long, value_parser = day)]
    pub from: Option<Date>,
    /// Last settlement day to report.
    #[arg(long, value_parser = day)]
    pub to: Option<Date>,
    /// How many of the claims that change most to tell.
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub top: usize,
    /// Report as JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(clap::Args, Debug)]
pub struct SynthArgs {
    /// Folder to make; must not exist, or be empty.
    #[arg(long)]
    pub out: PathBuf,
    /// Claims over all nights.
    #[arg(long)]
    pub claims: u64,
    /// Same seed, same bytes.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    #[arg(long, default_value_t = 1)]
    pub nights: u32,
    /// First business day.
    #[arg(long, value_parser = day, default_value = "2026-03-10")]
    pub first_day: Date,
    /// Share of records with a planted error, as a fraction: 0.02.
    #[arg(long, value_parser = rate, default_value = "0")]
    pub dirty: u32,
    /// Compress claim files.
    #[arg(long, value_parser = ["none", "zst"], default_value = "none")]
    pub compress: String,
    /// Format of claim files.
    #[arg(long, value_parser = ["csv"], default_value = "csv")]
    pub format: String,
    /// Summary as JSON.
    #[arg(long)]
    pub json: bool,
}

fn day(text: &str) -> Result<Date, String> {
    Date::parse(text.as_bytes()).ok_or_else(|| "is not YYYY-MM-DD".to_owned())
}

#[derive(clap::Args, Debug)]
pub struct PolicyTestArgs {
    /// Folders of policies.
    #[arg(default_value = "pipelines/policy")]
    pub paths: Vec<PathBuf>,
    /// Only this pooling region, six digits.
    #[arg(long, value_parser = region)]
    pub region: Option<AdmDiv>,
    /// Only run the cases: move no value, judge no break point.
    #[arg(long)]
    pub cases_only: bool,
    /// Write the boundary certificate here.
    #[arg(long)]
    pub certificate: Option<PathBuf>,
    /// Results as JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(clap::Args, Debug)]
pub struct PolicyShowArgs {
    /// Pooling region, six digits.
    #[arg(value_parser = region)]
    pub region: AdmDiv,
    /// Only this insurance, as 310; else every policy of the region.
    #[arg(long, value_parser = insurance)]
    pub insurance: Option<Insurance>,
    /// Only what holds on this day; else everything, each value with its first day.
    #[arg(long, value_parser = day)]
    pub date: Option<Date>,
    /// Folders of policies.
    #[arg(long = "policy", num_args = 1.., default_value = "pipelines/policy")]
    pub paths: Vec<PathBuf>,
    /// Language: zh, en, or both.
    #[arg(long, value_parser = lang, default_value = "both")]
    pub lang: Lang,
}

#[derive(clap::Args, Debug)]
pub struct PolicyDiffArgs {
    /// Pooling region, with --from and --to; or the folder of the old version, before that of the new one.
    pub what: String,
    /// Folder of the new version.
    #[arg(conflicts_with_all = ["from", "to", "paths"])]
    pub new: Option<PathBuf>,
    /// The earlier day.
    #[arg(long, value_parser = day, requires = "to")]
    pub from: Option<Date>,
    /// The later day.
    #[arg(long, value_parser = day, requires = "from")]
    pub to: Option<Date>,
    /// Of two versions, only this pooling region.
    #[arg(long, value_parser = region, requires = "new")]
    pub region: Option<AdmDiv>,
    /// Only this insurance.
    #[arg(long, value_parser = insurance)]
    pub insurance: Option<Insurance>,
    /// Folders of policies, for two days.
    #[arg(long = "policy", num_args = 1.., default_value = "pipelines/policy")]
    pub paths: Vec<PathBuf>,
    /// Leave out what it comes to in money.
    #[arg(long)]
    pub no_money: bool,
    /// Language: zh, en, or both.
    #[arg(long, value_parser = lang, default_value = "both")]
    pub lang: Lang,
}

fn lang(text: &str) -> Result<Lang, String> {
    Lang::parse(text).ok_or_else(|| format!("is not one of {}", Lang::KEYS.join(", ")))
}

fn insurance(text: &str) -> Result<Insurance, String> {
    Insurance::parse(text).ok_or_else(|| "is not an insutype, as 310".to_owned())
}

fn region(text: &str) -> Result<AdmDiv, String> {
    AdmDiv::parse(text.as_bytes()).ok_or_else(|| "is not six digits".to_owned())
}

/// A fraction as parts per million.
fn rate(text: &str) -> Result<u32, String> {
    crate::money::Rate::from_fraction(text.as_bytes())
        .map(crate::money::Rate::millionths)
        .ok_or_else(|| "is not a fraction between 0 and 1".to_owned())
}
