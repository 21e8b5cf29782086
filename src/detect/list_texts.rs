//! The texts that the lists of a rules file stand for.

use std::rc::Rc;

use hashbrown::{DefaultHashBuilder, HashMap, HashSet};
use indexmap::IndexSet;

use super::listed_words::{ListedWords, plain};
use super::lists::TextId;
use super::tokenized_text::offset;
use crate::rules::notation::{check_words, each_form, list_named};
use crate::rules::{LocatedText, Matching, Rules, RulesError, did_you_mean};

/// The most texts that all lists may stand for: lists of lists multiply.
const MOST_TEXTS: usize = 1_000_000;

/// All texts that lists have, by their numbers.
pub(crate) enum Texts {
    /// Where words are looked for.
    Words(ListedWords),
    /// Where keywords are looked for anywhere, by their spelling.
    Keywords(IndexSet<String, DefaultHashBuilder>),
}

impl Texts {
    fn of(matching: Matching) -> Self {
        match matching {
            Matching::Words => Self::Words(ListedWords::default()),
            Matching::Anywhere => Self::Keywords(IndexSet::default()),
        }
    }

    /// The number of a text, which is added if it is not there; none for one that nothing can match.
    pub(crate) fn number(&mut self, text: &str) -> Option<TextId> {
        match self {
            Self::Words(words) => words.number(text),
            Self::Keywords(_) if text.trim().is_empty() => None,
            Self::Keywords(texts) => Some(offset(texts.insert_full(text.to_owned()).0)),
        }
    }
}

/// The lists of `[words]`, and how much all lists that were asked for stand for.
pub(crate) struct ListTexts<'a> {
    file: &'a Rules,
    pub texts: Texts,
    named: HashMap<&'a str, Rc<[TextId]>>,
    /// Those of them that are named somewhere.
    used: HashSet<&'a str>,
    count: usize,
}

impl<'a> ListTexts<'a> {
    pub(crate) fn of(file: &'a Rules) -> Result<Self, RulesError> {
        let (texts, named) = (Texts::of(file.matching), HashMap::new());
        let mut texts = Self { file, texts, named, used: HashSet::new(), count: 0 };
        for list in file.words.values() {
            let forms = texts.forms(&list.entries)?;
            texts.named.insert(&list.name.value, forms.into());
        }
        Ok(texts)
    }

    /// All forms of a list's texts, named lists included.
    pub(crate) fn forms(&mut self, texts: &[LocatedText]) -> Result<Vec<TextId>, RulesError> {
        self.check_each_once(texts)?;
        let mut all = Vec::new();
        for text in texts {
            let before = all.len();
            match list_named(&text.value) {
                Some(name) => all.extend_from_slice(&self.named(name, text)?),
                None => self.entry(&text.value, text, &mut all)?,
            }
            self.count += all.len() - before;
            if self.count > MOST_TEXTS {
                let message = "up to here the lists stand for more than 1,000,000 texts, a named list counted wherever it is named";
                return Err(self.file.error(text, message));
            }
        }
        Ok(all)
    }

    /// Adds the forms of an entry, or of a part of a phrase.
    pub(crate) fn entry(
        &mut self,
        entry: &str,
        of: &LocatedText,
        all: &mut Vec<TextId>,
    ) -> Result<(), RulesError> {
        let mut has_words = true;
        let mut add = |number: Option<TextId>| match number {
            Some(number) => all.push(number),
            None => has_words = false,
        };
        let forms = match (&mut self.texts, plain(entry)) {
            // An error quotes the entry as it is written.
            (Texts::Words(words), Some(plain)) => {
                each_form(&plain, &mut |form| add(words.number_of_plain(form)))
                    .or_else(|_| each_form(entry, &mut |_| {}))
            }
            (Texts::Words(words), None) => {
                check_words(entry).and_then(|()| each_form(entry, &mut |form| add(words.number(form))))
            }
            (texts, _) => each_form(entry, &mut |form| add(texts.number(form))),
        };
        forms.map_err(|message| self.file.error(of, message))?;
        if has_words { Ok(()) } else { Err(self.without_words(of)) }
    }

    fn without_words(&self, text: &LocatedText) -> RulesError {
        self.file.error(text, format!("'{}' can stand for no word at all", text.value))
    }

    pub(crate) fn check_each_once(&self, texts: &[LocatedText]) -> Result<(), RulesError> {
        let mut seen = HashSet::new();
        match texts.iter().find(|text| !seen.insert(text.value.as_str())) {
            Some(text) => Err(self.file.error(text, format!("'{}' stands in this list twice", text.value))),
            None => Ok(()),
        }
    }

    /// The texts of a list of `[words]`.
    pub(crate) fn named(&mut self, name: &str, text: &LocatedText) -> Result<Rc<[TextId]>, RulesError> {
        let Some((&name, texts)) = self.named.get_key_value(name) else {
            let hint = did_you_mean(name, self.named.keys().copied());
            return Err(self.file.error(text, format!("no list '{name}' in [words] above this{hint}")));
        };
        self.used.insert(name);
        Ok(Rc::clone(texts))
    }

    /// Checks, once all else is compiled, that each list which the file asked for adds is named somewhere.
    pub(crate) fn check_each_used(&self) -> Result<(), RulesError> {
        let names = self.file.words.values().map(|list| &list.name);
        let mut own = names.filter(|name| self.file.is_own(name));
        match own.find(|name| !self.used.contains(&*name.value)) {
            Some(name) => {
                let hint = did_you_mean(&name.value, self.used.iter().copied());
                Err(self.file.error(name, format!("nothing names the list '{{{}}}'{hint}", name.value)))
            }
            None => Ok(()),
        }
    }
}
