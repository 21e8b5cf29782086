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
        ("tests + build", "test:generic:all build:build:all"),
        ("pull main and rebase", "git:pull:summary git:rebase:summary"),
        ("please run tests and linter", "test:generic:all format:generic:all"),
        ("lint, run tests, commit", "format:generic:all test:generic:all git:commit:summary"),
        (
            "Run the tests and if they pass, commit and push.",
            "test:generic:all git:commit:summary git:push:summary",
        ),
        ("run lint & typecheck", "format:generic:all build:typecheck:all"),
        ("npm ci && npm run build", "deps:npm:update build:build:all"),
        (
            "install dependencies, run the migrations and then run the test suite",
            "deps:generic:update database:migrate:database test:generic:all",
        ),
        ("Refactor the parser, then lint and test.", "format:generic:all test:generic:all"),
        ("run the tests, commit if green", "test:generic:all git:commit:summary"),
        (
            "Fix the lint errors, commit with message \"chore: lint\" and push to origin",
            "format:generic:all git:commit:summary git:push:summary",
        ),
        ("For the frontend: run type check and lint", "build:typecheck:frontend format:generic:all"),
        ("update the docs and run the tests", "docs:generate:all test:generic:all"),
        ("Tag v3.2.0 and publish it to npm", "release:tag:all release:publish:all"),
        ("update CHANGELOG.md, then create the tag", "release:changelog:all release:tag:all"),
        ("migrate and seed the database", "database:migrate:database database:seed:database"),
        ("start the containers and run the backend tests", "infra:docker:infra test:generic:backend"),
        ("run npm audit, then npm audit fix", "security:audit:all deps:npm:update"),
        ("git status and git diff", "git:status:summary git:diff:summary"),
        ("make build && make test", "build:make:all test:generic:all"),
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
        ("Fehler ist behoben. Bitte lass die Tests nochmal laufen", "test:generic:all"),
        ("bau das Frontend", "build:build:frontend"),
        ("Kannst du bitte das Backend bauen?", "build:build:backend"),
        ("deploye auf staging", "deploy:ship:all"),
        ("Formatiere alle Dateien", "format:generic:all"),
        ("aktualisiere die Abhängigkeiten", "deps:generic:update"),
        ("Aktualisiere die README", "docs:generate:all"),
        ("lance les tests du backend", "test:generic:backend"),
        ("formate le code", "format:generic:all"),
        ("déploie en production", "deploy:ship:all"),
        ("mets à jour la documentation", "docs:generate:all"),
        ("compile le projet", "build:compile:all"),
        ("ejecuta los tests del frontend", "test:generic:frontend"),
        ("actualiza las dependencias", "deps:generic:update"),
        ("actualiza el README", "docs:generate:all"),
        ("compila el proyecto", "build:compile:all"),
        ("despliega a producción", "deploy:ship:all"),
        ("roda os testes", "test:generic:all"),
        ("instala as dependências", "deps:generic:update"),
        ("Esegui tutti i test", "test:generic:all"),
        ("aggiorna le dipendenze", "deps:generic:update"),
        ("draai de tests", "test:generic:all"),
        ("bouw het project", "build:build:all"),
        ("Запусти все тесты, пожалуйста", "test:generic:all"),
        ("собери проект", "build:build:all"),
        ("обнови зависимости", "deps:generic:update"),
        ("プロジェクトをビルドしてください", "build:build:all"),
        ("ドキュメントを更新して", "docs:generate:all"),
        ("本番環境にデプロイして", "deploy:ship:all"),
        ("依存関係を更新してください", "deps:generic:update"),
        ("格式化代码", "format:generic:all"),
        ("构建前端", "build:build:frontend"),
        ("安装依赖", "deps:generic:update"),
        ("部署到生产环境", "deploy:ship:all"),
        ("提交代码", "git:commit:summary"),
        ("帮我跑一下测试", "test:generic:all"),
    ]);
}

#[test]
fn slips_of_the_keyboard() {
    assert_requests(&[
        ("run teh tests", "test:generic:all"),
        ("formatt the code", "format:generic:all"),
        ("buidl the frontend", "build:build:frontend"),
        ("rnu tests", "test:generic:all"),
        ("run tets", "test:generic:all"),
        ("run pyest", "test:pytest:all"),
        ("lnit the code", "format:generic:all"),
        ("depoly to staging", "deploy:ship:all"),
        ("instal dependencies", "deps:generic:update"),
        ("update dependancies", "deps:generic:update"),
        ("udpate readme", "docs:generate:all"),
        ("comit the changes", "git:commit:summary"),
        ("biuld the frontend", "build:build:frontend"),
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
        "Add a page with filters, tests, and docs",
        "Users can log in, run tests, and deploy",
        "Don't run tests or lint",
        "If you build and run the tests, it fails with a timeout",
        "Format and validate dates in the report",
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
        "the tests are slow",
        "why is the build so slow?",
        "What does the lint step in CI do?",
        "how can I run only one test with pytest?",
        "No tests needed for this one",
        "Please don't commit anything yet",
        "Change the label of the deploy button to \"Ship it\"",
        "Add a \"Run tests\" button to the toolbar",
        "Implement the test results page",
        "Rename the build folder to dist",
        "The deploy failed last night, find out why",
        "Migrate the settings page from class components to hooks",
        "Refactor the database module",
        "Write integration tests for the checkout flow",
        "Increase test coverage of the billing package",
        "Fix the flaky playwright test in checkout.spec.ts",
        "Add eslint to the project",
        "Set up GitHub Actions to run lint and tests on every push",
        "Configure prettier with single quotes",
        "Make the CI pipeline run the tests in parallel",
        "Create a Dockerfile for the backend",
        "Add a pre-commit hook that runs black",
        "Build a REST API for orders",
        "Build me a landing page with a signup form",
        "Build the user profile page",
        "Build a test harness for the parser",
        "Design a release notes component",
        "The release notes page shows the wrong date",
        "format the price as EUR in the cart",
        "Format phone numbers in the contact list",
        "Show the commit hash in the footer",
        "Push notifications should respect quiet hours",
        "Users want to review their orders before checkout",
        "Let users tag their posts",
        "Add a branch selector to the diff viewer",
        "Install a global error handler in main.ts",
        "Update the user model with a status field",
        "Update package.json so the start script uses tsx",
        "Upgrade the button component to the new design system",
        "Add an audit log for admin actions",
        "Scan QR codes in the mobile app",
        "Seed the random number generator so the results are stable",
        "Deploy keys are shown in plain text, hide them",
        "Test the hypothesis that the cache is stale by adding logging",
        "I think the tests cover this already",
        "The docs say that the flag is optional, but the parser rejects it",
        "Chore: remove dead code in the compiler package",
        "Chore: rename lint.yml to checks.yml",
        "Add a test database for local development",
        "Publish an event when an order is created",
        "Commit messages should follow conventional commits, write that down in CONTRIBUTING",
        "Use a worker pool to run jobs; tests should not need the network",
        "Explain the difference between unit tests and integration tests",
        "Don't deploy yet. First find out why memory grows.",
        "Without touching the build, remove the unused css",
        "Can you explain how the build works?",
        "Is there a way to skip the tests in CI?",
        "Why are we running eslint twice?",
        "The black theme needs a lighter border",
        "a",
        "thanks!",
        "Improve the error message when pip is missing",
        "We lint and test every night",
        "remove the failing test",
        "Delete the old migration files",
        "I ran the tests and they fail, please fix the code",
        "Please update the app to use the new font from https://example.com/font.css",
        "Review how we handle timezones in the booking module and propose a fix",
        "I want to be able to tag releases from the admin UI",
        "Make the build faster",
        "Speed up the test suite, it takes 14 minutes",
        "The docker build fails with \"no space left on device\", what can I do?",
        "pip install fails behind the proxy. Find out why and write down a workaround.",
        "Our npm package has no types. Add a d.ts file.",
        "When the tests fail in CI, the log is cut off at 4 MB. Raise the limit.",
        "Tests: add cases for empty input",
        "Docs: explain the retry policy",
        "lint: allow console in scripts",
        "build: drop node 16",
        "feat(api): add pagination",
        "fix: deploy script ignores the region",
        "Lint rule for unused exports",
        "Release checklist in Notion",
        "Test plan for the payment provider switch",
        "Build failed: cannot find module 'zod'. Please fix.",
        "Compilation of the shaders happens on the main thread. Move it to a worker.",
        "Prettier and eslint disagree about semicolons, decide on one and adapt the config",
        "Update tests to the new API",
        "Update the tests for the changed error text",
        "Fix lint config",
        "Upgrade from React 17 to React 18 and adapt the code",
        "Install a cookie banner on the marketing site",
        "Push the footer to the bottom of the page",
        "Pull the header out into its own component",
        "Merge the two settings pages into one",
        "Stash the scroll position before navigating and restore it afterwards",
        "Branch coverage is low in billing.ts",
        "Rebase the price calculation on net amounts",
        "Ship address is missing in the order mail",
        "Deploy previews should carry a banner",
        "Publish button is greyed out after the first click",
        "Tag input loses focus",
        "Audit table needs an index",
        "Document upload is broken on Safari",
        "Documents should be sorted by date",
        "Generate documents from templates as PDF",
        "Write a script that backs up the database every night",
        "Create a migration that adds a tenant column",
        "Write the seed script for the demo data",
        "Containers on the landing page overlap on small screens",
        "Start the timer when the user presses play",
        "Stop the video when the tab is hidden",
        "Apply the discount to all items",
        "Run the animation only once",
        "Run a background job every hour that deletes expired sessions",
        "Execute the query with a timeout",
        "Start a new game when the board is full",
        "Check the user's permissions before showing the menu",
        "Ensure that the form validates the email address",
        "Verify the webhook signature",
        "Make sure the modal closes on escape",
        "Check that the input is not empty before saving",
        "see the screenshot, the layout is broken",
        "Use jest mocks for the payment client",
        "Use docker volumes for the uploads",
        "Add types to the api client",
        "Convert the tests from jest to vitest",
        "Migrate from moment to date-fns",
        "Migrate our jest setup to vitest",
        "Migrate the database from MySQL to Postgres: plan the steps",
        "Replace npm with pnpm",
        "Switch from black to ruff",
        "Format the report as a table",
        "Format file sizes in the upload list as KB and MB",
        "Clean up the code in utils.py",
        "Reformat the address on the invoice",
        "Compile a list of all endpoints",
        "Bundle size is too large, split the vendor chunk",
        "Make a PR template",
        "the client sends the api key in the url, fix that",
        "What's the difference between npm ci and npm install?",
        "Is the test database seeded?",
        "Should we run the migrations before or after the deploy?",
        "Did the tests pass yesterday?",
        "Who deployed to production last?",
        "Don't run anything, just explain what make build would do",
        "do not commit, do not push; only write the file",
        "No need to run the test suite, this is only a text change",
        "Change the wording, you don't have to run the tests",
        "Skip the linter for generated files",
        "Never deploy on Fridays, put that on the wiki",
        "Instead of running all tests in CI, run only the affected ones: implement that",
    ]);
}

#[test]
fn tickets_and_stories_ask_for_code() {
    assert_silent(&[
        "Feature: run tests in CI\nAs a developer I want the pipeline to run.\n- Run the tests\n- Build the frontend",
        "Bug: login fails\n\nSteps to reproduce:\n1. Run npm run build\n2. Open the page\n",
        "I got this:\n```\nnpm run build\nerror\n```",
        "Feature: Export to CSV\n\nUsers need to export tables.\n\n## Acceptance criteria\n- All tests pass\n- Docs are updated\n- Run lint before merging",
        "Bug: build number not shown\nThe build number in the footer is missing since last release.",
        "Add dark mode\nThe app should remember the choice of the user. Put the toggle into the header next to the language menu. Make sure it works on mobile too and that the tests cover both themes.",
        "Users report that the export button does nothing when the table is empty. We should disable it and show a tooltip. Please also check the import dialog for the same problem.",
        "One click table exports\n\nAdd one click table exports and one click result exports as CSV files. Create two new endpoints for it. Place the download button directly left of the x icon. Use the plan build review workflow.",
        "The new export feature fails with 500. Please investigate and fix this bug.\n\nThe changes were not pushed to main, they are on the development branch.",
        "As a developer I want a command that builds the frontend and runs the tests, so that I do not have to remember two commands.",
        "## Context\nWe run lint and tests in CI.\n\n## Task\nMove the CI config from CircleCI to GitHub Actions.\n\n## Acceptance Criteria\n- [ ] lint runs on every PR\n- [ ] tests run on every PR\n- [ ] deploy to staging after merge",
        "Refactor session handling. Context: the session middleware is shared between server and client. Acceptance: existing tests pass, no new dependencies.",
        "Implement a rate limiter in the API gateway with a token bucket per user; write unit tests for the edge cases and document the new config keys.",
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
