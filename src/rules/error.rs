//! What can be wrong with a rules file, in one line that names file, line, column and key.

use std::fmt;

/// A rules file that cannot be used. Its `Display` is one line: `FILE:LINE:COLUMN: KEY: what is wrong`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulesError {
    origin: String,
    line: usize,
    column: usize,
    key: String,
    message: String,
}

impl RulesError {
    pub(crate) fn new(
        origin: &str,
        (line, column): (usize, usize),
        key: String,
        message: impl fmt::Display,
    ) -> Self {
        let message = message.to_string().lines().map(str::trim).collect::<Vec<_>>().join("; ");
        Self { origin: origin.to_owned(), line, column, key, message }
    }

    /// The same, with more to its message.
    pub(crate) fn with(mut self, more: impl fmt::Display) -> Self {
        self.message = format!("{}{more}", self.message);
        self
    }
}

impl fmt::Display for RulesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: ", self.origin, self.line, self.column)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for RulesError {}
