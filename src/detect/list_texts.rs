//! The texts that the lists of a rules file stand for.

use std::rc::Rc;

use hashbrown::{HashMap, HashSet};

use super::lists::{ListedTexts, TextId};
use super::word_lists::split;
use crate::rules::notation::{check_words, forms, list_named};
use crate::rules::{LocatedText, Matching, Rules, RulesError, did_you_mean};

/// The most texts that all lists may stand for: lists of lists multiply.
const MOST_TEXTS: usize = 1_000_000;

/// The lists of `[words]`, and how much all lists that were asked for stand for.
pub(crate) struct ListTexts<'a> {
    file: &'a Rules,
    pub texts: ListedTexts,
    named: HashMap<&'a str, Rc<[TextId]>>,
    /// Those of them that are named somewhere.
    used: HashSet<&'a str>,
    count: usize,
}

impl<'a> ListTexts<'a> {
    pub(crate) fn of(file: &'a Rules) -> Result<Self, RulesError> {
        let (texts, named) = (ListedTexts::default(), HashMap::new());
        let mut texts = Self { file, texts, named, used: HashSet::new(), count: 0 };
        for list in file.words.values() {
            let forms = texts.forms(&list.entries)?;
            texts.named.insert(&list.name.value, forms.into());
        }
        Ok(texts)
    }

    /// The number of a text.
    pub(crate) fn number(&mut self, text: String) -> TextId {
        self.texts.insert_full(text).0
    }

    /// All forms of a list's texts, named lists included.
    pub(crate) fn forms(&mut self, texts: &[LocatedText]) -> Result<Vec<TextId>, RulesError> {
        self.check_each_once(texts)?;
        let mut all = Vec::new();
        for text in texts {
            let before = all.len();
            match list_named(&text.value) {
                Some(name) => all.extend_from_slice(&self.named(name, text)?),
                None => all.extend(self.entry(text)?.into_iter().map(|form| self.number(form))),
            }
            self.count += all.len() - before;
            if self.count > MOST_TEXTS {
                let message = "up to here the lists stand for more than 1,000,000 texts, a named list counted wherever it is named";
                return Err(self.file.error(text, message));
            }
        }
        Ok(all)
    }

    /// The forms of an entry.
    fn entry(&self, text: &LocatedText) -> Result<Vec<String>, RulesError> {
        if self.file.matching == Matching::Words {
            check_words(&text.value).map_err(|message| self.file.error(text, message))?;
        }
        let forms = forms(&text.value).map_err(|message| self.file.error(text, message))?;
        if !text.value.starts_with(char::is_alphabetic) {
            self.check_have_words(&forms, text)?;
        }
        Ok(forms)
    }

    pub(crate) fn check_each_once(&self, texts: &[LocatedText]) -> Result<(), RulesError> {
        let mut seen = HashSet::new();
        match texts.iter().find(|text| !seen.insert(text.value.as_str())) {
            Some(text) => Err(self.file.error(text, format!("'{}' stands in this list twice", text.value))),
            None => Ok(()),
        }
    }

    /// Checks that each of the texts has a word.
    pub(crate) fn check_have_words(&self, forms: &[String], text: &LocatedText) -> Result<(), RulesError> {
        let words = self.file.matching == Matching::Words;
        let empty = |form: &str| form.trim().is_empty() || (words && split(form).is_empty());
        // What begins with a letter has a word; only other texts need a closer look.
        if forms.iter().any(|form| !form.starts_with(char::is_alphabetic) && empty(form)) {
            return Err(self.file.error(text, format!("'{}' can stand for no word at all", text.value)));
        }
        Ok(())
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
