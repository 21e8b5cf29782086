//! One agent of a run is one turn; its result lines say what it cost.

use crate::import::facts::{SessionResult, Transcript};
use crate::import::placing::{Known, Placing, TurnHead, threads};
use crate::import::turn::{Source, Tokens};

/// Places every agent of every run once.
pub fn place<'t, 'a>(files: &[Known<'t, 'a>], placing: &mut Placing<'t, 'a>) {
    let mut agents: Vec<_> = threads(files, Source::Adw).into_values().collect();
    agents.sort_unstable_by_key(|agent| agent.file);
    for Known { file, transcript, .. } in agents {
        let Some(segment) = transcript.segments.first() else { continue };
        let key = format!("adw:{}", transcript.thread);
        let prompt = segment.prompt.as_ref();
        let turn = placing.turn(TurnHead { key, source: Source::Adw, prompt, transcript, segment });
        placing.place(turn, file, segment);
    }
}

/// What the result lines of a run's agent add up to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ResultTotals<'a> {
    /// Dollars; `None` where no line names a cost.
    pub cost: Option<f64>,
    /// Tokens and dollars by model; empty where the lines do not tell models apart.
    pub models: Vec<(&'a str, Tokens, Option<f64>)>,
    /// Tokens of all models where `models` is empty.
    pub tokens: Tokens,
    /// Seconds.
    pub duration: Option<f64>,
    /// Whether the last run ended well.
    pub succeeded: bool,
}

/// Adds up the result lines. Cost and models are cumulative within a session, so that its largest one counts.
pub fn result_totals<'a>(transcript: &Transcript<&'a str>) -> Option<ResultTotals<'a>> {
    let mut recorded =
        ResultTotals { succeeded: transcript.sessions.last()?.succeeded, ..ResultTotals::default() };
    let mut last: Vec<&SessionResult<&str>> = Vec::new();
    for result in &transcript.sessions {
        recorded.tokens += result.tokens;
        let longer = |seconds| recorded.duration.unwrap_or(0.0) + seconds;
        recorded.duration = result.duration.map(longer).or(recorded.duration);
        match last.iter_mut().find(|known| known.session == result.session) {
            Some(known) if result.cost >= known.cost => *known = result,
            Some(_) => {}
            None => last.push(result),
        }
    }
    for result in last {
        recorded.cost = result.cost.map(|cost| recorded.cost.unwrap_or(0.0) + cost).or(recorded.cost);
        for (name, tokens, cost) in &result.models {
            match recorded.models.iter_mut().find(|(known, ..)| known == name) {
                Some(known) => {
                    known.1 += *tokens;
                    known.2 = known.2.zip(*cost).map(|(a, b)| a + b);
                }
                None => recorded.models.push((name, *tokens, *cost)),
            }
        }
    }
    Some(recorded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_without_a_duration_leaves_that_of_the_others() {
        let result = |duration| SessionResult { session: "s", duration, ..SessionResult::default() };
        let sessions = vec![result(Some(5.0)), result(Some(2.0)), result(None)];
        let transcript = Transcript { sessions, ..Transcript::default() };
        assert_eq!(result_totals(&transcript).and_then(|recorded| recorded.duration), Some(7.0));
    }
}
