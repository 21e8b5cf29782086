//! `demo`: the real thing on a sample file.

use std::io::{self, Write};

use anyhow::Result;
use flowmine::analysis::Span;
use flowmine::db::sample;
use flowmine::pipeline::{BATCH_SIZE, Selection, Which};
use flowmine::render::words::shown_path;

use super::{Ask, Exit, Session, stats};
use crate::cli::{Demo, FormatChoice};

/// Runs `demo`.
pub fn run(session: &Session<'_>, args: &Demo) -> Result<Exit> {
    let made = sample::make(&args.path)?;
    let mut db = session.open_for_writing(&args.path)?;
    let ask = Ask {
        command: "backfill",
        selection: Selection::finished(Which::All),
        dry_run: false,
        rebuild: false,
        batch_size: BATCH_SIZE,
    };
    let answer = session.pipeline(&mut db, ask)?;
    if session.global.quiet {
        return Ok(answer.exit());
    }
    let path = shown_path(&args.path);
    let story = match made {
        true => format!(
            "Made {path}: four months of a small team's workflows. This is 'flowmine --db {path} backfill':"
        ),
        false => format!(
            "{path} is there from an earlier demo. Running 'flowmine --db {path} backfill' again changes nothing:"
        ),
    };
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{story}\n")?;
    drop(stdout);
    session.show(&session.run_document(&answer, "backfill", &args.path, false), FormatChoice::Table)?;
    println_to_stdout("\nAnd this is 'flowmine stats':\n")?;
    session.show(&stats::document(session, &db, Span::default(), path.clone())?, FormatChoice::Table)?;
    let best = answer.analysis.patterns.iter().max_by(|a, b| a.savings().total_cmp(&b.savings()));
    let best = best.map_or(String::new(), |best| best.pattern.signature.clone());
    println_to_stdout(&format!(
        "\nTry next:\n  flowmine --db {path} patterns list --type test\n  flowmine --db {path} patterns show {best}\n  \
         flowmine --db {path} process\n  flowmine --db YOUR/workflow_history.db backfill --dry-run"
    ))?;
    Ok(answer.exit())
}

fn println_to_stdout(text: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{text}")
}
