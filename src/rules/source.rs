//! The texts a rule set is made of, and where in them something stands.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize, Serializer};
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::error::RulesError;
use super::hint::did_you_mean;

/// Where something stands: which text of the rule set, and which byte of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Location {
    /// The number of the text in [`RulesTexts`].
    pub file: u16,
    pub at: u32,
}

/// A string of a rules file and where it stands, which is what it is ordered by.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(from = "Spanned<String>")]
pub(crate) struct LocatedText {
    pub location: Location,
    pub value: String,
}

impl From<Spanned<String>> for LocatedText {
    fn from(spanned: Spanned<String>) -> Self {
        let at = u32::try_from(spanned.span().start).unwrap_or(u32::MAX);
        Self { value: spanned.into_inner(), location: Location { file: 0, at } }
    }
}

impl Serialize for LocatedText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.value)
    }
}

/// One text: a file, a part of a built-in rule set, or what a library user gave.
#[derive(Clone, Debug)]
pub(crate) struct RulesText {
    /// What errors call it, e.g. `our-rules.toml`.
    pub origin: String,
    pub text: String,
}

impl RulesText {
    pub(crate) fn new(origin: impl Into<String>, text: impl Into<String>) -> Self {
        Self { origin: origin.into(), text: text.into() }
    }

    /// Deserialises the text. Unknown keys and wrong types are errors.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, RulesError> {
        let syntax = |error: toml::de::Error| {
            let at = error.span().map_or(0, |span| span.start);
            self.error_at(at, String::new(), format!("not valid TOML: {}", error.message()))
        };
        let table = DeTable::parse(&self.text).map_err(syntax)?;
        if let Some((key, value)) = table.get_ref().iter().find(|(key, value)| is_wrongly_many(key, value)) {
            let message = format!("is one table: write [{}], once", key.get_ref());
            return Err(self.error_at(value.span().start, key.get_ref().to_string(), message));
        }
        let whole = table.span().start;
        let read = T::deserialize(toml::Deserializer::from(table));
        read.map_err(|error| {
            let at = error.span().map_or(whole, |span| span.start);
            let (missing, message) = reworded(error.message(), &self.key_at(at));
            let key = missing.map_or_else(|| self.key_at(at), |key| joined(&self.key_at(at), key));
            self.error_at(at, key, message)
        })
    }

    /// An error about what stands at a byte.
    pub(crate) fn error(&self, at: usize, message: impl std::fmt::Display) -> RulesError {
        self.error_at(at, self.key_at(at), message)
    }

    /// An error about a text of this file.
    pub(crate) fn error_of(&self, text: &LocatedText, message: impl std::fmt::Display) -> RulesError {
        self.error(text.location.at as usize, message)
    }

    /// An error about a key that is missing beside what stands at a byte, or about their table (an empty key).
    pub(crate) fn error_beside(&self, at: usize, key: &str, message: impl std::fmt::Display) -> RulesError {
        let beside = self.key_at(at);
        let table = beside.rsplit_once('.').map_or("", |(table, _)| table);
        self.error_at(at, joined(table, key), message)
    }

    /// An error about a key that is missing in the table that begins at a byte.
    pub(crate) fn error_in(&self, at: usize, key: &str, message: impl std::fmt::Display) -> RulesError {
        self.error_at(at, joined(&self.key_at(at), key), message)
    }

    fn error_at(&self, at: usize, key: String, message: impl std::fmt::Display) -> RulesError {
        let before = &self.text[..self.text.floor_char_boundary(at)];
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        RulesError::new(&self.origin, (self.line(at), column), key, message)
    }

    /// The line of a byte, counted from 1.
    pub(crate) fn line(&self, at: usize) -> usize {
        1 + memchr::memchr_iter(b'\n', &self.text.as_bytes()[..at.min(self.text.len())]).count()
    }

    /// The line of a text of this file.
    pub(crate) fn line_of(&self, text: &LocatedText) -> usize {
        self.line(text.location.at as usize)
    }

    /// The full name of the innermost key whose name or value a byte belongs to, e.g. `operation[2].category`.
    fn key_at(&self, at: usize) -> String {
        let mut found = String::new();
        if let Ok(table) = DeTable::parse(&self.text) {
            find_in_table(table.get_ref(), "", at, &mut found);
        }
        found
    }
}

/// `table.key`; either may be empty.
fn joined(table: &str, key: &str) -> String {
    if table.is_empty() || key.is_empty() { format!("{table}{key}") } else { format!("{table}.{key}") }
}

fn find_in_table(table: &DeTable<'_>, path: &str, at: usize, found: &mut String) {
    for (key, value) in table {
        let path = joined(path, key.get_ref());
        if key.span().contains(&at) || value.span().contains(&at) {
            found.clone_from(&path);
        }
        find_in_value(value.get_ref(), &path, at, found);
    }
}

fn find_in_value(value: &DeValue<'_>, path: &str, at: usize, found: &mut String) {
    match value {
        DeValue::Table(table) => find_in_table(table, path, at, found),
        DeValue::Array(items) => {
            for (index, item) in items.iter().enumerate().filter(|(_, item)| item.get_ref().is_table()) {
                let path = format!("{path}[{}]", index + 1);
                if item.span().contains(&at) {
                    found.clone_from(&path);
                }
                find_in_value(item.get_ref(), &path, at, found);
            }
        }
        _ => {}
    }
}

/// Whether a key that holds one table has a list of tables, which serde would take for the values of its keys.
fn is_wrongly_many(key: &Spanned<DeString<'_>>, value: &Spanned<DeValue<'_>>) -> bool {
    matches!(key.get_ref().as_ref(), "language" | "words" | "command_line") && value.get_ref().is_array()
}

/// Keys that hold lists of tables; all other lists are of strings.
const TABLES: [&str; 12] = [
    "target",
    "operation",
    "error",
    "template",
    "choices",
    "subcategories",
    "workflow",
    "command",
    "wrapper",
    "runner",
    "renames",
    "program",
];

/// What serde says of a document, in the words of the people who write such files; and the key that is missing.
fn reworded<'m>(message: &'m str, key: &str) -> (Option<&'m str>, String) {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    if message.starts_with("unknown field") {
        let hint = match quoted[0] {
            "orders" => " (it is called 'instructions')".to_owned(),
            name => did_you_mean(name, quoted[1..].iter().copied()),
        };
        return (None, format!("unknown key{hint}"));
    }
    if message.starts_with("missing field") {
        return (quoted.first().copied(), "is missing".to_owned());
    }
    let Some((found, expected)) = message
        .strip_prefix("invalid type: ")
        .or_else(|| message.strip_prefix("invalid value: "))
        .and_then(|rest| rest.split_once(", expected "))
    else {
        return (None, message.to_owned());
    };
    let wanted = wanted(expected, key);
    if message.starts_with("invalid value") {
        return (None, format!("takes {wanted} of at least 0, not {}", quoted.first().unwrap_or(&found)));
    }
    let hint = if wanted == "a list of tables" && found == "map" && !key.contains('.') {
        format!(": write [[{key}]]")
    } else {
        String::new()
    };
    (None, format!("takes {wanted}, not {}{hint}", in_tomls_words(found)))
}

/// What serde says was found.
fn in_tomls_words(found: &str) -> &str {
    match found.split(' ').next().unwrap_or(found) {
        "map" => "a table",
        "sequence" => "a list",
        "string" => "a string",
        "integer" => "an integer",
        "floating" => "a float",
        "boolean" => "a boolean",
        _ => found,
    }
}

/// Keys of a rules file that hold one string.
const STRINGS: [&str; 11] = [
    "name",
    "category",
    "otherwise",
    "target",
    "signature",
    "is",
    "matching",
    "extends",
    "from",
    "to",
    "program",
];

fn wanted<'e>(expected: &'e str, key: &str) -> &'e str {
    let last = key.rsplit('.').next().unwrap_or(key);
    let is_list = if key.starts_with("workflow[") {
        ["signatures", "categories"].contains(&last)
    } else {
        !STRINGS.contains(&last)
    };
    match expected {
        "a sequence" if TABLES.contains(&last) => "a list of tables",
        "a sequence" => "a list of strings",
        "a string" if is_list => "a list of strings",
        "a boolean" => "true or false",
        "u64" | "i64" | "usize" => "a whole number",
        "a map" => "a table",
        other if other.starts_with("struct ") => "a table",
        other => other,
    }
}

/// All texts of a rule set, numbered.
#[derive(Clone, Debug, Default)]
pub(crate) struct RulesTexts(Vec<RulesText>);

impl RulesTexts {
    /// Adds a text and gives its number.
    pub(crate) fn add(&mut self, source: RulesText) -> u16 {
        self.0.push(source);
        u16::try_from(self.0.len() - 1).unwrap_or(u16::MAX)
    }

    /// The only text, where there is but one.
    pub(crate) fn only(&self) -> Option<&RulesText> {
        if let [source] = self.0.as_slice() { Some(source) } else { None }
    }

    /// The text of a place.
    pub(crate) fn of(&self, location: Location) -> &RulesText {
        &self.0[usize::from(location.file)]
    }

    /// The file of a place and its line, counted from 1.
    pub(crate) fn line(&self, location: Location) -> (&str, usize) {
        let source = self.of(location);
        (&source.origin, source.line(location.at as usize))
    }

    /// An error about what stands at a place.
    pub(crate) fn error(&self, location: Location, message: impl std::fmt::Display) -> RulesError {
        self.of(location).error(location.at as usize, message)
    }

    /// An error about a key beside what stands at a place, or (an empty key) about their table.
    pub(crate) fn error_beside(
        &self,
        location: Location,
        key: &str,
        message: impl std::fmt::Display,
    ) -> RulesError {
        self.of(location).error_beside(location.at as usize, key, message)
    }
}
