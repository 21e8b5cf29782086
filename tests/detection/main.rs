//! Detection: the two rule sets, the rules file, explanations, and how good it all is.

mod command_lines;
mod covers;
mod default;
mod default_instructions;
mod default_silent;
mod evaluation;
mod explain;
mod grammar;
mod languages;
mod pasted;
mod properties;
mod quality;
mod ran;
mod real_requests;
mod rules_file;
mod rules_files;
mod rules_limits;
mod tac_reference;
mod tac_webbuilder;

use flowmine::detect::{Evidence, RuleSet};

// Compiled once a thread, not once a case.
thread_local!(static RULES: RuleSet = RuleSet::builtin("default").unwrap());

fn detect(evidence: &Evidence<'_>) -> String {
    RULES.with(|rules| rules.detect(evidence).iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
}

/// Each request with its signatures, separated by spaces.
fn assert_requests(cases: &[(&str, &str)]) {
    let wrong: Vec<String> = cases
        .iter()
        .map(|&(request, expected)| {
            (request, expected, detect(&Evidence { request: Some(request), ..Evidence::default() }))
        })
        .filter(|(_, expected, found)| expected != found)
        .map(|(request, expected, found)| format!("{request:?}: expected '{expected}', found '{found}'"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
