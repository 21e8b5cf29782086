//! `rules init`.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};
use flowmine::detect::RuleSet;
use flowmine::render::text::shell_path;

use crate::cli::RulesInit;
use crate::commands::session::Session;
use crate::commands::{Exit, output};

/// What is written, with another name for the rule set.
const STARTER: &str = include_str!("starter.toml");

pub fn run(session: &Session<'_>, args: &RulesInit) -> Result<Exit> {
    let path = &args.path;
    if path == Path::new("-") {
        output::put("rules", STARTER)?;
        return Ok(Exit::Done);
    }
    let mut file = match OpenOptions::new().write(true).create_new(true).open(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            bail!("{} is there already; name another path", path.display())
        }
        file => file.with_context(|| format!("cannot write {}", path.display()))?,
    };
    file.write_all(starter(path).as_bytes())
        .inspect_err(|_| _ = std::fs::remove_file(path))
        .with_context(|| format!("cannot write {}", path.display()))?;
    if session.global.quiet {
        return Ok(Exit::Done);
    }
    let path = shell_path(path);
    let next = format!(
        "Wrote {path}. Edit it, then:\n  flowmine rules check {path}\n  flowmine explain --rules {path} 'TEXT'\n  \
         flowmine backfill --rules {path} --rebuild\n"
    );
    output::put("next steps", next)?;
    Ok(Exit::Done)
}

/// A file that extends the default rules, under a name of its own, so that a run can tell them apart.
fn starter(path: &Path) -> String {
    let stem = path.file_stem().map_or("my-rules".into(), |stem| stem.to_string_lossy());
    let name: String =
        stem.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    let name = match name.trim_matches('-') {
        "" => "my-rules".to_owned(),
        name if RuleSet::BUILTIN.contains(&name) => format!("my-{name}"),
        name => name.to_owned(),
    };
    STARTER.replacen("our-rules", &name, 1)
}
