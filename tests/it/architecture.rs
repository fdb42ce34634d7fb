//! The direction of dependencies, and other rules that reviews should not have to repeat.

use std::path::{Path, PathBuf};

/// Rooms by layer, lowest first. A room may use its own layer's earlier rooms and every lower layer.
const LAYERS: [(&str, &[&str]); 5] = [
    ("words", &["money", "calendar", "codes"]),
    ("nouns", &["claim", "policy", "reference"]),
    ("verbs", &["literal", "price", "validate", "settle", "prove", "ledger", "clear", "reconcile"]),
    ("edges", &["wire", "store", "ingest", "report", "page", "audit", "synth"]),
    ("drive", &["run", "cli"]),
];

/// Crates that only some rooms may name.
const ENGINES: [(&str, &[&str]); 6] = [
    ("tokio::", &["run/intake.rs"]),
    ("rayon::", &["run/", "synth/", "cli/commands/run.rs"]),
    ("polars", &["audit/"]),
    ("rusqlite", &["store/control.rs", "run/error.rs"]),
    ("parquet::", &["store/", "audit/"]),
    ("clap", &["cli/"]),
];

fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    files
        .into_iter()
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            (path.strip_prefix(&root).unwrap().to_owned(), text)
        })
        .collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
}

fn room(path: &Path) -> String {
    let first = path.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

/// (layer, place in the layer).
fn rank(room: &str) -> Option<(usize, usize)> {
    LAYERS.iter().enumerate().find_map(|(layer, (_, rooms))| {
        rooms.iter().position(|name| *name == room).map(|place| (layer, place))
    })
}

/// Rooms named after `crate::` in code, comments left out.
fn used(text: &str) -> Vec<(usize, String)> {
    let mut uses = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let code = line.split("//").next().unwrap_or("");
        for part in code.split("crate::").skip(1) {
            let name: String =
                part.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            uses.push((number + 1, name));
        }
    }
    uses
}

#[test]
fn every_room_is_on_the_map() {
    for (path, _) in sources() {
        let room = room(&path);
        assert!(
            matches!(room.as_str(), "lib" | "main") || rank(&room).is_some(),
            "{}: put the room {room} into a layer",
            path.display()
        );
    }
}

#[test]
fn arrows_point_down_only() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let Some((layer, place)) = rank(&room(&path)) else { continue };
        for (line, used) in used(&text) {
            let Some((other, other_place)) = rank(&used) else { continue };
            // Inside the edges rooms serve one another; everywhere else earlier rooms only.
            let peers = layer == other && (other_place <= place || LAYERS[layer].0 == "edges");
            if !(other < layer || peers) {
                wrong.push(format!(
                    "{}:{line}: {} must not use {used}; move what is shared down",
                    path.display(),
                    room(&path)
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_second_opinion_shares_nothing() {
    let mut wrong = Vec::new();
    for (path, text) in sources().into_iter().filter(|(path, _)| room(path) == "literal") {
        for (line, used) in used(&text) {
            wrong.push(format!("{}:{line}: literal must not use {used}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn engines_stay_in_their_rooms() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let name = path.to_string_lossy().into_owned();
        for (engine, rooms) in ENGINES {
            let named = text.lines().any(|line| line.split("//").next().unwrap().contains(engine));
            if named && !rooms.iter().any(|room| name.starts_with(room)) {
                wrong.push(format!("{name}: {engine} belongs to {}", rooms.join(", ")));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn pure_rooms_read_no_world() {
    let banned = ["std::fs", "std::env", "std::net", "std::time", "std::thread", "println!"];
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let pure = rank(&room(&path)).is_some_and(|(layer, _)| layer < 3);
        if !pure {
            continue;
        }
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap();
            if let Some(word) = banned.iter().find(|word| code.contains(**word)) {
                wrong.push(format!("{}:{}: {word} in a pure room", path.display(), number + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn files_and_lines_stay_readable() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let lines = text.lines().count();
        if lines > 700 {
            wrong.push(format!(
                "{}: {lines} lines; give the file one reason to change",
                path.display()
            ));
        }
        for (number, line) in text.lines().enumerate() {
            if line.chars().count() > 150 {
                wrong.push(format!("{}:{}: longer than 150 columns", path.display(), number + 1));
            }
        }
        if !text.starts_with("//!") {
            wrong.push(format!("{}: open with what the module owns", path.display()));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn money_is_never_a_float() {
    for (path, text) in sources() {
        let room = room(&path);
        let kernel = rank(&room).is_some_and(|(layer, _)| layer < 3);
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap();
            let float = code.contains("f64") || code.contains("f32");
            assert!(!(kernel && float), "{}:{}: a float", path.display(), number + 1);
        }
    }
}
