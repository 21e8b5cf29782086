//! What every handler needs: the global options, the terminal, the time.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, anyhow};
use flowmine::db::{self, Database, Interrupt, LockWait};
use flowmine::pipeline::rules_in_force::judgement_in_force;
use flowmine::render::text::shown_path;
use flowmine::render::{Document, DocumentOrigin, Style};
use flowmine::snapshot::Snapshot;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{database_path, output, time_zone};
use crate::cli::{FormatChoice, Global};
use crate::terminal::Terminal;

/// The message where no workflow of a file has this name.
pub fn no_workflow(name: &str, file: &Path) -> String {
    format!("no workflow '{name}' in {}: no workflow_id, adw_id or id is this", shown_path(file))
}

/// What every handler needs.
pub struct Session<'a> {
    pub global: &'a Global,
    /// The file to work on.
    pub db: PathBuf,
    pub terminal: &'a Terminal,
    interrupt: Interrupt,
    pub now: Timestamp,
    pub zone: TimeZone,
    /// What was said on stderr that a program that reads the answer is to know too.
    said: RefCell<Vec<String>>,
}

impl<'a> Session<'a> {
    pub fn new(global: &'a Global, terminal: &'a Terminal, interrupt: Interrupt) -> Result<Self> {
        let zone = time_zone::zone(global.timezone.as_deref())?;
        let db = database_path::database(global.db.as_deref());
        Ok(Self { global, db, terminal, interrupt, now: Timestamp::now(), zone, said: RefCell::default() })
    }

    pub fn wait(&self) -> LockWait {
        LockWait { timeout: Duration::from_secs(self.global.busy_timeout), interrupt: self.interrupt.clone() }
    }

    pub fn open_for_reading(&self) -> Result<Database> {
        self.found(Database::open_for_reading(&self.db, self.wait()))
    }

    pub fn open_for_writing(&self, path: &Path) -> Result<Database> {
        self.found(Database::open_for_writing(path, self.wait()))
    }

    /// Says where a file was looked for, where nobody has named one.
    fn found(&self, opened: db::Result<Database>) -> Result<Database> {
        opened.map_err(|error| match error {
            db::Error::Missing(path) if self.global.db.is_none() && path == self.db => {
                anyhow!(database_path::not_found())
            }
            error => error.into(),
        })
    }

    /// All that the file says, with the patterns marked that take judgement by the rules in force.
    pub fn snapshot(&self, db: &Database) -> Result<Snapshot> {
        let mut snapshot = db.snapshot(self.now)?;
        let (rules, lost) = judgement_in_force(db, self.global.rules.as_deref())?;
        if let Some(reason) = lost {
            self.warn(format!(
                "{reason}; until then an operation that 'default' does not know counts as taking judgement"
            ));
        }
        snapshot.mark_judgement(|signature| rules.needs_judgement(signature));
        Ok(snapshot)
    }

    /// Warns of what makes an answer another one than its reader may think.
    pub fn warn(&self, warning: String) {
        tracing::warn!("[Pattern] {warning}");
        self.said.borrow_mut().push(warning);
    }

    /// What a document about the file is about.
    pub fn origin(&self) -> DocumentOrigin {
        self.origin_of(&self.db)
    }

    pub fn origin_of(&self, path: &Path) -> DocumentOrigin {
        DocumentOrigin { database: path.display().to_string(), now: self.now, zone: self.zone.clone() }
    }

    pub fn show(&self, document: Document, format: FormatChoice) -> Result<()> {
        self.show_in(document, format, &self.terminal.style)
    }

    /// Shows a document with all that was warned of.
    pub fn show_in(&self, document: Document, format: FormatChoice, style: &Style) -> Result<()> {
        let said = self.said.borrow().clone();
        output::show(&Document { said, ..document }, format, style)
    }
}
