//! Which turn each segment of each transcript belongs to; the rules for it are in each source's `place.rs`.
//!
//! `'a` is the lifetime of the texts, `'t` that of the transcripts that borrow them.

use std::collections::BTreeSet;
use std::path::Path;

use hashbrown::HashMap;

use super::facts::{Prompt, Segment, Transcript};
use super::turn::Source;

/// A transcript and the path that it was read from.
#[derive(Clone, Copy, Debug)]
pub struct Known<'t, 'a> {
    /// Its position among all transcripts.
    pub file: usize,
    /// The path.
    pub path: &'a str,
    /// What it says.
    pub transcript: &'t Transcript<&'a str>,
}

/// The transcripts of a source, by thread. The longer file of a thread counts; of two equal ones the active, then the plain
/// one.
pub fn threads<'t, 'a>(files: &[Known<'t, 'a>], source: Source) -> HashMap<&'a str, Known<'t, 'a>> {
    let rank = |known: &Known<'_, '_>| {
        let is_archived = known.path.contains("archived_sessions");
        let is_plain = Path::new(known.path).extension().is_none_or(|name| name != "zst");
        (known.transcript.length, !is_archived, is_plain)
    };
    let is_thread =
        |transcript: &Transcript<&str>| transcript.source == source && !transcript.thread.is_empty();
    let mut threads: HashMap<&str, Known<'_, '_>> = HashMap::new();
    for file in files.iter().filter(|file| is_thread(file.transcript)) {
        let known = threads.entry(file.transcript.thread).or_insert(*file);
        if rank(file) > rank(known) {
            *known = *file;
        }
    }
    threads
}

/// What a turn is, without what was done in it.
#[derive(Clone, Debug)]
pub struct TurnHead<'t, 'a> {
    /// The workflow's key.
    pub key: String,
    /// Who wrote the transcript.
    pub source: Source,
    /// The prompt; none where no prompt owns the calls.
    pub prompt: Option<&'t Prompt<&'a str>>,
    /// The transcript that shows it first.
    pub transcript: &'t Transcript<&'a str>,
    /// The segment that begins it.
    pub segment: &'t Segment<&'a str>,
}

impl TurnHead<'_, '_> {
    /// When it began, in milliseconds since 1970.
    pub fn start(&self) -> Option<i64> {
        match self.prompt {
            Some(prompt) => prompt.at,
            None => self.segment.start,
        }
    }
}

/// A segment in its turn.
#[derive(Clone, Copy, Debug)]
pub struct Placed<'t, 'a> {
    /// The turn's position.
    pub turn: usize,
    /// The transcript's position.
    pub file: usize,
    /// The segment.
    pub segment: &'t Segment<&'a str>,
    /// Whether it is a sub-agent's.
    pub is_subagent: bool,
}

/// Turns and the segments in them.
#[derive(Debug, Default)]
pub struct Placing<'t, 'a> {
    /// The turns, in the order found.
    pub turns: Vec<TurnHead<'t, 'a>>,
    /// The segments, file by file.
    pub placed: Vec<Placed<'t, 'a>>,
    /// Sub-agents with a transcript of their own, by turn.
    pub subagents: HashMap<usize, u64>,
    index: HashMap<String, usize>,
}

impl<'t, 'a> Placing<'t, 'a> {
    /// The position of the turn with this head's key, which is added where it is new.
    pub fn turn(&mut self, head: TurnHead<'t, 'a>) -> usize {
        if let Some(turn) = self.index.get(&head.key) {
            return *turn;
        }
        self.index.insert(head.key.clone(), self.turns.len());
        self.turns.push(head);
        self.turns.len() - 1
    }

    /// Whether a turn is an agent's of an ADW run.
    pub fn is_run(&self, turn: usize) -> bool {
        self.turns[turn].source == Source::Adw
    }

    /// Puts a segment of the main conversation into a turn.
    pub fn place(&mut self, turn: usize, file: usize, segment: &'t Segment<&'a str>) {
        self.placed.push(Placed { turn, file, segment, is_subagent: false });
    }

    /// Puts a sub-agent's segment into a turn, unless it is a run's, whose record has its sub-agents already.
    pub fn place_subagent(&mut self, turn: usize, file: usize, segment: &'t Segment<&'a str>) {
        if self.is_run(turn) {
            return;
        }
        self.placed.push(Placed { turn, file, segment, is_subagent: true });
    }
}

/// The turns of one session by the time they began: which one was in progress at a time.
#[derive(Debug, Default)]
pub struct TurnStarts(BTreeSet<(i64, usize)>);

impl TurnStarts {
    /// Adds a turn.
    pub fn add(&mut self, start: Option<i64>, turn: usize) {
        self.0.extend(start.map(|start| (start, turn)));
    }

    /// The last turn that began at this time or before.
    pub fn in_progress(&self, at: Option<i64>) -> Option<usize> {
        self.0.range(..=(at?, usize::MAX)).next_back().map(|(_, turn)| *turn)
    }
}
