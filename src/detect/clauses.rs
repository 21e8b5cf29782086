//! A request in clauses: the stretches in which a 'not' or a 'please' is near enough to count.

use super::reading::{Reading, Word, role};
use super::words::{Link, flag};

/// What joins a clause to the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Joined {
    /// Nothing: a new sentence, line or part after a colon.
    Anew,
    Comma,
    And,
    Or,
    /// `then` and its like.
    Then,
}

/// A stretch of words, `start..end`; the words that join it to the clause before are left out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clause {
    pub start: usize,
    pub end: usize,
    /// The end of its sentence.
    pub sentence_end: usize,
    pub joined: Joined,
    /// Whether a word of `then` begins it, even after a full stop.
    pub then: bool,
    /// The mark before it.
    pub link: Link,
    /// In a part of the text in which nothing is an order.
    pub muted: bool,
}

/// Cuts a text into clauses.
pub(crate) fn cut(reading: &Reading, clauses: &mut Vec<Clause>) {
    clauses.clear();
    let words = &reading.words;
    let mut at = 0;
    while at < words.len() {
        let (start, joined, link) = joint(reading, at);
        let then = reading.words[at..start.min(words.len())].iter().any(|word| word.roles & role::THEN != 0);
        let end = clause_end(reading, start.min(words.len()), at);
        if start < words.len() {
            clauses.push(Clause { start, end, sentence_end: words.len(), joined, then, link, muted: false });
        }
        at = end.max(at + 1);
    }
    let mut sentence_end = words.len();
    for clause in clauses.iter_mut().rev() {
        clause.sentence_end = sentence_end;
        if clause.joined == Joined::Anew {
            sentence_end = clause.start;
        }
    }
}

/// Reads marks and joining words from `at`: where the clause begins and how it is joined.
fn joint(reading: &Reading, at: usize) -> (usize, Joined, Link) {
    let words = &reading.words;
    let link = words[at].token.link;
    let mut joined = match link {
        Link::Colon | Link::Sentence | Link::Line => Joined::Anew,
        Link::Then => Joined::Then,
        Link::And => Joined::And,
        Link::None | Link::Comma => Joined::Comma,
    };
    if at == 0 {
        joined = Joined::Anew;
    }
    let mut start = at;
    while let Some(word) = words.get(start)
        && word.roles & role::JOINS != 0
        && (start == at || word.token.link == Link::None)
    {
        joined = stronger(joined, word);
        start += usize::from(word.skip.max(1));
    }
    (start, joined, link)
}

fn stronger(joined: Joined, word: &Word) -> Joined {
    match joined {
        Joined::Anew | Joined::Then => joined,
        _ if word.roles & role::THEN != 0 => Joined::Then,
        _ if word.roles & role::OR != 0 => Joined::Or,
        Joined::Or => Joined::Or,
        _ => Joined::And,
    }
}

/// The next place after `start` where a mark or a joining word stands. A lead-in of several words ('go ahead
/// and') is stepped over.
fn clause_end(reading: &Reading, start: usize, from: usize) -> usize {
    let words = &reading.words;
    let mut at = start;
    while let Some(word) = words.get(at) {
        if at > from && word.token.link != Link::None {
            return at;
        }
        let joins = word.roles & role::JOINS != 0 && !word.token.is(flag::QUOTED);
        if joins && at > start {
            return at;
        }
        let skip = if word.roles & role::LEAD_IN != 0 { usize::from(word.skip.max(1)) } else { 1 };
        at += skip;
    }
    words.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::lexicon::LexiconBuilder;

    fn clauses(text: &str) -> Vec<(String, Joined)> {
        let mut builder = LexiconBuilder::default();
        for bit in 0..role::COUNT {
            let texts: &[&str] = match 1 << bit {
                role::LEAD_IN => &["go ahead and"],
                role::AND => &["and"],
                role::OR => &["or"],
                role::THEN => &["then", "after that"],
                _ => &[],
            };
            builder.list(texts.iter().map(|&t| t.to_owned()).collect(), true).unwrap();
        }
        let mut reading = Reading::default();
        builder.build(&[], |_| 0).read(text, &mut reading);
        let mut clauses = Vec::new();
        cut(&reading, &mut clauses);
        let words = |c: &Clause| (c.start..c.end).map(|w| reading.word_text(w)).collect::<Vec<_>>().join(" ");
        clauses.iter().map(|clause| (words(clause), clause.joined)).collect()
    }

    #[test]
    fn marks_and_joining_words_cut() {
        use Joined::{And, Anew, Comma, Or, Then};
        let found = clauses("a b, c and d or e, and then f. After that g; and h\n- i");
        let texts: Vec<&str> = found.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(texts, ["a b", "c", "d", "e", "f", "g", "h", "i"]);
        let joined: Vec<Joined> = found.iter().map(|&(_, joined)| joined).collect();
        assert_eq!(joined, [Anew, Comma, And, Or, Then, Anew, Anew, Anew]);
    }

    #[test]
    fn lead_ins_are_not_cut() {
        assert_eq!(clauses("go ahead and b")[0].0, "go ahead and b");
    }

    #[test]
    fn quotations_are_not_cut() {
        assert_eq!(clauses("a \"b, c and d\" e").len(), 1);
        assert_eq!(clauses("`a && b`").len(), 2);
    }

    #[test]
    fn texts_of_joining_words_alone_have_no_clauses() {
        assert!(clauses("and then or").is_empty());
        assert!(clauses("").is_empty());
    }
}
