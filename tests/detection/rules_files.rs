//! A rule set of several files: what `extends` and `include` do, and what a file adds to, changes in and switches off
//! from another.
use flowmine::detect::{Evidence, JudgementRules, RuleSet};
use std::path::PathBuf;

use tempfile::TempDir;

/// A folder with rules files.
pub struct Folder(TempDir);

impl Folder {
    pub fn with(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for (name, text) in files {
            std::fs::write(folder.path(name), text).unwrap();
        }
        folder
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn load(&self, name: &str) -> RuleSet {
        RuleSet::load(&self.path(name)).unwrap()
    }

    pub fn error(&self, name: &str) -> String {
        RuleSet::load(&self.path(name))
            .unwrap_err()
            .to_string()
            .replace(&self.0.path().display().to_string(), "")
    }
}

/// A rule set that extends `default`.
fn extending(lines: &str) -> RuleSet {
    RuleSet::parse(&extending_text(lines), "ours.toml").unwrap()
}

fn extending_error(lines: &str) -> String {
    RuleSet::parse(&extending_text(lines), "ours.toml").unwrap_err().to_string()
}

pub fn extending_text(lines: &str) -> String {
    format!("format = 1\nname = 'ours'\nextends = 'default'\n{lines}")
}

pub fn found(rules: &RuleSet, request: &str) -> String {
    let evidence = Evidence { request: Some(request), ..Evidence::default() };
    rules.detect(&evidence).iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

fn of_template(rules: &RuleSet, template: &str) -> String {
    let evidence = Evidence { template: Some(template), ..Evidence::default() };
    rules.detect(&evidence).iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_file_that_only_extends_default_says_what_default_says() {
    let (rules, default) = (extending(""), RuleSet::builtin("default").unwrap());
    assert_eq!(rules.name(), "ours");
    assert_eq!(found(&rules, "Run the backend tests"), "test:generic:backend");
    assert_eq!(rules.signatures(), default.signatures());
}

#[test]
fn an_operation_of_ones_own_is_added() {
    let operation =
        "[[operation]]\ncategory = 'etl'\nalone = ['nightly etl']\notherwise = 'nightly'\ntarget = 'all'\n";
    let rules = extending(operation);
    assert_eq!(found(&rules, "nightly etl"), "etl:nightly:all");
    assert_eq!(found(&rules, "run the tests"), "test:generic:all");
}

#[test]
fn an_operation_that_is_known_is_changed_by_what_the_file_says_of_it() {
    let operation = "[[operation]]\ncategory = 'test'\ninstructions = ['poke the rig']\notherwise = 'rig'\n\
                     subcategories = [{ is = 'smoke', mentions = ['smoke'] }]\n";
    let rules = extending(operation);
    assert_eq!(found(&rules, "poke the rig"), "test:rig:all");
    assert_eq!(found(&rules, "run the tests"), "test:rig:all");
    assert_eq!(found(&rules, "run pytest"), "test:pytest:all");
    assert_eq!(found(&rules, "run the smoke tests with pytest"), "test:smoke:all", "new choices come first");
}

#[test]
fn an_operation_is_replaced() {
    let operation = "[[operation]]\ncategory = 'test'\nreplace = true\ninstructions = ['poke the rig']\n\
                     otherwise = 'rig'\ntarget = 'all'\n";
    let rules = extending(operation);
    assert_eq!(found(&rules, "poke the rig"), "test:rig:all");
    assert_eq!(found(&rules, "run the tests"), "");
}

#[test]
fn an_operation_an_error_and_a_template_are_switched_off() {
    let rules = extending(
        "[[operation]]\ncategory = 'review'\noff = true\n[[error]]\nsignature = 'test:vitest:frontend'\noff = true\n\
         [[template]]\nsignature = 'deploy:ship:all'\noff = true\n",
    );
    assert_eq!(found(&rules, "review the pull request"), "");
    let evidence = Evidence { error_message: Some("vitest failed"), ..Evidence::default() };
    assert!(rules.detect(&evidence).is_empty());
    assert_eq!(of_template(&rules, "adw_ship_iso"), "");
    assert_eq!(of_template(&rules, "adw_test_iso"), "test:generic:all");
}

#[test]
fn what_is_not_there_cannot_be_switched_off() {
    assert_eq!(
        extending_error("[[operation]]\ncategory = 'reviews'\noff = true\n"),
        "ours.toml:5:12: operation[1].category: 'reviews' is not in the rules that are extended (did you mean 'review'?)"
    );
}

#[test]
fn a_command_that_is_not_there_cannot_be_switched_off() {
    let error = extending_error("[[command]]\nsignature = 'test:pytets'\noff = true\n");
    assert!(
        error.starts_with("ours.toml:5:13: command[1].signature: 'test:pytets' is not in the rules"),
        "{error}"
    );
    assert!(error.ends_with("(did you mean 'test:pytest'?)"), "{error}");
}

#[test]
fn what_stands_in_a_rule_that_is_switched_off_is_an_error() {
    for (table, list) in [
        ("[[operation]]\ncategory = 'review'", "instructions"),
        ("[[error]]\nsignature = 'test:vitest:frontend'", "mentions"),
        ("[[template]]\nsignature = 'deploy:ship:all'", "mentions"),
        ("[[command]]\nsignature = 'test:pytest'", "lines"),
    ] {
        let error = extending_error(&format!("{table}\noff = true\n{list} = ['frob it']\n"));
        assert!(error.contains(&format!("{list}: stands in a rule that is switched off")), "{error}");
        assert!(error.starts_with("ours.toml:7:"), "{error}");
    }
}

#[test]
fn a_list_of_words_that_nothing_names_is_an_error() {
    assert_eq!(
        extending_error("[words]\nrunn = ['zing']\n"),
        "ours.toml:5:1: words.runn: nothing names the list '{runn}' (did you mean 'run'?)"
    );
    extending("[[operation]]\ncategory = 'test'\nalone = ['{ours}']\n[words]\nours = ['zing']\n");
    extending("[words]\nrun = ['zing']\n");
}

#[test]
fn a_list_that_only_an_extended_file_leaves_unused_is_none_of_ours() {
    let operation =
        "[[operation]]\ncategory = 'test'\nreplace = true\nalone = ['x']\notherwise = 'x'\ntarget = 'y'\n";
    let folder = Folder::with(&[
        (
            "team.toml",
            &extending_text(
                "[[operation]]\ncategory = 'test'\nalone = ['{rigs}']\n[words]\nrigs = ['rig']\n",
            ),
        ),
        ("mine.toml", &format!("format = 1\nname = 'mine'\nextends = 'team.toml'\n{operation}")),
        ("more.toml", "[words]\nrunn = ['zing']\n"),
        ("ours.toml", "format = 1\nname = 'ours'\nextends = 'default'\ninclude = ['more.toml']\n"),
    ]);
    folder.load("mine.toml");
    assert!(folder.error("ours.toml").starts_with("/more.toml:2:1: words.runn: nothing names"));
}

#[test]
fn words_and_language_are_added_to() {
    let rules = extending("[language]\nlead_in = ['ahoy']\n[words]\nrun = ['zing']\n");
    assert_eq!(found(&rules, "ahoy zing the tests"), "test:generic:all");
    assert_eq!(found(&rules, "run the tests"), "test:generic:all");
}

#[test]
fn what_both_files_say_is_said_once() {
    let rules = extending("[[operation]]\ncategory = 'test'\ninstructions = ['{run} .. {tests}']\n");
    assert_eq!(rules.hash(), extending("").hash());
}

#[test]
fn a_template_of_ones_own_goes_before_those_of_the_extended_rules() {
    let rules =
        extending("[[template]]\nsignature = 'build:make:all'\nmentions = ['build', 'test(s|ing|)']\n");
    assert_eq!(of_template(&rules, "adw_build_iso"), "build:make:all");
    assert_eq!(of_template(&rules, "adw_test_iso"), "build:make:all");
    assert_eq!(of_template(&rules, "adw_ship_iso"), "deploy:ship:all");
}

#[test]
fn an_included_file_is_read_after_the_one_that_includes_it() {
    let folder = Folder::with(&[
        ("ours.toml", "format = 1\nname = 'ours'\ninclude = ['words.toml', 'etl.toml']\n"),
        ("words.toml", "[words]\nkick = ['kick', 'boot']\n"),
        (
            "etl.toml",
            "[[operation]]\ncategory = 'etl'\ninstructions = ['{kick} .. etl']\notherwise = 'x'\ntarget = 'y'\n",
        ),
    ]);
    let rules = folder.load("ours.toml");
    assert_eq!(found(&rules, "boot the etl"), "etl:x:y");
    let explained = rules.explain(&Evidence { request: Some("boot the etl"), ..Evidence::default() });
    let rule = explained.layers[0].fired[0].rule.as_ref().unwrap();
    assert_eq!((PathBuf::from(&rule.file), rule.line), (folder.path("etl.toml"), 3));
}

#[test]
fn a_file_extends_another_file() {
    let folder = Folder::with(&[
        ("team.toml", &extending_text("[[operation]]\ncategory = 'docs'\noff = true\n")),
        ("mine.toml", "format = 1\nname = 'mine'\nextends = 'team.toml'\n"),
    ]);
    let rules = folder.load("mine.toml");
    assert_eq!(rules.name(), "mine");
    assert_eq!(found(&rules, "update the readme"), "");
    assert_eq!(found(&rules, "run the tests"), "test:generic:all");
}

#[test]
fn errors_name_the_included_file() {
    let folder = Folder::with(&[
        ("ours.toml", "format = 1\nname = 'ours'\ninclude = ['part.toml', 'gone.toml']\n"),
        ("head.toml", "format = 1\nname = 'ours'\ninclude = ['named.toml']\n"),
        ("self.toml", "format = 1\nname = 'ours'\nextends = 'self.toml'\n"),
        ("part.toml", "[[operation]]\ncategory = 'x'\nmentoins = []\n"),
        ("named.toml", "at_most = 3\n"),
    ]);
    assert!(folder.error("ours.toml").starts_with("/ours.toml:3:25: include: cannot read 'gone.toml'"));
    std::fs::write(folder.path("gone.toml"), "").unwrap();
    assert!(folder.error("ours.toml").starts_with("/part.toml:3:1: operation[1].mentoins: unknown key"));
    assert_eq!(
        folder.error("head.toml"),
        "/named.toml:1:11: at_most: belongs into the file that includes this one"
    );
    assert_eq!(
        folder.error("self.toml"),
        "/self.toml:3:11: extends: '/self.toml' is already a part of these rules"
    );
}

#[test]
fn a_file_that_can_be_checked_alone_can_be_included() {
    let folder = Folder::with(&[
        (
            "lang-fi.toml",
            "format = 1\nname = 'fi'\nextends = 'default'\n[words]\nrun = ['aja']\ntests = ['testit']\n",
        ),
        ("ours.toml", "format = 1\nname = 'ours'\nextends = 'default'\ninclude = ['lang-fi.toml']\n"),
        ("apart.toml", "format = 1\nname = 'apart'\ninclude = ['lang-fi.toml']\n"),
    ]);
    for (file, name) in [("lang-fi.toml", "fi"), ("ours.toml", "ours")] {
        let rules = folder.load(file);
        assert_eq!((rules.name(), found(&rules, "aja testit")), (name, "test:generic:all".to_owned()));
    }
    assert_eq!(
        folder.error("apart.toml"),
        "/lang-fi.toml:3:11: extends: 'default' is no part of the rules that include this file: extend it there"
    );
}

#[test]
fn a_misspelt_built_in_name_is_told_with_the_right_ones() {
    let folder = Folder::with(&[("ours.toml", "format = 1\nname = 'ours'\nextends = 'defalt'\n")]);
    let error = folder.error("ours.toml");
    assert!(error.starts_with("/ours.toml:3:11: extends: cannot read 'defalt': "), "{error}");
    assert!(error.ends_with("; built in: default, tac-webbuilder (did you mean 'default'?)"), "{error}");
}

#[test]
fn a_file_in_another_encoding_is_told_with_its_line() {
    let folder = Folder::with(&[]);
    std::fs::write(folder.path("latin.toml"), b"format = 1\nname = 'f\xfchre'\n").unwrap();
    assert_eq!(folder.error("latin.toml"), "line 2 is not in UTF-8: save the file in this encoding");
}

#[test]
fn a_text_that_is_no_file_names_no_files() {
    let text = "format = 1\nname = 'x'\nextends = 'team.toml'";
    let error = RuleSet::parse(text, "given").unwrap_err().to_string();
    assert!(
        error.contains("given:3:11: extends: cannot read 'team.toml': only a file can name others"),
        "{error}"
    );
}

#[test]
fn the_document_of_several_files_is_one_rules_file_that_says_the_same() {
    let rules = extending(
        "[[operation]]\ncategory = 'review'\noff = true\n[[operation]]\ncategory = 'test'\nalone = ['{odd name}']\n\
                   [words]\n'odd name' = ['a\"b\\\\c']\n",
    );
    let again = RuleSet::parse(&rules.text(), "again").unwrap();
    assert_eq!(again.hash(), rules.hash());
    assert!(rules.text().contains("# default/test.toml:"));
    assert!(rules.text().lines().all(|line| line.chars().count() <= 120));
}

#[test]
fn the_document_of_the_default_rules_finds_what_they_find() {
    let default = RuleSet::builtin("default").unwrap();
    let again = RuleSet::parse(&default.text(), "again").unwrap();
    assert_eq!(again.hash(), default.hash());
    for request in ["コミットしてください", "clean, then build", "update the docs. Include examples"]
    {
        let evidence = Evidence { request: Some(request), ..Evidence::default() };
        assert_eq!(again.explain(&evidence).found, default.explain(&evidence).found, "{request}");
    }
}

#[test]
fn rules_that_differ_in_any_list_of_an_operation_differ_in_their_hash() {
    let of = |key: &str| extending(&format!("[[operation]]\ncategory = 'test'\n{key} = ['poke it']\n"));
    let default = extending("");
    for key in ["instructions", "verb_last", "alone", "chained", "not_followed_by", "preparations", "details"]
    {
        assert_ne!(of(key).hash(), default.hash(), "{key}");
    }
}

#[test]
fn the_example_of_the_docs_does_what_they_say() {
    let docs = include_str!("../../docs/rules.md");
    let example = docs.split("```toml example\n").nth(1).unwrap().split("```").next().unwrap();
    let rules = RuleSet::parse(example, "docs/rules.md").unwrap();
    let said = [
        ("zing the tests", "test:generic:all"),
        ("poke the rig", "test:rig:all"),
        ("run the nightly etl", "etl:nightly:warehouse"),
        ("review the pull request", ""),
    ];
    for (request, signature) in said {
        assert!(docs.contains(request) && docs.contains(signature));
        assert_eq!(found(&rules, request), signature, "{request}");
    }
    assert!(docs.contains("nor does a template `adw_review`"));
    assert_eq!(of_template(&rules, "adw_review"), "");
}

#[test]
fn inherited_instructions_that_anywhere_would_silence_are_refused() {
    let error = extending_error("matching = 'anywhere'\n");
    assert!(
        error.starts_with("ours.toml:4:12: matching: with 'anywhere' 'test' of default/test.toml:"),
        "{error}"
    );
    let own = "[[operation]]\ncategory = 'test'\nmentions = ['rig']\nverb_last = ['poke it']\notherwise = 'x'\ntarget = 'y'\n";
    let text = format!("format = 1\nname = 'ours'\nmatching = 'anywhere'\n{own}");
    let error = RuleSet::parse(&text, "ours.toml").unwrap_err().to_string();
    assert!(error.contains("operation[1].verb_last: needs whole words"), "{error}");
}

#[test]
fn operations_that_take_judgement_say_so() {
    let default = RuleSet::builtin("default").unwrap();
    let needs = |rules: &RuleSet, signature: &str| {
        JudgementRules::from(rules).needs_judgement(&signature.parse().unwrap())
    };
    for signature in ["review:code:all", "docs:generate:all", "security:audit:all", "release:changelog:all"] {
        assert!(needs(&default, signature), "{signature}");
    }
    for signature in ["test:pytest:backend", "git:commit:summary", "release:tag:all", "unknown:x:y"] {
        assert!(!needs(&default, signature), "{signature}");
    }
    let ours = extending("[[operation]]\ncategory = 'docs'\nneeds_judgement = false\n");
    assert!(!needs(&ours, "docs:generate:all"));
}

#[test]
fn what_the_rules_have_no_operation_for_takes_judgement_as_default_says() {
    let needs = |rules: &RuleSet, signature: &str| {
        JudgementRules::from(rules).needs_judgement(&signature.parse().unwrap())
    };
    let switched_off = extending("[[operation]]\ncategory = 'review'\noff = true\n");
    assert!(needs(&switched_off, "review:code:all"));
    assert!(needs(&RuleSet::builtin("tac-webbuilder").unwrap(), "review:code:all"));
}

#[test]
fn what_takes_judgement_is_the_same_asked_alone() {
    for name in RuleSet::BUILTIN {
        let rules = RuleSet::builtin(name).unwrap();
        let (whole, alone) = (JudgementRules::from(&rules), JudgementRules::builtin(name).unwrap());
        for signature in rules.signatures() {
            let whole = whole.needs_judgement(signature);
            assert_eq!(alone.needs_judgement(signature), whole, "{name} {signature}");
        }
    }
    assert!(JudgementRules::builtin("unknown").is_none());
}

#[test]
fn a_runner_of_ones_own_goes_before_the_same_one_of_the_rules_that_are_extended() {
    let own = "[[runner]]\nlines = ['npm run']\nrenames = [{ from = 'build:build', to = 'build:webpack' }]\n";
    let rules = RuleSet::parse(&extending_text(own), "ours.toml").unwrap();
    let ran = rules.read_command_line("npm run build");
    assert_eq!(ran.len(), 1);
    assert_eq!(rules.signature(ran[0].signature).as_str(), "build:webpack:all");
}

#[test]
fn a_list_whose_name_has_a_colon_stays_where_its_file_is_extended() {
    let team = extending_text(
        "[words]\n'a:b' = ['frobnicate']\n[[operation]]\ncategory = 'x'\ninstructions = ['{a:b} it']\notherwise = 'y'\ntarget = 'all'\n",
    );
    let folder = Folder::with(&[
        ("team.toml", &team),
        ("mine.toml", "format = 1\nname = 'mine'\nextends = 'team.toml'\n"),
    ]);
    assert_eq!(found(&folder.load("mine.toml"), "frobnicate it"), "x:y:all");
}
