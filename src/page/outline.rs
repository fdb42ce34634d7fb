//! A policy as blocks of lines: what a page prints and what a comparison compares.
//!
//! A block is one dated table of one file; the region's own blocks stand before those of its bases, as the rows do when a claim is settled.

use std::sync::Arc;

use crate::calendar::Date;
use crate::codes::CareKind;
use crate::money::Rate;
use crate::policy::document::Place;
use crate::policy::plan::{Confidence, Source};
use crate::policy::written::{Conditions, Written, WrittenBook};

use super::blocks::Builder;
use super::said::{Said, said, same};
use super::values::Figures;
use super::{names, words};

/// Kinds of tables, in the order in which a page shows them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Part {
    Deductible,
    First,
    Ratio,
    TopUp,
    Cap,
    CrossRegion,
    Bound,
    Waiting,
    Registration,
    Account,
    Parameter,
}

/// A policy on paper.
#[derive(Debug)]
pub struct Outline {
    pub title: String,
    pub file: Arc<str>,
    /// The day for which it was made; `None`: all days.
    pub on: Option<Date>,
    /// Label and value.
    pub head: Vec<(Said, Said)>,
    pub layers: Vec<LayerOutline>,
    /// Tables beside the layers, published figures last.
    pub beside: Vec<Block>,
    /// What the notice leaves out, and why.
    pub not_served: Vec<(Said, String)>,
    /// What a check would refuse, and why it is right here.
    pub exceptions: Vec<(Said, String)>,
}

#[derive(Debug)]
pub struct LayerOutline {
    pub id: String,
    pub name: Said,
    pub care: Vec<CareKind>,
    /// The layer's own conditions.
    pub only: Conditions,
    pub facts: Vec<(Said, Said)>,
    pub blocks: Vec<Block>,
}

/// One dated table of one file.
#[derive(Clone, Debug)]
pub struct Block {
    pub part: Part,
    /// The same for all entries of one series: `layer inpatient · ratio`.
    pub key: String,
    pub title: Said,
    pub from: Date,
    /// First day of the next entry of the series in the same file.
    pub until: Date,
    /// The base file that it stands in, unless it is the policy's own.
    pub base: Option<Arc<str>>,
    /// The table's own keys.
    pub terms: Vec<Said>,
    /// Of figures that the table's own keys hang on.
    pub sources: Vec<Arc<Source>>,
    pub lines: Vec<Line>,
}

/// What a line of a block is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum LineKind {
    Row,
    /// Changes the ratios of the rows above.
    Adjust,
    /// Raises a cap.
    Addition,
}

#[derive(Clone, Debug)]
pub struct Line {
    pub kind: LineKind,
    pub number: usize,
    pub who: Conditions,
    pub value: Value,
    /// The row's, then those of the figures in it.
    pub sources: Vec<Arc<Source>>,
    pub file: Arc<str>,
    pub place: Place,
    /// What else the row says of itself, with the clerk's words.
    pub remarks: Vec<(Said, String)>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value {
    Plain(Said),
    /// Bound and ratio.
    Segments(Vec<(Said, Rate)>),
}

impl Value {
    pub fn said(&self) -> Said {
        match self {
            Value::Plain(words) => words.clone(),
            Value::Segments(segments) => {
                let list: Vec<Said> = segments
                    .iter()
                    .map(|(above, rate)| {
                        above.map(|zh| format!("{zh}以上{rate}"), |en| format!("{rate} above {en}"))
                    })
                    .collect();
                Said::join(&list, "，", ", ")
            }
        }
    }
}

impl Line {
    /// The worst confidence among its sources.
    pub fn confidence(&self) -> Confidence {
        self.sources.iter().map(|source| source.confidence).max().unwrap_or(Confidence::Low)
    }
}

impl Part {
    pub fn title(self) -> Said {
        match self {
            Part::Deductible => said("起付线", "deductible"),
            Part::First => said("按比例先付", "percentage first"),
            Part::Ratio => said("支付比例", "ratio"),
            Part::TopUp => said("保底", "minimum guarantee"),
            Part::Cap => said("封顶线", "cap"),
            Part::CrossRegion => said("异地就医", "care elsewhere"),
            Part::Bound => said("国家规定的降低幅度上限", "national bounds"),
            Part::Waiting => said("待遇等待期", "waiting"),
            Part::Registration => said("慢特病登记", "registrations"),
            Part::Account => said("个人账户", "account"),
            Part::Parameter => said("公布的基数", "published figures"),
        }
    }
}

impl Outline {
    /// A policy of a book; with a day only what holds on it.
    pub fn of(book: &WrittenBook, policy: &Written, on: Option<Date>) -> Outline {
        let mut files = vec![policy];
        files.extend(book.bases_of(policy));
        let figures = Figures::of(&files, on);
        let builder = Builder { files, bases: &book.bases, figures, on };
        let layers = builder.layers();
        let name = |id: &str| named(&layers, id);
        let mut beside = builder.cross_region(&name);
        beside.extend(builder.bounds());
        beside.extend(builder.waiting());
        beside.extend(builder.account());
        beside.extend(builder.parameters());
        let exceptions = policy.exceptions.iter().map(|exception| {
            let layer = named(&layers, &exception.layer);
            let what =
                said("合规费用增加时基金少付", "the fund pays less when the in-scope cost rises");
            (
                layer.map(|l| format!("{l}：{}", what.zh), |l| format!("{l}: {}", what.en)),
                exception.why.clone(),
            )
        });
        Outline {
            title: policy.title.clone(),
            file: policy.file.clone(),
            on,
            head: head(policy, on),
            beside,
            not_served: policy
                .not_served
                .iter()
                .map(|left_out| (words::whom(&left_out.who), left_out.why.clone()))
                .collect(),
            exceptions: exceptions.collect(),
            layers,
        }
    }

    pub fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.layers.iter().flat_map(|layer| &layer.blocks).chain(&self.beside)
    }
}

fn named(layers: &[LayerOutline], id: &str) -> Said {
    layers.iter().find(|layer| layer.id == id).map_or_else(|| same(id), |layer| layer.name.clone())
}

fn head(policy: &Written, on: Option<Date>) -> Vec<(Said, Said)> {
    let insurances: Vec<Said> = policy.insurance.iter().map(|one| names::insurance(*one)).collect();
    let persons: Vec<Said> = policy.persons.iter().map(|head| names::person(head)).collect();
    let everyone = said("全部参保人员", "all insured persons");
    let starts: Vec<Said> = policy
        .year_starts
        .iter()
        .map(|(from, (month, day))| {
            let first = format!("{month:02}-{day:02}");
            if *from == Date::EARLIEST {
                said(format!("每年{first}起"), format!("from {first}"))
            } else {
                said(format!("{from}后每年{first}起"), format!("since {from} from {first}"))
            }
        })
        .collect();
    let extends: Vec<Said> = policy.extends.iter().map(|(path, _)| same(path)).collect();
    let mut head = vec![
        (said("统筹地区", "region"), same(policy.region.to_string())),
        (said("险种", "insurance"), Said::join(&insurances, "、", ", ")),
        (
            said("参保人员", "serves"),
            if persons.is_empty() { everyone } else { Said::join(&persons, "、", ", ") },
        ),
        (said("待遇年度", "benefit year"), Said::clauses(&starts)),
        (said("年度归属", "year chosen by"), words::year_of(policy.year_of)),
        (said("待遇取值日期", "values chosen by"), words::claim_date(policy.terms_date)),
        (said("舍入", "rounding"), words::rounding(policy.rounding)),
        (said("最后核对", "last checked"), same(policy.last_checked.to_string())),
    ];
    if let Some(from) = policy.serves_from {
        head.insert(3, (said("完整起始日", "complete from"), same(from.to_string())));
    }
    if !extends.is_empty() {
        head.push((said("基础文件", "base files"), Said::join(&extends, "、", ", ")));
    }
    head.push((
        said("显示范围", "shown"),
        match on {
            Some(day) => said(format!("{day}当日有效的规定"), format!("what holds on {day}")),
            None => said("全部规定，各注明起始日", "everything, each with its first day"),
        },
    ));
    head
}
