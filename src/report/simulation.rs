//! What a draft of policies would have changed: figures by group, and the page that tells them.

use serde::Serialize;

use crate::claim::Payers;
use crate::codes::{Fund, fields};
use crate::money::{Fen, yuan};

use super::summary::table;

/// A simulation. Amounts in fen; counts of records.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Simulation {
    pub pipeline: String,
    pub store: String,
    /// Files of the draft, and the book's files that they stand in for.
    pub draft: Vec<String>,
    pub replaced: Vec<String>,
    /// Business days of the first and the last run, and how many runs.
    pub history_from: String,
    pub history_to: String,
    pub runs: usize,
    /// Settlement days that are reported; empty is open.
    pub from: String,
    pub to: String,
    pub people: u64,
    pub baseline: Baseline,
    pub total: Group,
    pub regions: Vec<Group>,
    pub payers: Vec<PayerChange>,
    pub levels: Vec<Group>,
    pub person_types: Vec<Group>,
    pub care: Vec<Group>,
    pub stopped: Vec<StoppedLine>,
    pub elsewhere: Elsewhere,
    pub claims: Vec<ClaimLine>,
}

/// What was booked against the replay under the current book.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Baseline {
    /// Records that settle in the replay, and those of them whose payers are not the booked ones.
    pub records: u64,
    pub differing: u64,
    pub booked_fund_fen: i128,
    pub replayed_fund_fen: i128,
    pub booked_person_fen: i128,
    pub replayed_person_fen: i128,
    /// Booked records whose claim the store does not find any more; they are in no other figure.
    pub lost: u64,
}

/// Records of the same people under policies that the draft does not touch, and that changed all the same: by the personal account.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Elsewhere {
    pub records: u64,
    pub fund_change_fen: i128,
    pub person_change_fen: i128,
}

/// Records of one group: key for programs, label for people.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Group {
    pub key: String,
    pub label: String,
    #[serde(flatten)]
    pub change: Change,
    pub fund_change_fen: i128,
    pub person_change_fen: i128,
    /// The part of the fee that people bear, as a fraction.
    pub person_share_before: String,
    pub person_share_after: String,
}

/// Sums over records that settle under both books.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Change {
    pub records: u64,
    /// Settlements that stand, by what became of the person's burden.
    pub better: u64,
    pub worse: u64,
    /// The burden is the same, but others pay.
    pub shifted: u64,
    pub same: u64,
    /// Settlements that were reversed, and their reversals.
    pub reversed: u64,
    pub fee_fen: i128,
    pub fund_before_fen: i128,
    pub fund_after_fen: i128,
    pub person_before_fen: i128,
    pub person_after_fen: i128,
}

/// How a record changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Turn {
    Better,
    Worse,
    Shifted,
    Same,
    Reversed,
}

impl Turn {
    /// What became of a settlement that stands.
    pub fn of(before: &Payers, after: &Payers) -> Turn {
        match after.person_total().cmp(&before.person_total()) {
            std::cmp::Ordering::Less => Turn::Better,
            std::cmp::Ordering::Greater => Turn::Worse,
            std::cmp::Ordering::Equal if before == after => Turn::Same,
            std::cmp::Ordering::Equal => Turn::Shifted,
        }
    }
}

fn wide(fen: Fen) -> i128 {
    i128::from(fen.get())
}

impl Change {
    pub fn add(&mut self, turn: Turn, fee: Fen, before: &Payers, after: &Payers) {
        self.records += 1;
        match turn {
            Turn::Better => self.better += 1,
            Turn::Worse => self.worse += 1,
            Turn::Shifted => self.shifted += 1,
            Turn::Same => self.same += 1,
            Turn::Reversed => self.reversed += 1,
        }
        self.fee_fen += wide(fee);
        self.fund_before_fen += wide(before.fund_total());
        self.fund_after_fen += wide(after.fund_total());
        self.person_before_fen += wide(before.person_total());
        self.person_after_fen += wide(after.person_total());
    }

    pub fn merge(&mut self, other: &Change) {
        self.records += other.records;
        self.better += other.better;
        self.worse += other.worse;
        self.shifted += other.shifted;
        self.same += other.same;
        self.reversed += other.reversed;
        self.fee_fen += other.fee_fen;
        self.fund_before_fen += other.fund_before_fen;
        self.fund_after_fen += other.fund_after_fen;
        self.person_before_fen += other.person_before_fen;
        self.person_after_fen += other.person_after_fen;
    }
}

impl Group {
    pub fn new(key: String, label: String, change: Change) -> Group {
        Group {
            key,
            label,
            change,
            fund_change_fen: change.fund_after_fen - change.fund_before_fen,
            person_change_fen: change.person_after_fen - change.person_before_fen,
            person_share_before: share(change.person_before_fen, change.fee_fen),
            person_share_after: share(change.person_after_fen, change.fee_fen),
        }
    }
}

/// `part` of `whole` as a fraction of six decimals, half up; empty where there is no whole.
fn share(part: i128, whole: i128) -> String {
    if whole <= 0 {
        return String::new();
    }
    let millionths = (part * 2_000_000 + whole).div_euclid(2 * whole);
    let sign = if millionths < 0 { "-" } else { "" };
    let millionths = millionths.unsigned_abs();
    format!("{sign}{}.{:06}", millionths / 1_000_000, millionths % 1_000_000)
}

/// A fraction as per cent with two decimals; what is beyond them is cut.
fn percent(fraction: &str) -> String {
    let Some((whole, decimals)) = fraction.split_once('.') else { return String::new() };
    let (sign, whole) = whole.strip_prefix('-').map_or(("", whole), |whole| ("-", whole));
    let digits = format!("{whole}{}", &decimals[..4]);
    let (points, hundredths) = digits.split_at(digits.len() - 2);
    let points = points.trim_start_matches('0');
    format!("{sign}{}.{hundredths}", if points.is_empty() { "0" } else { points })
}

/// What one payer pays before and after, by its national field name, and for how many records that differs.
#[derive(Clone, Debug, Serialize)]
pub struct PayerChange {
    pub field: &'static str,
    pub label: &'static str,
    pub records: u64,
    pub before_fen: i128,
    pub after_fen: i128,
    pub change_fen: i128,
}

/// Sums by payer: funds, account, cash, institution.
#[derive(Clone, Copy, Debug, Default)]
pub struct PayerSums([(u64, i128, i128); Fund::COUNT + 3]);

impl PayerSums {
    pub fn add(&mut self, before: &Payers, after: &Payers) {
        for (sum, (before, after)) in self.0.iter_mut().zip(each(before).zip(each(after))) {
            sum.0 += u64::from(before != after);
            sum.1 += wide(before);
            sum.2 += wide(after);
        }
    }

    pub fn merge(&mut self, other: &PayerSums) {
        for (sum, more) in self.0.iter_mut().zip(other.0) {
            *sum = (sum.0 + more.0, sum.1 + more.1, sum.2 + more.2);
        }
    }

    pub fn lines(&self) -> Vec<PayerChange> {
        let funds = Fund::ALL.map(Fund::field).into_iter();
        let fields = funds.chain([fields::ACCT_PAY, fields::PSN_CASH_PAY, fields::HOSP_PART_AMT]);
        fields
            .zip(self.0)
            .map(|(field, (records, before_fen, after_fen))| PayerChange {
                field,
                label: fields::label(field),
                records,
                before_fen,
                after_fen,
                change_fen: after_fen - before_fen,
            })
            .collect()
    }
}

fn each(payers: &Payers) -> impl Iterator<Item = Fen> {
    payers.funds.into_iter().chain([payers.account, payers.cash, payers.institution])
}

/// Records that do not settle under one of the books or under both, by their first finding. They are in no sum above.
#[derive(Clone, Debug, Serialize)]
pub struct StoppedLine {
    /// `current`, `draft` or `both`.
    pub under: &'static str,
    pub outcome: &'static str,
    pub code: &'static str,
    pub chinese: &'static str,
    pub meaning: &'static str,
    pub records: u64,
    pub fee_fen: i128,
    /// What funds pay for them under the other book.
    pub fund_fen: i128,
    /// One of them, and what is said of it.
    pub example: String,
    pub says: String,
}

/// A settlement that changed.
#[derive(Clone, Debug, Serialize)]
pub struct ClaimLine {
    pub setl_id: String,
    /// The person's, as in the tables.
    pub psn_pseudonym: String,
    pub region: String,
    pub insurance: String,
    pub care_kind: &'static str,
    pub care_label: &'static str,
    pub care_region: String,
    pub scope: &'static str,
    pub level: &'static str,
    pub settled_at: String,
    pub fee_fen: i128,
    pub fund_before_fen: i128,
    pub fund_after_fen: i128,
    pub person_before_fen: i128,
    pub person_after_fen: i128,
    /// The first step of the calculation that came to something else.
    pub step: StepChange,
}

/// A step under both books; empty texts where there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StepChange {
    /// Id of its layer; empty for what comes before and after all layers.
    pub layer: String,
    pub kind: String,
    pub before: String,
    pub before_rule: String,
    pub after: String,
    pub after_rule: String,
}

/// The page as text.
pub fn render(simulation: &Simulation) -> String {
    let mut out = head(simulation);
    out.push_str(&baseline(&simulation.baseline));
    out.push('\n');
    let total = std::slice::from_ref(&simulation.total);
    out.push_str(&amounts("", total));
    out.push_str(&counts(total));
    for (title, groups) in [
        ("region · insurance 统筹区 · 险种", &simulation.regions),
        ("hospital level 医院等级", &simulation.levels),
        ("person type 人员类别", &simulation.person_types),
        ("care · scope 医疗类别 · 就医地", &simulation.care),
    ] {
        out.push('\n');
        out.push_str(&amounts(title, groups));
        out.push_str(&counts(groups));
    }
    out.push('\n');
    out.push_str(&payers(&simulation.payers));
    if !simulation.stopped.is_empty() {
        out.push('\n');
        out.push_str(&stopped(&simulation.stopped));
    }
    if simulation.elsewhere.records > 0 {
        let other = &simulation.elsewhere;
        out.push_str(&format!(
            "\nunder other policies of the same people 其他险种 (by the account): {} records change, funds {}, people {}\n",
            other.records,
            signed(other.fund_change_fen),
            signed(other.person_change_fen)
        ));
    }
    if !simulation.claims.is_empty() {
        out.push('\n');
        out.push_str(&claims(&simulation.claims));
    }
    out
}

fn head(simulation: &Simulation) -> String {
    let open = |day: &str| if day.is_empty() { "…".to_owned() } else { day.to_owned() };
    let days = if simulation.from.is_empty() && simulation.to.is_empty() {
        "all 全部".to_owned()
    } else {
        format!("{} – {}", open(&simulation.from), open(&simulation.to))
    };
    let replaced = match simulation.replaced.as_slice() {
        [] => "nothing 无".to_owned(),
        files => files.join(", "),
    };
    format!(
        "{}  {}\n\ndraft 草案             {}\ninstead of 替换        {replaced}\n\
         history 历史           {} – {}, {} runs, {} people\nsettlement days 结算日 {days}\n",
        simulation.pipeline,
        simulation.store,
        simulation.draft.join(", "),
        simulation.history_from,
        simulation.history_to,
        simulation.runs,
        yuan::count(simulation.people),
    )
}

fn baseline(baseline: &Baseline) -> String {
    let mut out = if baseline.differing == 0 {
        format!(
            "baseline 基线          {} records, replayed under the current policies as they were booked\n",
            yuan::count(baseline.records)
        )
    } else {
        format!(
            "baseline 基线          NOT the booked one 与账面不同: of {} records {} come out otherwise under the current\n\
             \x20                      policies and reference data; funds {} for {} booked, people {} for {}\n",
            yuan::count(baseline.records),
            yuan::count(baseline.differing),
            yuan::grouped(baseline.replayed_fund_fen),
            yuan::grouped(baseline.booked_fund_fen),
            yuan::grouped(baseline.replayed_person_fen),
            yuan::grouped(baseline.booked_person_fen),
        )
    };
    if baseline.lost > 0 {
        out.push_str(&format!(
            "                       {} booked records were not found among the kept submissions and are left out\n",
            yuan::count(baseline.lost)
        ));
    }
    out
}

fn signed(fen: i128) -> String {
    let sign = if fen > 0 { "+" } else { "" };
    format!("{sign}{}", yuan::grouped(fen))
}

fn named(group: &Group) -> String {
    format!("{} {}", group.key, group.label).trim().to_owned()
}

fn amounts(title: &str, groups: &[Group]) -> String {
    let rows: Vec<Vec<String>> = groups
        .iter()
        .map(|group| {
            let change = &group.change;
            vec![
                named(group),
                yuan::count(change.records),
                yuan::grouped(change.fee_fen),
                yuan::grouped(change.fund_before_fen),
                yuan::grouped(change.fund_after_fen),
                signed(group.fund_change_fen),
                signed(group.person_change_fen),
                percent(&group.person_share_before),
                percent(&group.person_share_after),
            ]
        })
        .collect();
    table(
        &[
            title,
            "records 记录",
            "fee 医疗费",
            "funds 基金 now",
            "draft 草案",
            "change 变化",
            "people 个人 change",
            "share 负担% now",
            "draft",
        ],
        &rows,
    )
}

fn counts(groups: &[Group]) -> String {
    let rows: Vec<Vec<String>> = groups
        .iter()
        .map(|group| {
            let change = &group.change;
            let counts =
                [change.better, change.worse, change.shifted, change.same, change.reversed];
            std::iter::once(named(group)).chain(counts.map(yuan::count)).collect()
        })
        .collect();
    table(
        &[
            "  of these",
            "pay less 减轻",
            "pay more 加重",
            "other payers 转移",
            "same 不变",
            "reversed 退费",
        ],
        &rows,
    )
}

fn payers(payers: &[PayerChange]) -> String {
    let seen = payers.iter().filter(|payer| payer.before_fen != 0 || payer.after_fen != 0);
    let rows: Vec<Vec<String>> = seen
        .map(|payer| {
            vec![
                format!("{} {}", payer.field, payer.label),
                yuan::grouped(payer.before_fen),
                yuan::grouped(payer.after_fen),
                signed(payer.change_fen),
                yuan::count(payer.records),
            ]
        })
        .collect();
    table(
        &["paid by 支付方", "now 现行 (元)", "draft 草案", "change 变化", "records changed 记录"],
        &rows,
    )
}

fn stopped(lines: &[StoppedLine]) -> String {
    let rows: Vec<Vec<String>> = lines
        .iter()
        .map(|line| {
            vec![
                format!("{} {}", line.under, line.outcome),
                yuan::count(line.records),
                yuan::grouped(line.fee_fen),
                yuan::grouped(line.fund_fen),
                format!(
                    "{} {} {}; {}: {}",
                    line.code, line.chinese, line.meaning, line.example, line.says
                ),
            ]
        })
        .collect();
    table(
        &[
            "does not settle under 不能结算",
            "records",
            "fee 医疗费",
            "funds under the other 另一方案基金",
            "why, and one of them",
        ],
        &rows,
    )
}

fn claims(claims: &[ClaimLine]) -> String {
    let rows: Vec<Vec<String>> = claims
        .iter()
        .map(|claim| {
            vec![
                claim.setl_id.clone(),
                yuan::grouped(claim.fee_fen),
                yuan::grouped(claim.fund_before_fen),
                yuan::grouped(claim.fund_after_fen),
                yuan::grouped(claim.person_before_fen),
                yuan::grouped(claim.person_after_fen),
                format!(
                    "{}/{} {} {} {} {}",
                    claim.region,
                    claim.insurance,
                    claim.care_label,
                    claim.care_region,
                    claim.level,
                    claim.settled_at.get(..10).unwrap_or_default(),
                ),
            ]
        })
        .collect();
    let header = [
        "most changed 变化最大",
        "fee 医疗费",
        "funds 基金 now",
        "draft 草案",
        "person 个人 now",
        "draft",
        "region/insurance, care, care place, level, day",
    ];
    let text = table(&header, &rows);
    let mut lines = text.lines();
    let mut out = format!("{}\n", lines.next().unwrap_or_default());
    for (line, claim) in lines.zip(claims) {
        out.push_str(&format!("{line}\n    person 人员 {}\n", claim.psn_pseudonym));
        let step = &claim.step;
        if !step.layer.is_empty() {
            out.push_str(&format!("    layer {} · ", step.layer));
        } else if !step.kind.is_empty() {
            out.push_str("    ");
        }
        out.push_str(&format!("{}\n", step.kind));
        for (word, what, rule) in
            [("now  ", &step.before, &step.before_rule), ("draft", &step.after, &step.after_rule)]
        {
            out.push_str(format!("      {word} {what}  {rule}").trim_end());
            out.push('\n');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_exact_to_their_last_digit() {
        assert_eq!(share(1, 3), "0.333333");
        assert_eq!(share(2, 3), "0.666667");
        assert_eq!(share(3, 3), "1.000000");
        assert_eq!(share(-1, 3), "-0.333333");
        assert_eq!(share(1, 0), "");
        let cases = [
            ("0.333333", "33.33"),
            ("1.000000", "100.00"),
            ("-0.012345", "-1.23"),
            ("0.000000", "0.00"),
            ("", ""),
        ];
        for (fraction, expected) in cases {
            assert_eq!(percent(fraction), expected, "{fraction}");
        }
    }

    #[test]
    fn a_record_turns_by_the_persons_burden() {
        let payers = |pool: i64, cash: i64| {
            let mut payers = Payers { cash: Fen::new(cash), ..Payers::default() };
            payers.funds[Fund::Pooled.index()] = Fen::new(pool);
            payers
        };
        let mut large = payers(0, 40);
        large.funds[Fund::EmployeeMajor.index()] = Fen::new(60);
        let before = payers(60, 40);
        for (after, turn) in [
            (payers(60, 40), Turn::Same),
            (payers(70, 30), Turn::Better),
            (payers(50, 50), Turn::Worse),
            (large, Turn::Shifted),
        ] {
            assert_eq!(Turn::of(&before, &after), turn);
        }
    }
}
