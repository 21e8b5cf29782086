//! Prompts that only tell the agent to go on: they begin no workflow.

/// In lower case, with single blanks. A word with an end mark (`yes.`) is none of them: it begins a turn.
const CONTROL_WORDS: &str = "yes, y, yep, yeah, no, n, ok, okay, k, sure, continue, please continue, go on, go ahead, go, proceed, \
    carry on, keep going, do it, next, thanks, thank you, done";

/// Whether a prompt says nothing but "go on".
pub fn is_control(text: &str) -> bool {
    if text.len() > 40 {
        return false;
    }
    let words: Vec<_> = text.split_whitespace().map(str::to_lowercase).collect();
    let text = words.join(" ");
    CONTROL_WORDS.split(", ").any(|control| control == text)
}

#[cfg(test)]
mod tests {
    use super::is_control;

    #[test]
    fn words_that_say_go_on_are_control_words_however_they_are_written() {
        for text in ["yes", "  Go   ahead ", "OK", "Continue"] {
            assert!(is_control(text), "{text}");
        }
        for text in ["yes please", "yes.", "continue with the tests", "commit", ""] {
            assert!(!is_control(text), "{text}");
        }
    }
}
