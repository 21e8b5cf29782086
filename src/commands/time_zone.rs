//! The time zone as people give it.

use flowmine::analysis::lookup::{close, suggestion};
use jiff::tz::TimeZone;

use super::UsageError;

/// The system's time zone. An empty TZ is as good as none.
fn system() -> TimeZone {
    let is_empty = std::env::var_os("TZ").is_some_and(|name| name.is_empty());
    let local = || TimeZone::tzif("Local", &std::fs::read("/etc/localtime").ok()?).ok();
    if is_empty { local().unwrap_or(TimeZone::UTC) } else { TimeZone::system() }
}

/// The time zone of this name, else the system's.
pub fn zone(name: Option<&str>) -> Result<TimeZone, UsageError> {
    let Some(name) = name.filter(|name| !name.is_empty()) else { return Ok(system()) };
    TimeZone::get(name).map_err(|_| {
        let known: Vec<_> = jiff::tz::db().available().map(|zone| zone.as_str().to_owned()).collect();
        let hint = match close(name, known.iter().map(String::as_str)) {
            close if close.is_empty() => "; give a name such as Europe/Berlin or UTC".to_owned(),
            close => suggestion(&close),
        };
        UsageError(format!("--timezone: '{}' is no time zone{hint}", name.escape_debug()))
    })
}
