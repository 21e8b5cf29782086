//! How a command ends.

use flowmine::analysis::lookup::suggestion;

/// How a command ended, as the shell is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All done, or nothing to do.
    Done = 0,
    /// It failed.
    Failed = 1,
    /// The command line makes no sense.
    Usage = 2,
    /// Finished, but some workflows or transcripts could not be read or recorded, or the doctor found something wrong.
    SomeFailed = 3,
    /// Ctrl-C.
    Interrupted = 130,
    /// SIGTERM or SIGHUP.
    Terminated = 143,
}

/// A command line that makes no sense, which was found out only after parsing.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct UsageError(pub String);

/// Fails, with a suggestion, where a word that was asked for is none of the known ones; `problem` is the beginning of
/// the message.
pub fn check_known(problem: &str, asked: &[String], known: &[&str]) -> Result<(), UsageError> {
    let Some(unknown) = asked.iter().find(|asked| !known.contains(&asked.as_str())) else { return Ok(()) };
    let list = || {
        let shown: Vec<_> = known.iter().map(|word| word.escape_debug().to_string()).collect();
        if shown.is_empty() { String::new() } else { format!("; there are {}", shown.join(", ")) }
    };
    let hint = suggestion(unknown, known.iter().copied()).unwrap_or_else(list);
    Err(UsageError(format!("{problem} '{}'{hint}", unknown.escape_debug())))
}
