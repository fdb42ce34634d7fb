//! One synthetic night as a whole command, beside a reference in the same run.
//!
//! `cargo bench` makes a night of `MEDSETTLE_BENCH_CLAIMS` claims (default 100,000), settles it with the released binary and prints
//! claims and lines a second, CPU seconds, peak memory and the time of each phase. The reference reads the same files once with the csv
//! crate and sums one column: what any program must do at least. Compare ratios, not seconds: machines differ.
#![allow(
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench prints ratios"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What a command took.
#[derive(Default)]
struct Cost {
    wall: Duration,
    cpu_seconds: f64,
    peak_mib: u64,
    log: String,
}

fn main() {
    let claims = std::env::var("MEDSETTLE_BENCH_CLAIMS").unwrap_or_else(|_| "100000".to_owned());
    let folder = std::env::temp_dir().join(format!("medsettle-bench-{}", std::process::id()));
    let night = folder.join("night");
    let out = night.to_str().unwrap();
    let made = run(&["synth", "--out", out, "--claims", &claims, "--dirty", "0.01"]);
    println!("synth     {:>8.2} s", made.wall.as_secs_f64());
    let (rows, bytes, reference) = reference(&night);
    println!("reference {:>8.2} s  read and sum one column, one core", reference.as_secs_f64());
    let pipeline = night.join("pipeline.toml");
    let (pipeline, store) = (pipeline.to_str().unwrap(), folder.join("store"));
    let cost = run(&["run", pipeline, "--store", store.to_str().unwrap(), "-v"]);
    let seconds = cost.wall.as_secs_f64();
    let claims: f64 = claims.parse().unwrap();
    println!("run       {seconds:>8.2} s  {:.1} CPU s", cost.cpu_seconds);
    println!(
        "  {:.0} claims/s, {:.0} lines/s, {:.0} MB/s",
        claims / seconds,
        rows as f64 / seconds,
        bytes as f64 / 1e6 / seconds
    );
    println!("  peak memory {} MiB", cost.peak_mib);
    println!("  {:.1} times the reference", cost.cpu_seconds / reference.as_secs_f64());
    for line in cost.log.lines().filter(|line| line.contains("phase done")) {
        println!("  {}", line.split("phase done ").nth(1).unwrap_or(line));
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

/// Runs the binary and watches it.
fn run(arguments: &[&str]) -> Cost {
    let started = Instant::now();
    let log = std::env::temp_dir().join(format!("medsettle-bench-{}.log", std::process::id()));
    let mut child = Command::new(env!("CARGO_BIN_EXE_medsettle"))
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let mut cost = Cost::default();
    loop {
        watch(child.id(), &mut cost);
        if let Some(status) = child.try_wait().unwrap() {
            assert!(matches!(status.code(), Some(0 | 3)), "{arguments:?}: {status}");
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    cost.wall = started.elapsed();
    cost.log = std::fs::read_to_string(&log).unwrap();
    std::fs::remove_file(&log).unwrap();
    cost
}

/// CPU time in clock ticks of 1/100 s and peak memory, as Linux tells them.
fn watch(process: u32, cost: &mut Cost) {
    if let Ok(stat) = std::fs::read_to_string(format!("/proc/{process}/stat")) {
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
        let ticks = |at: usize| fields.get(at).and_then(|t| t.parse::<f64>().ok()).unwrap_or(0.0);
        cost.cpu_seconds = cost.cpu_seconds.max((ticks(11) + ticks(12)) / 100.0);
    }
    if let Ok(status) = std::fs::read_to_string(format!("/proc/{process}/status")) {
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = peak.and_then(|text| text.trim().trim_end_matches(" kB").parse::<u64>().ok());
        cost.peak_mib = cost.peak_mib.max(kib.unwrap_or(0) / 1024);
    }
}

/// Rows and bytes of all fee files, and the time to read them once and sum their amounts.
fn reference(night: &Path) -> (u64, u64, Duration) {
    let mut files = Vec::new();
    collect(&night.join("inbox"), &mut files);
    let (mut rows, mut bytes, mut total) = (0u64, 0u64, 0i128);
    let started = Instant::now();
    for path in files {
        bytes += std::fs::metadata(&path).unwrap().len();
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(&path).unwrap();
        let column = reader
            .byte_headers()
            .unwrap()
            .iter()
            .position(|name| matches!(name, b"det_item_fee_sumamt" | b"medfee_sumamt"));
        let mut row = csv::ByteRecord::new();
        while reader.read_byte_record(&mut row).unwrap_or(false) {
            rows += 1;
            let cell = column.and_then(|at| row.get(at)).unwrap_or(b"");
            total += i128::from(medsettle::money::yuan::parse_scaled(cell, 2).unwrap_or(0));
        }
    }
    assert!(total > 0);
    (rows, bytes, started.elapsed())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "csv") {
            files.push(path);
        }
    }
}
