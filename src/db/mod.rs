//! All SQL lives here: opening a file that is not ours, reading its history, recording patterns.
//!
//! # Locking
//!
//! Every write is a short transaction that begins with `BEGIN IMMEDIATE`, because a transaction that reads first and
//! then writes fails at once under another writer. SQLite itself waits a tenth of a second for a lock; [`Database`]
//! asks again until the busy timeout is over or the run is interrupted, so that Ctrl-C is answered while waiting. No
//! cursor stays open while something is written: in rollback mode an open SELECT blocks COMMIT. The history is read by
//! key, up to the highest rowid there was at the start.
//!
//! # Compatibility
//!
//! The file belongs to another program. Foreign keys are not enforced (the application's own schema has one that SQLite
//! cannot enforce, and the bundled build would refuse every insert). Nothing persistent is changed but rows and what is
//! missing of `schema.sql` and `import.sql`: no journal mode, no `user_version`, no ANALYZE, no checkpoint. Only an
//! import and the demo create a file (`own_file.rs`, `sample.rs`); another one is written only once it has been
//! recognised. Columns are looked up, and what is missing reads as NULL; see [`layout`].
//!
//! # Promises
//!
//! - **A crash, a kill or a full disk at any write leaves the file whole**: SQLite's journal undoes what was not
//!   committed, and nothing here weakens it. `tests/faults/kill.rs` kills the process at every single write and fsync,
//!   `tests/faults/disk.rs` makes each of them fail; afterwards `integrity_check` is ok and one more run ends in what an
//!   undisturbed run gives.
//! - **The application gets to write**, within its own timeout: `tests/faults/neighbour.rs`. Who holds the lock for too
//!   long is named in an error, and nothing is written: `tests/faults/lock.rs`.
//! - **What is no usable file gets a message of its own and stays as it is**, byte by byte: `tests/faults/unusable.rs`.
//! - **No layout and no value breaks a run**: what cannot be used is refused before the first write, what cannot be read is
//!   unknown or one workflow's error. `tests/faults/layouts.rs`, `values.rs`, and `properties.rs` for those nobody
//!   thought of.
//! - **Reading changes nothing**, not even by a checkpoint, and leaves nothing beside the file that was not there. A file in
//!   WAL mode that is not ours to write is read as it lies: `tests/faults/unusable.rs`, `doctor.rs` and `foreign.rs`.
//! - **A file's own code cannot change the history, nor run for ever** (`guard.rs`): an authorizer refuses every write to
//!   `workflow_history`, a statement that takes longer than its share is stopped and named: `tests/faults/promises.rs`.
//! - **Nothing is written to tables that cannot hold it** (`faults.rs`, `indexes.rs`): keys, types, columns and indexes are
//!   judged before the first write, and mended where that needs no guess: `tests/faults/foreign.rs`.
//! - **Values are bound**, never put into SQL; names of columns and tables come from the file's own schema, quoted:
//!   `tests/faults/hostile.rs`.
//! - **A backup is one moment's state, checked, and never replaces a file**: `tests/faults/backup.rs`.
//!
//! # Errors
//!
//! Every function here fails where the file can no longer be read or written, in one line of [`Error`] that says what
//! to do. A transaction that fails changes nothing. Other errors of a function stand in its own documentation.
//!
//! # Performance
//!
//! Occurrences are inserted in the order of their index (see the crate's `pipeline`), a batch a transaction, with a
//! page cache that holds the index's right-hand edges. The history is read in pages of 4,096 rows by rowid.

mod backup;
pub mod calls;
mod columns;
mod connect;
mod definition;
mod error;
pub mod exclusions;
mod faults;
mod guard;
pub mod history;
mod history_row;
mod import_tables;
pub mod indexes;
pub mod integrity;
pub mod layout;
pub mod links;
mod measured;
pub mod occurrences;
pub mod odd_values;
mod open;
pub mod own_file;
mod paths;
pub mod patterns;
mod permissions;
pub mod prepare;
pub mod ran;
pub mod remake;
pub mod review;
pub mod row_writer;
pub mod runs;
pub mod sample;
mod snapshot;
mod stored_field;
pub mod totals;
pub mod transcripts;
mod unreadable;
mod values;
mod wait;
mod whole_file;
pub mod windows;

pub use columns::Columns;
pub use error::{DuplicateRows, Error, Result};
pub use faults::TableFault;
pub use open::{Database, Transaction};
pub use prepare::Obstacle;
pub use snapshot::HistoryAhead;
pub use stored_field::StoredField;
pub use wait::{Interrupt, LockWait};
