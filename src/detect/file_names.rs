//! File names and paths in a request.

use memchr::memchr2_iter;

use super::keywords::is_word_character;

/// What stands in every file name that is looked for: a directory's name, before a slash. With each the number of its
/// expression; two of them share one.
const DIRECTORIES: [(&str, usize); 4] = [("app", APP), ("tests", 1), ("test", 1), ("src", 2)];
/// The expression that wants another directory below.
const APP: usize = 0;
/// Or an extension, after a full stop.
const EXTENSIONS: [&str; 3] = ["py", "ts", "js"];

/// Texts of which a request with a file name has at least one.
pub(crate) const FILE_MARKS: [&str; 7] = ["app/", "tests/", "test/", "src/", ".py", ".ts", ".js"];

/// What the original's expressions `app/\w+/[\w/]*`, `tests?/[\w/]*`, `src/[\w/]*`, `\w+\.py`, `\w+\.ts` and `\w+\.js` find
/// in a request (each from left to right, none of its matches within another of its own), each once, sorted.
pub(crate) fn file_names(request: &str) -> Vec<&str> {
    let mut names = Vec::new();
    // Where the last match of each expression ended.
    let (mut directories, mut extensions) = ([0; 3], [0; EXTENSIONS.len()]);
    for at in memchr2_iter(b'/', b'.', request.as_bytes()) {
        names.extend(match request.as_bytes()[at] {
            b'/' => path_at(request, at, &mut directories),
            _ => file_at(request, at, &mut extensions),
        });
    }
    names.sort_unstable();
    names.dedup();
    names
}

/// The path whose first slash is at `slash`.
fn path_at<'t>(request: &'t str, slash: usize, ends: &mut [usize; 3]) -> Option<&'t str> {
    let before = &request.as_bytes()[..slash];
    let (name, number) = DIRECTORIES.iter().find(|(name, _)| before.ends_with(name.as_bytes()))?;
    let (start, mut end) = (slash - name.len(), slash + 1);
    if *number == APP {
        end += word_length(&request[end..], false);
        if end == slash + 1 || request.as_bytes().get(end) != Some(&b'/') {
            return None;
        }
    }
    let last = &mut ends[*number];
    if start < *last {
        return None;
    }
    *last = end + word_length(&request[end..], true);
    Some(&request[start..*last])
}

/// The file name whose full stop is at `stop`.
fn file_at<'t>(request: &'t str, stop: usize, ends: &mut [usize; EXTENSIONS.len()]) -> Option<&'t str> {
    let after = &request.as_bytes()[stop + 1..];
    let number = EXTENSIONS.iter().position(|name| after.starts_with(name.as_bytes()))?;
    let before = &request[ends[number].min(stop)..stop];
    let name = before.chars().rev().take_while(|&c| is_word_character(c)).map(char::len_utf8).sum::<usize>();
    if name == 0 {
        return None;
    }
    ends[number] = stop + 1 + EXTENSIONS[number].len();
    Some(&request[stop - name..ends[number]])
}

/// How many bytes of word characters a text begins with, and of slashes if they count.
fn word_length(text: &str, slashes: bool) -> usize {
    text.chars().take_while(|&c| is_word_character(c) || slashes && c == '/').map(char::len_utf8).sum()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;
    use regex::Regex;

    use super::*;

    /// Python's `\w` is letters and numbers of any script, and `_`.
    const EXPRESSIONS: [&str; 6] =
        [r"app/\w+/[\w/]*", r"tests?/[\w/]*", r"src/[\w/]*", r"\w+\.py", r"\w+\.ts", r"\w+\.js"];

    fn by_expressions(request: &str) -> Vec<&str> {
        let expressions = EXPRESSIONS.map(|expression| {
            let word = r"\p{L}\p{N}_";
            let classes = expression.replace(r"[\w/]", &format!("[{word}/]"));
            Regex::new(&classes.replace(r"\w", &format!("[{word}]"))).unwrap()
        });
        let found: BTreeSet<&str> =
            expressions.iter().flat_map(|it| it.find_iter(request)).map(|it| it.as_str()).collect();
        found.into_iter().collect()
    }

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

    proptest! {
        #[test]
        fn the_originals_expressions_find_the_same(
            parts in prop::collection::vec(
                prop_oneof![
                    prop::sample::select(&FILE_MARKS[..]),
                    prop::sample::select(vec!["/", ".", " ", "s", "t", "_", "x1", "é", "字", "\u{301}", "\u{93e}", "²", "APP/"]),
                ],
                0..12,
            ),
        ) {
            let request = parts.concat();
            prop_assert_eq!(file_names(&request), by_expressions(&request));
        }

        #[test]
        fn a_request_with_a_file_name_has_one_of_the_marks(request in "[atesprcj/.y_ ]{0,30}") {
            let has_mark = FILE_MARKS.iter().any(|mark| request.contains(mark));
            prop_assert!(has_mark || file_names(&request).is_empty());
        }
    }
}
