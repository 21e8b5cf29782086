//! What all tests are written with: files to test on, the binary as a person runs it, and the tools a test needs.
#![allow(dead_code, unused_imports, reason = "every test binary uses a part of it")]

mod flowmine;
mod history_file;
#[cfg(unix)]
mod nobody;
pub mod syscalls;
mod tools;

pub use flowmine::{Flowmine, Ran};
pub use history_file::*;
#[cfg(unix)]
pub use nobody::{NOBODY, Nobody, allow};
pub use tools::{has, missing, not_allowed, notice};
