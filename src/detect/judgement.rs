//! Which operations take judgement, asked of a rule set that nothing is to be detected with.

use std::sync::Arc;

use super::RuleSet;
use crate::rules::{Rules, load};
use crate::signature::Signature;

/// Which operations of a rule set take judgement rather than a script. To read a built-in rule set for this alone takes a
/// hundredth of the time that it takes to read one for detection.
pub struct JudgementRules(Arc<Rules>);

impl JudgementRules {
    /// Those of a built-in rule set by name.
    pub fn builtin(name: &str) -> Option<Self> {
        // A test holds that it says what the whole rule set says.
        Some(Self(Arc::new(load::builtin_judgement(name)?.ok()?)))
    }

    /// Whether the operation takes judgement, like a review. Signatures that the rule set does not know take none.
    pub fn needs_judgement(&self, signature: &Signature) -> bool {
        self.0.needs_judgement(signature)
    }
}

impl From<RuleSet> for JudgementRules {
    fn from(rules: RuleSet) -> Self {
        Self(rules.rules)
    }
}
