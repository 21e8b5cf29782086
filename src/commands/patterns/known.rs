//! Which types, statuses and fields there are, for whom asks for another. That is more likely a slip than a wish.

use std::collections::BTreeSet;

use clap::ValueEnum;
use flowmine::analysis::Analysis;
use flowmine::analysis::lookup::{close, suggestion};
use flowmine::render::patterns;

use crate::cli::{DecisionChoice, PatternsList, word};
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

/// A type that is much like another one is taken for a slip; see [`unknown_type`] for the others.
pub fn check_type(asked: &str, analysis: &Analysis) -> Result<(), UsageError> {
    let types = types(analysis);
    let close = close(asked, types.iter().copied());
    if close.is_empty() || types.contains(asked) {
        return Ok(());
    }
    let hint = suggestion(&close);
    Err(UsageError(format!("--type: no pattern has the type '{}'{hint}", asked.escape_debug())))
}

/// Which types there are, where no pattern has the one asked for.
pub fn unknown_type(args: &PatternsList, analysis: &Analysis) -> Option<String> {
    let types = types(analysis);
    let asked = args.pattern_type.as_deref().filter(|asked| !types.is_empty() && !types.contains(asked))?;
    let there_are = Vec::from_iter(types).join(", ");
    Some(format!("no pattern has the type '{}'; there are {there_are}", asked.escape_debug()))
}

fn types(analysis: &Analysis) -> BTreeSet<&str> {
    analysis.patterns.iter().map(|analysis| analysis.pattern.pattern_type.as_str()).collect()
}

/// The error for a field that the list has not.
pub fn unknown_field(field: &str) -> UsageError {
    let close = close(field, patterns::fields());
    let all = || format!("; there are {}", patterns::fields().collect::<Vec<_>>().join(", "));
    let hint = if close.is_empty() { all() } else { suggestion(&close) };
    UsageError(format!("--fields: no field '{}'{hint}", field.escape_debug()))
}
