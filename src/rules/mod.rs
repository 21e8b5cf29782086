//! Rule sets as people write them: TOML files, read, checked and joined; nothing compiled yet.
//!
//! The format is described in `docs/rules.md`, for the people who write such files. [`crate::detect`] compiles what
//! this module reads. A rule set is one file with the files that it `extends` and `include`s.

mod builtin;
mod check;
pub(crate) mod commands;
mod document;
mod error;
pub(crate) mod format;
mod hint;
mod labels;
pub(crate) mod load;
mod merge;
pub(crate) mod notation;
mod source;
mod unnamed_lists;

use std::sync::LazyLock;

pub(crate) use document::{document, hash};
pub use error::RulesError;
pub(crate) use format::Matching;
pub(crate) use hint::did_you_mean;
pub use labels::{Covers, LabelledWorkflow};
pub use load::LoadError;
pub(crate) use load::OperationsAlone;
pub(crate) use merge::Rules;
pub(crate) use source::{LocatedText, Location, RulesTexts};

/// The names of the built-in rule sets; the first is the one to use unless told otherwise.
pub const BUILTIN: [&str; 2] = ["default", "tac-webbuilder"];

/// `default` as one document.
static DEFAULT: LazyLock<Option<String>> = LazyLock::new(|| {
    // A test holds that the built-in rule sets are in order.
    let rules = load::builtin(BUILTIN[0])?.ok()?;
    Some(document(&rules))
});

/// The text of a built-in rule set as one document, which is a rules file itself.
pub fn builtin_text(name: &str) -> Option<&'static str> {
    if name == BUILTIN[0] { DEFAULT.as_deref() } else { builtin::first(name).map(|(_, text)| text) }
}
