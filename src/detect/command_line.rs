//! Command lines, as shells read them: which operations they run, with which program and on which part of the
//! project.
//!
//! The engine knows the languages of shells ([`lexer`]) and how a command line is made up; every program, wrapper,
//! runner and script's name is data, the `[[command]]`, `[[wrapper]]`, `[[runner]]` and `[[program]]` tables of the
//! rules. Reading takes a time that grows with the text's length only, whatever the text.

mod arguments;
pub(super) mod compile;
mod directories;
mod lexer;
mod lines;
mod model;
mod names;
mod reader;
mod request;
mod script;
mod scripts;
mod wrappers;

use super::SignatureId;

pub(super) use model::CommandRules;
pub(super) use reader::read;
pub(super) use request::read_request;

/// An operation that a command line runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RanOperation {
    /// Its signature, by number: see [`RuleSet::signatures`](super::RuleSet::signatures).
    pub signature: SignatureId,
    /// Whether the command itself names the target: a directory, a path or a script. Where it does not, the request
    /// may.
    pub target_named: bool,
}
