//! The rule set `tac-webbuilder` agrees with the tables it was written from on random texts.

use flowmine::detect::RuleSet;
use proptest::prelude::*;

use crate::tac_webbuilder::{detect, rules};

/// The tables themselves, written down once more as plainly as possible.
mod reference {
    use std::sync::LazyLock;

    use regex::Regex;

    fn any(text: &str, words: &[&str]) -> bool {
        words.iter().any(|word| text.contains(word))
    }

    fn first<'a>(text: &str, choices: &[(&'a str, &[&str])], otherwise: &'a str) -> &'a str {
        choices.iter().find(|(_, words)| any(text, words)).map_or(otherwise, |(name, _)| name)
    }

    fn has_word_all(text: &str) -> bool {
        static ALL: LazyLock<Regex> =
            LazyLock::new(|| Regex::new(r"(?:^|[^\p{L}\p{N}_])all(?:[^\p{L}\p{N}_]|$)").unwrap());
        ALL.is_match(text)
    }

    fn target(request: &str, template: &str) -> &'static str {
        if any(request, &["both"]) {
            "both"
        } else if has_word_all(request) && any(request, &["tests", "code", "files"]) {
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
