//! Orders as people write them, and what the rule set `default` makes of them. Examples of the rules, not their
//! measure.
#![allow(clippy::too_many_lines, reason = "lists of examples")]

use crate::assert_requests;

#[test]
fn instructions_of_test_give_their_signatures() {
    assert_requests(&[
        ("pytest backend", "test:pytest:backend"),
        ("run tests pls", "test:generic:all"),
        ("run the tests", "test:generic:all"),
        ("Run all tests", "test:generic:all"),
        ("run the backend tests", "test:generic:backend"),
        ("Can you run the frontend unit tests?", "test:generic:frontend"),
        ("please run vitest in app/client", "test:vitest:frontend"),
        ("run the tests for frontend and backend", "test:generic:both"),
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
        ("test", "test:generic:all"),
        ("tests please", "test:generic:all"),
        ("can u run the unit tests real quick?", "test:generic:all"),
        ("run the playwright e2e suite against the frontend", "test:playwright:frontend"),
        (
            "I just merged the session refactor, could you run the backend test suite and tell me what breaks?",
            "test:generic:backend",
        ),
        ("Once that's merged, rerun the whole test suite.", "test:generic:all"),
        ("bundle exec rspec spec/models", "test:rspec:all"),
        ("vendor/bin/phpunit --filter InvoiceTest", "test:phpunit:all"),
        ("dotnet test", "test:dotnet:all"),
        ("./gradlew test", "test:generic:all"),
        ("mvn test", "test:generic:all"),
        ("swift test", "test:xctest:all"),
        ("npx jest --watchAll=false", "test:jest:all"),
        ("cypress run for the client please", "test:cypress:frontend"),
        ("python -m unittest discover", "test:unittest:all"),
        ("run go test with the race detector", "test:go:all"),
        ("Run cargo test in the workspace and paste the output here.", "test:cargo:all"),
        ("Give the test suite another run", "test:generic:all"),
        ("Just run the tests, nothing else.", "test:generic:all"),
        ("execute all unit tests and report failures", "test:generic:all"),
        ("Fire up the API tests", "test:generic:backend"),
        ("run integration tests against staging", "test:generic:all"),
        ("run the ios tests", "test:generic:mobile"),
        ("generate a coverage report", "test:coverage:all"),
        ("what's the coverage of the backend? run it with coverage please", "test:coverage:backend"),
        ("check that all tests still pass", "test:generic:all"),
        ("Please confirm the test suite passes before we ship", "test:generic:all"),
        ("do the tests pass on this branch?", "test:generic:all"),
        ("Are the tests green?", "test:generic:all"),
        ("Fix the null check in parse_date and then run the tests.", "test:generic:all"),
        ("Fix the null check in parse_date. Run the tests afterwards.", "test:generic:all"),
        ("Rename `foo` to `bar`. Make sure all tests pass.", "test:generic:all"),
        ("Fix the login bug in app/server/auth.py and run pytest to check.", "test:pytest:backend"),
        ("Chore: run the test suite", "test:generic:all"),
        (
            "Users report that the export button does nothing when the table is empty. Disable it and show a tooltip. When you are done, run the tests and tell me the result.",
            "test:generic:all",
        ),
        (
            "Title: flaky backend tests\n\nSome tests in app/server/tests fail now and then. Please run the backend tests ten times and list the ones that fail.",
            "test:generic:backend",
        ),
        ("Run the tests instead of guessing", "test:generic:all"),
        ("In app/client, run vitest.", "test:vitest:frontend"),
        ("Please fix the off-by-one in pagination. Then run all tests.", "test:generic:all"),
        ("ok, tests again please", "test:generic:all"),
        ("run 'em all: unit and integration tests", "test:generic:all"),
        ("pytest -k login -x", "test:pytest:all"),
        ("cd app/server && uv run pytest tests/ -v", "test:pytest:backend"),
        ("$ npm test", "test:generic:all"),
        ("make test", "test:generic:all"),
        ("Could somebody please run the tests?", "test:generic:all"),
        ("i need you to run the tests", "test:generic:all"),
        ("We need to rerun the tests", "test:generic:all"),
        ("Let's run the tests one more time", "test:generic:all"),
        ("Time to run the tests", "test:generic:all"),
        ("Try running the tests now", "test:generic:all"),
        ("Start by running the test suite.", "test:generic:all"),
    ]);
}

#[test]
fn instructions_of_build_give_their_signatures() {
    assert_requests(&[
        ("Build the frontend", "build:build:frontend"),
        ("build the project", "build:build:all"),
        ("npm run build", "build:build:all"),
        ("tsc --noEmit", "build:typecheck:all"),
        ("typecheck", "build:typecheck:all"),
        ("run mypy on the backend", "build:typecheck:backend"),
        ("build the docker image", "build:docker:all"),
        ("cargo build --release", "build:cargo:all"),
        ("Please run:\n```\nnpm run build\n```", "build:build:all"),
        ("build", "build:build:all"),
        ("do a clean build", "build:build:all"),
        ("could you rebuild the server please", "build:build:backend"),
        ("build the ios app", "build:build:mobile"),
        ("mvn clean package", "build:maven:all"),
        ("./gradlew assembleDebug for android", "build:gradle:mobile"),
        ("cmake --build build", "build:cmake:all"),
        ("make build", "build:make:all"),
        ("go build ./cmd/server", "build:go:backend"),
        ("typecheck the client", "build:typecheck:frontend"),
        ("run a type check", "build:typecheck:all"),
        ("check types", "build:typecheck:all"),
        ("compile the project", "build:compile:all"),
        ("recompile everything", "build:compile:all"),
        ("bundle the frontend with vite", "build:bundle:frontend"),
        ("webpack --mode production", "build:bundle:all"),
        ("docker build -t shop:latest .", "build:docker:all"),
        ("Build the docker image for the backend", "build:docker:backend"),
        ("make sure it builds", "build:build:all"),
        ("verify the frontend still builds", "build:build:frontend"),
        ("dotnet build", "build:dotnet:all"),
        ("swift build", "build:swift:all"),
        ("create a production build", "build:build:all"),
        ("Make sure mypy is happy", "build:typecheck:all"),
        ("After that, build the frontend again", "build:build:frontend"),
    ]);
}

#[test]
fn instructions_of_format_give_their_signatures() {
    assert_requests(&[
        ("lint", "format:generic:all"),
        ("format the code", "format:generic:all"),
        ("ruff check --fix .", "format:ruff:all"),
        ("run prettier on src/", "format:prettier:all"),
        ("eslint --fix app/client", "format:eslint:all"),
        ("lint fix", "format:generic:all"),
        ("cargo fmt", "format:rustfmt:all"),
        ("cargo clippy -- -D warnings", "format:clippy:all"),
        ("lint everything", "format:generic:all"),
        ("run the linter", "format:generic:all"),
        ("run lint and fix what it finds", "format:generic:all"),
        ("fix linting issues", "format:generic:all"),
        ("Fix all lint warnings in app/server", "format:generic:all"),
        ("ruff format", "format:ruff:all"),
        ("run black over the repo", "format:black:all"),
        ("black .", "format:black:all"),
        ("prettier --write .", "format:prettier:all"),
        ("use prettier to format the code", "format:prettier:all"),
        ("fix the clippy warnings", "format:clippy:all"),
        ("golangci-lint run", "format:golangci-lint:all"),
        ("gofmt everything", "format:gofmt:all"),
        ("sort the imports with isort", "format:isort:all"),
        ("biome check --write", "format:biome:all"),
        ("auto-format all python files", "format:generic:all"),
        ("npm run lint", "format:generic:all"),
        ("rubocop -A", "format:rubocop:all"),
        ("autofix eslint errors", "format:eslint:all"),
        ("Run eslint, not prettier", "format:eslint:all"),
        ("make lint", "format:generic:all"),
    ]);
}

#[test]
fn instructions_of_git_give_their_signatures() {
    assert_requests(&[
        ("cancel the commit", "git:commit:summary"),
        ("merge the last three commits into one commit", "git:merge:summary"),
        ("update the github repo", "git:push:summary"),
        ("git status", "git:status:summary"),
        ("commit the changes", "git:commit:summary"),
        ("push to origin", "git:push:summary"),
        ("rebase onto main", "git:rebase:summary"),
        ("show me the git diff", "git:diff:summary"),
        ("pull the latest changes", "git:pull:summary"),
        ("merge main into this branch", "git:merge:summary"),
        ("create a new branch for the login work", "git:branch:summary"),
        ("/commit", "git:commit:summary"),
        ("commit this with a good message", "git:commit:summary"),
        ("git commit -m \"fix: tests for the parser\"", "git:commit:summary"),
        ("push it", "git:push:summary"),
        ("git push origin main", "git:push:summary"),
        ("push the branch to origin", "git:push:summary"),
        ("show the last 5 commits", "git:log:summary"),
        ("what's the git status?", "git:status:summary"),
        ("show me the diff", "git:diff:summary"),
        ("stash my changes", "git:stash:summary"),
        ("git pull", "git:pull:summary"),
        ("merge the feature branch into main", "git:merge:summary"),
        ("cherry-pick the last commit from develop", "git:generic:summary"),
        ("squash my commits", "git:generic:summary"),
        ("checkout a new branch called fix-dates", "git:branch:summary"),
        ("git diff main...HEAD", "git:diff:summary"),
        ("show me the git log of the last week", "git:log:summary"),
        ("Commit everything", "git:commit:summary"),
        ("push", "git:push:summary"),
        ("create a branch fix/login from main", "git:branch:summary"),
    ]);
}

#[test]
fn instructions_of_deps_give_their_signatures() {
    assert_requests(&[
        ("npm install", "deps:npm:update"),
        ("pip install -r requirements.txt", "deps:pip:update"),
        ("update dependencies", "deps:generic:update"),
        ("update all npm packages", "deps:npm:update"),
        ("install deps", "deps:generic:update"),
        ("cargo update", "deps:cargo:update"),
        ("yarn", "deps:yarn:update"),
        ("yarn install", "deps:yarn:update"),
        ("pnpm update --latest", "deps:pnpm:update"),
        ("poetry update", "deps:poetry:update"),
        ("uv sync", "deps:uv:update"),
        ("bundle install", "deps:bundler:update"),
        ("go mod tidy", "deps:go:update"),
        ("composer install", "deps:composer:update"),
        ("dotnet restore", "deps:nuget:update"),
        ("upgrade all packages to their latest versions", "deps:generic:update"),
        ("bump the dependencies", "deps:generic:update"),
        ("update the python requirements", "deps:pip:update"),
        ("install the npm dependencies in app/client", "deps:npm:update"),
        ("Chore: update dependencies", "deps:generic:update"),
        ("npm install --save-dev typescript", "deps:npm:update"),
        ("Please install all dependencies", "deps:generic:update"),
        ("update deps", "deps:generic:update"),
        ("update the cargo dependencies", "deps:cargo:update"),
    ]);
}

#[test]
fn instructions_of_docs_give_their_signatures() {
    assert_requests(&[
        ("add this screenshot to the md so that it shows on github", "docs:generate:all"),
        ("update the README", "docs:generate:all"),
        ("Update README.md", "docs:generate:all"),
        ("regenerate the API docs", "docs:generate:all"),
        ("Generate documentation for the payment module", "docs:generate:all"),
        ("update docs", "docs:generate:all"),
        ("write docs for the auth module", "docs:generate:all"),
        ("add docstrings to the parser module", "docs:generate:all"),
        ("refresh the README to match the new CLI", "docs:generate:all"),
        ("Document the public API", "docs:generate:all"),
        ("please regenerate the openapi docs", "docs:generate:all"),
        ("Update the documentation with the new endpoints", "docs:generate:all"),
        ("Chore: update README", "docs:generate:all"),
        ("The CLI got two new flags. Update the README accordingly.", "docs:generate:all"),
        ("Add the new flags to the README", "docs:generate:all"),
    ]);
}

#[test]
fn instructions_of_database_give_their_signatures() {
    assert_requests(&[
        ("run the migrations", "database:migrate:database"),
        ("python manage.py migrate", "database:migrate:database"),
        ("seed the database", "database:seed:database"),
        ("back up the production database", "database:backup:database"),
        ("apply the pending migrations", "database:migrate:database"),
        ("alembic upgrade head", "database:migrate:database"),
        ("rails db:migrate", "database:migrate:database"),
        ("npx prisma migrate deploy", "database:migrate:database"),
        ("npx prisma db seed", "database:seed:database"),
        ("seed the dev db with demo data", "database:seed:database"),
        ("make a backup of the database", "database:backup:database"),
        ("take a db dump", "database:backup:database"),
    ]);
}

#[test]
fn instructions_of_infra_give_their_signatures() {
    assert_requests(&[
        ("terraform apply", "infra:terraform:infra"),
        ("docker compose up -d", "infra:docker:infra"),
        ("restart the containers", "infra:docker:infra"),
        ("kubectl rollout restart deployment/api", "infra:kubectl:infra"),
        ("terraform plan", "infra:terraform:infra"),
        ("run terraform plan for staging", "infra:terraform:infra"),
        ("helm upgrade shop ./chart", "infra:helm:infra"),
        ("kubectl get pods -n prod", "infra:kubectl:infra"),
        ("run the ansible playbook for the web servers", "infra:ansible:infra"),
        ("stop all docker containers", "infra:docker:infra"),
        ("docker-compose up -d postgres", "infra:docker:infra"),
        ("bring the docker compose stack down", "infra:docker:infra"),
        ("apply the k8s manifests", "infra:kubectl:infra"),
    ]);
}

#[test]
fn instructions_of_deploy_give_their_signatures() {
    assert_requests(&[
        ("deploy to production", "deploy:ship:all"),
        ("ship it", "deploy:ship:all"),
        ("deploy the backend to staging", "deploy:ship:all"),
        ("deploy", "deploy:ship:all"),
        ("deploy to staging please", "deploy:ship:all"),
        ("Ship the current main to prod", "deploy:ship:all"),
        ("push this to production", "deploy:ship:all"),
        ("roll out version 2.3 to production", "deploy:ship:all"),
        ("All good, deploy it.", "deploy:ship:all"),
        ("Looks good to me, ship it to prod!", "deploy:ship:all"),
    ]);
}

#[test]
fn instructions_of_release_give_their_signatures() {
    assert_requests(&[
        ("tag the release v1.4.0", "release:tag:all"),
        ("update the changelog", "release:changelog:all"),
        ("publish to npm", "release:publish:all"),
        ("bump the version to 2.1.0", "release:generic:all"),
        ("cut a release", "release:generic:all"),
        ("Cut a new release", "release:generic:all"),
        ("bump version", "release:generic:all"),
        ("bump the patch version", "release:generic:all"),
        ("create a git tag v2.0.1", "release:tag:all"),
        ("cargo publish", "release:publish:all"),
        ("publish the package to PyPI", "release:publish:all"),
        ("generate the changelog for 1.8", "release:changelog:all"),
    ]);
}

#[test]
fn instructions_of_security_give_their_signatures() {
    assert_requests(&[
        ("npm audit", "security:audit:all"),
        ("run a security scan", "security:audit:all"),
        ("scan the dependencies for vulnerabilities", "security:audit:all"),
        ("cargo audit", "security:audit:all"),
        ("run npm audit and list the criticals", "security:audit:all"),
        ("check for leaked secrets in the repo", "security:audit:all"),
        ("trivy image shop:latest", "security:audit:all"),
        ("do a vulnerability scan", "security:audit:all"),
        ("run semgrep", "security:audit:all"),
    ]);
}

#[test]
fn instructions_of_review_give_their_signatures() {
    assert_requests(&[
        ("review the PR", "review:code:all"),
        ("Please review my changes", "review:code:all"),
        ("/review", "review:code:all"),
        ("do a code review of the last commit", "review:code:all"),
        ("review this pull request: https://example.com/org/repo/pull/12", "review:code:all"),
        ("can you take a look at my PR?", "review:code:all"),
        ("code review please", "review:code:all"),
        ("Review my last commit", "review:code:all"),
        ("Give me a code review of the diff", "review:code:all"),
    ]);
}

#[test]
fn orders_with_something_between_or_after() {
    assert_requests(&[
        // The number of a version makes a package of any word.
        ("Bump axios to 1.6.8", "deps:generic:update"),
        ("bump serde to v1", "deps:generic:update"),
        ("bump left-pad to 1.6.8", "deps:generic:update"),
        ("bump left-pad to v2.0.0-rc.1", "deps:generic:update"),
        ("bump left-pad to 1.6.8.txt", ""),
        ("Bump the timeout to 2.5", ""),
        ("Bump the version to 3.0.0", "release:generic:all"),
        // Two that belong together are one order.
        ("Run the frontend and backend tests", "test:generic:both"),
        ("Build frontend and backend", "build:build:both"),
        // The phrase's own words choose the subcategory before the others do.
        ("Amend the last commit with the staged changes", "git:commit:summary"),
        ("commit but don't push", "git:commit:summary"),
        // Words that stand alone, after a full stop and before a comma.
        ("Rename the class. Then lint.", "format:generic:all"),
        ("pytest in backend/, report the result", "test:pytest:backend"),
        ("format, parse and validate dates", ""),
        // Marks within commands and names.
        ("black . && mypy . && pytest", "format:black:all build:typecheck:all test:pytest:all"),
        ("Compile the C++ library with clang 17", "build:compile:all"),
        // A path is no word that spoils an order.
        ("Create a branch feature/gift-cards and add a model", "git:branch:summary"),
        ("npm --prefix client run build", "build:build:frontend"),
    ]);
}

#[test]
fn a_lone_verb_at_the_end_of_an_order_is_one_too() {
    assert_requests(&[
        ("fix it and build", "build:build:all"),
        ("rename the class and lint", "format:generic:all"),
        ("design and build", ""),
        ("add a hook that runs pnpm lint and format", ""),
        ("fix it and build a settings page", ""),
    ]);
}

#[test]
fn only_a_condition_before_an_order_goes_on_with_another() {
    assert_requests(&[
        ("if the tests pass push", "test:generic:all git:push:summary"),
        ("run the tests before each commit", "test:generic:all"),
    ]);
}

#[test]
fn a_verb_that_comes_last_belongs_to_what_and_joins() {
    assert_requests(&[
        ("ドキュメントに例とリンクを追加して", "docs:generate:all"),
        ("문서에 예시와 링크를 추가해줘", "docs:generate:all"),
        ("커밋할 때 lint, build, test가 자동으로 수행되도록 하고 싶어", ""),
    ]);
}

#[test]
fn command_lines_that_no_mark_sets_apart() {
    assert_requests(&[
        ("Patch the mapper and then mvn -q clean package -DskipTests so that I see it", "build:maven:all"),
        ("Add the rule. terraform fmt -recursive + tflint after", "format:generic:all"),
        ("Do the same for orders, mix format, mix test", "format:generic:all test:generic:all"),
        ("Fix the types, then scripts/checkpatch.pl --strict on the patch", "format:generic:all"),
        // What is said of a command is no order to run it.
        ("npm ci fails with EACCES on the runner", ""),
        ("Yesterday I ran terraform fmt -recursive and it changed nothing", ""),
        ("cmake finds the wrong openssl", ""),
    ]);
}

#[test]
fn texts_that_are_only_talked_about_order_nothing() {
    assert_requests(&[
        (
            "Here's our current AGENTS.md, which rules are too vague?\n\n- Run the tests\n- Update the docs",
            "",
        ),
        (
            "For each release:\n1. pull main\n2. build the image\n\n^ that's the prompt of our bot, shorten it",
            "",
        ),
        ("Before you finish:\n- run the tests\n- update the docs", "test:generic:all docs:generate:all"),
    ]);
}

#[test]
fn adverbs_after_a_verb_are_no_joints() {
    assert_requests(&[
        ("Checke das Ganze anschließend ein", "git:commit:summary"),
        ("Ergänze bitte das Handbuch um die neue Spalte", "docs:generate:all"),
        ("Korrigiere den Titel, danach committen", "git:commit:summary"),
    ]);
}

#[test]
fn a_line_that_an_editor_would_not_have_wrapped_ends_its_sentence_in_every_script() {
    assert_requests(&[
        ("Fix the header of the settings page\nrun the tests", "test:generic:all"),
        ("Исправь ошибку авторизации пользователя\nзапусти тесты", "test:generic:all"),
        ("修复用户登录页面在手机上显示不正确的那个错误\n运行测试", "test:generic:all"),
    ]);
}

#[test]
fn a_line_that_an_editor_wrapped_goes_on_in_the_next() {
    assert_requests(&[
        ("It is not clear to people who have never seen the project how they can\nrun the tests", ""),
        ("Объясни в руководстве для новых пользователей проекта, как можно\nзапустить тесты", ""),
        ("在新用户手册的第一章里用简单明白的语言向刚加入项目组的同事解释怎样\n运行测试", ""),
    ]);
}

#[test]
fn a_polite_word_between_commas_parts_no_verb_from_its_object() {
    assert_requests(&[
        ("Прогони, пожалуйста, все тесты", "test:generic:all"),
        ("corre, por favor, os testes todos", "test:generic:all"),
        ("Run, please, all the tests", "test:generic:all"),
    ]);
}

#[test]
fn slips_in_lead_ins_and_lead_ins_amid_a_clause_are_read() {
    assert_requests(&[
        ("try rebuild the worker image, use the other source", "build:build:all"),
        ("Ok, volvamos a la rama", "git:branch:summary"),
        ("cna you update nextjs to the latest version?", "deps:generic:update"),
        ("go ahhead and commit", "git:commit:summary"),
        ("There is a branch so let's merge it into main", "git:merge:summary"),
        ("Make sure all packages are the latest", "deps:generic:update"),
    ]);
}

#[test]
fn what_stands_in_for_a_pasted_text_or_picture_parts_no_order_from_its_beginning() {
    assert_requests(&[
        ("[Image #1] run the tests", "test:generic:all"),
        ("[Pasted text #1 +6 lines] bantu saya push", "git:push:summary"),
        ("See [Image #2], then commit", "git:commit:summary"),
    ]);
}

#[test]
fn whether_tests_pass_is_asked_in_many_languages() {
    assert_requests(&[
        ("tests pass?", "test:generic:all"),
        ("All tests passing?", "test:generic:all"),
        ("passent les tests ?", "test:generic:all"),
        ("¿pasan los tests?", "test:generic:all"),
        ("laufen die Tests?", "test:generic:all"),
        ("тесты проходят?", "test:generic:all"),
        ("测试都通过了吗？", "test:generic:all"),
    ]);
}

#[test]
fn an_order_after_pasted_text_is_read() {
    assert_requests(&[
        ("error: build failed\nwarning: unused name\n\nfix it and run the tests", "test:generic:all"),
        ("Fix the build. Commit.", "git:commit:summary"),
        ("画面を直して。コミット。", "git:commit:summary"),
    ]);
}

#[test]
fn orders_in_words_of_real_requests_are_understood() {
    assert_requests(&[
        ("do a clean commit and make sure nothing is left", "git:commit:summary"),
        ("look at this repository: https://host/x/y and clone it in ~/src", "git:generic:summary"),
        ("проверь линтеры, тесты", "format:generic:all test:generic:all"),
        ("can you build and run please?", "build:build:all"),
        ("문서 현행화해줘", "docs:generate:all"),
        ("README更新後にcommitしてください", "docs:generate:all git:commit:summary"),
        ("commit phase 2, then go on", "git:commit:summary"),
        ("muévete a main", "git:generic:summary"),
        ("update the config and README", "docs:generate:all"),
        ("现在可以提交了", "git:commit:summary"),
        ("check the commit logs", "git:log:summary"),
        ("линт, сборка и пуш", "format:generic:all build:build:all git:push:summary"),
    ]);
}
