//! Checks what docs/architecture.md says of the source: which module may use which, and where SQL, printing, the clock
//! and the environment may be used. Reads the files of `src` as text, without their comments and their own tests.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

/// From the top to the bottom. A module uses those of lower layers only.
const LAYERS: [&[&str]; 14] = [
    &["main"],
    &["arguments", "signals"],
    &["commands"],
    &["terminal"],
    &["cli"],
    &["render"],
    &["doctor", "persistence", "import"],
    &["pipeline", "analysis"],
    &["db"],
    &["snapshot"],
    &["statistics", "detect"],
    &["rules"],
    &["signature", "workflow", "time", "input"],
    &["value", "parallel", "hash"],
];

/// These modules see nothing but what they are given. `input` reads the file that `rules::load` is given.
const PURE: [&str; 8] =
    ["detect", "rules", "statistics", "analysis", "snapshot", "signature", "workflow", "render"];

const MOST_LINES: usize = 400;

#[test]
fn every_module_has_a_layer() {
    let layered: BTreeSet<&str> = LAYERS.iter().flat_map(|layer| layer.iter().copied()).collect();
    let tops: BTreeSet<&str> = SOURCE.files.iter().map(File::top).filter(|top| *top != "lib").collect();
    assert_eq!(tops.difference(&layered).collect::<Vec<_>>(), Vec::<&&str>::new());
}

#[test]
fn a_module_uses_those_of_lower_layers_only() {
    let layer = |module: &str| LAYERS.iter().position(|layer| layer.contains(&top_of(module)));
    let mut wrong = Vec::new();
    for (user, used) in SOURCE.uses() {
        let others = used.into_iter().filter(|module| top_of(module) != top_of(&user));
        let not_below = others.filter(|module| layer(module) <= layer(&user));
        wrong.extend(not_below.map(|module| format!("{user} uses {module}")));
    }
    assert_nothing(wrong);
}

#[test]
fn the_command_line_imports_nothing_of_the_crate() {
    let uses = SOURCE.uses();
    let wrong = uses.iter().filter(|(user, _)| top_of(user) == "cli").flat_map(|(user, used)| {
        used.iter()
            .filter(|module| top_of(module) != "cli")
            .map(move |module| format!("{user} uses {module}"))
    });
    assert_nothing(wrong);
}

#[test]
fn no_modules_use_each_other_in_a_circle() {
    let uses = SOURCE.uses();
    // A folder's mod.rs holds what its files share and calls them: that is no circle among files.
    let is_kin = |one: &str, other: &str| {
        one.starts_with(&format!("{other}::")) || other.starts_with(&format!("{one}::"))
    };
    let reached = |from: &str| {
        let (mut found, mut next) = (BTreeSet::new(), vec![from.to_owned()]);
        while let Some(module) = next.pop() {
            let used = uses.get(&module).into_iter().flatten().filter(|used| !is_kin(&module, used));
            next.extend(used.filter(|used| found.insert((*used).clone())).cloned().collect::<Vec<_>>());
        }
        found
    };
    let circles = uses.keys().filter(|module| reached(module).contains(*module));
    assert_nothing(circles.map(|module| format!("{module} is part of a circle")));
}

#[test]
fn sql_and_rusqlite_are_for_db_alone() {
    let sql = r"rusqlite|\b(SELECT|INSERT (OR \w+ )?INTO|DELETE FROM|UPDATE \w+ SET|CREATE (TABLE|INDEX|UNIQUE)|PRAGMA|BEGIN IMMEDIATE)\b";
    assert_nothing(lines_with(sql, |file| file.top() != "db"));
}

#[test]
fn printing_has_one_place_for_each_stream() {
    let printing = r"\be?print(ln)?!|\bstdout\(\)|\bstderr\(\)|\bdbg!";
    assert_nothing(lines_with(printing, |file| {
        !["terminal.rs", "commands/output.rs"].contains(&file.path.as_str())
    }));
}

#[test]
fn the_time_of_day_is_asked_for_in_one_place() {
    let clock = r"(Timestamp|Zoned|SystemTime)::now\b";
    assert_nothing(lines_with(clock, |file| file.path != "commands/session.rs"));
}

#[test]
fn pure_modules_know_no_clock_no_environment_and_no_files() {
    let impure = r"Instant::now|\bstd::(env|fs|net|process)\b|\bFile::open|\benv::var|\bfs::";
    assert_nothing(lines_with(impure, |file| {
        PURE.contains(&file.top()) && !file.path.starts_with("rules/load")
    }));
}

#[test]
fn tables_are_drawn_and_arguments_parsed_in_one_place_each() {
    assert_nothing(lines_with(r"\bcomfy_table\b", |file| file.top() != "render"));
    assert_nothing(lines_with(r"\bclap\b", |file| {
        !["cli", "main", "arguments", "commands", "terminal"].contains(&file.top())
    }));
}

#[test]
fn nothing_is_unsafe() {
    assert_nothing(lines_with(r"\bunsafe\b", |_| true));
}

#[test]
fn no_file_is_longer_than_400_lines() {
    let long = SOURCE.files.iter().filter(|file| file.lines > MOST_LINES);
    assert_nothing(long.map(|file| format!("{} has {} lines", file.path, file.lines)));
}

#[test]
fn no_line_of_the_rules_is_longer_than_120_characters() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules/default");
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let long = files.flat_map(|path| {
        let text = fs::read_to_string(&path).unwrap();
        let long = text.lines().enumerate().filter(|(_, line)| line.chars().count() > 120);
        long.map(|(at, _)| format!("{}:{}", path.display(), at + 1)).collect::<Vec<_>>()
    });
    assert_nothing(long);
}

#[test]
fn no_type_has_the_name_of_another() {
    let definition = Regex::new(r"(?m)^(?:pub(?:\([^)]*\))? )?(?:struct|enum|trait) ((?-u:\w)+)").unwrap();
    let mut places: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for file in &SOURCE.files {
        for name in definition.captures_iter(&file.code) {
            places.entry(name.get(1).unwrap().as_str()).or_default().push(&file.path);
        }
    }
    let twice = places.into_iter().filter(|(_, files)| files.len() > 1);
    assert_nothing(twice.map(|(name, files)| format!("the type {name} stands in {}", files.join(", "))));
}

/// Fails with every complaint.
#[track_caller]
fn assert_nothing(complaints: impl IntoIterator<Item = String>) {
    let complaints: Vec<String> = complaints.into_iter().collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// The lines with a match, in files that are looked at, as `file:line: text`.
fn lines_with(pattern: &str, is_looked_at: impl Fn(&File) -> bool) -> Vec<String> {
    let pattern = Regex::new(&format!("(?-u){pattern}")).unwrap();
    let files = SOURCE.files.iter().filter(|file| is_looked_at(file));
    files
        .flat_map(|file| {
            let lines = file.code.lines().enumerate().filter(|(_, line)| pattern.is_match(line));
            lines.map(|(number, line)| format!("{}:{}: {}", file.path, number + 1, line.trim()))
        })
        .collect()
}

/// The first part of a module's path: `db` of `db::history`.
fn top_of(module: &str) -> &str {
    module.split("::").next().unwrap()
}

/// A file of `src`.
struct File {
    /// Below `src`: `db/history.rs`.
    path: String,
    /// `db::history`; a `mod.rs` is its folder.
    module: String,
    /// Without comments and without the tests at its end.
    code: String,
    /// Of the whole file.
    lines: usize,
}

impl File {
    fn read(root: &Path, path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap();
        let path = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        let module = path.trim_end_matches(".rs").trim_end_matches("/mod").replace('/', "::");
        Self { path, module, code: without_comments_and_tests(&text), lines: text.lines().count() }
    }

    fn top(&self) -> &str {
        top_of(&self.module)
    }

    /// What its `use` declarations name, a path each, as it stands there.
    fn imports(&self) -> Vec<String> {
        let declaration = Regex::new(r"(?m)^ *(?:pub(?:\([^)]*\))? )?use ([^;]+);").unwrap();
        let trees = declaration.captures_iter(&self.code).map(|tree| tree[1].to_owned());
        trees.flat_map(|tree| branches(&tree)).collect()
    }

    /// The paths that stand in the code itself.
    fn inline_paths(&self) -> Vec<String> {
        let path = Regex::new(r"(?-u)\b(?:crate|flowmine|super)(?:::\w+)+").unwrap();
        path.find_iter(&self.code).map(|path| path.as_str().to_owned()).collect()
    }
}

/// Line by line, so that what is left keeps its line's number.
fn without_comments_and_tests(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
    let behind_code = Regex::new(r" // .*$").unwrap();
    let line = |line: &str| {
        if line.trim_start().starts_with("//") {
            String::new()
        } else {
            behind_code.replace(line, "").into_owned()
        }
    };
    code.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// The paths of a tree: `a::{b, c::{d, e}}` has `a::b`, `a::c::d` and `a::c::e`.
fn branches(tree: &str) -> Vec<String> {
    let tree = Regex::new(r"(?-u)\s+as\s+\w+|\s+").unwrap().replace_all(tree, "").into_owned();
    let Some((stem, rest)) = tree.split_once('{') else { return vec![tree] };
    let inside = rest.strip_suffix('}').unwrap_or(rest);
    parts(inside).iter().flat_map(|part| branches(part)).map(|branch| format!("{stem}{branch}")).collect()
}

/// What stands between commas that are in no braces.
fn parts(list: &str) -> Vec<String> {
    let (mut parts, mut depth) = (vec![String::new()], 0);
    for character in list.chars() {
        match character {
            ',' if depth == 0 => parts.push(String::new()),
            other => {
                depth += i32::from(other == '{') - i32::from(other == '}');
                parts.last_mut().unwrap().push(other);
            }
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// Read once for all tests.
static SOURCE: LazyLock<Source> = LazyLock::new(Source::read);

/// All of `src`.
struct Source {
    files: Vec<File>,
    modules: BTreeSet<String>,
    /// By module and name: what a `use` declaration makes known under that name.
    known: BTreeMap<(String, String), String>,
}

impl Source {
    fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut files = Vec::new();
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                match entry.extension() {
                    None if entry.is_dir() => folders.push(entry),
                    Some(extension) if extension == "rs" => files.push(File::read(&root, &entry)),
                    _ => (),
                }
            }
        }
        files.retain(|file| !file.path.ends_with("/tests.rs"));
        let modules = files.iter().map(|file| file.module.clone()).collect();
        let mut source = Self { files, modules, known: BTreeMap::new() };
        source.known = source.names();
        source
    }

    fn names(&self) -> BTreeMap<(String, String), String> {
        let of_file = |file: &File| {
            let module = file.module.clone();
            let paths = file.imports().into_iter().filter_map(|path| self.absolute(&file.module, &path));
            let named = paths
                .filter_map(|path| path.rsplit_once("::").map(|(_, name)| (name.to_owned(), path.clone())));
            named.map(|(name, path)| ((module.clone(), name), path)).collect::<Vec<_>>()
        };
        self.files.iter().flat_map(of_file).collect()
    }

    /// A path from the crate's root; nothing where it leads to another crate.
    fn absolute(&self, module: &str, path: &str) -> Option<String> {
        let mut parts: Vec<&str> = path.split("::").collect();
        if ["crate", "flowmine"].contains(&parts[0]) {
            return Some(parts.split_off(1).join("::"));
        }
        let ups = parts.iter().take_while(|part| **part == "super").count();
        let own = usize::from(parts[0] == "self");
        let child = format!("{module}::{}", parts[0]);
        let is_of_the_root = ["lib", "main"].contains(&module) && self.modules.contains(parts[0]);
        if ups + own == 0 && !self.modules.contains(&child) {
            return is_of_the_root.then(|| path.to_owned());
        }
        let here: Vec<&str> = module.split("::").collect();
        Some([&here[..here.len().checked_sub(ups)?], &parts[ups + own..]].concat().join("::"))
    }

    /// The module in which that what a path names is defined, behind every `use` that hands it on.
    fn home(&self, path: &str) -> Option<String> {
        let mut path = path.to_owned();
        for _ in 0..8 {
            let parts: Vec<&str> = path.split("::").collect();
            let length =
                (1..=parts.len()).rev().find(|&end| self.modules.contains(&parts[..end].join("::")))?;
            let module = parts[..length].join("::");
            let handed_on =
                parts.get(length).and_then(|name| self.known.get(&(module.clone(), (*name).to_owned())));
            match handed_on {
                Some(further) if *further != path => path.clone_from(further),
                _ => return Some(module),
            }
        }
        None
    }

    /// Every module with the others it uses.
    fn uses(&self) -> BTreeMap<String, BTreeSet<String>> {
        let of_file = |file: &File| {
            let paths = file.imports().into_iter().chain(file.inline_paths());
            let homes = paths.filter_map(|path| self.home(&self.absolute(&file.module, &path)?));
            (file.module.clone(), homes.filter(|home| *home != file.module).collect())
        };
        self.files.iter().filter(|file| file.module != "lib").map(of_file).collect()
    }
}
