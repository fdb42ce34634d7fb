//! The steps of a calculation, each with the layer, the band, the rule, its first day, and the documents that it rests on.

use serde::Serialize;

use crate::claim::Settled;
use crate::claim::settled::{Step, StepKind};
use crate::policy::PolicyBook;
use crate::policy::plan::{Confidence, Layer, Policy, Rule, Source};
use crate::policy::written::{Written, WrittenBook};

use super::notes;
use super::outline::{Line, LineKind, Outline};
use super::said::{Lang, Said, said, same};
use super::words;

/// One step, told. Keys are stable; amounts in yuan.
#[derive(Debug, Serialize)]
pub struct Told {
    /// `segment`, `deductible` …
    pub kind: &'static str,
    pub what: Said,
    /// Nothing before the first layer and after the last.
    pub layer: Option<LayerName>,
    pub base: String,
    /// Empty where nothing is multiplied.
    pub rate: String,
    pub amount: String,
    /// Of a segment: from where to where it reaches.
    pub band: Option<Said>,
    pub rule: Option<RuleTold>,
}

#[derive(Clone, Debug, Serialize)]
pub struct LayerName {
    pub id: String,
    pub name: Said,
}

/// A row of a policy.
#[derive(Debug, Serialize)]
pub struct RuleTold {
    /// `layer inpatient · ratio · row 2`.
    pub place: String,
    pub file: String,
    pub line: u32,
    /// First day on which the value holds.
    pub since: String,
    pub conditions: Said,
    pub value: Said,
    /// As compiled: published figures and adjustments worked in.
    pub computed: String,
    pub sources: Vec<SourceTold>,
}

#[derive(Debug, Serialize)]
pub struct SourceTold {
    pub title: String,
    pub number: String,
    pub article: String,
    /// `high`, `medium`, `low`.
    pub confidence: &'static str,
    pub confidence_label: Said,
    pub note: String,
}

/// Key and words of a kind of step.
pub fn kind(step: &Step) -> (&'static str, Said) {
    match step.kind {
        StepKind::Effect => {
            ("first_percent", said("异地先行自付", "care elsewhere: percentage first"))
        }
        StepKind::Elsewhere => (
            "elsewhere",
            said("异地待遇调整：起付线与首段比例", "care elsewhere: deductible and first ratio"),
        ),
        StepKind::AccountBefore => {
            ("account_before", said("个人账户（各层之前）", "account, before all layers"))
        }
        StepKind::Waiting => ("waiting", said("等待期，各层不支付", "waiting: no layer pays")),
        StepKind::Layer => ("layer", said("支付层：基数与支付额", "layer: base, and what it pays")),
        StepKind::DuringStay => {
            ("during_stay", said("住院期间，本层不支付", "during a stay: the layer pays nothing"))
        }
        StepKind::First => ("first", said("按比例先付", "percentage first")),
        StepKind::Deductible => ("deductible", said("起付线", "deductible")),
        StepKind::Segment => ("segment", said("分段支付", "segment")),
        StepKind::Whole => ("whole", said("全额按一个比例支付", "the whole amount at one ratio")),
        StepKind::TopUp => ("top_up", said("保底补足", "minimum guarantee: what was lacking")),
        StepKind::Cap if step.amount.is_zero() => {
            ("cap", said("封顶线，未达到", "cap, not reached"))
        }
        StepKind::Cap => ("cap", said("封顶线，已超出", "cap reached; left over")),
        StepKind::Account => ("account", said("个人账户", "account")),
    }
}

/// Whether a step multiplies its base.
fn multiplies(kind: StepKind) -> bool {
    match kind {
        StepKind::Segment
        | StepKind::Whole
        | StepKind::TopUp
        | StepKind::First
        | StepKind::Effect
        | StepKind::Elsewhere => true,
        StepKind::AccountBefore
        | StepKind::Waiting
        | StepKind::Layer
        | StepKind::DuringStay
        | StepKind::Deductible
        | StepKind::Cap
        | StepKind::Account => false,
    }
}

/// All steps of a settled claim, with the book that settled it.
pub fn tell(settled: &Settled, book: &PolicyBook, written: &WrittenBook) -> Vec<Told> {
    let policy = book.policy(settled.insured, settled.claim.insurance);
    let mut teller = policy.and_then(|policy| {
        let paper = written.policies.iter().find(|paper| *paper.file == *policy.file)?;
        Some(Teller::new(policy, paper, written, settled))
    });
    let tell = |step: &Step| {
        let rule = book.rule(step.rule);
        let (key, what) = kind(step);
        let (layer, band) =
            teller.as_mut().map_or((None, None), |teller| teller.follow(step, rule));
        Told {
            kind: key,
            what,
            layer,
            base: step.base.to_string(),
            rate: if multiplies(step.kind) { step.rate.to_string() } else { String::new() },
            amount: step.amount.to_string(),
            band,
            rule: rule.map(|rule| rule_told(rule, teller.as_ref().map(|t| &t.outline))),
        }
    };
    settled.steps.iter().map(tell).collect()
}

/// Follows the steps from layer to layer.
struct Teller<'a> {
    policy: &'a Policy,
    outline: Outline,
    on: crate::calendar::Date,
    layer: Option<&'a Layer>,
    /// First segment of the layer's table that no step has shown yet.
    next: usize,
    /// Care elsewhere changed the layer's ratios: they say nothing about the segment any more.
    changed: bool,
}

impl<'a> Teller<'a> {
    fn new(
        policy: &'a Policy,
        paper: &Written,
        book: &WrittenBook,
        settled: &Settled,
    ) -> Teller<'a> {
        let on = policy.terms_date(&settled.claim);
        let outline = Outline::of(book, paper, Some(on));
        Teller { policy, outline, on, layer: None, next: 0, changed: false }
    }

    fn follow(&mut self, step: &Step, rule: Option<&Rule>) -> (Option<LayerName>, Option<Said>) {
        match step.kind {
            StepKind::Layer => {
                let id = rule.and_then(|rule| layer_id(&rule.place));
                self.layer = self.policy.layers.iter().find(|layer| Some(&*layer.id) == id);
                (self.next, self.changed) = (0, false);
            }
            StepKind::Elsewhere => self.changed = true,
            StepKind::Account | StepKind::AccountBefore | StepKind::Waiting => self.layer = None,
            StepKind::Effect
            | StepKind::DuringStay
            | StepKind::First
            | StepKind::Deductible
            | StepKind::Segment
            | StepKind::Whole
            | StepKind::TopUp
            | StepKind::Cap => {}
        }
        let name = self.layer.map(|layer| LayerName {
            id: layer.id.clone(),
            name: said(&layer.name, &layer.name_en),
        });
        let banded = matches!(step.kind, StepKind::Segment | StepKind::Whole) && !self.changed;
        (name, if banded { self.band(step) } else { None })
    }

    /// The segment that a step is of: the first of its row, after those shown, with its ratio.
    fn band(&mut self, step: &Step) -> Option<Said> {
        let table = self.layer?.ratio.at(self.on)?;
        let row = table.rows.iter().find(|row| row.rule == step.rule)?;
        let found = row.value.iter().skip(self.next).position(|s| s.pays == step.rate)?;
        let at = self.next + found;
        self.next = at + 1;
        let from = words::yuan(row.value[at].above);
        Some(match row.value.get(at + 1) {
            Some(next) => same(format!("{from}–{}", words::yuan(next.above))),
            None => said(format!("{from}以上"), format!("above {from}")),
        })
    }
}

/// `layer inpatient · ratio · row 2` is of `inpatient`.
fn layer_id(place: &str) -> Option<&str> {
    place.strip_prefix("layer ")?.split(" · ").next()
}

fn rule_told(rule: &Rule, outline: Option<&Outline>) -> RuleTold {
    let line = outline.and_then(|outline| find(outline, rule));
    let (mut conditions, mut value) = line.map_or_else(
        || (Said::default(), same(&rule.value)),
        |line| (words::conditions(&line.who), line.value.said()),
    );
    for adjust in outline.map(|outline| adjustments(outline, rule)).unwrap_or_default() {
        let who = words::conditions(&adjust.who);
        let words = adjust.value.said();
        conditions =
            if conditions.is_empty() { who } else { Said::join([&conditions, &who], "，", ", ") };
        value = Said::join([&value, &words], "；", "; ");
    }
    RuleTold {
        place: rule.place.clone(),
        file: rule.file.clone(),
        line: rule.line,
        since: rule.from.to_string(),
        conditions,
        value,
        computed: rule.value.clone(),
        sources: rule.sources.iter().map(source_told).collect(),
    }
}

/// The line of the page that a rule was compiled from.
fn find<'o>(outline: &'o Outline, rule: &Rule) -> Option<&'o Line> {
    let here = |line: &&Line| {
        (line.place.line, line.place.column) == (rule.line, rule.column) && *line.file == *rule.file
    };
    outline.blocks().flat_map(|block| &block.lines).find(here)
}

/// The adjustments that were worked into a rule: `· adjust 1 · adjust 3`.
fn adjustments<'o>(outline: &'o Outline, rule: &Rule) -> Vec<&'o Line> {
    let numbers: Vec<usize> = rule
        .place
        .split(" · ")
        .filter_map(|part| part.strip_prefix("adjust ")?.parse().ok())
        .collect();
    if numbers.is_empty() {
        return Vec::new();
    }
    let holds = |line: &Line| {
        (line.place.line, line.place.column) == (rule.line, rule.column) && *line.file == *rule.file
    };
    let block = outline.blocks().find(|block| block.lines.iter().any(holds));
    let lines = block.map_or(&[][..], |block| block.lines.as_slice());
    lines
        .iter()
        .filter(|line| line.kind == LineKind::Adjust && numbers.contains(&line.number))
        .collect()
}

fn source_told(source: &Source) -> SourceTold {
    SourceTold {
        title: source.title.clone(),
        number: source.number.clone(),
        article: source.article.clone(),
        confidence: match source.confidence {
            Confidence::High => "high",
            Confidence::Medium => "medium",
            Confidence::Low => "low",
        },
        confidence_label: words::confidence(source.confidence),
        note: source.note.clone(),
    }
}

/// Steps as text.
pub fn render(steps: &[Told], lang: Lang) -> String {
    let mut out = String::new();
    let mut layer = "";
    for step in steps {
        let named = step.layer.as_ref().map_or("", |layer| layer.id.as_str());
        if named != layer {
            layer = named;
            if let Some(layer) = &step.layer {
                out.push_str(&format!("  ── {} [{}]\n", layer.name.label(lang), layer.id));
            }
        }
        out.push_str(&format!("  {}{}\n", step.what.label(lang), sum(step, lang)));
        if let Some(rule) = &step.rule {
            out.push_str(&rule_text(rule, lang));
        }
    }
    out
}

/// `[0.00–30,000.00]: 28,700.00 x 85% = 24,395.00`.
fn sum(step: &Told, lang: Lang) -> String {
    let band = step.band.as_ref().map_or(String::new(), |band| format!(" [{}]", band.text(lang)));
    let rate = if step.rate.is_empty() { String::new() } else { format!(" x {}", step.rate) };
    format!("{band}: {}{rate} -> {}", step.base, step.amount)
}

fn rule_text(rule: &RuleTold, lang: Lang) -> String {
    let whom =
        if rule.conditions.is_empty() { said("全部", "all") } else { rule.conditions.clone() };
    let value = Said::join([&whom, &rule.value], "：", ": ").text(lang);
    let since = said(format!("自{}起", rule.since), format!("since {}", rule.since));
    let mut out = format!("      {value}（{}）\n", since.label(lang));
    if lang == Lang::En {
        out = format!("      {value} ({})\n", since.en);
    }
    out.push_str(&format!(
        "      {} = {}  {}:{}\n",
        rule.place, rule.computed, rule.file, rule.line
    ));
    for source in &rule.sources {
        let parts = [&source.title, &source.number, &source.article];
        let document = notes::named(parts[0], parts[1], parts[2]);
        let doubt = if source.confidence == "high" { "" } else { " !" };
        out.push_str(&format!(
            "      {document} [{}{doubt}]\n",
            source.confidence_label.label(lang)
        ));
    }
    out
}
