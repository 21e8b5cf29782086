//! `import`: transcripts become history, and the patterns in it are recorded.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use anyhow::{Result, bail};
use flowmine::analysis::Analysis;
use flowmine::db::totals::totals;
use flowmine::db::{Database, own_file};
use flowmine::import::find::{Environment, FoundTranscripts, KnownFiles, SearchPlace, find, usual_places};
use flowmine::import::prices::Prices;
use flowmine::import::run::{
    ImportPlan, ImportSummary, import, known_files, note_detected, preview, prices_in_force,
};
use flowmine::import::turn::Source;
use flowmine::parallel::both;
use flowmine::pipeline::rules_in_force::{RulesInForce, builtin_in_force, load_for};
use flowmine::pipeline::{Plan, Scope};
use flowmine::render::import::{self as screen, ImportFacts};
use flowmine::render::words;
use flowmine::time::Bound;

use super::run::Answer;
use super::session::Session;
use super::{Exit, database_path};
use crate::cli::{Import, SourceChoice};

/// Waits for the rules, which another thread makes while transcripts are read.
pub type MadeRules<'a> = &'a (dyn Fn() -> &'a RulesInForce + Sync);

pub fn run(session: &Session<'_>, args: &Import) -> Result<Exit> {
    let path = session.global.db.clone().map_or_else(database_path::own, Ok)?;
    let is_there = path.symlink_metadata().is_ok();
    let before = is_there.then(|| Database::open_for_reading(&path, session.wait())).transpose()?;
    // The rules that the run over the history will use: those asked for, else those of the file's last run.
    let (asked, last) = (session.global.rules.as_deref(), before.as_ref().map(Database::last_rules));
    let last = last.transpose()?.flatten();
    // A rules file is loaded first, so that nothing is written where that fails; built-in rules can be made meanwhile.
    let own = match builtin_in_force(asked, last.as_ref()) {
        Some(_) => None,
        None => Some(load_for(asked, last.as_ref())?),
    };
    let load = || load_for(asked, last.as_ref()).expect("rules that are built in can be had");
    let rules = LazyLock::new(|| own.unwrap_or_else(load));
    let made = || &*rules;
    both(|| _ = made(), || run_with(session, args, (&path, before), &made)).1
}

/// Runs it on a file, which is open for reading where it is there.
fn run_with(
    session: &Session<'_>,
    args: &Import,
    (path, before): (&Path, Option<Database>),
    made: MadeRules<'_>,
) -> Result<Exit> {
    let known = before.as_ref().map(known_files).transpose()?.unwrap_or_default();
    let (found, prices) = (look(args, &known)?, prices(args, before.as_ref())?);
    let since = session.bound("--since", args.since.as_deref(), Bound::Since)?;
    if let Some(before) = &before {
        refuse_another_programs(before, &found)?;
    }
    let rules = || &made().rules;
    let plan = ImportPlan { found: &found, prices: &prices, rules: &rules, since, keep_text: !args.no_text };
    let Imported { summary, analysis, exit } = if args.dry_run {
        let summary = preview(before.as_ref(), &plan, &mut session.terminal.progress())?;
        Imported { summary, analysis: None, exit: Exit::Done }
    } else {
        drop(before);
        carry_out(session, path, &plan, made)?
    };
    report_problems(&summary);
    if !args.source_and_paths().1.is_empty() {
        report_no_transcripts(&summary);
    }
    if !session.global.quiet || args.dry_run {
        let elsewhere = database_path::database(session.global.db.as_deref());
        let elsewhere = Some(elsewhere).filter(|elsewhere| elsewhere != path && !args.dry_run);
        let elsewhere = elsewhere.map(|elsewhere| elsewhere.display().to_string());
        let facts = ImportFacts { prices: &prices, dry_run: args.dry_run, elsewhere };
        let origin = session.origin_of(path);
        session.show(screen::document(&summary, &facts, analysis.as_ref(), &origin), args.format.format)?;
    }
    Ok(if exit == Exit::Done && summary.has_problems() { Exit::SomeFailed } else { exit })
}

/// What came of an import and of the run over the history after it.
pub struct Imported {
    pub summary: ImportSummary,
    pub analysis: Option<Analysis>,
    pub exit: Exit,
}

/// Imports, and records patterns as `backfill` does, with the plan's rules.
pub fn carry_out(
    session: &Session<'_>,
    path: &Path,
    plan: &ImportPlan<'_>,
    made: MadeRules<'_>,
) -> Result<Imported> {
    let mut db = own_file::open_or_make(path, session.wait())?;
    // The run prepares the file, too, but an import writes rows before it.
    db.prepare_for_writing()?;
    if !plan.keep_text && own_file::has_texts(&db)? {
        tracing::warn!("texts that were imported before are kept: only a new file has none of them");
    }
    let mut summary = import(&db, plan, &mut session.terminal.progress())?;
    let is_own = own_file::is_own(&db)?;
    if !(session.global.quiet && is_own) {
        summary.totals = totals(&db)?;
    }
    if !is_own && summary.totals.turns == 0 {
        let path = path.display();
        tracing::warn!(
            "no workflow in {path} has one of these runs' ids as its adw_id: nothing of them was kept"
        );
    }
    if is_own && summary.is_detected {
        let analysis = if_shown(session, || Ok(Analysis::of(&db, &mut session.snapshot(&db)?)?))?;
        return Ok(Imported { summary, analysis, exit: Exit::Done });
    }
    let mut answer = go_through(session, &mut db, &summary, made())?;
    if answer.exit() == Exit::Done {
        note_detected(&db, summary.revision)?;
    }
    let analysis = if_shown(session, || answer.analysis(&db))?;
    Ok(Imported { summary, exit: answer.exit(), analysis })
}

/// Only runs can be imported into another program's file: it has no place for a person's turns.
fn refuse_another_programs(db: &Database, found: &FoundTranscripts) -> Result<()> {
    if !own_file::is_own(db)? && found.files.iter().any(|file| file.source != Source::Adw) {
        bail!(
            "{} is another program's file: only runs go there ('flowmine import adw PATH'); leave out --db and \
             WORKFLOW_HISTORY_DB to import everything into flowmine's own file",
            db.path().display()
        );
    }
    Ok(())
}

fn if_shown(session: &Session<'_>, read: impl FnOnce() -> Result<Analysis>) -> Result<Option<Analysis>> {
    if session.global.quiet { Ok(None) } else { read().map(Some) }
}

/// Records patterns as `backfill` does; where nothing is new, only if the last import did not get that far. In another
/// program's file an earlier run has perhaps found in requests what the commands that ran now say better; what it found in
/// other workflows stays, whatever its rules were.
fn go_through<'a>(
    session: &Session<'_>,
    db: &mut Database,
    summary: &ImportSummary,
    rules: &'a RulesInForce,
) -> Result<Answer<'a>> {
    let plan = || session.plan("import", Scope::All, rules);
    let is_own = own_file::is_own(db)?;
    if summary.is_unchanged() && !summary.is_renamed && (is_own || summary.is_detected) {
        let mut answer = session.run(db, Plan { dry_run: true, ..plan() })?;
        let is_complete = answer.summary.counts.new_occurrences == 0
            && answer.analysis(db)?.patterns.iter().all(|pattern| pattern.is_stored);
        if is_complete {
            return Ok(answer);
        }
    }
    if !is_own {
        session.run(db, Plan { rebuild: true, ..session.plan("import", Scope::Measured, rules) })?;
    }
    session.run(db, Plan { rebuild: summary.needs_rebuild() && is_own, ..plan() })
}

/// The prices asked for, else those that were last given for the file.
fn prices(args: &Import, db: Option<&Database>) -> Result<Prices> {
    Ok(match (&args.prices, db) {
        (Some(path), _) => Prices::builtin().with_file(path)?,
        (None, Some(db)) => prices_in_force(db)?,
        (None, None) => Prices::builtin(),
    })
}

fn look(args: &Import, known: &KnownFiles) -> Result<FoundTranscripts> {
    let (source, paths) = args.source_and_paths();
    let source = source.map(|source| match source {
        SourceChoice::Claude => Source::Claude,
        SourceChoice::Codex => Source::Codex,
        SourceChoice::Adw => Source::Adw,
    });
    let places: Vec<_> = if paths.is_empty() {
        let environment = environment();
        let sources = Source::ALL.into_iter().filter(|one| source.is_none_or(|wanted| wanted == *one));
        sources.flat_map(|source| usual_places(source, &environment)).collect()
    } else {
        paths.iter().map(|path| SearchPlace { source, path: path.clone() }).collect()
    };
    let missing = paths.iter().find(|path| !path.exists());
    if let Some(missing) = missing {
        bail!(
            "no such file or folder: {}; a source (claude, codex or adw) is named first, and only one",
            missing.display()
        );
    }
    let found = find(&places, known);
    if found.files.is_empty() && found.unreadable.is_empty() {
        let looked: Vec<_> = places.iter().map(|place| place.path.display().to_string()).collect();
        bail!("no transcripts found; looked in {}", looked.join(", "));
    }
    Ok(found)
}

fn environment() -> Environment {
    let path = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| !path.as_os_str().is_empty());
    let text = |name| std::env::var(name).ok().filter(|text| !text.is_empty());
    Environment {
        home: path("HOME").or_else(|| path("USERPROFILE")),
        config_home: path("XDG_CONFIG_HOME"),
        claude: text("CLAUDE_CONFIG_DIR"),
        codex: text("CODEX_HOME"),
        here: std::env::current_dir().unwrap_or_default(),
    }
}

fn report_problems(summary: &ImportSummary) {
    for (path, reason) in &summary.unreadable {
        tracing::warn!("cannot read {}: {reason}; skipped", path.display());
    }
    if let Some((path, lines)) = summary.bad_lines.first() {
        let (number, first) = (words::count(summary.unreadable_lines, "line"), &lines[0]);
        let first = format!("the first is line {} of {}", first.number, path.display());
        tracing::warn!("{number} could not be read, skipped; {first}");
    }
    report_kept(summary);
    for (path, lines) in &summary.bad_lines {
        for line in lines {
            tracing::info!("{} line {} {}; skipped", path.display(), line.number, line.problem);
        }
    }
}

/// Names the first file that a person named and that is no transcript of its source: it may be another source's.
fn report_no_transcripts(summary: &ImportSummary) {
    if let Some((path, source)) = summary.empty.first() {
        let more = match summary.empty.len() - 1 {
            0 => String::new(),
            more => format!(", nor are {}", words::count(more as u64, "other file")),
        };
        tracing::warn!("{} is no transcript of {}{more}", path.display(), source.name());
    }
}

/// Says how many workflows stay as they were because their transcripts' facts can no longer be read.
pub fn report_kept(summary: &ImportSummary) {
    let (transcripts, workflows) = summary.kept;
    if workflows > 0 {
        let (transcripts, workflows) =
            (words::count(transcripts, "transcript"), words::count(workflows, "workflow"));
        tracing::warn!(
            "what {transcripts} said can no longer be read: {workflows} of them stay as they were; an import that \
             finds the files reads them again"
        );
    }
}
