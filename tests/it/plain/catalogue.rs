//! The care place's catalogue, and what it makes of one fee line.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::text::{Span, Table, number, round};

type Key = (String, String);

/// Items, price limits and first payments by (place, code).
#[derive(Default)]
pub struct Catalogue {
    places: HashSet<String>,
    items: HashMap<Key, Vec<Item>>,
    limits: HashMap<Key, Vec<Limit>>,
    ratios: HashMap<Key, Vec<Ratio>>,
}

struct Item {
    span: Span,
    class: String,
    ratio: Decimal,
    institution_bears: bool,
}

struct Limit {
    span: Span,
    tier: Option<String>,
    insurance: Option<String>,
    yuan: Decimal,
}

struct Ratio {
    span: Span,
    insurance: Option<String>,
    share: Decimal,
}

/// The four parts of a fee, and what the institution bears of the first two.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Parts {
    pub full: Decimal,
    pub over: Decimal,
    pub pre: Decimal,
    pub in_scope: Decimal,
    pub institution_full: Decimal,
    pub institution_over: Decimal,
}

impl Parts {
    pub fn total(&self) -> Decimal {
        self.full + self.over + self.pre + self.in_scope
    }

    pub fn institution(&self) -> Decimal {
        self.institution_full + self.institution_over
    }

    pub fn plus(&self, other: &Parts) -> Parts {
        Parts {
            full: self.full + other.full,
            over: self.over + other.over,
            pre: self.pre + other.pre,
            in_scope: self.in_scope + other.in_scope,
            institution_full: self.institution_full + other.institution_full,
            institution_over: self.institution_over + other.institution_over,
        }
    }
}

/// The numbers of a line.
#[derive(Clone, Copy)]
pub struct LineNumbers {
    pub amount: Decimal,
    pub count: Decimal,
    pub price: Decimal,
    pub outside_restriction: bool,
}

/// What the catalogue says of an item that day, for this insurance and tier.
pub struct Holding {
    class: String,
    ratio: Decimal,
    institution_bears: bool,
    limit: Option<Decimal>,
}

/// 310 or 390: which rows of limits and first payments a claim's insurance takes.
fn group(insurance: &str) -> &'static str {
    match insurance.get(..3) {
        Some("380" | "390" | "391" | "392") => "390",
        _ => "310",
    }
}

impl Catalogue {
    pub fn read(folders: &[PathBuf]) -> Catalogue {
        let mut all = Catalogue::default();
        let key = |row: &super::text::View<'_>| (row.owned("admdvs"), row.owned("med_list_codg"));
        let group = |text: Option<String>| text.map(|code| group(&code).to_owned());
        Table::gather(folders, "items.csv", |row| {
            all.places.insert(row.owned("admdvs"));
            all.items.entry(key(row)).or_default().push(Item {
                span: row.span(),
                class: row.owned("chrgitm_lv"),
                ratio: number(row.text("selfpay_prop"), 6).unwrap(),
                institution_bears: row.text("bearer") == "institution",
            });
        });
        Table::gather(folders, "price_limits.csv", |row| {
            all.limits.entry(key(row)).or_default().push(Limit {
                span: row.span(),
                tier: row.may("hosp_tier"),
                insurance: group(row.may("insutype")),
                yuan: number(row.text("pric_uplmt_amt"), 6).unwrap(),
            });
        });
        Table::gather(folders, "first_payment.csv", |row| {
            all.ratios.entry(key(row)).or_default().push(Ratio {
                span: row.span(),
                insurance: group(row.may("insutype")),
                share: number(row.text("selfpay_prop"), 6).unwrap(),
            });
        });
        all
    }

    /// Whether the pooling region or its province has any list.
    pub fn serves(&self, pool: &str) -> bool {
        self.places.contains(pool) || self.places.contains(&province(pool))
    }

    /// The pooling region's own entry for the item that day, else its province's.
    pub fn find(
        &self,
        pool: &str,
        code: &str,
        day: NaiveDate,
        insurance: &str,
        tier: &str,
    ) -> Option<Holding> {
        self.at(pool, code, day, insurance, tier)
            .or_else(|| self.at(&province(pool), code, day, insurance, tier))
    }

    fn at(
        &self,
        place: &str,
        code: &str,
        day: NaiveDate,
        insurance: &str,
        tier: &str,
    ) -> Option<Holding> {
        let key = (place.to_owned(), code.to_owned());
        let rows = self.items.get(&key)?.iter().filter(|item| item.span.holds(day));
        let item = rows.max_by_key(|item| item.span.first)?;
        let insurance = group(insurance);
        let ratios = self.ratios.get(&key).into_iter().flatten().filter(|row| {
            row.span.holds(day) && row.insurance.as_deref().is_none_or(|code| code == insurance)
        });
        let ratio = ratios.max_by_key(|row| row.insurance.is_some()).map(|row| row.share);
        let limits = self.limits.get(&key).into_iter().flatten().filter(|row| {
            row.span.holds(day)
                && row.tier.as_deref().is_none_or(|own| own == tier)
                && row.insurance.as_deref().is_none_or(|code| code == insurance)
        });
        // A row of the tier is more exact than one of the insurance.
        let limit = limits.max_by_key(|row| (row.tier.is_some(), row.insurance.is_some()));
        Some(Holding {
            class: item.class.clone(),
            ratio: ratio.unwrap_or(item.ratio),
            institution_bears: item.institution_bears,
            limit: limit.map(|row| row.yuan).filter(|limit| *limit < Decimal::from(999_999)),
        })
    }
}

fn province(pool: &str) -> String {
    format!("{}0000", &pool[..2])
}

/// Splits one line.
pub fn split(line: &LineNumbers, item: &Holding) -> Parts {
    let prohibited = item.class == "03";
    let mut parts = Parts::default();
    if prohibited || item.ratio == Decimal::ONE || line.outside_restriction {
        parts.full = line.amount;
        if prohibited && item.institution_bears {
            parts.institution_full = line.amount;
        }
        return parts;
    }
    if let Some(limit) = item.limit.filter(|limit| line.price > *limit) {
        let over = (line.price - limit).checked_mul(line.count).map_or(line.amount, round);
        parts.over = over.clamp(line.amount.min(Decimal::ZERO), line.amount.max(Decimal::ZERO));
    }
    parts.pre = round((line.amount - parts.over) * item.ratio);
    parts.in_scope = line.amount - parts.over - parts.pre;
    if item.institution_bears {
        parts.institution_over = parts.over;
    }
    parts
}
