//! Rule sets as people write them: a TOML file, read and checked, nothing compiled yet.
//!
//! The format is described in `docs/rules.md`, for the people who write such files. [`crate::detect`] compiles what
//! this module reads.

mod document;
mod error;
pub(crate) mod format;
pub(crate) mod notation;

pub(crate) use document::{Source, Table, Text, did_you_mean};
pub use error::RulesError;

/// The names of the built-in rule sets; the first is the one to use unless told otherwise.
pub const BUILTIN: [&str; 2] = ["default", "tac-webbuilder"];

/// The built-in rule sets' texts.
const BUILTIN_TEXTS: [&str; 2] = [include_str!("default/default.toml"), include_str!("tac-webbuilder.toml")];

/// The text of a built-in rule set: a commented file to start one's own rules from.
#[must_use]
pub fn builtin_text(name: &str) -> Option<&'static str> {
    let index = BUILTIN.iter().position(|&builtin| builtin == name)?;
    Some(BUILTIN_TEXTS[index])
}
