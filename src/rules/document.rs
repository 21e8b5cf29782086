//! A TOML document that knows the line of everything in it, and refuses keys nobody asked for.

use std::cell::RefCell;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::RulesError;

/// Where a document comes from: enough to name a line in it.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    pub origin: &'a str,
    pub text: &'a str,
}

impl<'a> Source<'a> {
    pub(crate) fn parse(self) -> Result<DeTable<'a>, RulesError> {
        DeTable::parse(self.text).map(Spanned::into_inner).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            RulesError::new(self.origin, self.line(at), "", format!("not valid TOML: {}", error.message()))
        })
    }

    pub(crate) fn line(self, at: usize) -> usize {
        1 + self.text.bytes().take(at).filter(|&byte| byte == b'\n').count()
    }

    pub(crate) fn error(self, at: usize, key: &str, message: impl std::fmt::Display) -> RulesError {
        RulesError::new(self.origin, self.line(at), key, message)
    }
}

/// A text of the document with its place.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    pub value: String,
    pub at: usize,
    pub key: String,
}

/// One table of the document. It remembers which keys were asked for, so that [`Table::finish`] can refuse the
/// others.
pub(crate) struct Table<'a> {
    pub source: Source<'a>,
    pub path: String,
    pub at: usize,
    entries: &'a DeTable<'a>,
    known: RefCell<Vec<&'static str>>,
}

impl<'a> Table<'a> {
    pub(crate) fn root(source: Source<'a>, entries: &'a DeTable<'a>) -> Self {
        Self { source, path: String::new(), at: 0, entries, known: RefCell::default() }
    }

    fn value(&self, key: &'static str) -> Option<(String, &'a Spanned<DeValue<'a>>)> {
        self.known.borrow_mut().push(key);
        self.entries.get(key).map(|value| (self.key(key), value))
    }

    /// The full name of a key of this table.
    pub(crate) fn key(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    fn wrong_type(&self, key: &str, value: &Spanned<DeValue<'_>>, wanted: &str) -> RulesError {
        let found = value.get_ref().type_str();
        self.source.error(value.span().start, key, format!("takes {wanted}, not {found}"))
    }

    /// An error about this table's key.
    pub(crate) fn missing(&self, key: &str) -> RulesError {
        self.source.error(self.at, &self.key(key), "is missing")
    }

    pub(crate) fn text(&self, key: &'static str) -> Result<Option<Text>, RulesError> {
        let Some((key, value)) = self.value(key) else { return Ok(None) };
        self.as_text(key, value, "a string").map(Some)
    }

    /// A string that may be empty.
    pub(crate) fn any_text(&self, key: &'static str) -> Result<Option<String>, RulesError> {
        let Some((key, value)) = self.value(key) else { return Ok(None) };
        let text = value.get_ref().as_str();
        text.map(|text| Some(text.to_owned())).ok_or_else(|| self.wrong_type(&key, value, "a string"))
    }

    pub(crate) fn required_text(&self, key: &'static str) -> Result<Text, RulesError> {
        self.text(key)?.ok_or_else(|| self.missing(key))
    }

    fn as_text(&self, key: String, value: &Spanned<DeValue<'_>>, wanted: &str) -> Result<Text, RulesError> {
        let Some(text) = value.get_ref().as_str() else { return Err(self.wrong_type(&key, value, wanted)) };
        let at = value.span().start;
        if text.trim().is_empty() {
            return Err(self.source.error(at, &key, "is empty"));
        }
        Ok(Text { value: text.to_owned(), at, key })
    }

    pub(crate) fn integer(&self, key: &'static str) -> Result<Option<(u64, usize)>, RulesError> {
        let Some((key, value)) = self.value(key) else { return Ok(None) };
        let number =
            value.get_ref().as_integer().and_then(|n| u64::from_str_radix(n.as_str(), n.radix()).ok());
        let number = number.ok_or_else(|| self.wrong_type(&key, value, "a whole number"))?;
        Ok(Some((number, value.span().start)))
    }

    pub(crate) fn boolean(&self, key: &'static str) -> Result<Option<bool>, RulesError> {
        let Some((key, value)) = self.value(key) else { return Ok(None) };
        value.get_ref().as_bool().map(Some).ok_or_else(|| self.wrong_type(&key, value, "true or false"))
    }

    /// A list of strings; a missing one is empty.
    pub(crate) fn texts(&self, key: &'static str) -> Result<Vec<Text>, RulesError> {
        let Some((key, value)) = self.value(key) else { return Ok(Vec::new()) };
        self.as_texts(&key, value)
    }

    /// A list of strings that must be there, but may be empty.
    pub(crate) fn required_texts(&self, key: &'static str) -> Result<Vec<Text>, RulesError> {
        if self.entries.contains_key(key) { self.texts(key) } else { Err(self.missing(key)) }
    }

    fn as_texts(&self, key: &str, value: &Spanned<DeValue<'_>>) -> Result<Vec<Text>, RulesError> {
        let wanted = "a list of strings";
        let Some(array) = value.get_ref().as_array() else { return Err(self.wrong_type(key, value, wanted)) };
        array.iter().map(|item| self.as_text(key.to_owned(), item, wanted)).collect()
    }

    /// A table whose keys are the user's own names: every key with its list of strings, in the file's order.
    pub(crate) fn named_lists(&self, key: &'static str) -> Result<Vec<(Text, Vec<Text>)>, RulesError> {
        let Some((key, value)) = self.value(key) else { return Ok(Vec::new()) };
        let Some(table) = value.get_ref().as_table() else {
            return Err(self.wrong_type(&key, value, "a table"));
        };
        let mut lists = Vec::new();
        for (name, value) in table {
            let full = format!("{key}.{}", name.get_ref());
            let texts = self.as_texts(&full, value)?;
            lists.push((Text { value: name.get_ref().to_string(), at: name.span().start, key: full }, texts));
        }
        lists.sort_by_key(|(name, _)| name.at);
        Ok(lists)
    }

    /// One table; a missing one has no keys.
    pub(crate) fn table(&self, key: &'static str) -> Result<Option<Table<'a>>, RulesError> {
        let Some((key, value)) = self.value(key) else { return Ok(None) };
        self.as_table(key, value).map(Some)
    }

    /// A list of tables; a missing one is empty.
    pub(crate) fn tables(&self, key: &'static str) -> Result<Vec<Table<'a>>, RulesError> {
        let Some((key, value)) = self.value(key) else { return Ok(Vec::new()) };
        let Some(array) = value.get_ref().as_array() else {
            return Err(self.wrong_type(&key, value, "a list of tables"));
        };
        let numbered = array.iter().enumerate();
        numbered.map(|(index, item)| self.as_table(format!("{key}[{}]", index + 1), item)).collect()
    }

    fn as_table(&self, path: String, value: &'a Spanned<DeValue<'a>>) -> Result<Table<'a>, RulesError> {
        let Some(entries) = value.get_ref().as_table() else {
            return Err(self.wrong_type(&path, value, "a table"));
        };
        let at = first_place(value.span(), entries);
        Ok(Table { source: self.source, path, at, entries, known: RefCell::default() })
    }

    /// Refuses keys that were never asked for.
    pub(crate) fn finish(self) -> Result<(), RulesError> {
        let known = self.known.borrow();
        let unknown = self.entries.iter().filter(|(key, _)| !known.contains(&key.get_ref().as_ref()));
        let Some((key, _)) = unknown.min_by_key(|(key, _)| key.span().start) else { return Ok(()) };
        let name = key.get_ref().as_ref();
        let hint = did_you_mean(name, known.iter().copied());
        Err(self.source.error(key.span().start, &self.key(name), format!("unknown key{hint}")))
    }
}

/// The place of a table: its header's, or its first key's, whichever the parser knows.
fn first_place(span: Range<usize>, entries: &DeTable<'_>) -> usize {
    let first_key = entries.keys().map(|key| key.span().start).min();
    if span.is_empty() { first_key.unwrap_or(span.start) } else { span.start }
}

/// ` (did you mean 'x'?)` where one of the candidates is near, else nothing.
pub(crate) fn did_you_mean<'c>(name: &str, candidates: impl Iterator<Item = &'c str>) -> String {
    let near = candidates.map(|candidate| (distance(name, candidate), candidate)).min();
    match near {
        Some((steps, candidate)) if steps <= 1 + candidate.len() / 3 => {
            format!(" (did you mean '{candidate}'?)")
        }
        _ => String::new(),
    }
}

/// Levenshtein distance: the least number of characters to insert, delete or replace.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &cb) in b.iter().enumerate() {
            let replace = diagonal + usize::from(ca != cb);
            diagonal = row[j + 1];
            row[j + 1] = replace.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
