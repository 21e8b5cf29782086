//! From a rules file as written to what detection works with: numbered lists, phrases and signatures.

use std::mem::{replace, take};
use std::path::Path;
use std::sync::Arc;

use hashbrown::{HashMap, HashSet};

use super::SignatureId;
use super::command_line::{self, CommandRules};
use super::keywords::Keywords;
use super::list_sets::ListUses;
use super::list_texts::{ListTexts, Texts};
use super::lists::{Lists, TextId};
use super::model::{Atom, Grammar, Join, Matcher, Operation, Phrase, PhraseEnd, Plain, Position, Target};
use super::roles::Role;
use super::rule_set::RuleSet;
use super::signatures::Signatures;
use super::tokenized_text::ListId;
use super::word_lists::split;
use crate::rules::format::{ChoiceRule, LANGUAGE_KEYS, OperationRule, PlainRule, TargetRule};
use crate::rules::notation::{PhrasePart, parts};
use crate::rules::{LoadError, LocatedText, Location, Matching, Rules, RulesError, hash, load};

/// The most choices one target list can have: each is a bit, as is each of their `and` lists.
const MOST_CHOICES: usize = 32;

impl RuleSet {
    /// A built-in rule set by name.
    pub fn builtin(name: &str) -> Option<Self> {
        // A test holds that the built-in rule sets are in order.
        Self::compile(load::builtin(name)?.ok()?).ok()
    }

    /// Reads, checks and compiles a rules file's text. `origin` is the name errors give the file.
    ///
    /// # Errors
    /// [`RulesError`] where the text is no TOML, has an unknown key, a malformed signature, an empty list, a
    /// duplicate, or refers to something that is not there.
    pub fn parse(text: &str, origin: &str) -> Result<Self, RulesError> {
        Self::compile(load::parse(text, origin)?)
    }

    /// Reads a rules file with the files that it extends and includes: regular files of at most 1 MB.
    ///
    /// # Errors
    /// [`LoadError`] where a file cannot be read, and as [`RuleSet::parse`].
    pub fn load(path: &Path) -> Result<Self, LoadError> {
        Ok(Self::compile(load::file(path)?)?)
    }

    fn compile(rules: Rules) -> Result<Self, RulesError> {
        let mut compiler = RulesCompiler::new(&rules)?;
        let targets = rules.targets.values().map(|rule| compiler.target(rule));
        let targets = targets.collect::<Result<Vec<_>, _>>()?;
        let operations = (0..).zip(rules.operations.values());
        let operations = operations.map(|(number, rule)| compiler.operation(rule, number));
        let operations = operations.collect::<Result<Vec<_>, _>>()?;
        let errors = compiler.plain(rules.errors.values(), false)?;
        let templates = compiler.plain(&rules.templates, true)?;
        let misspelt = compiler.misspelt()?;
        let commands = compiler.commands()?;
        let phrases = take(&mut compiler.phrases);
        let grammar = Grammar { phrases, gap: usize::try_from(rules.gap()).unwrap_or(usize::MAX) };
        let in_phrases = grammar.in_phrases(&compiler.alone, compiler.lists.count());
        let uses = ListUses { in_phrases, choosing: choosing(&operations, &targets) };
        let signatures = take(&mut compiler.signatures);
        Ok(Self {
            matcher: compiler.matcher(&misspelt, &uses)?,
            hash: hash(&rules),
            categories: signatures.categories(),
            signatures: signatures.all,
            grammar,
            operations,
            targets,
            errors,
            templates,
            commands,
            at_most: rules.at_most.and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX),
            once_per_category: rules.once_per_category,
            rules: Arc::new(rules),
        })
    }
}

/// The lists that choose a subcategory or target.
fn choosing(operations: &[Operation], targets: &[Target]) -> HashSet<ListId> {
    let subcategories = operations.iter().flat_map(|operation| operation.ranks.keys());
    let choices = targets.iter().flat_map(|target| target.request.keys().chain(target.template.keys()));
    subcategories.chain(choices).copied().collect()
}

/// The parts of a phrase, the list of which a word must stand before it, and what may follow it.
struct PhraseParts {
    atoms: Vec<(Join, Atom)>,
    before: Option<ListId>,
    ending: PhraseEnd,
}

struct RulesCompiler<'a> {
    file: &'a Rules,
    texts: ListTexts<'a>,
    lists: Lists,
    /// The lists that phrases name: many phrases name the same ones.
    named_lists: HashMap<String, ListId>,
    phrases: Vec<Phrase>,
    alone: Vec<(ListId, u16, bool)>,
    signatures: Signatures,
}

impl<'a> RulesCompiler<'a> {
    fn new(file: &'a Rules) -> Result<Self, RulesError> {
        let mut compiler = Self {
            file,
            texts: ListTexts::of(file)?,
            lists: Lists::default(),
            named_lists: HashMap::new(),
            phrases: Vec::new(),
            alone: Vec::new(),
            signatures: Signatures::default(),
        };
        compiler.language()?;
        Ok(compiler)
    }

    /// The lists of `[language]` but for the last, `misspelt`; then the target words and the verbs of running: in the order
    /// of [`Role`]'s bits.
    fn language(&mut self) -> Result<(), RulesError> {
        for texts in &self.file.language.lists()[..LANGUAGE_KEYS.len() - 1] {
            let forms = self.texts.forms(texts)?;
            self.lists.roles.push(forms);
        }
        let choices = self.file.targets.values().flat_map(|target| &target.choices);
        let mut forms = Vec::new();
        for choice in choices {
            forms.extend(self.texts.forms(&choice.mentions)?);
        }
        self.lists.roles.push(forms);
        let run_verbs = self.file.commands.settings.run_verbs.iter();
        let verbs = run_verbs.filter_map(|verb| self.texts.texts.number(&verb.value));
        self.lists.roles.push(verbs.collect());
        Ok(())
    }

    fn list(&mut self, texts: &[LocatedText]) -> Result<Option<ListId>, RulesError> {
        let Some(first) = texts.first() else { return Ok(None) };
        let forms = self.texts.forms(texts)?;
        self.add(forms, false, first).map(Some)
    }

    /// `whole`: the texts count only as whole words, as with `matching = "words"` all do.
    fn add(&mut self, texts: Vec<TextId>, whole: bool, first: &LocatedText) -> Result<ListId, RulesError> {
        let whole = whole && self.file.matching == Matching::Anywhere;
        let number = self.lists.number(texts, whole);
        number.ok_or_else(|| {
            let message = "up to here there are more lists than a rule set can number (65,536)";
            self.file.sources.error(first.location, message)
        })
    }

    fn target(&mut self, rule: &TargetRule) -> Result<Target, RulesError> {
        let mut target = Target::default();
        if rule.choices.len() > MOST_CHOICES {
            return Err(self.file.error(&rule.name, format!("has more than {MOST_CHOICES} choices")));
        }
        for (index, choice) in rule.choices.iter().enumerate() {
            let (yes, and) = (1_u64 << index, 1_u64 << (index + MOST_CHOICES));
            for list in self.choice_lists(choice)? {
                *target.request.entry(list).or_default() |= yes;
            }
            if let Some(list) = self.list(&choice.and)? {
                *target.request.entry(list).or_default() |= and;
            }
            if let Some(list) = self.list(&choice.template)? {
                *target.template.entry(list).or_default() |= yes;
            }
            target.choices.push(if choice.and.is_empty() { yes } else { yes | and });
        }
        Ok(target)
    }

    /// The lists of which one must have a word in the text.
    fn choice_lists(&mut self, choice: &ChoiceRule) -> Result<Vec<ListId>, RulesError> {
        let mut lists: Vec<ListId> = self.list(&choice.mentions)?.into_iter().collect();
        if let Some(first) = choice.whole_words.first() {
            let forms = self.texts.forms(&choice.whole_words)?;
            lists.push(self.add(forms, true, first)?);
        }
        Ok(lists)
    }

    fn operation(&mut self, rule: &OperationRule, number: usize) -> Result<Operation, RulesError> {
        let number = u16::try_from(number).map_err(|_| {
            self.file.error(&rule.category, "more operations than a rule set can number (65,536)")
        })?;
        let mut ranks = HashMap::new();
        for (rank, choice) in rule.subcategories.iter().enumerate() {
            for list in self.choice_lists(choice)? {
                ranks.entry(list).or_insert(rank);
            }
        }
        self.phrases(rule, number)?;
        for (texts, chained) in [(&rule.alone, false), (&rule.chained, true)] {
            let list = self.list(texts)?;
            self.alone.extend(list.map(|list| (list, number, chained)));
        }
        Ok(Operation {
            category: rule.category.value.clone(),
            location: rule.category.location,
            mentions: self.list(&rule.mentions)?,
            not_followed_by: self.list(&rule.not_followed_by)?,
            ranks,
            target: self.target_list(rule)?,
            signatures: self.signatures_of(rule)?,
        })
    }

    fn target_list(&self, rule: &OperationRule) -> Result<Option<usize>, RulesError> {
        rule.target.as_ref().map_or(Ok(None), |target| self.file.target_list(&target.value, target))
    }

    fn signatures_of(&mut self, rule: &OperationRule) -> Result<Vec<Vec<SignatureId>>, RulesError> {
        let targets: Vec<&LocatedText> = match self.target_list(rule)? {
            None => rule.target.iter().collect(),
            Some(list) => self.file.targets[list].names().collect(),
        };
        let subcategories = rule.subcategories.iter().map(|choice| &choice.is).chain(&rule.otherwise);
        let row = |sub| {
            let joined = |target: &&LocatedText| {
                self.signatures.joined([&rule.category, sub, target], &self.file.sources)
            };
            targets.iter().map(joined).collect()
        };
        subcategories.map(row).collect()
    }

    fn phrases(&mut self, rule: &OperationRule, operation: u16) -> Result<(), RulesError> {
        let lists = [
            (&rule.instructions, Position::Beginning),
            (&rule.verb_last, Position::Anywhere),
            (&rule.preparations, Position::Preparation),
            (&rule.details, Position::Detail),
        ];
        for (texts, position) in lists {
            self.texts.check_each_once(texts)?;
            for text in texts {
                let phrase = self.phrase(text, operation, position)?;
                self.phrases.push(phrase);
            }
        }
        Ok(())
    }

    fn phrase(
        &mut self,
        text: &LocatedText,
        operation: u16,
        position: Position,
    ) -> Result<Phrase, RulesError> {
        let PhraseParts { atoms, before, ending } = self.atoms(text)?;
        if position != Position::Anywhere {
            self.check_begins_with_word(&atoms, text)?;
        }
        Ok(Phrase {
            number: self.phrases.len(),
            operation,
            before,
            atoms,
            position,
            ending,
            text: text.value.clone(),
            location: text.location,
        })
    }

    fn atoms(&mut self, text: &LocatedText) -> Result<PhraseParts, RulesError> {
        let (mut atoms, mut join, mut ending) = (Vec::new(), Join::Next, PhraseEnd::Open);
        let mut before = None;
        for part in parts(&text.value).map_err(|message| self.file.error(text, message))? {
            let mut add = |atom| atoms.push((replace(&mut join, Join::Next), atom));
            match part {
                PhrasePart::Gap => join = Join::Gap,
                PhrasePart::WideGap => join = Join::WideGap,
                PhrasePart::FarGap => join = Join::FarGap,
                PhrasePart::End => ending = PhraseEnd::Strict,
                PhrasePart::Question => ending = PhraseEnd::Question,
                PhrasePart::Words(words) => add(Atom::List(self.unnamed_list(words, text)?)),
                PhrasePart::List(name) => add(Atom::List(self.named_list(name, text)?)),
                PhrasePart::Path(None) => add(Atom::Path(None)),
                PhrasePart::Path(Some(name)) => add(Atom::Path(Some(self.named_list(name, text)?))),
                PhrasePart::Version => add(Atom::Version),
                PhrasePart::Before(name) => before = Some(self.named_list(name, text)?),
            }
        }
        Ok(PhraseParts { atoms, before, ending })
    }

    /// A phrase that may stand at the beginning only is looked up by its first words, so it needs some.
    fn check_begins_with_word(&self, atoms: &[(Join, Atom)], text: &LocatedText) -> Result<(), RulesError> {
        match atoms.first() {
            Some((_, Atom::Path(_))) => {
                let message = "begins with a path; begin it with a word, or make it one of 'verb_last'";
                Err(self.file.error(text, message))
            }
            _ => Ok(()),
        }
    }

    fn unnamed_list(&mut self, words: &str, text: &LocatedText) -> Result<ListId, RulesError> {
        let mut forms = Vec::new();
        self.texts.entry(words, text, &mut forms)?;
        self.add(forms, false, text)
    }

    fn named_list(&mut self, name: &str, text: &LocatedText) -> Result<ListId, RulesError> {
        if let Some(&list) = self.named_lists.get(name) {
            return Ok(list);
        }
        let forms = self.texts.named(name, text)?;
        let list = self.add(forms.to_vec(), false, text)?;
        self.named_lists.insert(name.to_owned(), list);
        Ok(list)
    }

    /// `may_be_none`: the signature may be `none`, for what is known to be no operation.
    fn plain<'r>(
        &mut self,
        rules: impl IntoIterator<Item = &'r PlainRule>,
        may_be_none: bool,
    ) -> Result<Vec<Plain>, RulesError> {
        let mut plain = Vec::new();
        for rule in rules {
            let signature = if may_be_none && rule.signature.value == "none" {
                None
            } else {
                Some(self.signatures.number(&rule.signature.value, &rule.signature, &self.file.sources)?)
            };
            let Some(list) = self.list(&rule.mentions)? else { continue };
            plain.push(Plain { list, signature, location: rule.signature.location });
        }
        Ok(plain)
    }

    /// The words whose usual misspellings are recognised. Compiled last of all that may name a list, so that it can
    /// check that every list is named. What is numbered from here on is in no list.
    fn misspelt(&mut self) -> Result<Vec<TextId>, RulesError> {
        if let Texts::Words(words) = &self.texts.texts {
            self.lists.last = words.last();
        }
        let misspelt = self.texts.forms(&self.file.language.misspelt)?;
        self.texts.check_each_used()?;
        Ok(misspelt)
    }

    /// Compiled last, so that words that only begin the names of programs have higher numbers than listed ones.
    fn commands(&mut self) -> Result<CommandRules, RulesError> {
        let commands = command_line::compile::compile(self.file, &mut self.signatures)?;
        let first_words = commands.program_names().filter_map(|name| split(name).into_iter().next());
        self.lists.programs = first_words.filter_map(|word| self.texts.texts.number(&word)).collect();
        Ok(commands)
    }

    fn matcher(self, misspelt: &[TextId], uses: &ListUses) -> Result<Matcher, RulesError> {
        match self.texts.texts {
            Texts::Words(words) => Ok(Matcher::Words(self.lists.word_lists(words, misspelt, uses))),
            Texts::Keywords(texts) => {
                let too_large = |error| self.file.sources.error(Location::default(), error);
                Keywords::new(&self.lists, &texts).map(Matcher::Anywhere).map_err(too_large)
            }
        }
    }
}

const _: () = assert!(
    LANGUAGE_KEYS.len() + 2 == Role::LISTS,
    "all keys of [language] but one are roles, and so are three other lists"
);
