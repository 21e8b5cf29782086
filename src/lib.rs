//! flowmine finds the operations that keep recurring in the runs of AI developer workflows (ADWs: agent runs that plan,
//! build, test, patch, review or ship a change), and says what automating them would save.
//!
//! How the data flows:
//!
//! ```text
//! workflow_history ──▶ Workflow ──▶ Signature ──▶ occurrences + patterns ──▶ statistics ──▶ analysis ──▶ table / JSON
//!     db::history      workflow   detect (pure)     pipeline, db::patterns     statistics      analysis      render
//! ```
//!
//! [`db`] has all the SQL, [`detect`] and [`statistics`] are pure, [`snapshot`] is a file's content in memory,
//! [`import`] turns transcripts into a history, [`pipeline`] runs detection over whole histories, [`persistence`]
//! records single workflows, [`doctor`] says what is wrong with a file and mends it, [`analysis`] works out what is
//! shown, and [`render`] shows it.
//!
//! ```no_run
//! use flowmine::db::{Database, LockWait};
//! use flowmine::analysis::Analysis;
//!
//! let db = Database::open_for_reading("db/workflow_history.db".as_ref(), LockWait::default())?;
//! let analysis = Analysis::read(&db, jiff::Timestamp::now())?;
//! for pattern in &analysis.patterns {
//!     println!("{}: ${:.2} a month", pattern.pattern.signature, pattern.most_savings());
//! }
//! if let Some(saving) = analysis.overview.saving {
//!     println!("each workflow once: ${:.2} to ${:.2} a month", saving.least, saving.most);
//! }
//! # Ok::<(), flowmine::db::Error>(())
//! ```

pub mod analysis;
pub mod db;
pub mod detect;
pub mod doctor;
pub mod hash;
pub mod import;
pub mod input;
pub mod parallel;
pub mod persistence;
pub mod pipeline;
pub mod render;
pub mod rules;
pub mod signature;
pub mod snapshot;
pub mod statistics;
pub mod time;
pub mod value;
pub mod workflow;
