//! What was measured of workflows: their calls are known, and so is what the commands of each operation cost.

use std::sync::Arc;

use hashbrown::{HashMap, HashSet};

use super::keys::KeyId;

/// The category of a signature.
fn category(signature: &str) -> &str {
    signature.split(':').next().unwrap_or(signature)
}

/// What the commands of one operation used in one workflow.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MeasuredAmount {
    /// US dollars; `None` where no price is known.
    pub cost: Option<f64>,
    /// Tokens.
    pub tokens: u64,
}

/// What was measured, by workflow and signature.
#[derive(Debug, Default)]
pub struct MeasuredCommands {
    /// Workflows whose calls are known.
    known: HashSet<KeyId>,
    /// The categories that commands can be told to be of, whether one ran or not.
    categories: HashSet<String>,
    /// The signatures, each once.
    signatures: HashSet<Arc<str>>,
    /// By workflow, in the order in which their commands ran first.
    by_workflow: HashMap<KeyId, Vec<(Arc<str>, MeasuredAmount)>>,
}

impl MeasuredCommands {
    /// Whether nothing was measured.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Adds a workflow whose calls are known.
    pub fn add_workflow(&mut self, key: KeyId) {
        self.known.insert(key);
    }

    /// Adds a category that commands can be told to be of.
    pub fn add_category(&mut self, category: String) {
        self.categories.insert(category);
    }

    /// Adds what the commands of an operation used in a workflow; `None` is what no rule knows.
    pub fn add(&mut self, key: KeyId, signature: Option<&str>, amount: MeasuredAmount) {
        let ran = self.by_workflow.entry(key).or_default();
        if let Some(signature) = signature {
            ran.push((self.signatures.get_or_insert_with(signature, |name| name.into()).clone(), amount));
        }
    }

    /// The signatures of the operations that the commands of a workflow ran, in their order; `None`: they are not known.
    pub fn ran_in(&self, key: KeyId) -> Option<impl Iterator<Item = &str>> {
        let ran = self.by_workflow.get(&key);
        let is_known = ran.is_some() || self.known.contains(&key);
        is_known.then(|| ran.into_iter().flatten().map(|(signature, _)| signature.as_ref()))
    }

    /// What the commands of this operation used in this workflow; nothing where none ran. `None`: it was not measured.
    pub fn of(&self, key: KeyId, signature: &str) -> Option<MeasuredAmount> {
        if !self.known.contains(&key) || !self.categories.contains(category(signature)) {
            return None;
        }
        let ran = self.by_workflow.get(&key);
        let found = ran.and_then(|ran| ran.iter().find(|(name, _)| name.as_ref() == signature));
        Some(found.map_or(MeasuredAmount { cost: Some(0.0), tokens: 0 }, |(_, amount)| *amount))
    }
}
