//! What detection says of an occurrence beside its signature: where it was found, and whether the request asks for
//! anything else.

use serde::de::Error;
use serde::{Deserialize, Serialize, Serializer};

use super::Covers;

bitflags::bitflags! {
    /// Where a signature was found.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct FoundIn: u8 {
        /// The request asks for it.
        const REQUEST = 1;
        /// The error message speaks of it.
        const ERROR = 1 << 1;
        /// The template's name stands for it.
        const TEMPLATE = 1 << 2;
        /// A command that ran does it.
        const RUN = 1 << 3;
    }
}

/// The places as they are stored, in their order.
const PLACES: [(FoundIn, &str); 4] = [
    (FoundIn::REQUEST, "request"),
    (FoundIn::ERROR, "error"),
    (FoundIn::TEMPLATE, "template"),
    (FoundIn::RUN, "run"),
];

impl FoundIn {
    /// As stored: `request`, `error`, `template` and `run`, in this order.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        PLACES.into_iter().filter(move |&(part, _)| self.contains(part)).map(|(_, name)| name)
    }
}

impl Serialize for FoundIn {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.names())
    }
}

/// The keys of an occurrence's characteristics that say it.
#[derive(Deserialize)]
struct FoundKeys<'a> {
    #[serde(borrow)]
    found_in: Option<Vec<&'a str>>,
    covers: Option<Covers>,
}

/// Where an occurrence was found and what it covers, which decides how far a workflow's cost counts as the operation's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Found {
    /// Where its signature was found.
    pub found_in: FoundIn,
    /// Whether the request asks for recorded operations and for nothing else.
    pub covers: Covers,
}

impl Found {
    /// What an occurrence's characteristics say; `Ok(None)` where they do not speak of it.
    ///
    /// # Errors
    /// Where they are not as flowmine writes them.
    pub(crate) fn from_json(json: &str) -> serde_json::Result<Option<Self>> {
        let FoundKeys { found_in, covers } = serde_json::from_str(json)?;
        if found_in.is_none() && covers.is_none() {
            return Ok(None);
        }
        let part = |name| PLACES.iter().find(|(_, known)| *known == name).map(|(part, _)| *part);
        let found_in: Option<FoundIn> = found_in.unwrap_or_default().into_iter().map(part).collect();
        let found = found_in.zip(covers).map(|(found_in, covers)| Self { found_in, covers });
        found.map(Some).ok_or_else(|| Error::custom("no such place or extent"))
    }

    /// As an object of its own.
    pub(crate) fn json(self) -> String {
        // Serialising texts cannot fail.
        serde_json::to_string(&self).unwrap_or_default()
    }
}
