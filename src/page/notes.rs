//! Footnotes: the sources of a page, numbered in the order in which they are first cited, doubtful ones marked wherever they are.

use std::sync::Arc;

use crate::policy::plan::{Confidence, Source};

use super::said::Lang;
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
        if doubt.is_empty() {
            format!("[{}]", place + 1)
        } else {
            format!("[{} {doubt}]", place + 1)
        }
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
    named(&source.title, &source.number, &source.article)
}

/// The same of what is known of it.
pub fn named(title: &str, number: &str, article: &str) -> String {
    let title = if title.starts_with('《') { title.to_owned() } else { format!("《{title}》") };
    let parts = [title.as_str(), number, article];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}
