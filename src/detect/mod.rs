//! Detection: which operations a workflow's texts speak of. Pure: no SQL, no clock, no I/O.
//!
//! Three layers, in this order; their signatures are joined without repeats, in the order found:
//!
//! 1. the **request** ([`Evidence::request`]): what was asked for,
//! 2. the **error message**: what went wrong, any number of signatures,
//! 3. the **template's name** (`adw_test_iso` …): at most one, the first that matches.
//!
//! Where it is known which commands ran ([`Evidence::ran`]), they decide: what they say takes the place of what the texts
//! say of the same categories.
//!
//! What is asked for, and in which words, is data, a [`RuleSet`]. The code knows only what shells and programs write:
//! the control words of a shell (`command_line`), and what marks a line that was copied from a terminal, a log or a
//! file, so that no person wrote it (`line_kinds`, `ignored_text`).
//!
//! A rule set with `matching = "anywhere"` finds keywords in one Aho-Corasick pass; one with `matching = "words"` takes
//! a text apart into words and looks each up once (`word_lists`), cuts it into clauses (`clauses`) and looks for an
//! instruction at the beginning of each (`instructions`). Both read a text once, however many words they know.
//!
//! ```
//! use flowmine::detect::{Evidence, RuleSet};
//!
//! let rules = RuleSet::builtin("default").unwrap();
//! let evidence = Evidence { request: Some("Run the backend tests with pytest"), ..Evidence::default() };
//! let found: Vec<&str> = rules.detect(&evidence).iter().map(|signature| signature.as_str()).collect();
//! assert_eq!(found, ["test:pytest:backend"]);
//! ```

mod after_phrases;
mod asked;
mod bare_commands;
pub mod characteristics;
mod clause_reader;
mod clause_words;
mod clauses;
mod command_line;
mod compile;
mod context;
mod covers;
mod detector;
pub mod evaluate;
mod explain;
mod file_names;
mod folding;
mod found;
mod han;
mod ignored_text;
mod in_phrases;
mod instruction;
mod instructions;
mod judgement;
mod keywords;
mod line_kinds;
mod list_sets;
mod list_texts;
mod listed_words;
mod lists;
mod lone_words;
mod model;
mod other_clauses;
mod phrases;
mod ran;
mod roles;
mod rule_set;
mod signatures;
mod slips;
mod targets;
mod templates;
mod tokenized_text;
mod tokenizer;
mod tokens;
mod told_commands;
mod word_lists;
mod word_table;

pub use crate::rules::Covers;
pub use crate::rules::{LoadError, RulesError};
pub use asked::AskedOperation;
pub use characteristics::Characteristics;
pub use command_line::RanOperation;
pub use detector::Detector;
pub use evaluate::{
    CoversAnswer, CoversScore, Evaluation, EvaluationOptions, Group, LabelledWorkflow, Score, evaluate,
    evaluate_by,
};
pub use explain::{Explanation, Fired, FoundSignature, LayerExplanation, MatchedRule, Silent, Span};
pub use found::{Found, FoundIn};
pub use judgement::JudgementRules;
pub use rule_set::RuleSet;

use crate::workflow::Workflow;

/// What detection looks at: the texts of a workflow, what its commands ran, and what was found in texts that are not
/// kept. Any of it may be missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Evidence<'a> {
    /// What the user asked for (`nl_input`).
    pub request: Option<&'a str>,
    /// What went wrong (`error_message`).
    pub error_message: Option<&'a str>,
    /// The workflow template's name (`workflow_template`), e.g. `adw_test_iso`.
    pub template: Option<&'a str>,
    /// The operations that its commands ran, where its commands are known: see [`RuleSet::ran_by`].
    pub ran: Option<&'a [RanOperation]>,
    /// What its request and template ask for, where their texts are not kept.
    pub asked: &'a [AskedOperation],
}

impl Evidence<'_> {
    /// The texts of a workflow.
    pub fn of(workflow: &Workflow) -> Evidence<'_> {
        Evidence {
            request: workflow.request.as_deref(),
            error_message: workflow.error_message.as_deref(),
            template: workflow.template.as_deref(),
            ..Evidence::default()
        }
    }
}

/// The number of a signature in its rule set: its place in [`RuleSet::signatures`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SignatureId(pub u16);

impl SignatureId {
    /// The place in [`RuleSet::signatures`].
    pub fn index(self) -> usize {
        self.0.into()
    }
}
