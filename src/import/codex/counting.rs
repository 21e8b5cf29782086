//! Codex' token counters: a running total that is repeated, and, in newer files, one record a response beside it.

use std::collections::HashSet;

use super::line::{Counters, TokenInfo};

/// What has been counted.
#[derive(Debug, Default)]
pub struct Counting {
    total: Counters,
    counted: u64,
    /// Records that no count has been paired with.
    records: Vec<Counters>,
    /// Counts that no record has been paired with, and their calls' keys.
    counts: Vec<(Counters, String)>,
    /// Keys of records seen.
    seen: HashSet<String>,
}

impl Counting {
    /// What a `token_count` adds; `None` where it repeats the one before.
    pub fn count(&mut self, info: &TokenInfo) -> Option<Counters> {
        let last = info.last_token_usage.0.map(|usage| usage.counters());
        let added = match info.total_token_usage.0.map(|usage| usage.counters()) {
            None => last?,
            Some(total) => {
                let before = std::mem::replace(&mut self.total, total);
                if total == before {
                    return None;
                }
                last.unwrap_or_else(|| total.since(before))
            }
        };
        self.counted += 1;
        Some(added)
    }

    /// How many counts have added something.
    pub fn counted(&self) -> u64 {
        self.counted
    }

    /// Whether a record has told of this count already; else it is remembered as `key`'s.
    pub fn pair_count(&mut self, counters: Counters, key: &str) -> bool {
        if let Some(at) = self.records.iter().position(|record| record.matches(counters)) {
            self.records.swap_remove(at);
            return true;
        }
        self.counts.push((counters, key.to_owned()));
        false
    }

    /// The call that a count made of the same answer; else the record is remembered, once a key.
    pub fn pair_record(&mut self, counters: Counters, key: &str) -> Option<String> {
        if !self.seen.insert(key.to_owned()) {
            return None;
        }
        if let Some(at) = self.counts.iter().position(|(count, _)| count.matches(counters)) {
            return Some(self.counts.swap_remove(at).1);
        }
        self.records.push(counters);
        None
    }
}
