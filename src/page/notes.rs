//! Footnotes: the sources of a page, numbered in the order in which they are first cited, doubtful ones marked wherever they are.

use std::sync::Arc;

use crate::policy::plan::{Confidence, Source};

use super::said::{Lang, Said};
use super::words;

/// The sources that a page cites.
#[derive(Debug, Default)]
pub struct Notes {
    cited: Vec<Arc<Source>>,
}

impl Notes {
    /// The reference to a source: `[3]`, or `[3 存疑 uncertain (medium)]`.
    pub fn cite(&mut self, source: &Arc<Source>, lang: Lang) -> String {
        let place = self.cited.iter().position(|known| known == source).unwrap_or_else(|| {
            self.cited.push(source.clone());
            self.cited.len() - 1
        });
        let doubt = words::doubt(source.confidence).label(lang);
        if doubt.is_empty() { format!("[{}]", place + 1) } else { format!("[{} {doubt}]", place + 1) }
    }

    pub fn cite_all(&mut self, sources: &[Arc<Source>], lang: Lang) -> String {
        let all: Vec<String> = sources.iter().map(|source| self.cite(source, lang)).collect();
        all.join(" ")
    }

    /// All sources, one a line, with what is doubtful about them.
    pub fn render(&self, lang: Lang) -> String {
        let mut out = String::new();
        for (place, source) in self.cited.iter().enumerate() {
            let mark = words::confidence(source.confidence).label(lang);
            let mark =
                if source.confidence == Confidence::High { mark } else { format!("**{mark}**") };
            out.push_str(&format!("- [{}] {} · {mark}", place + 1, document(source)));
            if !source.note.is_empty() {
                out.push_str(&format!(" · {}", source.note));
            }
            out.push('\n');
        }
        out
    }
}

/// Title, number and article of a document.
pub fn document(source: &Source) -> String {
    let title = if source.title.starts_with('《') {
        source.title.clone()
    } else {
        format!("《{}》", source.title)
    };
    let parts = [title.as_str(), &source.number, &source.article];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A document with its mark, as one line.
pub fn citation(source: &Source) -> Said {
    let document = document(source);
    words::confidence(source.confidence)
        .map(|zh| format!("{document}［{zh}］"), |en| format!("{document} [{en}]"))
}
