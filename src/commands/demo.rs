//! `demo`: the real thing on a sample file, and on sample transcripts.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use flowmine::analysis::{Analysis, Basis};
use flowmine::db::exclusions::Excludable;
use flowmine::db::review::Review;
use flowmine::db::{Database, sample};
use flowmine::detect::RuleSet;
use flowmine::import::find::{KnownFiles, SearchPlace, find};
use flowmine::import::prices::Prices;
use flowmine::import::run::ImportPlan;
use flowmine::import::sample as transcripts;
use flowmine::pipeline::rules_in_force::load;
use flowmine::pipeline::{Scope, exclude};
use flowmine::render::Document;
use flowmine::render::import::{self as import_screen, ImportFacts};
use flowmine::render::text::{safe, shell_path};
use flowmine::snapshot::Exclusion;
use flowmine::time::parse_time;

use super::import::{Imported, carry_out};
use super::session::Session;
use super::{Exit, output, stats};
use crate::cli::{Demo, FormatChoice};

/// What the sample's people decided: a tool does this pattern now, and this workflow is left out.
const PATTERN: &str = "deps:pip:update";
const STATUS: &str = "implemented";
const WORKFLOW: &str = "wf-55ae382c943a24a2";
const BY: &str = "mara";
const AT: &str = "2026-09-18 08:00:00";
const DAY: &str = AT.split_at(10).0;

pub fn run(session: &Session<'_>, args: &Demo) -> Result<Exit> {
    let path = path(session, args);
    let is_new = sample::make(path)?;
    let mut db = session.open_for_writing(path)?;
    let in_force = session.rules_in_force(&db)?;
    let mut answer = session.run(&mut db, session.plan("backfill", Scope::All, &in_force))?;
    if is_new {
        decide(session, &mut db)?;
    }
    let (shown, origin) = (shell_path(path), session.origin_of(path));
    say(session, &beginning(&shown, is_new))?;
    show(session, answer.document(&db, &origin)?)?;
    say(session, &before_stats(is_new))?;
    show(session, stats::document(session, &db, Basis::default())?)?;
    let own = own_path(path);
    let shown_own = shell_path(&own);
    let is_there = own.symlink_metadata().is_ok();
    say(session, &before_import(&shown_own, is_there))?;
    if !is_there {
        show(session, import_transcripts(session, &own)?)?;
    }
    say(session, &next_steps(&shown, &shown_own, &answer.analysis(&db)?))?;
    Ok(answer.exit())
}

fn beginning(path: &str, is_new: bool) -> String {
    if is_new {
        format!(
            "Made {path}: four months of a small team's workflows. This is 'flowmine --db {path} backfill':\n\n"
        )
    } else {
        format!(
            "{path} is there from an earlier demo. Running 'flowmine --db {path} backfill' again changes nothing:\n\n"
        )
    }
}

/// What stands before the statistics; the decisions are made only in a new file.
fn before_stats(is_new: bool) -> String {
    if !is_new {
        return "\nAnd this is 'flowmine stats':\n\n".to_owned();
    }
    format!(
        "\nAnd this is 'flowmine stats', now that {BY} has decided two things:\n  \
         flowmine patterns set-status {PATTERN} {STATUS}   on {DAY}\n  \
         flowmine patterns exclude {WORKFLOW}             nothing ran in it\n\n"
    )
}

fn before_import(own: &str, is_there: bool) -> String {
    if is_there {
        format!(
            "\n{own} is there, perhaps from an earlier demo: the sample's transcripts are not imported again.\n"
        )
    } else {
        format!(
            "\nWhoever has no such file has transcripts. This is 'flowmine import' on some of\n\
             Claude Code and Codex, invented as the rest, into {own}:\n\n"
        )
    }
}

fn next_steps(path: &str, imported: &str, analysis: &Analysis) -> String {
    let best = analysis.most_saving(1).into_iter().map(|best| safe(&best.pattern.signature));
    format!(
        "\nTry next:\n  flowmine --db {path} patterns list --type test\n  flowmine --db {path} patterns show {}\n  \
         flowmine --db {imported} patterns show test:pytest:backend\n  \
         flowmine import                  your own transcripts\n  \
         flowmine --db YOUR/workflow_history.db backfill --dry-run\n",
        best.collect::<String>()
    )
}

fn say(session: &Session<'_>, text: &str) -> Result<()> {
    if session.global.quiet { Ok(()) } else { output::put("demo", text) }
}

fn show(session: &Session<'_>, document: Document) -> Result<()> {
    if session.global.quiet { Ok(()) } else { session.show(document, FormatChoice::Table) }
}

/// Decides as the sample's people did.
fn decide(session: &Session<'_>, db: &mut Database) -> Result<()> {
    let at = parse_time(AT).unwrap_or(session.now);
    let patterns = db.stored_patterns()?;
    let decided = patterns.iter().find(|pattern| pattern.signature == PATTERN);
    if let Some(id) = decided.and_then(|pattern| pattern.id) {
        let note = Some("a bot opens these pull requests");
        let review = Review { status: STATUS, note, by: Some(BY), at };
        db.set_status(id, &review)?;
    }
    let exclusion = Exclusion {
        by: Some(BY.to_owned()),
        at: Some(AT.to_owned()),
        note: Some("nothing ran in it".to_owned()),
    };
    exclude(db, &[Excludable::Workflow(WORKFLOW.to_owned())], &exclusion, session.now)?;
    Ok(())
}

/// Imports the sample's transcripts, which are on the disk for as long as that takes.
fn import_transcripts(session: &Session<'_>, own: &Path) -> Result<Document> {
    let folder = std::env::temp_dir().join(format!("flowmine-demo-{}", std::process::id()));
    std::fs::create_dir(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let document = transcripts::write(&folder)
        .with_context(|| format!("cannot write to {}", folder.display()))
        .and_then(|()| import_from(session, &folder, own));
    let _ = std::fs::remove_dir_all(&folder);
    document
}

fn import_from(session: &Session<'_>, folder: &Path, own: &Path) -> Result<Document> {
    let found = find(&[SearchPlace { source: None, path: folder.to_owned() }], &KnownFiles::default());
    let prices = Prices::builtin();
    let in_force = load(session.global.rules.as_deref().unwrap_or(RuleSet::BUILTIN[0]))?;
    let rules = || &in_force.rules;
    let plan = ImportPlan { found: &found, prices: &prices, rules: &rules, since: None, keep_text: true };
    let Imported { summary, analysis, .. } = carry_out(session, own, &plan, &|| &in_force)?;
    let facts = ImportFacts { prices: &prices, dry_run: false, elsewhere: None };
    Ok(import_screen::document(&summary, &facts, analysis.as_ref(), &session.origin_of(own)))
}

fn path<'a>(session: &'a Session<'_>, args: &'a Demo) -> &'a Path {
    match &args.path {
        Some(path) => path,
        None if session.global.is_db_given => &session.db,
        None => Path::new("flowmine-demo.db"),
    }
}

/// Beside the sample file, the one that the transcripts are imported into.
fn own_path(path: &Path) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{stem}-import.db"))
}
