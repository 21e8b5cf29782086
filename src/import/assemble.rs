//! Turns from placed segments: every call once, priced, and shared among the commands that it issued and read.

use std::borrow::Cow;
use std::collections::BTreeMap;

use hashbrown::HashMap;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::adw::place::{ResultTotals, result_totals};
use super::calls::absorb;
use super::facts::{CallFact, Ending, ToolFact, ToolId, gap, message_part};
use super::placing::{Placed, Placing, TurnHead};
use super::prices::{Prices, Purchase};
use super::shares::{PricedCall, Results, Shares};
use super::turn::{Call, ModelUse, Source, Tokens, ToldBy, Turn};

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
    /// The turn of the lowest rank owns the call: whether it lacks a prompt, its start, and the file.
    rank: (bool, Option<i64>, usize),
}

/// Puts the turns together.
pub fn assemble<'a>(placing: &Placing<'_, 'a>, prices: &Prices) -> History<'a> {
    let (calls, duplicates) = merge_calls(placing);
    let results = merge_results(placing);
    let searches = results.iter().filter(|(_, (_, result))| result.searches > 0);
    let searches = searches.map(|(id, (_, result))| (*id, result.searches)).collect();
    let recorded: Vec<_> = placing.turns.iter().map(recorded_of).collect();
    let mut by_turn: Vec<Vec<PricedCall<'_, '_>>> = placing.turns.iter().map(|_| Vec::new()).collect();
    for call in calls {
        by_turn[call.turn].push(price(call, &searches, prices));
    }
    for ((calls, recorded), head) in by_turn.iter_mut().zip(&recorded).zip(&placing.turns) {
        calls.sort_by(|a, b| a.order().cmp(&b.order()));
        if let (Source::Adw, Some(cost)) = (head.source, recorded.as_ref().and_then(|recorded| recorded.cost))
        {
            spread(calls, cost);
        }
    }
    let shares = Shares::of(&by_turn, &results);
    let mut spans = spans(placing);
    let errors = errors(&results, placing.turns.len());
    let loose_tools = loose_tools(placing);
    let mut turns: Vec<Turn<'_>> = Vec::with_capacity(by_turn.len());
    for (turn, calls) in by_turn.into_iter().enumerate() {
        let head = &placing.turns[turn];
        let mut built = begin(head, std::mem::take(&mut spans[turn]));
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

fn recorded_of<'a>(head: &TurnHead<'_, 'a>) -> Option<ResultTotals<'a>> {
    (head.source == Source::Adw).then(|| result_totals(head.transcript)).flatten()
}

/// Every call once, in the turn that shows it first.
fn merge_calls<'t, 'a>(placing: &Placing<'t, 'a>) -> (Vec<Owned<'t, 'a>>, u64) {
    let aliases = aliases(placing);
    let conversation = conversation_keys(placing);
    let mut calls: HashMap<&str, Owned<'t, 'a>> = HashMap::new();
    let mut lines = 0;
    for placed in &placing.placed {
        let head = &placing.turns[placed.turn];
        let rank = (head.prompt.is_none(), head.start(), placed.file);
        for (position, fact) in placed.segment.calls.iter().enumerate() {
            lines += fact.lines;
            // A side conversation replays the messages of the main one under other request ids.
            let replayed = conversation.get(message(fact)).filter(|_| fact.sidechain);
            let alias = || fact.uuid.and_then(|uuid| aliases.get(uuid));
            let key = replayed.or_else(alias).copied().unwrap_or(fact.key);
            match calls.get_mut(key) {
                None => {
                    let fact = Cow::Borrowed(fact);
                    calls.insert(key, Owned { fact, turn: placed.turn, position, rank });
                }
                Some(known) => {
                    if key == fact.key || known.fact.key == fact.key || fact.uuid.is_some() {
                        absorb(known.fact.to_mut(), fact.clone());
                    }
                    known.position = known.position.min(position);
                    if rank < known.rank {
                        (known.turn, known.rank) = (placed.turn, rank);
                    }
                }
            }
        }
    }
    let unique = calls.len() as u64;
    let calls = calls.into_iter().map(|(key, mut call)| {
        if call.fact.key != key {
            call.fact.to_mut().key = key;
        }
        call
    });
    (calls.collect(), lines.saturating_sub(unique))
}

/// The first key of each line whose call's key holds only within one session: a fork copies the line.
fn aliases<'a>(placing: &Placing<'_, 'a>) -> HashMap<&'a str, &'a str> {
    let mut aliases = HashMap::new();
    for fact in placing.placed.iter().flat_map(|placed| &placed.segment.calls) {
        if let Some(uuid) = fact.uuid.filter(|uuid| !uuid.is_empty()) {
            aliases.entry(uuid).or_insert(fact.key);
        }
    }
    aliases
}

/// The key of each message of a conversation with a person; empty where no call is beside one, since it is not used
/// then.
fn conversation_keys<'a>(placing: &Placing<'_, 'a>) -> HashMap<&'a str, &'a str> {
    let facts = placing.placed.iter().flat_map(|placed| &placed.segment.calls);
    if facts.clone().all(|fact| !fact.sidechain) {
        return HashMap::new();
    }
    facts.filter(|fact| !fact.sidechain).map(|fact| (message(fact), fact.key)).collect()
}

/// The message's id within a key; the whole key where there is no request.
fn message<'a>(fact: &CallFact<&'a str>) -> &'a str {
    if fact.uuid.is_none() { message_part(fact.key) } else { fact.key }
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

fn price<'t, 'a>(
    owned: Owned<'t, 'a>,
    searches: &HashMap<ToolId, u64>,
    prices: &Prices,
) -> PricedCall<'t, 'a> {
    let fact = owned.fact;
    let found = || fact.tools.iter().filter_map(|tool| searches.get(&tool.id)).sum();
    let searches = if fact.searches > 0 { fact.searches } else { found() };
    let day = fact.at.and_then(timestamp).map(|at| at.to_zoned(TimeZone::UTC).date());
    let purchase = Purchase { model: fact.model, day, tokens: fact.tokens, fast: fact.fast, searches };
    let list = prices.cost(&purchase).filter(|_| !fact.lacks_usage);
    let cost = fact.cost.or(list);
    PricedCall { fact, position: owned.position, cost }
}

/// Shares a recorded cost among calls in proportion to their list prices; equally where one has none.
fn spread(calls: &mut [PricedCall<'_, '_>], cost: f64) {
    let list: Option<Vec<f64>> = calls.iter().map(|call| call.cost).collect();
    let shares = shares(&list.unwrap_or_else(|| vec![0.0; calls.len()]));
    for (call, share) in calls.iter_mut().zip(shares) {
        call.cost = Some(cost * share);
    }
}

fn timestamp(milliseconds: i64) -> Option<Timestamp> {
    Timestamp::from_millisecond(milliseconds).ok()
}

/// When a turn's main conversation went on, in milliseconds since 1970, for how many seconds, and how it ended.
#[derive(Clone, Copy, Debug, Default)]
struct TurnSpan {
    first: Option<i64>,
    end: Option<i64>,
    active: f64,
    duration: Option<f64>,
    interrupted: bool,
    api_error: bool,
}

/// By turn: of several files that show it, the one that shows most of it.
fn spans(placing: &Placing<'_, '_>) -> Vec<TurnSpan> {
    let mut spans: Vec<TurnSpan> = vec![TurnSpan::default(); placing.turns.len()];
    let mut first: Vec<Option<i64>> = vec![None; placing.turns.len()];
    for placed in &placing.placed {
        first[placed.turn] = [first[placed.turn], placed.segment.start].into_iter().flatten().min();
    }
    let mut by_file: BTreeMap<(usize, usize), TurnSpan> = BTreeMap::new();
    for Placed { turn, file, segment, .. } in placing.placed.iter().filter(|placed| !placed.is_subagent) {
        let span = by_file.entry((*turn, *file)).or_default();
        let before = span.end.zip(segment.start).map_or(0.0, |(end, start)| gap(end, start));
        span.end = span.end.max(segment.end);
        span.active += before + segment.active;
        span.duration = segment.duration.map(|more| span.duration.unwrap_or(0.0) + more).or(span.duration);
        span.interrupted |= segment.ending == Ending::Interrupted;
        span.api_error = segment.ending == Ending::ApiError;
    }
    for ((turn, _), span) in by_file {
        let known = &mut spans[turn];
        let interrupted = known.interrupted | span.interrupted;
        if (span.end, span.active.to_bits()) > (known.end, known.active.to_bits()) {
            *known = span;
        }
        known.interrupted = interrupted;
    }
    spans.iter_mut().zip(first).for_each(|(span, first)| span.first = first);
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
    let mut failed: HashMap<&str, bool> = HashMap::new();
    let repeats =
        tools.filter_map(|tool| Some((tool.command?, results.get(&tool.id)))).filter(|(line, result)| {
            let has_failed = result.is_some_and(|(_, result)| result.failed);
            failed.insert(line, has_failed) == Some(true)
        });
    repeats.count() as u64
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
        take_recorded(turn, recorded, prices);
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

fn take_recorded<'a>(turn: &mut Turn<'a>, recorded: &ResultTotals<'a>, prices: &Prices) {
    turn.told_by = ToldBy::ResultLine;
    turn.duration = recorded.duration.or(turn.duration);
    turn.cost = recorded.cost.or(turn.cost);
    let shown = std::mem::take(&mut turn.models);
    let first = shown.first().and_then(|usage| usage.model);
    let only = || vec![(first.unwrap_or_default(), recorded.tokens, None)];
    let named = if recorded.models.is_empty() { only() } else { recorded.models.clone() };
    let day = turn.start.map(|at: Timestamp| at.to_zoned(TimeZone::UTC).date());
    let list_cost = |(name, tokens, _): &(&str, Tokens, _)| {
        prices.sum_cost(&Purchase { model: Some(name), day, tokens: *tokens, ..Purchase::default() })
    };
    let list: Vec<_> = named.iter().map(list_cost).collect();
    turn.list_cost = if recorded.models.is_empty() { turn.cost } else { list.iter().copied().sum() };
    let parts = named.iter().zip(list).map(|((.., cost), list)| cost.or(list).unwrap_or(0.0));
    let shares = shares(&parts.collect::<Vec<_>>());
    for ((name, tokens, _), share) in named.into_iter().zip(shares) {
        let model = Some(name).filter(|name| !name.is_empty());
        let calls = shown.iter().find(|usage| usage.model == model).map_or(0, |usage| usage.calls);
        let cost = turn.cost.unwrap_or(0.0) * share;
        let unpriced = if turn.cost.is_none() { calls.max(1) } else { 0 };
        turn.models.push(ModelUse { model, calls, tokens, cost, unpriced });
    }
    let named: Vec<_> = turn.models.iter().map(|usage| usage.model).collect();
    let unnamed = shown.into_iter().filter(|usage| !named.contains(&usage.model));
    turn.models.extend(unnamed.map(|usage| ModelUse { tokens: Tokens::default(), cost: 0.0, ..usage }));
}

/// What share of a whole each part is; equal shares where no part is anything.
fn shares(parts: &[f64]) -> Vec<f64> {
    let sum: f64 = parts.iter().sum();
    let equal = 1.0 / parts.len() as f64;
    parts.iter().map(|part| if sum > 0.0 { part / sum } else { equal }).collect()
}

impl<'a> PricedCall<'_, 'a> {
    fn into_call(self) -> Call<'a> {
        let Self { fact, cost, .. } = self;
        let at = fact.at.and_then(timestamp);
        Call { key: fact.key, at, model: fact.model, tokens: fact.tokens, cost }
    }
}
