//! Numbers on the command line, each refused in words that say what to give.

use std::str::FromStr;

/// A finite number.
pub fn finite(text: &str) -> Result<f64, &'static str> {
    let number: Option<f64> = text.parse().ok();
    number.filter(|number| number.is_finite()).ok_or("give a number such as 12.5")
}

/// A whole number.
pub fn whole<T: FromStr>(text: &str) -> Result<T, &'static str> {
    text.parse().map_err(|_| "give a whole number such as 30")
}

/// A whole number of at least 1.
pub fn positive<T: FromStr>(text: &str) -> Result<T, &'static str> {
    text.parse().map_err(|_| "give a whole number of at least 1")
}
