//! Markdown tables whose columns line up where Chinese takes two columns a character.

use unicode_width::UnicodeWidthStr;

/// A table of text.
#[derive(Debug, Default)]
pub struct Grid {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Grid {
    pub fn new(head: impl IntoIterator<Item = String>) -> Grid {
        Grid { head: head.into_iter().collect(), rows: Vec::new() }
    }

    /// Cells that are missing are empty.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub fn render(&self) -> String {
        let widths: Vec<usize> = (0..self.head.len())
            .map(|column| {
                let cells = self.rows.iter().filter_map(|row| row.get(column));
                cells.chain(self.head.get(column)).map(|cell| width(cell)).max().unwrap_or(0)
            })
            .collect();
        let mut out = line(&self.head, &widths);
        let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
        out.push_str(&line(&rule, &widths));
        for row in &self.rows {
            out.push_str(&line(row, &widths));
        }
        out
    }
}

fn line(cells: &[String], widths: &[usize]) -> String {
    let mut out = String::from("|");
    for (column, most) in widths.iter().enumerate() {
        let cell = cells.get(column).map_or("", String::as_str).replace('|', "\\|");
        let room = most.saturating_sub(width(&cell));
        out.push_str(&format!(" {cell}{} |", " ".repeat(room)));
    }
    out.push('\n');
    out
}

fn width(text: &str) -> usize {
    text.replace('|', "\\|").width()
}
