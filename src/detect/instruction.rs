//! An operation that a request asks for, and where.

use super::SignatureId;
use crate::rules::Location;

/// An operation that a request asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Instruction {
    pub operation: u16,
    /// The number of the phrase; none for a word that stands alone.
    pub phrase: Option<usize>,
    /// Its signature and where its rule stands, where a command line names it.
    pub command: Option<(SignatureId, Location)>,
    /// The words it was found in.
    pub start: usize,
    pub end: usize,
    /// The words that say with what and on what: from its clause to the next instruction of the sentence.
    pub region: (usize, usize),
    /// Instructions that share a verb ('run the linter and the tests') have the same number, later ones a higher one.
    pub chain: usize,
}
