//! Single system calls of a run on a history that fail or never happen.

use std::process::{Command, Output};

use crate::common::{Flowmine, HistoryFile, syscalls};
use crate::copy_of;

pub use crate::common::syscalls::{can_be_broken, spread};

/// Every single call of an undisturbed run on a copy: its name and which of that name it is, from 1.
pub fn points(file: &HistoryFile, args: &[&str]) -> Vec<(String, usize)> {
    let copy = copy_of(file);
    let (output, calls) = syscalls::traced(&command(&copy, args), copy.directory(), None);
    assert!(output.status.success(), "{output:?}");
    syscalls::points(calls)
}

/// Every file that a run opens, a line each, as strace writes them.
pub fn opened(file: &HistoryFile, args: &[&str]) -> String {
    let log = file.directory().join("opened.log");
    let flowmine = Flowmine::by_few_rules(file).args(args).into_command();
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-e", "trace=open,openat", "-o"]).arg(&log);
    strace.arg(flowmine.get_program()).args(flowmine.get_args()).current_dir(file.directory());
    strace.output().expect("strace starts");
    std::fs::read_to_string(&log).unwrap()
}

/// Runs flowmine with one call going wrong: `how` is `signal=KILL`, `error=EIO` or the like.
pub fn run_broken(file: &HistoryFile, args: &[&str], (name, nth): (&str, usize), how: &str) -> Output {
    let inject = format!("{name}:{how}:when={nth}");
    syscalls::traced(&command(file, args), file.directory(), Some(&inject)).0
}

/// As [`run_broken`], and every later call of that name goes wrong too.
pub fn run_broken_from(file: &HistoryFile, args: &[&str], (name, nth): (&str, usize), how: &str) -> Output {
    let inject = format!("{name}:{how}:when={nth}+");
    syscalls::traced(&command(file, args), file.directory(), Some(&inject)).0
}

fn command(file: &HistoryFile, args: &[&str]) -> Command {
    Flowmine::by_few_rules(file).args(args).into_command()
}
