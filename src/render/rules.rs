//! Rule sets, checked and measured.

use jiff::Timestamp;
use serde_json::json;

use super::{Cell, Document, Field, Grid, ScreenLine, TitledTable, text, words};
use crate::detect::{CoversAnswer, CoversScore, Evaluation, Group, RuleSet, Score};
use crate::signature::Signature;

/// The document of `rules check`: a rule set that is sound.
pub fn checked(origin: &str, rules: &RuleSet, now: Timestamp) -> Document {
    let signatures: Vec<_> = rules.signatures().iter().collect();
    let line = format!(
        "{}: the rules '{}' are sound; they can give {}.",
        text::safe(origin),
        text::safe(rules.name()),
        words::count(signatures.len() as u64, "signature")
    );
    Document {
        facts: vec![("rules", json!({ "name": rules.name(), "hash": rules.hash() }))],
        before: vec![line.into()],
        rows: Grid::of(&signatures).raw("pattern_signature", |signature| json!(signature.as_str())).finish(),
        ..Document::without_database("rules", now)
    }
}

/// The document of `rules check --against`: figures, by category, and every disagreement.
pub fn measured(origin: &str, labelled: &str, evaluation: &Evaluation, now: Timestamp) -> Document {
    let Evaluation { rules, workflows, exact, without_operation, spoke_up, .. } = evaluation;
    Document {
        facts: vec![(
            "totals",
            json!({
                "rules": rules, "workflows": workflows, "left_out": evaluation.left_out, "categories": evaluation.categories,
                "signatures": evaluation.signatures, "exact": exact, "covers": covers(&evaluation.covers),
                "without_operation": without_operation, "spoke_up": spoke_up,
            }),
        )],
        before: measured_lines(&text::safe(origin), labelled, evaluation),
        rows: scores(evaluation),
        further: vec![
            TitledTable::new("groups", "By column", groups(evaluation)),
            TitledTable::new("disagreements", "Disagreements", disagreements(evaluation)),
        ],
        ..Document::without_database("evaluation", now)
    }
}

/// Whether a request asks for operations and for nothing else; null where no workflow has that label.
fn covers(score: &CoversScore) -> serde_json::Value {
    let CoversScore { right, whole, wrong_whole, wrong_part } = score;
    match right + wrong_whole + wrong_part {
        0 => serde_json::Value::Null,
        _ => json!({
            "accuracy": score.accuracy(), "right": right, "whole": whole,
            "wrong_whole": wrong_whole, "wrong_part": wrong_part,
        }),
    }
}

/// The figures as sentences.
fn measured_lines(origin: &str, labelled: &str, evaluation: &Evaluation) -> Vec<ScreenLine> {
    let Evaluation { workflows, left_out: unmeasured, exact, without_operation, spoke_up, .. } = evaluation;
    let ask = if *without_operation == 1 { "asks" } else { "ask" };
    let without = words::count(*without_operation as u64, "workflow");
    let measured = words::count(*workflows as u64, "workflow");
    let mut lines = vec![
        format!("{origin} against {measured} of {labelled}{}:", left_out(*unmeasured)),
        format!("  of the categories found rightly, {} have exactly the labelled signature", percent(*exact)),
        format!("  of {without} that {ask} for nothing, the rules speak up on {}", percent(*spoke_up)),
    ];
    lines.extend(covers_line(&evaluation.covers));
    lines.into_iter().map(ScreenLine::from).chain([ScreenLine::empty()]).collect()
}

/// Whether a request asks for anything else; none where no workflow has that label.
fn covers_line(score: &CoversScore) -> Option<String> {
    let CoversScore { right, whole, wrong_whole, wrong_part } = score;
    let all = right + wrong_whole + wrong_part;
    let line = format!(
        "  of {}, the rules say rightly of {} whether it asks for anything else; of {} taken for the whole, {} wrongly",
        words::count(all as u64, "request"),
        percent(score.accuracy()),
        words::whole(*whole as u64),
        words::whole(*wrong_whole as u64)
    );
    (all > 0).then_some(line)
}

/// How many workflows were not measured, for the end of a sentence.
fn left_out(workflows: usize) -> String {
    match workflows {
        0 => String::new(),
        _ => format!(" ({} without a sure label left out)", words::whole(workflows as u64)),
    }
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(words::unknown, |share| format!("{:.1}%", share * 100.0))
}

fn scores(evaluation: &Evaluation) -> Grid {
    let all = [("all categories", evaluation.categories), ("exact signatures", evaluation.signatures)];
    let each = evaluation.by_category.iter().map(|(category, score)| (category.as_str(), *score));
    let rows: Vec<(&str, Score)> = all.into_iter().chain(each).collect();
    Grid::of(&rows)
        .text("category", "category", u8::MAX, |(name, _)| Cell::text(name))
        .number("precision", "precision", u8::MAX, |(_, score)| share(score.precision()))
        .number("recall", "recall", u8::MAX, |(_, score)| share(score.recall()))
        .number("f1", "F1", u8::MAX, |(_, score)| share(score.f1()))
        .number("right", "right", 30, |(_, score)| Cell::count(score.right as u64))
        .number("wrong", "wrong", 20, |(_, score)| Cell::count(score.wrong as u64))
        .number("missed", "missed", 10, |(_, score)| Cell::count(score.missed as u64))
        .finish()
}

fn share(share: Option<f64>) -> Cell {
    Cell::new(share, percent(share))
}

/// A group with its column and value.
type NamedGroup<'a> = (&'a String, &'a String, &'a Group);

fn groups(evaluation: &Evaluation) -> Grid {
    let all = evaluation.groups.iter();
    let all =
        all.flat_map(|(column, groups)| groups.iter().map(move |(value, group)| (column, value, group)));
    let rows: Vec<NamedGroup<'_>> = all.collect();
    Grid::of(&rows)
        .text("column", "column", 90, |(column, ..)| Cell::text(column))
        .text("value", "value", u8::MAX, |(_, value, _)| Cell::text(value))
        .number("workflows", "workflows", 15, |(.., group)| Cell::count(group.workflows as u64))
        .number("precision", "precision", u8::MAX, |(.., group)| share(group.categories.precision()))
        .number("recall", "recall", u8::MAX, |(.., group)| share(group.categories.recall()))
        .number("f1", "F1", 25, |(.., group)| share(group.categories.f1()))
        .number("right", "right", 40, |(.., group)| Cell::count(group.categories.right as u64))
        .number("wrong", "wrong", 35, |(.., group)| Cell::count(group.categories.wrong as u64))
        .number("missed", "missed", 30, |(.., group)| Cell::count(group.categories.missed as u64))
        .number("without_operation", "ask for nothing", 10, |(.., group)| {
            Cell::count(group.without_operation as u64)
        })
        .number("spoke_up", "spoke up", 50, |(.., group)| share(group.spoke_up_share()))
        .finish()
}

/// What the rules and the label say of how much of a request is asked for; nothing where they agree.
fn covers_differ(covers: Option<CoversAnswer>) -> String {
    let said = |CoversAnswer { expected, got }: CoversAnswer| {
        format!("{}, labelled {}", got.as_str(), expected.as_str())
    };
    covers.map(said).unwrap_or_default()
}

fn disagreements(evaluation: &Evaluation) -> Grid {
    let listed = |texts: Vec<&str>| {
        Cell::new(json!(texts), if texts.is_empty() { "none".to_owned() } else { texts.join(" ") })
    };
    Grid::of(&evaluation.disagreements)
        .number("workflow", "no.", u8::MAX, |one| Cell::new(one.workflow, one.workflow.to_string()))
        .text("id", "id", 20, |one| Cell::text_or(one.id.as_deref(), ""))
        .text("expected", "labelled", u8::MAX, |one| {
            listed(one.expected.iter().map(String::as_str).collect())
        })
        .text("got", "the rules say", u8::MAX, |one| listed(one.got.iter().map(Signature::as_str).collect()))
        .text("covers", "covers", 15, |one| Cell::new(json!(one.covers), covers_differ(one.covers)))
        .column(Field::beginning("request", "request", 10), |one| {
            Cell::new(json!(one.request), text::beginning(one.request.as_deref().unwrap_or_default(), 60))
        })
        .finish()
}
