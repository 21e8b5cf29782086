//! Which turn each part of Codex' rollouts belongs to, and which parts are copies of another thread's history.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use crate::import::facts::{Segment, Transcript};
use crate::import::placing::{Known, Placing, TurnHead, TurnStarts};
use crate::import::turn::Source;

/// One thread, from the fullest of its files.
#[derive(Clone, Copy, Debug)]
struct Thread<'t, 'a> {
    file: usize,
    path: &'a str,
    transcript: &'t Transcript<&'a str>,
}

/// Places every thread once.
pub fn place<'t, 'a>(files: &[Known<'t, 'a>], placing: &mut Placing<'t, 'a>) {
    let threads = threads(files);
    let mut order: Vec<_> = threads.values().copied().collect();
    order.sort_by_key(|thread| (depth(thread, &threads), thread.path));
    let mut starts: HashMap<&str, TurnStarts> = HashMap::new();
    for thread in order {
        let id = thread.transcript.thread;
        let launcher = thread.transcript.parent.as_ref().filter(|parent| parent.is_subagent);
        let first = thread.transcript.segments.iter().filter_map(|segment| segment.start).min();
        let owner = launcher.and_then(|parent| starts.get(parent.thread)?.in_progress(first));
        let own = Placement { thread, is_launched: launcher.is_some(), owner };
        starts.insert(id, own.place(placing, own_segments(thread, &threads)));
    }
}

/// The longer file of a thread counts; of two equal ones the active, then the plain one.
fn threads<'t, 'a>(files: &[Known<'t, 'a>]) -> HashMap<&'a str, Thread<'t, 'a>> {
    let mut threads: HashMap<&str, Thread<'_, '_>> = HashMap::new();
    let rank = |thread: &Thread<'_, '_>| {
        let is_archived = thread.path.contains("archived_sessions");
        (
            thread.transcript.length,
            !is_archived,
            Path::new(thread.path).extension().is_none_or(|name| name != "zst"),
        )
    };
    for (file, known) in files.iter().enumerate() {
        let Known { path, transcript } = *known;
        if transcript.source != Source::Codex || transcript.thread.is_empty() {
            continue;
        }
        let thread = Thread { file, path, transcript };
        let known = threads.entry(transcript.thread).or_insert(thread);
        if rank(&thread) > rank(known) {
            *known = thread;
        }
    }
    threads
}

/// How many threads are above this one: a launcher is placed before those that it launched.
fn depth(thread: &Thread<'_, '_>, threads: &HashMap<&str, Thread<'_, '_>>) -> usize {
    let mut seen = HashSet::new();
    let mut current = thread.transcript;
    while let Some(parent) = current.parent.as_ref().and_then(|parent| threads.get(parent.thread)) {
        if !seen.insert(parent.transcript.thread) {
            break;
        }
        current = parent.transcript;
    }
    seen.len()
}

/// The segments that are not a copy of the parent's.
fn own_segments<'t, 'a>(
    thread: Thread<'t, 'a>,
    threads: &HashMap<&str, Thread<'t, 'a>>,
) -> &'t [Segment<&'a str>] {
    let segments = &thread.transcript.segments;
    let parent = thread.transcript.parent.as_ref().filter(|parent| parent.replays);
    let Some(parent) = parent.and_then(|parent| threads.get(parent.thread)) else { return segments };
    let of_parent = parent.transcript.segments.iter();
    let turns: HashMap<_, _> = of_parent.filter_map(|segment| Some((segment.turn?, segment))).collect();
    let is_copy = |position: usize, segment: &Segment<&str>| match segment.turn {
        // Where turns are numbered, the parent's next one and the fork's own first have the same number.
        Some(turn) => turns.get(turn).is_some_and(|of| !asks_otherwise(of, segment)),
        None if turns.is_empty() => {
            parent.transcript.segments.get(position).is_some_and(|of| is_same(of, segment))
        }
        None => true,
    };
    let copied =
        segments.iter().enumerate().take_while(|(position, segment)| is_copy(*position, segment)).count();
    &segments[copied..]
}

/// Whether the prompts of two segments are known and differ.
fn asks_otherwise(one: &Segment<&str>, other: &Segment<&str>) -> bool {
    let prompts = one.prompt.as_ref().zip(other.prompt.as_ref());
    prompts
        .is_some_and(|(one, other)| !one.text.is_empty() && !other.text.is_empty() && one.text != other.text)
}

/// Whether two segments without ids ask the same and used the same.
fn is_same<'a>(one: &Segment<&'a str>, other: &Segment<&'a str>) -> bool {
    let text = |segment: &Segment<&'a str>| segment.prompt.as_ref().map(|prompt| prompt.text);
    let used = |segment: &Segment<&'a str>| segment.calls.iter().map(|call| call.tokens).collect::<Vec<_>>();
    text(one) == text(other) && used(one) == used(other)
}

/// How one thread is placed.
struct Placement<'t, 'a> {
    thread: Thread<'t, 'a>,
    /// Whether another thread launched it.
    is_launched: bool,
    /// The turn that launched it, where that is known.
    owner: Option<usize>,
}

impl<'t, 'a> Placement<'t, 'a> {
    /// Places the segments; answers the turns by their beginning.
    fn place(&self, placing: &mut Placing<'t, 'a>, segments: &'t [Segment<&'a str>]) -> TurnStarts {
        let mut starts = TurnStarts::default();
        if let Some(owner) = self.owner {
            *placing.subagents.entry(owner).or_default() += 1;
        }
        let mut current = None;
        let all = &self.thread.transcript.segments;
        let has_prompt = |segment: &&Segment<&str>| segment.prompt.is_some();
        let mut prompts = all[..all.len() - segments.len()].iter().filter(has_prompt).count();
        for segment in segments {
            prompts += usize::from(segment.prompt.is_some());
            if let Some(owner) = self.owner {
                starts.add(segment.start, owner);
                placing.place_subagent(owner, self.thread.file, segment);
                continue;
            }
            let Some(turn) = self.turn(placing, segment, (prompts, current)) else { continue };
            if current != Some(turn) {
                starts.add(segment.start, turn);
            }
            current = Some(turn);
            placing.place(turn, self.thread.file, segment);
        }
        starts
    }

    fn turn(
        &self,
        placing: &mut Placing<'t, 'a>,
        segment: &'t Segment<&'a str>,
        (prompts, current): (usize, Option<usize>),
    ) -> Option<usize> {
        let prompt = segment.prompt.as_ref().filter(|_| !self.is_launched);
        if prompt.is_none_or(|prompt| prompt.is_control) && current.is_some() && !self.is_launched {
            return current;
        }
        if prompt.is_none() && segment.calls.is_empty() {
            return None;
        }
        let transcript = self.thread.transcript;
        let name = segment.turn.map_or_else(|| format!("#{prompts}"), str::to_owned);
        let key = format!("codex:{}:{name}", transcript.thread);
        Some(placing.turn(TurnHead { key, source: Source::Codex, prompt, transcript, segment }))
    }
}
