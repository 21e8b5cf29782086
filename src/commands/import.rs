//! `import`: transcripts become history, and the history is gone through.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use flowmine::db::{Database, own_file};
use flowmine::detect::{Evidence, RuleSet};
use flowmine::import::find::{Found, SearchPlace, Surroundings, find, usual_places};
use flowmine::import::operations;
use flowmine::import::prices::Prices;
use flowmine::import::run::{ImportPlan, ImportSummary, import, preview};
use flowmine::import::turn::{Source, Turn};
use flowmine::persistence::record_pattern_occurrence;
use flowmine::pipeline::rules::{in_force, load};
use flowmine::pipeline::{BATCH_SIZE, Selection, Which};
use flowmine::render::import::{self as screen, ImportFacts};
use flowmine::time::{Bound, parse_bound};
use flowmine::workflow::Workflow;

use super::answer::Answer;
use super::run::Ask;
use super::session::Session;
use super::{Exit, UsageError, place};
use crate::cli::{Import, SourceChoice};

/// Runs `import`.
pub fn run(session: &Session<'_>, args: &Import) -> Result<Exit> {
    let found = look(args)?;
    let prices = prices(args)?;
    let since = args.since.as_deref().map(|text| parse_bound(text, Bound::Since, session.now, &session.zone));
    let since = since.transpose().map_err(|problem| UsageError(format!("--since: {problem}")))?;
    let path = session.global.db.clone().map_or_else(place::own, Ok)?;
    let rules = rules(session, &path)?;
    let plan = ImportPlan {
        found: &found,
        prices: &prices,
        since,
        dry_run: args.dry_run,
        keep_text: !args.no_text,
        name: &|request, line| operations(&rules, request, line),
    };
    let (summary, answer) = if args.dry_run {
        foresee(session, &path, &plan)?
    } else {
        carry_out(session, &path, &plan, &rules)?
    };
    report_problems(&summary);
    if !session.global.quiet || args.dry_run {
        let facts = ImportFacts { prices_as_of: prices.as_of, dry_run: args.dry_run };
        let analysis = answer.as_ref().map(|answer| &answer.analysis);
        session.show(
            &screen::document(&summary, &facts, analysis, &session.origin_of(&path)),
            args.format.format,
        )?;
    }
    let exit = answer.map_or(Exit::Done, |answer| answer.exit());
    Ok(if exit == Exit::Done && summary.has_problems() { Exit::SomeFailed } else { exit })
}

/// Imports, and goes through the history as `backfill` does.
fn carry_out(
    session: &Session<'_>,
    path: &Path,
    plan: &ImportPlan<'_>,
    rules: &RuleSet,
) -> Result<(ImportSummary, Option<Answer>)> {
    let mut db = own_file::open_or_make(path, session.wait())?;
    if !own_file::is_own(&db)? && plan.found.files.iter().any(|file| file.source != Source::Adw) {
        bail!(
            "{} is another program's file: only runs go there ('flowmine import adw PATH'); leave out --db and \
             WORKFLOW_HISTORY_DB to import everything into flowmine's own file",
            path.display()
        );
    }
    let summary = import(&mut db, plan, &mut session.terminal.import_progress())?;
    record_unkept(&db, &summary.unkept, rules, session)?;
    let answer = go_through(session, &mut db, &summary)?;
    Ok((summary, Some(answer)))
}

/// Goes through the history as `backfill` does; where nothing is new, only looks whether the last time was complete.
fn go_through(session: &Session<'_>, db: &mut Database, summary: &ImportSummary) -> Result<Answer> {
    let ask = |dry_run, rebuild| Ask {
        command: "import",
        selection: Selection::finished(Which::All),
        dry_run,
        rebuild,
        batch_size: BATCH_SIZE,
    };
    if summary.is_unchanged() {
        let answer = session.run(db, ask(true, false))?;
        let is_complete = answer.summary.counts.new_occurrences == 0
            && answer.analysis.patterns.iter().all(|pattern| pattern.is_stored);
        if is_complete {
            return Ok(answer);
        }
    }
    // A turn that has grown may be another operation than its beginning seemed to be.
    let rebuild = summary.workflows.changed > 0 && own_file::is_own(db)? && own_file::has_all_texts(db)?;
    session.run(db, ask(false, rebuild))
}

/// Records the operations of turns whose texts are not kept: afterwards nobody can tell them.
fn record_unkept(db: &Database, turns: &[Turn], rules: &RuleSet, session: &Session<'_>) -> Result<()> {
    for turn in turns {
        let evidence = Evidence {
            request: Some(&turn.request),
            template: turn.template.as_deref(),
            ..Evidence::default()
        };
        let workflow = Workflow { key: Some(turn.key.clone()), ..Workflow::default() };
        for signature in rules.detect(&evidence) {
            record_pattern_occurrence(db, signature, &workflow, session.now)?;
        }
    }
    Ok(())
}

fn foresee(
    session: &Session<'_>,
    path: &Path,
    plan: &ImportPlan<'_>,
) -> Result<(ImportSummary, Option<Answer>)> {
    let is_there = path.symlink_metadata().is_ok();
    let db = is_there.then(|| Database::open_for_reading(path, session.wait())).transpose()?;
    Ok((preview(db.as_ref(), plan, &mut session.terminal.import_progress())?, None))
}

/// The rules that the run over the history will use: those asked for, else those of the file's last run.
fn rules(session: &Session<'_>, path: &Path) -> Result<RuleSet> {
    let asked = session.global.rules.as_deref();
    let is_there = path.symlink_metadata().is_ok();
    Ok(match (asked, is_there) {
        (None, true) => in_force(&Database::open_for_reading(path, session.wait())?, None)?.rules,
        _ => load(asked.unwrap_or(RuleSet::BUILTIN[0]))?.rules,
    })
}

fn look(args: &Import) -> Result<Found> {
    let (source, paths) = args.source_and_paths();
    let source = source.map(|source| match source {
        SourceChoice::Claude => Source::Claude,
        SourceChoice::Codex => Source::Codex,
        SourceChoice::Adw => Source::Adw,
    });
    let places: Vec<_> = if paths.is_empty() {
        let around = surroundings();
        let sources = Source::ALL.into_iter().filter(|one| source.is_none_or(|wanted| wanted == *one));
        sources.flat_map(|source| usual_places(source, &around)).collect()
    } else {
        paths.iter().map(|path| SearchPlace { source, path: path.clone() }).collect()
    };
    let missing = paths.iter().find(|path| !path.exists());
    if let Some(missing) = missing {
        bail!("no such file or folder: {}", missing.display());
    }
    let found = find(&places);
    if found.files.is_empty() && found.unreadable.is_empty() {
        let looked: Vec<_> = places.iter().map(|place| format!("\n  {}", place.path.display())).collect();
        bail!("no transcripts found; looked in:{}", looked.concat());
    }
    Ok(found)
}

fn surroundings() -> Surroundings {
    let path = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| !path.as_os_str().is_empty());
    let text = |name| std::env::var(name).ok().filter(|text| !text.is_empty());
    Surroundings {
        home: path("HOME").or_else(|| path("USERPROFILE")),
        config_home: path("XDG_CONFIG_HOME"),
        claude: text("CLAUDE_CONFIG_DIR"),
        codex: text("CODEX_HOME"),
        here: std::env::current_dir().unwrap_or_default(),
    }
}

fn prices(args: &Import) -> Result<Prices> {
    let prices = Prices::builtin();
    Ok(match &args.prices {
        Some(path) => prices.with_file(path)?,
        None => prices,
    })
}

fn report_problems(summary: &ImportSummary) {
    for (path, reason) in &summary.unreadable {
        tracing::warn!("cannot read {}: {reason}; skipped", path.display());
    }
    for (path, lines) in &summary.bad_lines {
        for line in lines {
            tracing::info!("{} line {} {}; skipped", path.display(), line.number, line.problem);
        }
    }
}
