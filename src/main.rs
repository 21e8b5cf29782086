//! Parses the command line, sets up the terminal, and maps the outcome to an exit code; nothing else.

mod cli;
mod commands;
mod terminal;

use std::io;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{CommandFactory, FromArgMatches};
use flowmine::db::{self, Interrupt};

use cli::Cli;
use commands::{Exit, UsageError};
use terminal::Terminal;

fn main() -> ExitCode {
    let cli = parse();
    let terminal = Terminal::set_up(&cli.global);
    let interrupt = Interrupt::default();
    watch_signals(&interrupt);
    let exit = commands::run(&cli, &terminal, interrupt).unwrap_or_else(|error| explain(&error));
    ExitCode::from(exit as u8)
}

/// Parses the command line; where it cannot, or is asked for help, clap has its say and the process ends.
fn parse() -> Cli {
    let matches = Cli::command().color(terminal::color_of_help(std::env::args_os())).get_matches();
    Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
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
