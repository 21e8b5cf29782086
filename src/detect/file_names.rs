//! File names and paths in a request.

use memchr::memchr_iter;

use super::keywords::is_word_character;

/// Texts of which a request with a file name has at least one: most requests have none.
pub(super) const FILE_MARKS: [&str; 7] = ["app/", "tests/", "test/", "src/", ".py", ".ts", ".js"];

/// The most file names that are kept of one request: they stand in a row for each of its patterns.
const MOST: usize = 200;

/// What the expressions `app/\w+/[\w/]*`, `tests?/[\w/]*`, `src/[\w/]*`, `\w+\.py`, `\w+\.ts` and `\w+\.js` find in a
/// request, each text once, sorted. `\w` is Python's.
pub(super) fn file_names(request: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for directories in [&["app"][..], &["tests", "test"], &["src"]] {
        paths(request, directories, &mut names);
    }
    for ending in [".py", ".ts", ".js"] {
        files(request, ending, &mut names);
    }
    names.sort_unstable();
    names.dedup();
    names.truncate(MOST);
    names
}

/// The paths that begin with a directory of one of these names, one behind the other. One in `app` has another in it.
fn paths<'t>(text: &'t str, directories: &[&str], found: &mut Vec<&'t str>) {
    let mut after = 0;
    for slash in memchr_iter(b'/', text.as_bytes()) {
        let before = text.get(after..slash).unwrap_or_default();
        let Some(name) = directories.iter().find(|name| before.ends_with(**name)) else { continue };
        let rest = &text[slash + 1..];
        let first = length(rest, is_word_character);
        if *name != "app" || first > 0 && rest[first..].starts_with('/') {
            after = slash + 1 + length(rest, |c| c == '/' || is_word_character(c));
            found.push(&text[slash - name.len()..after]);
        }
    }
}

/// The names of files with an ending, one behind the other.
fn files<'t>(text: &'t str, ending: &str, found: &mut Vec<&'t str>) {
    let mut after = 0;
    for dot in memchr_iter(b'.', text.as_bytes()).filter(|&dot| text[dot..].starts_with(ending)) {
        let before = &text[after..dot];
        let name = before.trim_end_matches(is_word_character);
        if name.len() < before.len() {
            let start = after + name.len();
            after = dot + ending.len();
            found.push(&text[start..after]);
        }
    }
}

/// How long a text's beginning of such letters is.
fn length(text: &str, of: impl Fn(char) -> bool) -> usize {
    text.find(|c| !of(c)).unwrap_or(text.len())
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
}
