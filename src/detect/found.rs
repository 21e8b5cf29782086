//! What an occurrence is worth: where its signature was found, and how much of the request it is.

use serde::Deserialize;
use serde::de::Error;

use super::Covers;

bitflags::bitflags! {
    /// Where a signature was found.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct FoundIn: u8 {
        /// The request asks for it.
        const REQUEST = 1;
        /// The error message speaks of it.
        const ERROR = 1 << 1;
        /// The template's name is its.
        const TEMPLATE = 1 << 2;
        /// A command that ran is it.
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

/// The keys of an occurrence's characteristics that say what it is worth.
#[derive(Deserialize)]
struct FoundKeys<'a> {
    #[serde(borrow)]
    found_in: Option<Vec<&'a str>>,
    covers: Option<&'a str>,
}

/// What an occurrence is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
        let covers = [Covers::Part, Covers::Whole].into_iter().find(|known| Some(known.as_str()) == covers);
        let found = found_in.zip(covers).map(|(found_in, covers)| Self { found_in, covers });
        found.map(Some).ok_or_else(|| Error::custom("no such place or extent"))
    }

    /// As an object of its own.
    pub(crate) fn json(self) -> String {
        let mut json = String::new();
        self.write_json(&mut json);
        format!("{{{}}}", json.trim_start_matches(','))
    }

    /// Appends `,"found_in":[…],"covers":"…"`, the keys of an object that has others before.
    pub(crate) fn write_json(self, json: &mut String) {
        json.push_str(",\"found_in\":");
        write_list(json, self.found_in.names());
        json.push_str(",\"covers\":\"");
        json.push_str(self.covers.as_str());
        json.push('"');
    }
}

/// Appends a list of texts that need no escapes.
pub(super) fn write_list<'a>(json: &mut String, texts: impl Iterator<Item = &'a str>) {
    let mut mark = '[';
    for text in texts {
        json.push(mark);
        json.push('"');
        json.push_str(text);
        json.push('"');
        mark = ',';
    }
    json.push_str(if mark == '[' { "[]" } else { "]" });
}
