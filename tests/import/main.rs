//! Import: transcripts become history.

#[path = "../common/mod.rs"]
mod common;

mod bad_input;
mod command;
mod growth;
mod in_force;
mod interrupted;
mod laws;
#[cfg(unix)]
mod permissions;
mod samples;
mod transcripts;
