//! The command rules as the reader works with them.

use hashbrown::{DefaultHashBuilder, HashMap};
use indexmap::IndexMap;
use memchr::memmem::Finder;

use crate::detect::SignatureId;
use crate::rules::commands::{RunnerRule, WrapperRule};
use crate::rules::{LocatedText, Location};
use crate::signature;

/// The number of a `[[command]]` table; [`NO_OPERATION`] for what is known to be none.
pub(super) type OperationNumber = u16;

/// The `[[command]]` tables with `signature = "none"`.
pub(super) const NO_OPERATION: OperationNumber = OperationNumber::MAX;

/// The names of directories, e.g. `backend`: by target list which of its choices each names.
pub(super) type DirectoryNames = IndexMap<Box<str>, Vec<Option<usize>>, DefaultHashBuilder>;

/// The place of a directory's name.
pub(super) type DirectoryNumber = usize;

/// All that a rule set says of command lines.
#[derive(Clone, Debug, Default)]
pub(crate) struct CommandRules {
    pub(super) programs: HashMap<Box<str>, Program>,
    pub(super) operations: Vec<CommandOperationRule>,
    /// The names of scripts, by the word that they begin with, or where any may come before them by their last.
    pub(super) scripts: HashMap<Box<str>, Vec<ScriptName>>,
    pub(super) directories: DirectoryNames,
    /// Flags with which a program only tells of itself: `--help`.
    pub(super) about_flags: Vec<LocatedText>,
    /// What stands only in texts of PowerShell.
    pub(super) powershell: Vec<Finder<'static>>,
}

/// What one `[[command]]` table says its commands do.
#[derive(Clone, Debug)]
pub(super) struct CommandOperationRule {
    /// Its signature without the target: `test:pytest`.
    pub name: Box<str>,
    /// The target list; none where the target is always the same.
    pub target: Option<usize>,
    /// By choice of the target list; the last is the one for 'otherwise'.
    pub signatures: Vec<SignatureId>,
    /// Where the rule stands.
    pub location: Location,
}

impl CommandOperationRule {
    pub(super) fn category(&self) -> &str {
        signature::category(&self.name)
    }
}

/// What a program does to the shell that runs it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Effect {
    #[default]
    None,
    /// It changes the directory: `cd`.
    ChangeDirectory,
    /// It changes it back: `popd`.
    ChangeBack,
}

/// What is known of a program by its name.
#[derive(Clone, Debug, Default)]
pub(super) struct Program {
    pub effect: Effect,
    /// Flags that take the next word as their value.
    pub value_flags: Vec<LocatedText>,
    /// Those whose value is a directory, a package or the like, and may name a target.
    pub directory_flags: Vec<LocatedText>,
    /// What a flag may begin with besides `-`, e.g. cargo's `+nightly`.
    pub flag_marks: Vec<char>,
    pub lines: Vec<Line>,
    pub wrappers: Vec<Wrapper>,
    pub runners: Vec<Runner>,
}

impl Program {
    /// The operation that the program is whatever its arguments, as with `pytest`.
    pub(super) fn bare(&self) -> Option<OperationNumber> {
        let bare = self.lines.iter().find(|line| line.parts.is_empty() && !line.whole);
        bare.map(|line| line.operation)
    }
}

/// A command line of a `[[command]]` table, without its program.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub parts: Vec<LinePart>,
    /// No further word may follow, only flags.
    pub whole: bool,
    pub operation: OperationNumber,
}

impl Line {
    /// Whether a word is one of its own.
    pub(super) fn has_word(&self, word: &str) -> bool {
        self.parts.iter().any(|part| matches!(part, LinePart::Word(known) if **known == *word))
    }

    /// Whether a word may come first in it, flags aside.
    pub(super) fn may_begin_with(&self, word: &str) -> bool {
        match self.parts.first() {
            Some(LinePart::Word(first)) => **first == *word,
            _ => self.has_word(word),
        }
    }

    /// How exactly it says what is run.
    pub(super) fn weight(&self) -> usize {
        self.parts.iter().filter(|part| **part != LinePart::Gap).count() + usize::from(self.whole)
    }
}

/// One part of a [`Line`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LinePart {
    /// The next word that is no flag.
    Word(Box<str>),
    /// A flag, anywhere.
    Flag(Box<str>),
    /// Any words.
    Gap,
}

/// What stands before another command and runs it: `sudo`, `uv run`, `docker compose exec api`.
#[derive(Clone, Debug)]
pub(super) struct Wrapper {
    /// The words after the program: `run`.
    pub words: Vec<Box<str>>,
    pub rule: WrapperRule,
}

/// What runs scripts or targets by name: `npm run`, `make`.
#[derive(Clone, Debug)]
pub(super) struct Runner {
    pub words: Vec<Box<str>>,
    pub rule: RunnerRule,
    /// Operations that have another name with this runner: `test:generic` is `test:gradle`.
    pub renames: Vec<(OperationNumber, OperationNumber)>,
}

impl Runner {
    /// The name that an operation has with this runner.
    pub(super) fn renamed(&self, operation: OperationNumber) -> OperationNumber {
        let renamed = self.renames.iter().find(|(from, _)| *from == operation);
        renamed.map_or(operation, |(_, to)| *to)
    }
}

/// A name of scripts, e.g. `test *`.
#[derive(Clone, Debug)]
pub(super) struct ScriptName {
    pub words: Vec<Box<str>>,
    pub extent: Extent,
    pub operation: OperationNumber,
}

/// How much of a script's name a [`ScriptName`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    Whole,
    /// `test *`
    Beginning,
    /// `* test`
    End,
}
