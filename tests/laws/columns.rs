//! Another program's columns change nothing, whatever their names: that of a column in another table of ours, one that
//! SQLite itself gives, or a word of our own statements.

use super::*;
use crate::common::Flowmine;

/// Names that mean nothing to flowmine in at least one of the tables.
const NAMES: [&str; 20] = [
    "rowid",
    "oid",
    "_rowid_",
    "id",
    "pattern_id",
    "workflow_id",
    "nl_input",
    "status",
    "adw_id",
    "pattern_signature",
    "occurrence_count",
    "matched_characteristics",
    "detected_at",
    "start_time",
    "rules_hash",
    "mark_rowid",
    "p",
    "o",
    "h",
    "excluded",
];

/// The tables that flowmine reads or writes.
const TABLES: [&str; 4] = ["workflow_history", "operation_patterns", "pattern_occurrences", "flowmine_runs"];

/// What a row has in a further column.
const VALUES: [&str; 4] = ["INTEGER DEFAULT 1", "TEXT DEFAULT 'wf-1'", "TEXT", "INTEGER DEFAULT 7 CHECK (1)"];

/// A further column of a table.
#[derive(Clone, Debug)]
struct Further {
    table: &'static str,
    name: &'static str,
    kind: &'static str,
}

/// Further columns of every table; one of SQLite's three names for the rowid stays free.
fn further() -> impl Strategy<Value = Vec<Further>> {
    let of_table = |table: &'static str| {
        let names = proptest::sample::subsequence(NAMES.to_vec(), 1..=NAMES.len());
        (names, 0..3_usize, proptest::sample::select(&VALUES[..])).prop_map(move |(names, free, kind)| {
            let names = names.into_iter().filter(move |name| *name != NAMES[free]);
            names.map(|name| Further { table, name, kind }).collect::<Vec<_>>()
        })
    };
    TABLES.map(of_table).to_vec().prop_map(|tables| tables.concat())
}

/// An empty history in the application's layout with all of flowmine's tables and, first in each, the further columns that
/// it does not have. No statement can add a column called rowid to a table that is there.
fn file_with(columns: &[Further]) -> HistoryFile {
    let plain = HistoryFile::application();
    plain.open_prepared();
    let missing = columns.iter().filter(|Further { table, name, .. }| {
        let has = format!("SELECT count(*) FROM pragma_table_info('{table}') WHERE name = '{name}'");
        plain.value::<i64>(&has) == 0
    });
    let schema = "SELECT group_concat(sql, '; ') FROM sqlite_schema WHERE name NOT LIKE 'sqlite%'";
    let sql = missing.fold(plain.value::<String>(schema), |sql, Further { table, name, kind }| {
        let start = format!("CREATE TABLE {table} (");
        assert!(sql.contains(&start), "no {table} in {sql}");
        sql.replace(&start, &format!("{start}\"{name}\" {kind}, "))
    });
    // Rows have the same times whenever they are added, since the savings follow from them.
    HistoryFile::with_sql(&sql.replace("DEFAULT CURRENT_TIMESTAMP", "DEFAULT '2026-10-20 10:00:00'"))
}

/// Every command that reads or writes the file, in an order in which each has something to do.
const COMMANDS: [&[&str]; 12] = [
    &["process", "-q"],
    &["backfill", "-q"],
    &["patterns", "set-status", "test:pytest:backend", "approved", "--by", "me", "-q"],
    &["patterns", "list", "--format", "json"],
    &["patterns", "show", "test:pytest:backend"],
    &["stats"],
    &["doctor", "-q"],
    &["doctor", "--fix", "--no-backup", "-q"],
    &["doctor", "-q"],
    &["process", "-q"],
    &["backfill", "--rebuild", "-q"],
    &["explain", "--workflow", "adw-1"],
];

/// What a person damages before this command is run.
fn damage(file: &HistoryFile, command: &[&str]) {
    if command.contains(&"stats") {
        file.execute(
            "UPDATE operation_patterns SET occurrence_count = 77;
             INSERT INTO pattern_occurrences (pattern_id, workflow_id) VALUES (9999, 'gone');
             DELETE FROM workflow_history WHERE adw_id = 'adw-0'",
        );
    }
}

/// A text without the moments it names: two runs are not at the same one.
fn without_times(text: &str) -> String {
    let moment = regex::Regex::new(r"(?-u)\d{4}-\d\d-\d\d[ T][\d:.]+Z?").unwrap();
    moment.replace_all(text, "(a time)").into_owned()
}

/// What each command gives, and what the file then holds.
fn course(rows: &[HistoryRow], columns: &[Further]) -> Vec<String> {
    let file = file_with(columns);
    let (first, second) = rows.split_at(rows.len() / 2);
    file.add_all(first);
    backfill(&file);
    file.add_all(second);
    let course = COMMANDS.iter().map(|command| {
        damage(&file, command);
        let ran = Flowmine::by_few_rules(&file).args(*command).run();
        let counts = TABLES.map(|table| file.value::<i64>(&format!("SELECT count(*) FROM {table}")));
        let said = format!("{}\n{}", ran.stdout(), file.content());
        format!("{command:?}: {:?} {counts:?}\n{}", ran.code(), without_times(&said))
    });
    course.collect()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: cases().div_ceil(2), failure_persistence: None, max_shrink_iters: 60, ..ProptestConfig::default()
    })]

    #[test]
    fn columns_of_somebody_elses_change_no_command_whatever_they_are_called(
        rows in application_history(), columns in further()
    ) {
        let expected = course(&rows, &[]);
        let further = course(&rows, &columns);
        for (expected, further) in expected.iter().zip(&further) {
            prop_assert_eq!(expected, further);
        }
    }
}
