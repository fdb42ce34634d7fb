//! Catalogues: one list of items per care province, and a few items that a pool lists itself.
//!
//! Codes and kinds are national; prices, classes, ratios and limits are the place's. The lists are
//! held in memory (at most 20,000 items in ten provinces), because every line needs the version
//! that holds on its day.

use arrayvec::ArrayString;

use super::draw::{Draw, Purpose};
use super::geography::{POOLS, Pool, provinces};
use super::institutions::opening;
use super::row::{Rows, moved};
use crate::calendar::{Date, DateSpan};
use crate::money::Rate;
use crate::reference::ItemVersion;
use crate::reference::catalogue::NO_LIMIT;

/// Longest code: a consumable's.
pub type ItemCode = ArrayString<27>;

/// An item of the national list.
#[derive(Clone, Debug)]
pub struct NationalItem {
    pub code: ItemCode,
    /// What it costs about, in millionths of a yuan.
    pub price: i64,
    /// Prices are multiples of this many millionths.
    pub step: i64,
}

/// An item as a place lists it.
#[derive(Clone, Debug)]
pub struct Listed {
    first: ItemVersion,
    /// What holds from a day on.
    later: Option<Box<(Date, ItemVersion)>>,
    terms: Terms,
}

impl Listed {
    pub fn on(&self, day: Date) -> &ItemVersion {
        match self.later.as_deref() {
            Some((from, version)) if day >= *from => version,
            _ => &self.first,
        }
    }
}

/// What a place decides about an item, as its rows say it.
#[derive(Clone, Copy, Debug)]
struct Terms {
    class: u8,
    /// Ratios in per cent: at first, later, and for residents where theirs differs.
    ratio: u32,
    later: Option<u32>,
    residents: Option<u32>,
    institution_bears: bool,
    limit: Limit,
}

/// Price limits in millionths.
#[derive(Clone, Copy, Debug)]
enum Limit {
    None,
    /// Written as a number that means none.
    Nines,
    All(i64),
    /// Tier 3, and all others.
    ByTier(i64, i64),
    /// Employees, residents.
    ByInsurance(i64, i64),
}

/// Every `OWN`th item is listed by pools that list items themselves.
const OWN: usize = 50;

/// All lists of a night.
#[derive(Debug)]
pub struct Catalogue {
    pub items: Vec<NationalItem>,
    /// By province, in the order of [`provinces`].
    provincial: Vec<Vec<Listed>>,
    /// By pool; every [`OWN`]th item.
    own: Vec<Vec<Listed>>,
    /// Province list of each pool.
    province_of: Vec<usize>,
}

impl Catalogue {
    /// Lists of `count` items, some of which change on `change`.
    pub fn new(seed: u64, count: usize, change: Date) -> Catalogue {
        let items: Vec<NationalItem> = (0..count).map(|k| national(seed, k, count)).collect();
        let provinces = provinces();
        let list = |place: u32, every: usize| -> Vec<Listed> {
            let chosen = items.iter().enumerate().step_by(every);
            chosen.map(|(k, item)| listed(seed, place, k, item, change)).collect()
        };
        let places = |from: u32, count: usize| (from..).take(count);
        let provincial = places(0, provinces.len()).map(|place| list(place, 1)).collect();
        let own = places(100, POOLS.len())
            .zip(&POOLS)
            .map(|(place, pool)| if pool.own_list { list(place, OWN) } else { Vec::new() })
            .collect();
        let province_of = POOLS
            .iter()
            .map(|pool| provinces.iter().position(|p| *p == pool.province()).unwrap_or(0))
            .collect();
        Catalogue { items, provincial, own, province_of }
    }

    /// How a pool lists an item: itself, or by its province.
    pub fn listed(&self, pool: usize, item: usize) -> Option<&Listed> {
        let own = if item.is_multiple_of(OWN) { self.own.get(pool) } else { None };
        own.and_then(|list| list.get(item / OWN)).or_else(|| {
            let province = self.province_of.get(pool)?;
            self.provincial.get(*province)?.get(item)
        })
    }

    /// Lists with the code of their place and how many items apart theirs are.
    fn lists(&self) -> impl Iterator<Item = (String, usize, &Vec<Listed>)> {
        let provincial = provinces()
            .into_iter()
            .zip(&self.provincial)
            .map(|(p, list)| (format!("{p}0000"), 1, list));
        let code = |pool: &Pool| pool.code.to_owned();
        provincial.chain(POOLS.iter().zip(&self.own).map(move |(p, list)| (code(p), OWN, list)))
    }

    fn rows(
        &self,
        header: &[&str],
        mut each: impl FnMut(&mut Rows, &str, &NationalItem, &Listed),
    ) -> Rows {
        let mut rows = Rows::with_header(header);
        for (place, every, list) in self.lists() {
            for (listed, item) in list.iter().zip(self.items.iter().step_by(every)) {
                each(&mut rows, &place, item, listed);
            }
        }
        rows
    }

    /// `items.csv`.
    pub fn items(&self) -> Rows {
        let header = [
            "admdvs",
            "med_list_codg",
            "hilist_name",
            "chrgitm_lv",
            "selfpay_prop",
            "bearer",
            "begndate",
            "enddate",
        ];
        self.rows(&header, |rows, place, item, listed| {
            let terms = listed.terms;
            let change = listed.later.as_deref().map(|(from, _)| *from);
            let mut version = |ratio: u32, from: Option<Date>, to: Option<Date>| {
                rows.text(place);
                rows.text(&item.code);
                rows.joined(&["示例项目", item.code.get(item.code.len() - 5..).unwrap_or("")]);
                rows.digits(u64::from(terms.class), 2);
                rows.scaled(i64::from(ratio), 2, 0);
                rows.text(if terms.institution_bears { "institution" } else { "person" });
                rows.last_day(from);
                rows.last_day(to);
                rows.end();
            };
            version(terms.ratio, opening(), change.map(|from| moved(from, -1)));
            if let Some(later) = terms.later {
                version(later, change, None);
            }
        })
    }

    /// `price_limits.csv`.
    pub fn price_limits(&self) -> Rows {
        let header = [
            "admdvs",
            "med_list_codg",
            "hosp_tier",
            "insutype",
            "pric_uplmt_amt",
            "begndate",
            "enddate",
        ];
        self.rows(&header, |rows, place, item, listed| {
            let mut limit = |tier: &str, insurance: &str, limit: i64| {
                rows.text(place);
                rows.text(&item.code);
                rows.text(tier);
                rows.text(insurance);
                rows.scaled(limit, 6, 2);
                rows.last_day(opening());
                rows.empty();
                rows.end();
            };
            match listed.terms.limit {
                Limit::None => {}
                Limit::Nines => limit("", "", 999_999_000_000),
                Limit::All(all) => limit("", "", all),
                Limit::ByTier(third, all) => {
                    limit("3", "", third);
                    limit("", "", all);
                }
                Limit::ByInsurance(employees, residents) => {
                    limit("", "310", employees);
                    limit("", "390", residents);
                }
            }
        })
    }

    /// `first_payment.csv`.
    pub fn first_payment(&self) -> Rows {
        let header = ["admdvs", "med_list_codg", "insutype", "selfpay_prop", "begndate", "enddate"];
        self.rows(&header, |rows, place, item, listed| {
            if let Some(residents) = listed.terms.residents {
                rows.text(place);
                rows.text(&item.code);
                rows.text("390");
                rows.scaled(i64::from(residents), 2, 0);
                rows.last_day(opening());
                rows.empty();
                rows.end();
            }
        })
    }
}

/// Whether an item is a drug: all that a pharmacy sells.
pub fn is_drug(item: usize) -> bool {
    item % 10 < 6
}

/// Whether an item is a service: never sold in fractions.
pub fn is_service(item: usize) -> bool {
    (6..9).contains(&(item % 10))
}

/// A code of the right length that no list has.
pub const UNKNOWN_ITEM: &str = "XZ99QQQ999Q999999999999";

fn national(seed: u64, k: usize, count: usize) -> NationalItem {
    let mut draw = Draw::new(seed, Purpose::Item, u32::MAX, k as u64, 0);
    // Cheap items are used most: the doublings grow with the place in the list.
    let dear = i64::try_from(4 * k / count.max(1)).unwrap_or(0);
    let doublings = dear + i64::from(draw.below(5) + draw.below(4));
    let price = (500_000i64 << doublings) * (1024 + i64::from(draw.below(1024))) / 1024;
    let price = if k % 97 == 5 { price * 8 } else { price };
    let step = match k {
        _ if k % 37 == 4 => 1,
        _ if k % 11 == 2 => 100,
        _ => 10_000,
    };
    NationalItem { code: code(k, &mut draw), price: price / step * step, step }
}

/// Western and Chinese patent drugs have 23 characters, services 15 digits, consumables 27
/// characters.
fn code(k: usize, draw: &mut Draw) -> ItemCode {
    let mut letters = |count: usize| -> String {
        let letter = |_| char::from(b'A' + u8::try_from(draw.below(26)).unwrap_or(0));
        (0..count).map(letter).collect()
    };
    let text = if is_drug(k) {
        let kind = if k % 10 < 4 { 'X' } else { 'Z' };
        let (group, substance, form) = (letters(1), letters(3), letters(1));
        let (two, three) = (k % 89, k % 887);
        let pack = format!("{:03}{:02}{:02}{k:05}", k % 7, k % 3, k % 11);
        format!("{kind}{group}{two:02}{substance}{three:03}{form}{pack}")
    } else if is_service(k) {
        format!("0012{k:011}")
    } else {
        format!("C{:019}{k:07}", 3_000_000 + k * 7)
    };
    ItemCode::from(&text).unwrap_or_default()
}

fn listed(seed: u64, place: u32, k: usize, item: &NationalItem, change: Date) -> Listed {
    let mut draw = Draw::new(seed, Purpose::Item, place, k as u64, 1);
    let terms = terms(&mut draw, k, item);
    let version = |ratio| version(&terms, ratio);
    let later = terms.later.map(|ratio| Box::new((change, version(ratio))));
    Listed { first: version(terms.ratio), later, terms }
}

fn terms(draw: &mut Draw, k: usize, item: &NationalItem) -> Terms {
    let class = [1, 2, 3][draw.weighted(&[45, 43, 12]).min(2)];
    let ratio = match class {
        // A class 01 item can be all self-paid all the same: the ratio decides.
        1 if k % 61 == 7 => 100,
        1 => 0,
        2 => draw.pick(&[5, 10, 10, 15, 20, 30]).copied().unwrap_or(10),
        _ => 100,
    };
    let later = (class == 2 && draw.percent(6)).then_some(ratio / 5 * 2);
    let residents = (class == 2 && draw.percent(10)).then_some(ratio + 5);
    let near =
        |draw: &mut Draw| item.price * i64::from(85 + draw.below(40)) / 100 / 10_000 * 10_000;
    let limit = match draw.below(100) {
        0..16 => Limit::All(near(draw)),
        16..24 => {
            let all = near(draw);
            Limit::ByTier(all * 11 / 10, all)
        }
        24..30 => Limit::ByInsurance(near(draw), near(draw)),
        30..32 => Limit::Nines,
        _ => Limit::None,
    };
    Terms { class, ratio, later, residents, institution_bears: draw.percent(3), limit }
}

/// What the rows of an item say together, as the loader of reference data reads them.
fn version(terms: &Terms, ratio: u32) -> ItemVersion {
    let rate = |percent: u32| Rate::from_millionths(percent * 10_000).unwrap_or(Rate::ONE);
    let price_limit = match terms.limit {
        Limit::None | Limit::Nines => [[NO_LIMIT; 4]; 2],
        Limit::All(all) => [[all; 4]; 2],
        Limit::ByTier(third, all) => [[all, all, all, third]; 2],
        Limit::ByInsurance(employees, residents) => [[employees; 4], [residents; 4]],
    };
    ItemVersion {
        span: DateSpan { from: Date::default(), until: Date::FOREVER },
        self_paid: terms.class == 3,
        class: terms.class,
        institution_bears: terms.institution_bears,
        first_payment: [rate(ratio), rate(terms.residents.unwrap_or(ratio))],
        price_limit,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_differ_and_have_the_lengths_of_their_kind() {
        let catalogue = Catalogue::new(1, 2000, Date::default());
        let mut codes: Vec<&str> = catalogue.items.iter().map(|item| item.code.as_str()).collect();
        assert!(codes.iter().enumerate().all(|(k, code)| {
            code.len()
                == if is_drug(k) {
                    23
                } else if is_service(k) {
                    15
                } else {
                    27
                }
        }));
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), 2000);
        assert!(!codes.contains(&UNKNOWN_ITEM));
        assert_eq!(UNKNOWN_ITEM.len(), 23);
    }
}
