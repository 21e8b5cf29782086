//! Where a command's program stands among its words, and what it is called.

use std::borrow::Cow;

use super::arguments::is_assignment;

/// The longest name of a program that is looked up, in bytes.
const LONGEST_NAME: usize = 100;

/// The words from the program on: without assignments and what a shell's control words begin.
pub(super) fn without_prefix<'w, 't>(mut words: &'w [Cow<'t, str>]) -> &'w [Cow<'t, str>] {
    const CONTROL: [&str; 8] = ["if", "then", "else", "elif", "do", "while", "until", "!"];
    const WITH_A_LIST: [&str; 4] = ["for", "foreach", "case", "select"];
    while let Some(first) = words.first() {
        let variable = first.starts_with('$') && words.get(1).is_some_and(|second| second == "=");
        if WITH_A_LIST.contains(&first.as_ref()) || (variable && first.starts_with("$env:")) {
            return &[];
        } else if variable {
            words = &words[2..];
        } else if is_assignment(first) || CONTROL.contains(&first.as_ref()) {
            words = &words[1..];
        } else {
            return words;
        }
    }
    words
}

/// Whether a program's name is that of a file: a script of the project.
pub(super) fn is_file(word: &str) -> bool {
    word.bytes().any(|byte| matches!(byte, b'/' | b'\\' | b'.'))
}

/// How many letters a text begins with.
pub(super) fn letters(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_alphabetic).count()
}

/// The plain name of a program: `./node_modules/.bin/eslint`, `@biomejs/biome@2`, `$PYTHON`, `gradlew.bat`.
pub(super) fn program_name(word: &str) -> Cow<'_, str> {
    const ENDINGS: [&str; 5] = [".exe", ".cmd", ".bat", ".ps1", ".com"];
    let base = word.rsplit(['/', '\\']).next().unwrap_or_default();
    if base.len() > LONGEST_NAME {
        return Cow::Borrowed("");
    }
    let base = base.find('@').filter(|&at| at > 0).map_or(base, |at| &base[..at]);
    let base = base.trim_start_matches(['$', '{']).trim_end_matches('}');
    let ending = base.len().checked_sub(4).and_then(|at| Some(at).zip(base.get(at..)));
    let ending = ending.filter(|(_, ending)| ENDINGS.iter().any(|known| known.eq_ignore_ascii_case(ending)));
    let base = ending.map_or(base, |(at, _)| &base[..at]);
    let lower = base.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
    if lower { Cow::Borrowed(base) } else { Cow::Owned(base.to_lowercase()) }
}
