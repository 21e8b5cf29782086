//! The usual misspellings of a word.

/// A word with two neighbours swapped, one letter dropped or one doubled. The first letter stays: it is seldom
/// mistyped, and without it there is often another word ('test' → 'est').
pub(crate) fn slips_of(word: &str) -> Vec<String> {
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
