//! Finding the pattern a person means, and the word a person probably meant.

/// Why a name does not mean one pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LookupError {
    /// Several are.
    #[error("'{name}' can be any of {}", listed(.candidates))]
    Ambiguous {
        /// What was asked for.
        name: String,
        /// The signatures it can be.
        candidates: Vec<String>,
    },
    /// None is.
    #[error("no pattern '{name}'{}", if .close.is_empty() { "; 'flowmine patterns list' shows them all".to_owned() } else { suggestion(.close) })]
    Unknown {
        /// What was asked for.
        name: String,
        /// Signatures that are much like it, the most alike first.
        close: Vec<String>,
    },
}

/// How many suggestions are made.
const SUGGESTIONS: usize = 3;
/// How alike (Jaro–Winkler, 0 to 1) a suggestion must be.
const LIKENESS: f64 = 0.85;

fn listed(names: &[String]) -> String {
    const MOST: usize = 8;
    let mut shown: Vec<String> =
        names.iter().take(MOST).map(|name| name.escape_debug().to_string()).collect();
    if names.len() > MOST {
        shown.push(format!("{} more", names.len() - MOST));
    }
    shown.join(", ")
}

/// `; did you mean a, b?`, or nothing.
pub fn suggestion(close: &[String]) -> String {
    match close {
        [] => String::new(),
        close => format!("; did you mean {}?", listed(close).replace(", ", " or ")),
    }
}

/// The position of the pattern that `name` means among (id, signature): its id, its signature, or a beginning that only
/// its signature has.
pub fn find<'a>(
    patterns: impl Iterator<Item = (Option<i64>, &'a str)> + Clone,
    name: &str,
) -> Result<usize, LookupError> {
    let asked = name.trim().to_lowercase();
    let id: Option<i64> = asked.parse().ok();
    let exact =
        patterns.clone().position(|(own, signature)| own.is_some() && own == id || signature == asked);
    if let Some(position) = exact {
        return Ok(position);
    }
    let begins: Vec<_> = patterns
        .clone()
        .enumerate()
        .filter(|(_, (_, signature))| !asked.is_empty() && signature.starts_with(&asked))
        .collect();
    let name = name.escape_debug().to_string();
    match begins.as_slice() {
        [(position, _)] => Ok(*position),
        [] => {
            Err(LookupError::Unknown { name, close: close(&asked, patterns.map(|(_, signature)| signature)) })
        }
        several => {
            let candidates = several.iter().map(|(_, (_, signature))| (*signature).to_owned()).collect();
            Err(LookupError::Ambiguous { name, candidates })
        }
    }
}

/// The words that `name` may have been meant to be: those that hold it, and those that are much like it as a whole, in
/// their beginning or in one of their parts.
pub fn close<'a>(name: &str, among: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut close: Vec<_> =
        among.map(|word| (likeness(word, name), word)).filter(|(like, _)| *like >= LIKENESS).collect();
    close.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    close.dedup_by_key(|(_, word)| *word);
    close.into_iter().take(SUGGESTIONS).map(|(_, word)| word.to_owned()).collect()
}

fn likeness(word: &str, name: &str) -> f64 {
    if name.is_empty() || word.contains(name) {
        return if name.is_empty() { 0.0 } else { 1.0 };
    }
    let beginning: String = word.chars().take(name.chars().count()).collect();
    let parts = word.split([':', '_']).chain([word, &beginning]);
    parts.map(|part| strsim::jaro_winkler(part, name)).fold(0.0, f64::max)
}
