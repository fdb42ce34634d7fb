//! Every value of a policy, moved a little: a value that changes no case is not shown by any.
//!
//! Owns: the list of a file's values ([`values`]) and how each is moved. Which cases run, and what they must come to, is the caller's.

use crate::calendar::Date;
use crate::money::{Fen, Rate};
use crate::policy::Effect;
use crate::policy::document::Place;
use crate::policy::plan::{DeductibleKind, SegmentMeasure};
use crate::policy::written::{
    Adjust, Amount, CapRows, Conditions, DatedRows, LaterStep, RatioRows, Written, WrittenAddition,
    WrittenCap, WrittenDeductible, WrittenLayer, WrittenRow,
};

/// A value that can be moved.
#[derive(Clone, Debug)]
pub struct KnownValue {
    /// Its number in the file, for [`moved`].
    pub number: usize,
    pub place: Place,
    /// `layer inpatient · ratio 2023-01-01 · row 2 · ratio 85%`.
    pub name: String,
    /// Why no case shows it, where the file says so.
    pub untested: Option<String>,
    kind: ValueKind,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum ValueKind {
    Amount,
    Rate,
    Count,
    /// Moved by one either way.
    Bound,
    Points,
}

/// A value in place.
enum Handle<'a> {
    Amount(&'a mut Amount),
    Yuan(&'a mut Fen),
    Rate(&'a mut Rate),
    Count(&'a mut u32),
    /// Years or months.
    Bound(&'a mut i32),
    Day(&'a mut Date),
    Points(&'a mut i64),
}

/// Where a walk over a file stands.
struct At<'a> {
    name: String,
    place: Place,
    untested: Option<&'a String>,
}

type Visit<'v> = dyn FnMut(&At<'_>, &str, Handle<'_>) + 'v;

/// All values of a file.
pub fn values(written: &Written) -> Vec<KnownValue> {
    let mut copy = written.clone();
    let mut values = Vec::new();
    walk(&mut copy, &mut |at, what, handle| {
        let (kind, shown) = match &handle {
            Handle::Amount(Amount::Yuan(fen)) => (ValueKind::Amount, fen.to_string()),
            Handle::Amount(Amount::Of { text, .. }) => (ValueKind::Amount, text.clone()),
            Handle::Yuan(fen) => (ValueKind::Amount, fen.to_string()),
            Handle::Rate(rate) => (ValueKind::Rate, rate.to_string()),
            Handle::Count(count) => (ValueKind::Count, count.to_string()),
            Handle::Bound(bound) => (ValueKind::Bound, bound.to_string()),
            Handle::Day(day) => (ValueKind::Bound, day.to_string()),
            Handle::Points(points) => (ValueKind::Points, format!("{points} millionths")),
        };
        values.push(KnownValue {
            number: values.len(),
            place: at.place,
            name: format!("{} · {what} {shown}", at.name),
            untested: at.untested.cloned(),
            kind,
        });
    });
    values
}

/// How many ways there are to move a value.
pub fn ways(value: &KnownValue) -> usize {
    match value.kind {
        ValueKind::Amount | ValueKind::Count => 4,
        ValueKind::Rate | ValueKind::Points | ValueKind::Bound => 2,
    }
}

/// A copy of the file with one value moved one way.
pub fn moved(written: &Written, value: &KnownValue, way: usize) -> Written {
    let mut copy = written.clone();
    let mut number = 0;
    walk(&mut copy, &mut |_, _, handle| {
        if number == value.number {
            shift(handle, way);
        }
        number += 1;
    });
    copy
}

fn shift(handle: Handle<'_>, way: usize) {
    match handle {
        Handle::Amount(Amount::Yuan(fen)) | Handle::Yuan(fen) => *fen = shifted(*fen, way),
        Handle::Amount(Amount::Of { millionths, .. }) => {
            let tenth = (*millionths / 10).max(1);
            *millionths =
                if way.is_multiple_of(2) { *millionths + tenth } else { *millionths - tenth };
        }
        Handle::Rate(rate) => {
            let point = if way == 0 { 10_000 } else { 0 };
            let value = rate.millionths();
            let moved = if value + point > 1_000_000 || way == 1 {
                value.saturating_sub(10_000)
            } else {
                value + point
            };
            *rate = Rate::from_millionths(moved).unwrap_or(Rate::ONE);
        }
        Handle::Count(count) => {
            *count = match way {
                0 => count.saturating_add(1),
                1 => count.saturating_sub(1).max(1),
                2 => count.saturating_mul(2),
                _ => (*count / 2).max(1),
            };
        }
        Handle::Bound(bound) => *bound += if way == 0 { 1 } else { -1 },
        Handle::Day(day) => *day = if way == 0 { day.next() } else { day.previous() },
        Handle::Points(points) => *points += if way == 0 { 10_000 } else { -10_000 },
    }
}

/// A yuan more or less; a tenth more or less.
fn shifted(fen: Fen, way: usize) -> Fen {
    let tenth = Fen::new((fen.get() / 10).max(1));
    match way {
        0 => fen + Fen::new(100),
        1 => (fen - Fen::new(100)).or_zero(),
        2 => fen + tenth,
        _ => (fen - tenth).or_zero(),
    }
}

fn walk(written: &mut Written, visit: &mut Visit<'_>) {
    for parameter in &mut written.parameters {
        let name = format!("parameter {} from {}", parameter.id, parameter.from);
        let at = At { name, place: parameter.place, untested: None };
        visit(&at, "yuan", Handle::Yuan(&mut parameter.yuan));
    }
    for layer in &mut written.layers {
        walk_layer(layer, visit);
    }
    for table in &mut written.cross_region {
        rows("cross_region", table, visit, |at, effects, visit| {
            for effect in effects {
                match &mut effect.kind {
                    Effect::Points(rate)
                    | Effect::Factor(rate)
                    | Effect::Flat(rate)
                    | Effect::FirstPercent(rate, _) => visit(at, "effect", Handle::Rate(rate)),
                    Effect::DeductibleFactor(factor) => {
                        visit(at, "effect", Handle::Count(factor));
                    }
                    Effect::None | Effect::Level(_) | Effect::Zero | Effect::Refuse => {}
                }
            }
        });
    }
    for table in &mut written.waiting {
        rows("waiting", table, visit, |at, waiting, visit| {
            visit(at, "gap_over_days", Handle::Count(&mut waiting.gap_over_days));
            visit(at, "months", Handle::Count(&mut waiting.months));
            let more = &mut waiting.more_months_per_missing_year;
            if *more > 0 {
                visit(at, "more_months_per_missing_year", Handle::Count(more));
            }
        });
    }
    for table in &mut written.registration {
        rows("registration", table, visit, |at, most, visit| {
            visit(at, "at_most", Handle::Count(most));
        });
    }
}

fn walk_layer(layer: &mut WrittenLayer, visit: &mut Visit<'_>) {
    let name = |table: &str| format!("layer {} · {table}", layer.id);
    let [first, deductible, ratio, top_up, cap] =
        ["first", "deductible", "ratio", "top_up", "cap"].map(name);
    for table in &mut layer.first {
        rows(&first, table, visit, |at, rate, visit| visit(at, "percent", Handle::Rate(rate)));
    }
    for table in &mut layer.deductible {
        let at = At {
            name: format!("{deductible} from {}", table.from),
            place: table.place,
            untested: None,
        };
        if let Some(ceiling) = &mut table.keys.year_ceiling {
            visit(&at, "year_ceiling", Handle::Amount(ceiling));
        }
        let keys = &mut table.keys;
        if let Some(days) = &mut keys.restarts_after_days {
            visit(&at, "restarts_after_days", Handle::Count(days));
        }
        if let DeductibleKind::PerPeriod(days) = &mut keys.kind {
            visit(&at, "days", Handle::Count(days));
        }
        if let Some(transfer) = &mut keys.transfer {
            visit(&at, "transfer within_days", Handle::Count(&mut transfer.within_days));
        }
        if let Some(credit) = &mut keys.credit {
            visit(&at, "credit within_days", Handle::Count(&mut credit.within_days));
        }
        rows(&deductible, table, visit, |at, value, visit| walk_deductible(at, value, visit));
    }
    for table in &mut layer.ratio {
        walk_ratio(&ratio, table, visit);
    }
    for table in &mut layer.top_up {
        rows(&top_up, table, visit, |at, (rate, _), visit| {
            visit(at, "percent", Handle::Rate(rate));
        });
    }
    for table in &mut layer.cap {
        walk_cap(&cap, table, visit);
    }
}

fn walk_deductible(at: &At<'_>, value: &mut WrittenDeductible, visit: &mut Visit<'_>) {
    match value {
        WrittenDeductible::Amounts { yuan, later } => {
            for (number, amount) in yuan.iter_mut().enumerate() {
                visit(at, &format!("yuan {}", number + 1), Handle::Amount(amount));
            }
            let Some(later) = later else { return };
            match &mut later.step {
                LaterStep::Minus(amount) => visit(at, "minus", Handle::Amount(amount)),
                LaterStep::MinusPercent(rate) => visit(at, "minus_percent", Handle::Rate(rate)),
            }
            if later.floor != Amount::Yuan(Fen::ZERO) {
                visit(at, "floor", Handle::Amount(&mut later.floor));
            }
            if let Some(rate) = &mut later.at_most {
                visit(at, "at_most_percent", Handle::Rate(rate));
            }
        }
        WrittenDeductible::Share { rate, at_least, at_most, .. } => {
            visit(at, "percent", Handle::Rate(rate));
            if let Some(amount) = at_least {
                visit(at, "at_least", Handle::Amount(amount));
            }
            if let Some(amount) = at_most {
                visit(at, "at_most", Handle::Amount(amount));
            }
        }
    }
}

fn walk_ratio(name: &str, ratio: &mut RatioRows, visit: &mut Visit<'_>) {
    let from = ratio.table.from;
    if let SegmentMeasure::Period(days) = &mut ratio.table.keys.measure {
        let name = format!("{name} from {from}");
        let at = At { name, place: ratio.table.place, untested: None };
        visit(&at, "days", Handle::Count(days));
    }
    rows(name, &mut ratio.table, visit, |at, segments, visit| {
        for (number, (above, pays)) in segments.iter_mut().enumerate() {
            // The first bound is 0 and means that there is no gap.
            if number > 0 {
                visit(at, "bound", Handle::Amount(above));
            }
            visit(at, "ratio", Handle::Rate(pays));
        }
    });
    for row in &mut ratio.adjust {
        let name = format!("{name} from {from} · adjust {}", row.number);
        let at = At { name, place: row.place, untested: row.untested.as_ref() };
        walk_conditions(&at, &mut row.who, visit);
        match &mut row.value {
            Adjust::Points(points) | Adjust::PersonalPoints(points) => {
                visit(&at, "points", Handle::Points(points));
            }
            Adjust::PersonalFactor(rate) => visit(&at, "personal_factor", Handle::Rate(rate)),
        }
    }
}

fn walk_cap(name: &str, cap: &mut CapRows, visit: &mut Visit<'_>) {
    rows(name, &mut cap.table, visit, |at, WrittenCap { yuan, supplement }, visit| {
        for (what, amount) in [("yuan", yuan), ("supplement", supplement)] {
            if let Some(amount) = amount {
                visit(at, what, Handle::Amount(amount));
            }
        }
    });
    let table = format!("{name} from {}", cap.table.from);
    for WrittenAddition { place, fact, after, yuan, .. } in &mut cap.additions {
        let at = At { name: format!("{table} · addition {fact}"), place: *place, untested: None };
        visit(&at, "yuan", Handle::Amount(yuan));
        if *after > 0 {
            visit(&at, "after", Handle::Count(after));
        }
    }
    if let Some(rate) = &mut cap.additions_at_most {
        let at = At { name: table, place: cap.table.place, untested: None };
        visit(&at, "additions_at_most", Handle::Rate(rate));
    }
}

/// The bounds of a row's conditions; what is named there (a level, a mark) is no value.
fn walk_conditions(at: &At<'_>, who: &mut Conditions, visit: &mut Visit<'_>) {
    for (what, bound) in [
        ("age_from", &mut who.age_from),
        ("age_to", &mut who.age_to),
        ("months_from", &mut who.months_from),
        ("months_to", &mut who.months_to),
    ] {
        if let Some(bound) = bound {
            visit(at, what, Handle::Bound(bound));
        }
    }
    for (what, bound) in
        [("admission_from", &mut who.admission_from), ("admission_to", &mut who.admission_to)]
    {
        if let Some(bound) = bound {
            visit(at, what, Handle::Count(bound));
        }
    }
    for (what, day) in [
        ("born_from", &mut who.born_from),
        ("born_before", &mut who.born_before),
        ("retired_from", &mut who.retired_from),
        ("retired_before", &mut who.retired_before),
    ] {
        if let Some(day) = day {
            visit(at, what, Handle::Day(day));
        }
    }
}

fn rows<K, V>(
    name: &str,
    table: &mut DatedRows<K, V>,
    visit: &mut Visit<'_>,
    mut each: impl FnMut(&At<'_>, &mut V, &mut Visit<'_>),
) {
    let from = table.from;
    for WrittenRow { place, number, untested, value, who, .. } in &mut table.rows {
        let name = format!("{name} from {from} · row {number}");
        let at = At { name, place: *place, untested: untested.as_ref() };
        walk_conditions(&at, who, visit);
        each(&at, value, visit);
    }
}

/// Every amount that a file names.
pub fn amounts(written: &Written) -> Vec<Amount> {
    let mut copy = written.clone();
    let mut amounts = Vec::new();
    walk(&mut copy, &mut |_, _, handle| {
        if let Handle::Amount(amount) = handle {
            amounts.push(amount.clone());
        }
    });
    amounts
}
