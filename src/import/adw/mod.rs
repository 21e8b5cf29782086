//! Runs of AI developer workflows: `agents/<adw_id>/<agent>/raw_output.jsonl`.

pub(crate) mod folder;
pub(crate) mod place;
pub(crate) mod read;
pub(crate) mod recorded;
