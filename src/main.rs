//! Parses the command line, sets up the terminal, and maps the outcome to an exit code; nothing else.

mod arguments;
mod cli;
mod commands;
mod signals;
mod terminal;

use std::io;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::process::ExitCode;
use std::sync::Once;

use flowmine::db;

use cli::Cli;
use commands::{Exit, InterruptedRun, UsageError};
use signals::Signals;
use terminal::Terminal;

fn main() -> ExitCode {
    panic::set_hook(Box::new(say_panic));
    let exit = unless_it_panics(|| arguments::parse().map_or_else(|exit| exit, |cli| run(&cli)));
    ExitCode::from(exit as u8)
}

fn run(cli: &Cli) -> Exit {
    let terminal = Terminal::set_up(&cli.global);
    let signals = Signals::watch();
    let exit = commands::run(cli, &terminal, signals.interrupt()).unwrap_or_else(|error| explain(&error));
    signals.exit(exit)
}

/// Runs `work`; a panic, which is a mistake in flowmine, ends as a failure.
fn unless_it_panics(work: impl FnOnce() -> Exit) -> Exit {
    panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or(Exit::Failed)
}

/// Says in one line that there is a mistake in flowmine. A second panic is only a consequence of the first.
fn say_panic(panic: &PanicHookInfo<'_>) {
    static SAID: Once = Once::new();
    let message = panic.payload_as_str().unwrap_or("no reason is known");
    let location = panic.location().map_or(String::new(), |at| format!(" ({}:{})", at.file(), at.line()));
    SAID.call_once(|| {
        terminal::say(&format!("a mistake in flowmine itself: {message}{location}; please report it"));
    });
}

/// Says what went wrong, in one line; a reader that has gone away is no error.
fn explain(error: &anyhow::Error) -> Exit {
    let is_broken_pipe = |cause: &&(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    };
    if error.chain().any(|cause| is_broken_pipe(&cause)) {
        return Exit::Done;
    }
    if let Some(db::Error::Interrupted) = error.downcast_ref() {
        terminal::say("interrupted; run again to go on");
        return Exit::Interrupted;
    }
    terminal::say(&format!("{error:#}"));
    if error.is::<UsageError>() {
        Exit::Usage
    } else if error.is::<InterruptedRun>() {
        Exit::Interrupted
    } else {
        Exit::Failed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_anywhere_ends_as_a_failure() {
        panic::set_hook(Box::new(|_| ()));
        let on_a_thread = || std::thread::scope(|scope| scope.spawn(|| panic!("a mistake")).join().unwrap());
        assert_eq!(unless_it_panics(on_a_thread), Exit::Failed);
        assert_eq!(unless_it_panics(|| panic!("a mistake")), Exit::Failed);
        assert_eq!(unless_it_panics(|| Exit::Done), Exit::Done);
        let _ = panic::take_hook();
    }
}
