//! The plan: everything about the nights that is decided before the first claim is made, and small
//! enough to hold.

use super::Request;
use super::catalogue::Catalogue;
use super::draw::{Draw, Purpose};
use super::error::SynthError;
use super::geography::{INSURED, NO_POLICY, POOLS, WITH_POLICY};
use super::institutions::{self, Institution};
use super::roles::{Refusal, SET_ASIDE};
use super::row::moved;
use super::shares;
use crate::calendar::Date;

/// People of one insured region who are filed for one pool; those of their own region's pool are
/// filed nowhere.
#[derive(Clone, Copy, Debug, Default)]
pub struct Group {
    /// Serial of the first one.
    pub first: u64,
    pub size: u64,
}

/// Nights to be made.
#[derive(Debug)]
pub struct Plan {
    pub seed: u64,
    pub first_day: Date,
    pub last_day: Date,
    pub nights: Vec<NightPlan>,
    /// Those that share the nights by rank, then those set aside.
    pub institutions: Vec<Institution>,
    pub catalogue: Catalogue,
    /// By insured region and pool.
    groups: Vec<Group>,
    /// Serial of the first person who exists for one claim only.
    pub people: u64,
    /// Millionths of care at home where people live, and of care by the neighbour where a pool has
    /// one.
    pub at_home: u32,
    pub in_province: u32,
    /// Millionths of a hospital's claims that are stays.
    pub stays: u32,
    /// Nights are large enough for stays of thousands of lines.
    pub long_stays: bool,
    /// Where the sequence that deals out roles begins.
    pub phase: u32,
}

/// One night of a plan.
#[derive(Debug)]
pub struct NightPlan {
    pub day: Date,
    /// Claims by institution.
    pub counts: Vec<u64>,
    /// Number of the first claim of each institution, over all nights.
    pub firsts: Vec<u64>,
    /// Planted errors at institutions not set aside, in millionths.
    pub dirty: u32,
    /// Place of the first refused institution, if any are.
    refused_from: Option<usize>,
}

impl NightPlan {
    pub fn count(&self, institution: usize) -> u64 {
        self.counts.get(institution).copied().unwrap_or(0)
    }

    /// Whether a whole submission is made to be refused, and how.
    pub fn refusal(&self, institution: usize) -> Option<Refusal> {
        let place = institution.checked_sub(self.refused_from?)?;
        Refusal::ALL.get(place).copied()
    }
}

/// A night must have this many submissions before whole ones are refused.
const ENOUGH_TO_REFUSE: usize = 20;
/// Nights of more claims than this have stays of thousands of lines.
const LARGE: u64 = 100_000;
/// Shares aimed at, in millionths.
const AT_HOME: u64 = 200_000;
const IN_PROVINCE: u64 = 250_000;
/// Claims per person and group, and the fewest people a group has.
const CLAIMS_PER_PERSON: u64 = 3;
const FEWEST_AT_HOME: u64 = 8;
const FEWEST_AWAY: u64 = 2;

impl Plan {
    /// # Errors
    /// A request that cannot be met.
    pub fn new(request: &Request) -> Result<Plan, SynthError> {
        let last_day = check(request)?;
        let by_night = shares::even(request.claims, request.nights);
        let largest = by_night.first().copied().unwrap_or(0);
        let normal = shares::institutions(largest);
        let institutions = institutions::make(request.seed, normal);
        let mut nights = Vec::new();
        let (mut day, mut first) = (request.first_day, 0);
        for (number, claims) in by_night.iter().enumerate() {
            let night = night(number, *claims, request.dirty, normal, day, first);
            day = day.next();
            first += claims;
            nights.push(night);
        }
        let items = usize::try_from(largest / 50).unwrap_or(usize::MAX).clamp(300, 20_000);
        let mut plan = Plan {
            seed: request.seed,
            first_day: request.first_day,
            last_day,
            nights,
            institutions,
            catalogue: Catalogue::new(request.seed, items, moved(request.first_day, -2)),
            groups: Vec::new(),
            people: 0,
            at_home: 0,
            in_province: 0,
            stays: if largest < 2_000 { 40_000 } else { 13_333 },
            long_stays: largest >= LARGE,
            phase: Draw::new(request.seed, Purpose::Plan, 0, 0, 0).word(),
        };
        plan.make_groups(request.claims);
        Ok(plan)
    }

    /// Sizes groups by the claims that they will have.
    fn make_groups(&mut self, claims: u64) {
        let mut by_pool = [0u64; POOLS.len()];
        for night in &self.nights {
            for (institution, count) in self.institutions.iter().zip(&night.counts) {
                if let Some(pool) = by_pool.get_mut(institution.pool) {
                    *pool += count;
                }
            }
        }
        let sum = |wanted: &dyn Fn(usize) -> bool| -> u64 {
            (0..POOLS.len()).filter(|pool| wanted(*pool)).map(|pool| by_pool[pool]).sum()
        };
        self.at_home = reaching(AT_HOME, claims, sum(&|pool| POOLS[pool].insured.is_some()));
        self.in_province =
            reaching(IN_PROVINCE, claims, sum(&|pool| POOLS[pool].neighbour.is_some()));
        let weights: u64 = INSURED.iter().map(|region| u64::from(region.weight)).sum();
        for (insured, region) in INSURED.iter().enumerate() {
            for (place, pool) in POOLS.iter().enumerate() {
                let weighted = by_pool[place] * u64::from(region.weight) / weights;
                let (expected, fewest) = match (insured, place) {
                    (NO_POLICY, 0) => (claims / 2_000, FEWEST_AT_HOME),
                    (NO_POLICY, _) => (0, 0),
                    _ if pool.insured == Some(insured) => {
                        (part(by_pool[place], self.at_home), FEWEST_AT_HOME)
                    }
                    _ if pool.neighbour == Some(insured) => {
                        (part(by_pool[place], self.in_province), FEWEST_AWAY)
                    }
                    _ => (weighted, FEWEST_AWAY),
                };
                let size = (expected / CLAIMS_PER_PERSON).max(fewest);
                self.groups.push(Group { first: self.people, size });
                self.people += size;
            }
        }
    }

    pub fn group(&self, insured: usize, pool: usize) -> Group {
        self.groups.get(insured * POOLS.len() + pool).copied().unwrap_or_default()
    }

    /// Groups with their insured region and pool.
    pub fn groups(&self) -> impl Iterator<Item = (usize, usize, Group)> {
        let group =
            |(index, group): (usize, &Group)| (index / POOLS.len(), index % POOLS.len(), *group);
        self.groups.iter().enumerate().map(group)
    }

    /// Whether a pool is where the people of an insured region live.
    pub fn is_home(insured: usize, pool: usize) -> bool {
        INSURED.get(insured).is_some_and(|region| region.pool.unwrap_or(0) == pool)
    }

    /// The pool that stands for an insured region's home in [`Plan::group`].
    pub fn home(insured: usize) -> usize {
        INSURED.get(insured).and_then(|region| region.pool).unwrap_or(0)
    }

    /// An insured region by weight, other than the one that lives in `pool`; a neighbour as often
    /// as `in_province` says.
    pub fn visitor(&self, pool: usize, draw: &mut Draw) -> usize {
        let place = POOLS.get(pool).unwrap_or(&POOLS[0]);
        if let Some(neighbour) = place.neighbour
            && draw.share(self.in_province)
        {
            return neighbour;
        }
        let mut weights = [0; WITH_POLICY];
        for (insured, weight) in weights.iter_mut().enumerate() {
            let here = place.insured == Some(insured) || place.neighbour == Some(insured);
            *weight = if here { 0 } else { INSURED[insured].weight };
        }
        draw.weighted(&weights)
    }
}

/// `millionths` of `claims`.
fn part(claims: u64, millionths: u32) -> u64 {
    claims * u64::from(millionths) / 1_000_000
}

/// Millionths of `available` claims that make `wanted` millionths of all of them; never everything.
fn reaching(wanted: u64, all: u64, available: u64) -> u32 {
    let share = all * wanted / available.max(1);
    u32::try_from(share.min(900_000)).unwrap_or(900_000)
}

fn night(number: usize, claims: u64, dirty: u32, normal: u64, day: Date, first: u64) -> NightPlan {
    let each = shares::set_aside(claims, dirty);
    let aside = each * SET_ASIDE as u64;
    let mut counts = shares::zipf(claims - aside, normal);
    counts.extend([each; SET_ASIDE]);
    let mut next = first;
    let firsts = counts
        .iter()
        .map(|count| {
            next += count;
            next - count
        })
        .collect();
    // What the institutions set aside do not plant, the others do.
    let planted = (claims * u64::from(dirty)).saturating_sub(aside * 1_000_000);
    let rest = planted / (claims - aside).max(1);
    let ranks = usize::try_from(normal).unwrap_or(0);
    let submissions = counts.iter().filter(|count| **count > 0).count();
    let refused = dirty > 0 && submissions >= ENOUGH_TO_REFUSE;
    // The smallest ones, other ones each night.
    let turn = number % (ranks / Refusal::ALL.len() / 2).max(1) + 1;
    NightPlan {
        day,
        counts,
        firsts,
        dirty: u32::try_from(rest).unwrap_or(1_000_000),
        refused_from: refused.then(|| ranks.saturating_sub(turn * Refusal::ALL.len())),
    }
}

/// The last day, if the request can be met.
fn check(request: &Request) -> Result<Date, SynthError> {
    let bad = |what, found: String, expected| Err(SynthError::Request { what, found, expected });
    if request.claims == 0 || request.claims > 1_000_000_000 {
        return bad("claims", request.claims.to_string(), "1 to 1,000,000,000");
    }
    if request.nights == 0 || request.nights > 60 || u64::from(request.nights) > request.claims {
        return bad("nights", request.nights.to_string(), "1 to 60, and not more than claims");
    }
    let earliest = Date::from_ymd(2025, 1, 1).unwrap_or_default();
    let latest = Date::from_ymd(2099, 1, 1).unwrap_or_default();
    if request.first_day < earliest || request.first_day > latest {
        return bad("first day", request.first_day.to_string(), "2025-01-01 to 2099-01-01");
    }
    Ok(moved(request.first_day, i32::try_from(request.nights - 1).unwrap_or(0)))
}
