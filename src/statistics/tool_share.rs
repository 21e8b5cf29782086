//! What a tool is assumed to cost.

/// What share of the LLM's cost a tool is assumed to cost; nobody has published a measurement. It is kept in
/// millionths, so that shares of whole numbers are exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ToolShare(u32);

/// The whole, in millionths.
const WHOLE: u32 = 1_000_000;

impl ToolShare {
    /// What the stored statistics assume: 5%.
    pub const STORED: Self = Self(WHOLE / 20);

    /// A share in percent, rounded to four decimals; `None` outside 0 to 100.
    pub fn from_percent(percent: f64) -> Option<Self> {
        (0.0..=100.0).contains(&percent).then(|| Self((percent * 10_000.0).round() as u32))
    }

    /// In percent, 0 to 100.
    pub fn percent(self) -> f64 {
        f64::from(self.0) / 10_000.0
    }

    /// As a share, 0 to 1.
    pub fn share(self) -> f64 {
        f64::from(self.0) / f64::from(WHOLE)
    }

    /// The share of an operation's cost that a tool saves, 0 to 1.
    pub fn saved_share(self) -> f64 {
        f64::from(WHOLE - self.0) / f64::from(WHOLE)
    }

    /// What a tool costs, in US dollars, where the LLM costs `cost`.
    pub fn of_cost(self, cost: f64) -> f64 {
        self.share() * cost
    }

    /// The same of tokens, rounded down.
    pub fn of_tokens(self, tokens: u64) -> u64 {
        (u128::from(tokens) * u128::from(self.0) / u128::from(WHOLE)) as u64
    }
}

impl Default for ToolShare {
    fn default() -> Self {
        Self::STORED
    }
}

#[cfg(test)]
mod tests {
    use super::ToolShare;

    #[test]
    fn what_is_stored_assumes_five_percent_to_the_last_bit() {
        let stored = ToolShare::STORED;
        assert_eq!((stored.share(), stored.saved_share(), stored.percent()), (0.05, 0.95, 5.0));
        assert_eq!(
            [0, 19, 20, 39, u64::MAX].map(|tokens| stored.of_tokens(tokens)),
            [0, 0, 1, 1, u64::MAX / 20]
        );
        assert_eq!(ToolShare::from_percent(5.0), Some(stored));
    }

    #[test]
    fn a_share_is_from_none_to_all_with_four_decimals() {
        let percent = |given: f64| ToolShare::from_percent(given).map(ToolShare::percent);
        assert_eq!([0.0, 2.5, 12.34567, 100.0].map(percent), [0.0, 2.5, 12.3457, 100.0].map(Some));
        assert_eq!([-0.1, 100.1, f64::NAN, f64::INFINITY].map(percent), [None; 4]);
    }
}
