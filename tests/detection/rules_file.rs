//! The rules file: what it can say, and what is said about one that is wrong.

use flowmine::detect::{Evidence, RuleSet};

const TEAM: &str = include_str!("../../fixtures/team-rules.toml");

fn detect(rules: &RuleSet, request: &str) -> Vec<String> {
    let evidence = Evidence { request: Some(request), ..Evidence::default() };
    rules.detect(&evidence).iter().map(ToString::to_string).collect()
}

fn error(text: &str) -> String {
    RuleSet::parse(text, "our.toml").unwrap_err().to_string()
}

/// A small rules file with other lines at its end.
fn with(lines: &str) -> String {
    let operation =
        "[[operation]]\ncategory = 'test'\nmentions = ['test']\notherwise = 'generic'\ntarget = 'all'\n";
    format!("format = 1\nname = 'x'\n{operation}{lines}")
}

#[test]
fn the_teams_example_does_what_its_comments_say() {
    let rules = RuleSet::parse(TEAM, "team-rules.toml").unwrap();
    let cases: &[(&str, &[&str])] = &[
        ("Run the storefront tests", &["test:unit:storefront"]),
        ("please rerun the browser specs of the shop", &["test:browser:storefront"]),
        ("contract tests", &[]),
        ("tests", &["test:unit:all"]),
        ("run contract tests in ledger", &["test:contract:ledger"]),
        ("run the tset suite", &[]),
        ("run the tetss of the sotrefront", &["test:unit:storefront"]),
        ("The fix is in, shipit as a hotfix for the ledger", &["release:hotfix:ledger"]),
        ("kick off the orders-etl", &["etl:orders:warehouse"]),
        ("Kick off orders_etl now and run the tests", &["etl:orders:warehouse", "test:unit:all"]),
        ("don't run the tests", &[]),
        ("run the test plan", &[]),
        ("retest src/cart.rs", &["test:unit:all"]),
        ("run tests/cart.rs", &["test:unit:all"]),
        ("run the storefront tests but not ledger", &["test:unit:storefront"]),
        ("We kick off the orders etl and run the tests every night", &[]),
    ];
    for (request, expected) in cases {
        assert_eq!(detect(&rules, request), *expected, "{request}");
    }
}

#[test]
fn a_later_layer_is_left_out_where_the_category_is_known() {
    let rules = RuleSet::parse(TEAM, "team-rules.toml").unwrap();
    let found = |request| {
        let evidence = Evidence {
            request,
            error_message: Some("pact verification failed"),
            template: Some("adw_test"),
            ..Evidence::default()
        };
        rules.detect(&evidence).iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(found(Some("run the tests")), ["test:unit:all"]);
    assert_eq!(found(Some("rename a field")), ["test:contract:all"]);
}

#[test]
fn every_signature_is_known_beforehand() {
    let rules = RuleSet::parse(TEAM, "team-rules.toml").unwrap();
    let all: Vec<&str> = rules.signatures().iter().map(flowmine::signature::Signature::as_str).collect();
    for signature in
        ["test:browser:both", "release:regular:ledger", "etl:orders:warehouse", "test:contract:all"]
    {
        assert!(all.contains(&signature), "{signature}");
    }
    assert_eq!(all.len(), 3 * 4 + 2 * 4 + 1);
}

#[test]
fn built_in_rule_sets_are_in_order() {
    for name in RuleSet::BUILTIN {
        let rules = RuleSet::parse(RuleSet::builtin_text(name).unwrap(), name).unwrap();
        assert_eq!(rules.name(), name);
        assert_eq!(rules.text(), RuleSet::builtin_text(name).unwrap());
        assert_eq!(RuleSet::builtin(name).unwrap().hash(), rules.hash());
        assert_eq!(rules.hash().len(), 64);
    }
    assert!(RuleSet::builtin("other").is_none());
    assert_ne!(
        RuleSet::builtin("default").unwrap().hash(),
        RuleSet::builtin("tac-webbuilder").unwrap().hash()
    );
}

#[test]
fn rule_sets_are_shared_between_threads() {
    fn shared<T: Send + Sync>(_: &T) {}
    shared(&RuleSet::builtin("default").unwrap());
}

#[test]
fn what_is_no_toml_is_reported_with_its_line() {
    assert!(error("format = 1\nname = ").starts_with("our.toml:2:8: not valid TOML"));
    assert!(error("[[[").starts_with("our.toml:1:3: not valid TOML"));
}

#[test]
fn the_format_must_be_known() {
    assert_eq!(error("name = 'x'"), "our.toml:1:1: format: is missing: write 'format = 1'");
    assert!(
        error("format = 2\nname = 'x'")
            .contains("our.toml:1:10: format: is 2, and this flowmine reads format 1")
    );
    assert!(error("format = 'one'").contains("takes a whole number, not a string"));
}

#[test]
fn unknown_keys_are_reported_with_the_nearest_known_one() {
    assert_eq!(
        error(&with("mentoins = ['x']\n")),
        "our.toml:8:1: operation[1].mentoins: unknown key (did you mean 'mentions'?)"
    );
    assert!(error(&with("[langauge]\n")).contains("langauge: unknown key (did you mean 'language'?)"));
    assert!(
        error(&with("[language]\nleadin = []\n"))
            .contains("language.leadin: unknown key (did you mean 'lead_in'?)")
    );
    assert!(error(&with("zzz = 1\n")).ends_with("operation[1].zzz: unknown key"));
    assert!(error(&with("orders = []\n")).ends_with("unknown key (it is called 'instructions')"));
}

#[test]
fn missing_keys_are_reported() {
    assert!(error("format = 1").contains("name: is missing"));
    assert!(
        error("format = 1\nname = 'x'\n[[operation]]\ncategory = 'a'\n")
            .contains("operation[1].otherwise: is missing")
    );
    assert!(error(&with("[[error]]\nsignature = 'a:b:c'\n")).contains("error[1].mentions: is missing"));
}

#[test]
fn wrong_types_are_reported() {
    assert!(error("format = 1\nname = 3").contains("our.toml:2:8: name: takes a string, not an integer"));
    assert!(
        error(&with("[words]\nrun = 'x'\n")).contains("our.toml:9:7: words.run: takes a list of strings")
    );
    assert!(error(&with("[words]\nrun = [1]\n")).contains("words.run: takes a list of strings"));
    assert!(error("format = 1\nname = 'x'\noperation = 3").contains("operation: takes a list of tables"));
    assert!(error("format = 1\nname = 'x'\nonce_per_category = 'yes'").contains("takes true or false"));
}

#[test]
fn wrong_tables_are_reported_in_tomls_words() {
    let head = "format = 1\nname = 'x'\n";
    assert!(
        error(&format!("{head}[[language]]\n"))
            .starts_with("our.toml:3:1: language: is one table: write [language], once")
    );
    assert!(
        error(&format!("{head}[operation]\ncategory = 'x'\n"))
            .contains("operation: takes a list of tables, not a table: write [[operation]]")
    );
    assert!(error(&format!("{head}words = 3\n")).contains("words: takes a table, not an integer"));
}

#[test]
fn a_number_below_zero_is_named() {
    for text in ["at_most = -1\n", "[language]\ngap = -1\n", "[[wrapper]]\nlines = ['x']\nskip = -1\n"] {
        let message = error(&format!("format = 1\nname = 'x'\n{text}"));
        assert!(message.ends_with("takes a whole number of at least 0, not -1"), "{message}");
    }
}

#[test]
fn too_many_operations_are_reported_as_operations() {
    let one = |number| {
        format!("[[operation]]\ncategory = 'c{number}'\nmentions = ['x']\notherwise = 'y'\ntarget = 'z'\n")
    };
    let operations: Vec<String> = (0..65_537).map(one).collect();
    let message = error(&format!("format = 1\nname = 'x'\nmatching = 'anywhere'\n{}", operations.concat()));
    assert!(message.ends_with("more operations than a rule set can number (65,536)"), "{message}");
}

#[test]
fn malformed_signatures_are_reported() {
    assert!(
        error(&with("[[error]]\nsignature = 'a:b'\nmentions = ['x']\n"))
            .contains("our.toml:9:13: error[1].signature: 'a:b' is not a signature")
    );
    assert!(error(&with("[[error]]\nsignature = 'A:b:c'\nmentions = ['x']\n")).contains("lower case"));
    assert!(
        error(&with("").replace("'generic'", "'Generic'"))
            .contains("operation[1].otherwise: 'Generic' cannot be part")
    );
    assert!(
        error(&with("").replace("category = 'test'", "category = 'te st'")).contains("operation[1].category")
    );
    assert!(error(&with("").replace("target = 'all'", "target = 'a:b'")).contains("operation[1].target"));
    assert!(
        error(&with("[[error]]\nsignature = 'none'\nmentions = ['x']\n"))
            .contains("'none' is not a signature")
    );
}

#[test]
fn empty_words_are_reported() {
    assert!(
        error(&with("[[error]]\nsignature = 'a:b:c'\nmentions = ['']\n"))
            .contains("our.toml:10:13: error[1].mentions: is empty")
    );
    assert!(error(&with("[words]\nrun = [' ']\n")).contains("words.run: is empty"));
    assert!(error(&with("[words]\nrun = ['(a|)']\n")).contains("can stand for no word at all"));
    assert!(error(&with("[words]\nrun = ['#']\n")).contains("can stand for no word at all"));
    assert!(error(&with("[language]\nmisspelt = ['#']\n")).contains("can stand for no word at all"));
    assert!(
        error(&with("").replace("mentions = ['test']", "mentions = []"))
            .contains("operation[1]: never fires")
    );
}

#[test]
fn what_is_a_phrases_is_no_entry_of_a_list() {
    for entry in ["{run} .. it", "a .. b", "a ... b", "frob it .", "pass ?", "{run} it"] {
        for list in ["alone", "mentions"] {
            let key = if list == "mentions" { "[[error]]\nsignature = 'a:b:c'\nmentions" } else { list };
            let message = error(&with(&format!("{key} = ['{entry}']\n[words]\nrun = ['run']\n")));
            assert!(message.contains(list) && message.contains("here stand words"), "{entry}: {message}");
        }
        let message = error(&with(&format!("[words]\nrun = ['run']\nruns = ['{entry}']\n")));
        assert!(message.starts_with("our.toml:10:9: words.runs: "), "{entry}: {message}");
    }
}

#[test]
fn a_group_of_a_phrase_holds_no_gap() {
    let message = error(&with("instructions = ['(frob in|frob .. in) it']\n"));
    let expected =
        "operation[1].instructions: in '(frob in|frob .. in)' the '..' is a phrase's, and here stand words";
    assert!(message.contains(expected), "{message}");
}

#[test]
fn marks_that_part_words_are_no_part_of_an_entry() {
    for (entry, mark) in
        [("frob, it", ','), ("frob it!", '!'), ("frob: it", ':'), ("frob it.", '.'), ("走，走", '，')]
    {
        for list in ["alone", "instructions"] {
            let message = error(&with(&format!("{list} = ['{entry}']\n")));
            let expected = format!("operation[1].{list}: in '{entry}' the '{mark}' is a part of no word");
            assert!(message.contains(&expected), "{message}");
        }
    }
    let names = with("alone = ['fly.io', './gradlew', 'migrate:fresh', 'e.g.', 'w/o', \"don't\", 'c++']\n");
    RuleSet::parse(&names, "").unwrap();
}

#[test]
fn alternatives_stand_in_a_group() {
    for list in ["alone", "instructions", "not_followed_by"] {
        let message = error(&with(&format!("{list} = ['frob a|b it']\n")));
        assert!(message.contains(&format!("{list}: '|' without '('")), "{message}");
    }
}

#[test]
fn a_wrapper_runner_or_program_that_is_never_met_is_an_error() {
    for (table, key) in [("wrapper", "lines"), ("runner", "lines"), ("program", "names")] {
        let message = error(&with(&format!("[[{table}]]\n{key} = []\n")));
        assert!(message.starts_with(&format!("our.toml:8:1: {table}[1].{key}: is empty")), "{message}");
    }
    let message = error(&with("[[wrapper]]\nlines = ['x']\nskip = 99999999999\n"));
    assert!(message.contains("our.toml:10:8: wrapper[1].skip: is between 0 and 20 words"), "{message}");
}

#[test]
fn a_key_that_takes_one_text_says_so() {
    let message = error(&with("[[wrapper]]\nlines = ['x']\nprogram = 1\n"));
    assert!(message.contains("wrapper[1].program: takes a string, not an integer"), "{message}");
}

#[test]
fn duplicates_are_reported() {
    assert!(error(&with("[words]\nrun = ['a', 'a']\n")).contains("words.run: 'a' stands in this list twice"));
    let twice = with("[[operation]]\ncategory = 'test'\nmentions = ['x']\notherwise = 'y'\ntarget = 'z'\n");
    assert!(error(&twice).contains("our.toml:9:12: operation[2].category: 'test' is already at line 4"));
    let errors = "[[error]]\nsignature = 'a:b:c'\nmentions = ['x']\n[[error]]\nsignature = 'a:b:c'\nmentions = ['y']\n";
    assert!(error(&with(errors)).contains("error[2].signature: is already at line 9: join the two"));
    let templates = "[[template]]\nsignature = 'a:b:c'\nmentions = ['x']\n[[template]]\nsignature = 'none'\nmentions = ['x']\n";
    assert!(error(&with(templates)).contains("template[2].mentions: 'x' is already at line 10"));
    let targets = "[[target]]\nname = 'p'\notherwise = 'x'\n[[target]]\nname = 'p'\notherwise = 'x'\n";
    assert!(error(&with(targets)).contains("target[2].name: a second target list 'p'"));
}

#[test]
fn references_must_lead_somewhere() {
    let wrong =
        with("[[target]]\nname = 'part'\notherwise = 'x'\n").replace("target = 'all'", "target = '{prat}'");
    assert!(error(&wrong).contains(
        "our.toml:7:10: operation[1].target: no [[target]] list has the name 'prat' (did you mean 'part'?)"
    ));
    assert!(
        error(&with("instructions = ['{rnu} x']\n[words]\nrun = ['run']\n"))
            .contains("no list 'rnu' in [words] above this (did you mean 'run'?)")
    );
    assert!(error(&with("[words]\na = ['{b}']\nb = ['x']\n")).contains("no list 'b' in [words] above this"));
}

#[test]
fn phrases_must_make_sense() {
    for phrase in ["..", ".. a", "a ..", "a . b", "{path} a", "a{b}", "(a", "a)", "a .. b .. c .. d .. e"] {
        let message = error(&with(&format!("instructions = ['{phrase}']\n")));
        assert!(message.starts_with("our.toml:8:17: operation[1].instructions: "), "{phrase}: {message}");
    }
}

#[test]
fn instructions_need_whole_words() {
    let anywhere =
        |lines: &str| error(&with(lines).replace("name = 'x'\n", "name = 'x'\nmatching = 'anywhere'\n"));
    assert!(anywhere("instructions = ['run x']\n").contains("operation[1].instructions: needs whole words"));
    assert!(anywhere("[language]\n").contains("language: needs whole words"));
    assert!(error("format = 1\nname = 'x'\nmatching = 'anywere'").contains("did you mean 'anywhere'?"));
}

#[test]
fn numbers_have_limits() {
    assert!(error("format = 1\nname = 'x'\nat_most = 0").contains("at_most: is at least 1"));
    assert!(error(&with("[language]\ngap = 99\n")).contains("language.gap: is between 0 and 20"));
}

#[test]
fn at_most_so_many_signatures_are_given() {
    let text = "format = 1\nname = 'x'\nat_most = 1\n[[operation]]\ncategory = 'a'\nmentions = ['x']\notherwise = 'b'\ntarget = 'c'\n\
        [[operation]]\ncategory = 'd'\nmentions = ['x']\notherwise = 'e'\ntarget = 'f'\n";
    assert_eq!(detect(&RuleSet::parse(text, "").unwrap(), "x"), ["a:b:c"]);
    assert_eq!(
        detect(&RuleSet::parse(&text.replace("at_most = 1\n", ""), "").unwrap(), "x"),
        ["a:b:c", "d:e:f"]
    );
}

#[test]
fn categories_of_ones_own_are_welcome() {
    let text = with("").replace("category = 'test'", "category = 'kaffee'");
    assert_eq!(detect(&RuleSet::parse(&text, "").unwrap(), "a test"), ["kaffee:generic:all"]);
}
