//! One page. The options for every command are explained once, in flowmine(1), and named in the others.

use std::io;

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::sections::{ENVIRONMENT, EXIT_STATUS, FILES};

/// The name of a command's page: `flowmine-patterns-list`.
pub fn name(command: &Command) -> &str {
    command.get_display_name().unwrap_or_else(|| command.get_name())
}

/// The page of a command; `above` is the command that it is part of.
pub fn render(command: &Command, above: Option<&Command>) -> io::Result<Vec<u8>> {
    let own = if above.is_some() { without_global_options(command) } else { command.clone() };
    let man = Man::new(own.clone());
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if above.is_some() {
        global_options(command).to_writer(&mut page)?;
    }
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    from_help(command).to_writer(&mut page)?;
    list("EXIT STATUS", &EXIT_STATUS).to_writer(&mut page)?;
    if above.is_none() {
        list("ENVIRONMENT", &ENVIRONMENT).to_writer(&mut page)?;
        list("FILES", &FILES).to_writer(&mut page)?;
    }
    see_also(command, above).to_writer(&mut page)?;
    Ok(page)
}

fn without_global_options(command: &Command) -> Command {
    command.clone().mut_args(|arg| if arg.is_global_set() { arg.hide(true) } else { arg })
}

fn global_options(command: &Command) -> Roff {
    let global = command.get_arguments().filter(|arg| arg.is_global_set() && !arg.is_hide_set());
    let names: Vec<String> = global.filter_map(|arg| Some(format!("--{}", arg.get_long()?))).collect();
    let mut page = Roff::new();
    page.control("SH", ["OPTIONS FOR EVERY COMMAND"]);
    page.text([bold(names.join(", ")), roman(" are explained in "), bold("flowmine"), roman("(1).")]);
    page
}

/// What the help says below the options: the examples, and what else is to be known.
fn from_help(command: &Command) -> Roff {
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

fn list(title: &str, entries: &[(&str, &str)]) -> Roff {
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
fn see_also(command: &Command, above: Option<&Command>) -> Roff {
    let beside = above.into_iter().chain(command.get_subcommands()).map(name);
    let root = above.is_some().then_some("flowmine").filter(|root| above.map(name) != Some(root));
    let names: Vec<String> = root.into_iter().chain(beside).map(|name| format!("{name}(1)")).collect();
    let mut page = Roff::new();
    page.control("SH", ["SEE ALSO"]);
    page.text([roman(names.join(", "))]);
    page
}
