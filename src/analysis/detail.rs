//! One pattern in detail: what its confidence rests on, what its workflows look like, some of them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;

use super::PatternAnalysis;
use crate::db::review::Reviewed;
use crate::db::{Database, Result};
use crate::detect::{Covers, Found};
use crate::snapshot::{Snapshot, WorkflowIndex};
use crate::statistics::ConfidenceBasis;
use crate::workflow::{RowError, Workflow};

/// How many of a pattern's workflows are read as examples.
pub const EXAMPLES: usize = 5;

/// One pattern in detail.
pub struct Detail {
    /// What its confidence rests on.
    pub basis: ConfidenceBasis,
    /// What a person decided on it.
    pub reviewed: Reviewed,
    /// The characteristics stored with it: those of its first workflow; `None` where they are missing or cannot be
    /// read.
    pub typical: Option<StoredCharacteristics>,
    /// Files mentioned in its workflows' requests, with the number of workflows, the most mentioned first.
    pub files: Vec<(String, u64)>,
    /// Where its occurrences were found (request, error, template, run), with the number of workflows, the most
    /// frequent first.
    pub found_in: Vec<(String, u64)>,
    /// How many of its workflows asked for recorded operations and for nothing else.
    pub whole: u64,
    /// Its newest finished workflows that count, the newest first.
    pub examples: Vec<Example>,
}

/// The characteristics that are stored as JSON with patterns and occurrences, as far as they can be understood.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
#[allow(missing_docs, reason = "each is the key of its name")]
pub struct StoredCharacteristics {
    pub input_length: Option<u64>,
    pub keywords: Vec<String>,
    pub files_mentioned: Vec<String>,
    pub duration_range: Option<String>,
    pub complexity: Option<String>,
    pub error_count: Option<u64>,
}

/// A workflow of a pattern.
pub struct Example {
    /// Its key, else its rowid.
    pub name: String,
    /// The workflow, or why it cannot be read.
    pub workflow: std::result::Result<Workflow, RowError>,
}

impl Detail {
    /// Reads what there is to know of a pattern of the snapshot.
    pub fn read(
        db: &Database,
        snapshot: &mut Snapshot,
        analysis: &PatternAnalysis,
        now: Timestamp,
    ) -> Result<Self> {
        let all_links = snapshot.pattern_links();
        let index = analysis.pattern.id.and_then(|id| snapshot.pattern_with_id(id));
        let links = index.map(|index| all_links[index.index()].clone()).unwrap_or_default();
        let typical = analysis.pattern.typical_input.as_deref();
        let (mut files, mut places, mut whole) = (BTreeMap::new(), BTreeMap::new(), 0);
        let stored = analysis.pattern.id.map_or(Ok(Vec::new()), |id| db.characteristics_of(id))?;
        for (json, workflows) in stored {
            if let Ok(characteristics) = serde_json::from_str::<StoredCharacteristics>(&json) {
                count(&mut files, characteristics.files_mentioned, workflows);
            }
            if let Ok(Some(found)) = Found::from_json(&json) {
                count(&mut places, found.found_in.names().map(str::to_owned), workflows);
                whole += if found.covers == Covers::Whole { workflows } else { 0 };
            }
        }
        let reviewed = analysis.pattern.id.map_or(Ok(Reviewed::default()), |id| db.reviewed(id))?;
        Ok(Self {
            reviewed,
            basis: ConfidenceBasis::of(links.count, &snapshot.finished_of(&links)),
            typical: typical.and_then(|json| serde_json::from_str(json).ok()),
            files: most_frequent(files),
            found_in: most_frequent(places),
            whole,
            examples: examples(db, snapshot, &links.workflows, now)?,
        })
    }
}

/// Counts words that so many workflows have.
fn count(words: &mut BTreeMap<String, u64>, having: impl IntoIterator<Item = String>, workflows: u64) {
    for word in having {
        *words.entry(word).or_default() += workflows;
    }
}

/// The most frequent first, and of those the first by name.
fn most_frequent(words: BTreeMap<String, u64>) -> Vec<(String, u64)> {
    let mut words: Vec<_> = words.into_iter().collect();
    words.sort_by_key(|(_, workflows)| std::cmp::Reverse(*workflows));
    words
}

fn examples(
    db: &Database,
    snapshot: &Snapshot,
    linked: &[WorkflowIndex],
    now: Timestamp,
) -> Result<Vec<Example>> {
    let excluded = snapshot.excluded_workflows();
    let counted = linked.iter().filter(|index| snapshot.counts(**index, &excluded));
    let workflows = counted.map(|&index| snapshot.workflow(index));
    let mut newest: Vec<_> = workflows.map(|workflow| (workflow.measures.time, workflow.rowid)).collect();
    newest.sort_unstable_by(|a, b| b.cmp(a));
    let mut examples = Vec::new();
    for (_, rowid) in newest.into_iter().take(EXAMPLES) {
        // A row that has gone since the snapshot was taken is no example.
        if let Some(workflow) = db.workflow_at(rowid, now)? {
            let name = |workflow: &Workflow| workflow.key.clone();
            let name = workflow.as_ref().ok().and_then(name).unwrap_or_else(|| format!("row {rowid}"));
            examples.push(Example { name, workflow });
        }
    }
    Ok(examples)
}
