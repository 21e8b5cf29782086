//! The binary as a person or a script runs it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A run of flowmine that is being put together. It sees no environment but what is given, and no terminal.
pub struct Flowmine {
    command: Command,
    directory: PathBuf,
}

impl Flowmine {
    /// flowmine in this directory.
    pub fn in_directory(directory: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flowmine"));
        command.env_clear().current_dir(directory).stdin(Stdio::null());
        command.env("TZ", "UTC").env("COLUMNS", "120").env("LANG", "en_US.UTF-8");
        Self { command, directory: directory.to_owned() }
    }

    /// flowmine on this database.
    pub fn on(file: &super::HistoryFile) -> Self {
        Self::in_directory(file.directory()).args(["--db", "workflow_history.db"])
    }

    /// The same by few rules, which are ready at once: for tests that are about the file and not about what is detected.
    pub fn by_few_rules(file: &super::HistoryFile) -> Self {
        Self::on(file).args(["--rules", super::FEW_RULES])
    }

    pub fn args(mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.command.args(args);
        self
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs it to its end.
    pub fn run(mut self) -> Ran {
        let output = self.command.output().expect("flowmine starts");
        Ran { call: format!("{:?}", self.command), directory: self.directory, output }
    }

    /// Starts it, with its output thrown away.
    pub fn start(mut self) -> std::process::Child {
        self.command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("flowmine starts")
    }

    /// The command itself, for tests that need more of it.
    pub fn into_command(self) -> Command {
        self.command
    }
}

/// A run that is over. A failed expectation shows the call, the directory and both streams.
pub struct Ran {
    call: String,
    directory: PathBuf,
    output: Output,
}

impl Ran {
    pub fn stdout(&self) -> String {
        String::from_utf8(self.output.stdout.clone()).expect("stdout is UTF-8")
    }

    pub fn stderr(&self) -> String {
        String::from_utf8(self.output.stderr.clone()).expect("stderr is UTF-8")
    }

    /// The exit code; `None` where a signal ended it.
    pub fn code(&self) -> Option<i32> {
        self.output.status.code()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.output.stdout)
            .unwrap_or_else(|error| panic!("no JSON ({error}): {}", self.report()))
    }

    /// It ended with this exit code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.output.status.code(), Some(code), "{}", self.report());
        self
    }

    /// It ended well and said nothing on stderr.
    #[track_caller]
    pub fn succeeds(self) -> Self {
        let ran = self.exits(0);
        assert_eq!(ran.stderr(), "", "{}", ran.report());
        ran
    }

    /// It failed with one line on stderr that has all these parts, and nothing on stdout.
    #[track_caller]
    pub fn fails_with(self, parts: &[&str]) -> Self {
        let ran = self.exits(1);
        let stderr = ran.stderr();
        assert_eq!(ran.stdout(), "", "{}", ran.report());
        assert_eq!(stderr.lines().count(), 1, "{}", ran.report());
        for part in parts {
            assert!(stderr.contains(part), "stderr lacks '{part}': {}", ran.report());
        }
        ran
    }

    fn report(&self) -> String {
        let files: Vec<_> = std::fs::read_dir(&self.directory)
            .into_iter()
            .flatten()
            .flatten()
            .map(|file| file.file_name())
            .collect();
        format!(
            "\n{}\nin {} with {files:?}\nstatus {:?}\n--- stdout\n{}\n--- stderr\n{}",
            self.call,
            self.directory.display(),
            self.output.status,
            String::from_utf8_lossy(&self.output.stdout),
            String::from_utf8_lossy(&self.output.stderr),
        )
    }
}
