//! What the commands of each workflow ran.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::db::history::HistoryRow;
use crate::db::{Database, Result, ran};
use crate::detect::{Evidence, RanOperation, RuleSet};

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

    /// What detection may read of a row, with the row's own texts.
    pub(super) fn evidence<'a>(
        &'a self,
        row: &HistoryRow<'_>,
        texts: &'a [Option<Cow<'_, str>>; 3],
    ) -> Evidence<'a> {
        let [request, error_message, template] = texts.each_ref().map(Option::as_deref);
        let ran = row.readable_key().and_then(|key| self.0.get(key)).map(Vec::as_slice);
        Evidence { request, error_message, template, ran }
    }
}
