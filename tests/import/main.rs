//! Import: transcripts become history.

mod samples;
