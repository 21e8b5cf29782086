//! Words as fingers slip on them.

use hashbrown::HashMap;

use super::tokens::WordId;

/// The words, and the usual slips of some of them. A word that is itself listed is no slip.
pub(crate) fn with_slips(
    mut words: HashMap<Vec<u8>, WordId>,
    misspelt: &[String],
) -> HashMap<Vec<u8>, WordId> {
    let number = |word: &String| words.get(word.as_bytes()).map(|&number| (slips(word), number));
    let slips: Vec<_> = misspelt.iter().filter_map(number).collect();
    for (slips, number) in slips {
        for slip in slips {
            words.entry(slip.into_bytes()).or_insert(number);
        }
    }
    words
}

/// What fingers make of a word: two neighbours swapped, one letter dropped, one doubled. The first letter stays:
/// hardly a slip is there, and the change would make another word ('test' → 'est').
fn slips(word: &str) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    let mut slips = Vec::new();
    for at in 1..letters.len() {
        let mut doubled = letters.clone();
        doubled.insert(at, letters[at]);
        slips.push(doubled);
        if letters.len() >= 5 {
            let mut dropped = letters.clone();
            dropped.remove(at);
            slips.push(dropped);
        }
        if letters.len() >= 4 && at + 1 < letters.len() {
            let mut swapped = letters.clone();
            swapped.swap(at, at + 1);
            slips.push(swapped);
        }
    }
    slips.into_iter().map(String::from_iter).filter(|slip| slip != word).collect()
}
