//! `import` against its floor. `cargo bench --bench import -- [--megabytes 1000] [--files 2000] [--repeats 3]`
//!
//! A tree of Claude Code transcripts in real shapes is written first. The floor reads the same files on as many threads as
//! there are processors, line by line with memchr, and parses the lines that matter with `serde_json` into borrowed structs.
//! flowmine runs as a process into a fresh file: import, detection, statistics. Both take turns, and the shortest time of
//! each counts. Then a second import, with nothing new.

mod floor;
mod tree;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

fn main() {
    let number = |name: &str, usual: u64| {
        let mut arguments = std::env::args().skip_while(|argument| argument != name);
        arguments.nth(1).map_or(usual, |value| value.parse().expect("a number"))
    };
    let (megabytes, files, repeats) =
        (number("--megabytes", 1000), number("--files", 2000), number("--repeats", 3));
    let directory = tempfile::Builder::new()
        .prefix("import-")
        .tempdir_in(env!("CARGO_TARGET_TMPDIR"))
        .expect("a directory on the disk");
    let home = directory.path().join("home");
    let tree = home.join(".claude/projects");
    let bytes = tree::write(&tree, megabytes << 20, files);
    println!("{files} files, {} MB", bytes >> 20);
    let (mut floor, mut first, mut second) = (Duration::MAX, Duration::MAX, Duration::MAX);
    let (mut calls, mut peak) = (0, 0);
    for _ in 0..repeats.max(1) {
        let started = Instant::now();
        calls = floor::read(&tree);
        floor = floor.min(started.elapsed());
        let _ = std::fs::remove_dir_all(directory.path().join("data"));
        let (took, memory) = import(directory.path(), &home);
        (first, peak) = (first.min(took), peak.max(memory));
        second = second.min(import(directory.path(), &home).0);
    }
    let seconds = |time: Duration| time.as_secs_f64();
    println!("floor          {:.2} s, {calls} lines with calls", seconds(floor));
    println!(
        "first import   {:.2} s, {:.2} x the floor (wanted: 1.3)",
        seconds(first),
        seconds(first) / seconds(floor)
    );
    println!("peak memory    {} MB (wanted: 300)", peak >> 20);
    println!("second import  {:.2} s (wanted: 0.3)", seconds(second));
}

/// Imports into the file of this directory; answers the time and the most memory held.
fn import(directory: &Path, home: &Path) -> (Duration, u64) {
    let started = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_flowmine"))
        .args(["-q", "import", "claude"])
        .env("HOME", home)
        .env("XDG_DATA_HOME", directory.join("data"))
        .env_remove("CLAUDE_CONFIG_DIR")
        .env_remove("WORKFLOW_HISTORY_DB")
        .current_dir(directory)
        .stdout(Stdio::null())
        .spawn()
        .expect("flowmine starts");
    let mut peak = 0;
    let status = loop {
        peak = peak.max(memory_of(child.id()));
        if let Some(status) = child.try_wait().expect("flowmine can be waited for") {
            break status;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    assert!(status.success(), "{status}");
    (started.elapsed(), peak)
}

/// The most memory that a process has held so far, in bytes; 0 where the system does not say.
fn memory_of(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) << 10
}
