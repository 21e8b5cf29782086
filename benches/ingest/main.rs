//! flowmine against its floor. `cargo bench --bench ingest -- [--quick] [--rows 10000,100000,1000000] [--repeats 3]`
//!
//! For every number of workflows, in the application's layout and in the minimal one, in rollback and in WAL mode: how
//! long flowmine's whole `backfill` takes as a process, how long SQLite takes for the same rows ([`floor`]: one by one, and
//! as flowmine writes them), and how much memory flowmine holds. On the largest file also what comes after: a second
//! backfill, a night's `process`, the listings. Both sides take turns, each on a fresh copy, and the shortest of the
//! repeated times counts, since other work of the machine only makes them longer.
//!
//! `--write FILE` only writes the first file, for a profiler. The files lie in a directory of their own under the target
//! directory (so that they are on a disk and not in memory), which goes at the end.

mod after;
mod disk;
mod floor;
mod history;
mod options;
mod process;
mod startup;
mod table;

use std::path::{Path, PathBuf};

use floor::{Way, Written};
use history::{Layout, Length};
use options::Options;
use process::Ran;
use table::Table;

/// One line of the table.
struct Measured {
    layout: Layout,
    journal: &'static str,
    rows: u64,
    occurrences: usize,
    floor: f64,
    /// The writing alone, as flowmine does it.
    writing: f64,
    busy: f64,
    paused: f64,
    peak: u64,
}

impl Measured {
    fn ratio(&self) -> f64 {
        self.busy / self.floor
    }
}

fn main() {
    let options = Options::read();
    if let Some(path) = &options.write {
        history::create(path, options.layouts[0], options.rows[0], options.length)
            .expect("the file is written");
        return;
    }
    let directory = tempfile::Builder::new()
        .prefix("ingest-")
        .tempdir_in(env!("CARGO_TARGET_TMPDIR"))
        .expect("a directory on the disk");
    println!("{}\n", machine());
    startup::measure(directory.path());
    let measured = measure_all(&options, directory.path());
    show(&measured);
    show_growth(&measured);
    if !options.quick {
        long_requests(directory.path());
    }
}

fn measure_all(options: &Options, directory: &Path) -> Vec<Measured> {
    let mut measured = Vec::new();
    for &layout in &options.layouts {
        for &rows in &options.rows {
            let base = directory.join("base.db");
            let _ = std::fs::remove_file(&base);
            history::create(&base, layout, rows, options.length).expect("the file is written");
            for &journal in &options.journals {
                let case = Case { layout, journal, rows, base: &base, directory };
                let (line, file) = case.measure(options.repeats);
                measured.push(line);
                if Some(&rows) == options.rows.iter().max() {
                    after::measure(&file, layout, journal, rows);
                }
            }
        }
    }
    measured
}

/// A file to measure on.
struct Case<'a> {
    layout: Layout,
    journal: &'static str,
    rows: u64,
    base: &'a Path,
    directory: &'a Path,
}

impl Case<'_> {
    /// Flowmine and the floor in turn. Answers the file, too, as flowmine has left it.
    fn measure(&self, repeats: usize) -> (Measured, PathBuf) {
        let (ours, theirs) = (self.directory.join("flowmine.db"), self.directory.join("floor.db"));
        let (mut runs, mut floors, mut writings): (Vec<Ran>, Vec<f64>, Vec<f64>) = Default::default();
        let mut written: Option<Written> = None;
        for _ in 0..repeats {
            disk::copy(self.base, &ours, self.journal);
            runs.push(process::run(&ours, &["backfill"]));
            let rows = written.get_or_insert_with(|| Written::read(&ours).expect("the rows are read"));
            for (way, times) in [(Way::Floor, &mut floors), (Way::Flowmine, &mut writings)] {
                disk::copy(self.base, &theirs, self.journal);
                times.push(rows.write(&theirs, way).expect("the rows are written").as_secs_f64());
            }
            eprintln!(
                "{} {} {}: flowmine {:.2} s (and {:.2} s paused), floor {:.2} s, writing alone {:.2} s",
                self.layout.name(),
                self.journal,
                self.rows,
                runs.last().map_or(0.0, Ran::busy),
                runs.last().map_or(0.0, |ran| ran.paused.as_secs_f64()),
                floors.last().unwrap_or(&0.0),
                writings.last().unwrap_or(&0.0)
            );
        }
        let best = runs.iter().min_by(|a, b| a.busy().total_cmp(&b.busy())).expect("a run");
        let line = Measured {
            layout: self.layout,
            journal: self.journal,
            rows: self.rows,
            occurrences: written.map_or(0, |written| written.occurrences()),
            floor: floors.iter().copied().fold(f64::INFINITY, f64::min),
            writing: writings.iter().copied().fold(f64::INFINITY, f64::min),
            busy: best.busy(),
            paused: best.paused.as_secs_f64(),
            peak: runs.iter().map(|ran| ran.peak).max().unwrap_or(0),
        };
        (line, ours)
    }
}

/// At most so many times the floor, from a million workflows on.
const RATIO: f64 = 1.5;
/// At most so many bytes of memory.
const PEAK: u64 = 512 << 20;
/// From 100,000 to a million the time grows at most so many times as much as the floor's.
const GROWTH: f64 = 1.3;

fn show(measured: &[Measured]) {
    let mut table = Table::new(&[
        "layout",
        "journal",
        "workflows",
        "occurrences",
        "floor",
        "writing alone",
        "flowmine",
        "ratio",
        "pauses apart",
        "peak memory",
    ]);
    for line in measured {
        let ratio = match line.rows {
            1_000_000.. => table::judged(&format!("{:.2}", line.ratio()), line.ratio() <= RATIO),
            _ => format!("{:.2}", line.ratio()),
        };
        table.row([
            line.layout.name().to_owned(),
            line.journal.to_owned(),
            table::grouped(line.rows),
            table::grouped(line.occurrences as u64),
            format!("{:.2} s", line.floor),
            format!("{:.2} s", line.writing),
            format!("{:.2} s", line.busy),
            ratio,
            format!("{:.2} s", line.paused),
            table::judged(&table::mebibytes(line.peak), line.peak <= PEAK || line.rows > 1_000_000),
        ]);
    }
    println!(
        "{table}Wanted at 1,000,000: ratio at most {RATIO}, memory at most {}.\n",
        table::mebibytes(PEAK)
    );
}

fn show_growth(measured: &[Measured]) {
    let mut table =
        Table::new(&["from 100,000 to 1,000,000", "journal", "floor grows", "flowmine grows", "quotient"]);
    for small in measured.iter().filter(|line| line.rows == 100_000) {
        let large = measured.iter().find(|line| {
            line.rows == 1_000_000 && line.layout == small.layout && line.journal == small.journal
        });
        let Some(large) = large else { continue };
        let (floor, ours) = (large.floor / small.floor, large.busy / small.busy);
        table.row([
            small.layout.name().to_owned(),
            small.journal.to_owned(),
            format!("{floor:.1} times"),
            format!("{ours:.1} times"),
            table::judged(&format!("{:.2}", ours / floor), ours / floor <= GROWTH),
        ]);
    }
    if !table.is_empty() {
        println!("{table}Wanted: a quotient of at most {GROWTH}.\n");
    }
}

/// Memory must not grow with the length of the requests.
fn long_requests(directory: &Path) {
    let path = directory.join("lengths.db");
    let mut table = Table::new(&["100,000 requests of", "flowmine", "peak memory"]);
    let mut peaks = Vec::new();
    for bytes in [200, 20_000] {
        let _ = std::fs::remove_file(&path);
        history::create(&path, Layout::Application, 100_000, Length::About(bytes))
            .expect("the file is written");
        disk::settle(&path);
        let ran = process::run(&path, &["backfill"]);
        peaks.push(ran.peak);
        let grows = ran.peak > peaks[0] + (16 << 20);
        table.row([
            format!("{} bytes", table::grouped(bytes as u64)),
            format!("{:.2} s", ran.busy()),
            table::judged(&table::mebibytes(ran.peak), !grows),
        ]);
    }
    println!("{table}Wanted: no more memory for longer requests (within 16 MB).");
}

/// What it was measured on.
fn machine() -> String {
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let (cpu, memory) = (read("/proc/cpuinfo"), read("/proc/meminfo"));
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(':'))
        .map_or("", |it| it.1.trim());
    let kilobytes = memory
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    format!(
        "{model}, {cores} cores, {} of memory; SQLite {}",
        table::mebibytes(kilobytes.unwrap_or(0) * 1024),
        rusqlite::version()
    )
}
