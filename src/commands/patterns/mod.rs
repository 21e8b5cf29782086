//! `patterns list`, `patterns show`, `patterns set-status`, `patterns exclude` and `patterns include`.

pub mod exclude;
mod known;
pub mod list;
mod person;
pub mod set_status;
pub mod show;
