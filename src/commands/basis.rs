//! `--since`, `--until` and `--tool-share`: the span of time and the assumption that figures rest on.

use anyhow::Result;
use flowmine::analysis::{Basis, TimeSpan};
use flowmine::statistics::ToolShare;
use flowmine::time::{Bound, parse_bound};
use jiff::Timestamp;

use super::UsageError;
use super::session::Session;
use crate::cli::{AssumptionArgs, SpanArgs};

impl Session<'_> {
    /// What figures are to rest on.
    pub fn basis(&self, span: &SpanArgs, assumption: &AssumptionArgs) -> Result<Basis, UsageError> {
        Ok(Basis { span: self.span(span)?, tool_share: tool_share(assumption)? })
    }

    /// The span of time that a person asks for.
    pub fn span(&self, args: &SpanArgs) -> Result<TimeSpan, UsageError> {
        let since = self.bound("--since", args.since.as_deref(), Bound::Since)?;
        let until = self.bound("--until", args.until.as_deref(), Bound::Until)?;
        if since.zip(until).is_some_and(|(from, to)| from >= to) {
            return Err(UsageError("--since is not before --until, so no workflow can be meant".to_owned()));
        }
        Ok(TimeSpan { since, until })
    }

    /// One end of a span, where `flag` is given.
    pub fn bound(
        &self,
        flag: &str,
        text: Option<&str>,
        bound: Bound,
    ) -> Result<Option<Timestamp>, UsageError> {
        let parsed = text.map(|text| parse_bound(text, bound, self.now, &self.zone)).transpose();
        parsed.map_err(|problem| UsageError(format!("{flag}: {problem}")))
    }
}

/// What a tool is to be assumed to cost.
pub fn tool_share(args: &AssumptionArgs) -> Result<ToolShare, UsageError> {
    let Some(percent) = args.tool_share else { return Ok(ToolShare::STORED) };
    let problem =
        || UsageError(format!("--tool-share: {percent} is no percentage: give 0 to 100, such as 12.5"));
    ToolShare::from_percent(percent).ok_or_else(problem)
}
