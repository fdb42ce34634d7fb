//! TOML as a tree in which every value knows its line and column, and a reader that reports all mistakes, not the first.
//!
//! Owns: places, problems, and the checks of type. Knows nothing of policies.

use std::fmt;

use toml::de::{DeTable, DeValue};

use crate::calendar::Date;

/// A place in a file, counted from 1; the column in characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Place {
    pub line: u32,
    pub column: u32,
}

/// Something wrong with a file, where, and what to do about it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Problem {
    pub file: String,
    pub place: Place,
    pub what: String,
    pub remedy: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { line, column } = self.place;
        write!(f, "{}", self.file)?;
        // A problem of a whole file has no place.
        if line > 0 {
            write!(f, ":{line}:{column}")?;
        }
        write!(f, ": {}", self.what)?;
        if self.remedy.is_empty() { Ok(()) } else { write!(f, "; {}", self.remedy) }
    }
}

/// A value with its place.
#[derive(Clone, Debug)]
pub struct Node {
    pub place: Place,
    pub value: Value,
}

/// What TOML can say, as far as policies use it.
#[derive(Clone, Debug)]
pub enum Value {
    Text(String),
    Whole(i64),
    Truth(bool),
    Day(Date),
    List(Vec<Node>),
    Table(Table),
    /// A float, a time, or a number out of range, as written: nothing here may be one.
    Other(&'static str, String),
}

/// Keys in the order of the file.
#[derive(Clone, Debug, Default)]
pub struct Table {
    pub entries: Vec<(String, Place, Node)>,
}

/// Reads a document; syntax errors all at once.
///
/// # Errors
/// Every syntax error that the parser could recover from, and days that do not exist.
pub fn parse(file: &str, text: &str) -> Result<Table, Vec<Problem>> {
    let lines = Lines::of(text);
    let (root, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        return Ok(table(root.get_ref(), &lines));
    }
    let problem = |error: toml::de::Error| {
        let what = error.message().trim().replace('\n', ", ");
        let remedy = if what.contains("date") {
            "write a day that exists, bare, as 2023-01-31"
        } else {
            "correct the TOML"
        };
        Problem {
            file: file.to_owned(),
            place: lines.place(error.span().map_or(0, |span| span.start)),
            what,
            remedy: remedy.into(),
        }
    };
    Err(errors.into_iter().map(problem).collect())
}

/// Where lines begin, in bytes.
struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl Lines<'_> {
    fn of(text: &str) -> Lines<'_> {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let starts = std::iter::once(0).chain(breaks.map(|(at, _)| at + 1)).collect();
        Lines { text, starts }
    }

    fn place(&self, at: usize) -> Place {
        let line = self.starts.partition_point(|start| *start <= at).max(1);
        let before = self.text.get(self.starts[line - 1]..at).unwrap_or("");
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Place { line: number(line), column: number(before.chars().count() + 1) }
    }
}

fn table(table: &DeTable<'_>, lines: &Lines<'_>) -> Table {
    let mut entries: Vec<(String, Place, Node)> = table
        .iter()
        .map(|(key, value)| {
            let place = lines.place(key.span().start);
            (key.get_ref().to_string(), place, node(value.get_ref(), value.span().start, lines))
        })
        .collect();
    entries.sort_by_key(|(_, place, _)| *place);
    Table { entries }
}

fn node(value: &DeValue<'_>, at: usize, lines: &Lines<'_>) -> Node {
    let read = match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(whole) => Value::Whole(whole),
            Err(_) => Value::Other("a number out of range", number.to_string()),
        },
        DeValue::Float(number) => Value::Other("a float", number.to_string()),
        DeValue::Boolean(truth) => Value::Truth(*truth),
        DeValue::Datetime(day) => match (day.date, day.time) {
            (Some(date), None) => {
                let (year, month) = (i32::from(date.year), u32::from(date.month));
                Date::from_ymd(year, month, u32::from(date.day)).map_or_else(
                    || Value::Other("a day that does not exist", day.to_string()),
                    Value::Day,
                )
            }
            _ => Value::Other("a time", day.to_string()),
        },
        DeValue::Array(items) => Value::List(
            items.iter().map(|item| node(item.get_ref(), item.span().start, lines)).collect(),
        ),
        DeValue::Table(inner) => Value::Table(table(inner, lines)),
    };
    Node { place: lines.place(at), value: read }
}

impl Value {
    fn kind(&self) -> String {
        match self {
            Value::Text(text) => format!("the text {text:?}"),
            Value::Whole(number) => format!("the number {number}"),
            Value::Truth(truth) => truth.to_string(),
            Value::Day(day) => format!("the day {day}"),
            Value::List(_) => "a list".into(),
            Value::Table(_) => "a table".into(),
            Value::Other(kind, text) => format!("{kind}, {text}"),
        }
    }
}

/// Problems of one file.
#[derive(Debug)]
pub struct Problems<'a> {
    pub file: &'a str,
    pub found: &'a mut Vec<Problem>,
}

impl Problems<'_> {
    pub fn add(&mut self, place: Place, what: impl Into<String>, remedy: impl Into<String>) {
        let (file, what, remedy) = (self.file.to_owned(), what.into(), remedy.into());
        self.found.push(Problem { file, place, what, remedy });
    }
}

/// Takes the keys of one table, one after another; what is left at the end is unknown.
#[derive(Debug)]
pub struct Fields<'a> {
    table: &'a Table,
    /// Of the table itself, for what is missing.
    pub place: Place,
    /// `layer "inpatient" · ratio · row 2`.
    pub name: String,
    asked: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    pub fn new(table: &'a Table, place: Place, name: impl Into<String>) -> Fields<'a> {
        Fields { table, place, name: name.into(), asked: Vec::new() }
    }

    pub fn get(&mut self, key: &'static str) -> Option<&'a Node> {
        self.asked.push(key);
        self.table.entries.iter().find(|(name, ..)| name == key).map(|(.., node)| node)
    }

    pub fn place_of(&self, key: &str) -> Place {
        let found = self.table.entries.iter().find(|(name, ..)| name == key);
        found.map_or(self.place, |(_, place, _)| *place)
    }

    pub fn need(&mut self, key: &'static str, problems: &mut Problems<'_>) -> Option<&'a Node> {
        let node = self.get(key);
        if node.is_none() {
            let what = format!("{}: {key} is missing", self.name);
            problems.add(self.place, what, format!("add `{key} = …`"));
        }
        node
    }

    pub fn text(
        &mut self,
        key: &'static str,
        problems: &mut Problems<'_>,
    ) -> Option<(&'a str, Place)> {
        let node = self.get(key)?;
        as_text(node, key, problems)
    }

    pub fn need_text(
        &mut self,
        key: &'static str,
        problems: &mut Problems<'_>,
    ) -> Option<(&'a str, Place)> {
        let node = self.need(key, problems)?;
        as_text(node, key, problems)
    }

    pub fn texts(
        &mut self,
        key: &'static str,
        problems: &mut Problems<'_>,
    ) -> Vec<(&'a str, Place)> {
        self.items(key, problems).iter().filter_map(|node| as_text(node, key, problems)).collect()
    }

    /// The nodes of a list; nothing when there is none.
    pub fn items(&mut self, key: &'static str, problems: &mut Problems<'_>) -> &'a [Node] {
        match self.get(key) {
            None => &[],
            Some(Node { value: Value::List(items), .. }) => items,
            Some(node) => {
                let what = format!("{key} is {}, not a list", node.value.kind());
                problems.add(node.place, what, format!("write `{key} = [ … ]`"));
                &[]
            }
        }
    }

    /// Whether a key stands for an empty list, so that nothing is wrong with an item of it.
    pub fn says_nothing(&self, key: &str) -> bool {
        let found = self.table.entries.iter().find(|(name, ..)| name == key);
        matches!(found, Some((_, _, Node { value: Value::List(items), .. })) if items.is_empty())
    }

    /// The tables of a list, each with its place.
    pub fn tables(
        &mut self,
        key: &'static str,
        problems: &mut Problems<'_>,
    ) -> Vec<(&'a Table, Place)> {
        let items = self.items(key, problems);
        items.iter().filter_map(|node| as_table(node, key, problems)).collect()
    }

    pub fn table(
        &mut self,
        key: &'static str,
        problems: &mut Problems<'_>,
    ) -> Option<(&'a Table, Place)> {
        let node = self.get(key)?;
        as_table(node, key, problems)
    }

    pub fn day(&mut self, key: &'static str, problems: &mut Problems<'_>) -> Option<Date> {
        let node = self.get(key)?;
        as_day(node, key, problems)
    }

    pub fn need_day(&mut self, key: &'static str, problems: &mut Problems<'_>) -> Option<Date> {
        let node = self.need(key, problems)?;
        as_day(node, key, problems)
    }

    /// A count: a whole number that is not negative.
    pub fn count(&mut self, key: &'static str, problems: &mut Problems<'_>) -> Option<u32> {
        let node = self.get(key)?;
        if let Value::Whole(number) = &node.value
            && let Ok(count) = u32::try_from(*number)
        {
            return Some(count);
        }
        let what = format!("{key} is {}, not a count", node.value.kind());
        problems.add(node.place, what, "write a whole number from 0 without quotes");
        None
    }

    pub fn truth(&mut self, key: &'static str, problems: &mut Problems<'_>) -> Option<bool> {
        let node = self.get(key)?;
        if let Value::Truth(truth) = &node.value {
            return Some(*truth);
        }
        let what = format!("{key} is {}", node.value.kind());
        problems.add(node.place, what, "write true or false");
        None
    }

    /// Reports every key that nobody asked for, with the nearest known one.
    pub fn finish(self, problems: &mut Problems<'_>) {
        for (key, place, _) in &self.table.entries {
            if self.asked.contains(&key.as_str()) {
                continue;
            }
            let near = self.asked.iter().min_by_key(|known| distance(key, known));
            let remedy = match near.filter(|known| distance(key, known) <= 2 + key.len() / 4) {
                Some(known) => format!("did you mean `{known}`?"),
                None => format!("known here: {}", known_keys(&self.asked)),
            };
            problems.add(*place, format!("{}: unknown key `{key}`", self.name), remedy);
        }
    }
}

fn known_keys(asked: &[&str]) -> String {
    let mut keys = asked.to_vec();
    keys.sort_unstable();
    keys.dedup();
    keys.join(", ")
}

pub fn as_text<'a>(
    node: &'a Node,
    key: &str,
    problems: &mut Problems<'_>,
) -> Option<(&'a str, Place)> {
    if let Value::Text(text) = &node.value {
        return Some((text, node.place));
    }
    let remedy = match &node.value {
        Value::Other(_, text) => format!("amounts, rates and codes are text: write \"{text}\""),
        Value::Whole(number) => format!("amounts, rates and codes are text: write \"{number}\""),
        _ => "write text in quotes".into(),
    };
    problems.add(node.place, format!("{key} is {}, not text", node.value.kind()), remedy);
    None
}

fn as_table<'a>(
    node: &'a Node,
    key: &str,
    problems: &mut Problems<'_>,
) -> Option<(&'a Table, Place)> {
    if let Value::Table(table) = &node.value {
        return Some((table, node.place));
    }
    let what = format!("{key} is {}, not a table", node.value.kind());
    problems.add(node.place, what, "write `{ key = … }`");
    None
}

fn as_day(node: &Node, key: &str, problems: &mut Problems<'_>) -> Option<Date> {
    if let Value::Day(day) = &node.value {
        return Some(*day);
    }
    let what = format!("{key} is {}, not a day", node.value.kind());
    problems.add(node.place, what, "write it bare, as 2023-01-31");
    None
}

/// Edits between two words.
pub fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let change = corner + usize::from(x != *y);
            corner = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(corner + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mistake_is_found_with_its_place() {
        let text = "titel = \"x\"\nname = 1.5\nday = 2023-02-30\n";
        let problems = match parse("p.toml", text) {
            Err(problems) => problems,
            Ok(table) => {
                let mut found = Vec::new();
                let mut problems = Problems { file: "p.toml", found: &mut found };
                let mut fields = Fields::new(&table, Place::default(), "policy");
                fields.text("title", &mut problems);
                fields.text("name", &mut problems);
                fields.day("day", &mut problems);
                fields.finish(&mut problems);
                found
            }
        };
        let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert!(said.iter().any(|s| s.contains("3:")), "{said:?}");
    }

    #[test]
    fn distance_counts_edits() {
        assert_eq!(distance("titel", "title"), 2);
        assert_eq!(distance("source", "source"), 0);
    }
}
