//! Requests that ask for no operation the rule set `default` knows, though they speak of one.
#![allow(clippy::too_many_lines, reason = "lists of examples")]

use crate::assert_requests;

pub fn assert_silent(requests: &[&str]) {
    assert_requests(&requests.iter().map(|&request| (request, "")).collect::<Vec<_>>());
}

#[test]
fn what_is_only_mentioned_is_no_operation() {
    assert_silent(&[
        "don't run the tests",
        "the one guide I really want to look like that is the manual",
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
fn what_a_thing_to_be_made_shall_do_is_no_order() {
    assert_silent(&[
        "Create a skill for our releases.\n\n- run the tests\n- build the app\n- push the tag",
        "デプロイ用のスキルを作りたい。\n\n- テストを実行する\n- ビルドする\n- プッシュする",
        "点検用のスキルを書いて。手順は (1) lintを実行 (2) テストを実行",
        "tu peux écrire un script qui compile le projet, lance les tests et pousse le tag ?",
        "quero um agente que leia o diff, rode os testes e comente o resultado",
        "che differenza c'è tra git merge e git rebase?",
        "how do i commit a single file",
        "bring it up",
    ]);
}

#[test]
fn a_state_of_a_build_a_linter_or_tests_is_no_order() {
    assert_silent(&[
        "the build passes now",
        "- [ ] Lint passes",
        "el build se ejecuta en Vercel",
        "the tests run in CI",
    ]);
    assert_requests(&[("тесты все прогони", "test:generic:all"), ("сборку запусти", "build:build:all")]);
}

#[test]
fn what_a_person_will_do_is_no_order() {
    assert_silent(&["i want to commit everything myself"]);
    assert_requests(&[("run the tests yourself", "test:generic:all")]);
}

#[test]
fn names_in_code_are_no_verbs() {
    assert_silent(&["why is it late? fetch(url).then(show)", "the files in format/ and build/ are old"]);
}

#[test]
fn a_noun_after_an_article_makes_something_else_of_a_verb() {
    assert_silent(&[
        "make all those tables sortable",
        "fetch all teams and select the first",
        "merge both rows of the header",
    ]);
    assert_requests(&[("fetch all", "git:generic:summary"), ("push all", "git:push:summary")]);
}

#[test]
fn a_question_at_the_end_of_a_sentence_makes_one_of_it_all() {
    assert_silent(&["我想删除本地分支,应该如何做", "git switch main 为什么多出几个文件"]);
    assert_requests(&[("提交代码,告诉我怎么部署", "git:commit:summary")]);
}

#[test]
fn what_tests_are_started_for_is_no_run_of_them() {
    assert_silent(&[
        "Start implementing the tests",
        "in the test ui can you show which model was used",
        "change the limit so that the test client works",
    ]);
}

#[test]
fn what_a_thing_called_it_shall_do_is_no_order() {
    assert_silent(&[
        "Create a slash command called /check. It should run all tests and verify the build with npm run build.",
        "Write tests to confirm that this works. I need a test suite for us.",
    ]);
}

#[test]
fn questions_of_japanese_ask_for_nothing() {
    assert_silent(&[
        "git add . で全部入れちゃっていい？",
        "GitHub上でマージの手順を教えてください。",
        "mainにマージしたほうがいい？",
        "npm run buildで作成したページはどうやって見る？",
        "シンプルにしてください",
        "npm run typecheckでNGが出ました。",
        "npm run buildを実行したところ、止まりました",
        "npm run typecheckで以下のエラーが出ました。",
        "ビルド後に起動したコマンドはこれです",
    ]);
}

#[test]
fn a_word_that_an_operation_excludes_cancels_a_lone_word_too() {
    assert_silent(&["now test it, note that the port is 8080", "make all of them invisible"]);
}

#[test]
fn that_tests_pass_is_a_statement_where_no_question_ends_with_it() {
    assert_silent(&[
        "tests pass",
        "测试都通过了",
        "Tests pass, so why is the page blank?",
        "why do only the unit tests pass?",
    ]);
}

#[test]
fn a_word_right_after_a_preposition_is_a_noun() {
    assert_silent(&[
        "on each push CI runs",
        "on every commit the site is built",
        "the build runs on push",
        "builds run on push",
    ]);
}

#[test]
fn the_longest_words_say_whether_a_clause_begins_a_statement() {
    assert_silent(&["tu as commit", "tu as fait le commit ?", "vous avez fait un push"]);
}

#[test]
fn what_goes_on_with_a_question_asks_too() {
    assert_silent(&["how do I commit and then push to main?", "How can I build it and then run the tests?"]);
}

#[test]
fn and_then_goes_on_with_a_question_that_has_no_mark_and_a_comma_does_not() {
    assert_silent(&["explícame cómo crear un repo y luego subirlo a mi github", "告诉我怎么提交，然后合并"]);
    assert_requests(&[("这个怎么还没提交，提交代码", "git:commit:summary")]);
}

#[test]
fn a_list_in_brackets_tells_of_what_stands_before_them() {
    assert_silent(&["the guide has setup steps (requirements, npm install, npm run dev)"]);
}

#[test]
fn who_can_do_something_makes_a_statement_of_what_follows() {
    assert_silent(&["give me a page where I can upload a file and run the tests"]);
}

#[test]
fn what_somebody_needs_is_to_be_made() {
    assert_silent(&["I need a test"]);
}

#[test]
fn and_goes_on_with_the_purpose_of_something() {
    assert_silent(&[
        "use docker to build the app and run the tests",
        "make it possible to build the app and run the tests",
    ]);
}

#[test]
fn no_gap_holds_what_a_document_is_read_for() {
    assert_silent(&["docs/notes.md を参考に、サイトを更新してほしい"]);
}

#[test]
fn what_is_negated_goes_on_to_its_or() {
    assert_silent(&["do not create, edit or delete docs"]);
}

#[test]
fn no_word_counts_within_a_run_of_words_of_its_own() {
    assert_silent(&[
        "二つの配列をマージして",
        "start testing the page",
        "加载设计文档",
        "生成一份word文档",
        "prueba de nuevo",
        "here is what I want:\n1. List of all commits\n2. List of all files",
        "更新到基于文档的问题",
        "GitHubにプッシュしてなかったせいで戻った",
        "fix the login page and the docs link",
        "update the config and read the docs",
    ]);
}

#[test]
fn a_library_in_the_name_of_something_is_no_dependency() {
    assert_silent(&[
        "Expressサーバー設定ファイルを削除してください",
        "update the HTML template to include a button next to the name",
    ]);
}

#[test]
fn a_thing_with_an_article_before_a_relative_clause_is_told_of() {
    assert_silent(&["El push que acabas de hacer era del main, no?", "le commit que tu as fait est faux"]);
}
