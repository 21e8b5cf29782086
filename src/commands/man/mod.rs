//! `man`: pages for `man`, one a command.

mod page;
mod parts;
mod sections;

use std::io;
use std::path::Path;

use anyhow::{Context, Result};
use clap::{Command, CommandFactory};

use super::{Exit, output};
use crate::cli::{Cli, Man};

/// Runs `man`.
pub fn run(args: &Man) -> Result<Exit> {
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    match &args.dir {
        None => output::put("man page", page::render(&command, None)?)?,
        Some(directory) => {
            let written = std::fs::create_dir_all(directory).and_then(|()| write(&command, None, directory));
            written.with_context(|| format!("cannot write man pages to {}", directory.display()))?;
        }
    }
    Ok(Exit::Done)
}

/// Writes the page of a command and of all below it.
fn write(command: &Command, above: Option<&Command>, directory: &Path) -> io::Result<()> {
    std::fs::write(directory.join(format!("{}.1", parts::name(command))), page::render(command, above)?)?;
    command.get_subcommands().try_for_each(|below| write(below, Some(command), directory))
}
