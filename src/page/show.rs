//! The page of a policy, to hold against its notice.

use std::collections::BTreeSet;

use crate::calendar::Date;
use crate::codes::CareKind;
use crate::policy::plan::Confidence;

use super::elsewhere;
use super::notes::Notes;
use super::outline::{Block, LayerOutline, Line, LineKind, Outline, Part, Value};
use super::said::{Lang, Said, said};
use super::table::Grid;
use super::words;

/// Markdown, read as plain text too.
pub fn page(outline: &Outline, lang: Lang) -> String {
    let mut page =
        Page { lang, out: String::new(), notes: Notes::default(), shown: BTreeSet::new() };
    page.head(outline);
    for kind in CareKind::ALL {
        page.care(outline, kind);
    }
    for part in [Part::CrossRegion, Part::Bound, Part::Waiting, Part::Registration, Part::Account] {
        page.beside(outline, part);
    }
    page.figures(outline);
    page.left_out(outline);
    page.sources();
    page.out
}

struct Page {
    lang: Lang,
    out: String,
    notes: Notes,
    /// Layers that a kind of care has shown already.
    shown: BTreeSet<String>,
}

impl Page {
    fn say(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn title(&mut self, depth: usize, title: &Said) {
        let title = format!("\n\n{} {}\n", "#".repeat(depth), title.label(self.lang));
        self.out.truncate(self.out.trim_end().len());
        self.say(&title);
    }

    fn facts(&mut self, facts: &[(Said, Said)]) {
        for (label, value) in facts {
            let text = format!("- {}: {}", label.label(self.lang), value.text(self.lang));
            self.say(&text);
        }
    }

    fn head(&mut self, outline: &Outline) {
        self.say(&format!("# {}\n", outline.title));
        self.facts(&outline.head);
        self.facts(&[(said("文件", "file"), super::said::same(&*outline.file))]);
        let count = |wanted| {
            let lines = outline.blocks().flat_map(|block| &block.lines);
            lines.filter(|line| line.confidence() == wanted).count()
        };
        let (medium, low) = (count(Confidence::Medium), count(Confidence::Low));
        let text = if medium + low == 0 {
            said(
                "本页各项取值的来源均为可靠。",
                "Every value on this page rests on a source of high confidence.",
            )
        } else {
            said(
                format!(
                    "**注意：本页有{medium}项取值存疑、{low}项未确证，各处以方括号标明；标明者不得视为现行规定。**"
                ),
                format!(
                    "**Mind: {medium} values on this page are uncertain and {low} not confirmed, \
                     each marked in brackets; none of these is to be taken for law.**"
                ),
            )
        };
        let lang = self.lang;
        let lines: Vec<String> = match lang {
            Lang::Both => vec![text.zh, text.en],
            Lang::Zh => vec![text.zh],
            Lang::En => vec![text.en],
        };
        self.say("");
        for line in lines {
            self.say(&line);
        }
    }

    /// The layers of one kind of care, in the order in which they pay.
    fn care(&mut self, outline: &Outline, kind: CareKind) {
        let layers: Vec<&LayerOutline> =
            outline.layers.iter().filter(|layer| layer.care.contains(&kind)).collect();
        if layers.is_empty() {
            return;
        }
        self.title(2, &words::care(kind));
        for (place, layer) in layers.into_iter().enumerate() {
            self.title(
                3,
                &layer
                    .name
                    .map(|zh| format!("{}. {zh}", place + 1), |en| format!("{en} [{}]", layer.id)),
            );
            if self.shown.insert(layer.id.clone()) {
                self.facts(&layer.facts);
                for block in &layer.blocks {
                    self.block(block, 4);
                }
            } else {
                let first = layer.care.first().map(|kind| words::care(*kind)).unwrap_or_default();
                let text = said(
                    format!("同上，见「{}」。", first.zh),
                    format!("As above, under {}.", first.en),
                );
                self.say(&text.text(self.lang));
            }
        }
    }

    fn block(&mut self, block: &Block, depth: usize) {
        let since = since(block);
        let title = block
            .title
            .map(|zh| format!("{zh}（{}）", since.zh), |en| format!("{en} ({})", since.en));
        // A section of one kind of tables has said what they are.
        self.title(depth, if depth > 3 { &title } else { &since });
        self.terms(block);
        let rows: Vec<&Line> = block.lines.iter().filter(|l| l.kind == LineKind::Row).collect();
        for (place, group) in by_bounds(&rows).into_iter().enumerate() {
            if place > 0 {
                self.say("");
            }
            let grid = self.grid(block, &group);
            self.out.push_str(&grid);
        }
        for kind in [LineKind::Adjust, LineKind::Addition] {
            let lines: Vec<&Line> = block.lines.iter().filter(|l| l.kind == kind).collect();
            if !lines.is_empty() {
                self.say(&format!("\n{}:\n", kind_title(kind).text(self.lang)));
                let grid = self.grid(block, &lines);
                self.out.push_str(&grid);
            }
        }
        self.remarks(block);
    }

    /// The table's own keys, and where it comes from if not from here.
    fn terms(&mut self, block: &Block) {
        let mut terms = block.terms.clone();
        // A cap is called by its first term already.
        terms.retain(|term| !block.title.zh.ends_with(&term.zh));
        if let Some(base) = &block.base {
            terms.push(said(format!("出自基础文件 {base}"), format!("from base file {base}")));
        }
        if terms.is_empty() {
            return;
        }
        for term in &terms {
            let text = format!("- {}", term.text(self.lang));
            self.say(&text);
        }
        if !block.sources.is_empty() {
            let cited = self.notes.cite_all(&block.sources, self.lang);
            self.say(&format!("- {cited}"));
        }
        self.say("");
    }

    /// Lines as a table; lines of one call have the same bounds, if any.
    fn grid(&mut self, block: &Block, lines: &[&Line]) -> String {
        let lang = self.lang;
        let mut head = vec!["#".to_owned(), said("适用", "for").label(lang)];
        match lines.first().map(|line| &line.value) {
            Some(Value::Segments(segments)) => head.extend(spans(segments, lang)),
            _ => head.push(said("规定", "says").label(lang)),
        }
        head.push(said("来源", "source").label(lang));
        let mut grid = Grid::new(head);
        for line in lines {
            let mut cells = vec![label(block, line), for_whom(line).text(lang)];
            match &line.value {
                Value::Plain(words) => cells.push(words.text(lang)),
                Value::Segments(segments) => {
                    cells.extend(segments.iter().map(|(_, rate)| rate.to_string()));
                }
            }
            cells.push(self.notes.cite_all(&line.sources, lang));
            grid.row(cells);
        }
        grid.render()
    }

    /// What rows say of themselves, those that say the same together.
    fn remarks(&mut self, block: &Block) {
        let mut said: Vec<(&(Said, String), Vec<String>)> = Vec::new();
        for line in &block.lines {
            for remark in &line.remarks {
                let label = format!("#{}", label(block, line));
                match said.iter_mut().find(|(known, _)| *known == remark) {
                    Some((_, labels)) => labels.push(label),
                    None => said.push((remark, vec![label])),
                }
            }
        }
        if !said.is_empty() {
            self.say("");
        }
        for ((words, why), labels) in said {
            let why = if why.is_empty() { String::new() } else { format!(": {why}") };
            let text = format!("- {}: {}{why}", labels.join(", "), words.text(self.lang));
            self.say(&text);
        }
    }

    fn beside(&mut self, outline: &Outline, part: Part) {
        let blocks: Vec<&Block> = outline.beside.iter().filter(|b| b.part == part).collect();
        if blocks.is_empty() {
            return;
        }
        self.title(2, &part.title());
        for block in &blocks {
            self.block(block, 3);
        }
        if part == Part::CrossRegion {
            self.matrices(&blocks, outline.on);
        }
    }

    /// One matrix for each day on which a row of any file changes.
    fn matrices(&mut self, blocks: &[&Block], on: Option<Date>) {
        let days: BTreeSet<Date> = match on {
            Some(day) => BTreeSet::from([day]),
            None => blocks.iter().map(|block| block.from).collect(),
        };
        for day in days {
            let in_force = |block: &&&Block| block.from <= day && day < block.until;
            let rows: Vec<(&Block, &Line)> = blocks
                .iter()
                .filter(in_force)
                .flat_map(|block| block.lines.iter().map(|line| (*block, line)))
                .collect();
            self.title(
                3,
                &said(format!("备案 × 就医范围（{day}）"), format!("filing and scope (on {day})")),
            );
            let legend = elsewhere::legend().text(self.lang);
            self.say(&format!("{legend}\n"));
            let lines: Vec<&Line> = rows.iter().map(|(_, line)| *line).collect();
            let number = |line: &Line| {
                let of = rows.iter().find(|(_, other)| std::ptr::eq(*other, line));
                of.map_or_else(String::new, |(block, line)| label(block, line))
            };
            let doubt = |line: &Line| {
                let doubtful = line.sources.iter().filter(|s| s.confidence != Confidence::High);
                doubtful
                    .map(|source| self.notes.cite(source, self.lang))
                    .collect::<Vec<_>>()
                    .join(" ")
            };
            let matrix = elsewhere::matrix(&lines, number, doubt, self.lang);
            self.out.push_str(&matrix);
        }
    }

    fn figures(&mut self, outline: &Outline) {
        let blocks: Vec<&Block> =
            outline.beside.iter().filter(|block| block.part == Part::Parameter).collect();
        if blocks.is_empty() {
            return;
        }
        self.title(2, &Part::Parameter.title());
        let head = [
            said("基数", "figure"),
            said("起始日", "from"),
            said("金额（元）", "yuan"),
            said("来源", "source"),
        ];
        let mut grid = Grid::new(head.map(|label| label.label(self.lang)));
        for block in blocks {
            for line in &block.lines {
                let mut cited = self.notes.cite_all(&line.sources, self.lang);
                if let Some(base) = &block.base {
                    let from = said(format!("基础文件{base}"), format!("base {base}"));
                    cited = format!("{cited} · {}", from.text(self.lang));
                }
                let value = line.value.said().text(self.lang);
                grid.row([block.title.text(self.lang), block.from.to_string(), value, cited]);
            }
        }
        let text = grid.render();
        self.out.push_str(&text);
    }

    fn left_out(&mut self, outline: &Outline) {
        let sections = [
            (said("不在本政策内", "left out on purpose"), &outline.not_served),
            (said("经确认的例外", "confirmed exceptions"), &outline.exceptions),
        ];
        for (title, list) in sections {
            if list.is_empty() {
                continue;
            }
            self.title(2, &title);
            for (what, why) in list {
                let text = format!("- {}: {why}", what.text(self.lang));
                self.say(&text);
            }
        }
    }

    fn sources(&mut self) {
        self.title(2, &said("来源", "sources"));
        let text = self.notes.render(self.lang);
        self.out.push_str(&text);
    }
}

fn kind_title(kind: LineKind) -> Said {
    match kind {
        LineKind::Row => Said::default(),
        LineKind::Adjust => said(
            "比例调整：凡符合条件的各行依次适用",
            "adjustments of the ratios above: every one that matches, in this order",
        ),
        LineKind::Addition => said("封顶线加项", "what raises the cap"),
    }
}

/// A row's number; those of a base file carry a `b`.
fn label(block: &Block, line: &Line) -> String {
    if block.base.is_some() { format!("b{}", line.number) } else { line.number.to_string() }
}

/// Whom a line concerns, seen after the lines above it.
fn for_whom(line: &Line) -> Said {
    let words = words::conditions(&line.who);
    match (words.is_empty(), line.kind, line.number) {
        (true, LineKind::Row, number) if number > 1 => said("其余", "all others"),
        (true, ..) => words::whom(&line.who),
        _ => words,
    }
}

fn since(block: &Block) -> Said {
    let from = block.from;
    if block.until == Date::FOREVER {
        said(format!("自{from}起"), format!("since {from}"))
    } else {
        let last = block.until.previous();
        said(format!("{from}至{last}"), format!("{from} to {last}"))
    }
}

/// Rows one behind another that have the same bounds share a table.
fn by_bounds<'l>(rows: &[&'l Line]) -> Vec<Vec<&'l Line>> {
    let bounds = |line: &Line| match &line.value {
        Value::Plain(_) => Vec::new(),
        Value::Segments(segments) => segments.iter().map(|(above, _)| above.clone()).collect(),
    };
    let mut groups: Vec<Vec<&Line>> = Vec::new();
    for row in rows {
        match groups.last_mut() {
            Some(group) if bounds(group[0]) == bounds(row) => group.push(row),
            _ => groups.push(vec![row]),
        }
    }
    groups
}

/// Segments as heads of columns.
fn spans(segments: &[(Said, crate::money::Rate)], lang: Lang) -> Vec<String> {
    let mut heads = Vec::new();
    for (place, (above, _)) in segments.iter().enumerate() {
        let text = match segments.get(place + 1) {
            Some((to, _)) => {
                said(format!("{}–{}", above.zh, to.zh), format!("{}–{}", above.en, to.en))
            }
            None if place == 0 => said("全部金额", "any amount"),
            None => said(format!("{}以上", above.zh), format!("above {}", above.en)),
        };
        // Bounds are whole yuan nearly always, and heads are wide.
        heads.push(text.label(lang).replace(".00", ""));
    }
    heads
}
