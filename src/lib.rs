//! flowmine finds the operations that keep recurring in the runs of AI developer workflows.

pub mod detect;
