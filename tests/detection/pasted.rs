//! What people paste into requests asks for no operation: what programs printed, tickets, settings, quotations, code.

use crate::assert_requests;
use crate::default_silent::assert_silent;

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
fn what_is_copied_from_a_terminal_asks_for_nothing() {
    assert_silent(&[
        "me@laptop shop % git pull\nhint: You have divergent branches.\nfatal: Need to specify how to reconcile them.",
        "the suite finds nothing\n(venv) PS C:\\work\\shop> pytest -q\n\nCoverage Summary:\n  Overall: 24%",
        "what does it mean?\nMac:shop me$ git add .\nwarning: adding embedded git repository: lib",
        "root@web:/srv# git log -1 --oneline\n\n1ae8289 two more views",
        "box:~/shop> make deps\nsudo apt-get install -y jq\nmake: *** [deps] Error 1\nbox:~/shop>",
        "PS C:shop> .setup.ps1\nsetup.ps1 : pnpm not found. Install with: npm i -g pnpm\n+ ./setup",
        "✦ Great! Here is what you can do:\n\n  1. Run npm test\n  2. Update the README",
    ]);
    assert_requests(&[(
        "fix this\nme@laptop:~/shop$ npm run build\n\nerror TS2322 in cart.ts\n\nand then run the tests",
        "test:generic:all",
    )]);
}

#[test]
fn what_a_program_printed_asks_for_nothing() {
    assert_silent(&[
        "hint: commit the files first",
        "09:20:46.091 Running build in Frankfurt\n09:20:47.001 npm install",
        "| **/lint** | Lint and fix the files |",
        "[--commit] [--dry-run | --no-dry-run]",
        "the job fails\n\nRun npm ci\nSwitched to a new branch\n\nCommit and push\nError: Process completed with exit code 1.",
        "the image fails\n\nStep 4/6 : RUN npm ci\nInstall the packages again, run npm test\nprocess \"/bin/sh -c npm ci\" did not complete successfully: exit code: 1",
        "⏺ Now let's run the tests to see\n  whether the build works",
        "error[E0425]: cannot find it\n  --> core/web.rs:578:36\n   |\n578 |   build(&client, q).await",
        "TypeError: merge is not a function",
        "unsupported string passed to dict.__format__",
        "  File \"shop/main.py\", line 3, in run\n    test(suite)",
    ]);
}

#[test]
fn a_command_above_what_it_printed_has_run_already() {
    assert_silent(&[
        "git -C shop log --oneline\nfatal: your current branch 'main' does not have any commits yet",
        "npm ci\nnpm ERR! code ERESOLVE",
        "sudo apt-get install -y jq\nReading package lists... Done\nBuilding dependency tree... Done",
        "docker-compose up --build\nWARN[0000] docker-compose.yml: the attribute `version` is obsolete",
        "git pullこれを実行したらパスワードを聞かれました",
        "もう一度pod installを実行したんですが、見つからないと返ってきました",
    ]);
}

#[test]
fn what_begins_within_a_quotation_and_ends_behind_it_is_no_order() {
    assert_silent(&["Ok, the \"Create account\" step in @GUIDE.md works now"]);
}

#[test]
fn settings_ask_for_nothing() {
    assert_silent(&[
        "the settings are\ninstallCommand: \"npm install\"\nand it is slow",
        "{\n  \"test\": \"jest\",\n  \"commit\": \"npm run build\"\n}",
        "a job of ours:\n- name: run the tests\n  run: npm test\nit hangs",
        "the hash is {\"commit\" => \"Book it\"}",
    ]);
}

#[test]
fn a_dockerfile_asks_for_nothing() {
    assert_silent(&[
        "it hangs\nFROM node:20\nWORKDIR /app\nCOPY . .\nRUN npm install\nRUN npm run build\nCMD [\"node\"]",
    ]);
}

#[test]
fn what_stands_between_two_lines_of_a_log_was_printed() {
    assert_silent(&[
        "it fails\nwarning: old lock file\nrun npm install to fix it\nerror: command failed",
        "git push -u origin main\nEnumerating objects: 12, done.\nCounting objects: 100%\ngit pull first",
        "web-1  | ready\nweb-1  | npm install\nweb-1 exited",
        "npm run build\n\n> shop@1.0.0 build\n> next build\n\nfailed to compile",
    ]);
}

#[test]
fn what_a_program_printed_asks_for_nothing_with_the_line_ends_of_windows_either() {
    assert_silent(&["untracked files:\r\n  run tests\r\n"]);
}

#[test]
fn a_folder_asks_for_nothing_with_the_line_ends_of_windows_either() {
    assert_silent(&["fix the header, then lint/\n", "fix the header, then lint/\r\n"]);
}

#[test]
fn the_middle_of_a_long_text_asks_for_nothing() {
    let told = "The cart adds up what a customer has chosen.\n".repeat(20);
    let around = |middle: &str, end: &str| format!("Think about the cart.\n{told}{middle}\n{told}{end}");
    assert_silent(&[
        &around("Run the tests.", "Give me ideas."),
        &format!("{}Run the tests.\n{told}", &told[..315]),
    ]);
    assert_requests(&[(&around("Install the dependencies.", "Then run the tests."), "test:generic:all")]);
}

#[test]
fn what_an_agent_shows_of_its_work_asks_for_nothing() {
    assert_silent(&[
        "⏺ Bash(git push)\n  ⎿ rejected\n\nYou can pull first.\n\nwhat does that mean?",
        "it hangs here\n…/shop main ❯ npm install\nadded nothing\n…/shop main ❯ npm test",
        "push @ router.js:12\nbuild @ router.js:40",
    ]);
}

#[test]
fn a_statement_about_code_is_no_order_to_run_it() {
    assert_silent(&[
        "`tsc --noEmit` without errors",
        "`npm test` is red",
        "the story is about how we disagree and commit",
    ]);
}

#[test]
fn one_word_before_a_colon_is_a_title_or_a_key() {
    assert_silent(&["the pipeline is\non:\n  push:\n    tags", "Build: two hours, then it was dark"]);
    assert_silent(&["the field is described as\nType:string\nFormat:binary data in code"]);
}

#[test]
fn a_command_within_a_sentence_of_another_script_is_told_of() {
    assert_silent(&["docker compose up --build 할때마다 느려요"]);
}

#[test]
fn a_list_of_files_is_no_list_of_commands() {
    assert_silent(&["shop/\n  validate.py\n  formatting.py\n  tests/\n    test_models.py"]);
}

#[test]
fn commands_of_which_all_else_asks_are_no_order_to_run_them() {
    assert_silent(&[
        "is this safe?\ngit pull origin main\ndocker compose build --no-cache",
        "is this safe?\ncd ~/shop\ngit pull origin main",
    ]);
}

#[test]
fn a_state_of_the_repository_that_git_printed_is_no_order() {
    assert_silent(&[
        "git status\nYour branch is up to date with 'origin/main'.\nnothing to commit, working tree clean",
        "+    run the tests\n-    npm test",
    ]);
}
