//! Which operations a shell line runs, as the rules say.

use crate::detect::{Evidence, RuleSet};

/// The signatures of a line's operations. A target that the line does not name is the one that the request names for
/// the same category.
pub fn operations(rules: &RuleSet, request: &str, line: &str) -> Vec<String> {
    let found = rules.read_command_line(line).operations;
    if found.is_empty() {
        return Vec::new();
    }
    let asked = rules.detect(&Evidence { request: Some(request), ..Evidence::default() });
    let mut names = Vec::new();
    for operation in found {
        let own = rules.signature(operation.signature);
        let target =
            asked.iter().find(|asked| asked.category() == own.category()).map(|asked| asked.target());
        let asked = target.filter(|_| !operation.target_named);
        let asked = asked.map(|target| format!("{}:{}:{target}", own.category(), own.subcategory()));
        // A combination that the rules do not have is none.
        let asked = asked.filter(|name| rules.signatures().iter().any(|known| known.as_str() == name));
        let name = asked.unwrap_or_else(|| own.as_str().to_owned());
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}
