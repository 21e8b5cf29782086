//! Colour, sparingly: headings, bars and statuses.
//!
//! Text is painted with marks that take no room on a terminal, so that it is measured and wrapped as it will be seen;
//! the last step before writing turns the marks into escape sequences, or takes them off where no colour is wanted.
//! A text from a file can hold neither: [`super::text::safe`] has made such characters visible before.

use anstyle::{AnsiColor, Style};

const BOLD: char = '\u{e0041}';
const DIM: char = '\u{e0042}';
const BAR: char = '\u{e0043}';
const WAITING: char = '\u{e0044}';
const DONE: char = '\u{e0045}';
const WRONG: char = '\u{e0046}';
/// Ends what one of the others began.
const END: char = '\u{e007f}';

/// Whether a character is a mark.
pub(super) fn is_mark(character: char) -> bool {
    matches!(character, BOLD..=WRONG | END)
}

fn marked(mark: char, text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{mark}{text}{END}") }
}

/// A heading.
pub fn bold(text: &str) -> String {
    marked(BOLD, text)
}

/// Something that may be overlooked.
pub fn dim(text: &str) -> String {
    marked(DIM, text)
}

/// A bar or a line of small columns.
pub fn bar(text: &str) -> String {
    marked(BAR, text)
}

/// An automation status: what waits for a decision stands out, what is done steps back.
pub fn status(status: &str) -> String {
    match status {
        "candidate" | "approved" => marked(WAITING, status),
        "implemented" | "active" => marked(DONE, status),
        "deprecated" => dim(status),
        _ => status.to_owned(),
    }
}

/// What became of a check: what is wrong stands out.
pub fn state(state: &str) -> String {
    if state == "wrong" { marked(WRONG, state) } else { state.to_owned() }
}

/// The text without its marks.
pub fn plain(text: &str) -> String {
    text.chars().filter(|&character| !is_mark(character)).collect()
}

/// The text with escape sequences in place of its marks.
pub fn colored(text: &str) -> String {
    let mut colored = String::with_capacity(text.len());
    for character in text.chars() {
        match style(character) {
            Some(style) => colored.push_str(&style.render().to_string()),
            None if character == END => colored.push_str(&anstyle::Reset.render().to_string()),
            None => colored.push(character),
        }
    }
    colored
}

fn style(mark: char) -> Option<Style> {
    Some(match mark {
        BOLD => Style::new().bold(),
        DIM => Style::new().dimmed(),
        BAR => AnsiColor::Cyan.on_default(),
        WAITING => AnsiColor::Yellow.on_default(),
        DONE => AnsiColor::Green.on_default(),
        WRONG => AnsiColor::Red.on_default().bold(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;

    #[test]
    fn paint_takes_no_room_and_comes_off() {
        let painted = format!("{}{}{}", bold("a"), status("active"), state("wrong"));
        assert_eq!(painted.width(), 12);
        assert_eq!(plain(&painted), "aactivewrong");
    }

    #[test]
    fn paint_becomes_escape_sequences() {
        assert_eq!(colored(&bold("a")), "\u{1b}[1ma\u{1b}[0m");
        assert_eq!(colored(&status("detected")), "detected");
    }
}
