//! The small notation inside a rules file: `test(s|ing|)` for word forms, `{run} .. {tests}` for phrases.

/// The most texts one entry may stand for; a slip like `(a|b)(a|b)(a|b)…` is refused before it eats the memory.
const MOST_FORMS: usize = 2_000;

/// The most gaps a phrase can have: the ways to fill them multiply.
const MOST_GAPS: usize = 3;

/// One part of a phrase, as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PhrasePart {
    /// One of these texts, e.g. `fix(es|)`.
    Words(Vec<String>),
    /// One of the words of a named list: `{run}`.
    List(String),
    /// Any path or file name: `{path}`; with a list, one that has a word of it: `{path:tests}`.
    Path(Option<String>),
    /// The number of a version: `{version}`.
    Version,
    /// `..`: a few other words may stand here, within the clause.
    Gap,
    /// `...`: like `..`, but the gap may go on over `and` and commas.
    WideGap,
    /// `....`: like `...`, but for many words, whatever words they are; up to a comma.
    FarGap,
    /// A closing `.`: nothing but the words of `may_follow` may come next.
    End,
    /// A closing `?`: the same, in a question.
    Question,
}

/// Every text an entry stands for: `lint(ed|ing|)` is linted, linting and lint. Groups may hold groups.
pub(crate) fn forms(entry: &str) -> Result<Vec<String>, String> {
    let mut reader = EntryReader { entry, rest: entry, depth: 0 };
    reader.sequence()
}

/// How deep groups may hold groups.
const DEEPEST: usize = 8;

struct EntryReader<'a> {
    entry: &'a str,
    rest: &'a str,
    depth: usize,
}

impl EntryReader<'_> {
    /// Plain text and groups, up to the end of the group (or of the entry).
    fn sequence(&mut self) -> Result<Vec<String>, String> {
        let mut done = vec![String::new()];
        loop {
            let marks: &[char] = if self.depth == 0 { &['(', ')'] } else { &['(', ')', '|'] };
            let plain = &self.rest[..self.rest.find(marks).unwrap_or(self.rest.len())];
            for form in &mut done {
                form.push_str(plain);
            }
            self.rest = &self.rest[plain.len()..];
            if !self.rest.starts_with('(') {
                break;
            }
            self.rest = &self.rest[1..];
            let group = self.group()?;
            if done.len() * group.len() > MOST_FORMS {
                return Err(format!("'{}' stands for more than {MOST_FORMS} texts", self.entry));
            }
            done = done
                .iter()
                .flat_map(|form| group.iter().map(move |end| [form.as_str(), end].concat()))
                .collect();
        }
        if self.depth == 0 && !self.rest.is_empty() {
            return Err(format!("')' without '(' in '{}'", self.entry));
        }
        Ok(done)
    }

    /// The alternatives of a group whose `(` is read.
    fn group(&mut self) -> Result<Vec<String>, String> {
        if self.depth == DEEPEST {
            return Err(format!("groups within groups within groups in '{}'", self.entry));
        }
        self.depth += 1;
        let mut all = Vec::new();
        loop {
            all.extend(self.sequence()?);
            let mark = self.rest.chars().next();
            self.rest = self.rest.get(1..).unwrap_or_default();
            match mark {
                Some('|') => {}
                Some(_) => break,
                None => return Err(format!("'(' without ')' in '{}'", self.entry)),
            }
        }
        self.depth -= 1;
        if all.len() > MOST_FORMS {
            return Err(format!("'{}' stands for more than {MOST_FORMS} texts", self.entry));
        }
        Ok(all)
    }
}

/// A phrase in parts: `make sure .. {tests} ... pass`.
pub(crate) fn parts(phrase: &str) -> Result<Vec<PhrasePart>, String> {
    let pieces = pieces(phrase);
    let parts: Vec<PhrasePart> = pieces.iter().map(|piece| part(piece)).collect::<Result<_, _>>()?;
    let is_gap =
        |part: &PhrasePart| matches!(part, PhrasePart::Gap | PhrasePart::WideGap | PhrasePart::FarGap);
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
        return Err(format!("'{phrase}' begins with a path; begin it with a word"));
    }
    let is_end = |part: &PhrasePart| matches!(part, PhrasePart::End | PhrasePart::Question);
    let early_end = parts[..parts.len() - 1].iter().any(is_end);
    let gap_at_end = parts.last().is_some_and(is_end) && parts.iter().nth_back(1).is_some_and(is_gap);
    if early_end || gap_at_end {
        return Err(format!("in '{phrase}' the '.' or '?' belongs to the end, after a word"));
    }
    Ok(parts)
}

/// Splits at white space that is in no group.
fn pieces(phrase: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut depth = 0_usize;
    for c in phrase.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if c.is_whitespace() && depth == 0 {
            pieces.push(String::new());
        } else if let Some(last) = pieces.last_mut() {
            last.push(c);
        }
    }
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

fn part(piece: &str) -> Result<PhrasePart, String> {
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
        return Ok(PhrasePart::Words(forms(piece)?));
    }
    let name = piece.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    let name = name.filter(|name| !name.is_empty() && !name.contains(['{', '}']));
    let name = name.ok_or_else(|| format!("'{piece}' is no list: write '{{name}}' with spaces around it"))?;
    Ok(match name.strip_prefix("path:") {
        Some(list) => PhrasePart::Path(Some(list.to_owned())),
        None => PhrasePart::List(name.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_without_groups_is_itself() {
        assert_eq!(forms("test suite").unwrap(), ["test suite"]);
    }

    #[test]
    fn a_group_stands_for_each_of_its_alternatives() {
        assert_eq!(forms("test(s|)").unwrap(), ["tests", "test"]);
        assert_eq!(forms("(unit |)test(s|)").unwrap(), ["unit tests", "unit test", "tests", "test"]);
    }

    #[test]
    fn groups_may_hold_groups() {
        assert_eq!(forms("a(b(c|)|d)").unwrap(), ["abc", "ab", "ad"]);
    }

    #[test]
    fn unbalanced_deep_and_endless_groups_are_errors() {
        assert!(forms("a(b").unwrap_err().contains("without ')'"));
        assert!(forms("a)b").unwrap_err().contains("without '('"));
        assert!(forms(&"(".repeat(100)).unwrap_err().contains("within"));
        assert!(forms(&"(a|b)".repeat(40)).unwrap_err().contains("more than"));
    }

    #[test]
    fn a_phrase_has_words_lists_paths_gaps_and_an_end() {
        let found = parts("fix(es|) (a b|c) .. {tests} ... {path:docs} .").unwrap();
        let words = |list: &[&str]| PhrasePart::Words(list.iter().map(|&w| w.to_owned()).collect());
        let expected = [
            words(&["fixes", "fix"]),
            words(&["a b", "c"]),
            PhrasePart::Gap,
            PhrasePart::List("tests".into()),
            PhrasePart::WideGap,
            PhrasePart::Path(Some("docs".into())),
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
    fn braces_hold_one_name() {
        assert!(parts("{}").is_err());
        assert!(parts("a{b}").is_err());
        assert!(parts("{a").is_err());
    }
}
