//! Transcripts of coding agents become history: one turn is one workflow, every call counts once.
//!
//! ```text
//! a file ──▶ lines ──▶ facts ──▶ turns, calls, commands
//!            lines     claude, codex, adw   placing, assemble
//! ```
//!
//! A source is one folder: the shape of its lines (`line.rs`), what they say (`read.rs`, which makes [`facts`]), and which
//! turn each part belongs to (`place.rs`). Facts of all files, old and new, make the [`assemble::History`]: a function
//! of their set, so that neither order nor repetition matters. Transcripts that share nothing (`groups`) are put together
//! apart from each other, on several threads ([`crate::parallel`]).

pub(crate) mod adw;
pub mod assemble;
mod calls;
pub(crate) mod claude;
pub(crate) mod codex;
mod control;
pub mod facts;
pub mod find;
mod gather;
mod groups;
mod json;
mod lenient;
mod lines;
mod naming;
pub mod placing;
mod plan;
pub mod prices;
mod reading;
mod rows;
pub mod run;
pub mod sample;
mod secrets;
mod shares;
mod shell;
pub mod turn;

use std::fmt;
use std::io;
use std::path::Path;

use adw::read::AdwFormat;
use assemble::{History, assemble};
use claude::read::ClaudeFormat;
use codex::read::CodexFormat;
use facts::{KeptFacts, Transcript};
use json::{JsonError, read_mended};
use lines::RawLine;
use placing::{Known, Placing};
use prices::Prices;
use turn::Source;

/// A transcript's format: lines in, facts out.
pub(crate) trait Format: fmt::Debug {
    /// Takes in one line; nothing of it counts where it cannot be read.
    fn read_line(&mut self, json: &str) -> Result<(), JsonError>;
    /// All that was read.
    fn finish(self: Box<Self>) -> Transcript;
}

/// A line that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadLine {
    /// The line's number, from 1.
    pub number: u64,
    /// What is wrong with it.
    pub problem: String,
}

/// How many unreadable lines of a file are named.
const NAMED_LINES: usize = 20;

/// Reads one transcript. The facts' `unreadable` counts the lines that could not be read; the first of them are named.
pub fn read_transcript(path: &Path, source: Source) -> io::Result<(Transcript, Vec<BadLine>)> {
    let mut lines = lines::open(path)?;
    let mut format = format(path, source);
    let mut bad = Vec::new();
    let (mut number, mut unreadable) = (0, 0);
    while let Some(line) = lines.next_line()? {
        number += 1;
        let problem = match line {
            RawLine::Bytes(bytes) => take_in(format.as_mut(), bytes).err(),
            RawLine::TooLong => Some(format!("is longer than {} MB", lines::LONGEST_LINE >> 20)),
            // Whoever writes the file is in the middle of this line.
            RawLine::Unfinished(bytes) => {
                let _ = take_in(format.as_mut(), bytes);
                None
            }
        };
        let Some(problem) = problem else { continue };
        unreadable += 1;
        if bad.len() < NAMED_LINES {
            bad.push(BadLine { number, problem });
        }
    }
    let length = lines.length;
    Ok((Transcript { unreadable, length, ..format.finish() }, bad))
}

fn format(path: &Path, source: Source) -> Box<dyn Format> {
    match source {
        Source::Claude => Box::new(ClaudeFormat::new()),
        Source::Codex => Box::new(CodexFormat::new()),
        Source::Adw => Box::new(AdwFormat::new(path)),
    }
}

/// Takes in a line; invalid UTF-8 and half a surrogate pair are read as the replacement sign.
fn take_in(format: &mut dyn Format, line: &[u8]) -> Result<(), String> {
    let line = line.trim_ascii();
    match line.first() {
        None => Ok(()),
        Some(b'{') => {
            let read = read_mended(&lines::text(line), |json| format.read_line(json));
            read.map_err(|_| "is no valid JSON".to_owned())
        }
        Some(_) => Err("is no JSON object".to_owned()),
    }
}

/// All turns that these transcripts show, by key.
///
/// The order of `files` does not matter, as long as each path stands there once.
pub fn history<'a>(files: &'a [KeptFacts], prices: &Prices) -> History<'a> {
    let mut history = History::default();
    for History { turns, duplicates } in groups::groups(files).iter().map(|group| history_of(group, prices)) {
        history.turns.extend(turns);
        history.duplicates += duplicates;
    }
    history.turns.sort_by(|a, b| a.key.cmp(&b.key));
    history
}

/// The turns of one group: no other transcript says anything of them.
fn history_of<'a>(kept: &[&'a KeptFacts], prices: &Prices) -> History<'a> {
    let transcripts: Vec<_> =
        kept.iter().filter_map(|kept| Some((kept.path.as_str(), kept.read()?))).collect();
    let known = transcripts.iter().enumerate();
    let known: Vec<_> = known.map(|(file, (path, transcript))| Known { file, path, transcript }).collect();
    let mut placing = Placing::default();
    adw::place::place(&known, &mut placing);
    claude::place::place(&known, &mut placing);
    codex::place::place(&known, &mut placing);
    assemble(&placing, prices)
}
