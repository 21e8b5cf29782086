//! Time, memory and instructions within bounds so wide that a busy machine stays inside. The figures themselves come
//! from `cargo bench --bench ingest`, whose files these tests use.

#[allow(dead_code, reason = "the benchmark uses the rest")]
#[path = "../../benches/ingest/disk.rs"]
mod disk;
#[allow(dead_code, reason = "the benchmark uses the rest")]
#[path = "../../benches/ingest/history.rs"]
mod history;
mod instructions;
#[allow(dead_code, reason = "the benchmark uses the rest")]
#[path = "../../benches/ingest/process.rs"]
mod process;

use std::time::Duration;

use history::{Layout, Length};

/// Far more than it takes, even without optimisation on a busy machine; time that grows with the square of the history
/// would take hours.
const TIME: Duration = Duration::from_mins(1);
const MEMORY: u64 = 200 << 20;

#[test]
fn a_hundred_thousand_workflows_take_seconds_and_little_memory_and_a_second_run_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("workflow_history.db");
    history::create(&path, Layout::Application, 100_000, Length::Usual).unwrap();

    let first = process::run(&path, &["backfill"]);
    assert_eq!(first.run["workflows"], 100_000);
    assert!(first.run["new_occurrences"].as_u64() > Some(90_000), "{}", first.run);
    assert!(first.wall < TIME, "took {:?}", first.wall);
    assert!(first.peak < MEMORY, "held {} bytes", first.peak);

    let before = disk::pages(&path);
    let second = process::run(&path, &["backfill"]);
    assert_eq!(second.run["new_occurrences"], 0);
    assert_eq!(disk::changed_pages(&path, &before), Vec::<usize>::new(), "only the ledger may be written");
}
