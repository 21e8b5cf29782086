//! Single system calls that fail or never happen, by strace.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::LazyLock;

use super::missing;

/// Every call by which SQLite changes a file.
const WRITES: &str = "pwrite64,fsync,fdatasync,ftruncate,unlink";

static WORKS: LazyLock<bool> = LazyLock::new(|| {
    let works = Command::new("strace").args(["-qq", "-o", "/dev/null", "-e", "trace=none", "true"]).output();
    let works = works.is_ok_and(|output| output.status.success());
    if !works {
        missing("strace is not installed, or may not trace here");
    }
    works
});

/// Whether strace can be used here; says so where it cannot.
pub fn can_be_broken() -> bool {
    *WORKS
}

/// Runs a command under strace, in this directory, with one injection more, if any (`NAME:signal=KILL:when=3`); answers how
/// it ended and how often it called what, by name.
pub fn traced(
    command: &Command,
    directory: &Path,
    inject: Option<&str>,
) -> (Output, BTreeMap<String, usize>) {
    let log = directory.join("calls.log");
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-o"]).arg(&log).args(["-e", &format!("trace={WRITES}")]);
    if let Some(inject) = inject {
        strace.args(["-e", &format!("inject={inject}")]);
    }
    strace.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    strace.arg(command.get_program()).args(command.get_args()).current_dir(directory);
    let output = strace.output().expect("strace starts");
    let text = std::fs::read_to_string(&log).unwrap_or_default();
    let _ = std::fs::remove_file(&log);
    let mut calls = BTreeMap::new();
    for call in text.lines().filter_map(|line| line.split_whitespace().nth(1)?.split_once('(')) {
        *calls.entry(call.0.to_owned()).or_insert(0) += 1;
    }
    (output, calls)
}

/// Every single one of these calls: its name and which of that name it is, from 1.
pub fn points(calls: BTreeMap<String, usize>) -> Vec<(String, usize)> {
    calls.into_iter().flat_map(|(name, count)| (1..=count).map(move |nth| (name.clone(), nth))).collect()
}

/// Evenly spread `most` of all points.
pub fn spread<T>(points: Vec<T>, most: usize) -> Vec<T> {
    let count = points.len();
    let is_chosen = |place: usize| place * most / count != (place + 1) * most / count;
    points
        .into_iter()
        .enumerate()
        .filter(|(place, _)| count <= most || is_chosen(*place))
        .map(|(_, point)| point)
        .collect()
}
