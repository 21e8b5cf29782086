//! Parses the command line, sets up the terminal, and maps the outcome to an exit code; nothing else.

mod arguments;
mod cli;
mod commands;
mod terminal;

use std::io;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::process::ExitCode;
use std::sync::{Arc, Once};

use flowmine::db::{self, Interrupt};

use cli::Cli;
use commands::{Exit, UsageError};
use terminal::Terminal;

fn main() -> ExitCode {
    panic::set_hook(Box::new(say_panic));
    let exit = unless_it_panics(|| arguments::parse().map_or_else(|exit| exit, |cli| run(&cli)));
    ExitCode::from(exit as u8)
}

fn run(cli: &Cli) -> Exit {
    let terminal = Terminal::set_up(&cli.global);
    let interrupt = Interrupt::default();
    watch_signals(&interrupt);
    commands::run(cli, &terminal, interrupt).unwrap_or_else(|error| explain(&error))
}

/// A mistake in flowmine is a failure like any other.
fn unless_it_panics(work: impl FnOnce() -> Exit) -> Exit {
    panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or(Exit::Failed)
}

/// Says in one line that there is a mistake in flowmine; a second panic is but what the first one has led to.
fn say_panic(panic: &PanicHookInfo<'_>) {
    static SAID: Once = Once::new();
    let message = panic.payload_as_str().unwrap_or("no reason is known");
    let location = panic.location().map_or(String::new(), |at| format!(" ({}:{})", at.file(), at.line()));
    SAID.call_once(|| {
        terminal::say(&format!("a mistake in flowmine itself: {message}{location}; please report it"));
    });
}

/// The first Ctrl-C or SIGTERM lets the batch in hand be finished; a second one ends the process at once.
fn watch_signals(interrupt: &Interrupt) {
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        let flag = interrupt.flag();
        // Where a signal cannot be watched, it does what it does by default, which loses no more than a crash.
        let _ = signal_hook::flag::register_conditional_shutdown(
            signal,
            Exit::Interrupted as i32,
            Arc::clone(&flag),
        );
        let _ = signal_hook::flag::register(signal, flag);
    }
    // A file that may grow no further (`ulimit -f`) ends in an error of the write, as a full disk does, and not in the
    // death of the process; nobody reads the flag.
    #[cfg(unix)]
    let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::default());
}

/// Says what went wrong, in one line; somebody who no longer reads is no error.
fn explain(error: &anyhow::Error) -> Exit {
    let is_broken_pipe = |cause: &&(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    };
    if error.chain().any(|cause| is_broken_pipe(&cause)) {
        return Exit::Done;
    }
    if let Some(db::Error::Interrupted) = error.downcast_ref() {
        terminal::say("interrupted before anything was recorded; run again to go on");
        return Exit::Interrupted;
    }
    terminal::say(&format!("{error:#}"));
    if error.is::<UsageError>() { Exit::Usage } else { Exit::Failed }
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
