//! Command lines: what they run, in every form in which shells and agents write them.

use std::fmt::Write;
use std::time::{Duration, Instant};

use flowmine::detect::RuleSet;
use proptest::prelude::*;

use super::{RULES, assert_requests};

/// The signatures of a command line, separated by spaces.
pub fn signatures(line: &str) -> String {
    RULES.with(|rules| {
        let read = rules.read_command_line(line);
        let names = read.iter().map(|one| rules.signature(one.signature).as_str());
        names.collect::<Vec<_>>().join(" ")
    })
}

fn assert_lines(cases: &[(&str, &str)]) {
    let wrong = cases.iter().map(|&(line, expected)| (line, expected, signatures(line)));
    let wrong = wrong.filter(|(_, expected, found)| expected != found).fold(String::new(), |mut all, one| {
        let _ = writeln!(all, "{:?}: expected '{}', found '{}'", one.0, one.1, one.2);
        all
    });
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_command_of_a_line_counts_in_its_order() {
    assert_lines(&[
        ("npm run lint && npm test; git push", "format:generic:all test:generic:all git:push:summary"),
        ("cargo fmt || cargo clippy | tee out", "format:rustfmt:all format:clippy:all"),
        ("(cd a && make test) & git status", "test:generic:all git:status:summary"),
        ("git status\ngit diff", "git:status:summary git:diff:summary"),
        ("pytest a; pytest b", "test:pytest:all"),
    ]);
}

#[test]
fn what_is_quoted_is_no_command() {
    assert_lines(&[
        ("git commit -m \"fix; npm test && git push\"", "git:commit:summary"),
        ("echo 'npm test'", ""),
        ("echo npm test", ""),
        ("grep -r 'cargo test' docs | head", ""),
        ("cat > run.sh <<'EOF'\nnpm test\nit's done\nEOF\ngit add run.sh", "git:add:summary"),
        ("# npm test\nls", ""),
        (
            "git commit -m \"$(cat <<'EOF'\nit's (done\nnpm test\nEOF\n)\" && git push",
            "git:commit:summary git:push:summary",
        ),
    ]);
}

#[test]
fn wrappers_are_looked_through() {
    assert_lines(&[
        ("CI=1 env -u X FOO=2 timeout -k 5 10m nice -n 5 npx vitest run", "test:vitest:all"),
        ("bash -lc \"cd frontend && pnpm exec eslint . --fix\"", "format:eslint:all"),
        ("docker compose -f dev.yml exec -T api pytest -q", "test:pytest:backend"),
        ("git ls-files '*.py' | xargs -n 20 black", "format:black:all"),
        ("find . -name '*.sh' -exec shellcheck {} +", "format:generic:all"),
        ("bash <<'EOF'\nnpm test\nEOF", "test:generic:all"),
        ("python3.12 -m pytest", "test:pytest:all"),
        ("yarn workspace client build", "build:build:frontend"),
        ("command -v pytest", ""),
    ]);
}

#[test]
fn runners_are_asked_for_their_scripts() {
    assert_lines(&[
        ("npm run lint:eslint -- --fix", "format:eslint:all"),
        ("make -j8 -C server test lint", "test:generic:backend format:generic:all"),
        ("./gradlew :core:test --tests 'A.b'", "test:generic:all"),
        ("turbo run build --filter=web", "build:build:frontend"),
        ("just typecheck", "build:typecheck:all"),
        ("npm run dev", ""),
        ("npm run start:test-server", ""),
    ]);
}

#[test]
fn the_target_is_that_of_the_directory() {
    assert_lines(&[
        ("cd backend && pytest && cd ../frontend && npm test", "test:pytest:backend test:generic:frontend"),
        ("(cd server && pytest); vitest", "test:pytest:backend test:vitest:all"),
        ("cd backend; (cd ../frontend; ls); cd -; pytest", "test:pytest:all"),
        ("npm --prefix apps/web test", "test:generic:frontend"),
        ("cd /home/me/api-tools/frontend && npm test", "test:generic:frontend"),
        ("pytest backend frontend", "test:pytest:all"),
        ("cargo test -p api", "test:cargo:backend"),
    ]);
}

#[test]
fn the_flags_that_make_an_operation_take_no_word_from_its_target() {
    assert_lines(&[
        ("docker compose build backend", "build:docker:backend"),
        ("docker compose up --build backend", "build:docker:backend"),
        ("docker-compose --profile dev up -d --build frontend", "build:docker:frontend"),
        ("pytest --benchmark-only backend/", "test:benchmark:backend"),
    ]);
}

#[test]
fn powershell_is_read_too() {
    assert_lines(&[
        (
            "Set-Location backend; $env:CI = \"1\"; .\\.venv\\Scripts\\pytest.exe -q | Tee-Object out.txt",
            "test:pytest:backend",
        ),
        ("& \"C:\\Program Files\\nodejs\\npm.cmd\" run build", "build:build:all"),
        ("if ($LASTEXITCODE -eq 0) { git push }", "git:push:summary"),
        ("npm test `\n  --silent", "test:generic:all"),
        ("powershell -NoProfile -Command \"npm run lint\"", "format:generic:all"),
    ]);
}

#[test]
fn a_program_that_tells_of_itself_runs_nothing() {
    assert_lines(&[("pytest --version", ""), ("npx eslint --help", ""), ("which pytest", "")]);
}

#[test]
fn a_request_that_is_a_command_line_orders_to_run_it() {
    assert_requests(&[
        ("docker compose exec backend pytest", "test:pytest:backend"),
        ("`uv run pytest -q`", "test:pytest:all"),
        ("$ git -C ../shop status", "git:status:summary"),
        ("CI=1 pnpm --filter api test && pnpm -r build", "test:generic:backend build:build:all"),
        ("./build.sh", "build:build:all"),
        ("!./scripts/test.sh", "test:generic:all"),
        ("! npm run lint", "format:generic:all"),
        ("./src/main.rs", ""),
        ("!important", ""),
    ]);
}

#[test]
fn a_sentence_that_begins_with_a_programs_name_is_none() {
    assert_requests(&[
        ("make test data for the cart page", ""),
        ("npm test fails since yesterday", ""),
        ("black is the colour of the new page", ""),
    ]);
}

#[test]
fn a_rule_set_without_commands_finds_none() {
    let rules = RuleSet::builtin("tac-webbuilder").unwrap();
    assert!(rules.read_command_line("npm test").is_empty());
}

#[derive(serde::Deserialize)]
struct Labelled {
    command: Vec<LabelledLine>,
}

#[derive(serde::Deserialize)]
struct LabelledLine {
    line: String,
    runs: String,
}

#[test]
fn at_least_98_percent_of_the_labelled_lines_are_read_right() {
    let text = include_str!("../../fixtures/labelled_commands.toml");
    let labelled: Labelled = toml::from_str(text).unwrap();
    let all = labelled.command.len();
    assert!(all >= 400, "{all} lines");
    let wrong = labelled.command.iter().filter(|one| signatures(&one.line) != one.runs);
    let wrong: Vec<String> = wrong
        .map(|one| format!("{:?}: expected '{}', found '{}'", one.line, one.runs, signatures(&one.line)))
        .collect();
    assert!(wrong.len() * 50 <= all, "{} of {all} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// One megabyte that is hard to read.
fn nonsense() -> Vec<(&'static str, String)> {
    let of = |piece: &str| piece.repeat(1_000_000 / piece.len());
    vec![
        ("groups", of("(")),
        ("substitutions", of("$(")),
        ("quoted substitutions", of("\"$(")),
        ("backticks", of("` ")),
        ("odd backticks", of("a`b`c` ")),
        ("here documents", of("<<A ")),
        ("here documents and lines", of("<<A\n")),
        ("here documents of many commands", of("a <<A;")),
        ("wrappers", of("sudo ")),
        ("wrappers within", of("npx yarn exec env ")),
        ("shells", of("sh -c ' ")),
        ("targets", format!("make {}", of("test "))),
        ("directories", of("cd a;cd ..;")),
        ("deep directories", format!("cd {};{}", "a/".repeat(250_000), of("(cd b);"))),
        ("operands", format!("mvn {}", of("-x a/b:c "))),
        ("assignments", of("A=$( B=")),
        ("words", of("npm x\ty z;\n")),
        ("letters", of("ä'\\\"\u{1F600}|&>{}")),
    ]
}

#[test]
fn a_megabyte_of_nonsense_is_read_at_once() {
    // It takes some 50 ms, and many times more where code is not optimised; what is quadratic takes minutes in either.
    let most = Duration::from_secs(if cfg!(debug_assertions) { 20 } else { 1 });
    let rules = RuleSet::builtin("default").unwrap();
    for (name, text) in nonsense() {
        let shortest = (0..3).map(|_| {
            let start = Instant::now();
            let _ = rules.read_command_line(&text);
            start.elapsed()
        });
        let shortest = shortest.min().unwrap();
        assert!(shortest <= most, "{name}: {shortest:?}");
    }
}

/// Pieces of command lines, so that random texts come near a shell's language.
const PIECES: &str = "(npm|run|test|cargo|git|commit|-m|-C|cd|backend|\\.\\.|&&|\\|\\||;|\\||&|\\$\\(|\\)|\\(|`|\"|'|<<EOF|EOF\
    |<<|>|2>&1|\n|\\\\|\\$|\\{|\\}|=|A=|#|sh|-c|-lc|docker|compose|exec|xargs|make|--|é|日|\u{0}|@\"|'@|<#|#>)";

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic_and_no_operation_comes_twice(
        parts in proptest::collection::vec((PIECES, "[ ]?"), 0..60)
    ) {
        let line: String = parts.into_iter().map(|(piece, space)| piece + &space).collect();
        let read = RULES.with(|rules| rules.read_command_line(&line));
        let mut seen = std::collections::BTreeSet::new();
        prop_assert!(read.iter().all(|one| seen.insert(one.signature)));
    }

    #[test]
    fn nothing_like_a_command_line_does_either(line in "\\PC*") {
        let read = RULES.with(|rules| rules.read_command_line(&line));
        prop_assert!(read.len() <= line.len());
    }

    #[test]
    fn what_stands_behind_a_separator_is_found_as_by_itself(word in "[a-z]{1,8}", flag in "-[a-z]") {
        let line = format!("echo {word} {flag}; git push");
        prop_assert_eq!(signatures(&line), "git:push:summary");
    }
}

#[test]
fn code_that_a_request_says_to_run_is_read_as_a_command_line() {
    assert_requests(&[
        ("Fix the login, then run `make lint-fix`", "format:generic:all"),
        ("please execute `docker compose exec api pytest -k login`", "test:pytest:backend"),
        (
            "Run this:\n```sh\ncd backend && uv run pytest -q\nnpm run lint\n```",
            "test:pytest:backend format:generic:all",
        ),
        ("run the following:\n$ npm run typecheck", "build:typecheck:all"),
        ("Führe `npm run typecheck` aus", "build:typecheck:all"),
        ("运行 `npm run lint`", "format:generic:all"),
    ]);
}

#[test]
fn code_that_is_only_told_of_negated_or_has_failed_asks_for_nothing() {
    assert_requests(&[
        ("I ran `npm run lint` yesterday", ""),
        ("don't run `npm run lint`", ""),
        ("run `npm test` fails with exit code 1", ""),
        ("run this:\n$ npm run lint\n3 problems, 2 warnings", ""),
        ("explain what `make lint-fix` does", ""),
    ]);
}

#[test]
fn code_to_run_is_the_whole_of_a_request_that_asks_for_nothing_else() {
    let covers = |request| {
        RULES.with(|rules| {
            let mut detector = rules.detector();
            let evidence = flowmine::detect::Evidence { request: Some(request), ..Default::default() };
            let first = detector.detect(&evidence)[0];
            detector.found(first).unwrap().covers.as_str()
        })
    };
    assert_eq!(covers("please run `make lint-fix` and show me the output"), "whole");
    assert_eq!(covers("Fix the login, then run `make lint-fix`"), "part");
}
