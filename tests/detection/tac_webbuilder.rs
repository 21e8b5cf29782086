//! The rule set `tac-webbuilder` says what its tables say, keyword by keyword.

use flowmine::detect::{Evidence, RuleSet};

pub fn rules() -> RuleSet {
    RuleSet::builtin("tac-webbuilder").unwrap()
}

pub fn detect(
    rules: &RuleSet,
    request: Option<&str>,
    error: Option<&str>,
    template: Option<&str>,
) -> Vec<String> {
    let evidence = Evidence { request, error_message: error, template, ..Evidence::default() };
    rules.detect(&evidence).iter().map(ToString::to_string).collect()
}

fn assert_requests(cases: &[(&str, &str)]) {
    let rules = rules();
    for (request, signature) in cases {
        let expected: Vec<&str> = if signature.is_empty() { vec![] } else { vec![signature] };
        assert_eq!(detect(&rules, Some(request), None, None), expected, "{request}");
    }
}

#[test]
fn every_keyword_of_test_gives_its_signature() {
    assert_requests(&[
        ("test", "test:generic:all"),
        ("pytest", "test:pytest:all"),
        ("vitest", "test:vitest:all"),
        ("jest", "test:jest:all"),
        ("py.test", "test:pytest:all"),
        ("test with mocha", "test:mocha:all"),
        ("mocha", ""),
    ]);
}

#[test]
fn every_keyword_of_build_gives_its_signature() {
    assert_requests(&[
        ("compile", "build:compile:all"),
        ("typecheck", "build:typecheck:all"),
        ("tsc", "build:typecheck:all"),
        ("bundle", "build:bundle:all"),
        ("compile, then type check", "build:typecheck:all"),
        ("type check", ""),
        ("build for ios, on the server", "build:build:backend"),
        ("build: webpack on the server", "build:bundle:backend"),
        ("build: vite on the server", "build:bundle:backend"),
    ]);
}

#[test]
fn every_keyword_of_format_gives_its_signature() {
    assert_requests(&[
        ("format", "format:generic:all"),
        ("prettier", "format:prettier:all"),
        ("black", "format:black:all"),
        ("lint", "format:generic:all"),
        ("eslint", "format:eslint:all"),
        ("lint with ruff", "format:ruff:all"),
        ("ruff", ""),
    ]);
}

#[test]
fn every_keyword_of_git_gives_its_signature() {
    assert_requests(&[
        ("git diff", "git:diff:summary"),
        ("git status", "git:status:summary"),
        ("git log", "git:log:summary"),
        ("git log of the diff", "git:diff:summary"),
        ("git commit", ""),
    ]);
}

#[test]
fn every_keyword_of_deps_gives_its_signature() {
    assert_requests(&[
        ("npm", "deps:npm:update"),
        ("pip", "deps:pip:update"),
        ("update dependencies", "deps:generic:update"),
        ("install python", "deps:pip:update"),
        ("update dependencies with bun", "deps:bun:update"),
        ("update dependencies with yarn", "deps:yarn:update"),
        ("yarn", ""),
    ]);
}

#[test]
fn every_keyword_of_docs_gives_its_signature() {
    assert_requests(&[
        ("readme", "docs:generate:all"),
        ("documentation", "docs:generate:all"),
        ("generate docs", "docs:generate:all"),
        ("docs", ""),
    ]);
}

#[test]
fn every_keyword_of_the_target() {
    assert_requests(&[
        ("test both, backend too", "test:generic:both"),
        ("all tests of the backend", "test:generic:all"),
        ("test all code of the backend", "test:generic:all"),
        ("test all files of the backend", "test:generic:all"),
        ("test the whole backend, all of it", "test:generic:backend"),
        ("test the backend", "test:generic:backend"),
        ("test the server", "test:generic:backend"),
        ("test the api of the client", "test:generic:backend"),
        ("test the frontend", "test:generic:frontend"),
        ("test the client", "test:generic:frontend"),
        ("test the ui", "test:generic:frontend"),
        ("test it", "test:generic:all"),
    ]);
}

#[test]
fn the_template_decides_the_target_where_the_request_does_not() {
    let rules = rules();
    let target = |request, template| detect(&rules, Some(request), None, Some(template))[0].clone();
    assert_eq!(target("jest", "adw_server_iso"), "test:jest:backend");
    assert_eq!(target("jest", "adw_backend_iso"), "test:jest:backend");
    assert_eq!(target("jest", "adw_client_iso"), "test:jest:frontend");
    assert_eq!(target("jest", "adw_frontend_iso"), "test:jest:frontend");
    assert_eq!(target("jest ui", "adw_server_iso"), "test:jest:frontend");
    assert_eq!(target("jest", "adw_plan"), "test:jest:all");
}

#[test]
fn known_oddities_are_kept() {
    assert_requests(&[
        ("Build the project", "build:build:frontend"),
        ("the latest rapid pipeline", "test:generic:backend"),
        ("Update information on the platform", "format:generic:all"),
        ("Tests of all_server", "test:generic:backend"),
        ("\u{212a}eep the \u{212a}ey: BAC\u{212a}END TEST", "test:generic:backend"),
        ("G\u{130}T TEST", "test:generic:all"),
        ("P\u{130}P", ""),
    ]);
}

#[test]
fn every_keyword_of_the_error_message() {
    let rules = rules();
    let cases: &[(&str, &[&str])] = &[
        ("1 test failed", &["test:pytest:backend"]),
        ("3 Tests Failed", &["test:pytest:backend"]),
        ("pytest", &["test:pytest:backend"]),
        ("vitest", &["test:vitest:frontend"]),
        ("type error", &["build:typecheck:backend"]),
        ("typecheck", &["build:typecheck:backend"]),
        ("tsc", &["build:typecheck:backend"]),
        ("compilation", &["build:compile:backend"]),
        ("compile error", &["build:compile:backend"]),
        ("eslint", &["format:eslint:all"]),
        ("lint", &["format:eslint:all"]),
        (
            "eslint: type error, tests failed",
            &["test:pytest:backend", "build:typecheck:backend", "format:eslint:all"],
        ),
        ("test", &[]),
    ];
    for (error, expected) in cases {
        assert_eq!(detect(&rules, None, Some(error), None), *expected, "{error}");
    }
}

#[test]
fn every_keyword_of_the_template() {
    let rules = rules();
    let cases = [
        ("adw_test_iso", "test:generic:all"),
        ("adw_build_iso", "build:generic:all"),
        ("adw_plan_iso", ""),
        ("adw_sdlc_iso", "sdlc:full:all"),
        ("adw_zte", "sdlc:full:all"),
        ("adw_patch_iso", "patch:quick:all"),
        ("adw_lightweight_iso", "patch:quick:all"),
        ("adw_ship_iso", "deploy:ship:all"),
        ("adw_review_iso", "review:code:all"),
        ("adw_cleanup_iso", ""),
        ("adw_plan_build_test_iso", "test:generic:all"),
        ("adw_plan_build_iso", "build:generic:all"),
        ("adw_plan_review", ""),
    ];
    for (template, expected) in cases {
        let expected: Vec<&str> = if expected.is_empty() { vec![] } else { vec![expected] };
        assert_eq!(detect(&rules, None, None, Some(template)), expected, "{template}");
    }
}

#[test]
fn layers_are_joined_without_repeats() {
    let found = detect(&rules(), Some("test all"), Some("pytest"), Some("adw_test"));
    assert_eq!(found, ["test:generic:all", "test:pytest:backend"]);
}

#[test]
fn no_text_has_no_signature() {
    let rules = rules();
    assert!(detect(&rules, None, None, None).is_empty());
    assert!(detect(&rules, Some(""), Some(""), Some("")).is_empty());
}
