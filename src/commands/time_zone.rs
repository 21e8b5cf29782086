//! The time zone as people give it.

use std::ffi::OsString;

use flowmine::analysis::lookup::suggestion;
use jiff::tz::TimeZone;

use super::UsageError;
use crate::terminal;

/// The system's time zone. An empty TZ counts as not set.
fn system() -> TimeZone {
    let asked = std::env::var_os("TZ");
    let local = || TimeZone::tzif("Local", &std::fs::read("/etc/localtime").ok()?).ok();
    match asked {
        Some(name) if name.is_empty() => local().unwrap_or_else(|| utc_instead_of(None)),
        _ => TimeZone::try_system().unwrap_or_else(|_| utc_instead_of(asked)),
    }
}

/// UTC, where the system has no zone. Says so where TZ asks for another one; where nothing names a zone, only with -v,
/// so that a nightly run stays silent.
fn utc_instead_of(asked: Option<OsString>) -> TimeZone {
    if let Some(name) = asked {
        terminal::say(&format!(
            "TZ: '{}' is no known time zone, so days and times are in UTC; name one such as Europe/Berlin with TZ or --timezone",
            name.to_string_lossy().escape_debug()
        ));
    } else {
        tracing::info!("neither TZ nor the system names a time zone, so days and times are in UTC");
    }
    TimeZone::UTC
}

/// The time zone of this name, else the system's.
pub fn zone(name: Option<&str>) -> Result<TimeZone, UsageError> {
    let Some(name) = name else { return Ok(system()) };
    TimeZone::get(name).map_err(|_| {
        let known: Vec<_> = jiff::tz::db().available().map(|zone| zone.as_str().to_owned()).collect();
        let hint = suggestion(name, known.iter().map(String::as_str))
            .unwrap_or_else(|| "; give a name such as Europe/Berlin or UTC".to_owned());
        UsageError(format!("--timezone: '{}' is no time zone{hint}", name.escape_debug()))
    })
}
