//! What a command costs: a call's cost is divided equally among the tools that it uses and the results that it is the
//! first to read; a command's cost is the sum of its shares within its turn.

use std::borrow::Cow;

use hashbrown::HashMap;

use super::facts::{CallFact, ResultFact, ToolFact, ToolId};
use super::turn::Command;

/// Every result with the turn that it stands in.
pub type Results = HashMap<ToolId, (usize, ResultFact)>;

/// A call and its cost.
#[derive(Clone, Debug)]
pub struct PricedCall<'t, 'a> {
    /// The call.
    pub fact: Cow<'t, CallFact<&'a str>>,
    /// Its position in its segment.
    pub position: usize,
    /// In dollars; `None` where no price is known.
    pub cost: Option<f64>,
    /// What each of its tools and readings costs.
    pub share: Share,
}

/// One of a call's equal parts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Share {
    cost: Option<f64>,
    tokens: f64,
}

impl<'a> PricedCall<'_, 'a> {
    /// Calls are sorted by time, then by key.
    pub fn order(&self) -> (Option<i64>, &'a str) {
        (self.fact.at, self.fact.key)
    }

    /// The order in which they were made, also where they have no times: then as they stand in their transcript.
    pub fn order_made(&self) -> (Option<i64>, usize) {
        (self.fact.at, self.position)
    }

    /// Its share where it is the first to read so many results.
    fn share_of(&self, read: usize) -> Share {
        let parts = (self.fact.tools.len() + read).max(1) as f64;
        Share { cost: self.cost.map(|cost| cost / parts), tokens: self.fact.tokens.total() as f64 / parts }
    }
}

/// Who read each tool use's result first.
#[derive(Debug)]
pub struct Shares<'r> {
    /// The turn and the call in it.
    readers: HashMap<ToolId, (usize, usize)>,
    results: &'r Results,
}

impl<'r> Shares<'r> {
    /// Finds out the share of each call, by turn; those of a turn are sorted.
    ///
    /// A result that is first read in another turn than its tool was used in takes no share of a call.
    pub fn of(by_turn: &mut [Vec<PricedCall<'_, '_>>], results: &'r Results) -> Self {
        let (mut owners, mut first) = (HashMap::new(), HashMap::new());
        for (turn, calls) in by_turn.iter().enumerate() {
            for (position, call) in calls.iter().enumerate() {
                owners.extend(call.fact.tools.iter().map(|tool| (tool.id, turn)));
                let reader = (call.order(), (turn, position));
                for id in &call.fact.reads {
                    first.entry(*id).and_modify(|first| *first = reader.min(*first)).or_insert(reader);
                }
            }
        }
        let readers: HashMap<_, _> = first.into_iter().map(|(id, (_, reader))| (id, reader)).collect();
        for (turn, calls) in by_turn.iter_mut().enumerate() {
            for (position, call) in calls.iter_mut().enumerate() {
                let is_own = |id: &ToolId| owners.get(id).is_none_or(|owner| *owner == turn);
                let is_first = |id: &ToolId| readers.get(id) == Some(&(turn, position));
                let read = call.fact.reads.iter().filter(|id| is_first(id) && is_own(id)).count();
                call.share = call.share_of(read);
            }
        }
        Self { readers, results }
    }

    /// The commands of a turn, by the time of the call that issued them; those of no call, which are `loose`, stand last.
    pub fn commands<'a>(
        &self,
        turn: usize,
        calls: &[PricedCall<'_, 'a>],
        loose: &[&ToolFact<&'a str>],
    ) -> Vec<Command<'a>> {
        let reader = |tool: &ToolFact<&str>| {
            let (_, position) = self.readers.get(&tool.id).filter(|(reading, _)| *reading == turn)?;
            Some(&calls[*position])
        };
        let issued = calls.iter().flat_map(|call| call.fact.tools.iter().map(move |tool| (tool, Some(call))));
        let tools = issued.chain(loose.iter().map(|tool| (*tool, None)));
        tools.filter_map(|(tool, issuer)| self.command(tool, [issuer, reader(tool)])).collect()
    }

    /// The command of a tool use in which these calls share; `None` where the tool is no shell.
    fn command<'a>(
        &self,
        tool: &ToolFact<&'a str>,
        calls: [Option<&PricedCall<'_, '_>>; 2],
    ) -> Option<Command<'a>> {
        let line = tool.command?;
        let result = self.results.get(&tool.id).map(|(_, result)| result);
        let shares = || calls.into_iter().flatten().map(|call| call.share);
        Some(Command {
            line,
            named: tool.named.clone(),
            exit_status: result.and_then(|result| result.exit),
            failed: result.is_some_and(|result| result.failed),
            calls: shares().count() as u64,
            tokens: shares().map(|share| share.tokens).sum(),
            cost: shares().map(|share| share.cost).sum(),
        })
    }
}
