//! `rules show`, `rules check`, `rules init` and `explain`.

use crate::common::Flowmine;
use crate::file;

#[test]
fn a_started_rules_file_is_sound_and_finds_what_the_default_finds() {
    let file = file();
    Flowmine::on(&file).args(["rules", "init", "our team.toml"]).run().succeeds();
    let checked = Flowmine::on(&file).args(["rules", "check", "our team.toml"]).run().succeeds();
    assert!(checked.stdout().contains("the rules 'our-team' are sound"), "{}", checked.stdout());
    Flowmine::on(&file).args(["backfill", "--rules", "our team.toml"]).run().succeeds();
    assert_eq!(crate::linked(&file), ["wf-a", "wf-c"]);
    assert_eq!(file.value::<String>("SELECT rules_name FROM flowmine_runs"), "our-team");
}

#[test]
fn a_dash_stands_for_standard_output() {
    let file = file();
    let ran = Flowmine::on(&file).args(["rules", "init", "-"]).run().succeeds();
    std::fs::write(file.directory().join("piped.toml"), ran.stdout()).unwrap();
    Flowmine::on(&file).args(["rules", "check", "piped.toml"]).run().succeeds();
    assert!(!file.directory().join("-").exists());
}

#[test]
fn a_rules_file_that_is_there_is_left_alone() {
    let file = file();
    let path = file.directory().join("mine.toml");
    std::fs::write(&path, "precious").unwrap();
    Flowmine::on(&file)
        .args(["rules", "init", "mine.toml"])
        .run()
        .fails_with(&["mine.toml is there already"]);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
}

#[test]
fn what_is_wrong_with_a_rules_file_is_told_with_file_line_and_key() {
    let file = file();
    std::fs::write(file.directory().join("bad.toml"), "format = 1\nname = \"bad\"\nmatchign = \"words\"\n")
        .unwrap();
    Flowmine::on(&file)
        .args(["rules", "check", "bad.toml"])
        .run()
        .fails_with(&["bad.toml:3:1: matchign", "matching"]);
}

#[test]
fn a_rules_file_that_is_there_and_cannot_be_read_is_no_unknown_rule_set() {
    let file = file();
    std::fs::write(file.directory().join("latin.toml"), b"name = 'f\xfchre'\n").unwrap();
    let ran = Flowmine::on(&file).args(["rules", "check", "latin.toml"]).run();
    assert!(!ran.stderr().contains("built in"), "{}", ran.stderr());
    ran.fails_with(&["the rules file latin.toml cannot be read", "line 1 is not in UTF-8"]);
}

#[test]
fn a_rule_set_that_is_neither_built_in_nor_a_file_is_told() {
    let ran = Flowmine::on(&file()).args(["backfill", "--rules", "defualt"]).run();
    ran.fails_with(&["no rule set 'defualt' is built in", "default, tac-webbuilder"]);
}

#[test]
fn what_takes_judgement_by_a_rules_file_stays_out_of_the_lower_bound_once_that_file_is_gone() {
    let file = file();
    file.execute("UPDATE workflow_history SET nl_input = 'Tidy the warehouse'");
    let path = file.directory().join("mine.toml");
    let rules = "format = 1\nname = 'mine'\n[[operation]]\ncategory = 'etl'\nneeds_judgement = true\n\
                 instructions = ['tidy the warehouse']\notherwise = 'nightly'\ntarget = 'all'\n";
    std::fs::write(&path, rules).unwrap();
    Flowmine::on(&file).args(["backfill", "--rules", "mine.toml"]).run().succeeds();
    let least = || {
        let ran = Flowmine::on(&file).args(["stats", "--format", "json"]).run().exits(0);
        (
            ran.json()["totals"]["least_saving_a_month"].clone(),
            ran.stderr(),
            ran.json()["warnings"].to_string(),
        )
    };
    assert_eq!(least().0, 0.0);
    std::fs::remove_file(&path).unwrap();
    let (saving, warning, warnings) = least();
    assert_eq!(saving, 0.0);
    for told in [warning, warnings] {
        assert!(told.contains("mine.toml, which cannot be read"), "{told}");
    }
}

#[test]
fn the_rules_in_force_are_those_of_the_files_last_run() {
    let file = file();
    Flowmine::on(&file).args(["backfill", "--rules", "tac-webbuilder"]).run().succeeds();
    let shown = Flowmine::on(&file).args(["rules", "show"]).run().succeeds();
    assert!(shown.stdout().contains("name = \"tac-webbuilder\""));
}

#[test]
fn the_last_runs_rules_file_is_used_again_as_long_as_it_holds_the_same_rules() {
    let file = file();
    Flowmine::on(&file).args(["rules", "init", "mine.toml"]).run().exits(0);
    Flowmine::on(&file).args(["backfill", "--rules", "mine.toml"]).run().succeeds();
    Flowmine::on(&file).args(["process"]).run().succeeds();
    let path = file.directory().join("mine.toml");
    let changed = std::fs::read_to_string(&path).unwrap().replacen("name = \"", "name = \"other-", 1);
    std::fs::write(&path, changed).unwrap();
    let before = file.dump_without_runs();
    for args in [&["process"][..], &["backfill"], &["backfill", "--rebuild"]] {
        let ran = Flowmine::on(&file).args(args).run();
        ran.fails_with(&[
            "mine.toml is not as this file's last run read it",
            "--rules",
            "backfill --rebuild",
        ]);
    }
    assert_eq!(file.dump_without_runs(), before);
    Flowmine::on(&file).args(["backfill", "--rebuild", "--rules", "mine.toml"]).run().succeeds();
    Flowmine::on(&file).args(["process"]).run().succeeds();
}

#[test]
fn nothing_of_a_file_that_the_database_names_as_its_rules_is_shown() {
    let file = file();
    Flowmine::on(&file).args(["backfill"]).run().succeeds();
    let secret = file.directory().join("secret.txt");
    std::fs::write(&secret, "password = hunter2").unwrap();
    for column in ["rules_path", "rules_name"] {
        file.execute(&format!(
            "UPDATE flowmine_runs SET rules_path = NULL, {column} = '{}'",
            secret.display()
        ));
        for args in [&["backfill"][..], &["process"], &["explain", "Run the tests"], &["rules", "show"]] {
            let ran = Flowmine::on(&file).args(args).run();
            assert!(!ran.stderr().contains("hunter2"), "{}", ran.stderr());
            ran.fails_with(&["secret.txt is not as this file's last run read it", "--rules"]);
        }
    }
}

#[test]
fn a_rule_set_is_measured_against_labels() {
    let file = file();
    let labels = "[[workflow]]\nrequest = \"Run pytest\"\nsignatures = [\"test:pytest:all\"]\n\
                  [[workflow]]\nrequest = \"Add a dark theme\"\nsignatures = [\"docs:generate:all\"]\n";
    std::fs::write(file.directory().join("labels.toml"), labels).unwrap();
    let args = ["rules", "check", "default", "--against", "labels.toml", "--format", "json"];
    let answer = Flowmine::on(&file).args(args).run().succeeds().json();
    assert_eq!(answer["totals"]["categories"]["precision"], 1.0);
    assert_eq!(answer["totals"]["categories"]["recall"], 0.5);
    assert_eq!(answer["disagreements"][0]["workflow"], 2);
    assert_eq!(answer["disagreements"][0]["expected"][0], "docs:generate:all");
}

#[test]
fn a_rule_set_is_measured_by_language_and_any_column_of_a_jsonl_file() {
    let file = file();
    let labels = "{\"id\":\"a\",\"request\":\"Run pytest\",\"lang\":\"en\",\"team\":\"red\",\"categories\":[\"test\"]}\n\
                  {\"id\":\"b\",\"request\":\"Danke!\",\"lang\":\"de\",\"team\":\"red\",\"categories\":[\"docs\"]}\n\
                  {\"id\":\"c\",\"request\":\"Run pytest\",\"unsure\":true,\"categories\":[]}\n";
    std::fs::write(file.directory().join("labels.jsonl"), labels).unwrap();
    let args = ["rules", "check", "default", "--against", "labels.jsonl", "--by", "team", "--format", "json"];
    let answer = Flowmine::on(&file).args(args).run().succeeds().json();
    assert_eq!(answer["totals"]["left_out"], 1);
    let groups = answer["groups"].as_array().unwrap();
    let of = |value: &str| groups.iter().find(|group| group["value"] == value).unwrap();
    assert_eq!((of("de")["missed"].clone(), of("en")["right"].clone()), (1.into(), 1.into()));
    assert_eq!(of("red")["recall"], 0.5);
    assert_eq!(answer["disagreements"][0]["id"], "b");
    let narrow = [&args[..], &["--category", "test"]].concat();
    let narrow = Flowmine::on(&file).args(narrow).run().succeeds().json();
    assert_eq!(narrow["totals"]["categories"]["missed"], 0);
}

/// `rules check default --against` a labelled file.
fn measured(file: &crate::common::HistoryFile, labels: &str, args: &[&str]) -> crate::common::Ran {
    std::fs::write(file.directory().join("labels.jsonl"), labels).unwrap();
    let check = ["rules", "check", "default", "--against", "labels.jsonl"];
    Flowmine::on(file).args(check).args(args).run()
}

#[test]
fn a_share_of_nothing_is_a_question_mark_and_null() {
    let file = file();
    let labels = r#"{"request":"add a dark theme","categories":[]}"#;
    let json = measured(&file, labels, &["--format", "json"]).succeeds().json();
    assert!(json["totals"]["exact"].is_null() && json["totals"]["categories"]["recall"].is_null(), "{json}");
    assert_eq!(json["totals"]["spoke_up"], 0.0);
    let shown = measured(&file, labels, &[]).succeeds();
    for part in [
        "against 1 workflow of",
        "? have exactly the labelled signature",
        "of 1 workflow that asks for nothing",
    ] {
        assert!(shown.stdout().contains(part), "{part} is missing in {}", shown.stdout());
    }
    assert!(!shown.stdout().contains("\n\n\n"), "{}", shown.stdout());
}

#[test]
fn a_labelled_file_with_nothing_to_measure_is_refused() {
    for labels in ["", r#"{"request":"run the tests"}"#, r#"{"categories":["test"],"unsure":true}"#] {
        measured(&file(), labels, &[]).fails_with(&["labels.jsonl labels no workflow surely", "categories"]);
    }
}

#[test]
fn a_column_or_category_that_is_nowhere_is_wrong_usage() {
    let labels = r#"{"request":"run the tests","categories":["test"],"team":"red"}"#;
    let column = measured(&file(), labels, &["--by", "taem"]).exits(2);
    assert!(column.stderr().contains("--by: no workflow has the column 'taem'"), "{}", column.stderr());
    assert!(column.stderr().contains("did you mean team?"), "{}", column.stderr());
    let category = measured(&file(), labels, &["--category", "tset"]).exits(2);
    assert!(category.stderr().contains("the category 'tset'"), "{}", category.stderr());
    measured(&file(), labels, &["--category", "deploy", "--by", "team"]).succeeds();
}

#[test]
fn an_explanation_marks_the_words_and_says_what_did_not_fire() {
    let ran =
        Flowmine::on(&file()).args(["explain", "Run the tests, but don't run the linter"]).run().succeeds();
    for part in ["find test:generic:all", "«Run the tests»", "negated by 'don't'"] {
        assert!(ran.stdout().contains(part), "{part} is missing in {}", ran.stdout());
    }
}

#[test]
fn a_workflow_of_the_file_is_explained_by_any_of_its_names() {
    let file = file();
    for name in ["wf-a", "a", "1"] {
        let answer =
            Flowmine::on(&file).args(["explain", "--workflow", name, "--format", "json"]).run().succeeds();
        assert_eq!(answer.json()["signatures"][0], "test:pytest:backend");
    }
    let unknown = Flowmine::on(&file).args(["explain", "--workflow", "nobody"]).run();
    unknown.fails_with(&["no workflow 'nobody' in workflow_history.db"]);
}

#[test]
fn an_error_message_and_a_template_can_be_explained_alone() {
    let args = ["explain", "--error", "2 tests failed", "--template", "adw_review_iso", "--format", "json"];
    let answer = Flowmine::on(&file()).args(args).run().succeeds().json();
    assert_eq!(answer["signatures"], serde_json::json!(["test:pytest:backend", "review:code:all"]));
}

#[test]
fn a_rebuild_says_what_was_gained_lost_and_moved() {
    let file = file();
    Flowmine::on(&file).args(["backfill"]).run().succeeds();
    let other = "format = 1\nname = \"other\"\nmatching = \"anywhere\"\n\n\
        [[operation]]\ncategory = \"test\"\nmentions = [\"pytest\"]\notherwise = \"ours\"\ntarget = \"all\"\n\n\
        [[operation]]\ncategory = \"theme\"\nmentions = [\"dark theme\"]\notherwise = \"dark\"\ntarget = \"all\"\n";
    std::fs::write(file.directory().join("other.toml"), other).unwrap();
    file.execute("UPDATE workflow_history SET nl_input = 'nothing' WHERE adw_id = 'c'");
    let args = ["backfill", "--rules", "other.toml", "--rebuild", "--format", "json"];
    let changes = Flowmine::on(&file).args(args).run().succeeds().json()["changes"].clone();
    let expected = serde_json::json!([
        { "from": null, "to": "theme:dark:all", "workflows": 1 },
        { "from": "test:pytest:backend", "to": null, "workflows": 1 },
        { "from": "test:pytest:backend", "to": "test:ours:all", "workflows": 1 },
    ]);
    assert_eq!(changes, expected);
}

#[test]
fn an_explanation_gives_its_reasons_however_narrow_the_terminal_is() {
    for columns in ["40", "60", "80", "200"] {
        let ran = Flowmine::on(&file())
            .env("COLUMNS", columns)
            .args(["explain", "Run the tests, but don't run the linter"])
            .run()
            .succeeds();
        assert!(ran.stdout().contains("negated"), "{columns}: {}", ran.stdout());
    }
}

#[test]
fn an_explanation_in_ascii_marks_the_words_readably() {
    let ran = Flowmine::on(&file()).args(["--ascii", "explain", "Run the tests"]).run().succeeds();
    assert!(ran.stdout().contains("<<Run the tests>>") && !ran.stdout().contains("\\u{"), "{}", ran.stdout());
}

#[test]
fn rules_and_explanations_do_not_wait_for_a_locked_file_and_say_whose_rules_they_show() {
    let file = file();
    Flowmine::on(&file).args(["backfill", "--rules", "tac-webbuilder"]).run().succeeds();
    let writer = file.connection();
    writer.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE").unwrap();
    for args in [&["rules", "show"][..], &["explain", "Run the tests"]] {
        let started = std::time::Instant::now();
        let ran = Flowmine::on(&file).args(args).run().exits(0);
        assert!(started.elapsed().as_secs() < 10, "{args:?} has waited");
        assert!(
            ran.stderr().contains("these are the rules 'default'; which ones are in force"),
            "{}",
            ran.stderr()
        );
    }
}

#[test]
fn rules_and_explanations_need_no_database() {
    let directory = tempfile::tempdir().unwrap();
    for args in [&["rules", "show"][..], &["explain", "Run the tests"]] {
        Flowmine::in_directory(directory.path()).args(args).run().succeeds();
    }
}

#[test]
fn explain_without_anything_to_explain_names_all_that_can_be_given() {
    let ran = Flowmine::on(&file()).args(["explain"]).run().exits(2);
    for part in ["TEXT", "--workflow", "--error", "--template", "--ran"] {
        assert!(ran.stderr().contains(part), "{part} is missing in {}", ran.stderr());
    }
}

#[test]
fn the_characteristics_stand_on_a_line_of_their_own_that_can_be_copied() {
    for width in ["30", "80"] {
        let ran =
            Flowmine::on(&file()).env("COLUMNS", width).args(["explain", "Run the backend tests"]).run();
        let shown = ran.succeeds().stdout();
        let line = shown.lines().find(|line| line.starts_with('{')).unwrap_or_else(|| panic!("{shown}"));
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }
}

#[test]
fn the_next_commands_are_quoted_for_a_shell_and_left_out_where_quiet_is_asked_for() {
    let file = file();
    let ran = Flowmine::on(&file).args(["rules", "init", "our team's.toml"]).run().succeeds();
    assert!(ran.stdout().contains(r"flowmine rules check 'our team'\''s.toml'"), "{}", ran.stdout());
    let quiet = Flowmine::on(&file).args(["rules", "init", "-q", "quiet.toml"]).run().succeeds();
    assert_eq!(quiet.stdout(), "");
    assert!(file.directory().join("quiet.toml").exists());
}

#[test]
fn a_started_rules_file_never_has_the_name_of_rules_that_are_built_in() {
    let file = file();
    for (path, name) in [("default.toml", "my-default"), ("ü.toml", "my-rules")] {
        Flowmine::on(&file).args(["rules", "init", path]).run().succeeds();
        let checked = Flowmine::on(&file).args(["rules", "check", path]).run().succeeds().stdout();
        assert!(checked.contains(&format!("the rules '{name}' are sound")), "{checked}");
    }
}

#[test]
fn a_file_that_is_named_and_not_there_is_told_of_where_its_rules_would_count() {
    let file = file();
    for args in [&["explain", "Run the tests"][..], &["rules", "show"]] {
        let ran =
            Flowmine::in_directory(file.directory()).args(["--db", "typo.db"]).args(args).run().exits(0);
        assert!(
            ran.stderr().contains("the rules 'default', as there is no file typo.db"),
            "{}",
            ran.stderr()
        );
    }
}
