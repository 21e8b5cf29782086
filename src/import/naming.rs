//! Which operations a shell line runs, as the rules say.

use std::borrow::Cow;

use hashbrown::{HashMap, HashSet};

use crate::detect::{Evidence, Found, RuleSet};
use crate::signature::Signature;

/// How many lines' operations are remembered: agents repeat themselves.
const REMEMBERED_LINES: usize = 4096;

/// Names the operations of shell lines.
pub struct CommandNaming<'a> {
    rules: &'a RuleSet,
    signatures: HashSet<&'a str>,
    /// By line: each operation, and whether the line names the target.
    lines: HashMap<String, Vec<(&'a Signature, bool)>>,
    /// What the last request asked for.
    asked: Option<(String, Vec<&'a Signature>)>,
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

    /// The signatures of a line's operations. A target that the line does not name is the one that the request names for
    /// the same category.
    pub fn operations(&mut self, request: &str, line: &str) -> Vec<Cow<'a, str>> {
        if !self.lines.contains_key(line) {
            self.read(line);
        }
        let found = &self.lines[line];
        if found.is_empty() {
            return Vec::new();
        }
        if self.asked.as_ref().is_none_or(|(known, _)| known != request) {
            let asked = self.rules.detect(&Evidence { request: Some(request), ..Evidence::default() });
            self.asked = Some((request.to_owned(), asked));
        }
        let asked = self.asked.as_ref().map_or(&[][..], |(_, asked)| asked);
        let mut names = Vec::new();
        for &(own, target_named) in found {
            let target =
                asked.iter().find(|asked| asked.category() == own.category()).map(|asked| asked.target());
            let asked = target.filter(|_| !target_named);
            let asked = asked.map(|target| format!("{}:{}:{target}", own.category(), own.subcategory()));
            // No signature is made up that the rules do not have.
            let asked = asked.filter(|name| self.signatures.contains(name.as_str()));
            let name = asked.map_or(Cow::Borrowed(own.as_str()), Cow::Owned);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    fn read(&mut self, line: &str) {
        if self.lines.len() >= REMEMBERED_LINES {
            self.lines.clear();
        }
        let found = self.rules.read_command_line(line).into_iter();
        let found = found.map(|one| (self.rules.signature(one.signature), one.target_named));
        self.lines.insert(line.to_owned(), found.collect());
    }
}
