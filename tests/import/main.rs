//! Import: transcripts become history.

#[path = "../common/mod.rs"]
mod common;

mod bad_input;
mod command;
mod laws;
mod samples;
mod transcripts;
