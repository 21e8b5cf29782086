//! What all tests are written with: files to test on, the binary as a person runs it, and the tools a test needs.
#![allow(dead_code, unused_imports, reason = "every test binary uses a part of it")]

use std::sync::LazyLock;

use ::flowmine::detect::RuleSet;

mod flowmine;
mod history_file;
#[cfg(unix)]
mod nobody;
mod output_schema;
pub mod syscalls;
mod tools;

pub use flowmine::{Flowmine, Ran};
pub use history_file::*;
#[cfg(unix)]
pub use nobody::{NOBODY, Nobody, allow};
pub use output_schema::OutputSchema;
pub use tools::{has, missing, not_allowed, notice};

/// A rules file whose rules are ready at once.
pub const FEW_RULES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/few-rules.toml");

/// The rule set of [`FEW_RULES`].
pub fn few_rules() -> &'static RuleSet {
    static FEW: LazyLock<RuleSet> = LazyLock::new(|| RuleSet::load(FEW_RULES.as_ref()).unwrap());
    &FEW
}

/// A built-in rule set, made ready once and not by every test anew.
pub fn builtin(name: &str) -> &'static RuleSet {
    static ALL: LazyLock<[RuleSet; 2]> =
        LazyLock::new(|| RuleSet::BUILTIN.map(|name| RuleSet::builtin(name).unwrap()));
    ALL.iter().find(|rules| rules.name() == name).unwrap()
}
