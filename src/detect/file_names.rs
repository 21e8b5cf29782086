//! File names and paths in a request.

use std::sync::LazyLock;

use regex::Regex;

/// What is looked for. Written for Python, whose `\w` is letters and numbers of any script, and `_`.
const EXPRESSIONS: [&str; 6] =
    [r"app/\w+/[\w/]*", r"tests?/[\w/]*", r"src/[\w/]*", r"\w+\.py", r"\w+\.ts", r"\w+\.js"];

/// Texts of which a request with a file name has at least one: most requests have none, and need no expression.
pub(super) const FILE_MARKS: [&str; 7] = ["app/", "tests/", "test/", "src/", ".py", ".ts", ".js"];

static FILE_NAMES: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let compile = |text: &str| {
        Regex::new(&text.replace(r"[\w/]", r"[\p{L}\p{N}_/]").replace(r"\w", r"[\p{L}\p{N}_]")).ok()
    };
    EXPRESSIONS.into_iter().filter_map(compile).collect()
});

/// The most file names that are kept of one request: they stand in a row for each of its patterns.
const MOST: usize = 200;

/// What the [`EXPRESSIONS`] find in a request, each text once, sorted.
pub(super) fn file_names(request: &str) -> Vec<&str> {
    let found = FILE_NAMES.iter().flat_map(|expression| expression.find_iter(request));
    let mut names: Vec<&str> = found.map(|found| found.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names.truncate(MOST);
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_distinct_and_sorted() {
        let text = "src/a_b/c.ts app/server/main.py main.py, test/x tests/ and index.js; main.py";
        let expected = ["app/server/main", "c.ts", "index.js", "main.py", "src/a_b/c", "test/x", "tests/"];
        assert_eq!(file_names(text), expected);
    }

    #[test]
    fn files_keep_their_case_and_need_their_literals_in_lower_case() {
        assert_eq!(file_names("Main.py SRC/x README.PY"), ["Main.py"]);
    }

    #[test]
    fn files_may_be_of_any_script() {
        assert_eq!(file_names("prüfung_字.py"), ["prüfung_字.py"]);
    }

    #[test]
    fn a_directory_of_app_needs_a_name_and_a_slash() {
        assert_eq!(file_names("app/ app/x app/x/"), ["app/x/"]);
    }

    #[test]
    fn a_match_ends_where_the_next_of_its_expression_may_begin() {
        assert_eq!(file_names("a.py.py"), ["a.py"]);
        assert_eq!(file_names("src/src/test/x"), ["src/src/test/x", "test/x"]);
        assert_eq!(file_names("teststest/tests/"), ["test/tests/"]);
    }

    proptest::proptest! {
        #[test]
        fn a_request_with_a_file_name_has_one_of_the_marks(request in "[atesprcj/.y_ ]{0,30}") {
            let has_mark = FILE_MARKS.iter().any(|mark| request.contains(mark));
            proptest::prop_assert!(has_mark || file_names(&request).is_empty());
        }
    }

    #[test]
    fn the_expressions_compile() {
        assert_eq!(FILE_NAMES.len(), EXPRESSIONS.len());
    }
}
