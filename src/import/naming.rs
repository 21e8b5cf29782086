//! Which operations a shell line runs, as the rules say.

use std::borrow::Cow;
use std::cell::LazyCell;

use hashbrown::HashMap;
use indexmap::IndexSet;

use super::turn::Command;
use crate::detect::{Evidence, Found, FoundIn, RuleSet};
use crate::signature::{Signature, category};

/// How many lines' operations are remembered: agents repeat themselves.
const REMEMBERED_LINES: usize = 4096;

/// What asked for a turn's commands.
#[derive(Clone, Copy, Debug)]
pub struct AskedBy<'a, 'r> {
    /// The request's text; empty where none is kept.
    pub request: &'r str,
    /// What it asks for, where its text is not kept: each one's signature, and what it is worth as JSON.
    pub kept: &'r [(&'a str, &'a str)],
}

impl<'a> AskedBy<'a, '_> {
    /// The signatures that the request asks for.
    fn signatures(self, rules: &'a RuleSet) -> Vec<&'a str> {
        if self.request.is_empty() {
            let kept = self.kept.iter().filter(|(_, worth)| is_of_request(worth));
            return kept.map(|(signature, _)| *signature).collect();
        }
        let detected = rules.detect(&Evidence { request: Some(self.request), ..Evidence::default() });
        detected.into_iter().map(Signature::as_str).collect()
    }
}

/// Names the operations of shell lines.
pub struct CommandNaming<'a> {
    rules: &'a RuleSet,
    /// By line: each operation, and whether the line names the target.
    lines: HashMap<String, Vec<(&'a str, bool)>>,
}

impl<'a> CommandNaming<'a> {
    /// By these rules.
    pub fn new(rules: &'a RuleSet) -> Self {
        Self { rules, lines: HashMap::new() }
    }

    /// The operations that a request and the template it uses ask for: each one's signature, and what it is worth as JSON.
    pub fn asked_for(&self, request: &str, template: Option<&str>) -> Vec<(String, String)> {
        let evidence = Evidence { request: Some(request), template, ..Evidence::default() };
        let mut detector = self.rules.detector();
        let found = detector.detect(&evidence).to_vec().into_iter();
        let asked = found.map(|signature| {
            let worth = detector.found(signature).map(Found::json).unwrap_or_default();
            (self.rules.signature(signature).as_str().to_owned(), worth)
        });
        asked.collect()
    }

    /// The operations of a line: each one's signature, and whether the line names its target.
    pub fn of_line(&mut self, line: &str) -> &[(&'a str, bool)] {
        self.read(line);
        &self.lines[line]
    }

    /// The signatures of the operations of each of a turn's commands.
    pub fn operations<'c>(
        &'c mut self,
        asked_by: AskedBy<'a, 'c>,
        commands: &'c [Command<'a>],
    ) -> impl Iterator<Item = Vec<Cow<'a, str>>> + 'c {
        let rules = self.rules;
        let asked = LazyCell::new(move || asked_by.signatures(rules));
        commands.iter().map(move |command| {
            if command.named.is_none() {
                self.read(command.line);
            }
            let found = command.named.as_deref().unwrap_or_else(|| &self.lines[command.line]);
            let names = found.iter().map(|&(own, target_named)| {
                let on_target = if target_named { None } else { self.on_target(own, &asked) };
                on_target.map_or(Cow::Borrowed(own), Cow::Owned)
            });
            names.collect::<IndexSet<_>>().into_iter().collect()
        })
    }

    /// The operation on the target that the request names for the same category, where there is one.
    fn on_target(&self, own: &str, asked: &[&str]) -> Option<String> {
        let asked = asked.iter().find(|asked| category(asked) == category(own))?;
        let ((operation, _), (_, target)) = (own.rsplit_once(':')?, asked.rsplit_once(':')?);
        // No signature is made up that the rules do not have.
        Some(format!("{operation}:{target}")).filter(|name| self.rules.number(name).is_some())
    }

    /// Finds the operations of a line, unless they are remembered.
    fn read(&mut self, line: &str) {
        if self.lines.contains_key(line) {
            return;
        }
        if self.lines.len() >= REMEMBERED_LINES {
            self.lines.clear();
        }
        let found = self.rules.read_command_line(line).into_iter();
        let found = found.map(|one| (self.rules.signature(one.signature).as_str(), one.target_named));
        self.lines.insert(line.to_owned(), found.collect());
    }
}

/// Whether an operation, by what it is worth as JSON, was found in a request rather than in a template's name.
fn is_of_request(worth: &str) -> bool {
    let found = Found::from_json(worth).ok().flatten();
    found.is_some_and(|found| found.found_in.contains(FoundIn::REQUEST))
}
