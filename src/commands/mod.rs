//! One handler a subcommand: ask the database or the pipeline, hand the answer to the output.

mod backfill;
mod demo;
mod doctor;
mod explain;
mod patterns;
mod process;
mod rules;
mod shell;
mod stats;

use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use flowmine::analysis::lookup::{self, suggestion};
use flowmine::analysis::{Analysis, Span};
use flowmine::db::runs::Outcome;
use flowmine::db::{Database, Interrupt, LockWait};
use flowmine::detect::RuleSet;
use flowmine::pipeline::rules::{RulesInForce, in_force, load, mixture};
use flowmine::pipeline::{self, Plan, RunSummary, Selection};
use flowmine::render::run::{self, RunFacts};
use flowmine::render::{Document, Format, Style};
use flowmine::time::{Bound, parse_bound};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::cli::{Cli, Command, FormatChoice, Global, Patterns, Rules, SpanArgs};
use crate::terminal::Terminal;

/// How a command ended, as the shell is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All done, or nothing to do.
    Done = 0,
    /// It failed.
    Failed = 1,
    /// The command line makes no sense.
    Usage = 2,
    /// Finished, but some workflows failed, or the doctor found something wrong.
    SomeFailed = 3,
    /// Ctrl-C or SIGTERM.
    Interrupted = 130,
}

/// What every handler needs.
pub struct Session<'a> {
    global: &'a Global,
    terminal: &'a Terminal,
    interrupt: Interrupt,
    now: Timestamp,
    zone: TimeZone,
}

/// A word of the command line that makes no sense, found out after parsing.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct UsageError(pub String);

/// Runs the command.
pub fn run(cli: &Cli, terminal: &Terminal, interrupt: Interrupt) -> Result<Exit> {
    let session =
        Session { global: &cli.global, terminal, interrupt, now: Timestamp::now(), zone: zone(&cli.global)? };
    match &cli.command {
        Command::Backfill(args) => backfill::run(&session, args),
        Command::Process(args) => process::run(&session, args),
        Command::Patterns(Patterns::List(args)) => patterns::list(&session, args),
        Command::Patterns(Patterns::Show(args)) => patterns::show(&session, args),
        Command::Patterns(Patterns::SetStatus(args)) => patterns::set_status(&session, args),
        Command::Stats(args) => stats::run(&session, args),
        Command::Demo(args) => demo::run(&session, args),
        Command::Doctor(args) => doctor::run(&session, args),
        Command::Explain(args) => explain::run(&session, args),
        Command::Rules(Rules::Show(args)) => rules::show(&session, args),
        Command::Rules(Rules::Check(args)) => rules::check(&session, args),
        Command::Rules(Rules::Init(args)) => rules::init(args),
        Command::Completions(args) => shell::completions(args),
        Command::Man(args) => shell::man(args),
    }
}

fn zone(global: &Global) -> Result<TimeZone> {
    match &global.timezone {
        None => Ok(TimeZone::system()),
        Some(name) => TimeZone::get(name).map_err(|_| {
            let known: Vec<_> = jiff::tz::db().available().map(|zone| zone.as_str().to_owned()).collect();
            let hint = match lookup::close(name, known.iter().map(String::as_str)) {
                close if close.is_empty() => "; give a name such as Europe/Berlin or UTC".to_owned(),
                close => suggestion(&close),
            };
            UsageError(format!("--timezone: '{}' is no time zone{hint}", name.escape_debug())).into()
        }),
    }
}

impl Session<'_> {
    fn wait(&self) -> LockWait {
        LockWait { timeout: Duration::from_secs(self.global.busy_timeout), interrupt: self.interrupt.clone() }
    }

    fn open_for_reading(&self) -> Result<Database> {
        Ok(Database::open_for_reading(&self.global.db, self.wait())?)
    }

    fn open_for_writing(&self, path: &Path) -> Result<Database> {
        Ok(Database::open_for_writing(path, self.wait())?)
    }

    fn database(&self) -> String {
        self.global.db.display().to_string()
    }

    /// Puts a document on stdout.
    fn show(&self, document: &Document, format: FormatChoice) -> Result<()> {
        self.show_in(document, format, &self.terminal.style)
    }

    /// Puts a document on stdout, in a style of its own.
    fn show_in(&self, document: &Document, format: FormatChoice, style: &Style) -> Result<()> {
        let mut stdout = io::BufWriter::new(io::stdout().lock());
        document.write(&mut stdout, self::format(format), style).context("cannot write to stdout")?;
        stdout.flush().context("cannot write to stdout")
    }

    /// The span of time that a person asks for.
    fn span(&self, args: &SpanArgs) -> Result<Span> {
        let bound = |flag: &str, text: &Option<String>, bound| {
            let parsed =
                text.as_deref().map(|text| parse_bound(text, bound, self.now, &self.zone)).transpose();
            parsed.map_err(|problem| UsageError(format!("{flag}: {problem}")))
        };
        let since = bound("--since", &args.since, Bound::Since)?;
        let until = bound("--until", &args.until, Bound::Until)?;
        match (since, until) {
            (Some(from), Some(to)) if from >= to => {
                Err(UsageError("--since is not before --until, so no workflow can be meant".to_owned())
                    .into())
            }
            _ => Ok(Span { since, until }),
        }
    }

    /// The rules in force where no database is needed: those asked for, else those of the file's last run if there is a
    /// file, else the default.
    fn rules(&self) -> Result<RulesInForce> {
        match (&self.global.rules, self.open_for_reading()) {
            (Some(name), _) => Ok(load(name)?),
            (None, Ok(db)) => Ok(in_force(&db, None)?),
            (None, Err(_)) => Ok(load(RuleSet::BUILTIN[0])?),
        }
    }

    /// Runs the pipeline on a database with the rules in force.
    fn pipeline(&self, db: &mut Database, ask: Ask) -> Result<Answer> {
        let started = Instant::now();
        let RulesInForce { rules, used } = in_force(db, self.global.rules.as_deref())?;
        if let Some(mixture) = mixture(db, &used)?.filter(|_| !ask.rebuild) {
            tracing::warn!("[Pattern] {mixture}");
        }
        let plan = Plan {
            command: ask.command,
            selection: ask.selection,
            rules: &rules,
            rules_used: used,
            dry_run: ask.dry_run,
            rebuild: ask.rebuild,
            batch_size: ask.batch_size,
            now: self.now,
        };
        let mut summary = pipeline::run(db, &plan, &mut self.terminal.progress())?;
        let mut analysis = Analysis::of(db, &mut summary.snapshot)?;
        // The snapshot was taken before the run stored these very numbers.
        let settled = !ask.dry_run && summary.outcome == Outcome::Done;
        analysis.patterns.iter_mut().for_each(|pattern| pattern.is_stored |= settled);
        Ok(Answer {
            summary,
            analysis,
            rules: rules.name().to_owned(),
            seconds: started.elapsed().as_secs_f64(),
        })
    }

    /// The document of a run.
    fn run_document(&self, answer: &Answer, command: &'static str, path: &Path, dry_run: bool) -> Document {
        let facts = self.run_facts(answer, command, path, dry_run);
        run::document(&answer.summary, &answer.analysis, &facts, &self.zone)
    }

    fn run_facts<'a>(
        &self,
        answer: &'a Answer,
        command: &'static str,
        database: &'a Path,
        dry_run: bool,
    ) -> RunFacts<'a> {
        RunFacts { command, database, rules: &answer.rules, dry_run, now: self.now, seconds: answer.seconds }
    }
}

/// What a command asks of the pipeline.
struct Ask {
    command: &'static str,
    selection: Selection,
    dry_run: bool,
    rebuild: bool,
    batch_size: std::num::NonZeroUsize,
}

/// What came of it.
struct Answer {
    summary: RunSummary,
    analysis: Analysis,
    rules: String,
    seconds: f64,
}

impl Answer {
    fn exit(&self) -> Exit {
        match (&self.summary.outcome, self.summary.counts.failed) {
            (Outcome::Interrupted, _) => Exit::Interrupted,
            (_, 0) if self.summary.unknown_names.is_empty() => Exit::Done,
            _ => Exit::SomeFailed,
        }
    }
}

fn format(choice: FormatChoice) -> Format {
    match choice {
        FormatChoice::Table => Format::Table,
        FormatChoice::Json => Format::Json,
        FormatChoice::Jsonl => Format::Jsonl,
        FormatChoice::Csv => Format::Csv,
        FormatChoice::Markdown => Format::Markdown,
    }
}
