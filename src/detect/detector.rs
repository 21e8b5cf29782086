//! The three layers over one workflow: request, error message, template.

use super::clause_reader::ClauseReader;
use super::clauses::{Clause, Ignored, cut, find_needed};
use super::command_line;
use super::covers::something_else;
use super::instructions::{Asked, Instruction, Instructions, find};
use super::model::{Matcher, Operation, Plain, Target, bits_of};
use super::roles::Role;
use super::rule_set::RuleSet;
use super::templates::Templates;
use super::tokenized_text::{ListId, TokenizedText, WordMatch};
use super::tokens::Link;
use super::told_commands;
use super::word_lists::WordLists;
use super::{Evidence, FoundIn, RanOperation, SignatureId};
use crate::rules::Location;
use crate::signature::Signature;

/// Detects with one rule set. It keeps its buffers from workflow to workflow: once they have grown, only command lines
/// and the operations that ran need memory of their own.
#[derive(Clone, Debug)]
pub struct Detector<'r> {
    pub(super) rules: &'r RuleSet,
    pub(super) request: TokenizedText,
    pub(super) error: TokenizedText,
    templates: Templates,
    pub(super) instructions: Instructions,
    /// By target list: what the request's shared words say.
    shared: Vec<Shared>,
    pub(super) firings: Vec<Firing>,
    pub(super) found: Vec<SignatureId>,
    /// The words of the request that ask for something beside the operations found in it.
    pub(super) something_else: Option<(usize, usize)>,
    /// Whether the commands that ran are known.
    pub(super) ran_is_known: bool,
    /// Whether the request is nothing but command lines.
    pub(super) is_command_request: bool,
}

/// The bits of a target list that words give which instructions share: worked out once for all of them.
#[derive(Clone, Copy, Debug, Default)]
struct Shared {
    /// The chain of the last instruction that asked, and the bits of its words.
    chain: Option<(usize, u64)>,
    /// The bits of what belongs to no instruction.
    rest: Option<u64>,
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
            ran_is_known: false,
            is_command_request: false,
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
        self.something_else = None;
        self.ran_is_known = evidence.ran.is_some();
        self.is_command_request = false;
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
        (self.is_command_request, self.something_else) = (true, None);
        let whole = (0, self.request.tokens.len());
        for operation in operations {
            self.fire_command(operation.signature, whole);
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

    /// The signature of an operation that a word anywhere in the request makes.
    fn mentioned(&self, operation: &Operation) -> SignatureId {
        let sub = subcategory(operation, self.lists());
        let target = operation
            .target
            .map_or(0, |list| self.choose(list, bits_of(&self.rules.targets[list].request, self.lists())));
        operation.signatures[sub][target]
    }

    /// The signature of an instruction: by the words of its own part of the request; its target, where those say
    /// nothing, by the words it shares with others, then by what belongs to no instruction.
    fn signature_of(&mut self, instruction: Instruction, operation: &Operation) -> SignatureId {
        let none = operation.signatures.len() - 1;
        let mut sub = none;
        for region in [(instruction.start, instruction.end), instruction.region] {
            if sub == none {
                self.each_match(region, |lists| sub = sub.min(subcategory(operation, lists)));
            }
        }
        let target = operation.target.map_or(0, |target| self.target_of(instruction, target));
        operation.signatures[sub][target]
    }

    /// Which of a target list's choices an instruction has.
    fn target_of(&mut self, instruction: Instruction, list: usize) -> usize {
        let target = &self.rules.targets[list];
        let mut bits = self.bits_in(target, instruction.region);
        if chosen(target, bits, 0).is_none() {
            bits = match self.shared[list].chain {
                Some((chain, bits)) if chain == instruction.chain => bits,
                _ => self.bits_in(target, self.chain_of(instruction)),
            };
            self.shared[list].chain = Some((instruction.chain, bits));
        }
        if chosen(target, bits, 0).is_none() {
            bits = self.shared[list].rest.unwrap_or_else(|| self.bits_outside(target));
            self.shared[list].rest = Some(bits);
        }
        self.choose(list, bits)
    }

    /// The words of all the instructions that share a verb with this one.
    fn chain_of(&self, instruction: Instruction) -> (usize, usize) {
        let found = &self.instructions.found;
        let first = found.partition_point(|other| other.chain < instruction.chain);
        let chain = found[first..].iter().take_while(|other| other.chain == instruction.chain);
        chain.fold(instruction.region, |all, other| (all.0.min(other.region.0), all.1.max(other.region.1)))
    }

    fn bits_in(&self, target: &Target, region: (usize, usize)) -> u64 {
        let mut bits = 0;
        self.each_match(region, |lists| bits |= bits_of(&target.request, lists));
        bits
    }

    /// The bits of the words that belong to no instruction.
    fn bits_outside(&self, target: &Target) -> u64 {
        let (mut bits, mut at) = (0, 0);
        for instruction in &self.instructions.found {
            bits |= self.bits_in(target, (at, instruction.region.0.max(at)));
            at = at.max(instruction.region.1);
        }
        bits | self.bits_in(target, (at, self.request.tokens.len()))
    }

    /// The choice of a target list by the bits of the request's words, or by the template's.
    fn choose(&self, list: usize, bits: u64) -> usize {
        let target = &self.rules.targets[list];
        chosen(target, bits, self.templates.current().bits[list]).unwrap_or(target.choices.len())
    }

    /// The lists of the request's words.
    fn lists(&self) -> impl Iterator<Item = &ListId> {
        self.request.matches.iter().flat_map(|found| self.rules.matcher.choosing(found))
    }

    /// Calls `read` with the lists of each match in a region, but for what follows 'instead of' and the like.
    fn each_match(&self, region: (usize, usize), mut read: impl FnMut(&[ListId])) {
        let mut excepted = false;
        for at in region.0..region.1 {
            let token = &self.request.tokens[at];
            if token.link != Link::None || token.roles.intersects(Role::JOINS) {
                excepted = false;
            }
            excepted |= token.roles.intersects(Role::EXCEPT);
            if !excepted {
                self.request.matches_at(at).iter().for_each(|found| read(self.rules.matcher.choosing(found)));
            }
        }
    }
}

/// The first subcategory that the lists name; past the last where they name none.
fn subcategory<'l>(operation: &Operation, lists: impl IntoIterator<Item = &'l ListId>) -> usize {
    let first = lists.into_iter().filter_map(|list| operation.ranks.get(list)).min();
    first.copied().unwrap_or(operation.signatures.len() - 1)
}

fn chosen(target: &Target, request: u64, template: u64) -> Option<usize> {
    let fits = |(place, needs): (usize, u64)| request & needs == needs || template >> place & 1 != 0;
    target.choices.iter().copied().enumerate().position(fits)
}
