//! Why a rule set says what it says: for people who write their own rules.

use std::ops::Range;

use hashbrown::HashSet;
use serde::Serialize;

use super::clause_reader::ClauseReader;
use super::clauses::{Clause, Ignored};
use super::detector::{Detector, Firing, LeftOut};
use super::folding::places;
use super::model::{Matcher, Phrase, Position};
use super::phrases::{Match, Search};
use super::roles::Role;
use super::tokenized_text::TokenizedText;
use super::tokens::{Mark, Token};
use super::{Evidence, FoundIn, RuleSet, SignatureId};
use crate::rules::Location;
use crate::signature::Signature;

/// What a rule set makes of one workflow, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The rule set's name.
    pub rules: String,
    /// The signatures, as [`RuleSet::detect`] gives them.
    pub signatures: Vec<Signature>,
    /// Where each of them was found and what it covers; empty for rules that look for keywords anywhere, which cannot
    /// tell.
    pub found: Vec<FoundSignature>,
    /// The words of the request that ask for something else, where any do.
    pub something_else: Option<Span>,
    /// The three layers, in their order; then, where the commands are known, what ran.
    pub layers: Vec<LayerExplanation>,
}

/// Where a signature was found, and how much of the request it covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FoundSignature {
    /// The signature.
    pub signature: Signature,
    /// Where it was found: `request`, `error`, `template`, `run`.
    pub found_in: Vec<&'static str>,
    /// `whole` or `part`.
    pub covers: &'static str,
}

/// What happened in one layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LayerExplanation {
    /// `request`, `error`, `template` or `run`.
    pub layer: &'static str,
    /// Rules that fired.
    pub fired: Vec<Fired>,
    /// Rules whose words occur, but that did not fire.
    pub silent: Vec<Silent>,
}

/// A rule whose words occur.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MatchedRule {
    /// The file it stands in.
    pub file: String,
    /// Its line there, counted from 1.
    pub line: usize,
    /// The phrase as written there; none for a word.
    pub phrase: Option<String>,
    /// The words of the text; none for a command that ran, whose line is no part of the evidence.
    pub span: Option<Span>,
}

/// A rule that fired.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fired {
    /// The rule; none where the signature was found before, in a text that is not kept.
    pub rule: Option<MatchedRule>,
    /// Its signature; none for a template that is known to be no pattern.
    pub signature: Option<Signature>,
    /// Why the signature does not count, if it does not.
    pub left_out: Option<String>,
}

/// A rule whose words occur, but that did not fire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Silent {
    /// The rule.
    pub rule: MatchedRule,
    /// The category it would have given.
    pub category: String,
    /// Why it did not fire.
    pub reason: String,
}

/// A stretch of a text, in bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Span {
    /// Its first byte.
    pub start: usize,
    /// The byte after its last.
    pub end: usize,
    /// The text itself.
    pub words: String,
}

impl RuleSet {
    /// Which rules fire on a workflow, on which words, and which come near. The signatures are those of
    /// [`RuleSet::detect`].
    pub fn explain(&self, evidence: &Evidence<'_>) -> Explanation {
        let mut detector = self.detector();
        detector.detect(evidence);
        let numbers = detector.signatures();
        let signatures = numbers.iter().map(|&number| self.signature(number).clone()).collect();
        let found_signature = |&number: &SignatureId| {
            let found = detector.found(number)?;
            let signature = self.signature(number).clone();
            Some(FoundSignature {
                signature,
                found_in: found.found_in.names().collect(),
                covers: found.covers.as_str(),
            })
        };
        let found = numbers.iter().filter_map(found_signature).collect();
        let something_else = detector.something_else.map(|words| {
            Explained::new(self, evidence.request.unwrap_or_default(), &detector.request).span(words)
        });
        let layers = [
            (FoundIn::REQUEST, "request", evidence.request, &detector.request),
            (FoundIn::ERROR, "error", evidence.error_message, &detector.error),
            (FoundIn::TEMPLATE, "template", evidence.template, detector.template()),
        ];
        let layers = layers.map(|(layer, name, original, text)| {
            let explained = Explained::new(self, original.unwrap_or_default(), text);
            let is_request = original.is_some() && layer == FoundIn::REQUEST;
            let silent = if is_request { silent(&detector, &explained) } else { Vec::new() };
            LayerExplanation { layer: name, fired: fired(&detector, layer, Some(&explained)), silent }
        });
        let run = evidence.ran.map(|_| LayerExplanation {
            layer: "run",
            fired: fired(&detector, FoundIn::RUN, None),
            silent: Vec::new(),
        });
        let layers = layers.into_iter().chain(run).collect();
        Explanation { rules: self.name().to_owned(), signatures, found, something_else, layers }
    }

    fn matched(&self, rule: Location, phrase: Option<&Phrase>, span: Option<Span>) -> MatchedRule {
        let (file, line) = self.line(rule);
        MatchedRule { file: file.to_owned(), line, phrase: phrase.map(|phrase| phrase.text.clone()), span }
    }
}

/// A text as it was read, and the place in the original of each of its bytes.
struct Explained<'a> {
    original: &'a str,
    text: &'a TokenizedText,
    by_words: bool,
    places: Vec<usize>,
}

impl<'a> Explained<'a> {
    fn new(rules: &RuleSet, original: &'a str, text: &'a TokenizedText) -> Self {
        let by_words = matches!(rules.matcher, Matcher::Words(_));
        Self { original, text, by_words, places: places(original, by_words) }
    }

    /// The span of a firing's place.
    fn span(&self, part: (usize, usize)) -> Span {
        let Range { start, end } = self.place(part);
        Span { start, end, words: self.original[start..end].to_owned() }
    }

    /// Where a firing's place is in the original: words, or bytes of the lower-cased text.
    fn place(&self, part: (usize, usize)) -> Range<usize> {
        let words = &self.text.tokens;
        let bytes = if self.by_words {
            match (words.get(part.0), words.get(part.1.saturating_sub(1))) {
                (Some(first), Some(last)) => first.start as usize..last.end as usize,
                _ => 0..0,
            }
        } else {
            part.0..part.1
        };
        self.back(bytes)
    }

    fn back(&self, bytes: Range<usize>) -> Range<usize> {
        let original = |at: usize| self.places.get(at).copied().unwrap_or(self.original.len());
        let start = original(bytes.start);
        // The end of the last character that went into the stretch, whatever it became.
        let last = original(bytes.end.saturating_sub(1).max(bytes.start));
        let width = self.original[last..].chars().next().map_or(0, char::len_utf8);
        let end = if bytes.is_empty() { start } else { (last + width).max(start) };
        start..end
    }

    /// A word, of a very long one its beginning.
    fn word(&self, at: usize) -> String {
        const LONGEST: usize = 60;
        self.original[self.place((at, at + 1))].chars().take(LONGEST).collect()
    }
}

/// The rules that fired in a layer, on words of its text where it has one.
fn fired(detector: &Detector<'_>, layer: FoundIn, text: Option<&Explained<'_>>) -> Vec<Fired> {
    let rules = detector.rules;
    let rule = |firing: &Firing| {
        let phrase = firing.phrase.map(|number| &rules.grammar.phrases[number]);
        Some(rules.matched(firing.rule?, phrase, text.map(|text| text.span(firing.words))))
    };
    let of_layer = detector.firings.iter().filter(|firing| firing.layer == layer);
    let fired = of_layer.map(|firing| Fired {
        rule: rule(firing),
        signature: firing.signature.map(|number| rules.signature(number).clone()),
        left_out: firing.left_out.map(|why| left_out(why, rules)),
    });
    fired.collect()
}

fn left_out(why: LeftOut, rules: &RuleSet) -> String {
    match why {
        LeftOut::AtMost => format!("the rules give at most {} to a request", rules.at_most),
        LeftOut::Repeated => "an earlier rule gave it already".to_owned(),
        LeftOut::Category => "an earlier layer gave its category".to_owned(),
        LeftOut::Ran => "the commands that ran say it better".to_owned(),
    }
}

/// What occurs in the request's clauses and is no instruction there.
fn silent(detector: &Detector<'_>, text: &Explained<'_>) -> Vec<Silent> {
    let rules = detector.rules;
    let Matcher::Words(word_lists) = &rules.matcher else { return Vec::new() };
    let reader = ClauseReader { rules, word_lists, text: text.text };
    let tokens = &text.text.tokens;
    let mut fired = vec![None; tokens.len()];
    for firing in detector.firings.iter().filter(|firing| firing.layer == FoundIn::REQUEST) {
        fired[firing.words.0..firing.words.1].fill(Some(firing));
    }
    let mut all = Vec::new();
    for clause in &detector.instructions.clauses {
        let begin = ClauseBegin::of(tokens, clause);
        let search = reader.search(clause);
        let mut at = clause.start;
        while at < clause.end {
            let beaten = fired[at].filter(|firing| firing.words.0 == at);
            all.extend(beaten.into_iter().flat_map(|by| beaten_at(&search, text, by)));
            let candidate = candidate(&search, at);
            at = candidate.map_or(at + 1, |candidate| candidate.end.max(at + 1));
            if let Some(one) = candidate.filter(|one| fired[one.start..one.end].iter().all(Option::is_none)) {
                all.push(one.silent(rules, text, reason(text, (clause, begin), &one)));
            }
        }
    }
    all
}

/// A phrase of each other operation that matches where one fired, and gave way to it.
fn beaten_at(search: &Search<'_>, text: &Explained<'_>, by: &Firing) -> Vec<Silent> {
    let Some(taken) = by.phrase.map(|number| &search.rules.grammar.phrases[number]) else {
        return Vec::new();
    };
    let mut known: HashSet<u16> = HashSet::from([taken.operation]);
    let matches = search.all_at(by.words.0, Position::Beginning);
    let others = matches.filter(|one| one.spoilt_by.is_none() && known.insert(one.phrase.operation));
    let silent = |one: Match<'_>| {
        let why = if one.end < by.words.1 { "reaches farther" } else { "stands before it in the rules" };
        let reason = format!("'{}' {why}", taken.text);
        PossibleInstruction::of(one).silent(search.rules, text, reason)
    };
    others.map(silent).collect()
}

/// A phrase, or a word that can stand alone, whether it is an instruction where it stands or not.
#[derive(Clone, Copy)]
struct PossibleInstruction<'r> {
    phrase: Option<&'r Phrase>,
    operation: usize,
    start: usize,
    end: usize,
    /// The word after it that makes something else of it.
    spoilt_by: Option<usize>,
}

impl<'r> PossibleInstruction<'r> {
    fn of(found: Match<'r>) -> Self {
        let Match { phrase, start, end, spoilt_by, .. } = found;
        Self { phrase: Some(phrase), operation: phrase.operation.into(), start, end, spoilt_by }
    }

    fn silent(&self, rules: &RuleSet, text: &Explained<'_>, reason: String) -> Silent {
        let operation = &rules.operations[self.operation];
        let location = self.phrase.map_or(operation.location, |phrase| phrase.location);
        let rule = rules.matched(location, self.phrase, Some(text.span((self.start, self.end))));
        Silent { rule, category: operation.category.clone(), reason }
    }
}

/// The instruction that may begin at a token.
fn candidate<'r>(search: &Search<'r>, start: usize) -> Option<PossibleInstruction<'r>> {
    if let Some(found) = search.at(start) {
        return Some(PossibleInstruction::of(found));
    }
    let words = search.lone_words_at(start)?;
    let operation = words.operation.into();
    Some(PossibleInstruction { phrase: None, operation, start, end: words.end, spoilt_by: None })
}

fn why_ignored(ignored: Ignored) -> &'static str {
    match ignored {
        Ignored::Description => "in a quotation, code, a heading, a ticket or the middle of a long text",
        Ignored::Design => "in what something that is to be written shall do",
        Ignored::Question => "in a question, so nothing is asked for",
        Ignored::Output => "what a program printed, or a command with its output, so it ran already",
    }
}

/// The words of a clause that keep those after them from being an instruction.
#[derive(Clone, Copy)]
struct ClauseBegin {
    /// The first one that negates.
    not: Option<usize>,
    /// The first one that is no lead-in.
    first: Option<usize>,
}

impl ClauseBegin {
    fn of(tokens: &[Token], clause: &Clause) -> Self {
        let not = (clause.start..clause.end).find(|&word| tokens[word].roles.intersects(Role::NOT));
        Self { not, first: first_word(tokens, clause) }
    }
}

/// The first word of a clause that is no lead-in, nor one of the words of a longer one.
fn first_word(tokens: &[Token], clause: &Clause) -> Option<usize> {
    let mut lead_in_end = clause.start;
    for (word, token) in (clause.start..).zip(&tokens[clause.start..clause.end]) {
        if token.roles.intersects(Role::SKIPPED | Role::TARGET | Role::JOINS) {
            lead_in_end = lead_in_end.max(word + usize::from(token.skip.max(1)));
        } else if word >= lead_in_end && !token.is(Mark::GLUED | Mark::PATH | Mark::OPTION) {
            return Some(word);
        }
    }
    None
}

fn reason(
    text: &Explained<'_>,
    (clause, begin): (&Clause, ClauseBegin),
    candidate: &PossibleInstruction<'_>,
) -> String {
    let &PossibleInstruction { start: at, end, spoilt_by, .. } = candidate;
    if let Some(ignored) = clause.ignored {
        return why_ignored(ignored).into();
    }
    if let Some(spoiler) = spoilt_by {
        return format!("'{}' is followed by '{}'", text.word(end - 1), text.word(spoiler));
    }
    if let Some(not) = begin.not.filter(|&not| not < at) {
        return format!("negated by '{}'", text.word(not));
    }
    if clause.question {
        return why_ignored(Ignored::Question).into();
    }
    if let Some(first) = begin.first.filter(|&first| first < at) {
        return format!("only mentioned: its clause begins with '{}'", text.word(first));
    }
    if !text.text.is_whole(at, end) {
        return "a part of a longer name or path".into();
    }
    if end < clause.end {
        format!("only mentioned: '{}' comes with other words", text.word(at))
    } else {
        "goes on with what the clause before says".into()
    }
}
