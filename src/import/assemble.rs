//! Turns from placed segments: every call once, priced, and shared among the commands that it issued and read.

use std::borrow::Cow;
use std::collections::BTreeMap;

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;
use jiff::Timestamp;

use super::adw::recorded::ResultTotals;
use super::calls::absorb;
use super::facts::{CallFact, Ending, Segment, ToolFact, gap};
use super::placing::{Placing, TurnHead};
use super::prices::{Prices, Purchase, utc_day};
use super::shares::{PricedCall, Results, Share, Shares};
use super::turn::{Call, ModelUse, Source, Tokens, Turn};
use crate::workflow::add_known;

/// All turns, and how many lines only repeat a call.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History<'a> {
    /// The turns, by key.
    pub turns: Vec<Turn<'a>>,
    /// Lines that repeat a call.
    pub duplicates: u64,
}

/// A call with the turn that owns it.
struct Owned<'t, 'a> {
    /// As one file shows it, or put together of what several show.
    fact: Cow<'t, CallFact<&'a str>>,
    turn: usize,
    /// Its position in its segment; of several, the lowest.
    position: usize,
    /// The turn of the lowest rank owns the call: whether it lacks a prompt, whether a sub-agent shows the call, the turn's
    /// start, and the file.
    rank: (bool, bool, Option<i64>, usize),
}

impl Owned<'_, '_> {
    /// Joins what another segment shows of the same call.
    fn join(&mut self, other: Self) {
        absorb(self.fact.to_mut(), other.fact.into_owned());
        self.position = self.position.min(other.position);
        if other.rank < self.rank {
            (self.turn, self.rank) = (other.turn, other.rank);
        }
    }
}

/// Puts the turns together.
pub fn assemble<'a>(placing: &Placing<'_, 'a>, prices: &Prices) -> History<'a> {
    let (calls, duplicates) = merge_calls(placing);
    let results = merge_results(placing);
    let mut recorded: Vec<_> = placing.turns.iter().map(|head| ResultTotals::of(head.transcript)).collect();
    let mut by_turn: Vec<Vec<PricedCall<'_, '_>>> = placing.turns.iter().map(|_| Vec::new()).collect();
    for call in calls {
        by_turn[call.turn].push(price(call, &results, prices));
    }
    for ((calls, recorded), head) in by_turn.iter_mut().zip(&mut recorded).zip(&placing.turns) {
        calls.sort_by_key(PricedCall::order);
        if let Some(recorded) = recorded {
            let shown = calls.first().and_then(|call| call.fact.model);
            recorded.price(shown, head.start().and_then(timestamp).map(utc_day), prices);
            recorded.share_cost(calls);
        }
    }
    let shares = Shares::of(&mut by_turn, &results);
    let (spans, loose_tools) = (spans(placing), loose_tools(placing));
    let errors = errors(&results, placing.turns.len());
    let mut turns: Vec<Turn<'_>> = Vec::with_capacity(by_turn.len());
    for (turn, calls) in by_turn.into_iter().enumerate() {
        let mut built = begin(&placing.turns[turn], spans[turn]);
        built.subagents = placing.subagents.get(&turn).copied().unwrap_or(0);
        built.errors = errors[turn];
        built.commands = shares.commands(turn, &calls, &loose_tools[turn]);
        built.retries = retries(&calls, &loose_tools[turn], &results);
        total(&mut built, calls, recorded[turn].as_ref(), prices);
        turns.push(built);
    }
    turns.sort_by(|a, b| a.key.cmp(&b.key));
    History { turns, duplicates }
}

/// Every call once, in the turn that shows it first.
fn merge_calls<'t, 'a>(placing: &Placing<'t, 'a>) -> (Vec<Owned<'t, 'a>>, u64) {
    let (first_keys, conversation) = (first_keys(placing), conversation_keys(placing));
    // A side conversation replays the messages of the main one under other request ids.
    let is_replay = |fact: &CallFact<&str>| {
        fact.sidechain && conversation.get(fact.message()).is_some_and(|key| *key != fact.key)
    };
    let mut calls: HashMap<&str, Owned<'t, 'a>> = HashMap::new();
    let mut lines = 0;
    for placed in &placing.placed {
        let head = &placing.turns[placed.turn];
        // A side file may copy the whole conversation.
        let rank = (head.prompt.is_none(), placed.is_subagent, head.start(), placed.file);
        for (position, fact) in placed.segment.calls.iter().enumerate() {
            lines += fact.lines;
            if is_replay(fact) {
                continue;
            }
            let key = fact.uuid.and_then(|uuid| first_keys.get(uuid)).copied().unwrap_or(fact.key);
            let shown = Owned { fact: Cow::Borrowed(fact), turn: placed.turn, position, rank };
            match calls.entry(key) {
                Entry::Vacant(new) => _ = new.insert(shown),
                Entry::Occupied(mut known) => known.get_mut().join(shown),
            }
        }
    }
    let unique = calls.len() as u64;
    (calls.into_values().collect(), lines.saturating_sub(unique))
}

/// By line: the first key of its call, where keys hold only within one session, since a fork copies the line.
fn first_keys<'a>(placing: &Placing<'_, 'a>) -> HashMap<&'a str, &'a str> {
    let mut keys = HashMap::new();
    for fact in placing.placed.iter().flat_map(|placed| &placed.segment.calls) {
        if let Some(uuid) = fact.uuid.filter(|uuid| !uuid.is_empty()) {
            keys.entry(uuid).or_insert(fact.key);
        }
    }
    keys
}

/// The key of each message of the conversations with a person; empty where no call is of a side conversation, since
/// only those are looked up.
fn conversation_keys<'a>(placing: &Placing<'_, 'a>) -> HashMap<&'a str, &'a str> {
    let facts = placing.placed.iter().flat_map(|placed| &placed.segment.calls);
    if facts.clone().all(|fact| !fact.sidechain) {
        return HashMap::new();
    }
    facts.filter(|fact| !fact.sidechain).map(|fact| (fact.message(), fact.key)).collect()
}

/// Every result once, with the turn that it stands in.
fn merge_results(placing: &Placing<'_, '_>) -> Results {
    let mut results = Results::new();
    for placed in &placing.placed {
        for result in &placed.segment.results {
            let known = results.entry(result.id).or_insert_with(|| (placed.turn, result.clone()));
            known.1.searches = known.1.searches.max(result.searches);
        }
    }
    results
}

/// By turn: how many results are errors.
fn errors(results: &Results, turns: usize) -> Vec<u64> {
    let mut errors = vec![0; turns];
    for (turn, _) in results.values().filter(|(_, result)| result.failed) {
        errors[*turn] += 1;
    }
    errors
}

/// By turn: the tool uses that no call shows.
fn loose_tools<'t, 'a>(placing: &Placing<'t, 'a>) -> Vec<Vec<&'t ToolFact<&'a str>>> {
    let mut tools = vec![Vec::new(); placing.turns.len()];
    for placed in &placing.placed {
        tools[placed.turn].extend(&placed.segment.loose_tools);
    }
    tools
}

fn price<'t, 'a>(call: Owned<'t, 'a>, results: &Results, prices: &Prices) -> PricedCall<'t, 'a> {
    let Owned { fact, position, .. } = call;
    let found = || fact.tools.iter().filter_map(|tool| Some(results.get(&tool.id)?.1.searches)).sum();
    let searches = if fact.searches > 0 { fact.searches } else { found() };
    let day = fact.at.and_then(timestamp).map(utc_day);
    let purchase = Purchase { model: fact.model, day, tokens: fact.tokens, fast: fact.fast, searches };
    let list = prices.cost(&purchase).filter(|_| !fact.lacks_usage);
    let cost = fact.cost.or(list);
    PricedCall { fact, position, cost, share: Share::default() }
}

fn timestamp(milliseconds: i64) -> Option<Timestamp> {
    Timestamp::from_millisecond(milliseconds).ok()
}

/// When a turn's main conversation went on, in milliseconds since 1970, for how many seconds, and how it ended.
#[derive(Clone, Copy, Debug, Default)]
struct TurnSpan {
    /// Also of sub-agents.
    first: Option<i64>,
    end: Option<i64>,
    active: f64,
    duration: Option<f64>,
    interrupted: bool,
    api_error: bool,
}

impl TurnSpan {
    /// Goes on with a segment of the same file.
    fn add(&mut self, segment: &Segment<&str>) {
        let before = self.end.zip(segment.start).map_or(0.0, |(end, start)| gap(end, start));
        self.end = self.end.max(segment.end);
        self.active += before + segment.active;
        add_known(&mut self.duration, segment.duration);
        self.interrupted |= segment.ending == Ending::Interrupted;
        self.api_error = segment.ending == Ending::ApiError;
    }
}

/// By turn: of several files that show it, the one that shows most of it.
fn spans(placing: &Placing<'_, '_>) -> Vec<TurnSpan> {
    let mut by_file: BTreeMap<(usize, usize), TurnSpan> = BTreeMap::new();
    for placed in placing.placed.iter().filter(|placed| !placed.is_subagent) {
        by_file.entry((placed.turn, placed.file)).or_default().add(placed.segment);
    }
    let mut spans = vec![TurnSpan::default(); placing.turns.len()];
    for ((turn, _), span) in by_file {
        let known = &mut spans[turn];
        let interrupted = known.interrupted | span.interrupted;
        if (span.end, span.active.to_bits()) > (known.end, known.active.to_bits()) {
            *known = span;
        }
        known.interrupted = interrupted;
    }
    for placed in &placing.placed {
        let first = &mut spans[placed.turn].first;
        *first = [*first, placed.segment.start].into_iter().flatten().min();
    }
    spans
}

fn begin<'a>(head: &TurnHead<'_, 'a>, span: TurnSpan) -> Turn<'a> {
    let prompt = head.prompt.cloned().unwrap_or_default();
    let is_adw = head.source == Source::Adw;
    let active = (span.end.is_some()).then_some(span.active);
    Turn {
        key: head.key.clone(),
        source: head.source,
        request: prompt.text,
        asked: prompt.named.unwrap_or_default(),
        request_length: prompt.length,
        template: prompt.template,
        machine: prompt.machine || head.prompt.is_none() || is_adw,
        unattributed: head.prompt.is_none() && !is_adw,
        failed: span.interrupted || span.api_error,
        start: if head.prompt.is_some() { head.start() } else { span.first }.and_then(timestamp),
        end: span.end.and_then(timestamp),
        duration: span.duration.or(active),
        project: head.segment.project,
        session: head.transcript.thread,
        branch: head.segment.branch,
        ..Turn::default()
    }
}

/// How many commands repeat one whose last run failed.
fn retries(calls: &[PricedCall<'_, '_>], loose: &[&ToolFact<&str>], results: &Results) -> u64 {
    let mut calls: Vec<_> = calls.iter().collect();
    calls.sort_by_key(|call| call.order_made());
    let tools = calls.iter().flat_map(|call| &call.fact.tools).chain(loose.iter().copied());
    let (mut has_failed, mut retries) = (HashMap::new(), 0);
    for tool in tools {
        let Some(line) = tool.command else { continue };
        let failed = results.get(&tool.id).is_some_and(|(_, result)| result.failed);
        retries += u64::from(has_failed.insert(line, failed) == Some(true));
    }
    retries
}

/// Adds up the calls, or takes what the result lines say.
fn total<'a>(
    turn: &mut Turn<'a>,
    calls: Vec<PricedCall<'_, 'a>>,
    recorded: Option<&ResultTotals<'a>>,
    prices: &Prices,
) {
    turn.models = model_uses(&calls);
    turn.calls = calls.into_iter().map(PricedCall::into_call).collect();
    turn.cost = turn.calls.iter().map(|call| call.cost).sum();
    turn.list_cost = turn.cost;
    turn.failed |= turn.source == Source::Adw && recorded.is_none_or(|recorded| !recorded.succeeded);
    if let Some(recorded) = recorded {
        recorded.tell(turn, prices);
    }
    turn.tokens = Tokens::default();
    for usage in &turn.models {
        turn.tokens += usage.tokens;
    }
    let dearest = turn.models.iter().filter(|usage| usage.model.is_some());
    let dearest = dearest.max_by(|a, b| a.cost.total_cmp(&b.cost).then_with(|| b.model.cmp(&a.model)));
    turn.model = dearest.and_then(|usage| usage.model);
}

fn model_uses<'a>(calls: &[PricedCall<'_, 'a>]) -> Vec<ModelUse<'a>> {
    let mut uses: BTreeMap<Option<&str>, ModelUse<'a>> = BTreeMap::new();
    for PricedCall { fact, cost, .. } in calls {
        let usage = uses.entry(fact.model).or_default();
        usage.model = fact.model;
        usage.calls += 1;
        usage.tokens += fact.tokens;
        usage.cost += cost.unwrap_or(0.0);
        usage.unpriced += u64::from(cost.is_none());
    }
    uses.into_values().collect()
}

impl<'a> PricedCall<'_, 'a> {
    fn into_call(self) -> Call<'a> {
        let Self { fact, cost, .. } = self;
        let at = fact.at.and_then(timestamp);
        Call { key: fact.key, at, model: fact.model, tokens: fact.tokens, cost }
    }
}
