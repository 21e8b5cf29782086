//! What a run's result lines say of its turn, in place of what its calls add up to: the stream shows a part of these.

use jiff::civil::Date;

use crate::import::facts::{ModelResult, SessionResult, Transcript};
use crate::import::prices::{Prices, Purchase, utc_day};
use crate::import::shares::PricedCall;
use crate::import::turn::{ModelUse, Tokens, ToldBy, Turn};
use crate::workflow::add_known;

/// What the result lines of a run's agent add up to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ResultTotals<'a> {
    /// Dollars; `None` where no line names a cost.
    pub cost: Option<f64>,
    /// By model; empty where the lines do not tell models apart.
    pub models: Vec<ModelResult<&'a str>>,
    /// Tokens of all models where `models` is empty.
    pub tokens: Tokens,
    /// Seconds.
    pub duration: Option<f64>,
    /// Whether the last run ended well.
    pub succeeded: bool,
}

impl<'a> ResultTotals<'a> {
    /// Adds up the result lines of a run; `None` where there are none. Cost and models are cumulative within a session, so that
    /// its largest one counts.
    pub fn of(transcript: &Transcript<&'a str>) -> Option<Self> {
        let succeeded = transcript.sessions.last()?.succeeded;
        let mut totals = Self { succeeded, ..Self::default() };
        let mut largest: Vec<&SessionResult<&str>> = Vec::new();
        for result in &transcript.sessions {
            totals.tokens += result.tokens;
            add_known(&mut totals.duration, result.duration);
            match largest.iter_mut().find(|known| known.session == result.session) {
                Some(known) if result.cost >= known.cost => *known = result,
                Some(_) => {}
                None => largest.push(result),
            }
        }
        for result in largest {
            add_known(&mut totals.cost, result.cost);
            result.models.iter().for_each(|used| totals.add_model(used));
        }
        Some(totals)
    }

    fn add_model(&mut self, used: &ModelResult<&'a str>) {
        match self.models.iter_mut().find(|known| known.model == used.model) {
            Some(known) => {
                known.tokens += used.tokens;
                known.cost = known.cost.zip(used.cost).map(|(a, b)| a + b);
            }
            None => self.models.push(used.clone()),
        }
    }

    /// Where no line names a cost, takes what its tokens cost at list prices: the calls show a part of them only. `shown`: the
    /// model of the calls, whose tokens they are where the lines name none.
    pub fn price(&mut self, shown: Option<&str>, day: Option<Date>, prices: &Prices) {
        let of_models = || {
            let models = self.models.iter();
            let costs =
                models.map(|used| used.cost.or_else(|| list_cost(used.model, used.tokens, (day, prices))));
            costs.sum::<Option<f64>>().filter(|_| !self.models.is_empty())
        };
        let of_tokens = || list_cost(shown.filter(|_| self.tokens.total() > 0)?, self.tokens, (day, prices));
        self.cost = self.cost.or_else(of_models).or_else(of_tokens);
    }

    /// Shares the cost among the calls in proportion to their list prices; equally where one has none.
    pub fn share_cost(&self, calls: &mut [PricedCall<'_, '_>]) {
        let Some(cost) = self.cost else { return };
        let list: Option<Vec<f64>> = calls.iter().map(|call| call.cost).collect();
        let shares = shares(&list.unwrap_or_else(|| vec![0.0; calls.len()]));
        for (call, share) in calls.iter_mut().zip(shares) {
            call.cost = Some(cost * share);
        }
    }

    /// Tells what the turn cost, how long it took, and what each model used.
    pub fn tell(&self, turn: &mut Turn<'a>, prices: &Prices) {
        turn.told_by = ToldBy::ResultLine;
        turn.duration = self.duration.or(turn.duration);
        turn.cost = self.cost.or(turn.cost);
        turn.list_cost = turn.cost;
        let day = turn.start.map(utc_day);
        let list_cost = |named: &ModelResult<&str>| list_cost(named.model, named.tokens, (day, prices));
        let shown = std::mem::take(&mut turn.models);
        let mut named = self.models.clone();
        if named.is_empty() {
            let model = shown.first().and_then(|usage| usage.model).unwrap_or_default();
            named.push(ModelResult { model, tokens: self.tokens, cost: None });
        } else {
            turn.list_cost = named.iter().map(list_cost).sum();
        }
        let parts = named.iter().map(|named| named.cost.or_else(|| list_cost(named)).unwrap_or(0.0));
        let shares = shares(&parts.collect::<Vec<_>>());
        for (ModelResult { model, tokens, .. }, share) in named.into_iter().zip(shares) {
            let model = Some(model).filter(|model| !model.is_empty());
            let calls = shown.iter().find(|usage| usage.model == model).map_or(0, |usage| usage.calls);
            let cost = turn.cost.unwrap_or(0.0) * share;
            let unpriced = if turn.cost.is_none() { calls.max(1) } else { 0 };
            turn.models.push(ModelUse { model, calls, tokens, cost, unpriced });
        }
        for usage in shown {
            if turn.models.iter().all(|named| named.model != usage.model) {
                turn.models.push(ModelUse { tokens: Tokens::default(), cost: 0.0, ..usage });
            }
        }
    }
}

/// What tokens of a model cost on a day at list price.
fn list_cost(model: &str, tokens: Tokens, (day, prices): (Option<Date>, &Prices)) -> Option<f64> {
    prices.sum_cost(&Purchase { model: Some(model), day, tokens, ..Purchase::default() })
}

/// What share of a whole each part is; equal shares where no part is anything.
fn shares(parts: &[f64]) -> Vec<f64> {
    let sum: f64 = parts.iter().sum();
    let equal = 1.0 / parts.len() as f64;
    parts.iter().map(|part| if sum > 0.0 { part / sum } else { equal }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_without_a_duration_leaves_that_of_the_others() {
        let result = |duration| SessionResult { session: "s", duration, ..SessionResult::default() };
        let sessions = vec![result(Some(5.0)), result(Some(2.0)), result(None)];
        let transcript = Transcript { sessions, ..Transcript::default() };
        assert_eq!(ResultTotals::of(&transcript).and_then(|totals| totals.duration), Some(7.0));
    }
}
