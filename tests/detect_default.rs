//! What the rule set `default` makes of requests as people write them. Examples of the rules, not their measure.

use flowmine::detect::{Evidence, RuleSet};

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

fn assert_silent(requests: &[&str]) {
    assert_requests(&requests.iter().map(|&request| (request, "")).collect::<Vec<_>>());
}

#[test]
fn orders_of_test() {
    assert_requests(&[
        ("pytest backend", "test:pytest:backend"),
        ("run tests pls", "test:generic:all"),
        ("run the tests", "test:generic:all"),
        ("Run all tests", "test:generic:all"),
        ("run the backend tests", "test:generic:backend"),
        ("Can you run the frontend unit tests?", "test:generic:frontend"),
        ("please run vitest in app/client", "test:vitest:frontend"),
        ("run the tests for frontend and backend", "test:generic:both"),
        ("run teh tests", "test:generic:all"),
        ("rerun the failing tests", "test:generic:all"),
        ("cargo test --all", "test:cargo:all"),
        ("go test ./...", "test:go:all"),
        ("npm test", "test:generic:all"),
        ("npm run test", "test:generic:all"),
        ("`pytest -q`", "test:pytest:all"),
        ("Run `pytest tests/server -x` please", "test:pytest:backend"),
        ("make sure the tests pass", "test:generic:all"),
        ("verify all tests are green", "test:generic:all"),
        (
            "Bug: login fails\n\nSteps to reproduce:\n1. Run npm run build\n2. Open the page\n\nAfter the fix, run the backend tests.",
            "test:generic:backend",
        ),
        ("Update the config to use port 8080 and run the tests", "test:generic:all"),
        ("Fix the bug that crashes login and run the tests", "test:generic:all"),
        ("Run vitest instead of jest", "test:vitest:all"),
        ("Would you mind running the tests?", "test:generic:all"),
        ("/test", "test:generic:all"),
        ("run test_login.py", "test:generic:all"),
        ("run the tests with coverage", "test:coverage:all"),
        ("run the benchmarks", "test:benchmark:all"),
    ]);
}

#[test]
fn several_operations_in_one_request() {
    assert_requests(&[
        (
            "Run the tests, then fix the lint errors and update the README",
            "test:generic:all format:generic:all docs:generate:all",
        ),
        ("commit and push", "git:commit:summary git:push:summary"),
        ("make sure tests and lint pass", "test:generic:all format:generic:all"),
        ("Run lint, typecheck and tests", "format:generic:all build:typecheck:all test:generic:all"),
        ("lint + typecheck + tests", "format:generic:all build:typecheck:all test:generic:all"),
        ("Lint, test and build the project", "format:generic:all test:generic:all build:build:all"),
        ("Please run the following:\n- tests\n- linter", "test:generic:all format:generic:all"),
        ("Install deps, test", "deps:generic:update test:generic:all"),
        ("Run backend tests and build the frontend", "test:generic:backend build:build:frontend"),
    ]);
}

#[test]
fn orders_of_build() {
    assert_requests(&[
        ("Build the frontend", "build:build:frontend"),
        ("build the project", "build:build:all"),
        ("npm run build", "build:build:all"),
        ("tsc --noEmit", "build:typecheck:all"),
        ("typecheck", "build:typecheck:all"),
        ("run mypy on the backend", "build:typecheck:backend"),
        ("build the docker image", "build:docker:all"),
        ("cargo build --release", "build:cargo:all"),
        ("buidl the frontend", "build:build:frontend"),
        ("Please run:\n```\nnpm run build\n```", "build:build:all"),
    ]);
}

#[test]
fn orders_of_format() {
    assert_requests(&[
        ("lint", "format:generic:all"),
        ("format the code", "format:generic:all"),
        ("formatt the code", "format:generic:all"),
        ("ruff check --fix .", "format:ruff:all"),
        ("run prettier on src/", "format:prettier:all"),
        ("eslint --fix app/client", "format:eslint:all"),
        ("lint fix", "format:generic:all"),
        ("cargo fmt", "format:rustfmt:all"),
        ("cargo clippy -- -D warnings", "format:clippy:all"),
    ]);
}

#[test]
fn orders_of_git() {
    assert_requests(&[
        ("git status", "git:status:summary"),
        ("commit the changes", "git:commit:summary"),
        ("push to origin", "git:push:summary"),
        ("rebase onto main", "git:rebase:summary"),
        ("show me the git diff", "git:diff:summary"),
        ("pull the latest changes", "git:pull:summary"),
        ("merge main into this branch", "git:merge:summary"),
        ("create a new branch for the login work", "git:branch:summary"),
        ("/commit", "git:commit:summary"),
    ]);
}

#[test]
fn orders_of_deps() {
    assert_requests(&[
        ("npm install", "deps:npm:update"),
        ("pip install -r requirements.txt", "deps:pip:update"),
        ("update dependencies", "deps:generic:update"),
        ("update all npm packages", "deps:npm:update"),
        ("install deps", "deps:generic:update"),
        ("cargo update", "deps:cargo:update"),
    ]);
}

#[test]
fn orders_of_docs() {
    assert_requests(&[
        ("update the README", "docs:generate:all"),
        ("Update README.md", "docs:generate:all"),
        ("regenerate the API docs", "docs:generate:all"),
        ("Generate documentation for the payment module", "docs:generate:all"),
    ]);
}

#[test]
fn orders_of_database() {
    assert_requests(&[
        ("run the migrations", "database:migrate:database"),
        ("python manage.py migrate", "database:migrate:database"),
        ("seed the database", "database:seed:database"),
        ("back up the production database", "database:backup:database"),
    ]);
}

#[test]
fn orders_of_infra() {
    assert_requests(&[
        ("terraform apply", "infra:terraform:infra"),
        ("docker compose up -d", "infra:docker:infra"),
        ("restart the containers", "infra:docker:infra"),
        ("kubectl rollout restart deployment/api", "infra:kubectl:infra"),
    ]);
}

#[test]
fn orders_of_deploy() {
    assert_requests(&[
        ("deploy to production", "deploy:ship:all"),
        ("ship it", "deploy:ship:all"),
        ("deploy the backend to staging", "deploy:ship:all"),
    ]);
}

#[test]
fn orders_of_release() {
    assert_requests(&[
        ("tag the release v1.4.0", "release:tag:all"),
        ("update the changelog", "release:changelog:all"),
        ("publish to npm", "release:publish:all"),
        ("bump the version to 2.1.0", "release:generic:all"),
        ("cut a release", "release:generic:all"),
    ]);
}

#[test]
fn orders_of_security() {
    assert_requests(&[
        ("npm audit", "security:audit:all"),
        ("run a security scan", "security:audit:all"),
        ("scan the dependencies for vulnerabilities", "security:audit:all"),
    ]);
}

#[test]
fn orders_of_review() {
    assert_requests(&[
        ("review the PR", "review:code:all"),
        ("Please review my changes", "review:code:all"),
        ("/review", "review:code:all"),
    ]);
}

#[test]
fn orders_in_other_languages() {
    assert_requests(&[
        ("führe die Tests aus", "test:generic:all"),
        ("Bitte die Tests ausführen", "test:generic:all"),
        ("lance les tests", "test:generic:all"),
        ("ejecuta las pruebas", "test:generic:all"),
        ("execute os testes", "test:generic:all"),
        ("esegui i test", "test:generic:all"),
        ("voer de tests uit", "test:generic:all"),
        ("テストを実行", "test:generic:all"),
        ("バックエンドのテストを実行してください", "test:generic:backend"),
        ("运行测试", "test:generic:all"),
        ("请运行后端测试", "test:generic:backend"),
        ("запусти тесты", "test:generic:all"),
        ("formatiere den Code", "format:generic:all"),
        ("README を更新して", "docs:generate:all"),
        ("mets à jour les dépendances", "deps:generic:update"),
    ]);
}

#[test]
fn what_is_only_mentioned_is_no_operation() {
    assert_silent(&[
        "don't run the tests",
        "Fix the bug without running tests",
        "skip lint",
        "Update the text of the test button",
        "add a field to the contact form",
        "the API client builds a URL",
        "implement a test mode",
        "why did the build fail yesterday?",
        "tests failed yesterday",
        "How do I run the tests?",
        "Write unit tests for the parser",
        "add a test for the login flow",
        "fix the failing tests",
        "fix the type errors",
        "Build a dashboard page",
        "Build pipeline page: add a retry column",
        "change the format of dates in the report",
        "make the background black",
        "jest as in joking",
        "Show the latest rapid pipeline",
        "Update information on the platform",
        "create a git diff viewer component",
        "support npm-style versions in the resolver",
        "The README mentions the old port, leave it",
        "Add a button to run the tests",
        "Add a script to build the app and run the tests",
        "Feature: run tests in CI\nAs a developer I want the pipeline to run.\n- Run the tests\n- Build the frontend",
        "Bug: login fails\n\nSteps to reproduce:\n1. Run npm run build\n2. Open the page\n",
        "Add a page with filters, tests, and docs",
        "Users can log in, run tests, and deploy",
        "Don't run tests or lint",
        "If you build and run the tests, it fails with a timeout",
        "Format and validate dates in the report",
        "I got this:\n```\nnpm run build\nerror\n```",
        "/feature add a test button",
        "rename test_api.py to test_http.py",
        "Refactor the build script",
        "Users cannot push notifications",
        "Investigate why eslint is slow",
        "The linter should ignore generated files",
        "Implement a CLI command to generate docs",
        "Create a migration for the users table",
        "What does git rebase do?",
        "Explain how to deploy to production",
        "Remove the npm test script",
    ]);
}

#[test]
fn a_later_layer_is_left_out_where_the_request_says_more() {
    let found = |request, error_message, template| detect(&Evidence { request, error_message, template });
    assert_eq!(
        found(Some("run the api tests"), Some("3 tests failed"), Some("adw_test_iso")),
        "test:generic:backend"
    );
    assert_eq!(
        found(Some("rename a field"), Some("3 tests failed"), Some("adw_test_iso")),
        "test:pytest:backend"
    );
    assert_eq!(found(None, None, Some("adw_test_iso")), "test:generic:all");
}

#[test]
fn error_messages() {
    let found =
        |error_message| detect(&Evidence { error_message: Some(error_message), ..Evidence::default() });
    assert_eq!(found("2 tests failed, 1 passed"), "test:pytest:backend");
    assert_eq!(found("vitest exited with 1"), "test:vitest:frontend");
    assert_eq!(found("Type error in api.ts; lint failed"), "build:typecheck:backend format:eslint:all");
    assert_eq!(found("compile error: no such file"), "build:compile:backend");
    assert_eq!(found("client disconnected, splinter group"), "");
}

#[test]
fn templates() {
    let found = |template| detect(&Evidence { template: Some(template), ..Evidence::default() });
    assert_eq!(found("adw_test_iso"), "test:generic:all");
    assert_eq!(found("adw_build_iso"), "build:generic:all");
    assert_eq!(found("adw_review_iso"), "review:code:all");
    assert_eq!(found("adw_ship_iso"), "deploy:ship:all");
    for silent in [
        "adw_sdlc_iso",
        "adw_sdlc_zte_iso",
        "adw_patch_iso",
        "adw_lightweight_iso",
        "adw_plan_iso",
        "adw_cleanup",
        "adw_latest",
    ] {
        assert_eq!(found(silent), "", "{silent}");
    }
}
