//! `rules show`, `rules check` and `rules init`.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};

use anyhow::{Context, Result, bail};
use flowmine::detect::RuleSet;
use flowmine::detect::labelled::{LabelledWorkflow, evaluate};
use flowmine::pipeline::rules::{RulesInForce, load};
use flowmine::render::rules;
use flowmine::render::words::{safe, shown_path};

use super::{Exit, Session};
use crate::cli::{RulesCheck, RulesInit, RulesShow};

/// Runs `rules show`.
pub fn show(session: &Session<'_>, args: &RulesShow) -> Result<Exit> {
    let RulesInForce { rules, .. } = match &args.rules {
        Some(name) => load(name)?,
        None => session.rules()?,
    };
    let text = rules.text();
    let lines = text.lines().map(safe);
    let mut stdout = io::BufWriter::new(io::stdout().lock());
    for line in lines {
        writeln!(stdout, "{line}").context("cannot write to stdout")?;
    }
    stdout.flush().context("cannot write to stdout")?;
    Ok(Exit::Done)
}

/// Runs `rules check`.
pub fn check(session: &Session<'_>, args: &RulesCheck) -> Result<Exit> {
    let RulesInForce { rules, .. } = load(&args.rules)?;
    let document = match &args.against {
        None => rules::checked(&args.rules, &rules, session.now),
        Some(path) => {
            let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
            let labelled = LabelledWorkflow::parse(&text, &path.display().to_string())?;
            rules::measured(&args.rules, &shown_path(path), &evaluate(&rules, &labelled), session.now)
        }
    };
    session.show(&document, args.format.format)?;
    Ok(Exit::Done)
}

/// Runs `rules init`.
pub fn init(args: &RulesInit) -> Result<Exit> {
    let path = &args.path;
    let mut file = match OpenOptions::new().write(true).create_new(true).open(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            bail!("{} is there already; name another path", path.display())
        }
        file => file.with_context(|| format!("cannot write {}", path.display()))?,
    };
    file.write_all(starter(path).as_bytes()).with_context(|| format!("cannot write {}", path.display()))?;
    writeln!(
        io::stdout(),
        "Wrote {0}. Edit it, then:\n  flowmine rules check {0}\n  flowmine explain --rules {0} 'TEXT'\n  \
         flowmine backfill --rules {0} --rebuild",
        shown_path(path)
    )?;
    Ok(Exit::Done)
}

/// The default rules under a name of their own, so that the ledger can tell them apart.
fn starter(path: &std::path::Path) -> String {
    let stem = path.file_stem().map_or("my-rules".into(), |stem| stem.to_string_lossy());
    let name: String =
        stem.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    let text = RuleSet::builtin_text(RuleSet::BUILTIN[0]).unwrap_or_default();
    text.replacen(&format!("name = \"{}\"", RuleSet::BUILTIN[0]), &format!("name = \"{name}\""), 1)
}
