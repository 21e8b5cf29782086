//! Claude Code: `projects/**/*.jsonl`.

pub(crate) mod line;
pub(crate) mod place;
mod prompt;
pub(crate) mod read;
pub(crate) mod results;
mod run_records;
