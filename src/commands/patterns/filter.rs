//! Which patterns the arguments of `patterns list` mean.

use flowmine::analysis::Analysis;
use flowmine::analysis::list::{Filter, Statuses};

use super::known::{check_status, check_type};
use crate::cli::PatternsList;
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
