//! Which operations take judgement, asked of a rule set that nothing is to be detected with.

use std::sync::Arc;

use super::RuleSet;
use crate::rules::{OperationsAlone, Rules, load};
use crate::signature::Signature;

/// Which operations take judgement rather than a script.
pub struct JudgementRules {
    own: Option<Arc<Rules>>,
    /// The operations of built-in rule sets, asked in turn where `own` does not have the operation; `default` is the
    /// last.
    builtin: Vec<OperationsAlone>,
    /// What is said of operations that none of them knows.
    unknown: bool,
}

impl JudgementRules {
    /// Those of a built-in rule set by name. They are read in a hundredth of the time that the whole rule set takes.
    pub fn builtin(name: &str) -> Option<Self> {
        // A test holds that it says what the whole rule set says.
        let mut builtin = vec![load::builtin_operations(name)?.ok()?];
        if name != RuleSet::BUILTIN[0] {
            builtin.push(default_operations());
        }
        Some(Self { own: None, builtin, unknown: false })
    }

    /// What is known where the rules that gave the signatures are lost: an operation that `default` does not know may
    /// take judgement, so it counts as taking it.
    pub fn of_lost_rules() -> Self {
        Self { own: None, builtin: vec![default_operations()], unknown: true }
    }

    /// Whether the operation takes judgement, like a review.
    pub fn needs_judgement(&self, signature: &Signature) -> bool {
        let own = self.own.as_ref().and_then(|rules| rules.needs_judgement(signature));
        let builtin = || self.builtin.iter().find_map(|operations| operations.need_judgement(signature));
        own.or_else(builtin).unwrap_or(self.unknown)
    }
}

fn default_operations() -> OperationsAlone {
    load::builtin_operations(RuleSet::BUILTIN[0]).and_then(Result::ok).unwrap_or_default()
}

impl From<&RuleSet> for JudgementRules {
    fn from(rules: &RuleSet) -> Self {
        Self { own: Some(Arc::clone(&rules.rules)), builtin: vec![default_operations()], unknown: false }
    }
}
