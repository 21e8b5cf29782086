//! Codex CLI: `sessions/YYYY/MM/DD/rollout-*.jsonl`, `archived_sessions`, and both compressed.

mod counting;
pub(crate) mod line;
pub(crate) mod place;
mod prompt;
pub(crate) mod read;
mod tools;
