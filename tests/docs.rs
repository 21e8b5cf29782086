//! The documentation says what is there: its links lead somewhere, and it names every command and option.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use regex::Regex;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// README.md, CONTRIBUTING.md and all of docs.
fn pages() -> Vec<PathBuf> {
    let folder = std::fs::read_dir(Path::new(ROOT).join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let top = ["README.md", "CONTRIBUTING.md"].map(|name| Path::new(ROOT).join(name));
    top.into_iter()
        .chain(folder.filter(|path| path.extension().is_some_and(|extension| extension == "md")))
        .collect()
}

#[test]
fn the_readme_has_at_most_10_kilobytes() {
    let length = read(&Path::new(ROOT).join("README.md")).len();
    assert!(length <= 10_000, "README.md has {length} bytes");
}

#[test]
fn the_map_has_at_most_150_lines_and_the_guide_to_changes_60() {
    for (page, most) in [("docs/architecture.md", 150), ("CONTRIBUTING.md", 60)] {
        let lines = read(&Path::new(ROOT).join(page)).lines().count();
        assert!(lines <= most, "{page} has {lines} lines");
    }
}

#[test]
fn the_readme_names_the_two_commands_that_show_and_test_it() {
    let readme = read(&Path::new(ROOT).join("README.md"));
    for command in ["cargo run --release -- demo", "cargo test"] {
        assert!(readme.lines().any(|line| line.starts_with(command)), "README.md does not name '{command}'");
    }
}

#[test]
fn the_readme_leads_to_every_page() {
    let readme = read(&Path::new(ROOT).join("README.md"));
    for page in pages().iter().filter(|page| page.parent().unwrap().ends_with("docs")) {
        let link = format!("(docs/{})", page.file_name().unwrap().to_str().unwrap());
        assert!(readme.contains(&link), "README.md has no link {link}");
    }
}

#[test]
fn every_link_leads_to_a_file_and_a_heading_that_are_there() {
    let link = Regex::new(r"\]\(([^) \n]+)\)").unwrap();
    for page in pages() {
        for target in link.captures_iter(&read(&page)).map(|link| link[1].to_owned()) {
            if !target.contains("://") {
                assert_leads_somewhere(&page, &target);
            }
        }
    }
}

#[track_caller]
fn assert_leads_somewhere(page: &Path, target: &str) {
    let (file, heading) = target.split_once('#').unwrap_or((target, ""));
    let path = if file.is_empty() { page.to_owned() } else { page.parent().unwrap().join(file) };
    assert!(path.exists(), "{} links to {target}, which is not there", page.display());
    assert!(
        heading.is_empty() || anchors(&read(&path)).contains(heading),
        "{} links to {target}, which is no heading",
        page.display()
    );
}

/// The headings of a page as links name them.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings =
        text.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let anchor = |heading: &str| {
        let kept = heading.chars().filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
        kept.collect::<String>().to_lowercase().replace(' ', "-")
    };
    headings.map(anchor).collect()
}

/// What `flowmine … --help` prints.
fn help(command: &[String]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_flowmine")).args(command).arg("--help").output().unwrap();
    assert!(output.status.success(), "{command:?} --help: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Every command, from the help of the one above it: `flowmine patterns` has `list`.
fn commands() -> Vec<Vec<String>> {
    let entry = Regex::new(r"(?m)^  ([a-z][a-z-]*)(?: |$)").unwrap();
    let mut found: Vec<Vec<String>> = vec![Vec::new()];
    let mut next = 0;
    while let Some(command) = found.get(next).cloned() {
        next += 1;
        let help = help(&command);
        let Some((_, below)) = help.split_once("\nCommands:\n") else { continue };
        let list = below.split("\n\n").next().unwrap();
        let names = entry.captures_iter(list).map(|name| name[1].to_owned()).filter(|name| name != "help");
        found.extend(names.map(|name| [command.clone(), vec![name]].concat()));
    }
    found
}

#[test]
fn the_docs_name_every_command() {
    let text: String = pages().iter().map(|page| read(page)).collect();
    let commands = commands();
    assert!(commands.len() > 12, "{commands:?}");
    for command in commands.iter().filter(|command| !command.is_empty()) {
        let line = format!("flowmine {}", command.join(" "));
        assert!(text.contains(&line), "no page names '{line}'");
    }
}

#[test]
fn the_docs_name_every_option() {
    let option = Regex::new(r"(?m-u)^\s+(?:-\w, )?(--[a-z][a-z-]+)").unwrap();
    let text: String = pages().iter().map(|page| read(page)).collect();
    let missing: BTreeSet<String> = commands()
        .iter()
        .flat_map(|command| {
            let help = help(command);
            let options = option.captures_iter(&help).map(|option| option[1].to_owned()).collect::<Vec<_>>();
            options.into_iter().map(|option| (command.join(" "), option)).collect::<Vec<_>>()
        })
        .filter(|(_, option)| !Regex::new(&format!(r"(?-u){option}\b")).unwrap().is_match(&text))
        .map(|(command, option)| format!("{option} of 'flowmine {command}'"))
        .collect();
    assert_eq!(missing, BTreeSet::new());
}

#[test]
fn every_test_that_the_page_on_reliability_names_is_there() {
    let name = Regex::new(r"`([a-z0-9]+(?:_[a-z0-9]+){3,})`").unwrap();
    let folders = ["tests/faults", "tests/detection", "tests/import"];
    let files =
        folders.into_iter().flat_map(|folder| std::fs::read_dir(Path::new(ROOT).join(folder)).unwrap());
    let files = files.map(|entry| entry.unwrap().path());
    let tests: String =
        files.filter(|path| path.extension() == Some("rs".as_ref())).map(|path| read(&path)).collect();
    let page = read(&Path::new(ROOT).join("docs/reliability.md"));
    let named: Vec<String> = name.captures_iter(&page).map(|name| name[1].to_owned()).collect();
    assert!(named.len() > 20, "{named:?}");
    for test in named {
        assert!(tests.contains(&format!("fn {test}(")), "no test {test}");
    }
}

#[test]
fn the_page_on_languages_names_every_list_that_most_languages_fill() {
    let folder = std::fs::read_dir(Path::new(ROOT).join("src/rules/default")).unwrap();
    let languages: Vec<toml::Table> = folder
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap();
            name.starts_with("lang-") && name != "lang-en"
        })
        .map(|path| {
            toml::from_str(&read(&path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        })
        .collect();
    assert!(languages.len() > 12, "{} languages", languages.len());
    let mut filled_by: BTreeMap<&str, usize> = BTreeMap::new();
    for language in &languages {
        let tables = ["language", "words"].into_iter().filter_map(|name| language.get(name)?.as_table());
        for list in tables.flat_map(toml::Table::keys) {
            *filled_by.entry(list).or_default() += 1;
        }
    }
    let page = read(&Path::new(ROOT).join("docs/languages.md"));
    let most = filled_by.into_iter().filter(|&(_, fill_it)| 2 * fill_it >= languages.len());
    let missing: Vec<&str> =
        most.map(|(list, _)| list).filter(|list| !page.contains(&format!("`{list}`"))).collect();
    assert_eq!(missing, Vec::<&str>::new());
}
