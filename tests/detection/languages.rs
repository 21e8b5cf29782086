//! The languages that `default` knows: each has a file of words and a file of requests, and one of your own needs no
//! more.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use flowmine::detect::{Evaluation, LabelledWorkflow, RuleSet, evaluate};

/// At least so much is reached in every language: precision and recall over (request, category) pairs, and the share of
/// the requests whose `covers` is right.
const PRECISION: f64 = 0.92;
const RECALL: f64 = 0.90;
const COVERS: f64 = 0.90;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn languages() -> Vec<(String, Evaluation)> {
    let rules = RuleSet::builtin("default").unwrap();
    let files = std::fs::read_dir(folder("fixtures/requests")).unwrap().map(|file| file.unwrap().path());
    let evaluated = files.map(|path| {
        let language = path.file_stem().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let requests = LabelledWorkflow::parse(&text, &format!("{language}.toml")).unwrap();
        (language, evaluate(&rules, &requests))
    });
    evaluated.collect()
}

#[test]
fn every_language_with_a_file_of_words_has_its_examples() {
    let files = std::fs::read_dir(folder("src/rules/default")).unwrap().map(|file| file.unwrap().file_name());
    let names = files.map(|name| name.to_string_lossy().into_owned());
    let spoken: BTreeSet<String> = names
        .filter_map(|name| name.strip_prefix("lang-")?.strip_suffix(".toml").map(str::to_owned))
        .collect();
    let with_examples: BTreeSet<String> = languages().into_iter().map(|(language, _)| language).collect();
    assert!(spoken.len() >= 12, "{spoken:?}");
    assert_eq!(spoken, with_examples);
}

#[test]
fn every_language_holds_its_floor_on_its_examples() {
    for (language, found) in languages() {
        let (precision, recall) = (found.categories.precision(), found.categories.recall());
        let covers = found.covers.accuracy();
        assert!(
            precision >= Some(PRECISION) && recall >= Some(RECALL),
            "{language}: {precision:.3?} {recall:.3?}"
        );
        assert!(covers >= Some(COVERS), "{language}: covers {covers:.3?}");
    }
}

#[test]
fn no_example_in_any_language_is_wrongly_taken_for_the_whole() {
    for (language, found) in languages() {
        assert_eq!(found.covers.wrong_whole, 0, "{language}");
    }
}

#[test]
fn a_language_of_ones_own_is_a_file_and_needs_no_code() {
    let folder = tempfile::tempdir().unwrap();
    let swedish = r#"
        [language]
        lead_in = ["snalla", "kan du"]
        not = ["inte"]
        asides = ["beratta", "tack"]

        [words]
        run = ["kor"]
        tests = ["testerna"]
    "#;
    std::fs::write(folder.path().join("lang-sv.toml"), swedish).unwrap();
    let rules = "format = 1\nname = \"ours\"\nextends = \"default\"\ninclude = [\"lang-sv.toml\"]\n";
    std::fs::write(folder.path().join("ours.toml"), rules).unwrap();
    let rules = RuleSet::load(&folder.path().join("ours.toml")).unwrap();
    let requests = r#"
        [[workflow]]
        request = "Snälla, kör testerna i api och berätta vad som går fel"
        categories = ["test"]
        covers = "whole"

        [[workflow]]
        request = "Kör inte testerna"
        categories = []
    "#;
    let found = evaluate(&rules, &LabelledWorkflow::parse(requests, "sv.toml").unwrap());
    assert_eq!(
        (found.categories.f1(), found.covers.accuracy()),
        (Some(1.0), Some(1.0)),
        "{:?}",
        found.disagreements
    );
}
