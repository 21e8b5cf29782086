use super::*;

fn of(request: &str) -> Characteristics {
    Characteristics::of(Some(request), None, 0)
}

fn listed(request: &str, key: &str) -> Vec<String> {
    let json: serde_json::Value = serde_json::from_str(&of(request).to_json()).unwrap();
    serde_json::from_value(json[key].clone()).unwrap()
}

fn keywords_of(request: &str) -> Vec<String> {
    listed(request, "keywords")
}

#[test]
fn json_is_compact_with_keys_in_a_fixed_order() {
    let found = Characteristics::of(Some("Run tests/api.py"), Some(200.0), 3);
    let expected = concat!(
        r#"{"input_length":16,"keywords":["test","run","api"],"files_mentioned":["api.py","tests/api"],"#,
        r#""duration_range":"medium","complexity":"medium","error_count":3}"#
    );
    assert_eq!(found.to_json(), expected);
}

#[test]
fn nothing_known_is_empty_short_and_simple() {
    let found = Characteristics::of(None, None, 0);
    let expected = concat!(
        r#"{"input_length":0,"keywords":[],"files_mentioned":[],"#,
        r#""duration_range":"short","complexity":"simple","error_count":0}"#
    );
    assert_eq!(found.to_json(), expected);
}

#[test]
fn length_counts_characters_not_bytes() {
    assert_eq!(of("né字😀").input_length, 4);
}

#[test]
fn every_keyword_is_found_inside_other_words_and_in_any_case() {
    for word in KEYWORDS {
        let text = format!("x{}y", word.to_uppercase());
        assert!(keywords_of(&text).contains(&word.to_owned()), "{word}");
    }
}

#[test]
fn keywords_keep_their_order() {
    assert_eq!(keywords_of("ui api run pytest"), ["test", "pytest", "run", "api", "ui"]);
}

#[test]
fn the_kelvin_sign_is_a_k() {
    assert_eq!(keywords_of("bac\u{212a}end"), ["backend"]);
}

#[test]
fn no_room_is_kept_for_files_that_a_request_repeats() {
    let repeated = of(&"src/a.py and app/b/ ".repeat(1000));
    assert_eq!(repeated.files_mentioned.split('\n').count(), 3);
    assert!(repeated.files_mentioned.len() < 20, "{}", repeated.files_mentioned.len());
}

#[test]
fn keywords_are_found_wherever_they_stand_in_a_long_text() {
    for at in 0..300 {
        let text = format!("{}typecheck{}", "x".repeat(at), "y".repeat(300 - at));
        assert_eq!(keywords_of(&text), ["typecheck"], "{at}");
    }
}

#[test]
fn duration_is_short_below_180_and_medium_below_600_seconds() {
    use DurationRange::{Long, Medium, Short};
    let range = |seconds| Characteristics::of(None, Some(seconds), 0).duration_range;
    assert_eq!([179.9, 180.0, 180.1].map(range), [Short, Medium, Medium]);
    assert_eq!([599.9, 600.0, 600.1].map(range), [Medium, Long, Long]);
    assert_eq!([0.0, -5.0, f64::NAN, f64::INFINITY].map(range), [Short; 4]);
}

#[test]
fn complexity_goes_by_words() {
    use Complexity::{Complex, Medium, Simple};
    let complexity = |words: usize| of(&"w ".repeat(words)).complexity;
    assert_eq!([49, 50, 51].map(complexity), [Simple, Medium, Medium]);
    assert_eq!([199, 200, 201].map(complexity), [Medium, Medium, Complex]);
}

#[test]
fn complexity_goes_by_errors() {
    use Complexity::{Complex, Medium, Simple};
    let complexity = |errors| Characteristics::of(None, None, errors).complexity;
    assert_eq!([2, 3, 4].map(complexity), [Simple, Medium, Medium]);
    assert_eq!([4, 5, 6].map(complexity), [Medium, Medium, Complex]);
}

#[test]
fn words_are_split_as_python_splits_them() {
    let separated = " a\tb\nc\u{b}d\u{c}e\rf\u{1c}g\u{1d}h\u{1e}i\u{1f}j ";
    assert_eq!((words(separated), ascii_words(separated.as_bytes())), (10, 10));
    assert_eq!(words("é\u{85}a\u{a0}b\u{3000}c\u{1c}d"), 5);
    assert_eq!(words("a\u{200b}b\u{200b}é"), 1);
    for nothing in ["", "  "] {
        assert_eq!((words(nothing), ascii_words(nothing.as_bytes())), (0, 0));
    }
}

#[test]
fn words_of_a_long_text_are_all_counted() {
    for length in 0..600 {
        let text = &"two words\t and  more ".repeat(30)[..length];
        assert_eq!(ascii_words(text.as_bytes()), words(text), "{text:?}");
    }
}

#[test]
fn the_keywords_can_be_searched_for() {
    assert!(SEARCH.is_some());
}
