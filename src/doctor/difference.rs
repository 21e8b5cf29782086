//! Where the statistics that are stored for a pattern are not those that its workflows give.

use crate::analysis::PatternAnalysis;
use crate::db::patterns;
use crate::snapshot::{StoredPattern, StoredStatistics};
use crate::time::stored_time;

/// A value of a pattern: a number or a text, `None` where it is neither.
#[derive(Clone, Debug, PartialEq)]
pub enum PatternValue {
    /// A number.
    Number(Option<f64>),
    /// A text.
    Text(Option<String>),
}

/// A column of a pattern in which two values differ: the stored and the computed one, or before and after a mend.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The pattern's id.
    pub pattern_id: Option<i64>,
    /// The pattern's signature.
    pub signature: String,
    /// The column.
    pub column: &'static str,
    /// What is stored, or was before.
    pub stored: PatternValue,
    /// What the file's history gives, or is stored now.
    pub computed: PatternValue,
}

/// The statistics with their columns' names.
fn fields(stored: &StoredStatistics) -> [(&'static str, Option<f64>); 7] {
    [
        ("occurrence_count", stored.occurrence_count),
        ("avg_tokens_with_llm", stored.avg_tokens_with_llm),
        ("avg_cost_with_llm", stored.avg_cost_with_llm),
        ("avg_tokens_with_tool", stored.avg_tokens_with_tool),
        ("avg_cost_with_tool", stored.avg_cost_with_tool),
        ("potential_monthly_savings", stored.potential_monthly_savings),
        ("confidence_score", stored.confidence_score),
    ]
}

/// Where a pattern's stored statistics are not what the file's history gives.
pub(super) fn differences(analysis: &PatternAnalysis) -> Vec<Difference> {
    let mut right = analysis.pattern.clone();
    right.stored = patterns::wanted(&analysis.pattern, &analysis.statistics);
    if let Some(time) = analysis.statistics.last_seen {
        right.last_seen = Some(stored_time(time));
    }
    differences_of(&analysis.pattern, &right)
}

/// The columns in which two states of a pattern differ.
pub(super) fn differences_of(stored: &StoredPattern, right: &StoredPattern) -> Vec<Difference> {
    let numbers = fields(&stored.stored).into_iter().zip(fields(&right.stored));
    let numbers = numbers.filter(|((_, stored), (_, right))| !is_alike(*stored, *right));
    let numbers = numbers.map(|((column, stored), (_, right))| {
        (column, PatternValue::Number(stored), PatternValue::Number(right))
    });
    let seen = |pattern: &StoredPattern| PatternValue::Text(pattern.last_seen.clone());
    let last_seen = (stored.last_seen != right.last_seen).then(|| ("last_seen", seen(stored), seen(right)));
    let difference = |(column, value, computed)| Difference {
        pattern_id: stored.id,
        signature: stored.signature.clone(),
        column,
        stored: value,
        computed,
    };
    numbers.chain(last_seen).map(difference).collect()
}

/// Whether two numbers are the same but for how they were rounded on the way: a running average drifts in its last bits.
fn is_alike(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a == b || (a - b).abs() <= 1e-9 * a.abs().max(b.abs()),
        (a, b) => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::is_alike;

    #[test]
    fn rounding_alone_is_no_difference() {
        assert!(is_alike(Some(0.1 + 0.2), Some(0.3)));
        assert!(is_alike(Some(0.0), Some(0.0)));
        assert!(is_alike(None, None));
        assert!(!is_alike(Some(0.30001), Some(0.3)));
        assert!(!is_alike(None, Some(0.0)));
    }
}
