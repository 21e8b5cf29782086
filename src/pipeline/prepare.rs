//! What a thread of its own does while SQLite writes: the findings in the order of the index, each with its key and its
//! characteristics as they are stored. They travel in pages, so that the threads seldom meet.

use std::cmp::Ordering;
use std::iter::Peekable;
use std::num::NonZeroUsize;
use std::ops::Range;

use super::scan::{Finding, Gathered};
use crate::snapshot::{KeyId, Slot, Snapshot};

/// Workflows a page holds at the most: few enough that a transaction which looks at the clock after each of them ends in
/// time, however slowly the file takes its rows.
const WORKFLOWS: usize = 128;

/// Findings that are sorted at once: the first pages are to be had long before the last findings are in their order.
const PIECE: usize = 1 << 15;

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
    /// The workflow's place in the snapshot.
    pub place: u32,
    pub key_id: KeyId,
    pub slot: Slot,
    key: Range<u32>,
    characteristics: Range<u32>,
}

impl Page {
    pub(super) fn key(&self, row: &Row) -> &str {
        self.part(&row.key)
    }

    /// JSON.
    pub(super) fn characteristics(&self, row: &Row) -> &str {
        self.part(&row.characteristics)
    }

    fn part(&self, part: &Range<u32>) -> &str {
        &self.text[part.start as usize..part.end as usize]
    }

    /// Empties the page and keeps its room.
    pub(super) fn clear(&mut self) {
        self.rows.clear();
        self.text.clear();
    }

    /// Fills the page with findings. First all keys, then all characteristics: they lie all over the memory, which is
    /// slow only for whoever has to wait for one before asking for the next.
    fn fill(&mut self, snapshot: &Snapshot, findings: &[Finding], characteristics: &Gathered) {
        for finding in findings {
            let Finding { place, key: key_id, slot, .. } = *finding;
            // A workflow's occurrences have their texts in common.
            let known = self.rows.last().filter(|last| last.place == place).map(|last| last.key.clone());
            let key = known.unwrap_or_else(|| self.keep(|page| page.push_str(text(snapshot.key(key_id)))));
            self.rows.push(Row { place, key_id, slot, key, characteristics: 0..0 });
        }
        for (at, finding) in findings.iter().enumerate() {
            let known = self.rows[..at].last().filter(|last| last.place == finding.place);
            let known = known.map(|last| last.characteristics.clone());
            self.rows[at].characteristics =
                known.unwrap_or_else(|| self.keep(|page| characteristics.of(finding).write_json(page)));
        }
    }

    fn keep(&mut self, write: impl FnOnce(&mut String)) -> Range<u32> {
        let start = self.text.len() as u32;
        write(&mut self.text);
        start..self.text.len() as u32
    }
}

/// Hands over pages of all findings, sorted by workflow key as SQLite's index is, no workflow divided, until `send` wants
/// no more. `empty` gives an empty page.
pub(super) fn prepare(
    snapshot: &Snapshot,
    (findings, characteristics): (&[Finding], Gathered),
    batch_size: NonZeroUsize,
    empty: impl Fn() -> Page,
    mut send: impl FnMut(Page) -> bool,
) {
    let mut findings = InOrder::new(snapshot, findings).peekable();
    let mut of_page = Vec::new();
    let mut in_batch = 0;
    while findings.peek().is_some() {
        let room = WORKFLOWS.min(batch_size.get() - in_batch);
        let workflows = take_workflows(&mut findings, room, &mut of_page);
        in_batch = (in_batch + workflows) % batch_size.get();
        let mut page = empty();
        page.fill(snapshot, &of_page, &characteristics);
        page.workflows = workflows as u64;
        page.ends_batch = in_batch == 0;
        if !send(page) {
            return;
        }
    }
}

/// Takes the findings of the next so many workflows; answers how many there were.
fn take_workflows(findings: &mut Peekable<InOrder<'_>>, most: usize, taken: &mut Vec<Finding>) -> usize {
    taken.clear();
    let mut workflows = 0;
    while let Some(next) = findings.next_if(|next| workflows < most || is_of_last(taken, next)) {
        workflows += usize::from(!is_of_last(taken, &next));
        taken.push(next);
    }
    workflows
}

fn is_of_last(findings: &[Finding], next: &Finding) -> bool {
    findings.last().is_some_and(|last| last.place == next.place)
}

/// The findings, sorted as they are asked for.
struct InOrder<'a> {
    snapshot: &'a Snapshot,
    findings: &'a [Finding],
    order: Vec<Place>,
    /// The next one to give.
    at: usize,
    /// Up to here they are sorted.
    sorted: usize,
    /// Where the parts end that are to be sorted yet, the next one last. Each part comes wholly before the one after it.
    ends: Vec<usize>,
}

/// A finding's place in the order.
struct Place {
    /// What decides about most: eight bytes of the key as a number.
    beginning: u64,
    /// Which finding it is.
    number: u32,
}

impl<'a> InOrder<'a> {
    fn new(snapshot: &'a Snapshot, findings: &'a [Finding]) -> Self {
        let key = |finding: &Finding| snapshot.key(finding.key);
        let shared = shared_beginning(findings.iter().map(key));
        let place = |(finding, number): (&Finding, u32)| {
            let rest = &key(finding)[shared..];
            let mut beginning = [0; 8];
            let length = rest.len().min(8);
            beginning[..length].copy_from_slice(&rest[..length]);
            Place { beginning: u64::from_be_bytes(beginning), number }
        };
        let order = findings.iter().zip(0..).map(place).collect();
        Self { snapshot, findings, order, at: 0, sorted: 0, ends: vec![findings.len()] }
    }

    /// Sorts the next part, halved until it is small.
    fn sort_on(&mut self) -> Option<()> {
        let Self { snapshot, findings, .. } = *self;
        let by_finding = |a: u32, b: u32| {
            let (a, b) = (&findings[a as usize], &findings[b as usize]);
            let by_key = || match a.key == b.key {
                true => Ordering::Equal,
                false => snapshot.key(a.key).cmp(snapshot.key(b.key)),
            };
            by_key().then(a.slot.cmp(&b.slot))
        };
        let order =
            |a: &Place, b: &Place| a.beginning.cmp(&b.beginning).then_with(|| by_finding(a.number, b.number));
        let start = self.at;
        let mut end = self.ends.pop()?;
        while end - start > PIECE {
            let half = (end - start) / 2;
            self.order[start..end].select_nth_unstable_by(half, order);
            self.ends.push(end);
            end = start + half;
        }
        self.order[start..end].sort_unstable_by(order);
        self.sorted = end;
        Some(())
    }
}

impl Iterator for InOrder<'_> {
    type Item = Finding;

    fn next(&mut self) -> Option<Finding> {
        if self.at == self.sorted {
            self.sort_on()?;
        }
        self.at += 1;
        self.order.get(self.at - 1).map(|place| self.findings[place.number as usize])
    }
}

/// How many bytes all of these keys begin with alike.
fn shared_beginning<'a>(mut keys: impl Iterator<Item = &'a [u8]>) -> usize {
    let Some(first) = keys.next() else { return 0 };
    let alike = |key: &[u8], most: usize| first[..most].iter().zip(key).take_while(|(a, b)| a == b).count();
    keys.fold(first.len(), |shared, key| alike(key, shared))
}

/// A key that was read as text.
pub(super) fn text(key: &[u8]) -> &str {
    std::str::from_utf8(key).unwrap_or_default()
}
