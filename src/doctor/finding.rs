//! What there is to say of a file, a check each.

use super::difference::Difference;
use crate::db::Obstacle;
use crate::db::integrity::{Gaps, is_damage};

/// What a finding amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// All is well.
    Ok,
    /// Something is wrong.
    Wrong,
    /// No fault, but shown.
    Info,
}

/// What was looked at, with what there is to say of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Check {
    /// What the file is.
    Layout(String),
    /// SQLite's own check: whether it was the full one, and its messages.
    Integrity(bool, Vec<String>),
    /// What keeps flowmine from writing.
    Writing(Vec<Obstacle>),
    /// Which of flowmine's tables are missing.
    MissingTables(Vec<&'static str>),
    /// Whether occurrences are unique by an index; none is needed yet where there are no occurrences.
    UniqueIndex,
    /// Occurrences that stand there more than once.
    Duplicates(Duplicates),
    /// Occurrences whose pattern is gone.
    LinksWithoutPattern,
    /// Occurrences that name no workflow.
    LinksWithoutWorkflow,
    /// Patterns whose stored statistics are not what the file's history gives (`docs/numbers.md`).
    Statistics,
    /// Patterns without an occurrence; of them, those that stay because a person has touched them or the application
    /// points to them.
    EmptyPatterns(u64),
    /// Signatures that no rules can give; of them, those that a person has decided on.
    Signatures(Vec<String>, u64),
    /// Patterns with occurrences whose type is not their signature's category.
    PatternTypes,
    /// Patterns with a stored average below 0.
    NegativeAverages,
    /// Patterns beyond the first with the same signature.
    RepeatedSignatures,
    /// Characteristics that are no JSON: of patterns, and of occurrences.
    Json(u64, u64),
    /// Occurrences of workflows that are no longer in the history.
    Purged,
    /// Workflows linked under the id they had before they were given their `workflow_id`.
    Renamed,
    /// Workflows that match the rules in force and lack the link, though a run has gone past them; why they could not be
    /// looked for.
    LostWorkflows(Option<String>),
    /// Rows of `flowmine_runs` that cannot be read.
    UnreadableRuns,
    /// Rows of `flowmine_exclusions` that cannot be read.
    UnreadableExclusions,
    /// Runs that never came to an end.
    UnendedRuns,
    /// Workflows whose key or one of whose texts cannot be read; what is wrong with the first.
    UnreadableRows(Option<String>),
    /// Workflows with a number that cannot be one; what is wrong with the first.
    ImpossibleNumbers(Option<String>),
    /// Workflows whose time cannot be read or believed.
    UnreadableTimes,
    /// Workflows with a status that flowmine does not know, by its word.
    UnknownStatuses(Vec<(String, u64)>),
    /// How much of the history has no request, cost, tokens or duration.
    Missing(Gaps),
}

/// What duplicates amount to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Duplicates {
    /// Rows of the patterns concerned.
    pub rows: u64,
    /// Distinct workflows whose occurrence stands there more than once.
    pub workflows: u64,
    /// Patterns concerned.
    pub patterns: u64,
    /// What their stored counts add up to.
    pub claimed_count: f64,
    /// What their counts really add up to.
    pub count: u64,
    /// What their stored savings add up to, in US dollars a month.
    pub claimed_savings: f64,
    /// What their savings really add up to, in US dollars a month.
    pub savings: f64,
}

/// One line of a diagnosis.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What was looked at.
    pub check: Check,
    /// What it amounts to.
    pub state: State,
    /// How many there are of what the check looks for.
    pub count: u64,
}

/// What `doctor` has to say about a file.
#[derive(Clone, Debug)]
pub struct Diagnosis {
    /// The findings, a check each.
    pub findings: Vec<Finding>,
    /// Where stored statistics are not what the file's history gives.
    pub differences: Vec<Difference>,
}

impl Diagnosis {
    /// Whether nothing is wrong.
    pub fn is_healthy(&self) -> bool {
        self.findings.iter().all(|finding| finding.state != State::Wrong)
    }

    /// Whether the file itself is damaged, so that nothing else in it can be believed.
    pub fn is_damaged(&self) -> bool {
        self.wrong().any(|finding| match &finding.check {
            Check::Integrity(_, messages) => messages.iter().any(|message| is_damage(message)),
            _ => false,
        })
    }

    /// Whether `mend` has something to do.
    pub fn can_be_mended(&self) -> bool {
        let is_closed = |finding: &Finding| match &finding.check {
            Check::Writing(obstacles) => !obstacles.iter().all(|obstacle| obstacle.can_be_mended),
            _ => false,
        };
        !self.is_damaged()
            && !self.wrong().any(is_closed)
            && self.wrong().any(|finding| !matches!(finding.check, Check::Signatures(..)))
    }

    /// Whether links are lost, so that the next run has to look at everything.
    pub fn has_lost_workflows(&self) -> bool {
        self.wrong().any(|finding| matches!(finding.check, Check::LostWorkflows(_)))
    }

    /// Says why lost links could not be looked for.
    pub fn leave_out_lost_workflows(&mut self, reason: String) {
        let check = Check::LostWorkflows(Some(reason));
        self.findings.push(Finding { check, state: State::Info, count: 0 });
    }

    /// Whether everything was looked at.
    pub fn is_complete(&self) -> bool {
        !self.findings.iter().any(|finding| matches!(finding.check, Check::LostWorkflows(Some(_))))
    }

    fn wrong(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.state == State::Wrong)
    }
}
