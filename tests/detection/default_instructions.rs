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
        ("commit/push", "git:push:summary"),
        ("show the git branch", "git:branch:summary"),
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
        ("rewrite the readme by the docker compose file", "docs:generate:all"),
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
