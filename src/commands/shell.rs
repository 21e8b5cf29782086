//! `completions` and `man`: what a shell and `man` want to know.

use anyhow::{Context, Result};
use clap::CommandFactory;

use super::{Exit, output};
use crate::cli::{Cli, Completions, Man};

/// Runs `completions`.
pub fn completions(args: &Completions) -> Result<Exit> {
    // Into memory first: the generator panics where it cannot write, and a closed pipe is no reason to.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "flowmine", &mut script);
    output::put("completion script", script)?;
    Ok(Exit::Done)
}

/// Runs `man`.
pub fn man(args: &Man) -> Result<Exit> {
    let Some(directory) = &args.dir else {
        let mut page = Vec::new();
        clap_mangen::Man::new(Cli::command()).render(&mut page)?;
        output::put("man page", page)?;
        return Ok(Exit::Done);
    };
    let written =
        std::fs::create_dir_all(directory).and_then(|()| clap_mangen::generate_to(Cli::command(), directory));
    written.with_context(|| format!("cannot write man pages to {}", directory.display()))?;
    Ok(Exit::Done)
}
