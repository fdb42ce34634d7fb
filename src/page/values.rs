//! Values of a policy in words.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::calendar::Date;
use crate::money::Rate;
use crate::policy::plan::{DeductibleKind, Effect, FeeBase, Source, Transfer, Waiting};
use crate::policy::written::{
    Adjust, Amount, CapKeys, CapRows, DeductibleKeys, Later, LaterStep, Parameter, RatioKeys,
    Written, WrittenAddition, WrittenCap, WrittenDeductible, WrittenEffect, figures_of,
};

use super::said::{Said, said, same};
use super::{names, words};

/// The published figures that amounts hang on, and the days for which they are asked.
#[derive(Debug)]
pub struct Figures<'a> {
    published: BTreeMap<&'a str, Vec<&'a Parameter>>,
    on: Option<Date>,
}

/// Amounts in words over the days of one table; remembers the sources of the figures that it used.
#[derive(Debug)]
pub struct Amounts<'f, 'a> {
    figures: &'f Figures<'a>,
    from: Date,
    until: Date,
    pub sources: Vec<Arc<Source>>,
}

impl<'a> Figures<'a> {
    /// Of a policy and its bases, the nearest first.
    pub fn of(files: &[&'a Written], on: Option<Date>) -> Figures<'a> {
        Figures { published: figures_of(files), on }
    }

    pub fn published(&self) -> impl Iterator<Item = (&'a str, &[&'a Parameter])> {
        self.published.iter().map(|(id, list)| (*id, list.as_slice()))
    }

    /// Amounts of a table that holds from a day until another.
    pub fn amounts(&self, from: Date, until: Date) -> Amounts<'_, 'a> {
        let (from, until) = self.on.map_or((from, until), |day| (day, day.next()));
        Amounts { figures: self, from, until, sources: Vec::new() }
    }
}

impl Amounts<'_, '_> {
    /// What was written, and what it comes to with each figure that holds meanwhile.
    pub fn amount(&mut self, amount: &Amount) -> Said {
        let (millionths, parameter, text) = match amount {
            Amount::Yuan(fen) => return same(words::yuan(*fen)),
            Amount::Of { millionths, parameter, text } => (*millionths, parameter, text),
        };
        let list = self.figures.published.get(parameter.as_str()).map_or(&[][..], Vec::as_slice);
        let mut values: Vec<(Date, String)> = Vec::new();
        for (place, figure) in list.iter().enumerate() {
            let next = list.get(place + 1).map_or(Date::FOREVER, |next| next.from);
            if figure.from < self.until && self.from < next {
                if !self.sources.contains(&figure.source) {
                    self.sources.push(figure.source.clone());
                }
                let value = figure.share(millionths).map_or_else(String::new, words::yuan);
                values.push((figure.from, value));
            }
        }
        match values.as_slice() {
            [] => same(text.clone()),
            [(_, value)] => said(format!("{value}（{text}）"), format!("{value} ({text})")),
            many => {
                let zh: Vec<String> =
                    many.iter().map(|(from, value)| format!("{from}起{value}")).collect();
                let en: Vec<String> =
                    many.iter().map(|(from, value)| format!("{value} from {from}")).collect();
                said(format!("{text}（{}）", zh.join("，")), format!("{text} ({})", en.join(", ")))
            }
        }
    }

    pub fn deductible_keys(&mut self, keys: &DeductibleKeys) -> Vec<Said> {
        let mut all = vec![words::deductible_kind(keys.kind)];
        if let Some(ceiling) = &keys.year_ceiling {
            all.push(
                self.amount(ceiling).map(
                    |zh| format!("年度累计不超过{zh}"),
                    |en| format!("no more than {en} a year"),
                ),
            );
        }
        if let Some(days) = keys.restarts_after_days {
            all.push(said(
                format!("住院超过{days}天的，每满{days}天重新计一次"),
                format!("a longer stay owes it again for each further {days} days begun"),
            ));
        }
        all.extend(keys.transfer.map(transfer));
        if let Some(credit) = keys.credit {
            let counter = words::counter(&credit.counter.name());
            let days = credit.within_days;
            all.push(said(
                format!("{days}天内最近一次计入{}的就诊已付起付线可抵一次", counter.zh),
                format!(
                    "what the last visit on the {} paid as deductible within {days} days counts once",
                    counter.en
                ),
            ));
        }
        all
    }

    pub fn deductible(&mut self, value: &WrittenDeductible, kind: DeductibleKind) -> Said {
        match value {
            WrittenDeductible::Amounts { yuan, later } => {
                let amounts: Vec<Said> = yuan.iter().map(|one| self.amount(one)).collect();
                let mut list =
                    stays(&amounts, kind == DeductibleKind::ByAdmission, later.is_none());
                list.extend(later.as_ref().map(|later| self.later(later)));
                Said::join(&list, "，", ", ")
            }
            WrittenDeductible::Share { rate, of, at_least, at_most } => {
                let mut list = vec![share(*rate, *of)];
                if let Some(least) = at_least {
                    list.push(
                        self.amount(least)
                            .map(|zh| format!("不低于{zh}"), |en| format!("at least {en}")),
                    );
                }
                if let Some(most) = at_most {
                    list.push(
                        self.amount(most)
                            .map(|zh| format!("不高于{zh}"), |en| format!("at most {en}")),
                    );
                }
                Said::join(&list, "，", ", ")
            }
        }
    }

    fn later(&mut self, later: &Later) -> Said {
        let (zh, en) =
            if later.of_previous { ("上次", "the one before") } else { ("首次", "the first") };
        let step = match &later.step {
            LaterStep::Minus(amount) => self.amount(amount).map(
                |amount| format!("以后每次比上次再减{amount}"),
                |amount| format!("then {amount} less each time"),
            ),
            LaterStep::MinusPercent(rate) => said(
                format!("以后每次再减{zh}的{rate}"),
                format!("then each time less by {rate} of {en}"),
            ),
        };
        let floor = self
            .amount(&later.floor)
            .map(|zh| format!("最低{zh}"), |en| format!("never below {en}"));
        let most = later.at_most.map(|rate| {
            said(
                format!("累计最多降低首次的{rate}"),
                format!("never more than {rate} below the first"),
            )
        });
        let list: Vec<Said> = [Some(step), Some(floor), most].into_iter().flatten().collect();
        Said::join(&list, "，", ", ")
    }

    /// Bounds and ratios of a row.
    pub fn segments(&mut self, value: &[(Amount, Rate)]) -> Vec<(Said, Rate)> {
        value.iter().map(|(above, rate)| (self.amount(above), *rate)).collect()
    }

    pub fn cap(&mut self, value: &WrittenCap) -> Said {
        let limit = match &value.yuan {
            Some(amount) => self.amount(amount),
            None => said("不封顶", "no cap"),
        };
        let more = value.supplement.as_ref().map(|supplement| {
            self.amount(supplement).map(
                |zh| format!("每多一病种加{zh}"),
                |en| format!("{en} more for each further disease"),
            )
        });
        let list: Vec<Said> = [Some(limit), more].into_iter().flatten().collect();
        Said::join(&list, "，", ", ")
    }

    pub fn addition(&mut self, addition: &WrittenAddition) -> Said {
        let fact = counted_fact(&addition.fact);
        let after = addition.after;
        let amount = self.amount(&addition.yuan);
        let (mut zh, mut en) = (
            format!("{}每1加{}", fact.zh, amount.zh),
            format!("{} more for each of {}", amount.en, fact.en),
        );
        if after > 0 {
            zh = format!("{}超过{after}的部分，每1加{}", fact.zh, amount.zh);
            en = format!("{} more for each of {} above {after}", amount.en, fact.en);
        }
        if addition.resets {
            zh.push_str("；使用过超出部分后归零");
            en.push_str("; counts as 0 once an earlier year went above the bare cap");
        }
        said(zh, en)
    }
}

/// What raises a cap.
fn counted_fact(fact: &str) -> Said {
    match fact {
        "enrolled_years" => said("连续参保整年数", "whole years of unbroken enrolment"),
        "zero_claim_years" => said("零报销年数", "years without a claim"),
        mark => {
            names::mark(mark).map(|zh| format!("{zh}的数值"), |en| format!("the number of {en}"))
        }
    }
}

/// Deductibles one stay after another.
fn stays(amounts: &[Said], by_admission: bool, repeats: bool) -> Vec<Said> {
    if !by_admission || amounts.len() == 1 && repeats {
        return amounts.to_vec();
    }
    let last = amounts.len();
    let place = |number: usize, amount: &Said| {
        let further = number == last && number > 1 && repeats;
        let (zh, en) = match (number, further) {
            (1, _) => ("首次".to_owned(), "first".to_owned()),
            (_, true) => (format!("第{number}次及以后"), format!("number {number} and later")),
            (_, false) => (format!("第{number}次"), format!("number {number}")),
        };
        amount.map(|a| format!("{zh}{a}"), |a| format!("{en} {a}"))
    };
    amounts.iter().enumerate().map(|(at, amount)| place(at + 1, amount)).collect()
}

fn transfer(transfer: Transfer) -> Said {
    let Transfer { within_days, upward, downward, same } = transfer;
    let [up, down, level] = [upward, downward, same].map(words::transfer_rule);
    said(
        format!("{within_days}天内转院：转往上级{}，转往下级{}，同级{}", up.zh, down.zh, level.zh),
        format!(
            "a stay within {within_days} days of the last: to a higher tier {}, to a lower one {}, to the same {}",
            up.en, down.en, level.en
        ),
    )
}

/// A share of the bill.
pub fn share(rate: Rate, of: FeeBase) -> Said {
    words::fee_base(of).map(|zh| format!("{zh}的{rate}"), |en| format!("{rate} of {en}"))
}

pub fn first(rate: Rate) -> Said {
    said(format!("先由个人支付{rate}"), format!("the person first pays {rate}"))
}

pub fn top_up(rate: Rate, of: FeeBase) -> Said {
    share(rate, of).map(
        |zh| format!("各基金合计不低于{zh}，不足部分由本层补足"),
        |en| format!("funds together pay at least {en}; this layer pays what lacks"),
    )
}

pub fn ratio_keys(keys: &RatioKeys) -> Vec<Said> {
    vec![
        words::measure(keys.measure),
        words::segment_start(keys.start),
        words::segment_mode(keys.mode),
    ]
}

pub fn cap_keys(keys: &CapKeys) -> Vec<Said> {
    let basis = words::cap_basis(keys.basis);
    let period = words::cap_period(keys.period);
    let mut all = vec![said(
        format!("{}限{}", period.zh, basis.zh),
        format!("bounds {} in {}", basis.en, period.en),
    )];
    if let Some(counter) = keys.counter {
        all.push(
            words::counter(&counter.name())
                .map(|zh| format!("限{zh}"), |en| format!("bounds the {en}")),
        );
    }
    all.push(words::cap_diseases(keys.diseases));
    all
}

/// What additions to a cap come to at most.
pub fn additions_at_most(cap: &CapRows) -> Option<Said> {
    cap.additions_at_most.map(|rate| {
        said(
            format!("加项合计不超过封顶线的{rate}"),
            format!("additions come to at most {rate} of the cap"),
        )
    })
}

/// Points of per cent from millionths: `5`, `-1.5`.
fn points(millionths: i64) -> String {
    let rate = Rate::from_millionths(u32::try_from(millionths.unsigned_abs()).unwrap_or(0));
    rate.unwrap_or_default().to_string().trim_end_matches('%').to_owned()
}

pub fn adjust(adjust: Adjust) -> Said {
    match adjust {
        Adjust::Points(by) => {
            let (zh, en) = if by < 0 { ("降低", "fewer") } else { ("提高", "more") };
            said(
                format!("基金支付比例{zh}{}个百分点", points(by)),
                format!("{} points {en} for the fund", points(by)),
            )
        }
        Adjust::PersonalPoints(by) => {
            let (zh, en) = if by < 0 { ("降低", "fewer") } else { ("提高", "more") };
            said(
                format!("个人负担比例{zh}{}个百分点", points(by)),
                format!("{} points {en} for the person", points(by)),
            )
        }
        Adjust::PersonalFactor(rate) => said(
            format!("个人负担比例为上述的{rate}"),
            format!("the person's share becomes {rate} of itself"),
        ),
    }
}

pub fn bound(rate: Rate) -> Said {
    let points = points(i64::from(rate.millionths()));
    said(format!("降低不得超过{points}个百分点"), format!("at most {points} points off"))
}

/// One effect of care elsewhere; layers by the names that `layer` gives.
pub fn effect(effect: &WrittenEffect, layer: impl Fn(&str) -> Said) -> Said {
    let what = match effect.kind {
        Effect::None => said("与本地相同", "as at home"),
        Effect::Points(rate) => {
            let by = points(i64::from(rate.millionths()));
            said(format!("支付比例降低{by}个百分点"), format!("{by} points off"))
        }
        Effect::Factor(rate) => {
            said(format!("支付比例为原比例的{rate}"), format!("{rate} of every ratio"))
        }
        Effect::Flat(rate) => {
            said(format!("支付比例一律为{rate}"), format!("every ratio becomes {rate}"))
        }
        Effect::FirstPercent(rate, base) => words::first_percent_base(base).map(
            |zh| format!("先自付{zh}的{rate}"),
            |en| format!("the person first pays {rate} of {en}"),
        ),
        Effect::DeductibleFactor(factor) => {
            let whole = format!("{}.{:04}", factor / 10_000, factor % 10_000);
            let per_cent = whole.trim_end_matches('0').trim_end_matches('.');
            said(format!("起付线为原标准的{per_cent}%"), format!("{per_cent}% of the deductible"))
        }
        Effect::Level(level) => names::level(level.as_str())
            .map(|zh| format!("按{zh}医院的待遇"), |en| format!("the rules of a {en} hospital")),
        Effect::Zero => said("本层不支付", "the layer pays nothing"),
        Effect::Refuse => said("不予直接结算（拒付）", "not settled directly (rejected)"),
    };
    if effect.layers.is_empty() {
        return what;
    }
    let layers: Vec<Said> = effect.layers.iter().map(|(id, _)| layer(id)).collect();
    let layers = Said::join(&layers, "、", ", ");
    what.map(|zh| format!("{zh}（{}）", layers.zh), |en| format!("{en} ({})", layers.en))
}

pub fn waiting(waiting: Waiting) -> Said {
    let Waiting { gap_over_days, months, more_months_per_missing_year: more, refuse } = waiting;
    let (mut zh, mut en) = (
        format!("中断参保超过{gap_over_days}天的，等待期{months}个月"),
        format!("after a gap of more than {gap_over_days} days: {months} months of waiting"),
    );
    if more > 0 {
        zh.push_str(&format!("，每中断满1年增加{more}个月"));
        en.push_str(&format!(", {more} more for each whole year of the gap"));
    }
    let (end_zh, end_en) = if refuse {
        ("期内不予直接结算", "refused until then")
    } else {
        ("期内各层不支付", "no layer pays until then")
    };
    said(format!("{zh}，{end_zh}"), format!("{en}; {end_en}"))
}

pub fn registration(most: u32) -> Said {
    said(
        format!("最多计{most}种慢特病，按登记先后"),
        format!("at most {most} chronic diseases count, the earliest registered first"),
    )
}
