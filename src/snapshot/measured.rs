//! What was measured: of workflows whose calls are known, what the commands of each operation cost.

use std::sync::Arc;

use hashbrown::{HashMap, HashSet};

use super::keys::KeyId;
use crate::detect::Found;
use crate::signature::category;

/// What the commands of one operation used in one workflow.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MeasuredAmount {
    /// US dollars; `None` where a command of it has no price.
    pub cost: Option<f64>,
    /// What the commands that have a price cost, in US dollars.
    pub known_cost: f64,
    /// Tokens.
    pub tokens: u64,
}

/// What several commands of an operation used.
#[derive(Debug)]
struct MeasuredSum {
    signature: Arc<str>,
    tokens: u64,
    /// What the commands that have a price cost, in US dollars.
    known_cost: f64,
    /// The rounding error of that so far (Neumaier's algorithm, which SQLite's `sum` uses too, so that both agree to the
    /// last bit).
    lost: f64,
    /// Whether all of them have a price.
    all_priced: bool,
}

impl MeasuredSum {
    fn of(signature: Arc<str>) -> Self {
        Self { signature, tokens: 0, known_cost: 0.0, lost: 0.0, all_priced: true }
    }

    /// Adds a command's tokens, and its cost in US dollars, `None` where no price is known.
    fn add(&mut self, cost: Option<f64>, tokens: u64) {
        self.tokens = self.tokens.saturating_add(tokens);
        self.all_priced &= cost.is_some();
        let (known, more) = (self.known_cost, cost.unwrap_or(0.0));
        let (large, small) = if known.abs() > more.abs() { (known, more) } else { (more, known) };
        self.known_cost += more;
        self.lost += (large - self.known_cost) + small;
    }

    fn amount(&self) -> MeasuredAmount {
        let known_cost = self.known_cost + self.lost;
        MeasuredAmount { cost: self.all_priced.then_some(known_cost), known_cost, tokens: self.tokens }
    }
}

/// What was measured, by workflow and signature.
#[derive(Debug, Default)]
pub struct MeasuredCommands {
    /// Workflows whose calls are known, with what those cost that have a price, in US dollars.
    known: HashMap<KeyId, f64>,
    /// The categories that have command rules, whether one of their commands ran or not.
    pub categories: HashSet<String>,
    /// The signatures, each once.
    signatures: HashSet<Arc<str>>,
    /// By workflow, in the order in which their commands ran first.
    by_workflow: HashMap<KeyId, Vec<MeasuredSum>>,
    /// By workflow whose request's text is not kept: what the request asks for.
    asked: HashMap<KeyId, Vec<(Arc<str>, Found)>>,
}

impl MeasuredCommands {
    /// Whether nothing was measured.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty() && self.by_workflow.is_empty() && self.asked.is_empty()
    }

    /// Whether something was measured of the workflow with this key.
    pub fn knows(&self, key: KeyId) -> bool {
        self.known.contains_key(&key) || self.by_workflow.contains_key(&key) || self.asked.contains_key(&key)
    }

    /// Adds a call of a workflow with its cost in US dollars; `None` where no price is known.
    pub fn add_call(&mut self, key: KeyId, cost: Option<f64>) {
        *self.known.entry(key).or_default() += cost.unwrap_or(0.0);
    }

    /// What the calls of a workflow cost that have a price, in US dollars; `None` where that is nothing.
    pub fn cost_of_calls(&self, key: KeyId) -> Option<f64> {
        self.known.get(&key).copied().filter(|cost| *cost > 0.0)
    }

    /// Adds what a command used: its cost in US dollars, `None` where no price is known, and its tokens. The commands of
    /// a workflow are added in the order in which they ran. One without a signature is known to no rule.
    pub fn add(&mut self, key: KeyId, signature: Option<&str>, cost: Option<f64>, tokens: u64) {
        let ran = self.by_workflow.entry(key).or_default();
        let Some(signature) = signature else { return };
        if let Some(known) = ran.iter_mut().find(|known| *known.signature == *signature) {
            return known.add(cost, tokens);
        }
        let signature = self.signatures.get_or_insert_with(signature, |name| name.into()).clone();
        let mut sum = MeasuredSum::of(signature);
        sum.add(cost, tokens);
        ran.push(sum);
    }

    /// Adds an operation that a workflow's request asks for, where the request's text is not kept.
    pub fn add_asked(&mut self, key: KeyId, signature: &str, found: Found) {
        let signature = self.signatures.get_or_insert_with(signature, |name| name.into()).clone();
        self.asked.entry(key).or_default().push((signature, found));
    }

    /// The operations that a workflow's request asks for, where its text is not kept.
    pub fn asked_in(&self, key: KeyId) -> &[(Arc<str>, Found)] {
        self.asked.get(&key).map_or(&[], Vec::as_slice)
    }

    /// The signatures of the operations that a workflow's commands ran, in their order; `None` where its commands are
    /// unknown.
    pub fn ran_in(&self, key: KeyId) -> Option<impl Iterator<Item = &str>> {
        let ran = self.by_workflow.get(&key);
        let is_known = ran.is_some() || self.known.contains_key(&key);
        is_known.then(|| ran.into_iter().flatten().map(|known| known.signature.as_ref()))
    }

    /// What the commands of this operation used in this workflow, 0 where none ran; `None` where it was not measured.
    pub fn of(&self, key: KeyId, signature: &str) -> Option<MeasuredAmount> {
        if !self.known.contains_key(&key) || !self.categories.contains(category(signature)) {
            return None;
        }
        let ran = self.by_workflow.get(&key);
        let found = ran.and_then(|ran| ran.iter().find(|known| *known.signature == *signature));
        Some(
            found
                .map_or(MeasuredAmount { cost: Some(0.0), ..MeasuredAmount::default() }, MeasuredSum::amount),
        )
    }
}
