//! Which operations a shell line runs, as the rules say.

use std::borrow::Cow;

use hashbrown::{HashMap, HashSet};
use indexmap::IndexSet;

use super::turn::Command;
use crate::detect::{Evidence, Found, FoundIn, RuleSet};
use crate::signature::{Signature, category};

/// How many lines' operations are remembered: agents repeat themselves.
const REMEMBERED_LINES: usize = 4096;

/// What asked for a command.
#[derive(Clone, Copy, Debug)]
pub struct AskedBy<'a, 'r> {
    /// The request's text; empty where none is kept.
    pub request: &'r str,
    /// What it asks for, where its text is not kept: each one's signature, and what it is worth as JSON.
    pub kept: &'r [(&'a str, &'a str)],
}

/// Names the operations of shell lines.
pub struct CommandNaming<'a> {
    rules: &'a RuleSet,
    signatures: HashSet<&'a str>,
    /// By line: each operation, and whether the line names the target.
    lines: HashMap<String, Vec<(&'a str, bool)>>,
    /// What the last request asked for.
    asked: Option<(String, Vec<&'a str>)>,
}

impl<'a> CommandNaming<'a> {
    /// By these rules.
    pub fn new(rules: &'a RuleSet) -> Self {
        let signatures = rules.signatures().iter().map(Signature::as_str).collect();
        Self { rules, signatures, lines: HashMap::new(), asked: None }
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
        if !self.lines.contains_key(line) {
            self.read(line);
        }
        &self.lines[line]
    }

    /// The signatures of a command's operations. A target that its line does not name is the one that the request names
    /// for the same category.
    pub fn operations(&mut self, request: AskedBy<'a, '_>, command: &Command<'a>) -> Vec<Cow<'a, str>> {
        let has_none = match &command.named {
            Some(named) => named.is_empty(),
            None => self.of_line(command.line).is_empty(),
        };
        if has_none {
            return Vec::new();
        }
        self.ask(request);
        let found = command.named.as_deref().unwrap_or_else(|| &self.lines[command.line]);
        let asked = self.asked.as_ref().map_or(&[][..], |(_, asked)| asked);
        let on_target = |&(own, target_named): &(&'a str, bool)| {
            let asked = asked.iter().find(|asked| category(asked) == category(own));
            let (operation, (_, target)) = (own.rsplit_once(':')?.0, asked?.rsplit_once(':')?);
            // No signature is made up that the rules do not have.
            let name = Some(format!("{operation}:{target}")).filter(|_| !target_named);
            name.filter(|name| self.signatures.contains(name.as_str()))
        };
        let names = found.iter().map(|one| on_target(one).map_or(Cow::Borrowed(one.0), Cow::Owned));
        names.collect::<IndexSet<_>>().into_iter().collect()
    }

    /// Notes the signatures that a request asks for.
    fn ask(&mut self, AskedBy { request, kept }: AskedBy<'a, '_>) {
        if request.is_empty() {
            let kept = kept.iter().filter(|(_, worth)| is_of_request(worth));
            self.asked = Some((String::new(), kept.map(|(signature, _)| *signature).collect()));
        } else if self.asked.as_ref().is_none_or(|(known, _)| known != request) {
            let detected = self.rules.detect(&Evidence { request: Some(request), ..Evidence::default() });
            let detected = detected.into_iter().map(Signature::as_str);
            self.asked = Some((request.to_owned(), detected.collect()));
        }
    }

    fn read(&mut self, line: &str) {
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
