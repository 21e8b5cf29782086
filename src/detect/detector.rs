//! The three layers over one workflow: request, error message, template. What ran comes last: see `ran`.

use super::clause_reader::ClauseReader;
use super::clauses::{Clause, Ignored, cut, find_needed};
use super::command_line;
use super::covers::something_else;
use super::instructions::{Asked, Instruction, Instructions, find};
use super::model::{Matcher, Plain};
use super::rule_set::RuleSet;
use super::templates::Templates;
use super::tokenized_text::{TokenizedText, WordMatch};
use super::told_commands;
use super::word_lists::WordLists;
use super::{Covers, Evidence, Found, FoundIn, RanOperation, SignatureId};
use crate::rules::Location;
use crate::signature::Signature;

/// Detects with one rule set. It keeps its buffers from workflow to workflow, so that most texts need no memory of their
/// own.
#[derive(Clone, Debug)]
pub struct Detector<'r> {
    pub(super) rules: &'r RuleSet,
    pub(super) request: TokenizedText,
    pub(super) error: TokenizedText,
    pub(super) templates: Templates,
    pub(super) instructions: Instructions,
    /// By target list: what the request's shared words say.
    pub(super) shared: Vec<Shared>,
    pub(super) firings: Vec<Firing>,
    pub(super) found: Vec<SignatureId>,
    /// The words of the request that ask for something beside the operations found in it.
    pub(super) something_else: Option<(usize, usize)>,
    /// How much of the request the operations found in it are.
    pub(super) covers: Covers,
    /// Whether the commands that ran are known.
    ran_is_known: bool,
}

/// The bits of a target list that words give which instructions share: worked out once for all of them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shared {
    /// The chain of the last instruction that asked, and the bits of its words.
    pub chain: Option<(usize, u64)>,
    /// The bits of what belongs to no instruction.
    pub rest: Option<u64>,
}

/// A rule that fired.
#[derive(Clone, Copy, Debug)]
pub(super) struct Firing {
    /// The layer, one of them.
    pub layer: FoundIn,
    /// Where the rule stands; none where its signature was found before, in a text that is not kept.
    pub rule: Option<Location>,
    /// The number of the phrase, where it was one.
    pub phrase: Option<usize>,
    /// None for a template that is known to be no pattern.
    pub signature: Option<SignatureId>,
    /// Why the signature was left out, if it was.
    pub left_out: Option<LeftOut>,
    /// Where: words (`start..end`) in a text read by words, else bytes of the lower-cased text; of what ran, its number
    /// twice.
    pub words: (usize, usize),
}

/// Why a rule that fired gave no signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LeftOut {
    /// The rule file's `at_most` was reached.
    AtMost,
    /// An earlier rule gave the same signature.
    Repeated,
    /// An earlier layer gave a signature of the same category.
    Category,
    /// Commands of the same category ran.
    Ran,
}

impl RuleSet {
    /// A detector: for many workflows one after the other, with the same buffers.
    pub fn detector(&self) -> Detector<'_> {
        Detector {
            rules: self,
            request: TokenizedText::default(),
            error: TokenizedText::default(),
            templates: Templates::default(),
            instructions: Instructions::default(),
            shared: Vec::new(),
            firings: Vec::new(),
            found: Vec::new(),
            something_else: None,
            covers: Covers::Part,
            ran_is_known: false,
        }
    }

    /// The signatures of one workflow, in the order found.
    pub fn detect(&self, evidence: &Evidence<'_>) -> Vec<&Signature> {
        let mut detector = self.detector();
        detector.detect(evidence).iter().map(|&number| self.signature(number)).collect()
    }
}

impl Detector<'_> {
    /// The signatures of a workflow, in the order found, none twice. Numbers into [`RuleSet::signatures`].
    pub fn detect(&mut self, evidence: &Evidence<'_>) -> &[SignatureId] {
        self.firings.clear();
        self.found.clear();
        (self.something_else, self.covers) = (None, Covers::Part);
        self.ran_is_known = evidence.ran.is_some();
        // The template comes first: it may decide a request's target.
        self.templates.read(self.rules, evidence.template.unwrap_or_default());
        if let Some(request) = evidence.request {
            self.rules.matcher.read(request, &mut self.request);
            self.request_layer(request);
        }
        if !evidence.asked.is_empty() {
            self.asked_layer(evidence.asked);
        }
        if let Some(message) = evidence.error_message {
            self.rules.matcher.read(message, &mut self.error);
            self.error_layer();
        }
        if let Some((rule, words)) = self.templates.current().fired {
            self.fire(FoundIn::TEMPLATE, Some(rule.location), rule.signature, words);
        }
        if let Some(ran) = evidence.ran {
            self.run_layer(ran);
        }
        &self.found
    }

    /// The signatures of the workflow that was detected last, as [`Detector::detect`] gave them.
    #[must_use]
    pub fn signatures(&self) -> &[SignatureId] {
        &self.found
    }

    /// Where a signature of the workflow that was detected last was found, and what it covers. Where the commands are
    /// known, an operation that was asked for but did not run is a part. `None` for rules that look for keywords
    /// anywhere, which cannot tell.
    pub fn found(&self, signature: SignatureId) -> Option<Found> {
        if matches!(self.rules.matcher, Matcher::Anywhere(_)) {
            return None;
        }
        let of_signature = self.firings.iter().filter(|firing| firing.signature == Some(signature));
        let mut found_in: FoundIn = of_signature.map(|firing| firing.layer).collect();
        let ran = found_in.contains(FoundIn::RUN);
        if ran {
            let asked = self.asked_for_category_of(signature).is_some();
            found_in = if asked { FoundIn::RUN | FoundIn::REQUEST } else { FoundIn::RUN };
        }
        let counts = found_in.contains(FoundIn::REQUEST) && (ran || !self.ran_is_known);
        Some(Found { found_in, covers: if counts { self.covers } else { Covers::Part } })
    }

    /// The first signature of the same category that the request asks for.
    pub(super) fn asked_for_category_of(&self, signature: SignatureId) -> Option<SignatureId> {
        let category = |signature: SignatureId| self.rules.categories[signature.index()];
        let of_request = self.firings.iter().filter(|firing| firing.layer == FoundIn::REQUEST);
        of_request.filter_map(|firing| firing.signature).find(|asked| category(*asked) == category(signature))
    }

    /// The template's name, as it was read.
    pub(super) fn template(&self) -> &TokenizedText {
        &self.templates.current().text
    }

    fn request_layer(&mut self, request: &str) {
        let rules = self.rules;
        if let Matcher::Words(word_lists) = &rules.matcher {
            self.find_instructions(word_lists, request);
        }
        let asks = |clause: &Clause| clause.ignored == Some(Ignored::Question);
        if !self.request.tokens.is_empty()
            && let Some(operations) = command_line::read_request(&rules.commands, request)
            && !self.instructions.clauses.iter().any(asks)
        {
            self.command_request(&operations);
        }
        self.shared.clear();
        self.shared.resize(rules.targets.len(), Shared::default());
        for index in 0..self.instructions.found.len() {
            self.fire_instruction(self.instructions.found[index]);
        }
        for operation in &rules.operations {
            let Some(list) = operation.mentions else { continue };
            if let Some(found) = rules.matcher.first(&self.request.matches, list) {
                let words = found.words();
                let signature = self.mentioned(operation);
                self.fire(FoundIn::REQUEST, Some(operation.location), Some(signature), words);
            }
        }
    }

    /// What the words of a request ask for, and whether they ask for something else too.
    fn find_instructions(&mut self, word_lists: &WordLists, request: &str) {
        cut(&self.request, &mut self.instructions.clauses);
        find_needed(word_lists, &mut self.request, &self.instructions.clauses);
        let reader = ClauseReader { rules: self.rules, word_lists, text: &self.request };
        find(&reader, &mut self.instructions);
        told_commands::find(&reader, request, &mut self.instructions);
        if !self.instructions.found.is_empty() {
            self.something_else = something_else(&reader, &self.instructions);
            self.covers = if self.something_else.is_some() { Covers::Part } else { Covers::Whole };
        }
    }

    fn fire_instruction(&mut self, instruction: Instruction) {
        let words = (instruction.start, instruction.end);
        let (operation, phrase) = match instruction.asked {
            Asked::Operation(operation, phrase) => (&self.rules.operations[usize::from(operation)], phrase),
            Asked::Command(signature) => return self.fire_command(signature, words),
        };
        let signature = self.signature_of(instruction, operation);
        let rule = phrase.map_or(operation.location, |phrase| self.rules.grammar.phrases[phrase].location);
        self.fire(FoundIn::REQUEST, Some(rule), Some(signature), words);
        if let Some(firing) = self.firings.last_mut() {
            firing.phrase = phrase;
        }
    }

    /// A request that is nothing but command lines: they say what is asked for, and nothing else does.
    fn command_request(&mut self, operations: &[RanOperation]) {
        self.instructions.found.clear();
        (self.something_else, self.covers) = (None, Covers::Whole);
        let all_words = (0, self.request.tokens.len());
        for operation in operations {
            self.fire_command(operation.signature, all_words);
        }
    }

    fn fire_command(&mut self, signature: SignatureId, words: (usize, usize)) {
        let rule = self.rules.commands.location_of(self.rules.signature(signature));
        self.fire(FoundIn::REQUEST, rule, Some(signature), words);
    }

    fn error_layer(&mut self) {
        for &Plain { list, signature, location: rule } in &self.rules.errors {
            if let Some(words) = self.rules.matcher.first(&self.error.matches, list).map(WordMatch::words) {
                self.fire(FoundIn::ERROR, Some(rule), signature, words);
            }
        }
    }

    pub(super) fn fire(
        &mut self,
        layer: FoundIn,
        rule: Option<Location>,
        signature: Option<SignatureId>,
        words: (usize, usize),
    ) {
        let left_out = signature.and_then(|signature| self.left_out(layer, signature));
        if let (Some(signature), None) = (signature, left_out) {
            self.found.push(signature);
        }
        self.firings.push(Firing { layer, rule, phrase: None, signature, left_out, words });
    }

    fn left_out(&self, layer: FoundIn, signature: SignatureId) -> Option<LeftOut> {
        if self.found.contains(&signature) {
            Some(LeftOut::Repeated)
        } else if layer == FoundIn::REQUEST {
            (self.found.len() >= self.rules.at_most).then_some(LeftOut::AtMost)
        } else if self.rules.once_per_category {
            let category = self.rules.categories[signature.index()];
            let earlier = |firing: &Firing| {
                firing.layer != layer
                    && firing.left_out.is_none()
                    && firing.signature.is_some_and(|s| self.rules.categories[s.index()] == category)
            };
            self.firings.iter().any(earlier).then_some(LeftOut::Category)
        } else {
            None
        }
    }
}
