//! One agent of a run is one turn.

use crate::import::placing::{Known, Placing, TurnHead, threads};
use crate::import::turn::Source;

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
