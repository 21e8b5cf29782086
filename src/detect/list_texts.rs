//! The texts that the lists of a rules file stand for.

use std::rc::Rc;

use hashbrown::{HashMap, HashSet};

use super::listed_texts::{ListedTexts, TextId};
use super::word_lists::split;
use crate::rules::notation::{Forms, add_forms};
use crate::rules::{LocatedText, Matching, Rules, RulesError, did_you_mean};

/// The most texts that all lists may stand for: lists of lists multiply.
const MOST_TEXTS: usize = 1_000_000;

/// The lists of `[words]`, and how much all lists that were asked for stand for.
pub(crate) struct ListTexts<'a> {
    file: &'a Rules,
    pub texts: ListedTexts,
    named: HashMap<&'a str, Rc<[TextId]>>,
    count: usize,
}

impl<'a> ListTexts<'a> {
    pub(crate) fn of(file: &'a Rules) -> Result<Self, RulesError> {
        let mut texts = Self { file, texts: ListedTexts::default(), named: HashMap::new(), count: 0 };
        for list in &file.words.0 {
            let forms = texts.forms(&list.entries)?;
            texts.named.insert(&list.name.value, forms.into());
        }
        Ok(texts)
    }

    fn error(&self, text: &LocatedText, message: impl std::fmt::Display) -> RulesError {
        self.file.sources.error(text.location, message)
    }

    /// All forms of a list's texts, named lists included.
    pub(crate) fn forms(&mut self, texts: &[LocatedText]) -> Result<Vec<TextId>, RulesError> {
        self.check_each_once(texts)?;
        let (mut all, mut forms) = (Vec::new(), Forms::default());
        for text in texts {
            let before = all.len();
            match text.value.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
                Some(name) => all.extend_from_slice(&self.named(name, text)?),
                None => self.add_entry(text, &mut forms, &mut all)?,
            }
            self.count += all.len() - before;
            if self.count > MOST_TEXTS {
                let message = "up to here the lists stand for more than 1,000,000 texts, a named list counted wherever it is named";
                return Err(self.error(text, message));
            }
        }
        Ok(all)
    }

    /// Adds the forms of an entry, written into `forms`.
    fn add_entry(
        &mut self,
        text: &LocatedText,
        forms: &mut Forms,
        all: &mut Vec<TextId>,
    ) -> Result<(), RulesError> {
        forms.clear();
        add_forms(&text.value, forms).map_err(|message| self.error(text, message))?;
        if !begins_with_letter(&text.value) {
            self.check_have_words(forms, text)?;
        }
        all.extend(forms.iter().map(|form| self.texts.number(form)));
        Ok(())
    }

    pub(crate) fn check_each_once(&self, texts: &[LocatedText]) -> Result<(), RulesError> {
        let mut seen = HashSet::new();
        match texts.iter().find(|text| !seen.insert(text.value.as_str())) {
            Some(text) => Err(self.error(text, format!("'{}' stands in this list twice", text.value))),
            None => Ok(()),
        }
    }

    /// Checks that each of the texts has a word.
    pub(crate) fn check_have_words(&self, forms: &Forms, text: &LocatedText) -> Result<(), RulesError> {
        let words = self.file.matching == Matching::Words;
        let empty = |form: &str| form.trim().is_empty() || (words && split(form).is_empty());
        if forms.iter().any(|form| !begins_with_letter(form) && empty(form)) {
            return Err(self.error(text, format!("'{}' can stand for no word at all", text.value)));
        }
        Ok(())
    }

    /// The texts of a list of `[words]`.
    pub(crate) fn named(&self, name: &str, text: &LocatedText) -> Result<Rc<[TextId]>, RulesError> {
        self.named.get(name).cloned().ok_or_else(|| {
            let hint = did_you_mean(name, self.named.keys().copied());
            self.error(text, format!("no list '{name}' in [words] above this{hint}"))
        })
    }
}

/// What begins with a letter has a word; only of other texts that is to be found out.
fn begins_with_letter(text: &str) -> bool {
    text.starts_with(char::is_alphabetic)
}
