//! What the rule set `default` makes of requests as people write them. Examples of the rules, not their measure.
#![allow(clippy::too_many_lines, reason = "lists of examples")]

use flowmine::detect::Evidence;

use crate::{assert_requests, detect};

#[test]
fn several_operations_in_one_request() {
    assert_requests(&[
        (
            "Run the tests, then fix the lint errors and update the README",
            "test:generic:all format:generic:all docs:generate:all",
        ),
        ("commit and push", "git:commit:summary git:push:summary"),
        ("Could you fix the bug and run the tests?", "test:generic:all"),
        ("build, sign and test the app", "build:build:all"),
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
fn instructions_in_other_languages_are_understood() {
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
fn slips_of_the_keyboard_are_forgiven() {
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
fn a_later_layer_is_left_out_where_the_request_says_more() {
    let found = |request, error_message, template| {
        detect(&Evidence { request, error_message, template, ..Evidence::default() })
    };
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
fn error_messages_give_their_signatures() {
    let found =
        |error_message| detect(&Evidence { error_message: Some(error_message), ..Evidence::default() });
    assert_eq!(found("2 tests failed, 1 passed"), "test:pytest:backend");
    assert_eq!(found("vitest exited with 1"), "test:vitest:frontend");
    assert_eq!(found("Type error in api.ts; lint failed"), "build:typecheck:backend format:eslint:all");
    assert_eq!(found("compile error: no such file"), "build:compile:backend");
    assert_eq!(found("client disconnected, splinter group"), "");
}

#[test]
fn a_template_of_one_operation_names_it_and_feature_work_names_none() {
    let found = |template| detect(&Evidence { template: Some(template), ..Evidence::default() });
    assert_eq!(found("adw_test_iso"), "test:generic:all");
    assert_eq!(found("adw_review_iso"), "review:code:all");
    assert_eq!(found("adw_ship_iso"), "deploy:ship:all");
    assert_eq!(found("adw_document_iso"), "docs:generate:all");
    assert_eq!(found("team_adw_test"), "test:generic:all");
    assert_eq!(found("adw_test_iso_v2"), "test:generic:all");
    for silent in [
        "adw_build_iso",
        "adw_plan_build_iso",
        "adw_plan_build_test_iso",
        "adw_plan_build_test_review_iso",
        "adw_plan_build_document",
        "adw_test_review_iso",
        "adw_test_and_ship",
        "adw_fix_tests",
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
