//! A request in clauses: the stretches in which a 'not' or a 'please' is near enough to count.

use super::in_phrases::NeededLists;
use super::roles::Role;
use super::tokenized_text::TokenizedText;
use super::tokens::{Link, Mark, Token};
use super::word_lists::WordLists;

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
    /// Its place among the clauses of its text.
    pub number: usize,
    pub start: usize,
    pub end: usize,
    /// Where the sentence before its own begins.
    pub sentence_before: usize,
    /// The end of its sentence.
    pub sentence_end: usize,
    pub joined: Joined,
    /// Whether a word of `then` begins it, even after a full stop.
    pub then: bool,
    /// The mark before it.
    pub link: Link,
    /// All roles of its words.
    pub roles: Role,
    /// All roles of the words from here to the end of its sentence.
    pub ahead: Role,
    /// Whether its sentence ends with a question mark.
    pub question: bool,
    /// Why nothing in it is an instruction, if so.
    pub ignored: Option<Ignored>,
}

impl Clause {
    /// Whether a phrase whose verb comes last may stand in it: the words for one are there.
    pub(crate) fn may_end_with_verb(&self) -> bool {
        self.roles.intersects(Role::BEGINS_ANYWHERE) && self.ahead.intersects(Role::ENDS_ANYWHERE)
    }

    /// Whether it ends a question, by its mark or by a word.
    pub(crate) fn ends_question(&self) -> bool {
        self.end == self.sentence_end && (self.question || self.roles.intersects(Role::QUESTION))
    }

    /// Whether a word makes a question of it: '编译好了*怎么*运行'. A polite clause asks for something all the same,
    /// unless it asks only for an answer: 'マージの手順を教えてください'.
    pub(crate) fn has_question_word(&self) -> bool {
        let asks_to_do = self.roles.intersects(Role::POLITE) && !self.roles.intersects(Role::ASIDE);
        self.roles.intersects(Role::QUESTION) && !asks_to_do
    }
}

/// Parts of a text in which nothing is an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ignored {
    /// A quotation, code that nothing announces, a heading, a section or a list of a ticket.
    Description,
    /// What something that is to be written shall do.
    Design,
    /// A command with its output, or what else a program printed.
    Output,
    /// A question, because of a word of `questions`.
    Question,
}

/// Cuts a text into clauses.
pub(crate) fn cut(text: &TokenizedText, clauses: &mut Vec<Clause>) {
    clauses.clear();
    let tokens = &text.tokens;
    let (mut at, mut sentences) = (0, [0, 0]);
    while at < tokens.len() {
        let (start, joined, link) = joint(text, at);
        if start >= tokens.len() {
            break;
        }
        if joined == Joined::Anew {
            sentences = [sentences[1], start];
        }
        let end = clause_end(text, start, at);
        clauses.push(Clause {
            number: clauses.len(),
            start,
            end,
            sentence_before: sentences[0],
            sentence_end: tokens.len(),
            joined,
            then: roles_of(&tokens[at..start]).intersects(Role::THEN),
            link,
            roles: roles_of(&tokens[start..end]),
            ahead: Role::empty(),
            question: false,
            ignored: None,
        });
        at = end.max(at + 1);
    }
    tell_of_sentences(text, clauses);
}

/// Notes in each clause what only the rest of its sentence tells, the last clause first.
fn tell_of_sentences(text: &TokenizedText, clauses: &mut [Clause]) {
    let tokens = &text.tokens;
    let (mut sentence_end, mut next) = (tokens.len(), tokens.len());
    for sentence in clauses.chunk_by_mut(|_, next| next.joined != Joined::Anew).rev() {
        let Some(last) = sentence.last() else { continue };
        let (question, asks) = (is_question(text, last.end), asked_at_the_end(last.roles));
        let mut ahead = Role::empty();
        for clause in sentence.iter_mut().rev() {
            ahead |= clause.roles | roles_of(&tokens[clause.end..next]);
            (clause.sentence_end, clause.question) = (sentence_end, question);
            clause.ahead = ahead;
            if !clause.roles.intersects(Role::POLITE) {
                clause.roles |= asks;
            }
            next = clause.start;
        }
        sentence_end = next;
    }
}

/// For each clause: which of the lists that phrases need have words between its beginning and the end of its sentence.
pub(crate) fn find_needed(word_lists: &WordLists, text: &mut TokenizedText, clauses: &[Clause]) {
    let mut needed = NeededLists::default();
    let (mut sentence_end, mut end) = (usize::MAX, text.matches.len());
    text.needed.resize(clauses.len().max(text.needed.len()), needed);
    for clause in clauses.iter().rev() {
        if clause.sentence_end != sentence_end {
            (sentence_end, needed) = (clause.sentence_end, NeededLists::of_text(text.marks));
        }
        let start = text.tokens[clause.start].matches.0 as usize;
        for found in &text.matches[start..end] {
            word_lists.in_phrases(found).needed.iter().for_each(|list| needed.insert(*list));
        }
        text.needed[clause.number] = needed;
        end = start;
    }
}

/// A word of `questions` in a sentence's last clause makes a question of all its clauses: '我想删除分支, *应该如何做*'.
/// Where that clause asks to be told or shown something, the others stay what they are.
fn asked_at_the_end(roles: Role) -> Role {
    const TO_BE_TOLD: Role = Role::POLITE.union(Role::ASIDE).union(Role::LOOKS);
    if roles.intersects(TO_BE_TOLD) { Role::empty() } else { roles & Role::QUESTION }
}

fn roles_of(words: &[Token]) -> Role {
    words.iter().fold(Role::empty(), |all, word| all | word.roles)
}

/// Whether a question mark stands between a token and the one before it.
fn is_question(text: &TokenizedText, at: usize) -> bool {
    let start = at.checked_sub(1).map_or(0, |before| text.tokens[before].end as usize);
    let end = text.tokens.get(at).map_or(text.folded.len(), |token| token.start as usize);
    text.folded[start..end].contains(['?', '؟'])
}

/// Reads marks and joining words from `at`: where the clause begins and how it is joined.
fn joint(text: &TokenizedText, at: usize) -> (usize, Joined, Link) {
    let tokens = &text.tokens;
    let link = tokens[at].link;
    let mut joined = match link {
        Link::Colon | Link::Sentence | Link::Line => Joined::Anew,
        Link::Then => Joined::Then,
        Link::And => Joined::And,
        Link::None | Link::Comma => Joined::Comma,
    };
    if at == 0 {
        joined = Joined::Anew;
    } else if link == Link::None && tokens[at].roles.intersects(Role::STARTS) {
        joined = Joined::Then;
    }
    let mut start = at;
    while let Some(word) = tokens.get(start)
        && word.roles.intersects(Role::JOINS)
        && (start == at || word.link == Link::None)
    {
        joined = stronger(joined, word);
        start += usize::from(word.skip.max(1));
    }
    (start, joined, link)
}

fn stronger(joined: Joined, word: &Token) -> Joined {
    match joined {
        Joined::Anew | Joined::Then => joined,
        _ if word.roles.intersects(Role::THEN) => Joined::Then,
        _ if word.roles.intersects(Role::OR) => Joined::Or,
        Joined::Or => Joined::Or,
        _ => Joined::And,
    }
}

/// The next place after `start` where a clause ends. A lead-in of several words ('go ahead and') is stepped over.
fn clause_end(text: &TokenizedText, start: usize, from: usize) -> usize {
    let mut at = start;
    while let Some(word) = text.tokens.get(at) {
        let marked = at > from && word.link != Link::None && !sets_off(text, start, at);
        if marked || at > start && (joins(text, start, at) || starts(text, start, at)) {
            return at;
        }
        let leads_in = word.roles.intersects(Role::LEAD_IN);
        at += if leads_in { usize::from(word.skip.max(1)) } else { 1 };
    }
    text.tokens.len()
}

/// Whether a joining word ends a clause: not within a quotation or a lead-in of several words, and not as an adverb.
fn joins(text: &TokenizedText, start: usize, at: usize) -> bool {
    let word = &text.tokens[at];
    let within_lead_in = word.roles.intersects(Role::LEAD_IN) && word.skip > 1;
    word.roles.intersects(Role::JOINS)
        && !word.is(Mark::QUOTED)
        && !within_lead_in
        && !stands_after_its_verb(text, start, at)
}

/// Whether the mark before a word only sets a polite word off from its verb: 'прогони, *пожалуйста,* все тесты'.
fn sets_off(text: &TokenizedText, start: usize, at: usize) -> bool {
    let comma = |at: usize| text.tokens.get(at).is_some_and(|word| word.link == Link::Comma);
    if !comma(at) {
        return false;
    }
    let [verb, polite, ..] = &text.tokens[start..] else { return false };
    let after = start + 1 + usize::from(polite.skip.max(1));
    (at == start + 1 || at == after)
        && verb.roles.intersects(Role::BEGINS)
        && polite.roles.intersects(Role::POLITE)
        && comma(start + 1)
        && comma(after)
}

/// Whether a word of `then` joins nothing and is an adverb right after its verb: 'führe *danach* die Tests aus'. Such
/// words are small ones, too.
fn stands_after_its_verb(text: &TokenizedText, start: usize, at: usize) -> bool {
    const ADVERB: Role = Role::THEN.union(Role::SMALL);
    at == start + 1
        && text.tokens[at].roles.contains(ADVERB)
        && text.tokens[start].roles.intersects(Role::BEGINS)
}

/// Whether a clause of its own begins in the middle of another: 'I fixed it *can you* run the tests'.
fn starts(text: &TokenizedText, start: usize, at: usize) -> bool {
    const GOES_ON: Role = Role::SKIPPED.union(Role::STATEMENT).union(Role::CONDITION).union(Role::NOT);
    let token = &text.tokens[at];
    if !token.roles.intersects(Role::STARTS) || token.is(Mark::QUOTED) {
        return false;
    }
    let first = text.tokens[start].roles;
    // 'Ergänze *bitte* das Handbuch', but 'Supabase *can you* build it'
    let after_verb = at == start + 1 && first.intersects(Role::BEGINS) && token.skip < 2;
    // 'When you are done *please*' goes on; 'I fixed it *please* run the tests' has a verb of its own before it.
    let is_short = at <= start + 2;
    let goes_on =
        is_short && text.tokens[at - 1].roles.intersects(GOES_ON) && !first.intersects(Role::CONDITION);
    let then = text.tokens.get(at + usize::from(token.skip.max(1)));
    let has_more = then.is_some_and(|next| next.link == Link::None && !next.roles.intersects(Role::JOINS));
    !after_verb && !goes_on && has_more
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::list_sets::ListUses;
    use crate::detect::listed_words::ListedWords;
    use crate::detect::lists::Lists;

    fn clauses(request: &str) -> Vec<(String, Joined)> {
        let (mut lists, mut words) = (Lists::default(), ListedWords::default());
        for bit in 0..Role::LISTS {
            let texts: &[&str] = match Role::of_list(bit) {
                Role::LEAD_IN => &["go ahead and"],
                Role::AND => &["and"],
                Role::OR => &["or"],
                Role::THEN => &["then", "after that"],
                _ => &[],
            };
            lists.roles.push(texts.iter().filter_map(|text| words.number(text)).collect());
        }
        lists.last = words.last();
        let mut text = TokenizedText::default();
        let word_lists = lists.word_lists(words, &[], &ListUses::default());
        word_lists.read(request, &mut text);
        let mut clauses = Vec::new();
        cut(&text, &mut clauses);
        let words = |c: &Clause| {
            (c.start..c.end).map(|w| text.spelling(&text.tokens[w])).collect::<Vec<_>>().join(" ")
        };
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
