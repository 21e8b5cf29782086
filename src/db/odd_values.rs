//! Values of the history that cannot be what their column says: what `doctor` tells before a run meets them.

use jiff::Timestamp;

use super::history::{HistoryScan, RowParts};
use super::{Database, Result};

/// Workflows with something that cannot be read, and with a number that cannot be one, with the first of each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OddValues {
    /// Rows whose key or one of whose texts cannot be read: a run counts them as failed.
    pub unreadable: u64,
    /// What is wrong with the first of them.
    pub first_unreadable: Option<String>,
    /// Rows with a number that cannot be one: it is unknown.
    pub impossible: u64,
    /// What is wrong with the first of them.
    pub first_impossible: Option<String>,
}

impl Database {
    /// Looks for odd values in the whole history.
    pub fn odd_values(&self, now: Timestamp) -> Result<OddValues> {
        let mut odd = OddValues::default();
        let Some(last) = self.highest_rowid()? else { return Ok(odd) };
        self.scan_history(HistoryScan { last, parts: RowParts::Texts, now }, |row| {
            if let Err(error) = row.texts() {
                odd.unreadable += 1;
                odd.first_unreadable.get_or_insert_with(|| error.to_string());
            }
            let mut numbers = row.warnings.iter().filter(|warning| !warning.is_about_time());
            if let Some(warning) = numbers.next() {
                odd.impossible += 1;
                odd.first_impossible.get_or_insert_with(|| warning.to_string());
            }
        })?;
        Ok(odd)
    }
}
