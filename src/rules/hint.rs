//! The nearest known name, for names that nobody knows.

/// ` (did you mean 'x'?)` where one of the candidates is near, else nothing.
pub(crate) fn did_you_mean<'c>(name: &str, candidates: impl Iterator<Item = &'c str>) -> String {
    let near = candidates.map(|candidate| (strsim::levenshtein(name, candidate), candidate)).min();
    match near {
        Some((steps, candidate)) if steps <= 1 + candidate.len() / 3 => {
            format!(" (did you mean '{candidate}'?)")
        }
        _ => String::new(),
    }
}
