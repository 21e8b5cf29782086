//! Dates and the time zone as people give them.

use anyhow::Result;
use flowmine::analysis::Span;
use flowmine::analysis::lookup::{close, suggestion};
use flowmine::time::{Bound, parse_bound};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::UsageError;
use super::session::Session;
use crate::cli::SpanArgs;

/// The time zone of this name, else the system's.
pub fn zone(name: Option<&str>) -> Result<TimeZone, UsageError> {
    let Some(name) = name else { return Ok(TimeZone::system()) };
    TimeZone::get(name).map_err(|_| {
        let known: Vec<_> = jiff::tz::db().available().map(|zone| zone.as_str().to_owned()).collect();
        let hint = match close(name, known.iter().map(String::as_str)) {
            close if close.is_empty() => "; give a name such as Europe/Berlin or UTC".to_owned(),
            close => suggestion(&close),
        };
        UsageError(format!("--timezone: '{}' is no time zone{hint}", name.escape_debug()))
    })
}

impl Session<'_> {
    /// The span of time that a person asks for.
    pub fn span(&self, args: &SpanArgs) -> Result<Span, UsageError> {
        let since = self.bound("--since", args.since.as_deref(), Bound::Since)?;
        let until = self.bound("--until", args.until.as_deref(), Bound::Until)?;
        if since.zip(until).is_some_and(|(from, to)| from >= to) {
            return Err(UsageError("--since is not before --until, so no workflow can be meant".to_owned()));
        }
        Ok(Span { since, until })
    }

    fn bound(&self, flag: &str, text: Option<&str>, bound: Bound) -> Result<Option<Timestamp>, UsageError> {
        let parsed = text.map(|text| parse_bound(text, bound, self.now, &self.zone)).transpose();
        parsed.map_err(|problem| UsageError(format!("{flag}: {problem}")))
    }
}
