//! The signatures that a detector has found, and what each is worth: see [`Found`].

use super::detector::Detector;
use super::model::Matcher;
use super::{Covers, Found, FoundIn, SignatureId};

impl Detector<'_> {
    /// The signatures of the workflow that was detected last, as [`Detector::detect`] gave them.
    #[must_use]
    pub fn signatures(&self) -> &[SignatureId] {
        &self.found
    }

    /// What an occurrence of a signature is worth, in the workflow that was detected last. Where its commands are
    /// known, an operation that was asked for but did not run is a part. `None` for rules that look for keywords
    /// anywhere, which cannot tell.
    pub fn found(&self, signature: SignatureId) -> Option<Found> {
        let of_signature = self.firings.iter().filter(|firing| firing.signature == Some(signature));
        let found_in: FoundIn = of_signature.map(|firing| firing.layer).collect();
        if found_in.contains(FoundIn::RUN) {
            let request =
                if self.asks_for_category_of(signature) { FoundIn::REQUEST } else { FoundIn::empty() };
            return self.asked_for_nothing_else(FoundIn::RUN | request);
        }
        let found = self.asked_for_nothing_else(found_in)?;
        Some(if self.ran_is_known { Found { covers: Covers::Part, ..found } } else { found })
    }

    /// Whether the request asks for an operation of a signature's category.
    fn asks_for_category_of(&self, signature: SignatureId) -> bool {
        let category = |signature: SignatureId| self.rules.categories[signature.index()];
        let of_request = self.firings.iter().filter(|firing| firing.layer == FoundIn::REQUEST);
        of_request.filter_map(|firing| firing.signature).any(|asked| category(asked) == category(signature))
    }

    fn asked_for_nothing_else(&self, found_in: FoundIn) -> Option<Found> {
        if matches!(self.rules.matcher, Matcher::Anywhere(_)) {
            return None;
        }
        let instructed = self.is_command_request || !self.instructions.found.is_empty();
        let whole = found_in.contains(FoundIn::REQUEST) && instructed && self.something_else.is_none();
        Some(Found { found_in, covers: if whole { Covers::Whole } else { Covers::Part } })
    }
}
