//! `patterns list`, `patterns show` and `patterns set-status`.

mod filter;
mod known;
pub mod list;
pub mod set_status;
pub mod show;
