//! One page. The options for every command are explained once, in flowmine(1), and named in the others.

use std::io;

use clap::Command;
use clap_mangen::Man;

use super::parts::{from_help, global_options, list, see_also};
use super::sections::{ENVIRONMENT, EXIT_STATUS, FILES};

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
