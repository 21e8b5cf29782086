//! Files whose patterns are written as rows, so that what is shown of them does not depend on any rules.

use rusqlite::params;
use rusqlite::types::Value;

use crate::common::{HistoryFile, text};

/// A workflow of such a file.
pub struct Run<'a> {
    pub key: &'a str,
    pub request: Option<&'a str>,
    pub time: Option<&'a str>,
    pub cost: Option<f64>,
    pub seconds: Option<f64>,
    pub tokens: Option<i64>,
    pub retries: i64,
    pub status: &'a str,
    pub error: Option<&'a str>,
}

impl Default for Run<'_> {
    fn default() -> Self {
        Self {
            key: "wf-1",
            request: Some("Run the backend tests with pytest"),
            time: Some("2025-06-01T10:00:00Z"),
            cost: Some(0.5),
            seconds: Some(60.0),
            tokens: Some(120_000),
            retries: 0,
            status: "completed",
            error: None,
        }
    }
}

/// Adds a workflow.
pub fn add_run(file: &HistoryFile, run: &Run<'_>) {
    let optional = |value: Option<&str>| value.map_or(Value::Null, text);
    file.add(&[
        ("adw_id", text(&format!("adw-{}", run.key))),
        ("workflow_id", text(run.key)),
        ("nl_input", optional(run.request)),
        ("start_time", optional(run.time)),
        ("created_at", text("")),
        ("actual_cost_total", run.cost.map_or(Value::Null, Value::Real)),
        ("duration_seconds", run.seconds.map_or(Value::Null, Value::Real)),
        ("total_tokens", run.tokens.map_or(Value::Null, Value::Integer)),
        ("retry_count", Value::Integer(run.retries)),
        ("status", text(run.status)),
        ("error_message", optional(run.error)),
    ]);
}

/// Adds a pattern with its occurrences.
pub fn add_pattern(file: &HistoryFile, signature: &str, status: &str, keys: &[&str]) -> i64 {
    let conn = file.connection();
    let kind = signature.split(':').next().unwrap();
    let insert = "INSERT INTO operation_patterns (pattern_signature, pattern_type, automation_status, typical_input_pattern, \
                  created_at, last_seen) VALUES (?1, ?2, ?3, ?4, '2025-06-30 12:00:00', '2025-06-30 12:00:00')";
    conn.execute(insert, params![signature, kind, status, TYPICAL]).unwrap();
    let id = conn.last_insert_rowid();
    for (place, key) in keys.iter().enumerate() {
        let characteristics = match place % 2 {
            0 => TYPICAL,
            _ => r#"{"files_mentioned": ["src/api/booking.py"]}"#,
        };
        let insert = "INSERT INTO pattern_occurrences (pattern_id, workflow_id, matched_characteristics, detected_at) \
                      VALUES (?1, ?2, ?3, '2025-06-30 12:00:00')";
        conn.execute(insert, params![id, key, characteristics]).unwrap();
    }
    id
}

const TYPICAL: &str = r#"{"input_length": 33, "keywords": ["test", "pytest", "run", "backend"],
    "files_mentioned": ["src/api/booking.py", "tests/"], "duration_range": "short", "complexity": "simple",
    "error_count": 0}"#;

/// Three months of a small team's workflows, with seven patterns that overlap.
pub fn team() -> HistoryFile {
    let file = HistoryFile::application();
    let requests = [
        "Run the backend tests with pytest",
        "Format the code with prettier",
        "Waiting list for full courses\n\nWhen a course has no free place left, members see a dead label.",
        "Update the dependencies",
    ];
    let mut keys = Vec::new();
    for number in 0..60 {
        let key = format!("wf-{number:03}");
        let time = format!(
            "2025-{:02}-{:02}T{:02}:30:00Z",
            4 + number / 20,
            1 + number % 20 + number / 10,
            8 + number % 9
        );
        let failed = number % 7 == 3;
        let run = Run {
            key: &key,
            request: (number % 11 != 10).then(|| requests[number % 4]),
            time: Some(&time),
            cost: (number % 13 != 12).then_some(0.02 + (number % 5) as f64 * 0.31),
            seconds: Some((40 + number * 17 % 900) as f64),
            tokens: Some(90_000 + 1_000 * number as i64),
            retries: i64::from(number % 9 == 8),
            status: if failed { "failed" } else { "completed" },
            error: failed.then_some("exit code 2"),
        };
        add_run(&file, &run);
        keys.push(key);
    }
    add_run(
        &file,
        &Run { key: "wf-060", status: "running", time: Some("2025-06-25T09:00:00Z"), ..Run::default() },
    );
    let every = |step: usize, first: usize, most: usize| -> Vec<&str> {
        keys.iter().skip(first).step_by(step).take(most).map(String::as_str).collect()
    };
    add_pattern(&file, "test:pytest:backend", "detected", &every(4, 0, 15));
    add_pattern(&file, "format:prettier:all", "candidate", &every(4, 1, 9));
    add_pattern(&file, "deps:npm:update", "approved", &every(4, 3, 6));
    add_pattern(&file, "build:typecheck:frontend", "detected", &every(12, 0, 4));
    add_pattern(&file, "docs:generate:all", "implemented", &every(20, 2, 3));
    file.execute("UPDATE operation_patterns SET reviewed_at = '2025-05-20 09:00:00' WHERE automation_status = 'implemented'");
    add_pattern(&file, "git:log:summary", "detected", &every(30, 6, 1));
    add_pattern(&file, "review:code:all", "deprecated", &["purged-1", "purged-2"]);
    file
}

/// One workflow and one pattern.
pub fn single() -> HistoryFile {
    let file = HistoryFile::application();
    add_run(&file, &Run::default());
    add_pattern(&file, "test:pytest:backend", "detected", &["wf-1"]);
    file
}

/// As many patterns, each with one workflow that costs a little less than the one before.
pub fn many(patterns: usize) -> HistoryFile {
    let file = HistoryFile::application();
    let numbers = format!(
        "WITH RECURSIVE numbers (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM numbers WHERE n < {patterns})"
    );
    file.execute(&format!(
        "{numbers} INSERT INTO workflow_history (adw_id, workflow_id, nl_input, start_time, actual_cost_total, duration_seconds)
             SELECT 'a' || n, 'wf-' || n, 'Do ' || n, '2025-06-01T10:00:00Z', 10.0 / n, 30 + n FROM numbers;
         {numbers} INSERT INTO operation_patterns (pattern_signature, pattern_type)
             SELECT 'kind' || (n % 9) || ':operation' || n || ':all', 'kind' || (n % 9) FROM numbers;
         INSERT INTO pattern_occurrences (pattern_id, workflow_id) SELECT id, 'wf-' || id FROM operation_patterns;"
    ));
    file
}

/// Numbers as large as they are believed.
pub fn huge() -> HistoryFile {
    let file = HistoryFile::application();
    for (number, cost) in [1e6, 123_456.789, 999_999.99].into_iter().enumerate() {
        let key = format!("wf-{number}");
        let huge = Run {
            key: &key,
            cost: Some(cost),
            seconds: Some(cost),
            tokens: Some(1_000_000_000_000),
            retries: i64::MAX,
            ..Run::default()
        };
        add_run(&file, &huge);
    }
    add_pattern(&file, "test:huge:all", "detected", &["wf-0", "wf-1"]);
    add_pattern(&file, "test:absurd:all", "detected", &["wf-2"]);
    file
}

/// Text of scripts that are wide or run from right to left.
pub fn scripts() -> HistoryFile {
    let file = HistoryFile::application();
    let requests = [
        "バックエンドのテストをpytestで実行してください",
        "הרץ את בדיקות השרת",
        "شغّل اختبارات الخادم",
        "运行所有测试 🚀 und bau es neu",
    ];
    for (number, request) in requests.into_iter().enumerate() {
        let key = format!("wf-{number}");
        let time = format!("2025-06-0{}T10:00:00Z", number + 1);
        add_run(&file, &Run { key: &key, request: Some(request), time: Some(&time), ..Run::default() });
    }
    add_pattern(&file, "テスト:バックエンド:全部", "detected", &["wf-0", "wf-1", "wf-2", "wf-3"]);
    add_pattern(&file, "בדיקה:שרת:הכל", "candidate", &["wf-1"]);
    add_pattern(&file, "test:pytest:backend", "candidate", &["wf-3"]);
    file
}
