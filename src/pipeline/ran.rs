//! What the commands of each workflow ran, and what its request asked for where that is not kept.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::detect::{AskedOperation, Evidence, RanOperation, RuleSet};
use crate::snapshot::{KeyId, MeasuredCommands};

/// Says what the commands of a workflow ran, where they are known: one workflow after another, in the same room.
pub(super) struct RanOperations<'r> {
    named: HashMap<&'r str, RanOperation>,
    ran: Vec<RanOperation>,
    asked: Vec<AskedOperation>,
}

impl<'r> RanOperations<'r> {
    /// As these rules number them.
    pub(super) fn new(rules: &'r RuleSet) -> Self {
        Self { named: rules.named_signatures(), ran: Vec::new(), asked: Vec::new() }
    }

    /// What detection may read of a workflow with these texts.
    pub(super) fn evidence<'a>(
        &'a mut self,
        measured: &MeasuredCommands,
        key: KeyId,
        texts: &'a [Option<Cow<'_, str>>; 3],
    ) -> Evidence<'a> {
        let asked = measured.asked_in(key).iter().filter_map(|(signature, found)| {
            let signature = self.named.get(&**signature)?.signature;
            Some(AskedOperation { signature, found: *found })
        });
        self.asked.clear();
        self.asked.extend(asked);
        let [request, error_message, template] = texts.each_ref().map(Option::as_deref);
        let ran = measured.ran_in(key).map(|signatures| {
            self.ran.clear();
            self.ran.extend(signatures.filter_map(|signature| self.named.get(signature)));
            self.ran.as_slice()
        });
        Evidence { request, error_message, template, ran, asked: &self.asked }
    }
}
