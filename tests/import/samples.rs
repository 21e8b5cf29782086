//! The sample transcripts beside the project, where they are there: every expected figure is met, per file and together.
//!
//! `expected.json` stands beside them and its README says what each key means. Under `FLOWMINE_REQUIRE=1` a missing
//! folder fails where `../shared` stands.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use flowmine::db::totals::ModelTotal;
use flowmine::import::assemble::History;
use flowmine::import::facts::KeptFacts;
use flowmine::import::find::{KnownFiles, SearchPlace, find};
use flowmine::import::prices::Prices;
use flowmine::import::turn::{Source, Tokens, Turn};
use flowmine::import::{history, read_transcript};
use serde_json::{Map, Value, json};

use crate::transcripts::Folder;

const EXACT: f64 = 1e-9;

/// The folder of the samples; `None` where the project stands alone.
pub fn folder() -> Option<PathBuf> {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shared = project.join("../shared");
    let samples = shared.join("samples/transcripts");
    let is_required = std::env::var_os("FLOWMINE_REQUIRE").is_some() && shared.is_dir();
    assert!(samples.is_dir() || !is_required, "{} is missing", samples.display());
    samples.is_dir().then_some(samples)
}

fn expected(samples: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(samples.join("expected.json")).unwrap()).unwrap()
}

fn read_source(root: &Path, source: Source) -> Vec<KeptFacts> {
    let mut files = Vec::new();
    walk(&root.join(source.name()), &mut files);
    files.sort();
    let is_transcript = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy();
        (name.ends_with(".jsonl") || name.ends_with(".jsonl.zst")) && name != "journal.jsonl"
    };
    let read = |path: PathBuf| {
        let bytes = read_transcript(&path, source).unwrap().0.to_bytes().unwrap().into();
        KeptFacts { path: path.strip_prefix(root).unwrap().to_string_lossy().into_owned(), bytes }
    };
    files.into_iter().filter(is_transcript).map(read).collect()
}

pub fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.path() {
            path if path.is_dir() => walk(&path, files),
            path => files.push(path),
        }
    }
}

/// What `expected.json` says of a set of files, as this project has it.
fn figures(files: &[KeptFacts], history: &History<'_>) -> Value {
    let turns = &history.turns;
    let count = |wanted: &dyn Fn(&Turn<'_>) -> bool| turns.iter().filter(|turn| wanted(turn)).count();
    let calls = || turns.iter().flat_map(|turn| &turn.calls);
    let cost = |turn: &Turn<'_>| match turn.source {
        Source::Adw => turn.cost.unwrap_or(0.0),
        _ => turn.calls.iter().filter_map(|call| call.cost).sum(),
    };
    let list = |turn: &Turn<'_>| match turn.source {
        Source::Adw => turn.list_cost.unwrap_or(0.0),
        _ => cost(turn),
    };
    let commands = || turns.iter().flat_map(|turn| &turn.commands);
    json!({
        "turns": count(&|turn| !turn.unattributed),
        "unattributed": count(&|turn| turn.unattributed),
        "failed": count(&|turn| turn.failed),
        "machine": count(&|turn| turn.machine),
        "errors": turns.iter().map(|turn| turn.errors).sum::<u64>(),
        "subagents": turns.iter().map(|turn| turn.subagents).sum::<u64>(),
        "calls": calls().count(),
        "unpriced_calls": calls().filter(|call| call.cost.is_none()).count(),
        "commands": commands().count(),
        "command_cost": commands().filter_map(|command| command.cost).sum::<f64>(),
        "lines_unreadable": files.iter().map(|kept| kept.read().unwrap().unreadable).sum::<u64>(),
        "cost": turns.iter().map(cost).sum::<f64>(),
        "list_cost": turns.iter().map(list).sum::<f64>(),
        "models": models(turns),
        "days": days(turns),
    })
}

#[derive(Default)]
struct Sum {
    calls: u64,
    tokens: Tokens,
    cost: f64,
    unpriced: u64,
}

impl Sum {
    fn value(&self) -> Value {
        let Tokens { input, output, cache_write_5m, cache_write_1h, cache_read } = self.tokens;
        let cost = if self.unpriced > 0 { Value::Null } else { json!(self.cost) };
        json!({"calls": self.calls, "cost": cost, "input": input, "output": output, "cache_read": cache_read,
            "cache_write_5m": cache_write_5m, "cache_write_1h": cache_write_1h})
    }
}

fn models(turns: &[Turn<'_>]) -> Value {
    let mut sums: BTreeMap<String, Sum> = BTreeMap::new();
    for usage in turns.iter().flat_map(|turn| &turn.models) {
        let sum = sums.entry(usage.model.unwrap_or("unknown").to_owned()).or_default();
        sum.calls += usage.calls;
        sum.tokens += usage.tokens;
        sum.cost += usage.cost;
        sum.unpriced += usage.unpriced;
    }
    sums.iter().map(|(name, sum)| (name.clone(), sum.value())).collect::<Map<_, _>>().into()
}

fn days(turns: &[Turn<'_>]) -> Value {
    let mut sums: BTreeMap<String, Sum> = BTreeMap::new();
    for call in turns.iter().filter(|turn| turn.source != Source::Adw).flat_map(|turn| &turn.calls) {
        let day = call.at.map_or("None".to_owned(), |at| at.to_string()[..10].to_owned());
        let sum = sums.entry(format!("{day} {}", call.model.unwrap_or("None"))).or_default();
        sum.calls += 1;
        sum.tokens += call.tokens;
        sum.cost += call.cost.unwrap_or(0.0);
        sum.unpriced += u64::from(call.cost.is_none());
    }
    sums.iter().map(|(name, sum)| (name.clone(), sum.value())).collect::<Map<_, _>>().into()
}

fn turn_value(turn: &Turn<'_>) -> Value {
    let Tokens { input, output, cache_write_5m, cache_write_1h, cache_read } = turn.tokens;
    let command = |command: &flowmine::import::turn::Command<'_>| json!({"command": command.line, "cost": command.cost, "failed": command.failed});
    json!({
        "start": turn.start.map(|at| at.to_string()),
        "status": if turn.failed { "failed" } else { "completed" },
        "model": turn.model,
        "template": turn.template,
        "text": turn.request.chars().collect::<String>(),
        "text_length": turn.request_length,
        "calls": turn.calls.len(),
        "tokens": {"input": input, "output": output, "cache_read": cache_read,
            "cache_write_5m": cache_write_5m, "cache_write_1h": cache_write_1h},
        "cost": turn.cost,
        "errors": turn.errors,
        "subagents": turn.subagents,
        "machine": turn.machine,
        "unattributed": turn.unattributed,
        "commands": turn.commands.iter().map(command).collect::<Vec<_>>(),
        "command_cost": turn.commands.iter().filter_map(|command| command.cost).sum::<f64>(),
    })
}

/// Where two values differ, by their paths; keys that the first does not have are not compared.
fn differences(at: &str, expected: &Value, found: &Value, into: &mut Vec<String>) {
    match (expected, found) {
        (Value::Object(wanted), Value::Object(have)) => {
            for (key, value) in wanted {
                differences(&format!("{at} {key}"), value, have.get(key).unwrap_or(&Value::Null), into);
            }
        }
        (Value::Array(wanted), Value::Array(have)) if wanted.len() == have.len() => {
            for (position, (value, have)) in wanted.iter().zip(have).enumerate() {
                differences(&format!("{at}[{position}]"), value, have, into);
            }
        }
        (Value::Number(wanted), Value::Number(have)) => {
            let (wanted, have) = (wanted.as_f64().unwrap(), have.as_f64().unwrap());
            if (wanted - have).abs() > EXACT {
                into.push(format!("{at}: expected {wanted}, found {have}"));
            }
        }
        (Value::String(wanted), Value::String(have)) if at.ends_with(" start") => {
            if wanted.trim_end_matches(['0', '.', 'Z']) != have.trim_end_matches(['0', '.', 'Z'])
                && !close(wanted, have)
            {
                into.push(format!("{at}: expected {wanted}, found {have}"));
            }
        }
        (Value::String(wanted), Value::String(have)) if at.ends_with(" text") => {
            let short: String = have.chars().take(80).collect();
            if wanted != have && *wanted != short {
                into.push(format!("{at}: expected {wanted:?}, found {have:?}"));
            }
        }
        _ if expected == found => {}
        _ => into.push(format!("{at}: expected {expected}, found {found}")),
    }
}

/// The same moment to the millisecond.
fn close(wanted: &str, have: &str) -> bool {
    wanted.get(..23) == have.get(..23)
}

fn assert_met(tree: &str) {
    let Some(samples) = folder() else { return };
    let root = if tree == "edge" { samples.join("edge") } else { samples.clone() };
    let expected = expected(&samples)[tree].take();
    let prices = Prices::builtin();
    let mut problems = Vec::new();
    let mut all = Vec::new();
    // A session that a run's record names is a turn of its own only where the run is not there.
    let mut found = Map::new();
    for source in Source::ALL {
        let files = read_source(&root, source);
        for file in &files {
            let alone = std::slice::from_ref(file);
            let found = figures(alone, &history(alone, &prices));
            if let Some(wanted) = expected["files"].get(&file.path) {
                let wanted = without_information(wanted);
                differences(&format!("{tree} {}:", file.path), &wanted, &found, &mut problems);
            }
        }
        let wanted = without_information(&expected["all"][source.name()]);
        let alone = history(&files, &prices);
        differences(
            &format!("{tree} all {}:", source.name()),
            &wanted,
            &figures(&files, &alone),
            &mut problems,
        );
        found.extend(alone.turns.iter().map(|turn| (turn.key.clone(), turn_value(turn))));
        all.extend(files);
    }
    let together = history(&all, &prices);
    let wanted = without_information(&expected["all"]["together"]);
    differences(&format!("{tree} together:"), &wanted, &figures(&all, &together), &mut problems);
    found.extend(together.turns.iter().map(|turn| (turn.key.clone(), turn_value(turn))));
    let wanted = expected["turns"].as_object().unwrap();
    problems.extend(
        found.keys().filter(|key| !wanted.contains_key(*key)).map(|key| format!("{key}: not expected")),
    );
    for (key, wanted) in wanted {
        match found.get(key) {
            Some(found) => differences(&format!("{tree} {key}"), wanted, found, &mut problems),
            None => problems.push(format!("{key}: missing")),
        }
    }
    assert!(problems.is_empty(), "{} differences:\n{}", problems.len(), problems.join("\n"));
}

/// How often lines repeat a call is not compared: the README calls it information only.
fn without_information(figures: &Value) -> Value {
    let mut figures = figures.clone();
    figures.as_object_mut().unwrap().remove("calls_duplicate");
    figures
}

#[test]
fn the_traps_written_by_hand_have_the_expected_figures() {
    assert_met("edge");
}

#[test]
fn the_real_transcripts_have_the_expected_figures() {
    assert_met("tree");
}

/// What an import of a source's transcripts shows by model.
fn shown_models(root: &Path, source: Source) -> Value {
    let folder = Folder::new();
    let places = [SearchPlace { source: Some(source), path: root.join(source.name()) }];
    let totals = folder.import("history.db", &find(&places, &KnownFiles::default())).totals;
    let row = |row: &ModelTotal| {
        let [input, output, cache_write_5m, cache_write_1h, cache_read] = row.tokens;
        let cost = row.cost.filter(|_| row.unpriced == 0);
        let sums = json!({"calls": row.calls, "cost": cost, "input": input, "output": output, "cache_read": cache_read,
            "cache_write_5m": cache_write_5m, "cache_write_1h": cache_write_1h});
        (row.model.clone().unwrap_or("unknown".to_owned()), sums)
    };
    totals.models.iter().map(row).collect::<Map<_, _>>().into()
}

#[test]
fn an_import_shows_the_expected_figures_by_model() {
    let Some(samples) = folder() else { return };
    let (expected, mut problems) = (expected(&samples), Vec::new());
    for (tree, root) in [("edge", samples.join("edge")), ("tree", samples.clone())] {
        for source in Source::ALL {
            let wanted = &expected[tree]["all"][source.name()]["models"];
            let at = format!("{tree} {}", source.name());
            differences(&at, wanted, &shown_models(&root, source), &mut problems);
        }
    }
    assert!(problems.is_empty(), "{} differences:\n{}", problems.len(), problems.join("\n"));
}
