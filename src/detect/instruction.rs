//! An operation that a request asks for, and where.

use super::SignatureId;

/// What an instruction asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Asked {
    /// An operation of the rules, and the number of the phrase; none for a word that stands alone.
    Operation(u16, Option<usize>),
    /// What a command line runs.
    Command(SignatureId),
}

/// An operation that a request asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Instruction {
    pub asked: Asked,
    /// The words it was found in.
    pub start: usize,
    pub end: usize,
    /// The words that say with what and on what: from its clause to the next instruction of the sentence.
    pub region: (usize, usize),
    /// Instructions that share a verb ('run the linter and the tests') have the same number, later ones a higher one.
    pub chain: usize,
}

impl Instruction {
    /// The number of its operation; none for a command.
    pub(crate) fn operation(&self) -> Option<u16> {
        match self.asked {
            Asked::Operation(operation, _) => Some(operation),
            Asked::Command(_) => None,
        }
    }
}
