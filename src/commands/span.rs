//! Dates as people give them.

use anyhow::Result;
use flowmine::analysis::TimeSpan;
use flowmine::time::{Bound, parse_bound};
use jiff::Timestamp;

use super::UsageError;
use super::session::Session;
use crate::cli::SpanArgs;

impl Session<'_> {
    /// The span of time that a person asks for.
    pub fn span(&self, args: &SpanArgs) -> Result<TimeSpan, UsageError> {
        let since = self.bound("--since", args.since.as_deref(), Bound::Since)?;
        let until = self.bound("--until", args.until.as_deref(), Bound::Until)?;
        if since.zip(until).is_some_and(|(from, to)| from >= to) {
            return Err(UsageError("--since is not before --until, so no workflow can be meant".to_owned()));
        }
        Ok(TimeSpan { since, until })
    }

    fn bound(&self, flag: &str, text: Option<&str>, bound: Bound) -> Result<Option<Timestamp>, UsageError> {
        let parsed = text.map(|text| parse_bound(text, bound, self.now, &self.zone)).transpose();
        parsed.map_err(|problem| UsageError(format!("{flag}: {problem}")))
    }
}
