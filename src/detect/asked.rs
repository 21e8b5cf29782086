//! What a request asks for whose text is not kept: it was found when the text was there, and stored.

use super::detector::Detector;
use super::{Covers, Found, FoundIn, RuleSet, SignatureId};

/// An operation that was found in a request, or in its template's name, while their texts were there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AskedOperation {
    /// Its signature, by number: see [`super::RuleSet::signatures`].
    pub signature: SignatureId,
    /// Where it was found and what it covers.
    pub found: Found,
}

impl RuleSet {
    /// Operations that were found before and stored by their signatures; those that this rule set cannot give are left
    /// out.
    pub fn asked_as(&self, found: &[(impl AsRef<str>, Found)]) -> Vec<AskedOperation> {
        let known = found.iter().filter_map(|(name, found)| Some((self.number(name.as_ref())?, *found)));
        known.map(|(signature, found)| AskedOperation { signature, found }).collect()
    }
}

impl Detector<'_> {
    /// Takes what was found then as if it were found now.
    pub(super) fn asked_layer(&mut self, asked: &[AskedOperation]) {
        self.covers = asked.iter().map(|one| one.found.covers).max().unwrap_or(Covers::Part);
        for layer in [FoundIn::REQUEST, FoundIn::TEMPLATE] {
            for one in asked.iter().filter(|one| one.found.found_in.contains(layer)) {
                self.fire(layer, None, Some(one.signature), (0, 0));
            }
        }
    }
}
