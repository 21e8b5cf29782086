//! The range of savings, computed once more: plain SQL over the file and a few lines of arithmetic must give, to the last
//! bit, what `patterns list`, `patterns show` and `stats` say.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rusqlite::params;
use rusqlite::types::Value;
use serde_json::json;

use crate::cases;
use crate::common::{APPLICATION, Flowmine, HistoryFile, text};

/// Operations: with command rules or without, with judgement or without.
const SIGNATURES: [&str; 6] = [
    "test:pytest:all",
    "git:commit:summary",
    "sdlc:full:all",
    "review:code:all",
    "docs:generate:all",
    "build:build:all",
];
/// Those that the rules `default` call a matter of judgement.
const JUDGEMENT: [&str; 2] = ["review:code:all", "docs:generate:all"];
/// Those whose commands are known and that a script can do.
const SCRIPTED: [&str; 3] = ["test:pytest:all", "git:commit:summary", "build:build:all"];
const STATUSES: [&str; 4] = ["detected", "candidate", "implemented", "deprecated"];
const COVERS: [&str; 3] =
    ["{}", r#"{"covers":"part"}"#, r#"{"input_length":3,"found_in":["request"],"covers":"whole"}"#];

#[derive(Clone, Debug)]
struct Drawn {
    cost: Option<u32>,
    day: u32,
    is_excluded: bool,
    /// By operation: how it covers the request, where it is linked at all.
    links: Vec<Option<usize>>,
    /// By operation, the cents of each command that ran, where the calls are known.
    commands: Option<Vec<Vec<Option<u32>>>>,
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let cost = prop_oneof![1 => Just(None), 1 => Just(Some(0)), 6 => (1..5_000_u32).prop_map(Some)];
    let links = proptest::collection::vec(proptest::option::of(0..COVERS.len()), SIGNATURES.len());
    let cents = proptest::option::weighted(0.9, 0..300_u32);
    let ran = proptest::collection::vec(cents, 0..3);
    let commands = proptest::option::weighted(0.4, proptest::collection::vec(ran, SIGNATURES.len()));
    (cost, 0..120_u32, proptest::bool::weighted(0.1), links, commands).prop_map(
        |(cost, day, is_excluded, links, commands)| Drawn { cost, day, is_excluded, links, commands },
    )
}

fn dollars(cents: Option<u32>) -> Value {
    cents.map_or(Value::Null, |cents| Value::Real(f64::from(cents) / 100.0))
}

fn file_of(workflows: &[Drawn], statuses: &[usize], excluded: usize) -> HistoryFile {
    let file = HistoryFile::with_sql(APPLICATION);
    file.execute(include_str!("../../src/db/import.sql"));
    file.execute(include_str!("../../schema.sql"));
    file.execute(
        "INSERT INTO flowmine_import_state VALUES (1, 1, 1, NULL, 1, NULL, '', '', '[\"test\",\"git\",\"docs\",\"build\"]')",
    );
    let conn = file.connection();
    for (signature, status) in SIGNATURES.iter().zip(statuses) {
        let sql = "INSERT INTO operation_patterns (pattern_signature, pattern_type, automation_status) VALUES (?1, ?2, ?3)";
        let kind = signature.split(':').next();
        conn.execute(sql, params![signature, kind, STATUSES[*status]]).unwrap();
    }
    let exclude = "INSERT INTO flowmine_exclusions (kind, name) VALUES (?1, ?2)";
    if let Some(signature) = SIGNATURES.get(excluded) {
        conn.execute(exclude, ["pattern", signature]).unwrap();
    }
    for (number, workflow) in workflows.iter().enumerate() {
        let key = format!("wf-{number}");
        let day = "2026-03-01".parse::<jiff::civil::Date>().unwrap();
        let day = day.checked_add(jiff::Span::new().days(workflow.day)).unwrap();
        file.add(&[
            ("adw_id", text(&format!("adw-{number}"))),
            ("workflow_id", text(&key)),
            ("status", text("completed")),
            ("start_time", text(&format!("{day}T10:00:00Z"))),
            ("actual_cost_total", dollars(workflow.cost)),
        ]);
        if workflow.is_excluded {
            conn.execute(exclude, ["workflow", &key]).unwrap();
        }
        for (pattern, covers) in workflow.links.iter().enumerate() {
            let Some(covers) = covers else { continue };
            let sql = "INSERT INTO pattern_occurrences (pattern_id, workflow_id, matched_characteristics) VALUES (?1, ?2, ?3)";
            conn.execute(sql, params![pattern as i64 + 1, key, COVERS[*covers]]).unwrap();
        }
        if let Some(commands) = &workflow.commands {
            measure(&file, &key, commands);
        }
    }
    // A link of a workflow that is no longer in the history.
    file.execute("INSERT INTO pattern_occurrences (pattern_id, workflow_id, matched_characteristics) VALUES (1, 'gone', '{\"covers\":\"whole\"}')");
    file
}

/// Makes a workflow's calls known, and what its commands cost.
fn measure(file: &HistoryFile, key: &str, commands: &[Vec<Option<u32>>]) {
    let conn = file.connection();
    conn.execute(
        "INSERT INTO flowmine_calls VALUES (?1, ?1, 'claude', NULL, NULL, 0, 0, 0, 0, 0, 0.1)",
        [key],
    )
    .unwrap();
    let mut position = 0;
    for (signature, costs) in SIGNATURES.iter().zip(commands) {
        for cents in costs {
            let sql = "INSERT INTO flowmine_commands VALUES (?1, ?2, 0, NULL, NULL, ?3, 0, 1, 10, ?4)";
            conn.execute(sql, params![key, position, signature, dollars(*cents)]).unwrap();
            position += 1;
        }
    }
}

/// One pattern in one workflow that counts, in the order of patterns and rowids.
struct Link {
    signature: String,
    workflow: i64,
    /// What the whole workflow cost.
    cost: Option<f64>,
    /// The same, or where that is unknown what its calls cost.
    spent: Option<f64>,
    is_whole: bool,
    is_measured: bool,
    /// What its commands cost; `None` where a price is missing.
    measured: Option<f64>,
    /// What those of them cost that have a price.
    measured_known: f64,
    counts: bool,
}

impl Link {
    /// What it is known to cost: its own commands where it was measured, else the whole workflow.
    fn known(&self) -> Option<f64> {
        if self.is_measured { self.measured } else { self.cost }
    }
}

fn links(file: &HistoryFile) -> Vec<Link> {
    let conn = file.connection();
    let sql = "
        SELECT p.pattern_signature, w.id, nullif(w.actual_cost_total, 0), coalesce(nullif(w.actual_cost_total, 0),
                (SELECT nullif(total(c.cost), 0) FROM flowmine_calls c WHERE c.workflow_id = w.workflow_id)),
            coalesce(json_extract(o.matched_characteristics, '$.covers') = 'whole', 0),
            p.pattern_type IN ('test', 'git', 'docs', 'build')
                AND EXISTS (SELECT 1 FROM flowmine_calls c WHERE c.workflow_id = w.workflow_id),
            (SELECT CASE WHEN count(m.cost) = count(*) THEN total(m.cost) END FROM flowmine_commands m
             WHERE m.workflow_id = w.workflow_id AND m.signature = p.pattern_signature),
            (SELECT total(m.cost) FROM flowmine_commands m
             WHERE m.workflow_id = w.workflow_id AND m.signature = p.pattern_signature),
            p.automation_status IN ('detected', 'candidate')
                AND NOT EXISTS (SELECT 1 FROM flowmine_exclusions x WHERE x.kind = 'pattern' AND x.name = p.pattern_signature)
        FROM operation_patterns p JOIN pattern_occurrences o ON o.pattern_id = p.id
            JOIN workflow_history w ON w.workflow_id = o.workflow_id
        WHERE NOT EXISTS (SELECT 1 FROM flowmine_exclusions x WHERE x.kind = 'workflow' AND x.name = w.workflow_id)
        ORDER BY p.id, w.id";
    let mut statement = conn.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| {
        Ok(Link {
            signature: row.get(0)?,
            workflow: row.get(1)?,
            cost: row.get(2)?,
            spent: row.get(3)?,
            is_whole: row.get(4)?,
            is_measured: row.get(5)?,
            measured: row.get(6)?,
            measured_known: row.get(7)?,
            counts: row.get(8)?,
        })
    });
    rows.unwrap().map(Result::unwrap).collect()
}

/// `min(1, 30 / D)`.
fn factor(file: &HistoryFile) -> f64 {
    let days: f64 = file.value("SELECT CAST(strftime('%s', max(start_time)) - strftime('%s', min(start_time)) AS REAL) / 86400.0 FROM workflow_history");
    if days > 30.0 { 30.0 / days } else { 1.0 }
}

/// From at least to at most for each pattern with a known cost, and for the whole.
fn recomputed(file: &HistoryFile) -> (BTreeMap<String, (f64, f64)>, (f64, f64)) {
    let (links, factor) = (links(file), factor(file));
    let mut patterns = BTreeMap::new();
    for signature in SIGNATURES {
        let own: Vec<&Link> = links.iter().filter(|link| link.signature == signature).collect();
        let mut costs: Vec<f64> = own.iter().filter_map(|link| link.known()).collect();
        if costs.is_empty() {
            continue;
        }
        costs.sort_by(f64::total_cmp);
        let mean = costs.iter().fold(0.0, |sum, cost| sum + cost) / costs.len() as f64;
        let most = (mean - 0.05 * mean) * own.len() as f64 * factor;
        let sure = own.iter().filter(|link| link.is_measured || link.is_whole);
        let sure = sure.filter_map(|link| link.known()).fold(0.0, |sum, cost| sum + cost);
        let least = if JUDGEMENT.contains(&signature) { 0.0 } else { 0.95 * sure * factor };
        patterns.insert(signature.to_owned(), (least.min(most), most));
    }
    let workflows: BTreeMap<i64, Vec<&Link>> =
        links.iter().filter(|link| link.counts).fold(BTreeMap::new(), |mut all, link| {
            all.entry(link.workflow).or_insert_with(Vec::new).push(link);
            all
        });
    let (mut least, mut most) = (0.0, 0.0);
    for own in workflows.values() {
        let cost = own[0].spent;
        let up_to_cost = |sum: f64| cost.map_or(sum, |cost| sum.min(cost));
        let sum_of = |links: &[&Link]| {
            let measured = links.iter().filter(|link| link.is_measured);
            measured.map(|link| link.measured_known).fold(0.0, |sum, cost| sum + cost)
        };
        let sure: Vec<&Link> =
            own.iter().copied().filter(|link| !JUDGEMENT.contains(&link.signature.as_str())).collect();
        let is_whole = sure.iter().any(|link| !link.is_measured && link.is_whole);
        least += if is_whole { cost.unwrap_or(sum_of(&sure)) } else { up_to_cost(sum_of(&sure)) };
        let is_open = own.iter().any(|link| !link.is_measured);
        most += if is_open { cost.unwrap_or(sum_of(own)) } else { up_to_cost(sum_of(own)) };
    }
    (patterns, (0.95 * (least * factor), 0.95 * (most * factor)))
}

/// Whether a workflow that counts, with a pattern that nobody left out, has a known cost, or there is no such workflow.
fn is_cost_known(file: &HistoryFile) -> bool {
    file.value(
        "SELECT count(*) = 0 OR count(coalesce(nullif(w.actual_cost_total, 0),
             (SELECT nullif(total(c.cost), 0) FROM flowmine_calls c WHERE c.workflow_id = w.workflow_id))) > 0
         FROM operation_patterns p JOIN pattern_occurrences o ON o.pattern_id = p.id
             JOIN workflow_history w ON w.workflow_id = o.workflow_id
         WHERE NOT EXISTS (SELECT 1 FROM flowmine_exclusions x
             WHERE x.kind = 'workflow' AND x.name = w.workflow_id OR x.kind = 'pattern' AND x.name = p.pattern_signature)",
    )
}

/// A number as it comes out of JSON.
fn in_json(number: f64) -> serde_json::Value {
    serde_json::from_str(&json!(number).to_string()).unwrap()
}

fn shown(file: &HistoryFile, args: &[&str]) -> serde_json::Value {
    Flowmine::on(file).args(args).args(["--format", "json"]).run().succeeds().json()
}

fn check(file: &HistoryFile) {
    let (patterns, total) = recomputed(file);
    let list = shown(file, &["patterns", "list", "--status", "all"]);
    for row in list["rows"].as_array().unwrap() {
        let signature = row["pattern_signature"].as_str().unwrap();
        let said = (&row["least_monthly_savings"], &row["potential_monthly_savings"]);
        match patterns.get(signature) {
            Some(&(least, most)) => {
                assert!(least <= most, "{signature}: {least} {most}");
                assert_eq!(said, (&in_json(least), &in_json(most)), "{signature}");
            }
            None => assert!(said.0.is_null() || row["judged_workflows"] == 0, "{row}"),
        }
        assert_eq!(row["needs_judgement"], JUDGEMENT.contains(&signature), "{signature}");
    }
    if let Some((signature, range)) = patterns.iter().next() {
        let show = shown(file, &["patterns", "show", signature]);
        assert_eq!(show["rows"][0]["least_monthly_savings"], in_json(range.0));
        assert_eq!(show["savings_formula"]["least_monthly_savings"], in_json(range.0));
    }
    assert!(total.0 <= total.1, "{total:?}");
    let is_known = total.1 > 0.0 || is_cost_known(file);
    let expected = |total| if is_known { in_json(total) } else { serde_json::Value::Null };
    for document in [&list, &shown(file, &["stats"])] {
        assert_eq!(document["totals"]["least_saving_a_month"], expected(total.0));
        assert_eq!(document["totals"]["possible_saving_a_month"], expected(total.1));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn list_show_and_stats_say_what_the_file_says(
        workflows in proptest::collection::vec(drawn(), 1..20),
        statuses in proptest::collection::vec(0..STATUSES.len(), SIGNATURES.len()),
        excluded in 0..SIGNATURES.len() * 2,
    ) {
        check(&file_of(&workflows, &statuses, excluded));
    }

    #[test]
    fn a_measurement_never_widens_a_range(
        workflows in proptest::collection::vec(drawn(), 1..20),
        number in any::<proptest::sample::Index>(),
        ran in proptest::collection::vec(0..100_u32, SIGNATURES.len()),
    ) {
        let mut workflows = workflows;
        for workflow in &mut workflows {
            // Of a workflow whose cost nobody knows the range says nothing, so that a measurement can add to it.
            workflow.cost = Some(workflow.cost.unwrap_or(0).max(600));
        }
        let chosen = number.index(workflows.len());
        // All its operations can be measured: what takes judgement or has no commands keeps the upper bound where it is,
        // while what asked for nothing else no longer counts whole.
        workflows[chosen].commands = None;
        for (signature, link) in SIGNATURES.iter().zip(&mut workflows[chosen].links) {
            *link = link.filter(|_| SCRIPTED.contains(signature));
        }
        let statuses = [0; SIGNATURES.len()];
        let file = file_of(&workflows, &statuses, SIGNATURES.len());
        let (before, total) = recomputed(&file);
        let ran = SIGNATURES.iter().zip(ran).map(|(signature, cents)| SCRIPTED.contains(signature).then_some(cents));
        let commands: Vec<_> = ran.map(|cents| cents.map(Some).into_iter().collect()).collect();
        measure(&file, &format!("wf-{chosen}"), &commands);
        check(&file);
        let (after, total_after) = recomputed(&file);
        let width = |(least, most): (f64, f64)| most - least;
        for (signature, range) in after {
            let was = width(before[&signature]);
            prop_assert!(width(range) <= was + 1e-9, "{signature}");
        }
        prop_assert!(width(total_after) <= width(total) + 1e-9);
    }
}
