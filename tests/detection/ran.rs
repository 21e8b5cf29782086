//! What ran decides: commands name a workflow's operations better than its request does.

use flowmine::detect::{Covers, Evidence, RuleSet};

use super::RULES;

/// The signatures of a request whose workflow ran these command lines.
fn detect(request: &str, lines: &[&str]) -> String {
    RULES.with(|rules| found(rules, request, lines))
}

fn found(rules: &RuleSet, request: &str, lines: &[&str]) -> String {
    let ran = rules.ran_by(lines.iter().copied());
    let evidence = Evidence { request: Some(request), ran: Some(&ran), ..Evidence::default() };
    let signatures = rules.detect(&evidence);
    signatures.iter().map(|signature| signature.as_str()).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_request_and_its_command_are_one_operation() {
    assert_eq!(detect("Run the tests", &["uv run pytest -q"]), "test:pytest:all");
}

#[test]
fn the_target_is_the_commands_own_else_the_requests() {
    assert_eq!(detect("Run the backend tests", &["uv run pytest -q"]), "test:pytest:backend");
    assert_eq!(detect("Run the backend tests", &["cd frontend && npx vitest"]), "test:vitest:frontend");
}

#[test]
fn a_category_of_which_nothing_ran_stays_as_it_was_asked_for() {
    assert_eq!(detect("Run the tests and commit", &["pytest", "ls"]), "git:commit:summary test:pytest:all");
    assert_eq!(detect("Run the tests", &["ls -la"]), "test:generic:all");
    assert_eq!(detect("Run the tests", &[]), "test:generic:all");
}

#[test]
fn what_nobody_asked_for_counts_where_it_ran() {
    assert_eq!(
        detect("Add a form for orders", &["npm run lint", "git status"]),
        "format:generic:all git:status:summary"
    );
}

#[test]
fn every_operation_of_a_category_that_ran_is_one() {
    assert_eq!(
        detect(
            "Run the tests",
            &["cd backend && pytest", "cd frontend && npx vitest run", "cd backend && pytest"]
        ),
        "test:pytest:backend test:vitest:frontend"
    );
}

#[test]
fn the_error_message_says_nothing_of_a_category_that_ran() {
    let names: Vec<String> = RULES.with(|rules| {
        let ran = rules.ran_by(["pytest"]);
        let evidence = Evidence {
            error_message: Some("2 tests failed, eslint too"),
            ran: Some(&ran),
            ..Evidence::default()
        };
        rules.detect(&evidence).iter().map(ToString::to_string).collect()
    });
    assert_eq!(names, ["format:eslint:all", "test:pytest:all"]);
}

#[test]
fn the_original_rules_do_not_look_at_commands() {
    let rules = RuleSet::builtin("tac-webbuilder").unwrap();
    let ran = rules.ran_as(["format:eslint:all"]);
    let evidence = Evidence { request: Some("Run pytest"), ran: Some(&ran), ..Evidence::default() };
    assert_eq!(
        rules.detect(&evidence).iter().map(|one| one.as_str()).collect::<Vec<_>>(),
        ["test:pytest:all"]
    );
}

#[test]
fn an_explanation_says_what_ran_and_what_it_replaced() {
    RULES.with(|rules| {
        let ran = rules.ran_by(["uv run pytest"]);
        let explanation = rules.explain(&Evidence {
            request: Some("Run the tests"),
            ran: Some(&ran),
            ..Evidence::default()
        });
        let run = &explanation.layers[3];
        assert_eq!(run.layer, "run");
        assert_eq!(run.fired[0].signature.as_ref().unwrap().as_str(), "test:pytest:all");
        let file = &run.fired[0].rule.as_ref().unwrap().file;
        assert!(file.ends_with("commands.toml"), "{file}");
        let asked = &explanation.layers[0].fired[0];
        assert_eq!(asked.left_out.as_deref(), Some("the commands that ran say it better"));
    });
}

/// Where each signature was found, and whether the request asks for nothing else.
fn worth(request: &str, lines: &[&str]) -> Vec<(String, String, Covers)> {
    RULES.with(|rules| {
        let ran = rules.ran_by(lines.iter().copied());
        let mut detector = rules.detector();
        let ran = Some(ran.as_slice());
        let found =
            detector.detect(&Evidence { request: Some(request), ran, ..Evidence::default() }).to_vec();
        let worth = found.into_iter().map(|signature| {
            let found = detector.found(signature).unwrap();
            let places = found.found_in.names().collect::<Vec<_>>().join(" ");
            (rules.signature(signature).to_string(), places, found.covers)
        });
        worth.collect()
    })
}

#[test]
fn what_was_asked_for_and_ran_is_found_in_both() {
    let expected = ("test:pytest:all".to_owned(), "request run".to_owned(), Covers::Whole);
    assert_eq!(worth("Run the tests", &["pytest"]), [expected]);
}

#[test]
fn what_ran_unasked_is_a_part_and_so_is_what_was_asked_for_and_did_not_run() {
    let ran = ("format:generic:all".to_owned(), "run".to_owned(), Covers::Part);
    assert_eq!(worth("Add a form for orders", &["npm run lint"]), [ran]);
    let asked = ("test:generic:all".to_owned(), "request".to_owned(), Covers::Part);
    assert_eq!(worth("Run the tests", &["ls"]), [asked]);
}

#[test]
fn a_request_that_is_a_command_line_asks_for_nothing_else() {
    RULES.with(|rules| {
        let mut detector = rules.detector();
        let request = Some("docker compose exec backend pytest");
        let found = detector.detect(&Evidence { request, ..Evidence::default() })[0];
        assert_eq!(detector.found(found).unwrap().covers, Covers::Whole);
    });
}
