//! Every command on every odd file: what flowmine promises for a file that is not its own.
//!
//! It ends by itself within 10 s and 200 MB, says what is wrong in one line and shows nothing else, never panics, sends
//! the terminal no control character, leaves `workflow_history` as it was and no file beside it that was not asked for.

use std::collections::BTreeSet;
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use flowmine::render::text::is_unsafe;
use regex::Regex;
use rusqlite::Connection;
use rusqlite::types::ValueRef;

use crate::common::{FEW_RULES, Flowmine};
use crate::odd_files::{self, NAME, OddFile};
use crate::short_or_long;

/// A run may take so long.
const TIME: Duration = Duration::from_secs(10);
/// A run may hold so much, in bytes.
const MEMORY: u64 = 200 << 20;

/// Commands that read.
pub const READING: [&[&str]; 6] = [
    &["stats"],
    &["patterns", "list", "--status", "all"],
    &["patterns", "show", "1"],
    &["doctor", "--full"],
    &["backfill", "--dry-run"],
    &["explain", "--workflow", "1"],
];

/// Commands that write.
pub const WRITING: [&[&str]; 7] = [
    &["backfill"],
    &["process"],
    &["process", "1"],
    &["backfill", "--rebuild"],
    &["patterns", "set-status", "1", "approved"],
    &["patterns", "exclude", "workflow:1"],
    &["doctor", "--fix"],
];

/// How each command ends on each file: a line a file, a digit a command, those of [`READING`] and then those of [`WRITING`];
/// `-` where that is left open.
const CODES: &str = include_str!("exit_codes.txt");

/// Files for which some promise is still broken. The list may only become shorter.
const OPEN: &[&str] = &[];

/// What a command does with the file.
#[derive(Clone, Copy, PartialEq)]
pub enum Does {
    Read,
    Write,
}

#[test]
fn what_is_no_usable_file_ends_every_command_in_one_line() {
    keep_their_promises(odd_files::UNUSABLE, &BY_FEW_RULES);
}

#[test]
fn what_another_program_made_ends_every_command_well_or_in_one_line() {
    keep_their_promises(odd_files::OTHER_PROGRAMS, &BY_FEW_RULES);
}

#[test]
fn whatever_the_tables_look_like_every_command_ends_well_or_in_one_line() {
    keep_their_promises(odd_files::LAYOUTS, &BY_FEW_RULES);
}

#[test]
fn whatever_triggers_there_are_the_history_stays_as_it_is() {
    keep_their_promises(odd_files::TRIGGERS, &BY_FEW_RULES);
}

#[test]
fn whatever_the_columns_hold_every_command_ends_well() {
    keep_their_promises(odd_files::VALUES, &BY_FEW_RULES);
}

#[test]
fn whatever_the_record_of_runs_says_every_command_ends_well_or_in_one_line() {
    keep_their_promises(odd_files::RUNS, &[]);
}

#[test]
fn whatever_is_damaged_every_command_ends_well_or_in_one_line() {
    keep_their_promises(odd_files::DAMAGED, &BY_FEW_RULES);
}

/// Which rules are in force is the matter of the files with an odd record of runs alone.
const BY_FEW_RULES: [&str; 2] = ["--rules", FEW_RULES];

/// Each command on each file, with these options.
#[track_caller]
fn keep_their_promises(files: &[OddFile], options: &[&str]) {
    let commands: Vec<(&[&str], Does)> = READING
        .map(|args| (args, Does::Read))
        .into_iter()
        .chain(WRITING.map(|args| (args, Does::Write)))
        .collect();
    // The short form tries a fifth of the commands on each file, and each command on a fifth of the files.
    let step = short_or_long(5, 1);
    let mut complaints = Vec::new();
    for (number, file) in files.iter().enumerate().filter(|(_, file)| !OPEN.contains(&file.name)) {
        let wanted = codes_of(file.name).chars();
        for (&(args, does), wanted) in commands.iter().zip(wanted).skip(number % step).step_by(step) {
            let make = |directory: &Path| file.make_in(directory);
            let (code, found) = judged(file.name, make, &[args, options].concat(), does);
            complaints.extend(found);
            if wanted != '-' && code.is_some_and(|code| code.to_string() != wanted.to_string()) {
                complaints.push(format!(
                    "{}: {}: exit code {code:?}, not {wanted}",
                    file.name,
                    args.join(" ")
                ));
            }
        }
    }
    assert!(complaints.is_empty(), "{} complaints:\n{}", complaints.len(), complaints.join("\n"));
}

/// How every command ends on the file of this name.
#[track_caller]
fn codes_of(name: &str) -> &'static str {
    let mut lines = CODES.lines().filter_map(|line| line.split_once(' '));
    let line = lines.find(|(_, file)| *file == name);
    line.unwrap_or_else(|| panic!("exit_codes.txt has no line for '{name}'")).0
}

/// What is wrong with this command on this file.
pub fn complaints_of(name: &str, make: impl Fn(&Path), args: &[&str], does: Does) -> Vec<String> {
    judged(name, make, args, does).1
}

/// How this command has ended on this file, and what is wrong with it.
fn judged(name: &str, make: impl Fn(&Path), args: &[&str], does: Does) -> (Option<i32>, Vec<String>) {
    let directory = tempfile::tempdir().unwrap();
    make(directory.path());
    let before = State::of(directory.path());
    let ended = Ended::of(directory.path(), args);
    let after = State::of(directory.path());
    let mut found = ended.complaints();
    if before.history != after.history {
        found.push("the history has changed".to_owned());
    }
    if does == Does::Read && before.content != after.content {
        found.push("a command that reads has changed the file".to_owned());
    }
    if ended.code == Some(1) && args[0] == "doctor" && before.content != after.content {
        found.push("doctor has failed and changed the file".to_owned());
    }
    let left: Vec<&String> = after.beside.difference(&before.beside).collect();
    let is_backup =
        |name: &&String| name.ends_with("Z.bak") && args.contains(&"--fix") && ended.code != Some(1);
    if !left.iter().all(is_backup) {
        found.push(format!("left behind: {left:?}"));
    }
    let what =
        |complaint| format!("{name}: {}: {complaint}\n    {}", args.join(" "), ended.stderr.trim_end());
    (ended.code, found.into_iter().map(what).collect())
}

/// What is in a directory.
struct State {
    /// The file's bytes; none where it is no ordinary file.
    content: Option<Vec<u8>>,
    /// A number for all rows of `workflow_history`; none where SQLite cannot read them.
    history: Option<u64>,
    /// The other names.
    beside: BTreeSet<String>,
}

impl State {
    fn of(directory: &Path) -> Self {
        let path = directory.join(NAME);
        let is_file = std::fs::symlink_metadata(&path).is_ok_and(|data| data.is_file());
        let names = std::fs::read_dir(directory).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        Self {
            content: is_file.then(|| std::fs::read(&path).unwrap()),
            history: if is_file { history(directory) } else { None },
            beside: names.filter(|name| name != NAME).collect(),
        }
    }
}

/// Reads a copy, so that looking changes nothing.
fn history(directory: &Path) -> Option<u64> {
    let copies = tempfile::tempdir().unwrap();
    for name in [NAME, "h.db-wal"] {
        if directory.join(name).is_file() {
            std::fs::copy(directory.join(name), copies.path().join(name)).unwrap();
        }
    }
    let conn = Connection::open(copies.path().join(NAME)).ok()?;
    let table =
        "SELECT 1 FROM sqlite_schema WHERE name = 'workflow_history' AND type = 'table' AND rootpage > 0";
    conn.query_row(table, [], |_| Ok(())).ok()?;
    let columns = "SELECT group_concat('\"' || name || '\"') FROM pragma_table_info('workflow_history')";
    let columns: String = conn.query_row(columns, [], |row| row.get(0)).ok()?;
    let mut statement = conn.prepare(&format!("SELECT {columns} FROM workflow_history NOT INDEXED")).ok()?;
    let count = statement.column_count();
    let mut rows = statement.query([]).ok()?;
    let mut hasher = DefaultHasher::new();
    while let Some(row) = rows.next().ok()? {
        (0..count).for_each(|column| hash(row.get_ref(column).unwrap(), &mut hasher));
    }
    Some(hasher.finish())
}

/// A value into the hash, a long text without being written out first.
fn hash(value: ValueRef<'_>, hasher: &mut DefaultHasher) {
    value.data_type().to_string().hash(hasher);
    match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.hash(hasher),
        short => format!("{short:?}").hash(hasher),
    }
}

/// A run that is over, by itself or because it took too much.
struct Ended {
    code: Option<i32>,
    stdout: String,
    stderr: String,
    time: Duration,
    peak: u64,
}

impl Ended {
    fn of(directory: &Path, args: &[&str]) -> Self {
        let outputs = tempfile::tempdir().unwrap();
        let output = |name: &str| outputs.path().join(name);
        let mut command = Flowmine::in_directory(directory).args(["--db", NAME, "--busy-timeout", "1"]);
        command = command.args(args);
        let mut command = command.into_command();
        command
            .stdout(File::create(output("stdout")).unwrap())
            .stderr(File::create(output("stderr")).unwrap());
        let started = Instant::now();
        let mut child = command.spawn().unwrap();
        let status = format!("/proc/{}/status", child.id());
        let mut peak = 0;
        let code = loop {
            peak = peak_memory(&status).unwrap_or(0).max(peak);
            if let Some(status) = child.try_wait().unwrap() {
                break status.code();
            }
            if started.elapsed() > TIME || peak > 2 * MEMORY {
                child.kill().unwrap();
                child.wait().unwrap();
                break None;
            }
            std::thread::sleep(Duration::from_millis(1));
        };
        let text = |name: &str| String::from_utf8_lossy(&std::fs::read(output(name)).unwrap()).into_owned();
        Self { code, stdout: text("stdout"), stderr: text("stderr"), time: started.elapsed(), peak }
    }

    fn complaints(&self) -> Vec<String> {
        static INNARDS: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r"(?-u)rusqlite|panicked|Invalid column|at index: \d|\b(Some|Ok|Err)\(|\b(i64|f64|u32|Utf8Error|SqliteFailure|Null)\b").unwrap()
        });
        let is_error = |line: &&str| line.starts_with("flowmine: ");
        let errors = self.stderr.lines().filter(is_error).count();
        // Of several workflows named, each that is not there has a line of its own, and the last line sums up.
        let unknown =
            usize::from(self.stderr.lines().any(|line| line.starts_with("flowmine: none of the workflows")));
        let raw = |text: &str| text.chars().any(|character| is_unsafe(character) && character != '\n');
        let checks = [
            (self.time > TIME, "it takes too long".to_owned()),
            (self.peak > MEMORY, format!("it takes {} MB", self.peak >> 20)),
            (!matches!(self.code, Some(0 | 1 | 3)), format!("exit code {:?}", self.code)),
            (self.code == Some(1) && errors != 1 + unknown, format!("{errors} lines that say why it failed")),
            (self.code == Some(1) && !self.stdout.is_empty(), "it fails and shows something".to_owned()),
            (raw(&self.stdout) || raw(&self.stderr), "a control character".to_owned()),
            (INNARDS.is_match(&self.stderr), "a name of its innards".to_owned()),
        ];
        checks.into_iter().filter(|(is_wrong, _)| *is_wrong).map(|(_, complaint)| complaint).collect()
    }
}

/// The most memory that a process has held so far, in bytes; none before it is the program: it shares the memory of the test
/// until then.
fn peak_memory(status: &str) -> Option<u64> {
    let status = std::fs::read_to_string(status).ok()?.strip_prefix("Name:\tflowmine\n")?.to_owned();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}
