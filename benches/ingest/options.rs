//! What is to be measured.

use std::path::PathBuf;

use crate::history::{Layout, Length};

pub struct Options {
    pub rows: Vec<u64>,
    pub repeats: usize,
    pub layouts: Vec<Layout>,
    pub journals: Vec<&'static str>,
    pub length: Length,
    pub quick: bool,
    pub write: Option<PathBuf>,
}

const USAGE: &str = "cargo bench --bench ingest -- [--quick] [--rows N,…] [--repeats N] [--layout application|minimal] \
                     [--journal delete|wal] [--bytes N] [--write FILE]";

impl Options {
    /// Reads the command line. Cargo itself adds `--bench`.
    pub fn read() -> Self {
        let mut options = Self {
            rows: vec![10_000, 100_000, 1_000_000],
            repeats: 3,
            layouts: vec![Layout::Application, Layout::Minimal],
            journals: vec!["delete", "wal"],
            length: Length::Usual,
            quick: false,
            write: None,
        };
        let mut words = std::env::args().skip(1).filter(|word| word != "--bench");
        while let Some(word) = words.next() {
            if word == "--quick" {
                (options.rows, options.repeats, options.quick) = (vec![10_000, 100_000], 1, true);
            } else if words.next().and_then(|value| options.set(&word, &value)).is_none() {
                eprintln!("usage: {USAGE}");
                std::process::exit(2);
            }
        }
        options
    }

    /// Sets one option; `None` where the words make no sense.
    fn set(&mut self, option: &str, value: &str) -> Option<()> {
        match option {
            "--rows" => self.rows = value.split(',').map(|rows| rows.parse().ok()).collect::<Option<_>>()?,
            "--repeats" => self.repeats = value.parse().ok().filter(|&repeats| repeats > 0)?,
            "--layout" => self.layouts.retain(|layout| layout.name() == value),
            "--journal" => self.journals.retain(|&journal| journal == value),
            "--bytes" => self.length = Length::About(value.parse().ok()?),
            "--write" => self.write = Some(value.into()),
            _ => return None,
        }
        let is_empty = self.rows.is_empty() || self.layouts.is_empty() || self.journals.is_empty();
        (!is_empty).then_some(())
    }
}
