//! A few fixed texts sought anywhere in others, whatever the case: which of them occur, not where.

use std::collections::HashMap;

use aho_corasick::automaton::{Automaton, StateID};
use aho_corasick::{Anchored, MatchKind, dfa::DFA};

/// The automaton of the texts as one table of a byte for each state and byte: half the work of the library's own, which is a
/// table of states and classes of bytes.
pub(crate) struct Sought {
    next: Box<[[u8; 256]; 256]>,
    /// By state: the bits of the texts that end there. Only states from [`ENDS`] on have any.
    bits: [u32; 256],
    start: u8,
    /// How many bytes the longest text has.
    longest: usize,
}

/// The first of the states in which a text ends.
const ENDS: u8 = 128;

impl Sought {
    /// Texts in lower case, each with its bit. None where the automaton has more than 128 states of one kind.
    pub(crate) fn new(texts: &[(&str, u32)]) -> Option<Self> {
        let mut builder = DFA::builder();
        builder.match_kind(MatchKind::Standard).ascii_case_insensitive(true);
        let automaton = builder.build(texts.iter().map(|(text, _)| text)).ok()?;
        let first = automaton.start_state(Anchored::No).ok()?;
        let mut numbers = Numbers::default();
        let mut sought = Self {
            next: Box::new([[0; 256]; 256]),
            bits: [0; 256],
            start: numbers.of(&automaton, first)?,
            longest: texts.iter().map(|(text, _)| text.len()).max()?,
        };
        let mut done = 0;
        while let Some(&(state, number)) = numbers.all.get(done) {
            done += 1;
            // Bytes beside each other mostly lead to the same state.
            let mut last = (state, number);
            for byte in 0..=u8::MAX {
                let next = automaton.next_state(Anchored::No, state, byte);
                if next != last.0 {
                    last = (next, numbers.of(&automaton, next)?);
                }
                sought.next[usize::from(number)][usize::from(byte)] = last.1;
            }
            if automaton.is_match(state) {
                let ending =
                    (0..automaton.match_len(state)).map(|index| automaton.match_pattern(state, index));
                sought.bits[usize::from(number)] =
                    ending.fold(0, |bits, text| bits | texts[text.as_usize()].1);
            }
        }
        Some(sought)
    }

    /// The bits of the texts that occur. Each step of an automaton waits for the one before; reading four parts of the
    /// text at a time, which overlap by what the longest text sought needs, fills that wait.
    pub(crate) fn occurring(&self, text: &[u8]) -> u32 {
        let mut found = 0;
        let mut states = [self.start; 4];
        let mut rest = text;
        let overlap = self.longest.saturating_sub(1);
        let length = (text.len() + 3 * overlap) / 4;
        if length > 2 * overlap {
            let step = length - overlap;
            let [a, b, c, d] = [0, 1, 2, 3].map(|part| &text[part * step..][..length]);
            for (((&a, &b), &c), &d) in a.iter().zip(b).zip(c).zip(d) {
                let [first, second, third, fourth] = states;
                states =
                    [self.step(first, a), self.step(second, b), self.step(third, c), self.step(fourth, d)];
                // One branch for all four.
                if states.iter().fold(0, |any, state| any | state) >= ENDS {
                    found |= states.iter().fold(0, |bits, &state| bits | self.bits[usize::from(state)]);
                }
            }
            rest = &text[3 * step + length..];
        }
        let mut last = states[3];
        for &byte in rest {
            last = self.step(last, byte);
            found |= self.bits[usize::from(last)];
        }
        found
    }

    fn step(&self, state: u8, byte: u8) -> u8 {
        self.next[usize::from(state)][usize::from(byte)]
    }
}

/// The numbers of an automaton's states: those in which a text ends from [`ENDS`] on, the others below.
#[derive(Default)]
struct Numbers {
    all: Vec<(StateID, u8)>,
    by_state: HashMap<StateID, u8>,
    ends: u8,
}

impl Numbers {
    fn of(&mut self, automaton: &DFA, state: StateID) -> Option<u8> {
        if let Some(&number) = self.by_state.get(&state) {
            return Some(number);
        }
        let ends = automaton.is_match(state);
        let before = if ends { self.ends } else { u8::try_from(self.all.len()).ok()? - self.ends };
        let number = Some(before).filter(|&before| before < ENDS)? + if ends { ENDS } else { 0 };
        self.ends += u8::from(ends);
        self.by_state.insert(state, number);
        self.all.push((state, number));
        Some(number)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEXTS: [(&str, u32); 5] = [("test", 1), ("pytest", 2), ("a/", 4), (".py", 8), ("ab", 4)];

    proptest! {
        #[test]
        fn what_occurs_is_what_a_text_contains(text in "([tesPYpyabx/.]|test|pytest|[^a]){0,90}") {
            let lowered = text.to_ascii_lowercase();
            let contained = TEXTS.iter().filter(|(sought, _)| lowered.contains(sought));
            let expected = contained.fold(0, |bits, (_, bit)| bits | bit);
            prop_assert_eq!(Sought::new(&TEXTS).unwrap().occurring(text.as_bytes()), expected);
        }
    }

    #[test]
    fn too_many_states_are_refused() {
        let long = "x".repeat(200);
        assert!(Sought::new(&[(long.as_str(), 1)]).is_none());
    }
}
