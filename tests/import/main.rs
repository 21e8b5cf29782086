//! Import: transcripts become history.

#[path = "../common/mod.rs"]
mod common;

mod another;
mod bad_input;
mod codex;
mod command;
mod figures;
mod growth;
mod in_force;
mod interrupted;
mod laws;
mod lost_facts;
mod messages;
mod odd_rows;
mod paths;
#[cfg(unix)]
mod permissions;
mod prices;
mod run_records;
mod samples;
mod streams;
mod tool_ids;
mod transcripts;
mod without_texts;
