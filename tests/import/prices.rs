//! Prices that a person gives.

use flowmine::import::prices::Prices;

const RATES: &str =
    r#""input": 1e-6, "output": 1e-6, "cache_read": 0, "cache_write_5m": 0, "cache_write_1h": 0"#;

/// A file with one model, whose rows are these.
fn given(rows: &str) -> Result<Prices, String> {
    let text = format!(r#"{{"models": {{"acme-coder-9": [{rows}]}}}}"#);
    Prices::builtin().with_text(&text, "prices.json").map_err(|error| error.to_string())
}

fn row(more: &str) -> String {
    format!("{{{RATES}{more}}}")
}

#[test]
fn prices_are_sound_whole_and_told_once() {
    assert!(given(&row("")).unwrap().own.is_some());
    let long = |input: &str| format!(r#", "long": {{"above": 9, {}}}"#, RATES.replacen("1e-6", input, 1));
    assert!(given(&row(&long("2e-6"))).is_ok());
    for (rows, problem) in [
        (row("").replacen("1e-6", "-1e-6", 1), "'acme-coder-9' has a price that is negative"),
        (row("").replacen("1e-6", "1e308", 1), "more than $0.001 a token"),
        (row("").replacen("1e-6", "0.28", 1), "more than $0.001 a token"),
        (row(&long("-1")), "has a price that is negative"),
        (row(&long("1e308")), "more than $0.001 a token"),
        (row(&long("2e-6").replace("above", "abov")), "above"),
        (row(r#", "fast": -1"#), "'fast' that is negative"),
        (row(r#", "fast": 1e308"#), "more than 100"),
        (row(r#", "form": "2026-01-01""#), "unknown field `form`"),
        (format!("{0}, {0}", row("")), "two prices from the same day on"),
    ] {
        let error = given(&rows).unwrap_err();
        assert!(error.contains(problem), "{rows}: {error}");
    }
    let error = Prices::builtin().with_text(r#"{"modles": {}}"#, "prices.json").unwrap_err().to_string();
    assert!(error.contains("unknown field `modles`"), "{error}");
}

#[test]
fn a_byte_order_mark_before_prices_is_no_fault() {
    let text = format!("\u{feff}{{\"models\": {{\"m\": [{}]}}}}", row(""));
    assert!(Prices::builtin().with_text(&text, "prices.json").is_ok());
}

#[test]
fn a_file_without_models_leaves_the_prices_that_come_with_flowmine() {
    let prices = Prices::builtin().with_text(r#"{"models": {}}"#, "prices.json").unwrap();
    assert_eq!(prices, Prices::builtin());
}

#[test]
fn a_model_that_stands_there_twice_is_an_error() {
    let text = format!(r#"{{"models": {{"m": [{0}], "m": [{0}]}}}}"#, row(""));
    let error = Prices::builtin().with_text(&text, "prices.json").unwrap_err().to_string();
    assert!(error.contains("model 'm' stands there twice"), "{error}");
}

#[test]
fn a_note_and_a_source_beside_the_models_are_the_persons() {
    let text = format!(r#"{{"note": "mine", "source": ["a", 1], "models": {{"m": [{}]}}}}"#, row(""));
    assert!(Prices::builtin().with_text(&text, "prices.json").unwrap().own.is_some());
}

#[test]
fn rates_stand_in_the_table_as_people_write_them() {
    let table = include_str!("../../src/import/prices.toml");
    let rates = table.split([' ', ',', '\n']).filter(|word| word.parse::<f64>().is_ok());
    let long: Vec<_> = rates.filter(|rate| rate.len() > 8).collect();
    assert!(long.is_empty(), "{long:?}");
}
