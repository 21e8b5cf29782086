//! Which operations take judgement, asked of a rule set that nothing is to be detected with.

use std::collections::HashSet;
use std::sync::Arc;

use super::RuleSet;
use crate::rules::load;
use crate::rules::{OperationsAlone, Rules};
use crate::signature::Signature;

/// Which operations take judgement rather than a script.
pub struct JudgementRules {
    own: Operations,
    /// Those of `default`, for what the own rules have no operation for.
    default: OperationsAlone,
}

enum Operations {
    Alone(OperationsAlone),
    /// Those of a whole rule set, with all signatures that it can give.
    Of(Arc<Rules>, HashSet<Signature>),
}

impl JudgementRules {
    /// Those of a built-in rule set by name. They are read in a hundredth of the time that the whole rule set takes.
    pub fn builtin(name: &str) -> Option<Self> {
        // A test holds that it says what the whole rule set says.
        Some(Self::with_own(Operations::Alone(load::builtin_operations(name)?.ok()?)))
    }

    /// Those of `default`, where the rules that gave the signatures cannot be had.
    pub fn default_alone() -> Self {
        Self::with_own(Operations::Alone(OperationsAlone::default()))
    }

    fn with_own(own: Operations) -> Self {
        let default = load::builtin_operations(RuleSet::BUILTIN[0]).and_then(Result::ok).unwrap_or_default();
        Self { own, default }
    }

    /// Whether the operation takes judgement, like a review. What neither these rules nor `default` know counts as
    /// taking it: nobody knows that a script would do.
    pub fn needs_judgement(&self, signature: &Signature) -> bool {
        let (own, gives) = match &self.own {
            Operations::Alone(operations) => {
                (operations.need_judgement(signature), operations.give(signature))
            }
            Operations::Of(rules, given) => (rules.needs_judgement(signature), given.contains(signature)),
        };
        own.or_else(|| self.default.need_judgement(signature)).unwrap_or(!gives)
    }
}

impl From<&RuleSet> for JudgementRules {
    fn from(rules: &RuleSet) -> Self {
        let given = rules.signatures().iter().cloned().collect();
        Self::with_own(Operations::Of(Arc::clone(&rules.rules), given))
    }
}
