//! Programs that some tests need and not every machine has.
//!
//! Where one is missing the test says on stderr that it is skipped, and passes. With `FLOWMINE_REQUIRE=1`, which `.ci/run`
//! sets, it fails, so that CI runs every test.

use std::io::Write;
use std::process::Command;

/// Whether a program is there to be run.
pub fn has(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
}

/// What a test needs is not to be had here. Says so, or fails where it is required.
#[track_caller]
pub fn missing(what: &str) {
    assert!(!is_required(), "{what}; FLOWMINE_REQUIRE=1 lets no test be skipped");
    notice(&format!("skipped: {what}"));
}

/// What a test needs is there, but this user or container may not do it, whoever asks. Says so.
pub fn not_allowed(what: &str) {
    notice(&format!("skipped: {what}"));
}

fn is_required() -> bool {
    std::env::var_os("FLOWMINE_REQUIRE").is_some_and(|value| value == "1")
}

/// A line that is seen whatever the test runner captures.
pub fn notice(line: &str) {
    let _ = writeln!(std::io::stderr(), "flowmine's tests: {line}");
}
