//! flowmine as a process: how long it takes, how much of that it pauses, and the most memory it holds.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The binary that Cargo has built with the benchmark.
const FLOWMINE: &str = env!("CARGO_BIN_EXE_flowmine");

/// A run that is over.
pub struct Ran {
    /// From its start to its end, pauses and all.
    pub wall: Duration,
    /// Of that, waited for the application's sake.
    pub paused: Duration,
    /// The most memory it held, in bytes.
    pub peak: u64,
    /// What it said about itself.
    pub run: serde_json::Value,
}

impl Ran {
    /// Seconds without pauses.
    pub fn busy(&self) -> f64 {
        self.wall.checked_sub(self.paused).unwrap().as_secs_f64()
    }
}

/// Runs a command on a file and waits for its end.
pub fn run(path: &Path, arguments: &[&str]) -> Ran {
    let answer = path.with_extension("json");
    let mut command = command();
    command.arg("--db").arg(path).args(arguments).args(["--format", "json"]);
    command.stdout(File::create(&answer).expect("a file for the answer"));
    let started = Instant::now();
    let child = command.spawn().expect("flowmine starts");
    let (peak, ended) = wait(child);
    let wall = started.elapsed();
    assert!(ended.success(), "flowmine {arguments:?}: {ended}");
    let answer = std::fs::read(&answer).expect("an answer");
    let answer: serde_json::Value = serde_json::from_slice(&answer).expect("JSON");
    let run = answer["run"].clone();
    let paused = Duration::from_secs_f64(run["paused_seconds"].as_f64().unwrap_or(0.0));
    Ran { wall, paused, peak, run }
}

/// flowmine with nothing of the environment that could change what it does.
pub fn command() -> Command {
    let mut command = Command::new(FLOWMINE);
    command.env_clear().env("TZ", "UTC").stdin(Stdio::null()).stdout(Stdio::null());
    command
}

/// Waits for the end and answers the peak of the resident memory. It is asked for again and again: the system's own
/// record of a child's peak (`ru_maxrss`) begins with the memory of the process that started it, and is gone from
/// `/proc` when the child is.
pub fn wait(mut child: Child) -> (u64, std::process::ExitStatus) {
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        peak = peak_memory(&status).unwrap_or(0).max(peak);
        if let Some(ended) = child.try_wait().expect("flowmine can be waited for") {
            return (peak, ended);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn peak_memory(status: &str) -> Option<u64> {
    let status = std::fs::read_to_string(status).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}
