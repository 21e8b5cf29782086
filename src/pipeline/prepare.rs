//! What a thread of its own does while SQLite writes: the findings in the order of the index, each with its key and its
//! characteristics as they are stored. They travel in pages, so that the threads seldom meet.

use std::num::NonZeroUsize;
use std::ops::Range;

use super::survey::{Finding, Survey};
use crate::census::{KeyId, Slot};

/// Workflows a page holds at the most: few enough that a transaction which looks at the clock between two of them ends
/// in time, however slowly the file takes its rows.
const WORKFLOWS: usize = 128;

/// Occurrences to record, their texts end to end.
#[derive(Default)]
pub(super) struct Page {
    pub rows: Vec<Row>,
    /// How many workflows the rows are about.
    pub workflows: u64,
    /// With this page a transaction has as many workflows as it may have.
    pub ends_batch: bool,
    text: String,
}

/// An occurrence to record.
pub(super) struct Row {
    /// The workflow's place in the census.
    pub place: u32,
    pub key_id: KeyId,
    pub slot: Slot,
    key: Range<usize>,
    characteristics: Range<usize>,
}

impl Page {
    pub(super) fn key(&self, row: &Row) -> &str {
        &self.text[row.key.clone()]
    }

    /// JSON.
    pub(super) fn characteristics(&self, row: &Row) -> &str {
        &self.text[row.characteristics.clone()]
    }

    fn push(&mut self, survey: &Survey, finding: &Finding, key_id: KeyId) {
        let Finding { place, slot, characteristics } = *finding;
        let (key, characteristics) = match self.rows.last() {
            // A workflow's occurrences have their texts in common.
            Some(last) if last.place == place => (last.key.clone(), last.characteristics.clone()),
            _ => {
                self.workflows += 1;
                let json = survey.characteristics[characteristics as usize].to_json();
                (self.keep(text(survey.census.key(key_id))), self.keep(&json))
            }
        };
        self.rows.push(Row { place, key_id, slot, key, characteristics });
    }

    fn keep(&mut self, text: &str) -> Range<usize> {
        let start = self.text.len();
        self.text.push_str(text);
        start..self.text.len()
    }
}

/// Hands over pages of all findings, no workflow divided, until `send` wants no more.
pub(super) fn prepare(survey: &Survey, batch_size: NonZeroUsize, mut send: impl FnMut(Page) -> bool) {
    let order = by_key(survey);
    let findings = order.into_iter().map(|finding| &survey.findings[finding as usize]);
    let mut page = Page::default();
    let mut in_batch = 0;
    for finding in findings {
        let Some(key_id) = survey.census.workflows[finding.place as usize].key else { continue };
        let is_another = page.rows.last().is_none_or(|last| last.place != finding.place);
        if is_another {
            page.ends_batch = in_batch == batch_size.get();
            if page.ends_batch || page.workflows as usize == WORKFLOWS {
                in_batch = if page.ends_batch { 0 } else { in_batch };
                if !send(std::mem::take(&mut page)) {
                    return;
                }
            }
            in_batch += 1;
        }
        page.push(survey, finding, key_id);
    }
    if !page.rows.is_empty() {
        send(page);
    }
}

/// The findings, sorted by workflow key as SQLite's index is. Most keys differ in their first 16 bytes, which are
/// compared as one number.
fn by_key(survey: &Survey) -> Vec<u32> {
    let key = |finding: &Finding| {
        survey.census.workflows[finding.place as usize].key.map_or(&[][..], |key| survey.census.key(key))
    };
    let prefix = |finding: &Finding| {
        let mut bytes = [0; 16];
        let key = key(finding);
        let length = key.len().min(16);
        bytes[..length].copy_from_slice(&key[..length]);
        u128::from_be_bytes(bytes)
    };
    let findings = &survey.findings;
    let mut order: Vec<(u128, u32)> = findings.iter().map(prefix).zip(0..).collect();
    order.sort_unstable_by(|&(prefix, a), &(other, b)| {
        let (left, right) = (&findings[a as usize], &findings[b as usize]);
        prefix.cmp(&other).then_with(|| key(left).cmp(key(right))).then(left.slot.cmp(&right.slot))
    });
    order.into_iter().map(|(_, finding)| finding).collect()
}

/// A key that was read as text.
pub(super) fn text(key: &[u8]) -> &str {
    std::str::from_utf8(key).unwrap_or_default()
}
