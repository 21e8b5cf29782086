//! The small notation inside a rules file: `test(s|ing|)` for word forms, `{run} .. {tests}` for phrases.

/// The most texts one entry may stand for; a slip like `(a|b)(a|b)(a|b)…` is refused before it fills the memory.
const MOST_FORMS: usize = 2_000;

/// The most gaps a phrase can have: the ways to fill them multiply.
const MOST_GAPS: usize = 3;

/// One part of a phrase, as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PhrasePart<'a> {
    /// One of the forms of an entry: `fix(es|)`.
    Words(&'a str),
    /// One of the words of a named list: `{run}`.
    List(&'a str),
    /// Any path or file name: `{path}`; with a list, one that has a word of it: `{path:tests}`.
    Path(Option<&'a str>),
    /// The number of a version: `{version}`.
    Version,
    /// At the beginning: a word of the list stands before the phrase, in its sentence or in the one before: `{before:tests}`.
    Before(&'a str),
    /// `..`: a few other words may stand here, within the clause.
    Gap,
    /// `...`: like `..`, but the gap may go on over `and` and commas.
    WideGap,
    /// `....`: like `...`, but for many words, up to a comma.
    FarGap,
    /// A closing `.`: nothing but the words of `may_follow` may come next.
    End,
    /// A closing `?`: the same, in a question.
    Question,
}

/// Every text an entry stands for: `lint(ed|ing|)` is linted, linting and lint. Groups may hold groups.
pub(crate) fn forms(entry: &str) -> Result<Vec<String>, String> {
    let mut all = Vec::new();
    each_form(entry, &mut |form| all.push(form.to_owned()))?;
    Ok(all)
}

/// Hands over every text an entry stands for, one after the other.
pub(crate) fn each_form(entry: &str, take: &mut dyn FnMut(&str)) -> Result<(), String> {
    // Most entries have one form.
    if entry.contains(['(', '|', ')']) {
        write_forms(&entry_parts(entry)?, &mut String::new(), &mut |form| take(form));
    } else {
        take(entry);
    }
    Ok(())
}

fn entry_parts(entry: &str) -> Result<Vec<EntryPart<'_>>, String> {
    let mut reader = EntryReader { entry, rest: entry, depth: 0 };
    let (parts, _) = reader.sequence()?;
    match reader.rest.chars().next() {
        Some(mark) => Err(format!("'{mark}' without '(' in '{entry}'")),
        None => Ok(parts),
    }
}

/// One part of an entry, as written.
enum EntryPart<'a> {
    Plain(&'a str),
    /// One of these.
    Group(Vec<Vec<EntryPart<'a>>>),
}

/// Adds what the parts stand for to `form`, in every way, and each time goes on with `then`.
fn write_forms(parts: &[EntryPart<'_>], form: &mut String, then: &mut dyn FnMut(&mut String)) {
    let Some((first, rest)) = parts.split_first() else { return then(form) };
    let before = form.len();
    match first {
        EntryPart::Plain(text) => {
            form.push_str(text);
            write_forms(rest, form, then);
        }
        EntryPart::Group(choices) => {
            for choice in choices {
                write_forms(choice, form, &mut |form| write_forms(rest, form, then));
            }
        }
    }
    form.truncate(before);
}

/// How deep groups may hold groups.
const DEEPEST: usize = 8;

struct EntryReader<'a> {
    entry: &'a str,
    rest: &'a str,
    depth: usize,
}

impl<'a> EntryReader<'a> {
    /// Plain text and groups up to the end of the group (or of the entry), and how many texts they stand for.
    fn sequence(&mut self) -> Result<(Vec<EntryPart<'a>>, usize), String> {
        let (mut parts, mut forms) = (vec![EntryPart::Plain(self.plain())], 1);
        while self.rest.starts_with('(') {
            let (choices, of_group) = self.group()?;
            forms *= of_group;
            self.check_number(forms)?;
            parts.extend([EntryPart::Group(choices), EntryPart::Plain(self.plain())]);
        }
        Ok((parts, forms))
    }

    fn check_number(&self, forms: usize) -> Result<(), String> {
        if forms > MOST_FORMS {
            return Err(format!("'{}' stands for more than {MOST_FORMS} texts", self.entry));
        }
        Ok(())
    }

    /// Plain text up to a mark.
    fn plain(&mut self) -> &'a str {
        let is_mark = |byte: u8| matches!(byte, b'(' | b')' | b'|');
        let end = self.rest.bytes().position(is_mark).unwrap_or(self.rest.len());
        let (plain, rest) = self.rest.split_at(end);
        self.rest = rest;
        plain
    }

    /// The alternatives of a group, and how many texts they stand for.
    fn group(&mut self) -> Result<(Vec<Vec<EntryPart<'a>>>, usize), String> {
        self.rest = &self.rest[1..];
        if self.depth == DEEPEST {
            return Err(format!("groups within groups within groups in '{}'", self.entry));
        }
        self.depth += 1;
        let (mut choices, mut forms) = (Vec::new(), 0);
        loop {
            let (choice, of_choice) = self.sequence()?;
            choices.push(choice);
            forms += of_choice;
            let mark = self.rest.chars().next();
            self.rest = self.rest.get(1..).unwrap_or_default();
            match mark {
                Some('|') => {}
                Some(_) => break,
                None => return Err(format!("'(' without ')' in '{}'", self.entry)),
            }
        }
        self.depth -= 1;
        self.check_number(forms)?;
        Ok((choices, forms))
    }
}

/// A phrase in parts: `make sure .. {tests} ... pass`.
pub(crate) fn parts(phrase: &str) -> Result<Vec<PhrasePart<'_>>, String> {
    check_marks(phrase)?;
    let all: Vec<PhrasePart<'_>> = pieces(phrase).map(part).collect::<Result<_, _>>()?;
    let begins_late = usize::from(matches!(all.first(), Some(PhrasePart::Before(_))));
    let parts = &all[begins_late..];
    if parts.iter().any(|part| matches!(part, PhrasePart::Before(_))) {
        return Err(format!("in '{phrase}' what stands before it belongs to the beginning, once"));
    }
    let is_gap =
        |part: &PhrasePart<'_>| matches!(part, PhrasePart::Gap | PhrasePart::WideGap | PhrasePart::FarGap);
    if !parts.iter().any(|part| matches!(part, PhrasePart::Words(_) | PhrasePart::List(_))) {
        return Err(format!("'{phrase}' has no word to begin with"));
    }
    if is_gap(&parts[0]) || parts.last().is_some_and(is_gap) || parts.windows(2).any(|w| w.iter().all(is_gap))
    {
        return Err(format!("in '{phrase}' a gap stands at an end or beside another"));
    }
    if parts.iter().filter(|part| is_gap(part)).count() > MOST_GAPS {
        return Err(format!("'{phrase}' has more than {MOST_GAPS} gaps"));
    }
    if matches!(parts[0], PhrasePart::Path(None) | PhrasePart::Version) {
        return Err(format!("'{phrase}' begins with a path or a version; begin it with a word"));
    }
    let is_end = |part: &PhrasePart<'_>| matches!(part, PhrasePart::End | PhrasePart::Question);
    let early_end = parts[..parts.len() - 1].iter().any(is_end);
    let gap_at_end = parts.last().is_some_and(is_end) && parts.iter().nth_back(1).is_some_and(is_gap);
    if early_end || gap_at_end {
        return Err(format!("in '{phrase}' the '.' or '?' belongs to the end, after a word"));
    }
    Ok(all)
}

/// Says what of an entry could never be found, because it is no part of a word: `{run} .. it`, `frob, it!`.
pub(crate) fn check_words(entry: &str) -> Result<(), String> {
    let has = |marks: [u8; 2]| entry.bytes().any(|byte| marks.contains(&byte));
    if has([b'{', b'}']) {
        return Err(format!("'{entry}' is a phrase; here stand words, or one list as '{{name}}'"));
    }
    let has_dots = has([b'.', b'?']);
    match entry.split_whitespace().find(|piece| has_dots && is_gap_or_end(piece)) {
        Some(mark) => Err(format!("in '{entry}' the '{mark}' is a phrase's, and here stand words")),
        None => check_marks(entry),
    }
}

/// Says which mark of an entry or phrase parts words, so that it is never found between them.
fn check_marks(entry: &str) -> Result<(), String> {
    // Most entries have letters and groups only, and a rule set has tens of thousands.
    let mut before = ' ';
    if !entry.chars().any(|c| may_part(std::mem::replace(&mut before, c), c)) {
        return Ok(());
    }
    let pieces = entry.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '|'));
    match pieces.filter(|piece| !is_gap_or_end(piece)).find_map(parting_mark) {
        Some(mark) => Err(format!("in '{entry}' the '{mark}' is a part of no word: leave it out")),
        None => Ok(()),
    }
}

fn is_gap_or_end(piece: &str) -> bool {
    matches!(piece, "." | ".." | "..." | "...." | "?")
}

/// Whether a character, after `before`, may be a mark that parts words.
fn may_part(before: char, c: char) -> bool {
    match c {
        '.' => !matches!(before, ' ' | '.'),
        ':' => true,
        c => is_parting(c),
    }
}

/// Whether no word has this mark in it.
fn is_parting(c: char) -> bool {
    ",;!?…，、。；：！？।॥،؟؛".contains(c)
}

fn parting_mark(piece: &str) -> Option<char> {
    let last = piece.chars().next_back().filter(|&c| c == ':' || c == '.' && piece.matches('.').count() == 1);
    piece.chars().find(|&c| is_parting(c)).or(last)
}

/// Splits at white space that is in no group.
fn pieces(phrase: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_usize;
    let is_between = move |c: char| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c.is_whitespace() && depth == 0
    };
    phrase.split(is_between).filter(|piece| !piece.is_empty())
}

/// The name in `{name}`.
pub(crate) fn list_named(text: &str) -> Option<&str> {
    text.strip_prefix('{')?.strip_suffix('}')
}

fn part(piece: &str) -> Result<PhrasePart<'_>, String> {
    match piece {
        "." => return Ok(PhrasePart::End),
        "?" => return Ok(PhrasePart::Question),
        ".." => return Ok(PhrasePart::Gap),
        "..." => return Ok(PhrasePart::WideGap),
        "...." => return Ok(PhrasePart::FarGap),
        "{path}" => return Ok(PhrasePart::Path(None)),
        "{version}" => return Ok(PhrasePart::Version),
        _ => {}
    }
    if !piece.contains(['{', '}']) {
        return entry_parts(piece).map(|_| PhrasePart::Words(piece));
    }
    let name = list_named(piece).filter(|name| !name.is_empty() && !name.contains(['{', '}']));
    let name = name.ok_or_else(|| format!("'{piece}' is no list: write '{{name}}' with spaces around it"))?;
    Ok(match name.split_once(':') {
        Some(("path", list)) => PhrasePart::Path(Some(list)),
        Some(("before", list)) => PhrasePart::Before(list),
        _ => PhrasePart::List(name),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(entry: &str) -> Vec<String> {
        forms(entry).unwrap()
    }

    #[test]
    fn an_entry_without_groups_is_itself() {
        assert_eq!(listed("test suite"), ["test suite"]);
    }

    #[test]
    fn a_group_stands_for_each_of_its_alternatives() {
        assert_eq!(listed("test(s|)"), ["tests", "test"]);
        assert_eq!(listed("(unit |)test(s|)"), ["unit tests", "unit test", "tests", "test"]);
    }

    #[test]
    fn groups_may_hold_groups() {
        assert_eq!(listed("a(b(c|)|d)"), ["abc", "ab", "ad"]);
    }

    #[test]
    fn unbalanced_deep_and_endless_groups_are_errors() {
        assert!(forms("a(b").unwrap_err().contains("without ')'"));
        assert!(forms("a)b").unwrap_err().contains("without '('"));
        assert!(forms(&"(".repeat(100)).unwrap_err().contains("within"));
        assert!(forms(&"(a|b)".repeat(40)).unwrap_err().contains("more than"));
    }

    #[test]
    fn an_alternative_without_a_group_is_an_error() {
        assert_eq!(forms("a|b it").unwrap_err(), "'|' without '(' in 'a|b it'");
        assert!(parts("frob a|b it").is_err());
    }

    #[test]
    fn a_phrase_has_words_lists_paths_gaps_and_an_end() {
        let found = parts("fix(es|) (a b|c) .. {tests} ... {path:docs} .").unwrap();
        let expected = [
            PhrasePart::Words("fix(es|)"),
            PhrasePart::Words("(a b|c)"),
            PhrasePart::Gap,
            PhrasePart::List("tests"),
            PhrasePart::WideGap,
            PhrasePart::Path(Some("docs")),
            PhrasePart::End,
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn gaps_stand_between_words() {
        assert!(parts(".. a").is_err());
        assert!(parts("a ..").is_err());
        assert!(parts("a .. ... b").is_err());
        assert!(parts("a .. .").is_err());
        assert!(parts("a . b").is_err());
        assert!(parts("a ? b").is_err());
        assert!(parts("{path} a").is_err());
        assert!(parts(".").is_err());
    }

    #[test]
    fn what_stands_before_a_phrase_is_its_first_part() {
        let expected = [PhrasePart::Before("tests"), PhrasePart::Words("run"), PhrasePart::Words("them")];
        assert_eq!(parts("{before:tests} run them").unwrap(), expected);
        assert!(parts("run {before:tests} them").is_err());
        assert!(parts("{before:tests} {before:docs} run").is_err());
        assert!(parts("{before:tests}").is_err());
        assert!(parts("{before:tests} .. run").is_err());
    }

    #[test]
    fn braces_hold_one_name() {
        assert!(parts("{}").is_err());
        assert!(parts("a{b}").is_err());
        assert!(parts("{a").is_err());
    }
}
