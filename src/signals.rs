//! Signals during a run: Ctrl-C, SIGTERM, SIGHUP and Ctrl-Z.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use flowmine::db::Interrupt;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::commands::Exit;

/// The signals that ask a run to end.
pub struct Signals {
    interrupt: Interrupt,
    /// The last that came; 0 where none has come.
    last: Arc<AtomicUsize>,
}

impl Signals {
    /// From now on the first Ctrl-C, SIGTERM or SIGHUP lets the batch in hand be finished, and a second one ends the
    /// process at once. Ctrl-Z stops the process when it holds no lock. Where a signal cannot be watched, it does what it
    /// does by default, which loses no more than a crash.
    pub fn watch() -> Self {
        let signals = Self { interrupt: suspended_without_a_lock(), last: Arc::default() };
        signals.watch_for(SIGINT, Exit::Interrupted);
        signals.watch_for(SIGTERM, Exit::Terminated);
        #[cfg(unix)]
        {
            signals.watch_for(signal_hook::consts::SIGHUP, Exit::Terminated);
            // At a file size limit (`ulimit -f`) the write fails, as on a full disk, instead of killing the process.
            // The flag is not read.
            let _ = flag::register(signal_hook::consts::SIGXFSZ, Arc::default());
        }
        signals
    }

    fn watch_for(&self, signal: i32, exit: Exit) {
        let asked = self.interrupt.flag();
        let _ = flag::register_conditional_shutdown(signal, exit as i32, Arc::clone(&asked));
        let _ = flag::register_usize(signal, Arc::clone(&self.last), exit as usize);
        let _ = flag::register(signal, asked);
    }

    /// What ends a run that a signal asks to end.
    pub fn interrupt(&self) -> Interrupt {
        self.interrupt.clone()
    }

    /// How the process ends: an interrupted run says by which signal.
    pub fn exit(&self, exit: Exit) -> Exit {
        let was_terminated = self.last.load(Ordering::Relaxed) == Exit::Terminated as usize;
        if exit == Exit::Interrupted && was_terminated { Exit::Terminated } else { exit }
    }
}

/// An interrupt that also answers Ctrl-Z: a process that stopped in the middle of a transaction would keep everybody else
/// from the file for as long as it sleeps.
#[cfg(unix)]
fn suspended_without_a_lock() -> Interrupt {
    use std::sync::atomic::AtomicBool;

    use signal_hook::consts::SIGTSTP;

    let asked = Arc::new(AtomicBool::new(false));
    let _ = flag::register(SIGTSTP, Arc::clone(&asked));
    Interrupt::with_pause(move || {
        if asked.swap(false, Ordering::Relaxed) {
            let _ = signal_hook::low_level::emulate_default_handler(SIGTSTP);
        }
    })
}

#[cfg(not(unix))]
fn suspended_without_a_lock() -> Interrupt {
    Interrupt::default()
}
