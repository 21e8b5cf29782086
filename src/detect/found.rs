//! What an occurrence is worth: where its signature was found, and how much of the request it is.

use std::fmt::Write;

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

impl FoundIn {
    /// As stored: `request`, `error`, `template` and `run`, in this order.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let all = [
            (Self::REQUEST, "request"),
            (Self::ERROR, "error"),
            (Self::TEMPLATE, "template"),
            (Self::RUN, "run"),
        ];
        all.into_iter().filter(move |&(place, _)| self.contains(place)).map(|(_, name)| name)
    }
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
    /// Appends `,"found_in":[…],"covers":"…"`, the keys of an object that has others before.
    pub(crate) fn write_json(self, json: &mut String) {
        let names: Vec<String> = self.found_in.names().map(|name| format!("\"{name}\"")).collect();
        // Writing to a String cannot fail.
        let _ = write!(json, ",\"found_in\":[{}],\"covers\":\"{}\"", names.join(","), self.covers.as_str());
    }
}
