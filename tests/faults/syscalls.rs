//! Single system calls that fail or never happen, by strace.

use std::collections::BTreeMap;
use std::process::{Command, Output};
use std::sync::LazyLock;

use crate::common::{Flowmine, HistoryFile, missing};
use crate::copy_of;

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

/// Runs flowmine under strace with one injection more, if any; answers how it ended and what it called, by name.
fn traced(file: &HistoryFile, args: &[&str], inject: Option<&str>) -> (Output, BTreeMap<String, usize>) {
    let log = file.directory().join("calls.log");
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-o"]).arg(&log).args(["-e", &format!("trace={WRITES}")]);
    if let Some(inject) = inject {
        strace.args(["-e", &format!("inject={inject}")]);
    }
    let flowmine = Flowmine::on(file).args(args.iter().copied()).into_command();
    strace.arg(flowmine.get_program()).args(flowmine.get_args()).current_dir(file.directory());
    let output = strace.output().expect("strace starts");
    let text = std::fs::read_to_string(&log).unwrap_or_default();
    let _ = std::fs::remove_file(&log);
    let mut calls = BTreeMap::new();
    for call in text.lines().filter_map(|line| line.split_whitespace().nth(1)?.split_once('(')) {
        *calls.entry(call.0.to_owned()).or_insert(0) += 1;
    }
    (output, calls)
}

/// Every single call of an undisturbed run on a copy: its name and which of that name it is, from 1.
pub fn points(file: &HistoryFile, args: &[&str]) -> Vec<(String, usize)> {
    let (output, calls) = traced(&copy_of(file), args, None);
    assert!(output.status.success(), "{output:?}");
    calls.into_iter().flat_map(|(name, count)| (1..=count).map(move |nth| (name.clone(), nth))).collect()
}

/// Runs flowmine with one call going wrong: `how` is `signal=KILL`, `error=EIO` or the like.
pub fn run_broken(file: &HistoryFile, args: &[&str], (name, nth): (&str, usize), how: &str) -> Output {
    traced(file, args, Some(&format!("{name}:{how}:when={nth}"))).0
}

/// As [`run_broken`], and every later call of that name goes wrong too.
pub fn run_broken_from(file: &HistoryFile, args: &[&str], (name, nth): (&str, usize), how: &str) -> Output {
    traced(file, args, Some(&format!("{name}:{how}:when={nth}+"))).0
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
