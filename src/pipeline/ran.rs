//! What the commands of each workflow ran.

use std::collections::HashMap;

use crate::db::{Database, Result, ran};
use crate::detect::{RanOperation, RuleSet};

/// What the commands of each workflow ran, where they are known.
#[derive(Default)]
pub(super) struct RanByWorkflow(HashMap<String, Vec<RanOperation>>);

impl RanByWorkflow {
    pub(super) fn read(db: &Database, rules: &RuleSet) -> Result<Self> {
        let mut by_workflow: HashMap<String, Vec<RanOperation>> = HashMap::new();
        let named = rules.named_signatures();
        ran::visit_ran(db, |key, signature| {
            let operation = signature.and_then(|signature| named.get(signature)).copied();
            let Some(known) = by_workflow.get_mut(key) else {
                by_workflow.insert(key.to_owned(), operation.into_iter().collect());
                return;
            };
            known.extend(operation.filter(|operation| !known.contains(operation)));
        })?;
        Ok(Self(by_workflow))
    }

    pub(super) fn of(&self, key: &str) -> Option<&[RanOperation]> {
        self.0.get(key).map(Vec::as_slice)
    }
}
