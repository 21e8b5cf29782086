//! All signatures a rules file can give, numbered.

use std::collections::HashMap;

use indexmap::IndexSet;

use super::SignatureId;
use crate::rules::{LocatedText, RulesError, RulesTexts};
use crate::signature::Signature;

#[derive(Default)]
pub(super) struct Signatures {
    pub all: IndexSet<Signature>,
}

impl Signatures {
    /// The number of the signature of three parts. An error names the part to blame.
    pub(super) fn joined(
        &mut self,
        parts: [&LocatedText; 3],
        sources: &RulesTexts,
    ) -> Result<SignatureId, RulesError> {
        for part in parts {
            if Signature::new(&part.value, "x", "x").is_err() {
                let message = format!("'{}' cannot be part of a signature", part.value);
                let message = format!("{message}: lower case, no white space, no colon");
                return Err(sources.error(part.location, message));
            }
        }
        let [category, subcategory, target] = parts.map(|part| part.value.as_str());
        self.number(&format!("{category}:{subcategory}:{target}"), parts[0], sources)
    }

    /// By signature: the number of its category.
    pub(super) fn categories(&self) -> Vec<u16> {
        let mut numbers = HashMap::new();
        let number = |(at, signature): (usize, &Signature)| {
            let number = u16::try_from(at).unwrap_or(u16::MAX);
            *numbers.entry(signature.category().to_owned()).or_insert(number)
        };
        self.all.iter().enumerate().map(number).collect()
    }

    /// The number of a signature, a new one if need be. `text` is where it stands.
    pub(super) fn number(
        &mut self,
        signature: &str,
        text: &LocatedText,
        sources: &RulesTexts,
    ) -> Result<SignatureId, RulesError> {
        let signature: Signature = signature.parse().map_err(|error| sources.error(text.location, error))?;
        let (number, _) = self.all.insert_full(signature);
        let too_many = |_| sources.error(text.location, "the file can give more than 65,536 signatures");
        u16::try_from(number).map(SignatureId).map_err(too_many)
    }
}
