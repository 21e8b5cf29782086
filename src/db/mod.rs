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
//! What is promised of a file, whatever is in it, stands in docs/reliability.md with the tests that hold it.
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
