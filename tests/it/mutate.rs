//! Valid files made invalid: flips, cuts, repeats, splices, and values at the edge of a field.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::strategy::BoxedStrategy;

/// Values at the edge of what fields hold.
const EDGES: [&str; 40] = [
    "",
    "0",
    "1",
    "-1",
    "+1",
    "-0",
    "1e3",
    "nan",
    "٣",
    ".",
    "5.",
    ".5",
    "0.001",
    "99999999999999.99",
    "-99999999999999.99",
    "100000000000000.00",
    "9223372036854775807",
    "-92233720368547758.07",
    "922337203685477.5807",
    "9223372036854.775807",
    "18446744073709551615",
    "2026-02-29",
    "2026-03-10",
    "1900-01-01",
    "2999-12-31",
    "2026-03-10 24:00:00",
    "2026-03-10T10:00:00",
    "310",
    "3100000",
    "1101",
    "11",
    "21",
    "2",
    "310115",
    "H31011500002",
    "S1",
    "V1",
    "\"",
    "\"\"\"",
    "一二三四五六七八九十一二三四五六七八九十",
];

/// Bytes that mean something to one format or another.
const PIECES: [&[u8]; 16] = [
    b"\"",
    b"\n",
    b"\r",
    b",",
    b",,",
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"[[",
    b"{",
    b"= [",
    b"'''",
    b"\\u0000",
    b"99999999999999999999",
    b"\n\n",
    b"#",
];

/// One change.
#[derive(Clone, Debug)]
pub enum Edit {
    Flip(Index, u8),
    Cut(Index, Index),
    Truncate(Index),
    /// A piece of the file, once more somewhere else.
    Repeat(Index, usize, Index),
    Insert(Index, Vec<u8>),
    /// A cell, number or quoted word becomes an edge value.
    Value(Index, &'static str),
    /// A cell, number or quoted word becomes another one of the file.
    Swap(Index, Index),
}

/// One change of any kind.
fn edit() -> BoxedStrategy<Edit> {
    let at = any::<Index>;
    prop_oneof![
        2 => (at(), any::<u8>()).prop_map(|(at, bits)| Edit::Flip(at, bits)),
        1 => (at(), at()).prop_map(|(from, to)| Edit::Cut(from, to)),
        1 => at().prop_map(Edit::Truncate),
        2 => (at(), 1..200usize, at()).prop_map(|(from, len, to)| Edit::Repeat(from, len, to)),
        1 => (at(), select(&PIECES[..])).prop_map(|(at, piece)| Edit::Insert(at, piece.to_vec())),
        1 => (at(), vec(any::<u8>(), 0..20)).prop_map(|(at, bytes)| Edit::Insert(at, bytes)),
        8 => value(),
    ]
    .boxed()
}

/// A change that leaves the shape of the file: what is wrong with it then is its meaning.
fn value() -> BoxedStrategy<Edit> {
    let at = any::<Index>;
    prop_oneof![
        (at(), select(&EDGES[..])).prop_map(|(at, value)| Edit::Value(at, value)),
        (at(), at()).prop_map(|(at, from)| Edit::Swap(at, from)),
    ]
    .boxed()
}

/// A few changes: of values only, or of anything.
pub fn edits() -> BoxedStrategy<Vec<Edit>> {
    prop_oneof![vec(value(), 1..3), vec(edit(), 1..4)].boxed()
}

/// The changed file.
pub fn changed(bytes: &[u8], edits: &[Edit]) -> Vec<u8> {
    edits.iter().fold(bytes.to_vec(), change)
}

fn change(mut bytes: Vec<u8>, edit: &Edit) -> Vec<u8> {
    if bytes.is_empty() {
        return bytes;
    }
    let size = bytes.len();
    match edit {
        Edit::Flip(at, bits) => bytes[at.index(size)] ^= bits,
        Edit::Cut(from, to) => {
            let (from, to) = (from.index(size), to.index(size));
            bytes.drain(from.min(to)..from.max(to).min(from.min(to) + 64));
        }
        Edit::Truncate(at) => bytes.truncate(at.index(size)),
        Edit::Repeat(from, length, to) => {
            let from = from.index(size);
            let piece = bytes[from..(from + length).min(size)].to_vec();
            let to = to.index(size);
            bytes.splice(to..to, piece);
        }
        Edit::Insert(at, piece) => {
            let at = at.index(size);
            bytes.splice(at..at, piece.iter().copied());
        }
        Edit::Value(at, value) => {
            let word = word(&bytes, at.index(size));
            bytes.splice(word, value.bytes());
        }
        Edit::Swap(at, from) => {
            let other = bytes[word(&bytes, from.index(size))].to_vec();
            let word = word(&bytes, at.index(size));
            bytes.splice(word, other);
        }
    }
    bytes
}

/// The cell or quoted word at a place, mostly of the second half of a file: what stands before are
/// headers and titles.
fn word(bytes: &[u8], at: usize) -> std::ops::Range<usize> {
    let at = if at.is_multiple_of(4) { at } else { at.midpoint(bytes.len()) };
    let ends = |byte: &u8| b",\n\"".contains(byte);
    let from = bytes[..at].iter().rposition(ends).map_or(0, |before| before + 1);
    let to = bytes[at..].iter().position(ends).map_or(bytes.len(), |after| at + after);
    from..to.max(from)
}

/// A TOML text in which some quoted words are others of their kind: numbers numbers, words words.
pub fn retold(text: &str, picks: &[(Index, Index)]) -> String {
    const NUMBERS: [&str; 6] = ["0", "100", "0.0001", "99999999999999.99", "0.01", "none"];
    let mut parts: Vec<String> = text.split('"').map(str::to_owned).collect();
    let quoted: Vec<usize> = (1..parts.len()).step_by(2).collect();
    let number = |word: &str| word.starts_with(|c: char| c.is_ascii_digit());
    for (at, from) in picks {
        let at = quoted[quoted.len() / 4 + at.index(quoted.len() - quoted.len() / 4)];
        let alike = quoted.iter().map(|other| parts[*other].as_str());
        let mut alike: Vec<&str> =
            alike.filter(|word| number(word) == number(&parts[at])).collect();
        if number(&parts[at]) {
            alike.extend(NUMBERS.iter().cycle().take(alike.len() / 4));
        }
        parts[at] = alike[from.index(alike.len())].to_owned();
    }
    parts.join("\"")
}
