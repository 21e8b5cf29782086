//! Text as it may be shown: from a file, in ASCII alone, in the room there is.

use std::path::Path;

use textwrap::core::display_width;
use textwrap::{Options, WordSplitter};
use unicode_width::UnicodeWidthChar;

use super::paint;

/// Whether a character could do more to a terminal than show itself: control characters, line and paragraph
/// separators, and the format characters, with which text can be reordered or hidden.
pub fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

/// Text from a file as it may be shown: unsafe characters as `\u{…}`.
pub fn safe(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        if is_unsafe(character) {
            safe.extend(character.escape_unicode());
        } else {
            safe.push(character);
        }
    }
    safe
}

/// A path as it may be shown.
pub fn shown_path(path: &Path) -> String {
    safe(&path.display().to_string())
}

/// The same as an argument in a shell's command line.
pub fn shell_path(path: &Path) -> String {
    let path = shown_path(path);
    let is_plain = path.chars().all(|c| c.is_alphanumeric() || "/._-+=:@%,~".contains(c));
    if is_plain { path } else { format!("'{}'", path.replace('\'', r"'\''")) }
}

/// The beginning of a text, on one line: white space folded, at most `most` characters.
pub fn beginning(text: &str, most: usize) -> String {
    let folded = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match folded.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", safe(&folded[..end])),
        None => safe(&folded),
    }
}

/// The text in ASCII alone: what flowmine draws with is replaced by something like it, the rest shown as `\u{…}`.
pub fn ascii(text: &str) -> String {
    let mut ascii = String::with_capacity(text.len());
    for character in text.chars() {
        match like_drawn(character) {
            Some(like) => ascii.push_str(like),
            None if character.is_ascii() || paint::is_mark(character) => ascii.push(character),
            None => ascii.extend(character.escape_unicode()),
        }
    }
    ascii
}

/// What stands for something that flowmine draws with and that is not ASCII.
fn like_drawn(character: char) -> Option<&'static str> {
    Some(match character {
        '█' | '▉' | '▊' | '▋' | '▌' => "#",
        '▍' | '▎' | '▏' => "",
        '▇' => "*",
        '▆' => "+",
        '▅' => "=",
        '▄' | '─' | '–' | '−' => "-",
        '▃' => ":",
        '▂' | '░' => ".",
        '▁' => "_",
        '·' => " ",
        '×' => "x",
        '≥' => ">=",
        '→' => "->",
        '²' => "^2",
        '…' => "...",
        '«' => "<<",
        '»' => ">>",
        _ => return None,
    })
}

/// At most `width` columns of a text, with an ellipsis where something is left out.
pub fn cut(text: &str, width: usize, ellipsis: &str) -> String {
    if display_width(text) <= width {
        return text.to_owned();
    }
    let room = width.saturating_sub(display_width(ellipsis));
    format!("{}{ellipsis}", fitting(text.chars(), room).trim_end())
}

/// At most `width` columns of a text: its beginning and its end, with an ellipsis where something is left out.
pub fn without_middle(text: &str, width: usize, ellipsis: &str) -> String {
    if display_width(text) <= width {
        return text.to_owned();
    }
    let room = width.saturating_sub(display_width(ellipsis));
    let end = fitting(text.chars().rev(), room / 2);
    let end: String = end.chars().rev().collect();
    format!("{}{ellipsis}{end}", fitting(text.chars(), room - room / 2))
}

/// As many of these characters as fit into `room` columns.
fn fitting(characters: impl Iterator<Item = char>, room: usize) -> String {
    let mut width = 0;
    let fits = |character: &char| {
        width += character.width().unwrap_or(0);
        width <= room
    };
    characters.take_while(fits).collect()
}

/// A line, broken where it is longer than `width`; further lines are indented by `indent` columns more than the first.
pub fn wrapped(line: &str, width: usize, indent: usize) -> String {
    let begins = line.len() - line.trim_start_matches(' ').len();
    let further = " ".repeat(begins + indent);
    let options = Options::new(width).word_splitter(WordSplitter::NoHyphenation).subsequent_indent(&further);
    textwrap::fill(line, options)
}

#[cfg(test)]
mod tests {
    use super::super::chart::{bar, gauge, sparkline};
    use super::*;

    #[test]
    fn unsafe_text_is_shown_and_not_done() {
        assert_eq!(safe("a\u{1b}[31m\u{202e}\r\n\u{85}b"), "a\\u{1b}[31m\\u{202e}\\u{d}\\u{a}\\u{85}b");
        assert_eq!(beginning("  two\n\nlines  of text ", 9), "two lines…");
    }

    #[test]
    fn ascii_has_a_stand_in_for_all_that_is_drawn() {
        let drawn = format!(
            "{}{}{} ─ – − × ≥ → ² … « »",
            bar(0.3, 9),
            sparkline(&[0, 1, 2, 3, 4, 5, 6, 7, 8]),
            paint::plain(&gauge(0.4, 3))
        );
        let ascii = ascii(&drawn);
        assert!(ascii.is_ascii() && !ascii.contains('\\'), "{ascii}");
        assert_eq!(super::ascii("Prüfung"), "Pr\\u{fc}fung");
    }

    #[test]
    fn a_cut_counts_what_a_terminal_shows() {
        assert_eq!(cut("日本語", 6, "…"), "日本語");
        assert_eq!(cut("日本語", 5, "…"), "日本…");
        assert_eq!(cut("one two three", 8, "…"), "one two…");
        assert_eq!(cut("abc", 2, "..."), "...");
    }

    #[test]
    fn a_text_without_its_middle_keeps_its_beginning_and_its_end() {
        assert_eq!(without_middle("codex:0199-abc:7", 16, "…"), "codex:0199-abc:7");
        assert_eq!(without_middle("codex:0199-abc:7", 9, "…"), "code…bc:7");
        assert_eq!(without_middle("codex:0199-abc:7", 8, "..."), "cod...:7");
        assert_eq!(without_middle("日本語日本語", 6, "…"), "日…語");
    }

    #[test]
    fn a_long_line_goes_on_further_in_than_it_begins() {
        assert_eq!(wrapped("  one two three", 9, 2), "  one two\n    three");
        assert_eq!(wrapped("one two three", 7, 0), "one two\nthree");
        assert_eq!(wrapped("short", 80, 0), "short");
    }

    #[test]
    fn a_word_longer_than_the_line_is_broken() {
        assert_eq!(wrapped("a unbreakable:signature:here x", 15, 0), "a\nunbreakable:sig\nnature:here x");
    }
}
