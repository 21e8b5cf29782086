//! How large rules files may be, and that reading them takes time that grows with their size.

use flowmine::detect::RuleSet;

use crate::rules_files::{Folder, extending_text, found};

#[test]
fn a_rules_file_is_a_regular_file_of_at_most_a_megabyte() {
    let folder = Folder::with(&[("large.toml", &"#".repeat(1_000_001))]);
    assert!(folder.error("large.toml").contains("more than 1000 kB"));
    assert!(RuleSet::load("/dev/zero".as_ref()).unwrap_err().to_string().contains("no regular file"));
    let pipe = folder.path("pipe.toml");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    assert!(RuleSet::load(&pipe).unwrap_err().to_string().contains("no regular file"));
}

#[test]
fn the_files_that_a_rules_file_names_have_four_megabytes_together() {
    let comment = format!("#{}\n", "x".repeat(990_000));
    let parts: Vec<_> = (1..=5).map(|number| format!("{number}.toml")).collect();
    let main = format!("format = 1\nname = 'ours'\nextends = 'default'\ninclude = {parts:?}\n");
    let mut files: Vec<(&str, &str)> = parts.iter().map(|name| (name.as_str(), comment.as_str())).collect();
    files.push(("main.toml", &main));
    let folder = Folder::with(&files);
    let error = folder.error("main.toml");
    assert!(error.contains("cannot read '5.toml': with it the other files have more than 4 MB"), "{error}");
    std::fs::write(folder.path("5.toml"), "").unwrap();
    folder.load("main.toml");
}

#[test]
fn lists_of_lists_that_stand_for_millions_of_texts_are_refused_at_once() {
    let mut text = "format = 1\nname = 'ours'\n[words]\na0 = ['x', 'y']\nb0 = ['{a0}', 'z']\n".to_owned();
    for level in 1..40 {
        let below = level - 1;
        let levels = [
            format!("a{level} = ['{{a{below}}}', '{{b{below}}}']\n"),
            format!("b{level} = ['{{a{level}}}', 'w{level}']\n"),
        ];
        text.extend(levels);
    }
    text += "[[operation]]\ncategory = 'test'\ninstructions = ['{a39}']\notherwise = 'x'\ntarget = 'all'\n";
    let error = RuleSet::parse(&text, "ours.toml").unwrap_err().to_string();
    assert!(error.contains("stand for more than 1,000,000 texts"), "{error}");
}

/// Far more than it takes, even on a busy machine; time that grows with the square of a file's length takes minutes.
const TIME: std::time::Duration = std::time::Duration::from_secs(10);

#[test]
fn lists_may_take_in_each_other_in_a_chain_of_thirty_thousand() {
    let chain = |number| format!("l{number} = ['{{l{}}}']\n", number - 1);
    let lists: String = (1..30_000).map(chain).collect();
    let text = format!(
        "format = 1\nname = 'ours'\n[words]\nl0 = ['commit']\n{lists}[language]\nmisspelt = ['{{l29999}}']\n\
         [[operation]]\ncategory = 'git'\ninstructions = ['{{l29999}}']\notherwise = 'commit'\ntarget = 'all'\n"
    );
    let rules = RuleSet::parse(&text, "ours.toml").unwrap();
    assert_eq!(found(&rules, "comit"), "git:commit:all");
}

#[test]
fn lists_of_lists_without_a_word_that_double_forty_times_are_read_at_once() {
    let lists = |level: usize| {
        let below = level - 1;
        format!("a{level} = ['{{a{below}}}', '{{b{below}}}']\nb{level} = ['{{b{below}}}', '{{a{below}}}']\n")
    };
    let levels: String = (1..=40).map(lists).collect();
    let text = format!(
        "format = 1\nname = 'ours'\n[words]\na0 = []\nb0 = []\n{levels}[language]\nmisspelt = ['{{a40}}', '{{b40}}']\n"
    );
    RuleSet::parse(&text, "ours.toml").unwrap();
}

#[test]
fn two_hundred_thousand_keywords_are_compiled_in_a_moment() {
    let forms = |letter: &str| {
        let digit = "(0|1|2|3|4|5|6|7|8|9)";
        format!("{letter}{digit}{digit}{digit}")
    };
    let texts: Vec<_> = (0..200).map(|number| forms(&format!("w{number}x"))).collect();
    let text = format!(
        "format = 1\nname = 'ours'\nmatching = 'anywhere'\n[[operation]]\ncategory = 'test'\nmentions = {texts:?}\notherwise = 'x'\ntarget = 'all'\n"
    );
    let started = std::time::Instant::now();
    let rules = RuleSet::parse(&text, "ours.toml").unwrap();
    assert!(started.elapsed() < TIME, "{:?}", started.elapsed());
    assert_eq!(found(&rules, "a w199x999"), "test:x:all");
}

#[test]
fn seventy_thousand_lists_of_words_are_read_in_a_moment() {
    let lists: Vec<_> = (0..70_000).map(|number| format!("w{number}=['a']\n")).collect();
    let lists = lists.concat();
    let operation = "[[operation]]\ncategory = 'test'\nmentions = ['x']\notherwise = 'x'\ntarget = 'all'\n";
    let started = std::time::Instant::now();
    let _ = RuleSet::parse(&format!("format = 1\nname = 'ours'\n[words]\n{lists}{operation}"), "ours.toml");
    assert!(started.elapsed() < TIME, "{:?}", started.elapsed());
}

#[test]
fn ninety_thousand_words_of_templates_are_read_in_a_moment() {
    let rules: Vec<_> = (0..9_000)
        .map(|rule| {
            let mentions: Vec<_> = (0..10).map(|number| format!("m{rule}x{number}")).collect();
            format!("[[template]]\nsignature = 'none'\nmentions = {mentions:?}\n")
        })
        .collect();
    let started = std::time::Instant::now();
    let _ = RuleSet::parse(&extending_text(&rules.concat()), "ours.toml");
    assert!(started.elapsed() < TIME, "{:?}", started.elapsed());
}

#[test]
fn a_list_of_thirty_thousand_phrases_is_compiled_in_a_moment() {
    let phrases: Vec<_> = (0..30_000).map(|number| format!("run q{number}")).collect();
    let text = format!(
        "format = 1\nname = 'ours'\n[[operation]]\ncategory = 'test'\ninstructions = {phrases:?}\notherwise = 'x'\ntarget = 'all'\n"
    );
    let started = std::time::Instant::now();
    RuleSet::parse(&text, "ours.toml").unwrap();
    assert!(started.elapsed() < TIME, "{:?}", started.elapsed());
}

#[test]
fn a_rule_set_is_made_of_a_hundred_files_each_once() {
    let parts: Vec<_> = (1..=100).map(|number| format!("{number}.toml")).collect();
    let main =
        |parts: &[String]| format!("format = 1\nname = 'ours'\nextends = 'default'\ninclude = {parts:?}\n");
    let mut files: Vec<(&str, &str)> = parts.iter().map(|name| (name.as_str(), "")).collect();
    let (too_many, most) = (main(&parts), main(&parts[..50]));
    let twice = main(&["1.toml".to_owned(), "./1.toml".to_owned()]);
    files.extend([("many.toml", too_many.as_str()), ("most.toml", &most), ("twice.toml", &twice)]);
    let folder = Folder::with(&files);
    assert!(folder.error("many.toml").contains("more than 100 files make one rule set"));
    assert!(folder.error("twice.toml").contains("1.toml' is already a part of these rules"));
    folder.load("most.toml");
}
