//! One thing said in Chinese and in English.

use serde::Serialize;

/// Which language a page is in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Lang {
    Zh,
    En,
    #[default]
    Both,
}

impl Lang {
    pub const KEYS: [&str; 3] = ["zh", "en", "both"];

    pub fn parse(key: &str) -> Option<Lang> {
        match key {
            "zh" => Some(Lang::Zh),
            "en" => Some(Lang::En),
            "both" => Some(Lang::Both),
            _ => None,
        }
    }
}

/// A text in both languages.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize)]
pub struct Said {
    pub zh: String,
    pub en: String,
}

/// Both languages of a text.
pub fn said(zh: impl Into<String>, en: impl Into<String>) -> Said {
    Said { zh: zh.into(), en: en.into() }
}

/// A text that is the same in both: an amount, a code, a day.
pub fn same(text: impl Into<String>) -> Said {
    let text = text.into();
    Said { zh: text.clone(), en: text }
}

impl Said {
    pub fn is_empty(&self) -> bool {
        self.zh.is_empty() && self.en.is_empty()
    }

    /// As a label: `起付线 deductible`.
    pub fn label(&self, lang: Lang) -> String {
        self.written(lang, " ")
    }

    /// As a sentence or a cell: `在职，三级 / in service, tier 3`.
    pub fn text(&self, lang: Lang) -> String {
        self.written(lang, " / ")
    }

    fn written(&self, lang: Lang, between: &str) -> String {
        match lang {
            Lang::Zh => self.zh.clone(),
            Lang::En => self.en.clone(),
            Lang::Both if self.zh == self.en || self.en.is_empty() => self.zh.clone(),
            Lang::Both if self.zh.is_empty() => self.en.clone(),
            Lang::Both => format!("{}{between}{}", self.zh, self.en),
        }
    }

    /// With something around each language.
    pub fn map(&self, zh: impl FnOnce(&str) -> String, en: impl FnOnce(&str) -> String) -> Said {
        Said { zh: zh(&self.zh), en: en(&self.en) }
    }

    /// Several behind one another, each language with its own separator.
    pub fn join<'a>(list: impl IntoIterator<Item = &'a Said>, zh: &str, en: &str) -> Said {
        let mut all = Said::default();
        for (place, one) in list.into_iter().enumerate() {
            if place > 0 {
                all.zh.push_str(zh);
                all.en.push_str(en);
            }
            all.zh.push_str(&one.zh);
            all.en.push_str(&one.en);
        }
        all
    }

    /// Any of them.
    pub fn any_of(list: &[Said]) -> Said {
        Said::join(list, "或", " or ")
    }

    /// One after another, as a list of clauses.
    pub fn clauses(list: &[Said]) -> Said {
        Said::join(list, "；", "; ")
    }
}
