//! What the tools that are in use have saved.

use jiff::Timestamp;

use super::{Analysis, PatternAnalysis};
use crate::snapshot::{PatternLinks, Snapshot, StoredPattern, is_done_by_tool};
use crate::statistics::realised::Realised;
use crate::time::parse_time;

/// What automating a pattern has saved since a person said that a tool does it; `None` where nobody has said so.
pub(super) fn of(snapshot: &Snapshot, pattern: &StoredPattern, links: &PatternLinks) -> Option<Realised> {
    let since = || pattern.reviewed_at.as_deref().and_then(parse_time);
    is_done_by_tool(&pattern.status).then(|| compared(snapshot, pattern, links, since()))
}

/// What the pattern with this id cost before `since` and after, as if a tool did it from then on.
pub fn if_done_since(snapshot: &mut Snapshot, pattern_id: i64, since: Option<Timestamp>) -> Option<Realised> {
    let all_links = snapshot.pattern_links();
    let index = snapshot.pattern_with_id(pattern_id)?;
    Some(compared(snapshot, snapshot.pattern(index), &all_links[index.index()], since))
}

fn compared(
    snapshot: &Snapshot,
    pattern: &StoredPattern,
    links: &PatternLinks,
    since: Option<Timestamp>,
) -> Realised {
    Realised::of(&snapshot.measures_in(&pattern.signature, links), since, &snapshot.window())
}

impl Analysis {
    /// The patterns that a tool does, with what that has saved: the most saving first, the unknown last.
    pub fn realised(&self) -> Vec<(&PatternAnalysis, Realised)> {
        let done = self.counted().filter_map(|analysis| Some((analysis, analysis.realised?)));
        let mut done: Vec<_> = done.collect();
        done.sort_by(|(a, realised), (b, other)| {
            let saved = |realised: &Realised| realised.saved().unwrap_or(f64::NEG_INFINITY);
            let order = saved(other).total_cmp(&saved(realised));
            order.then_with(|| a.pattern.signature.cmp(&b.pattern.signature))
        });
        done
    }
}
