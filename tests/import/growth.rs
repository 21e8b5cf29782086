//! Real transcripts that grow line by line end in what the whole ones give.

use std::fs;
use std::path::{Path, PathBuf};

use crate::samples;
use crate::transcripts::{Folder, dump};

/// How many lines of a real transcript are enough.
const LINES: usize = 24;

/// The transcripts below a folder, each cut to its first lines.
fn beginnings(root: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    samples::walk(root, &mut files);
    let is_grown_by_lines = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "jsonl");
    let beginning = |path: PathBuf| {
        let name = path.strip_prefix(root).unwrap().to_owned();
        (name, first_lines(&fs::read(&path).unwrap(), LINES).to_vec())
    };
    files.into_iter().filter(is_grown_by_lines).map(beginning).collect()
}

fn first_lines(text: &[u8], lines: usize) -> &[u8] {
    let ends = memchr::memchr_iter(b'\n', text);
    let end = ends.map(|at| at + 1).nth(lines.wrapping_sub(1)).unwrap_or(text.len());
    &text[..if lines == 0 { 0 } else { end }]
}

fn grow(tree: &str) {
    let Some(samples) = samples::folder() else { return };
    let files = beginnings(&samples.join(tree));
    let folder = Folder::new();
    for lines in 1..=LINES {
        for (name, text) in &files {
            folder.write(name.to_str().unwrap(), first_lines(text, lines));
        }
        folder.import("grown.db", &folder.found());
    }
    folder.import("whole.db", &folder.found());
    let (grown, whole) = (dump(&folder.path("grown.db")), dump(&folder.path("whole.db")));
    assert!(!whole.is_empty());
    let other: Vec<_> = grown.iter().filter(|row| !whole.contains(row)).take(3).collect();
    assert!(grown == whole, "{tree}: {} and {} rows; {other:#?}", grown.len(), whole.len());
}

#[test]
fn the_traps_written_by_hand_grow_line_by_line_into_what_one_import_gives() {
    grow("edge");
}

#[test]
fn claude_codes_transcripts_grow_line_by_line_into_what_one_import_gives() {
    grow("claude");
}

#[test]
fn codex_transcripts_grow_line_by_line_into_what_one_import_gives() {
    grow("codex");
}

#[test]
fn runs_grow_line_by_line_into_what_one_import_gives() {
    grow("adw");
}
