//! Why the rules say what they say of a workflow.

use jiff::Timestamp;
use serde_json::json;

use super::{Cell, Document, Field, Grid, ScreenLine, paint, text};
use crate::detect::{
    Characteristics, Evidence, Explanation, Fired, LayerExplanation, MatchedRule, RuleSet, Silent,
};
use crate::signature::Signature;
use crate::workflow::Workflow;

/// The document of `explain`: of a workflow, and of what detection looks at.
pub fn document(rules: &RuleSet, workflow: &Workflow, evidence: &Evidence<'_>, now: Timestamp) -> Document {
    let explanation = rules.explain(evidence);
    let characteristics = Characteristics::of_workflow(workflow).to_json();
    let signatures: Vec<&str> = explanation.signatures.iter().map(Signature::as_str).collect();
    let found = if signatures.is_empty() { "no pattern".to_owned() } else { signatures.join(", ") };
    let found = format!("The rules '{}' find {}.", text::safe(rules.name()), paint::bold(&found));
    let mut before = vec![ScreenLine::Text(found)];
    before.extend(worth(&explanation).map(ScreenLine::from));
    if !evidence.asked.is_empty() {
        before
            .push("Of the request only what was found in it is kept, so that no words can be shown.".into());
    }
    before.push(ScreenLine::empty());
    for layer in &explanation.layers {
        before.extend(marked_text(layer, workflow));
    }
    let rows = explanation.layers.iter().flat_map(|layer| {
        let fired = layer.fired.iter().map(|fired| fired_row(layer.layer, fired));
        fired.chain(layer.silent.iter().map(|silent| silent_row(layer.layer, silent))).collect::<Vec<_>>()
    });
    let rows: Vec<RuleVerdict<'_>> = rows.collect();
    Document {
        facts: vec![
            ("rules", json!(rules.name())),
            ("signatures", json!(signatures)),
            ("found", json!(explanation.found)),
            ("something_else", json!(explanation.something_else.as_ref().map(|span| &span.words))),
            ("characteristics", serde_json::from_str(&characteristics).unwrap_or_default()),
        ],
        before,
        rows: grid(&rows),
        after: vec![
            ScreenLine::empty(),
            "Characteristics:".into(),
            ScreenLine::Unbroken(text::safe(&characteristics)),
        ],
        ..Document::without_database("explanation", now)
    }
}

/// Where the signatures were found, and whether the request asks for anything else.
fn worth(explanation: &Explanation) -> Option<String> {
    let first = explanation.found.first()?;
    let where_found: Vec<String> = explanation
        .found
        .iter()
        .map(|one| format!("{} in {} ({})", one.signature, one.found_in.join(" and "), one.covers))
        .collect();
    let rest = match &explanation.something_else {
        Some(words) => {
            format!("The request also asks for something else: '{}'.", text::beginning(&words.words, 60))
        }
        None if first.found_in.contains(&"request") && first.covers == "whole" => {
            "The request asks for nothing else.".to_owned()
        }
        None => String::new(),
    };
    Some(format!("Found: {}. {rest}", where_found.join(", ")).trim_end().to_owned())
}

fn grid(verdicts: &[RuleVerdict<'_>]) -> Grid {
    let has_reason = verdicts.iter().any(|verdict| verdict.reason.is_some());
    let reason = Field::sentences("reason", "why not", u8::MAX).seen_if(has_reason);
    Grid::of(verdicts)
        .text("layer", "layer", 70, |verdict| Cell::text(verdict.layer))
        .text("fired", "", u8::MAX, |verdict| Cell::new(verdict.fired, verdict.state))
        .text("gives", "gives", u8::MAX, |verdict| Cell::text(&verdict.gives))
        .text("words", "on the words", 60, |verdict| {
            let words = verdict.rule.and_then(|rule| rule.span.as_ref()).map(|span| span.words.as_str());
            Cell::new(json!(Vec::from_iter(words)), text::beginning(words.unwrap_or_default(), 40))
        })
        .column(reason, |verdict| Cell::text_or(verdict.reason, ""))
        .column(Field::sentences("phrase", "phrase", 30), |verdict| {
            Cell::text_or(verdict.rule.and_then(|rule| rule.phrase.as_deref()), "")
        })
        .text("file", "file", 35, |verdict| Cell::text_or(verdict.rule.map(|rule| &*rule.file), ""))
        // A line without its file says nothing.
        .number("line", "line", 34, |verdict| {
            let line = verdict.rule.map(|rule| rule.line);
            Cell::new(json!(line), line.map(|line| line.to_string()).unwrap_or_default())
        })
        .finish()
}

/// A rule and what it says of a layer.
struct RuleVerdict<'a> {
    layer: &'static str,
    fired: bool,
    state: &'static str,
    gives: String,
    reason: Option<&'a str>,
    rule: Option<&'a MatchedRule>,
}

fn fired_row<'a>(layer: &'static str, fired: &'a Fired) -> RuleVerdict<'a> {
    let is_left_out = fired.left_out.is_some();
    RuleVerdict {
        layer,
        fired: !is_left_out,
        state: if is_left_out { "left out" } else { "fired" },
        gives: fired.signature.as_ref().map_or("no pattern".to_owned(), ToString::to_string),
        reason: fired.left_out.as_deref(),
        rule: fired.rule.as_ref(),
    }
}

fn silent_row<'a>(layer: &'static str, silent: &'a Silent) -> RuleVerdict<'a> {
    RuleVerdict {
        layer,
        fired: false,
        state: "silent",
        gives: silent.category.clone(),
        reason: Some(&silent.reason),
        rule: Some(&silent.rule),
    }
}

/// The text of a layer with the words that rules fired on between « and ».
fn marked_text(layer: &LayerExplanation, workflow: &Workflow) -> Vec<ScreenLine> {
    let request = match layer.layer {
        "request" => workflow.request.as_deref(),
        "error" => workflow.error_message.as_deref(),
        "template" => workflow.template.as_deref(),
        _ => None,
    };
    let Some(request) = request.filter(|text| !text.is_empty()) else { return Vec::new() };
    let spans = layer.fired.iter().filter_map(|fired| fired.rule.as_ref()?.span.as_ref());
    let mut spans: Vec<(usize, usize)> = spans.map(|span| (span.start, span.end)).collect();
    spans.sort_unstable();
    let (mut marked, mut end) = (String::new(), 0);
    for (start, stop) in spans {
        // A span that begins within the one before has no text between them.
        if let (Some(plain), Some(heard)) = (request.get(end..start), request.get(start..stop)) {
            marked.push_str(plain);
            marked.extend(["«", heard, "»"]);
            end = stop;
        }
    }
    marked.push_str(request.get(end..).unwrap_or_default());
    let lines = marked.lines().map(|line| format!("  {}", text::safe(line)).into());
    std::iter::once(format!("{}:", layer.layer).into()).chain(lines).chain([ScreenLine::empty()]).collect()
}
