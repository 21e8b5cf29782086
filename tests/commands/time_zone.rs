//! Time zones: where the machine knows none, and where nobody knows the one that is asked for.

use std::process::{Command, Output};

use crate::common::{Flowmine, HistoryFile, not_allowed, text};

/// A workflow of half past eleven in the evening, UTC.
fn late_evening() -> HistoryFile {
    let file = HistoryFile::application();
    file.add(&[
        ("adw_id", text("late")),
        ("nl_input", text("Run the backend tests with pytest")),
        ("start_time", text("2026-11-03T23:30:00Z")),
    ]);
    Flowmine::on(&file).args(["backfill", "-q"]).run().succeeds();
    file
}

/// How often the operation was seen on a day of a zone.
fn seen_on<'a>(day: &'a str, zone: &'a str) -> [&'a str; 10] {
    ["--timezone", zone, "patterns", "list", "--since", day, "--until", day, "--format", "json"]
}

/// Hides the machine's time zone data and runs what follows.
const WITHOUT_DATA: &str = "mount -t tmpfs none /usr/share/zoneinfo && exec \"$@\"";

/// flowmine where the machine has no time zone data; `None` where this user may not take it away.
fn without_data(run: Flowmine) -> Option<Output> {
    let hidden = |program: &mut Command| program.output().ok().filter(|output| output.status.success());
    let Some(flags) = ["-m", "-rm"].into_iter().find(|flags| {
        hidden(Command::new("unshare").args([flags, "sh", "-c", WITHOUT_DATA, "sh", "true"])).is_some()
    }) else {
        not_allowed("no mount of its own for a test of a machine without time zone data");
        return None;
    };
    let flowmine = run.into_command();
    let mut command = Command::new("unshare");
    command
        .args([flags, "sh", "-c", WITHOUT_DATA, "sh"])
        .arg(flowmine.get_program())
        .args(flowmine.get_args());
    command.current_dir(flowmine.get_current_dir().unwrap());
    for (name, value) in flowmine.get_envs() {
        command.env(name, value.unwrap_or_default());
    }
    Some(command.output().unwrap())
}

/// The patterns of a listing.
fn listed(output: &Output) -> usize {
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "nothing is amiss");
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    document["rows"].as_array().unwrap().len()
}

#[test]
fn zones_are_known_where_the_machine_has_no_time_zone_data() {
    let file = late_evening();
    for (day, zone, patterns) in [
        ("2026-11-03", "UTC", 1),
        ("2026-11-04", "UTC", 0),
        ("2026-11-03", "Europe/Berlin", 0),
        ("2026-11-04", "Europe/Berlin", 1),
    ] {
        let Some(output) = without_data(Flowmine::on(&file).args(seen_on(day, zone))) else { return };
        assert_eq!(listed(&output), patterns, "{day} {zone}");
    }
}

#[test]
fn tz_is_heeded_where_the_machine_has_no_time_zone_data() {
    let file = late_evening();
    let [_, _, listing @ ..] = seen_on("2026-11-04", "");
    let Some(output) = without_data(Flowmine::on(&file).env("TZ", "Asia/Tokyo").args(listing)) else {
        return;
    };
    assert_eq!(listed(&output), 1);
}

#[test]
fn a_tz_that_names_no_known_zone_is_said_in_one_line_and_times_are_in_utc() {
    let file = late_evening();
    let [_, _, listing @ ..] = seen_on("2026-11-03", "");
    let ran = Flowmine::on(&file).env("TZ", "Mars/Olympus").args(listing).run().exits(0);
    let stderr = ran.stderr();
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(stderr.contains("'Mars/Olympus' is no known time zone") && stderr.contains("UTC"), "{stderr}");
    assert_eq!(ran.json()["rows"].as_array().unwrap().len(), 1);
}

#[test]
fn where_nothing_names_a_zone_times_are_in_utc_and_a_verbose_run_says_so() {
    let file = late_evening();
    let [_, _, listing @ ..] = seen_on("2026-11-03", "");
    let bare = || Flowmine::on(&file).env("TZ", "").args(listing);
    let Some(output) = without_data(bare()) else { return };
    assert_eq!(listed(&output), 1);
    let output = without_data(bare().args(["-v"])).unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("neither TZ nor the system names a time zone"), "{stderr}");
}

#[test]
fn a_zone_that_is_named_needs_no_tz() {
    let file = late_evening();
    let ran =
        Flowmine::on(&file).env("TZ", "Mars/Olympus").args(seen_on("2026-11-04", "Europe/Berlin")).run();
    assert_eq!(ran.succeeds().json()["rows"].as_array().unwrap().len(), 1);
}

#[test]
fn an_empty_time_zone_is_none() {
    let ran = Flowmine::on(&crate::file()).args(["--timezone", "", "stats"]).run().exits(2);
    assert!(ran.stderr().contains("'' is no time zone"), "{}", ran.stderr());
}
