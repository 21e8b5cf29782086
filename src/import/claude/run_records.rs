//! Which parts of sessions with transcripts of their own are already in the records of ADW runs.

use hashbrown::HashMap;

use crate::import::facts::{CallFact, Segment, message};
use crate::import::placing::Placing;

/// The turns of runs, by what their records name.
#[derive(Debug, Default)]
pub struct RunRecords<'a> {
    /// By session: the run, and whether all of the session is the run's, because its record shows no call but says what
    /// the session cost. Otherwise only segments with the run's calls are; the others are a person's.
    sessions: HashMap<&'a str, (usize, bool)>,
    /// By message.
    messages: HashMap<&'a str, usize>,
}

impl<'a> RunRecords<'a> {
    /// The runs that are placed.
    pub fn of(placing: &Placing<'_, 'a>) -> Self {
        let mut runs = Self::default();
        for placed in placing.placed.iter().filter(|placed| placing.is_run(placed.turn)) {
            let is_whole =
                placed.segment.calls.is_empty() && !placing.turns[placed.turn].transcript.sessions.is_empty();
            for (session, _) in &placed.segment.agents {
                runs.sessions.entry(session).or_insert((placed.turn, is_whole));
            }
            let messages = placed.segment.calls.iter().map(|call| message(call.key));
            runs.messages
                .extend(messages.filter(|message| !message.is_empty()).map(|name| (name, placed.turn)));
        }
        runs
    }

    /// The run that has the calls of a session's segment or of a copy of it. Segments without a call are the run's that
    /// names the session.
    pub fn owner(&self, session: &str, segment: &Segment<&'a str>) -> Option<usize> {
        let named = self.sessions.get(session);
        let of_session = named.filter(|(_, is_whole)| *is_whole || segment.calls.is_empty());
        let of_call = || segment.calls.iter().find_map(|call| self.owner_of_call(named.is_some(), call));
        of_session.map(|(run, _)| *run).or_else(of_call)
    }

    /// The run that names a session.
    pub fn of_session(&self, session: &str) -> Option<usize> {
        self.sessions.get(session).map(|(run, _)| *run)
    }

    /// A message id that is unique only within its session counts only where the run names the session.
    fn owner_of_call(&self, is_named: bool, call: &CallFact<&'a str>) -> Option<usize> {
        match call.uuid {
            None => self.messages.get(message(call.key)).copied(),
            Some(_) => self.messages.get(call.key.rsplit(':').next()?).copied().filter(|_| is_named),
        }
    }
}
