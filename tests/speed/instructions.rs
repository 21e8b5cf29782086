//! How many instructions a backfill takes: a figure that is the same on a busy machine and on an idle one.

use std::path::Path;
use std::process::{Command, Stdio};

use super::history::{self, Layout, Length};

/// Where the count is kept that later ones are held against.
const KEPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/instructions.txt");
/// A count may be so much higher than the kept one before it is a fault.
const GROWTH: f64 = 1.10;

/// So few that no pass over the file takes too long under valgrind, even where a machine is slow: a run stops a pass of
/// more than some seconds.
const WORKFLOWS: u64 = 2_500;

/// Workflows a transaction: so few that none is cut short by the clock, which a run under valgrind, fifty times slower,
/// would be at another place each time. Only from the 64th workflow on does a transaction look at the clock.
const BATCH: &str = "63";

#[test]
#[ignore = "needs valgrind: run .ci/instructions"]
fn a_backfill_takes_no_more_instructions_than_it_did() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("workflow_history.db");
    history::create(&path, Layout::Application, WORKFLOWS, Length::Usual).unwrap();
    let counted = count(&path);
    if std::env::var_os("FLOWMINE_UPDATE").is_some() {
        keep(counted);
    }
    let kept = kept();
    let growth = counted as f64 / kept as f64;
    println!("{counted} instructions, {kept} kept: {:+.2}%", (growth - 1.0) * 100.0);
    assert!(
        growth <= GROWTH,
        "a backfill of {WORKFLOWS} workflows takes {counted} instructions, {:.0}% more than the {kept} that are kept; find out \
         why, or keep the new count with .ci/instructions --update",
        (growth - 1.0) * 100.0
    );
}

fn count(path: &Path) -> u64 {
    let ran = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", env!("CARGO_BIN_EXE_flowmine"), "--db"])
        .arg(path)
        .args(["--quiet", "backfill", "--batch-size", BATCH])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("TZ", "UTC")
        .stdin(Stdio::null())
        .output()
        .expect("valgrind starts");
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{said}");
    let count = said.lines().find_map(|line| line.split_once("Collected :")).expect("callgrind's count").1;
    count.trim().parse().expect("a number")
}

fn kept() -> u64 {
    let text = std::fs::read_to_string(KEPT).expect("benches/instructions.txt");
    let count = text.lines().find(|line| !line.starts_with('#')).expect("a count");
    count.trim().parse().expect("a number")
}

fn keep(count: u64) {
    let text = format!(
        "# Instructions of a backfill of {WORKFLOWS} workflows (callgrind, the tests' build). CI fails where it takes 10% more.\n\
         # .ci/instructions --update writes this file.\n{count}\n"
    );
    std::fs::write(KEPT, text).expect("the count is kept");
}
