//! Finding the pattern a person means, and the word a person probably meant.

use crate::snapshot::StoredPattern;

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
    #[error("no pattern '{name}'{}", .suggestion.as_deref().unwrap_or("; 'flowmine patterns list' shows them all"))]
    Unknown {
        /// What was asked for.
        name: String,
        /// Signatures that are much like it, as [`suggestion`] puts them.
        suggestion: Option<String>,
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

/// The pattern that `name` means: by its id, its signature, or a beginning that only its signature has. `stored` gives
/// what is stored of a pattern.
pub fn find<'p, P>(
    patterns: &'p [P],
    stored: impl Fn(&P) -> &StoredPattern,
    name: &str,
) -> Result<&'p P, LookupError> {
    let (typed, asked) = (name.trim(), name.trim().to_lowercase());
    let id: Option<i64> = asked.parse().ok();
    // A signature that another program has stored may have capitals.
    let is_exact = |pattern: &StoredPattern| {
        [typed, &asked].contains(&pattern.signature.as_str()) || pattern.id.is_some() && pattern.id == id
    };
    if let Some(exact) = patterns.iter().find(|pattern| is_exact(stored(pattern))) {
        return Ok(exact);
    }
    let signatures = patterns.iter().map(|pattern| stored(pattern).signature.as_str());
    let begins = patterns.iter().zip(signatures.clone());
    let begins = begins.filter(|(_, signature)| {
        !asked.is_empty() && (signature.starts_with(&asked) || signature.starts_with(typed))
    });
    let begins: Vec<_> = begins.collect();
    let name = name.escape_debug().to_string();
    match begins.as_slice() {
        [(pattern, _)] => Ok(pattern),
        [] => Err(LookupError::Unknown { name, suggestion: suggestion(&asked, signatures) }),
        several => {
            let candidates = several.iter().map(|(_, signature)| (*signature).to_owned()).collect();
            Err(LookupError::Ambiguous { name, candidates })
        }
    }
}

/// `; did you mean a or b?`: the words that `name` may have been meant to be, those that hold it and those that are much
/// like it as a whole, in their beginning or in one of their parts. `None` where no word is.
pub fn suggestion<'a>(name: &str, among: impl Iterator<Item = &'a str>) -> Option<String> {
    let like = among.map(|word| (likeness(word, name), word));
    let mut close: Vec<_> = like.filter(|(likeness, _)| *likeness >= LIKENESS).collect();
    close.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    close.dedup_by_key(|(_, word)| *word);
    let shown = close.into_iter().take(SUGGESTIONS).map(|(_, word)| word.escape_debug().to_string());
    let shown = shown.collect::<Vec<_>>().join(" or ");
    (!shown.is_empty()).then(|| format!("; did you mean {shown}?"))
}

fn likeness(word: &str, name: &str) -> f64 {
    if name.is_empty() {
        return 0.0;
    }
    if word.contains(name) {
        return 1.0;
    }
    let beginning: String = word.chars().take(name.chars().count()).collect();
    let parts = word.split([':', '_']).chain([word, &beginning]);
    parts.map(|part| strsim::jaro_winkler(part, name)).fold(0.0, f64::max)
}
