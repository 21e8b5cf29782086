//! What a token cost on a day: a dated table that comes with flowmine, and a person's own.
//!
//! A model's name is looked up exactly, after what providers put around it is taken away. There is no guess from a
//! family's name: an unknown model has no price.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use regex::Regex;
use serde::de::{Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::turn::Tokens;
use crate::hash::sha256;
use crate::input;

/// The table that comes with flowmine.
const TABLE: &str = include_str!("prices.toml");

/// The most bytes of a person's own table.
const MOST_PRICES: u64 = 1_000_000;

/// The highest rate that is believed, in dollars a token: whoever gives more means dollars a million tokens.
const MOST_RATE: f64 = 1e-3;

/// The highest factor for the fast mode.
const MOST_FACTOR: f64 = 100.0;

/// Dollars of a web search.
const WEB_SEARCH: f64 = 0.01;

/// Prices by model.
#[derive(Clone, Debug, PartialEq)]
pub struct Prices {
    /// The day on which the table was last looked through.
    pub as_of: Date,
    /// SHA-256 of the tables' texts, in hexadecimal.
    pub hash: String,
    /// The text that a person gave, as JSON; `None` also where it names no model.
    pub own: Option<String>,
    models: HashMap<String, Vec<Row>>,
}

/// What is to be paid for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Purchase<'a> {
    /// The model's name as it stands in the file.
    pub model: Option<&'a str>,
    /// The day of the call, in UTC; unknown: the last prices.
    pub day: Option<Date>,
    /// What was used.
    pub tokens: Tokens,
    /// Whether the fast mode answered.
    pub fast: bool,
    /// Web searches.
    pub searches: u64,
}

/// Why a price file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PriceError {
    /// It cannot be read.
    #[error("--prices: cannot read {path}: {reason}")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system says.
        reason: String,
    },
    /// It makes no sense.
    #[error(
        "--prices: {path}: {problem}; a model is \"name\": [{{\"from\": null or \"YYYY-MM-DD\", \"input\": …, \"output\": …, \"cache_read\": …, \"cache_write_5m\": …, \"cache_write_1h\": …}}], in dollars a token"
    )]
    Malformed {
        /// The file.
        path: String,
        /// What is wrong, and where.
        problem: String,
    },
}

/// Prices from a day on.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with a model's prices")]
struct Row {
    from: Option<Date>,
    #[serde(flatten)]
    rates: Rates,
    long: Option<Long>,
    fast: Option<f64>,
}

/// Dollars a token.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
struct Rates {
    input: f64,
    output: f64,
    cache_read: f64,
    cache_write_5m: f64,
    cache_write_1h: f64,
}

/// Rates for a whole call whose context is longer than `above` tokens.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Long {
    above: u64,
    #[serde(flatten)]
    rates: Rates,
}

impl Rates {
    /// In the order of [`Tokens::by_kind`].
    fn by_kind(&self) -> [f64; 5] {
        [self.input, self.output, self.cache_write_5m, self.cache_write_1h, self.cache_read]
    }

    fn cost(&self, tokens: Tokens) -> f64 {
        self.by_kind().into_iter().zip(tokens.by_kind()).map(|(rate, tokens)| rate * tokens as f64).sum()
    }

    /// A token's rates, where these are a million tokens'.
    fn of_million(self) -> Self {
        Self {
            input: self.input / 1e6,
            output: self.output / 1e6,
            cache_read: self.cache_read / 1e6,
            cache_write_5m: self.cache_write_5m / 1e6,
            cache_write_1h: self.cache_write_1h / 1e6,
        }
    }

    fn are_sound(&self) -> bool {
        self.by_kind().iter().all(|rate| (0.0..=MOST_RATE).contains(rate))
    }
}

impl Row {
    /// What is wrong with it.
    fn problem(&self) -> Option<String> {
        let are_sound = self.rates.are_sound() && self.long.is_none_or(|long| long.rates.are_sound());
        if !are_sound {
            return Some(format!("has a price that is negative or more than ${MOST_RATE} a token"));
        }
        let is_factor = self.fast.is_none_or(|fast| (0.0..=MOST_FACTOR).contains(&fast));
        (!is_factor).then(|| format!("has a 'fast' that is negative or more than {MOST_FACTOR}"))
    }
}

/// What is wrong with a model's rows, which are in the order of their days.
fn problem(rows: &[Row]) -> Option<String> {
    let is_twice = rows.windows(2).any(|pair| pair[0].from == pair[1].from);
    let twice = is_twice.then(|| "has two prices from the same day on".to_owned());
    rows.iter().find_map(Row::problem).or(twice)
}

/// The table as it is written: dollars a million tokens.
#[derive(Deserialize)]
struct PriceTable {
    as_of: Date,
    price: Vec<TableRow>,
}

#[derive(Deserialize)]
struct TableRow {
    models: Vec<String>,
    #[serde(flatten)]
    row: Row,
    #[expect(dead_code, reason = "for the reader of the table; a test sees to it that every row has one")]
    source: String,
}

/// A person's own prices: the shape of `--prices FILE`, dollars a token.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with 'models'")]
struct OwnPrices {
    models: OwnModels,
    /// For whoever reads the file.
    #[serde(default, rename = "note")]
    _note: IgnoredAny,
    /// Likewise.
    #[serde(default, rename = "source")]
    _source: IgnoredAny,
}

/// The rows of each model. A name that stands there twice is an error, since nobody can tell which is meant.
struct OwnModels(HashMap<String, Vec<Row>>);

impl<'de> Deserialize<'de> for OwnModels {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ReadModels)
    }
}

struct ReadModels;

impl<'de> Visitor<'de> for ReadModels {
    type Value = OwnModels;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("models by name")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<OwnModels, A::Error> {
        let mut models = HashMap::new();
        while let Some((model, rows)) = map.next_entry::<String, Vec<Row>>()? {
            if models.contains_key(&model) {
                return Err(A::Error::custom(format!("model '{model}' stands there twice")));
            }
            models.insert(model, rows);
        }
        Ok(OwnModels(models))
    }
}

impl Prices {
    /// The table that comes with flowmine.
    #[expect(clippy::missing_panics_doc, reason = "the table is part of the program, and a test reads it")]
    pub fn builtin() -> Self {
        let table: PriceTable =
            toml::from_str(TABLE).expect("the price table is part of the program and tested");
        let mut models: HashMap<String, Vec<Row>> = HashMap::new();
        for TableRow { models: names, row, .. } in table.price {
            let rates = row.rates.of_million();
            let long = row.long.map(|long| Long { rates: long.rates.of_million(), ..long });
            for model in names {
                models.entry(model).or_default().push(Row { rates, long, ..row });
            }
        }
        Self { as_of: table.as_of, hash: sha256(TABLE), own: None, models }
    }

    /// These prices, with those of a file before them: a model that the file names has the file's rows only.
    pub fn with_file(self, path: &Path) -> Result<Self, PriceError> {
        let shown = path.display().to_string();
        let text = input::read_text(path, MOST_PRICES)
            .map_err(|error| PriceError::Unreadable { path: shown.clone(), reason: error.to_string() })?;
        self.with_text(&text, &shown)
    }

    /// The same with a file's text; `origin` is the name that errors give it.
    pub fn with_text(mut self, text: &str, origin: &str) -> Result<Self, PriceError> {
        let malformed = |problem| PriceError::Malformed { path: origin.to_owned(), problem };
        let text = text.trim_start_matches('\u{feff}');
        let own: OwnPrices = serde_json::from_str(text).map_err(|error| malformed(error.to_string()))?;
        if own.models.0.is_empty() {
            return Ok(self);
        }
        for (model, mut rows) in own.models.0 {
            rows.sort_by_key(|row| row.from);
            if let Some(problem) = problem(&rows) {
                return Err(malformed(format!("model '{model}' {problem}")));
            }
            self.models.insert(model, rows);
        }
        self.hash = sha256(format!("{}{text}", self.hash));
        self.own = Some(text.to_owned());
        Ok(self)
    }

    /// What a purchase costs at list price, in dollars; `None` where no price is known.
    ///
    /// A long context and the fast mode count for the whole call (`docs/import.md` has the formula).
    pub fn cost(&self, purchase: &Purchase<'_>) -> Option<f64> {
        let row = self.row(purchase.model?, purchase.day)?;
        let long = row.long.filter(|long| purchase.tokens.context() > long.above);
        let tokens = long.map_or(row.rates, |long| long.rates).cost(purchase.tokens);
        let factor = if purchase.fast { row.fast? } else { 1.0 };
        Some(tokens * factor + purchase.searches as f64 * WEB_SEARCH)
    }

    /// What the tokens of several calls cost at list price: how long each context was is not known, so it counts as short.
    pub fn sum_cost(&self, purchase: &Purchase<'_>) -> Option<f64> {
        Some(self.row(purchase.model?, purchase.day)?.rates.cost(purchase.tokens))
    }

    fn row(&self, model: &str, day: Option<Date>) -> Option<&Row> {
        let rows = self.models.get(model).or_else(|| self.models.get(normalised(model)))?;
        match day {
            Some(day) => rows.iter().rev().find(|row| row.from.is_none_or(|from| from <= day)),
            None => rows.last(),
        }
    }
}

/// The day of a time, on which its prices depend.
pub fn utc_day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// What stands behind a model's name: `-20251001`, `@20251001` or `-2025-08-07`, then `-v1:0` or `-v1`, then `[1m]`.
static SUFFIX: LazyLock<Regex> = LazyLock::new(|| {
    let suffix = r"(?:[-@][0-9]{8}|-[0-9]{4}-[0-9]{2}-[0-9]{2})?(?:-v[0-9]+:[0-9]+|-v1)?(?:\[1m\])?$";
    Regex::new(suffix).expect("the pattern is part of the program and tested")
});

/// A model's name without provider, region, context mark, version and date.
pub fn normalised(model: &str) -> &str {
    let mut name = model.rsplit('/').next().unwrap_or(model);
    for region in ["us.", "eu.", "apac.", "global.", "jp.", "au."] {
        name = name.strip_prefix(region).unwrap_or(name);
    }
    name = name.strip_prefix("anthropic.").unwrap_or(name);
    SUFFIX.find(name).map_or(name, |suffix| &name[..suffix.start()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_can_be_read_and_its_rows_are_in_the_order_of_their_days() {
        let prices = Prices::builtin();
        assert!(prices.models.len() > 40);
        for (model, rows) in &prices.models {
            assert!(rows.is_sorted_by_key(|row| row.from), "{model}");
            assert!(rows.iter().all(|row| row.rates.are_sound()), "{model}");
        }
    }

    #[test]
    fn a_name_is_found_without_what_providers_put_around_it() {
        for name in [
            "us.anthropic.claude-sonnet-4-6-v1:0",
            "anthropic.claude-sonnet-4-6-v1",
            "anthropic/claude-sonnet-4-6[1m]",
            "claude-sonnet-4-6@20260217",
            "bedrock/eu.anthropic.claude-sonnet-4-6-20260217-v1:0",
        ] {
            assert_eq!(normalised(name), "claude-sonnet-4-6");
        }
        assert_eq!(normalised("openai/gpt-5-2025-08-07"), "gpt-5");
    }

    #[test]
    fn an_unknown_model_has_no_price() {
        let purchase = Purchase { model: Some("claude-sonnet-4-6-mini"), ..Purchase::default() };
        assert_eq!(Prices::builtin().cost(&purchase), None);
    }
}
