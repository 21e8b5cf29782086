//! `man`: pages for `man`.

use anyhow::{Context, Result};
use clap::CommandFactory;

use super::{Exit, output};
use crate::cli::{Cli, Man};

/// Runs `man`.
pub fn run(args: &Man) -> Result<Exit> {
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
