//! Places: pooling regions where care is given, the insured regions whose policies ship, and their
//! divisions over time.

use super::row::Rows;
use crate::calendar::Date;

/// A pooling region in which institutions stand.
#[derive(Debug)]
pub struct Pool {
    pub code: &'static str,
    pub name: &'static str,
    /// Its place in [`INSURED`], when its people are in the night too.
    pub insured: Option<usize>,
    /// The insured region of the same province, for care elsewhere in the province.
    pub neighbour: Option<usize>,
    pub counties: &'static [(&'static str, &'static str)],
    /// It lists some items itself; else its province's list serves alone.
    pub own_list: bool,
}

/// An insured pooling region: its people and policies are in the night.
#[derive(Debug)]
pub struct Insured {
    pub code: &'static str,
    /// Its place in [`POOLS`]; `None` for the region without a policy.
    pub pool: Option<usize>,
    /// How many of the people it has, against the others.
    pub weight: u32,
    /// Form of its personal numbers: what stands first, and how many digits follow.
    pub number: (&'static str, usize),
    /// Chronic diseases for which its policies have terms.
    pub diseases: &'static [&'static str],
}

const ALL_DISEASES: &[&str] = &[
    "M03900", "M01600", "M00500", "M07800", "M08300", "M05300", "M06900", "M04600", "M00201",
    "M07200", "M00503", "M07803",
];

/// Institutions go to pools in this order; small nights use the first ones only.
pub const POOLS: [Pool; 15] = [
    pool("110000", "北京市", &[("110105", "朝阳区"), ("110108", "海淀区")]).home(0),
    pool("440300", "深圳市", &[("440304", "福田区"), ("440305", "南山区")]).beside(3).listing(),
    pool("310000", "上海市", &[("310115", "浦东新区"), ("310104", "徐汇区")]),
    pool("360400", "九江市", &[("360402", "濂溪区"), ("360403", "浔阳区")]).beside(1),
    pool("420100", "武汉市", &[("420102", "江岸区"), ("420106", "武昌区")]).home(2),
    pool("440100", "广州市", &[("440103", "荔湾区"), ("440106", "天河区")]).home(3).listing(),
    pool("610100", "西安市", &[("610102", "新城区"), ("610113", "雁塔区")]).beside(4),
    pool("360100", "南昌市", &[("360102", "东湖区"), ("360111", "青山湖区")]).home(1),
    pool("420600", "襄阳市", &[("420602", "襄城区"), ("420606", "樊城区")]).beside(2),
    pool("320100", "南京市", &[("320102", "玄武区"), ("320106", "鼓楼区")]).listing(),
    pool("611000", "商洛市", &[("611002", "商州区"), ("611021", "洛南县")]).home(4),
    pool("120000", "天津市", &[("120101", "和平区"), ("120103", "河西区")]),
    pool("330100", "杭州市", &[("330106", "西湖区"), ("330182", "建德市")]).listing(),
    pool("130100", "石家庄市", &[("130102", "长安区"), ("130104", "桥西区")]),
    // A county that is a pool of its own.
    pool("130181", "辛集市", &[]).listing(),
];

/// The regions whose policies ship, and one that has people and no policy.
pub const INSURED: [Insured; 6] = [
    region("110000", Some(0), 3, ("1100000000", 10), ALL_DISEASES),
    region("360100", Some(7), 2, ("36010000000", 11), &["M00500", "M07800", "M08300"]),
    region("420100", Some(4), 2, ("4201000000", 10), &[]),
    region("440100", Some(5), 3, ("44010000000000", 12), ALL_DISEASES),
    region("611000", Some(10), 1, ("SL6110", 14), &[]),
    // Not one of the example regions (990100 to 990700), so that nights can be put together.
    region("990900", None, 0, ("9909000000", 10), &[]),
];

/// Place in [`INSURED`] of the region without a policy.
pub const NO_POLICY: usize = 5;
/// Regions of [`INSURED`] with policies.
pub const WITH_POLICY: usize = 5;
/// In no region table at all.
pub const NOWHERE: &str = "999999";
/// Provinces in which Beijing's people need no filing.
const EXEMPT_FOR_BEIJING: [&str; 2] = ["12", "13"];
/// Insured regions (places in [`INSURED`]) that settle unfiled care at a lower rate; the others
/// refuse it.
const SETTLES_UNFILED: usize = 1;
const BEIJING: usize = 0;

const fn pool(
    code: &'static str,
    name: &'static str,
    counties: &'static [(&'static str, &'static str)],
) -> Pool {
    Pool { code, name, insured: None, neighbour: None, counties, own_list: false }
}

impl Pool {
    const fn home(mut self, insured: usize) -> Pool {
        self.insured = Some(insured);
        self
    }

    const fn beside(mut self, insured: usize) -> Pool {
        self.neighbour = Some(insured);
        self
    }

    const fn listing(mut self) -> Pool {
        self.own_list = true;
        self
    }

    /// First two digits.
    pub fn province(&self) -> &'static str {
        self.code.get(..2).unwrap_or("")
    }

    /// The pool itself at 0, then its counties.
    pub fn division(&self, index: usize) -> &'static str {
        index.checked_sub(1).and_then(|i| self.counties.get(i)).map_or(self.code, |c| c.0)
    }
}

const fn region(
    code: &'static str,
    pool: Option<usize>,
    weight: u32,
    number: (&'static str, usize),
    diseases: &'static [&'static str],
) -> Insured {
    Insured { code, pool, weight, number, diseases }
}

impl Insured {
    /// As [`Pool::division`].
    pub fn division(&self, index: usize) -> &'static str {
        self.pool.and_then(|pool| POOLS.get(pool)).map_or(self.code, |pool| pool.division(index))
    }
}

/// Whether the policies settle care that nobody filed, given by `pool`, for people of `insured`.
pub fn settles_unfiled(insured: usize, pool: &Pool) -> bool {
    insured == SETTLES_UNFILED
        || insured == BEIJING && EXEMPT_FOR_BEIJING.contains(&pool.province())
}

/// Province codes of all pools, in order of first use.
pub fn provinces() -> Vec<&'static str> {
    let mut provinces = Vec::new();
    for pool in &POOLS {
        if !provinces.contains(&pool.province()) {
            provinces.push(pool.province());
        }
    }
    provinces
}

/// `regions.csv`.
pub fn regions() -> Rows {
    let mut rows = Rows::with_header(&["admdvs", "name", "pool_admdvs", "begndate", "enddate"]);
    let first = Date::from_ymd(2000, 1, 1);
    let mut row = |code: &str, name: &[&str], pool: &str, from: Option<Date>, to: Option<Date>| {
        rows.text(code);
        rows.joined(name);
        rows.text(pool);
        rows.last_day(from);
        rows.last_day(to);
        rows.end();
    };
    for pool in &POOLS {
        row(pool.code, &[pool.name], pool.code, first, None);
        for (code, name) in pool.counties {
            let name = [pool.name, name];
            if *code == CHANGED {
                // A county that kept a pool of its own until the city's took it over.
                row(code, &name, code, first, Date::from_ymd(2024, 6, 30));
                row(code, &name, pool.code, Date::from_ymd(2024, 7, 1), None);
            } else {
                row(code, &name, pool.code, first, None);
            }
        }
    }
    let without = INSURED[NO_POLICY].code;
    row(without, &["示例无政策市"], without, first, None);
    rows
}

/// The division whose pool changed.
const CHANGED: &str = "330182";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn homes_and_neighbours_are_right() {
        for pool in &POOLS {
            if let Some(home) = pool.insured {
                assert_eq!(INSURED[home].code, pool.code);
                assert_eq!(INSURED[home].pool.map(|p| POOLS[p].code), Some(pool.code));
            }
            if let Some(near) = pool.neighbour {
                assert_eq!(INSURED[near].code[..2], pool.code[..2]);
                assert_ne!(INSURED[near].code, pool.code);
            }
        }
    }
}
