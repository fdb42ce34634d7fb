//! A night killed at any instant and started again is the night that was never killed.
//!
//! `MEDSETTLE_KILLS` sets how many kills (default 12), `MEDSETTLE_KILL_CLAIMS` the size of the night.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::night::synth;
use crate::support::{self, published, stderr};

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// A small generator of delays: the test must be the same every time as far as it can be.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

/// When to kill.
enum Moment {
    After(Duration),
    /// So long after a phase begins.
    In(&'static str, Duration),
}

/// Starts a run, kills it, and says in which phase it was; `None` when it was already done.
fn kill(pipeline: &Path, store: &Path, moment: &Moment) -> Option<String> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_medsettle"))
        .args(["run", pipeline.to_str().unwrap(), "--store", store.to_str().unwrap(), "-vv"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let phase = Arc::new(Mutex::new(String::from("start")));
    let log = BufReader::new(child.stderr.take().unwrap());
    let reader = std::thread::spawn({
        let phase = Arc::clone(&phase);
        move || {
            for line in log.lines().map_while(Result::ok) {
                if let Some(name) =
                    line.split("phase=\"").nth(1).filter(|_| line.contains("begins"))
                {
                    let name = name.split('"').next().unwrap_or("").to_owned();
                    *phase.lock().unwrap() = name;
                }
            }
        }
    });
    let started = Instant::now();
    let mut reached: Option<Instant> = None;
    let alive = loop {
        if child.try_wait().unwrap().is_some() {
            break false;
        }
        let now = Instant::now();
        let due = match moment {
            Moment::After(delay) => now.duration_since(started) >= *delay,
            Moment::In(wanted, delay) => {
                if reached.is_none() && *phase.lock().unwrap() == *wanted {
                    reached = Some(now);
                }
                reached.is_some_and(|at| now.duration_since(at) >= *delay)
            }
        };
        if due {
            break true;
        }
        std::thread::sleep(Duration::from_micros(50));
    };
    if alive {
        child.kill().unwrap();
    }
    let killed = child.wait().unwrap().code().is_none();
    reader.join().unwrap();
    let phase = phase.lock().unwrap().clone();
    killed.then_some(phase)
}

#[test]
fn a_killed_night_is_whole_or_absent_and_comes_out_the_same() {
    let kills = setting("MEDSETTLE_KILLS", 12);
    let claims = setting("MEDSETTLE_KILL_CLAIMS", 6000).to_string();
    let folder = tempfile::tempdir().unwrap();
    let pipeline = synth(folder.path(), &["--claims", &claims, "--seed", "9", "--dirty", "0.03"]);
    let whole = folder.path().join("whole");
    let begun = Instant::now();
    let output = support::run(&pipeline, &whole, &[]);
    let length = begun.elapsed();
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    let expected = published(&whole);
    let mut random = 42;
    let mut phases = Vec::new();
    for number in 0..kills {
        let store = folder.path().join(format!("killed-{number}"));
        let share = u32::try_from(next(&mut random) % 1000).unwrap();
        let moment = match number % 6 {
            0 | 3 => Moment::After(length * share / 1000),
            1 => Moment::In("audit", length * share / 8000),
            2 => Moment::In("seal", Duration::from_micros(u64::from(share) * 60)),
            _ => Moment::In("publish", Duration::from_micros(u64::from(share) * 8)),
        };
        let killed = kill(&pipeline, &store, &moment);
        if killed.as_deref() != Some("publish") {
            // Nothing is visible before the commit.
            let seen = published(&store);
            assert!(seen.is_empty() || seen == expected, "kill {number}: half a night is visible");
        }
        phases.push(killed.unwrap_or_else(|| "done".to_owned()));
        let output = support::run(&pipeline, &store, &[]);
        let code = output.status.code();
        assert!(matches!(code, Some(0 | 3)), "kill {number}: {code:?}\n{}", stderr(&output));
        assert_eq!(expected, published(&store), "kill {number} in {}", phases[phases.len() - 1]);
        assert!(!store.join("staging").exists() && !store.join("work").exists());
        std::fs::remove_dir_all(&store).unwrap();
    }
    eprintln!("kills by phase: {}", counted(&phases));
    let inside = |phase: &&String| matches!(phase.as_str(), "audit" | "seal" | "publish");
    let inside = phases.iter().filter(inside).count() as u64;
    assert!(inside >= kills / 5, "only {inside} kills inside staging and publishing: {phases:?}");
}

fn counted(phases: &[String]) -> String {
    let mut counts = std::collections::BTreeMap::new();
    for phase in phases {
        *counts.entry(phase.as_str()).or_insert(0) += 1;
    }
    counts.iter().map(|(phase, count)| format!("{phase} {count}")).collect::<Vec<_>>().join(", ")
}
