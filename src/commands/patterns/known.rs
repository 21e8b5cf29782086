//! Which types, statuses and fields there are, for whom asks for another. That is more likely a slip than a wish.

use std::collections::BTreeSet;

use clap::ValueEnum;
use flowmine::analysis::Analysis;
use flowmine::analysis::lookup::{close, suggestion};
use flowmine::render::patterns;

use crate::cli::{DecisionChoice, word};
use crate::commands::UsageError;

/// A status that neither a person can give nor a pattern has is taken for a slip.
pub fn check_status(status: &str, analysis: &Analysis) -> Result<(), UsageError> {
    let decisions: Vec<String> = DecisionChoice::value_variants().iter().map(word).collect();
    let met = analysis.patterns.iter().map(|analysis| analysis.pattern.status.as_str());
    let known: Vec<&str> = decisions.iter().map(String::as_str).chain(["all"]).chain(met).collect();
    if known.contains(&status) {
        return Ok(());
    }
    let hint = match close(status, known.iter().copied()) {
        close if close.is_empty() => format!("; there are {}, all", decisions.join(", ")),
        close => suggestion(&close),
    };
    Err(UsageError(format!("--status: no status '{}'{hint}", status.escape_debug())))
}

/// A type that no pattern has, where there are any.
pub fn check_type(asked: &str, analysis: &Analysis) -> Result<(), UsageError> {
    let types: BTreeSet<&str> =
        analysis.patterns.iter().map(|analysis| analysis.pattern.pattern_type.as_str()).collect();
    if types.is_empty() || types.contains(asked) {
        return Ok(());
    }
    let hint = match close(asked, types.iter().copied()) {
        close if close.is_empty() => {
            let types: Vec<_> = types.iter().map(|known| known.escape_debug().to_string()).collect();
            format!("; there are {}", types.join(", "))
        }
        close => suggestion(&close),
    };
    Err(UsageError(format!("--type: no pattern has the type '{}'{hint}", asked.escape_debug())))
}

/// The error for a field that the list has not.
pub fn unknown_field(field: &str) -> UsageError {
    let close = close(field, patterns::fields());
    let all = || format!("; there are {}", patterns::fields().collect::<Vec<_>>().join(", "));
    let hint = if close.is_empty() { all() } else { suggestion(&close) };
    UsageError(format!("--fields: no field '{}'{hint}", field.escape_debug()))
}
