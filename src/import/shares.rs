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
}

impl PricedCall<'_, '_> {
    /// Calls are sorted by time, then by key.
    pub fn order(&self) -> (Option<i64>, &str) {
        (self.fact.at, self.fact.key)
    }

    /// The order in which they were made, also where they have no times: then as they stand in their transcript.
    pub fn order_made(&self) -> (Option<i64>, usize) {
        (self.fact.at, self.position)
    }
}

/// One call's equal parts.
#[derive(Clone, Copy, Debug, Default)]
struct Share {
    turn: usize,
    cost: Option<f64>,
    tokens: f64,
}

/// Who issued each tool use and who read its result first.
#[derive(Debug)]
pub struct Shares<'a> {
    readers: HashMap<ToolId, Share>,
    /// By turn, in the calls' order: the share of each.
    issued: Vec<Vec<Share>>,
    results: &'a Results,
}

impl<'r> Shares<'r> {
    /// The shares of all calls, by turn.
    ///
    /// A result that is first read in another turn than its tool was used in takes no share of a call.
    pub fn of(by_turn: &[Vec<PricedCall<'_, '_>>], results: &'r Results) -> Self {
        let mut first: HashMap<ToolId, (usize, usize)> = HashMap::new();
        let owners = owners(by_turn);
        let order = |at: &(usize, usize)| by_turn[at.0][at.1].order();
        for (turn, calls) in by_turn.iter().enumerate() {
            for (position, id) in reads(calls) {
                let known = first.entry(id).or_insert((turn, position));
                if order(&(turn, position)) < order(known) {
                    *known = (turn, position);
                }
            }
        }
        let share = |turn: usize, position: usize, call: &PricedCall<'_, '_>| {
            let is_own = |id: &ToolId| owners.get(id).is_none_or(|owner| *owner == turn);
            let is_first = |id: &ToolId| first.get(id) == Some(&(turn, position));
            let read = call.fact.reads.iter().filter(|id| is_first(id) && is_own(id)).count();
            let parts = (call.fact.tools.len() + read).max(1) as f64;
            let tokens = call.fact.tokens.total() as f64 / parts;
            Share { turn, cost: call.cost.map(|cost| cost / parts), tokens }
        };
        let issued: Vec<Vec<_>> = by_turn
            .iter()
            .enumerate()
            .map(|(turn, calls)| calls.iter().enumerate().map(|(at, call)| share(turn, at, call)).collect())
            .collect();
        let readers = first.into_iter().map(|(id, (turn, position))| (id, issued[turn][position])).collect();
        Self { readers, issued, results }
    }

    /// The commands of a turn, by the time of the call that issued them; those of no call, which are `loose`, stand last.
    pub fn commands<'a>(
        &self,
        turn: usize,
        calls: &[PricedCall<'_, 'a>],
        loose: &[&ToolFact<&'a str>],
    ) -> Vec<Command<'a>> {
        let mut commands = Vec::new();
        for (call, share) in calls.iter().zip(&self.issued[turn]) {
            commands.extend(call.fact.tools.iter().filter_map(|tool| self.command(turn, tool, Some(share))));
        }
        commands.extend(loose.iter().filter_map(|tool| self.command(turn, tool, None)));
        commands
    }

    fn command<'a>(
        &self,
        turn: usize,
        tool: &ToolFact<&'a str>,
        issued: Option<&Share>,
    ) -> Option<Command<'a>> {
        let line = tool.command?;
        let read = self.readers.get(&tool.id).filter(|share| share.turn == turn);
        let result = self.results.get(&tool.id).map(|(_, result)| result);
        let shares: Vec<_> = issued.into_iter().chain(read).collect();
        Some(Command {
            line,
            named: tool.named.clone(),
            exit_status: result.and_then(|result| result.exit),
            failed: result.is_some_and(|result| result.failed),
            calls: shares.len() as u64,
            tokens: shares.iter().map(|share| share.tokens).sum(),
            cost: shares.iter().map(|share| share.cost).sum(),
        })
    }
}

/// The turn in which each tool was used.
fn owners(by_turn: &[Vec<PricedCall<'_, '_>>]) -> HashMap<ToolId, usize> {
    let calls =
        by_turn.iter().enumerate().flat_map(|(turn, calls)| calls.iter().map(move |call| (turn, call)));
    calls.flat_map(|(turn, call)| call.fact.tools.iter().map(move |tool| (tool.id, turn))).collect()
}

fn reads(calls: &[PricedCall<'_, '_>]) -> impl Iterator<Item = (usize, ToolId)> {
    calls.iter().enumerate().flat_map(|(at, call)| call.fact.reads.iter().map(move |id| (at, *id)))
}
