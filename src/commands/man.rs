//! `man`: pages for `man`, one a command. The options for every command are explained once, in flowmine(1), and named in the
//! others; what else clap does not write (notes, examples, exit status, files) is written here.

use std::io;
use std::path::Path;

use anyhow::{Context, Result};
use clap::{Command, CommandFactory};
use clap_mangen::roff::{Roff, bold, roman};

use super::{Exit, output};
use crate::cli::{Cli, Man};

/// What the exit status says.
const EXIT_STATUS: [(&str, &str); 6] = [
    ("0", "Done. Also nothing to do, or a reader such as head that went away."),
    ("1", "Failed. Standard error has the reason in one line; what was committed before stays."),
    ("2", "The command line makes no sense."),
    (
        "3",
        "Finished, but some workflows or transcripts could not be read or recorded, or doctor found something wrong. \
         Standard error names them.",
    ),
    ("130", "Interrupted by Ctrl-C. Run again to go on."),
    ("143", "Ended by SIGTERM or SIGHUP, likewise."),
];

/// The environment variables that are read. An empty one counts as not set.
const ENVIRONMENT: [(&str, &str); 11] = [
    ("WORKFLOW_HISTORY_DB", "The file to work on, where --db does not name one."),
    ("XDG_DATA_HOME", "Below it is flowmine's own file; ~/.local/share where it is not set."),
    (
        "CLAUDE_CONFIG_DIR",
        "Where Claude Code keeps its transcripts; several folders are separated by commas.",
    ),
    ("CODEX_HOME", "Where Codex keeps its transcripts, likewise."),
    ("TZ", "The time zone, where --timezone does not name one."),
    (
        "LC_ALL, LC_CTYPE, LANG",
        "Where they name C or POSIX, or nothing, only ASCII is drawn, as with --ascii.",
    ),
    ("COLUMNS", "How wide tables may be."),
    (
        "NO_COLOR, CLICOLOR_FORCE",
        "No colour, or colour where standard output is no terminal; --color decides first.",
    ),
    ("TERM", "Where it is dumb, there is no colour and no progress."),
    ("USER, LOGNAME, USERNAME", "Who decided, where set-status or exclude has no --by."),
    ("RUST_LOG", "What is logged to standard error, instead of -v."),
];

/// Which files are read and written.
const FILES: [(&str, &str); 4] = [
    ("db/workflow_history.db", "The application's history, and flowmine's tables beside it."),
    ("~/.local/share/flowmine/history.db", "flowmine's own file, which flowmine import makes."),
    ("workflow_history.db.flowmine-TIME.bak", "The backup that doctor --fix makes first, beside the file."),
    ("flowmine-demo.db", "The sample that flowmine demo makes."),
];

pub fn run(args: &Man) -> Result<Exit> {
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    match &args.dir {
        None => output::put("man page", render(&command, None)?)?,
        Some(directory) => {
            let written = std::fs::create_dir_all(directory).and_then(|()| write(&command, None, directory));
            written.with_context(|| format!("cannot write man pages to {}", directory.display()))?;
        }
    }
    Ok(Exit::Done)
}

/// Writes the page of a command and of all below it.
fn write(command: &Command, above: Option<&Command>, directory: &Path) -> io::Result<()> {
    std::fs::write(directory.join(format!("{}.1", name(command))), render(command, above)?)?;
    command.get_subcommands().try_for_each(|below| write(below, Some(command), directory))
}

/// The page of a command; `above` is the command that it is part of.
fn render(command: &Command, above: Option<&Command>) -> io::Result<Vec<u8>> {
    let own = if above.is_some() { without_global_options(command) } else { command.clone() };
    let man = clap_mangen::Man::new(own.clone());
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

/// The name of a command's page: `flowmine-patterns-list`.
fn name(command: &Command) -> &str {
    command.get_display_name().unwrap_or_else(|| command.get_name())
}

/// Which options there are for every command, and where they are explained.
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

/// A section of names and what each means.
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
