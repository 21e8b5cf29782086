//! A rule set as one rules file: all its files joined, each rule with the place it comes from.

use std::fmt::Write;

use super::commands::{RunnerRule, WrapperRule};
use super::format::{ChoiceRule, FORMAT, LANGUAGE_KEYS, Matching};
use super::merge::{CompleteOperation, CompleteTarget, GAP, Rules};
use super::source::{LocatedText, Location};

/// The longest line that is written, in characters.
const WIDTH: usize = 120;

/// Whether the document says where its rules come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origins {
    /// Each rule has its file and line in a comment.
    Named,
    /// The document is the same wherever the rules stand.
    Left,
}

/// The rule set as one rules file.
pub(crate) fn document(rules: &Rules, origins: Origins) -> String {
    let mut writer = DocumentWriter { rules, origins, text: String::new() };
    writer.head();
    writer.language();
    writer.words();
    rules.targets.iter().for_each(|target| writer.target(target));
    rules.operations.iter().for_each(|operation| writer.operation(operation));
    for (table, list) in [("error", &rules.errors), ("template", &rules.templates)] {
        for rule in list {
            writer.table(table, rule.signature.location);
            writer.text("signature", &rule.signature);
            writer.list("mentions", &rule.mentions);
        }
    }
    writer.commands();
    writer.text
}

struct DocumentWriter<'a> {
    rules: &'a Rules,
    origins: Origins,
    text: String,
}

impl DocumentWriter<'_> {
    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = self.text.write_fmt(line);
        self.text.push('\n');
    }

    fn head(&mut self) {
        let rules = self.rules;
        self.line(format_args!("format = {FORMAT}"));
        self.line(format_args!("name = {}", quoted(&rules.name)));
        let matching = if rules.matching == Matching::Words { "words" } else { "anywhere" };
        self.line(format_args!("matching = \"{matching}\""));
        if let Some(number) = rules.at_most {
            self.line(format_args!("at_most = {number}"));
        }
        if rules.once_per_category {
            self.line(format_args!("once_per_category = true"));
        }
    }

    fn language(&mut self) {
        let rules = self.rules;
        if rules.gap == GAP && rules.language.iter().all(Vec::is_empty) {
            return;
        }
        self.line(format_args!("\n[language]\ngap = {}", rules.gap));
        for (key, list) in LANGUAGE_KEYS.iter().zip(&rules.language) {
            self.list(key, list);
        }
    }

    fn words(&mut self) {
        let rules = self.rules;
        if !rules.words.is_empty() {
            self.line(format_args!("\n[words]"));
        }
        for list in &rules.words {
            self.list(&key(&list.name.value), &list.entries);
            if list.entries.is_empty() {
                self.line(format_args!("{} = []", key(&list.name.value)));
            }
        }
    }

    fn table(&mut self, name: &str, location: Location) {
        self.text.push('\n');
        if self.origins == Origins::Named {
            let (file, line) = self.rules.sources.line(location);
            let file: String = file.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
            self.line(format_args!("# {file}:{line}"));
        }
        self.line(format_args!("[[{name}]]"));
    }

    fn target(&mut self, target: &CompleteTarget) {
        self.table("target", target.name.location);
        self.text("name", &target.name);
        self.choices("choices", &target.choices);
        self.text("otherwise", &target.otherwise);
    }

    fn operation(&mut self, operation: &CompleteOperation) {
        self.table("operation", operation.category.location);
        self.text("category", &operation.category);
        if operation.needs_judgement {
            self.line(format_args!("needs_judgement = true"));
        }
        self.list("mentions", &operation.mentions);
        self.list("instructions", &operation.instructions);
        self.list("alone", &operation.alone);
        self.list("chained", &operation.chained);
        self.list("not_followed_by", &operation.not_followed_by);
        self.choices("subcategories", &operation.subcategories);
        self.text("otherwise", &operation.otherwise);
        self.text("target", &operation.target);
    }

    fn commands(&mut self) {
        let tables = &self.rules.commands;
        for rule in &tables.commands {
            self.table("command", rule.signature.location);
            self.text("signature", &rule.signature);
            self.list("lines", &rule.lines);
            self.list("scripts", &rule.scripts);
        }
        tables.wrappers.iter().for_each(|rule| self.wrapper(rule));
        tables.runners.iter().for_each(|rule| self.runner(rule));
        for rule in &tables.programs {
            self.table("program", rule.names.first().map_or_else(Location::default, |name| name.location));
            self.list("names", &rule.names);
            self.list("value_flags", &rule.value_flags);
            self.list("directory_flags", &rule.directory_flags);
            self.list("flag_marks", &rule.flag_marks);
        }
        let settings = tables.settings.lists();
        if settings.iter().any(|(_, list)| !list.is_empty()) {
            self.line(format_args!("\n[command_line]"));
        }
        for (key, list) in settings {
            self.list(key, list);
        }
    }

    fn wrapper(&mut self, rule: &WrapperRule) {
        self.table("wrapper", rule.lines.first().map_or_else(Location::default, |line| line.location));
        self.list("lines", &rule.lines);
        self.list("command_flags", &rule.command_flags);
        self.list("line_flags", &rule.line_flags);
        self.list("not_with", &rule.not_with);
        if let Some(skip) = &rule.skip {
            self.line(format_args!("skip = {}", skip.get_ref()));
        }
        self.flag("only_after_flags", rule.only_after_flags);
        self.flag("line_operands", rule.line_operands);
        self.flag("reads_input", rule.reads_input);
        if let Some(program) = &rule.program {
            self.text("program", program);
        }
    }

    fn runner(&mut self, rule: &RunnerRule) {
        self.table("runner", rule.lines.first().map_or_else(Location::default, |line| line.location));
        self.list("lines", &rule.lines);
        self.flag("every_word", rule.every_word);
        self.list("script_flags", &rule.script_flags);
        if !rule.renames.is_empty() {
            self.line(format_args!("renames = ["));
            for rename in &rule.renames {
                let (from, to) = (quoted(&rename.from.value), quoted(&rename.to.value));
                self.line(format_args!("  {{ from = {from}, to = {to} }},"));
            }
            self.line(format_args!("]"));
        }
    }

    fn flag(&mut self, key: &str, set: bool) {
        if set {
            self.line(format_args!("{key} = true"));
        }
    }

    fn text(&mut self, key: &str, text: &LocatedText) {
        self.line(format_args!("{key} = {}", quoted(&text.value)));
    }

    fn choices(&mut self, key: &str, choices: &[ChoiceRule]) {
        if choices.is_empty() {
            return;
        }
        self.line(format_args!("{key} = ["));
        for choice in choices {
            let line = format!("  {{ {} }},", choice_keys(choice, None));
            if line.chars().count() <= WIDTH {
                self.line(format_args!("{line}"));
            } else {
                self.line(format_args!("  {{ {} }},", choice_keys(choice, Some(2))));
            }
        }
        self.line(format_args!("]"));
    }

    fn list(&mut self, key: &str, list: &[LocatedText]) {
        if !list.is_empty() {
            // A character has up to four bytes: of more bytes no line is written to see whether it fits.
            let may_fit = list.iter().map(|text| text.value.len()).sum::<usize>() <= WIDTH * 4;
            let line = may_fit.then(|| array(key, list, None));
            let line = line.filter(|line| line.chars().count() <= WIDTH);
            self.text.push_str(&line.unwrap_or_else(|| array(key, list, Some(0))));
            self.text.push('\n');
        }
    }
}

/// The keys of a choice; its lists on several lines with an indentation, or else on one.
fn choice_keys(choice: &ChoiceRule, indent: Option<usize>) -> String {
    let lists = [
        ("mentions", &choice.mentions),
        ("whole_words", &choice.whole_words),
        ("and", &choice.and),
        ("template", &choice.template),
        ("directories", &choice.directories),
    ];
    let mut keys = format!("is = {}", quoted(&choice.is.value));
    if let Some(needed) = choice.needs_judgement {
        let _ = write!(keys, ", needs_judgement = {needed}");
    }
    for (key, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
        let _ = write!(keys, ", {}", array(key, list, indent));
    }
    keys
}

/// `key = ["a", "b"]`, on several lines with an indentation, or else on one.
fn array(key: &str, list: &[LocatedText], indent: Option<usize>) -> String {
    let Some(indent) = indent else {
        let entries: Vec<String> = list.iter().map(|text| quoted(&text.value)).collect();
        return format!("{key} = [{}]", entries.join(", "));
    };
    let margin = " ".repeat(indent + 2);
    let mut text = format!("{key} = [\n{margin}");
    let (mut used, mut entry) = (margin.len(), String::new());
    for located in list {
        entry.clear();
        push_quoted(&located.value, &mut entry);
        entry.push_str(", ");
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

fn quoted(text: &str) -> String {
    let mut quoted = String::new();
    push_quoted(text, &mut quoted);
    quoted
}

fn push_quoted(text: &str, out: &mut String) {
    out.push('"');
    if text.contains(|c: char| c.is_control() || matches!(c, '"' | '\\')) {
        for c in text.chars() {
            match c {
                '"' | '\\' => out.extend(['\\', c]),
                c if c.is_control() => {
                    let _ = write!(out, "\\u{:04X}", u32::from(c));
                }
                c => out.push(c),
            }
        }
    } else {
        out.push_str(text);
    }
    out.push('"');
}
