//! The rule set `tac-webbuilder` says exactly what the tables it was written from say, on every input.

use flowmine::detect::{Evidence, RuleSet};
use proptest::prelude::*;

/// The tables themselves, written down once more as plainly as possible.
mod reference {
    use regex::Regex;

    fn any(text: &str, words: &[&str]) -> bool {
        words.iter().any(|word| text.contains(word))
    }

    fn first<'a>(text: &str, choices: &[(&'a str, &[&str])], otherwise: &'a str) -> &'a str {
        choices.iter().find(|(_, words)| any(text, words)).map_or(otherwise, |(name, _)| name)
    }

    fn target(request: &str, template: &str) -> &'static str {
        let all = Regex::new(r"(?:^|[^\p{L}\p{N}_])all(?:[^\p{L}\p{N}_]|$)").unwrap();
        if any(request, &["both"]) {
            "both"
        } else if all.is_match(request) && any(request, &["tests", "code", "files"]) {
            "all"
        } else if any(request, &["backend", "server", "api"]) {
            "backend"
        } else if any(request, &["frontend", "client", "ui"]) {
            "frontend"
        } else if any(template, &["server", "backend"]) {
            "backend"
        } else if any(template, &["client", "frontend"]) {
            "frontend"
        } else {
            "all"
        }
    }

    fn request_layer(text: &str, template: &str) -> Option<String> {
        let target = target(text, template);
        if any(text, &["test", "pytest", "vitest", "jest"]) {
            let frameworks: &[(&str, &[&str])] = &[
                ("pytest", &["pytest", "py.test"]),
                ("vitest", &["vitest"]),
                ("jest", &["jest"]),
                ("mocha", &["mocha"]),
            ];
            Some(format!("test:{}:{target}", first(text, frameworks, "generic")))
        } else if any(text, &["build", "compile", "typecheck", "tsc", "bundle"]) {
            let kinds: &[(&str, &[&str])] = &[
                ("typecheck", &["typecheck", "tsc", "type check"]),
                ("compile", &["compile"]),
                ("bundle", &["bundle", "webpack", "vite"]),
            ];
            Some(format!("build:{}:{target}", first(text, kinds, "build")))
        } else if any(text, &["format", "prettier", "black", "lint"]) {
            let tools: &[(&str, &[&str])] = &[
                ("prettier", &["prettier"]),
                ("black", &["black"]),
                ("eslint", &["eslint"]),
                ("ruff", &["ruff"]),
            ];
            Some(format!("format:{}:all", first(text, tools, "generic")))
        } else if any(text, &["git diff", "git status", "git log"]) {
            let views: &[(&str, &[&str])] =
                &[("diff", &["diff"]), ("status", &["status"]), ("log", &["log"])];
            Some(format!("git:{}:summary", first(text, views, "generic")))
        } else if any(text, &["npm", "pip", "update dependencies", "install python"]) {
            let managers: &[(&str, &[&str])] =
                &[("npm", &["npm"]), ("pip", &["pip", "python"]), ("bun", &["bun"]), ("yarn", &["yarn"])];
            Some(format!("deps:{}:update", first(text, managers, "generic")))
        } else if any(text, &["readme", "documentation", "generate docs"]) {
            Some("docs:generate:all".into())
        } else {
            None
        }
    }

    fn error_layer(text: &str) -> Vec<String> {
        let table: &[(&[&str], &str)] = &[
            (&["test failed", "tests failed", "pytest"], "test:pytest:backend"),
            (&["vitest"], "test:vitest:frontend"),
            (&["type error", "typecheck", "tsc"], "build:typecheck:backend"),
            (&["compilation", "compile error"], "build:compile:backend"),
            (&["eslint", "lint"], "format:eslint:all"),
        ];
        table.iter().filter(|(words, _)| any(text, words)).map(|(_, s)| (*s).into()).collect()
    }

    fn template_layer(text: &str) -> Option<String> {
        let table: &[(&[&str], Option<&str>)] = &[
            (&["test"], Some("test:generic:all")),
            (&["build"], Some("build:generic:all")),
            (&["plan"], None),
            (&["sdlc", "zte"], Some("sdlc:full:all")),
            (&["patch", "lightweight"], Some("patch:quick:all")),
            (&["ship"], Some("deploy:ship:all")),
            (&["review"], Some("review:code:all")),
            (&["cleanup"], None),
        ];
        table.iter().find(|(words, _)| any(text, words))?.1.map(Into::into)
    }

    pub fn detect(request: Option<&str>, error: Option<&str>, template: Option<&str>) -> Vec<String> {
        let lower = |text: Option<&str>| text.unwrap_or_default().to_lowercase();
        let (request, error, template) = (lower(request), lower(error), lower(template));
        let mut found: Vec<String> = request_layer(&request, &template).into_iter().collect();
        for signature in error_layer(&error).into_iter().chain(template_layer(&template)) {
            if !found.contains(&signature) {
                found.push(signature);
            }
        }
        found
    }
}

fn rules() -> RuleSet {
    RuleSet::builtin("tac-webbuilder").unwrap()
}

fn detect(
    rules: &RuleSet,
    request: Option<&str>,
    error: Option<&str>,
    template: Option<&str>,
) -> Vec<String> {
    let evidence = Evidence { request, error_message: error, template };
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
fn every_keyword_of_test() {
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
fn every_keyword_of_build() {
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
fn every_keyword_of_format() {
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
fn every_keyword_of_git() {
    assert_requests(&[
        ("git diff", "git:diff:summary"),
        ("git status", "git:status:summary"),
        ("git log", "git:log:summary"),
        ("git log of the diff", "git:diff:summary"),
        ("git commit", ""),
    ]);
}

#[test]
fn every_keyword_of_deps() {
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
fn every_keyword_of_docs() {
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

/// Pieces that keywords are made of, what may stand between them, and letters that change in lower case.
const PIECES: [&str; 64] = [
    "test",
    "tests",
    "pytest",
    "py.",
    "vi",
    "vitest",
    "je",
    "st",
    "mocha",
    "build",
    "bui",
    "ld",
    "compile",
    "typecheck",
    "type",
    "check",
    "ts",
    "c",
    "bundle",
    "webpack",
    "vite",
    "format",
    "for",
    "mat",
    "prettier",
    "black",
    "lint",
    "es",
    "ruff",
    "git",
    "diff",
    "status",
    "log",
    "npm",
    "pip",
    "update",
    "dependencies",
    "install",
    "python",
    "bun",
    "yarn",
    "readme",
    "documentation",
    "generate",
    "docs",
    "both",
    "all",
    "ALL",
    "code",
    "files",
    "backend",
    "server",
    "api",
    "frontend",
    "client",
    "ui",
    "failed",
    "error",
    "plan",
    "sdlc",
    "ship",
    "review",
    "\u{212a}",
    "İ",
];
const BETWEEN: [&str; 12] = [" ", "", "_", "-", ".", "\n", "\t", "é", "²", "\u{301}", "Σ", "字"];

fn text() -> impl Strategy<Value = Option<String>> {
    let piece = (0..PIECES.len(), 0..BETWEEN.len(), any::<bool>());
    let join = |parts: Vec<(usize, usize, bool)>| {
        let part = |(piece, between, upper): (usize, usize, bool)| {
            let word = if upper { PIECES[piece].to_uppercase() } else { PIECES[piece].to_owned() };
            word + BETWEEN[between]
        };
        parts.into_iter().map(part).collect::<String>()
    };
    proptest::option::of(proptest::collection::vec(piece, 0..8).prop_map(join))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn agrees_with_the_tables_on_texts_made_of_keywords(request in text(), error in text(), template in text()) {
        thread_local!(static RULES: RuleSet = rules());
        let (request, error, template) = (request.as_deref(), error.as_deref(), template.as_deref());
        let found = RULES.with(|rules| detect(rules, request, error, template));
        prop_assert_eq!(found, reference::detect(request, error, template));
    }

    #[test]
    fn agrees_with_the_tables_on_any_text(request in ".*", template in ".*") {
        thread_local!(static RULES: RuleSet = rules());
        let found = RULES.with(|rules| detect(rules, Some(&request), Some(&template), Some(&template)));
        prop_assert_eq!(found, reference::detect(Some(&request), Some(&template), Some(&template)));
    }
}
