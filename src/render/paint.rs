//! Colour, sparingly: headings, bars and statuses. Text is painted as it is made, and a document takes the paint off
//! again where no colour is wanted. Text from a file cannot bring paint of its own: [`super::words::safe`] has made its
//! escape characters visible before.

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr;

fn painted(style: Style, text: &str) -> String {
    match text.is_empty() {
        true => String::new(),
        false => format!("{style}{text}{style:#}"),
    }
}

/// A heading.
pub fn bold(text: &str) -> String {
    painted(Style::new().bold(), text)
}

/// Something that may be overlooked.
pub fn dim(text: &str) -> String {
    painted(Style::new().dimmed(), text)
}

/// A bar or a line of small columns.
pub fn bar(text: &str) -> String {
    painted(AnsiColor::Cyan.on_default(), text)
}

/// An automation status: what waits for a decision stands out, what is done steps back.
pub fn status(status: &str) -> String {
    let style = match status {
        "candidate" | "approved" => AnsiColor::Yellow.on_default(),
        "implemented" | "active" => AnsiColor::Green.on_default(),
        "deprecated" => Style::new().dimmed(),
        _ => return status.to_owned(),
    };
    painted(style, status)
}

/// What became of a check: what is wrong stands out.
pub fn state(state: &str) -> String {
    match state {
        "wrong" => painted(AnsiColor::Red.on_default().bold(), state),
        other => other.to_owned(),
    }
}

/// The text without its paint.
pub fn stripped(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

/// How many columns of a terminal the text takes.
pub fn width(text: &str) -> usize {
    match text.contains('\u{1b}') {
        true => stripped(text).width(),
        false => text.width(),
    }
}
