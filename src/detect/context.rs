//! What the clauses so far let the next one take over.

use super::clauses::Clause;
use super::ignored_text::IgnoredText;
use super::roles::Role;
use super::tokenized_text::TokenizedText;
use super::tokens::Token;

/// What stood last in the sentence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Before {
    /// Nothing said yet in this sentence.
    #[default]
    Nothing,
    Instruction,
    /// A word that stands alone, as in 'lint, then …'.
    Alone,
    /// Any other imperative ('fix the header').
    Other,
    /// A statement, a negation: `and` goes on with it.
    Statement,
    /// A condition ('if they pass'): `and` goes on with it, after a comma comes the instruction.
    Condition,
    /// A statement with a modal verb ('the pipeline should …'): commas go on with it, too.
    Bound,
    /// A question that goes on to its mark: 'how do I commit *and then push*?'
    Question,
}

/// What the clauses so far let the next one take over, and where in the text the reader is.
#[derive(Default)]
pub(crate) struct Context {
    pub before: Before,
    /// The first word of the last instruction: 'run' in 'run the linter' goes on in 'and the tests'.
    pub carried_verb: Option<usize>,
    /// A verb of the clause before that lacks its object: 'build' in 'build and copy the binary'.
    pub verb_without_object: Option<usize>,
    /// The sentence tells to make something that does things itself: a script, a workflow.
    pub creates: bool,
    /// The last [`Instruction::chain`](super::instruction::Instruction::chain).
    pub chain: usize,
    /// An instruction lacks its objects ('run the following:'): they may stand on the next lines.
    pub opened: bool,
    pub sentence_start: usize,
    /// How many instructions were found before this sentence.
    pub found_before: usize,
    /// The text's first word that is no lead-in.
    pub first_word: usize,
    pub ignored: IgnoredText,
    /// How many of the instructions found count for good. The others are words that stand alone, and wait for the next
    /// clause to say whether they do.
    pub confirmed: usize,
    /// Whether the last of them had something with it ('pytest in backend/', 'tests please'): a comma after it
    /// does not make it the beginning of something else.
    pub waiting_is_firm: bool,
}

impl Context {
    /// At a text's beginning.
    pub(crate) fn of(text: &TokenizedText, clauses: &[Clause]) -> Self {
        let is_small = |word: &Token| word.roles.intersects(Role::SKIPPED | Role::JOINS);
        let first_word = text.tokens.iter().take_while(|word| is_small(word)).count();
        Self { first_word, ignored: IgnoredText::of(text, clauses), ..Self::default() }
    }
}
