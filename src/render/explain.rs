//! Why the rules say what they say of a workflow.

use jiff::Timestamp;
use serde_json::json;

use super::{Cell, Column, Document, Grid, paint, words};
use crate::detect::{Characteristics, Evidence, RuleSet};
use crate::detect::{Fired, LayerExplanation, Silent, Span};
use crate::workflow::Workflow;

/// The document of `explain`.
pub fn document(rules: &RuleSet, workflow: &Workflow, now: Timestamp) -> Document {
    let explanation = rules.explain(&Evidence::of(workflow));
    let characteristics = Characteristics::of_workflow(workflow).to_json();
    let signatures: Vec<&str> = explanation.signatures.iter().map(|signature| signature.as_str()).collect();
    let found = if signatures.is_empty() { "no pattern".to_owned() } else { signatures.join(", ") };
    let mut before = vec![
        format!("The rules '{}' find {}.", words::safe(rules.name()), paint::bold(&found)),
        String::new(),
    ];
    for layer in &explanation.layers {
        before.extend(marked_text(layer, workflow));
    }
    let rows = explanation.layers.iter().flat_map(|layer| {
        let fired = layer.fired.iter().map(|fired| fired_row(layer.layer, fired));
        fired.chain(layer.silent.iter().map(|silent| silent_row(layer.layer, silent))).collect::<Vec<_>>()
    });
    Document {
        kind: "explanation",
        generated_at: now,
        database: String::new(),
        facts: vec![
            ("rules", json!(rules.name())),
            ("signatures", json!(signatures)),
            ("characteristics", serde_json::from_str(&characteristics).unwrap_or_default()),
        ],
        before,
        rows: Grid { columns: columns(), rows: rows.collect() },
        further: Vec::new(),
        after: vec![String::new(), format!("Characteristics: {}", words::safe(&characteristics))],
        warnings: Vec::new(),
    }
}

fn columns() -> Vec<Column> {
    vec![
        Column::text("layer", "layer", u8::MAX),
        Column::text("fired", "", u8::MAX),
        Column::text("gives", "gives", u8::MAX),
        Column::text("words", "on the words", 60),
        Column::text("reason", "why not", 50),
        Column::text("phrase", "phrase", 20),
        Column::text("file", "file", 35),
        Column::number("line", "line", 40),
    ]
}

fn fired_row(layer: &'static str, fired: &Fired) -> Vec<Cell> {
    let gives = fired.signature.as_ref().map_or("no pattern".to_owned(), |signature| signature.to_string());
    let state = if fired.left_out.is_some() { "left out" } else { "fired" };
    let reason = fired.left_out.as_deref();
    row(
        layer,
        (fired.left_out.is_none(), state),
        &gives,
        &fired.spans,
        reason,
        fired.phrase.as_deref(),
        (&fired.file, fired.line),
    )
}

fn silent_row(layer: &'static str, silent: &Silent) -> Vec<Cell> {
    let (reason, phrase) = (Some(silent.reason.as_str()), silent.phrase.as_deref());
    row(
        layer,
        (false, "silent"),
        &silent.category,
        &silent.spans,
        reason,
        phrase,
        (&silent.file, silent.line),
    )
}

fn row(
    layer: &'static str,
    (fired, state): (bool, &str),
    gives: &str,
    spans: &[Span],
    reason: Option<&str>,
    phrase: Option<&str>,
    (file, line): (&str, usize),
) -> Vec<Cell> {
    let heard: Vec<&str> = spans.iter().map(|span| span.words.as_str()).collect();
    let optional = |text: Option<&str>| Cell::new(json!(text), text.map(words::safe).unwrap_or_default());
    vec![
        Cell::text(layer),
        Cell::new(fired, state),
        Cell::text(gives),
        Cell::new(json!(heard), words::beginning(&heard.join(" … "), 40)),
        optional(reason),
        optional(phrase),
        Cell::new(json!(file), words::safe(file)),
        Cell::new(line, line.to_string()),
    ]
}

/// The text of a layer with the words that rules fired on between « and ».
fn marked_text(layer: &LayerExplanation, workflow: &Workflow) -> Vec<String> {
    let text = match layer.layer {
        "request" => workflow.request.as_deref(),
        "error" => workflow.error_message.as_deref(),
        _ => workflow.template.as_deref(),
    };
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Vec::new() };
    let mut spans: Vec<(usize, usize)> =
        layer.fired.iter().flat_map(|fired| &fired.spans).map(|span| (span.start, span.end)).collect();
    spans.sort_unstable();
    let (mut marked, mut end) = (String::new(), 0);
    for (start, stop) in spans {
        if let (true, Some(plain), Some(heard)) = (start >= end, text.get(end..start), text.get(start..stop))
        {
            marked.push_str(plain);
            marked.push_str(&format!("«{heard}»"));
            end = stop;
        }
    }
    marked.push_str(text.get(end..).unwrap_or_default());
    let lines = marked.lines().map(|line| format!("  {}", words::safe(line)));
    std::iter::once(format!("{}:", layer.layer)).chain(lines).chain([String::new()]).collect()
}
