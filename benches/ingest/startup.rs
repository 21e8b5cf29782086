//! How fast flowmine answers when there is little to do.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::process::command;
use crate::table::{Table, judged};

/// How often each command is started; the shortest time counts.
const STARTS: usize = 20;
const WANTED: Duration = Duration::from_millis(10);

pub fn measure(directory: &Path) {
    let demo = directory.join("demo.db");
    let demo = demo.to_str().expect("a path in UTF-8");
    start(&["demo", demo]);
    let mut table = Table::new(&["start-up, best of 20", "takes", "wanted"]);
    let listing = ["--db", demo, "patterns", "list"];
    for (name, arguments) in
        [("flowmine --version", &["--version"][..]), ("flowmine patterns list", &listing)]
    {
        let best = (0..STARTS).map(|_| start(arguments)).min().unwrap_or_default();
        let figure = format!("{:.1} ms", best.as_secs_f64() * 1000.0);
        table.row([name.to_owned(), judged(&figure, best <= WANTED), "10 ms".to_owned()]);
    }
    println!("{table}");
}

fn start(arguments: &[&str]) -> Duration {
    let mut command = command();
    command.args(arguments);
    let started = Instant::now();
    let ended = command.status().expect("flowmine starts");
    let taken = started.elapsed();
    assert!(ended.success(), "flowmine {arguments:?}: {ended}");
    taken
}
