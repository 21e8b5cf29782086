//! How instructions are told from the words around them, whatever operation they ask for.

use crate::assert_requests;

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
        // Words with slashes between them.
        ("test/lint/build it", "test:generic:all format:generic:all build:build:all"),
        ("build/commit/push it", "build:build:all git:push:summary"),
        ("look at test/lint/build.rs", ""),
        // What is named is no verb, and a hidden file is nothing that does things itself.
        ("Add \"clean\", \"build\" and \"demo\" targets", ""),
        ("Add .prompts to the gitignore and commit", "git:commit:summary"),
        ("Add prompts that push and commit", ""),
        // A verb of several words of which the first begins a statement.
        ("Have a look at the parser and run the tests", "test:generic:all"),
        ("Users have a look at the parser and run the tests", ""),
        // Marks within commands and names.
        ("black . && mypy . && pytest", "format:black:all build:typecheck:all test:pytest:all"),
        ("Compile the C++ library with clang 17", "build:compile:all"),
        // A path is no word that spoils an order.
        ("Create a branch feature/gift-cards and add a model", "git:branch:summary"),
        ("npm --prefix client run build", "build:build:frontend"),
    ]);
}

#[test]
fn a_pronoun_stands_for_what_was_named_in_its_sentence_or_the_one_before() {
    assert_requests(&[
        ("There are tests in tests/. Run them.", "test:generic:all"),
        ("I wrote specs for the parser, can you run them?", "test:generic:all"),
        ("Look at docs/setup.md and update it", "docs:generate:all"),
        ("There are pytest tests of the backend. Run them.", "test:pytest:backend"),
        ("I wrote a guide. There are unit tests for the ui, too, run them", "test:generic:frontend"),
        ("There are tests. The parser is slow. Run them.", ""),
        ("The parser is slow. Run them.", ""),
        ("Run them. There are tests.", ""),
        ("The tests are slow. Don't run them.", ""),
        ("The tests use a mock server. Run it.", ""),
    ]);
}

#[test]
fn an_order_reaches_a_document_behind_an_and() {
    assert_requests(&[
        ("Update index.html and README.md", "docs:generate:all"),
        ("Update the schema and the README.md", "docs:generate:all"),
        ("Uppdatera schemat och readme", "docs:generate:all"),
        ("Обнови схему и README.md", "docs:generate:all"),
        ("Update index.html and read the README.md", ""),
        ("Delete index.html and README.md", ""),
    ]);
}

#[test]
fn words_side_by_side_that_can_each_stand_alone_are_an_order_each() {
    assert_requests(&[
        ("lint commit", "format:generic:all git:commit:summary"),
        ("install test", "deps:generic:update test:generic:all"),
        ("great...... commit it", "git:commit:summary"),
        ("build commit and push", "build:build:all git:commit:summary git:push:summary"),
        ("pytest backend tests", "test:pytest:backend"),
        ("test build", "build:build:all"),
        ("the build runs on push", ""),
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
        ("Let us think about it and remove the dependency on Redis", ""),
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

#[test]
fn the_marks_of_other_scripts_quote_part_and_ask_as_ascii_does() {
    assert_requests(&[
        ("Ändere den Titel in „Hallo“, dann führe die Tests aus", "test:generic:all"),
        ("Ändere den Titel in »Hallo«, dann führe die Tests aus", "test:generic:all"),
        ("Поменяй заголовок на „Привет“, потом запусти тесты", "test:generic:all"),
        ("Change the title to “Hello”, then run the tests", "test:generic:all"),
        ("Remplace le titre par « Bonjour », puis lance les tests", "test:generic:all"),
        ("टेस्ट मत चलाओ। कमिट करो", "git:commit:summary"),
        ("كيف أعمل commit ثم push؟", ""),
    ]);
}
