//! The time zone as people give it.

use flowmine::analysis::lookup::{close, suggestion};
use jiff::tz::TimeZone;

use super::UsageError;

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
