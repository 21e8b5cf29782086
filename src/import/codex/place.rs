//! Which turn each part of Codex' rollouts belongs to, and which parts are copies of another thread's history.

use std::collections::HashSet;

use hashbrown::HashMap;

use crate::import::facts::Segment;
use crate::import::placing::{Known, Placing, TurnHead, TurnStarts, threads};
use crate::import::turn::Source;

/// Places every thread once.
pub fn place<'t, 'a>(files: &[Known<'t, 'a>], placing: &mut Placing<'t, 'a>) {
    let threads = threads(files, Source::Codex);
    let mut order: Vec<_> = threads.values().copied().collect();
    order.sort_by_key(|thread| (depth(thread, &threads), thread.path));
    let mut starts: HashMap<&str, TurnStarts> = HashMap::new();
    for thread in order {
        let Known { file, transcript, .. } = thread;
        let launcher = transcript.parent.as_ref().filter(|parent| parent.is_subagent);
        let first = transcript.segments.iter().filter_map(|segment| segment.start).min();
        let segments = own_segments(thread, &threads);
        let own = match launcher.and_then(|parent| starts.get(parent.thread)?.in_progress(first)) {
            Some(turn) => place_within(placing, turn, (file, segments)),
            None => place_turns(placing, thread, segments),
        };
        starts.insert(transcript.thread, own);
    }
}

/// How many threads are above this one: a launcher is placed before those that it launched.
fn depth(thread: &Known<'_, '_>, threads: &HashMap<&str, Known<'_, '_>>) -> usize {
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
    thread: Known<'t, 'a>,
    threads: &HashMap<&str, Known<'t, 'a>>,
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

/// Places a file's segments in the turn that launched the thread; answers when it was in progress there.
fn place_within<'t, 'a>(
    placing: &mut Placing<'t, 'a>,
    turn: usize,
    (file, segments): (usize, &'t [Segment<&'a str>]),
) -> TurnStarts {
    let mut starts = TurnStarts::default();
    *placing.subagents.entry(turn).or_default() += 1;
    for segment in segments {
        starts.add(segment.start, turn);
        placing.place_subagent(turn, file, segment);
    }
    starts
}

/// Places a thread's own segments in turns of their own; answers the turns by their beginning.
fn place_turns<'t, 'a>(
    placing: &mut Placing<'t, 'a>,
    thread: Known<'t, 'a>,
    segments: &'t [Segment<&'a str>],
) -> TurnStarts {
    let Known { file, transcript, .. } = thread;
    // What another thread asks of it is no request.
    let is_launched = transcript.parent.as_ref().is_some_and(|parent| parent.is_subagent);
    let copied = &transcript.segments[..transcript.segments.len() - segments.len()];
    let mut prompts = copied.iter().filter(|segment| segment.prompt.is_some()).count();
    let (mut starts, mut current) = (TurnStarts::default(), None);
    for segment in segments {
        prompts += usize::from(segment.prompt.is_some());
        let prompt = segment.prompt.as_ref().filter(|_| !is_launched);
        let goes_on = !is_launched && prompt.is_none_or(|prompt| prompt.is_control);
        let turn = match current {
            Some(current) if goes_on => current,
            _ if prompt.is_none() && segment.calls.is_empty() => continue,
            _ => {
                let name = segment.turn.map_or_else(|| format!("#{prompts}"), str::to_owned);
                let key = format!("codex:{}:{name}", transcript.thread);
                placing.turn(TurnHead { key, source: Source::Codex, prompt, transcript, segment })
            }
        };
        if current != Some(turn) {
            starts.add(segment.start, turn);
        }
        current = Some(turn);
        placing.place(turn, file, segment);
    }
    starts
}
