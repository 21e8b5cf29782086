//! The sections that clap does not write.

use clap::Command;
use clap_mangen::roff::{Roff, bold, roman};

/// The name of a command's page: `flowmine-patterns-list`.
pub fn name(command: &Command) -> &str {
    command.get_display_name().unwrap_or_else(|| command.get_name())
}

/// Which options there are for every command, and where they are explained.
pub fn global_options(command: &Command) -> Roff {
    let global = command.get_arguments().filter(|arg| arg.is_global_set() && !arg.is_hide_set());
    let names: Vec<String> = global.filter_map(|arg| Some(format!("--{}", arg.get_long()?))).collect();
    let mut page = Roff::new();
    page.control("SH", ["OPTIONS FOR EVERY COMMAND"]);
    page.text([bold(names.join(", ")), roman(" are explained in "), bold("flowmine"), roman("(1).")]);
    page
}

/// What the help says below the options: the examples, and what else is to be known.
pub fn from_help(command: &Command) -> Roff {
    let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let (before, rest) = help.split_once("Examples:\n").unwrap_or((&help, ""));
    let (examples, after) = rest.split_once("\n\n").unwrap_or((rest, ""));
    let mut page = Roff::new();
    let notes = [before.trim(), after.trim()].into_iter().filter(|note| !note.is_empty());
    let notes: Vec<&str> = notes.filter(|note| !note.starts_with("Exit codes:")).collect();
    if !notes.is_empty() {
        page.control("SH", ["NOTES"]);
        for note in notes {
            page.text([roman(note)]);
        }
    }
    page.control("SH", ["EXAMPLES"]);
    page.control("nf", []);
    for line in examples.lines() {
        page.text([roman(line.trim())]);
    }
    page.control("fi", []);
    page
}

/// A section of names and what each means.
pub fn list(title: &str, entries: &[(&str, &str)]) -> Roff {
    let mut page = Roff::new();
    page.control("SH", [title]);
    for (name, meaning) in entries {
        page.control("TP", []);
        page.text([bold(*name)]);
        page.text([roman(*meaning)]);
    }
    page
}

/// The pages above and below, all of which there are.
pub fn see_also(command: &Command, above: Option<&Command>) -> Roff {
    let beside = above.into_iter().chain(command.get_subcommands()).map(name);
    let root = above.is_some().then_some("flowmine").filter(|root| above.map(name) != Some(root));
    let names: Vec<String> = root.into_iter().chain(beside).map(|name| format!("{name}(1)")).collect();
    let mut page = Roff::new();
    page.control("SH", ["SEE ALSO"]);
    page.text([roman(names.join(", "))]);
    page
}
