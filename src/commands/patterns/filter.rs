//! Which patterns the arguments of `patterns list` mean. A type or status that nothing has is more likely a slip than a
//! wish.

use std::collections::BTreeSet;

use clap::ValueEnum;
use flowmine::analysis::Analysis;
use flowmine::analysis::list::{Filter, Statuses};
use flowmine::analysis::lookup::{close, suggestion};

use crate::cli::{DecisionChoice, PatternsList, word};
use crate::commands::UsageError;

/// The filter that the arguments mean.
pub fn filter(args: &PatternsList, analysis: &Analysis) -> Result<Filter, UsageError> {
    args.status.iter().try_for_each(|status| check_status(status, analysis))?;
    args.pattern_type.iter().try_for_each(|asked| check_type(asked, analysis))?;
    Ok(Filter {
        pattern_type: args.pattern_type.clone(),
        statuses: match args.status.as_slice() {
            [] => Statuses::Open,
            statuses if statuses.iter().any(|status| status == "all") => Statuses::All,
            statuses => Statuses::Only(statuses.to_vec()),
        },
        min_confidence: args.min_confidence,
        min_occurrences: args.min_occurrences,
        min_savings: args.min_savings,
        limit: args.limit,
    })
}

fn check_status(status: &str, analysis: &Analysis) -> Result<(), UsageError> {
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
fn check_type(asked: &str, analysis: &Analysis) -> Result<(), UsageError> {
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
