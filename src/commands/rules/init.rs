//! `rules init`.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};
use flowmine::render::text::shown_path;

use crate::cli::RulesInit;
use crate::commands::{Exit, output};

/// Runs `rules init`.
pub fn run(args: &RulesInit) -> Result<Exit> {
    let path = &args.path;
    let mut file = match OpenOptions::new().write(true).create_new(true).open(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            bail!("{} is there already; name another path", path.display())
        }
        file => file.with_context(|| format!("cannot write {}", path.display()))?,
    };
    file.write_all(starter(path).as_bytes()).with_context(|| format!("cannot write {}", path.display()))?;
    let path = shown_path(path);
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
    STARTER.replacen("our-rules", &name, 1)
}

const STARTER: &str = r#"# Your own rules: what is different from flowmine's. docs/rules.md describes the format;
# 'flowmine rules show default' prints all that this file extends.

format = 1
name = "our-rules"
extends = "default"

# An operation that the default rules do not know:
#
# [[operation]]
# category = "etl"
# instructions = ["{run} .. (nightly |)etl"]
# alone = ["nightly etl"]
# otherwise = "nightly"
# target = "warehouse"

# More words for one that they know:
#
# [[operation]]
# category = "test"
# instructions = ["poke the rig"]

# One that is switched off: in requests, in the names of templates, and in command lines. '[[error]]' takes 'off', too.
#
# [[operation]]
# category = "review"
# off = true
#
# [[template]]
# signature = "review:code:all"
# off = true
#
# [[command]]
# signature = "test:pytest"
# off = true
"#;
