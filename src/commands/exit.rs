//! How a command ends.

use flowmine::analysis::lookup::{close, suggestion};

/// How a command ended, as the shell is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All done, or nothing to do.
    Done = 0,
    /// It failed.
    Failed = 1,
    /// The command line makes no sense.
    Usage = 2,
    /// Finished, but some workflows failed, or the doctor found something wrong.
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

/// Fails, with a suggestion, where `asked` is none of the known words; `problem` is the beginning of the message.
pub fn check_known(problem: &str, asked: &str, known: &[&str]) -> Result<(), UsageError> {
    if known.contains(&asked) {
        return Ok(());
    }
    let shown = |word: &&str| word.escape_debug().to_string();
    let hint = match close(asked, known.iter().copied()) {
        close if !close.is_empty() => suggestion(&close),
        _ if known.is_empty() => String::new(),
        _ => format!("; there are {}", known.iter().map(shown).collect::<Vec<_>>().join(", ")),
    };
    Err(UsageError(format!("{problem} '{}'{hint}", asked.escape_debug())))
}
