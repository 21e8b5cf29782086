//! A rule set as one rules file: all its files joined, each table with the place it comes from.

use std::fmt::Write;

use serde_json::{Map, Value};

use super::format::FORMAT;
use super::merge::Rules;
use super::source::LocatedText;
use crate::hash::sha256;

/// The longest line that is written, in characters.
const WIDTH: usize = 120;

/// The hash of what the rules say.
pub(crate) fn hash(rules: &Rules) -> String {
    // Serialising texts and numbers cannot fail.
    sha256(serde_json::to_vec(rules).unwrap_or_default())
}

/// The rule set as one rules file: all keys that the rules have, whatever their names.
pub(crate) fn document(rules: &Rules) -> String {
    let mut writer = DocumentWriter { text: format!("format = {FORMAT}\n") };
    // Serialising texts and numbers cannot fail.
    let all = serde_json::to_value(rules).unwrap_or_default();
    let all = all.as_object().into_iter().flatten();
    let (tables, settings): (Vec<_>, Vec<_>) =
        all.partition(|(_, value)| value.is_object() || value.is_array());
    for (key, value) in settings {
        writer.entry(key, value);
    }
    for (key, value) in tables {
        match value {
            Value::Object(lists) if key == "words" => writer.words(lists),
            Value::Object(table) => writer.table(key, table),
            _ => {
                for (index, table) in value.as_array().into_iter().flatten().enumerate() {
                    writer.one_of_many((key, table), first_text(rules, key, index), rules);
                }
            }
        }
    }
    writer.text
}

/// The text whose place is shown as that of a table.
fn first_text<'r>(rules: &'r Rules, key: &str, index: usize) -> Option<&'r LocatedText> {
    let commands = &rules.commands;
    match key {
        "target" => Some(&rules.targets[index].name),
        "operation" => Some(&rules.operations[index].category),
        "error" => Some(&rules.errors[index].signature),
        "template" => Some(&rules.templates[index].signature),
        "command" => Some(&commands.commands[index].signature),
        "wrapper" => commands.wrappers[index].lines.first(),
        "runner" => commands.runners[index].lines.first(),
        "program" => commands.programs[index].names.first(),
        _ => None,
    }
}

struct DocumentWriter {
    text: String,
}

impl DocumentWriter {
    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = self.text.write_fmt(line);
        self.text.push('\n');
    }

    /// A table of which there is one; nothing where it is empty.
    fn table(&mut self, name: &str, table: &Map<String, Value>) {
        if table.values().any(|value| !is_nothing(value)) {
            self.line(format_args!("\n[{name}]"));
            table.iter().for_each(|(key, value)| self.entry(key, value));
        }
    }

    /// A list of words may be empty: others may name it.
    fn words(&mut self, lists: &Map<String, Value>) {
        if !lists.is_empty() {
            self.line(format_args!("\n[words]"));
        }
        for (name, list) in lists {
            if is_nothing(list) {
                self.line(format_args!("{} = []", key(name)));
            } else {
                self.entry(&key(name), list);
            }
        }
    }

    /// One of the tables of which there may be several: `[[operation]]`.
    fn one_of_many(&mut self, (name, table): (&str, &Value), place: Option<&LocatedText>, rules: &Rules) {
        self.text.push('\n');
        if let Some(place) = place {
            let (file, line) = rules.sources.line(place.location);
            let file: String = file.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
            self.line(format_args!("# {file}:{line}"));
        }
        self.line(format_args!("[[{name}]]"));
        for (key, value) in table.as_object().into_iter().flatten() {
            self.entry(key, value);
        }
    }

    fn entry(&mut self, key: &str, value: &Value) {
        match value {
            value if is_nothing(value) => {}
            Value::Array(list) if list[0].is_object() => self.inline_tables(key, list),
            value => {
                let short = Some(inline(key, value, None)).filter(|line| line.chars().count() <= WIDTH);
                let line = short.unwrap_or_else(|| inline(key, value, Some(0)));
                self.line(format_args!("{line}"));
            }
        }
    }

    fn inline_tables(&mut self, key: &str, tables: &[Value]) {
        self.line(format_args!("{key} = ["));
        for table in tables {
            let short = format!("  {{ {} }},", inline_keys(table, None));
            if short.chars().count() <= WIDTH {
                self.line(format_args!("{short}"));
            } else {
                self.line(format_args!("  {{ {} }},", inline_keys(table, Some(2))));
            }
        }
        self.line(format_args!("]"));
    }
}

/// Whether a value is as good as a missing key.
fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}

/// The keys of a table in a list; its own lists on several lines with an indentation, or else on one.
fn inline_keys(table: &Value, indent: Option<usize>) -> String {
    let keys = table.as_object().into_iter().flatten().filter(|(_, value)| !is_nothing(value));
    let keys: Vec<String> = keys.map(|(key, value)| inline(key, value, indent)).collect();
    keys.join(", ")
}

/// `key = value`; a list on several lines with an indentation, or else on one.
fn inline(key: &str, value: &Value, indent: Option<usize>) -> String {
    match (value.as_array(), indent) {
        (Some(list), Some(indent)) => wrapped(key, list, indent),
        (Some(list), None) => {
            let entries: Vec<String> = list.iter().map(scalar).collect();
            format!("{key} = [{}]", entries.join(", "))
        }
        (None, _) => format!("{key} = {}", scalar(value)),
    }
}

/// A list on as many lines as it needs.
fn wrapped(key: &str, list: &[Value], indent: usize) -> String {
    let margin = " ".repeat(indent + 2);
    let mut text = format!("{key} = [\n{margin}");
    let mut used = margin.len();
    for value in list {
        let entry = scalar(value) + ", ";
        let width = entry.chars().count();
        if used + width > WIDTH && used > margin.len() {
            text.truncate(text.trim_end().len());
            text.push('\n');
            text.push_str(&margin);
            used = margin.len();
        }
        text.push_str(&entry);
        used += width;
    }
    text.truncate(text.trim_end().len());
    format!("{text}\n{}]", " ".repeat(indent))
}

fn key(name: &str) -> String {
    let bare = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
    if bare { name.to_owned() } else { quoted(name) }
}

fn scalar(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), quoted)
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
