//! Files with bytes flipped in each kind of page: the same promises as for every odd file.

use std::path::Path;

use crate::common::{Flowmine, HistoryFile};
use crate::odd_files::NAME;
use crate::promises::{Does, READING, WRITING, complaints_of};
use crate::{bytes, figure, history, is_long};

/// A recorded file with pages of every kind: the schema, inner and leaf pages of tables and indexes, pages that a long
/// text needs, free pages.
fn recorded() -> Vec<u8> {
    let file = history(600, "delete");
    Flowmine::by_few_rules(&file).args(["backfill"]).run().exits(0);
    file.execute(
        "UPDATE workflow_history SET nl_input = nl_input || hex(zeroblob(9000)) WHERE id % 50 = 0;
         CREATE TABLE gone AS SELECT * FROM workflow_history; DROP TABLE gone;",
    );
    bytes(file.path())
}

/// The numbers of a generator, the same for the same seed.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

/// The `seed`th file: up to eight bits flipped in one page, the pages taken in turn, seven apart; half of them where a page's head and
/// the places of its cells are.
fn flipped(content: &[u8], seed: usize) -> Vec<u8> {
    let mut numbers = Numbers(seed as u64 * 7919 + 1);
    let mut content = content.to_vec();
    let page = seed * 7 % (content.len() / 4096);
    for _ in 0..=numbers.below(8) {
        let reach = if seed.is_multiple_of(2) { 128 } else { 4096 };
        let place = page * 4096 + numbers.below(reach);
        content[place] ^= 1 << numbers.below(8);
    }
    content
}

/// What is wrong with every `step`th of all pairs of a file and a command, among so many files.
fn complaints(content: &[u8], files: usize, commands: usize) -> Vec<String> {
    let all: Vec<(&[&str], Does)> = READING
        .map(|args| (args, Does::Read))
        .into_iter()
        .chain(WRITING.map(|args| (args, Does::Write)))
        .collect();
    let mut found = Vec::new();
    for seed in 0..files {
        let damaged = flipped(content, seed);
        let make = |directory: &Path| std::fs::write(directory.join(NAME), &damaged).unwrap();
        for number in 0..commands {
            let (args, does) = all[(seed + number * 5) % all.len()];
            found.extend(complaints_of(&format!("flipped file {seed}"), make, args, does));
        }
    }
    found
}

#[test]
fn with_bytes_flipped_in_any_page_every_command_ends_well_or_in_one_line() {
    let content = recorded();
    let pages = content.len() / 4096;
    let (files, commands) = if is_long() { (2_000, 3) } else { (32, 1) };
    let found = complaints(&content, files, commands);
    assert!(found.is_empty(), "{} complaints:\n{}", found.len(), found.join("\n"));
    figure(&format!(
        "{files} files with flipped bytes, {pages} pages, {commands} commands each: no complaint"
    ));
}

#[test]
fn flipping_is_the_same_every_time() {
    let content = HistoryFile::application();
    let content = bytes(content.path());
    assert_eq!(flipped(&content, 5), flipped(&content, 5));
    assert_ne!(flipped(&content, 5), content);
}
