//! Which turn each part of Claude Code's transcripts belongs to.

use std::cell::OnceCell;

use hashbrown::{HashMap, HashSet};

use super::run_records::RunRecords;
use crate::import::facts::{CallFact, Segment, ToolId, Transcript};
use crate::import::placing::{Known, Placing, TurnHead, TurnStarts};
use crate::import::turn::Source;

/// How deep sub-agents may launch one another, so that records in a circle end.
const MOST_NESTED: u32 = 8;

/// What is known while transcripts are placed.
#[derive(Debug, Default)]
struct Sessions<'a> {
    /// The turn of each tool use in a conversation with a person.
    tools: HashMap<ToolId, usize>,
    /// The tool use that launched each sub-agent of a session.
    launches: HashMap<(&'a str, &'a str), ToolId>,
    /// The sub-agent that each tool use of a sub-agent stands in.
    nested: HashMap<ToolId, &'a str>,
    starts: HashMap<&'a str, TurnStarts>,
    /// The messages of conversations with a person, once a sub-agent needs them that nothing links with its turn.
    messages: OnceCell<HashSet<&'a str>>,
    /// Which parts of sessions the records of ADW runs have already.
    runs: RunRecords<'a>,
}

/// Places all segments, except those that the runs placed before have already.
pub fn place<'t, 'a>(files: &[Known<'t, 'a>], placing: &mut Placing<'t, 'a>) {
    let files = files.iter().copied().filter(|known| known.transcript.source == Source::Claude);
    let (mains, agents): (Vec<Known<'_, '_>>, _) = files.partition(|known| known.transcript.agent.is_none());
    let mut sessions = Sessions { runs: RunRecords::of(placing), ..Sessions::default() };
    for main in mains {
        sessions.place_main(placing, main);
    }
    for agent in &agents {
        sessions.note_launches(agent.transcript);
    }
    for agent in agents {
        sessions.place_agent(placing, agent);
    }
}

impl<'t, 'a: 't> Sessions<'a> {
    fn place_main(&mut self, placing: &mut Placing<'t, 'a>, session: Known<'t, 'a>) {
        let Known { file, transcript, .. } = session;
        let mut current = None;
        for segment in &transcript.segments {
            if segment.launched_by.is_some() {
                continue;
            }
            if let Some(run) = self.runs.owner(transcript.thread, segment) {
                self.starts.entry(transcript.thread).or_default().add(segment.start, run);
                self.note_tools(segment, run);
                // A person who goes on with it asks for something of their own.
                current = None;
                continue;
            }
            current = self.next_turn(placing, transcript, segment, current);
            let turn = match current {
                Some(turn) => turn,
                None if segment.calls.is_empty() => continue,
                None => placing.turn(unattributed(transcript, segment)),
            };
            placing.place(turn, file, segment);
            self.note_tools(segment, turn);
        }
        self.note_launches(transcript);
        self.place_nested(placing, session);
    }

    /// The turn of a segment: its prompt's, or the one before.
    fn next_turn(
        &mut self,
        placing: &mut Placing<'t, 'a>,
        transcript: &'t Transcript<&'a str>,
        segment: &'t Segment<&'a str>,
        current: Option<usize>,
    ) -> Option<usize> {
        let (Some(prompt), Some(uuid)) = (&segment.prompt, &segment.turn) else { return current };
        if prompt.is_control && current.is_some() {
            return current;
        }
        let key = format!("claude:{uuid}");
        let head = TurnHead { key, source: Source::Claude, prompt: Some(prompt), transcript, segment };
        let turn = placing.turn(head);
        self.starts.entry(transcript.thread).or_default().add(prompt.at, turn);
        Some(turn)
    }

    fn note_tools(&mut self, segment: &Segment<&str>, turn: usize) {
        for tool in segment.calls.iter().flat_map(|call| &call.tools) {
            self.tools.entry(tool.id).or_insert(turn);
        }
    }

    fn note_launches(&mut self, transcript: &Transcript<&'a str>) {
        for segment in &transcript.segments {
            for (agent, tool) in &segment.agents {
                self.launches.entry((transcript.thread, agent)).or_insert(*tool);
            }
            let Some(agent) = transcript.agent else { continue };
            for tool in segment.calls.iter().flat_map(|call| &call.tools) {
                self.nested.entry(tool.id).or_insert(agent);
            }
        }
    }

    /// A sub-agent's messages within its parent's file.
    fn place_nested(&mut self, placing: &mut Placing<'t, 'a>, Known { file, transcript, .. }: Known<'t, 'a>) {
        let mut nested: Vec<_> = transcript.segments.iter().filter(|s| s.launched_by.is_some()).collect();
        // A sub-agent's own sub-agent is known once its launcher is.
        for _ in 0..MOST_NESTED {
            nested.retain(|segment| {
                let turn = segment.launched_by.and_then(|tool| self.tools.get(&tool).copied());
                if let Some(turn) = turn {
                    placing.place_subagent(turn, file, segment);
                    self.note_tools(segment, turn);
                }
                turn.is_none()
            });
        }
        for segment in nested {
            let first = segment.calls.iter().filter_map(|call| call.at).min();
            let turn = self.in_progress(transcript.thread, first);
            let turn = turn.unwrap_or_else(|| placing.turn(unattributed(transcript, segment)));
            placing.place_subagent(turn, file, segment);
        }
    }

    fn place_agent(&mut self, placing: &mut Placing<'t, 'a>, Known { file, transcript, .. }: Known<'t, 'a>) {
        let (session, segments) = (transcript.thread, &transcript.segments);
        let has_calls = segments.iter().any(|segment| !segment.calls.is_empty());
        let Some(first) = segments.first().filter(|_| has_calls) else { return };
        let linked = transcript.agent.and_then(|agent| self.launching_turn(session, agent, MOST_NESTED));
        let of_run = || segments.iter().find_map(|segment| self.runs.owner(session, segment));
        let turn =
            linked.or_else(of_run).or_else(|| self.in_progress(session, self.own_start(placing, segments)));
        let turn = turn.unwrap_or_else(|| placing.turn(unattributed(transcript, first)));
        if !placing.is_run(turn) {
            *placing.subagents.entry(turn).or_default() += 1;
        }
        for segment in segments {
            placing.place_subagent(turn, file, segment);
        }
    }

    /// When what is a sub-agent's own began: a side file may copy the conversation before.
    fn own_start(&self, placing: &Placing<'t, 'a>, segments: &[Segment<&'a str>]) -> Option<i64> {
        let messages = self.messages.get_or_init(|| {
            let conversations = placing.placed.iter().filter(|placed| !placed.is_subagent);
            conversations.flat_map(|placed| &placed.segment.calls).map(CallFact::message).collect()
        });
        let is_copy = |call: &&CallFact<&'a str>| messages.contains(call.message());
        let calls = || segments.iter().flat_map(|segment| &segment.calls);
        let own = calls().filter(|call| !is_copy(call)).filter_map(|call| call.at).min();
        let any = segments.iter().filter_map(|segment| segment.start).min();
        if calls().any(|call| is_copy(&call)) { own.or(any) } else { any }
    }

    /// The turn of a session that was in progress at a time, else the run that names the session.
    fn in_progress(&self, session: &str, at: Option<i64>) -> Option<usize> {
        let turn = self.starts.get(session).and_then(|starts| starts.in_progress(at));
        turn.or_else(|| self.runs.of_session(session))
    }

    /// The turn that launched a sub-agent, perhaps through other sub-agents.
    fn launching_turn(&self, session: &str, agent: &str, depth: u32) -> Option<usize> {
        let tool = self.launches.get(&(session, agent))?;
        match self.tools.get(tool) {
            Some(turn) => Some(*turn),
            None => self.launching_turn(session, self.nested.get(tool)?, depth.checked_sub(1)?),
        }
    }
}

fn unattributed<'t, 'a>(
    transcript: &'t Transcript<&'a str>,
    segment: &'t Segment<&'a str>,
) -> TurnHead<'t, 'a> {
    let key = format!("claude:unattributed:{}", transcript.thread);
    TurnHead { key, source: Source::Claude, prompt: None, transcript, segment }
}
