//! The signatures that a detector has found, and what each is worth: where it was found, and how much of the request it is.

use super::detector::{Detector, Firing, Layer};
use super::model::Matcher;
use super::{Covers, Found, FoundIn, SignatureId};

impl Detector<'_> {
    /// The signatures of the workflow that was detected last, as [`Detector::detect`] gave them.
    #[must_use]
    pub fn signatures(&self) -> &[SignatureId] {
        &self.found
    }

    /// What an occurrence of a signature is worth, of the workflow that was detected last. Rules that look for keywords
    /// anywhere cannot tell.
    pub fn found(&self, signature: SignatureId) -> Option<Found> {
        if self.ran_is_known {
            let of_run = self.firings.iter().filter(|firing| firing.layer == Layer::Run);
            let ran: Vec<SignatureId> = of_run.filter_map(|firing| firing.signature).collect();
            return self.found_beside(signature, &ran);
        }
        let found_in = self.firings_of(signature).map(|firing| part_of(firing.layer)).collect();
        self.asked_for_nothing_else(found_in)
    }

    /// As [`Detector::found`], of a workflow whose commands ran these operations. What was asked for and of which nothing
    /// ran is a part.
    fn found_beside(&self, signature: SignatureId, ran: &[SignatureId]) -> Option<Found> {
        if ran.contains(&signature) {
            let category = |signature: SignatureId| self.rules.categories[signature.index()];
            let is_asked = |firing: &Firing| {
                firing.layer == Layer::Request
                    && firing.signature.is_some_and(|asked| category(asked) == category(signature))
            };
            let asked = self.firings.iter().any(is_asked);
            let request = if asked { FoundIn::REQUEST } else { FoundIn::empty() };
            return self.asked_for_nothing_else(FoundIn::RUN | request);
        }
        let found_in = self.firings_of(signature).map(|firing| part_of(firing.layer)).collect();
        self.asked_for_nothing_else(found_in).map(|found| Found { covers: Covers::Part, ..found })
    }

    fn firings_of(&self, signature: SignatureId) -> impl Iterator<Item = &Firing> {
        self.firings.iter().filter(move |firing| firing.signature == Some(signature))
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

fn part_of(layer: Layer) -> FoundIn {
    match layer {
        Layer::Request => FoundIn::REQUEST,
        Layer::Error => FoundIn::ERROR,
        Layer::Template => FoundIn::TEMPLATE,
        Layer::Run => FoundIn::RUN,
    }
}
