//! A shell's text as the commands in it.

use std::borrow::Cow;
use std::ops::Range;

/// Whose rules of quotation hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shell {
    /// `\` escapes, backticks run a command.
    Posix,
    /// The backtick escapes, `\` is a letter of paths.
    PowerShell,
}

/// One step through the text, in the order of execution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step<'t> {
    /// A command: its words in [`Script::words`], and the here document it reads, if any.
    Command { words: Range<usize>, input: Option<&'t str> },
    /// A subshell or substitution begins: a change of directory in it ends with it.
    Enter,
    /// It ends.
    Leave,
}

/// The commands of a text.
#[derive(Clone, Debug, Default)]
pub(super) struct Script<'t> {
    pub steps: Vec<Step<'t>>,
    pub words: Vec<Cow<'t, str>>,
}
