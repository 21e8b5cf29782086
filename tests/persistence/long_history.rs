//! A long history, which a reader reads on two connections.

use flowmine::db::{Database, LockWait};

use crate::common::{HistoryFile, now};

/// Enough rows that another thread reads them: with and without a `workflow_id`, some repeated, some with a long key, a status or
/// a time that says nothing; linked by their keys and by former ones, and with links of workflows that are gone.
const LONG: &str = "
    PRAGMA ignore_check_constraints = ON;
    WITH RECURSIVE numbers (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM numbers WHERE n < 32000)
    INSERT INTO workflow_history (adw_id, workflow_id, status, start_time, actual_cost_total, duration_seconds)
        SELECT 'a' || n,
            CASE WHEN n % 3 = 0 THEN 'wf-' || (n - n % 500) WHEN n % 4 = 0 THEN printf('wf-%d-%.*c', n, n % 600, 'x') ELSE NULL END,
            CASE WHEN n % 7 = 0 THEN 'odd ' || (n % 4) ELSE 'completed' END,
            CASE WHEN n % 11 = 0 THEN 'soon' ELSE '2026-06-01T10:00:00Z' END, n / 100.0, n % 900 FROM numbers;
    INSERT INTO operation_patterns (pattern_signature, pattern_type) VALUES ('test:all:all', 'test'), ('lint:all:all', 'lint');
    WITH RECURSIVE numbers (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM numbers WHERE n < 33000)
    INSERT INTO pattern_occurrences (pattern_id, workflow_id, matched_characteristics)
        SELECT 1 + n % 2, CASE WHEN n % 5 = 0 THEN 'wf-' || n ELSE n END,
            '{\"found_in\":[\"request\"],\"covers\":\"' || CASE WHEN n % 3 = 0 THEN 'whole' ELSE 'part' END || '\"}' FROM numbers;";

/// All of a snapshot that figures are computed from.
fn told(db: &Database) -> Vec<String> {
    let mut snapshot = db.snapshot(now()).unwrap();
    let counts = (snapshot.repeated_rows, snapshot.unreadable_times, snapshot.link_count());
    let links = snapshot.pattern_links();
    let mut told = vec![format!("{counts:?} {:?} {:?}", snapshot.unknown_statuses, snapshot.window())];
    told.extend(links.iter().map(|links| format!("{links:?}")));
    told.extend(snapshot.workflows.iter().map(|workflow| format!("{workflow:?}")));
    told
}

#[test]
fn a_long_history_is_the_same_whether_it_is_read_on_two_connections_or_on_the_one_that_has_locked_the_file() {
    let file = HistoryFile::application();
    file.execute(LONG);
    let open = [Database::open_for_reading, Database::open_for_writing];
    let [read, written] = open.map(|open| open(file.path(), LockWait::default()).unwrap());
    let locked = written.write(|_| Ok(told(&written))).unwrap();
    assert!(locked.len() > 20_000, "{}", locked.len());
    for ahead in [told(&read), told(&written)] {
        assert!(ahead == locked, "{:?} and {:?}", &ahead[..3], &locked[..3]);
    }
}
