//! Waiting for another program's lock, and being told to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Whether somebody has asked the run to stop; copies share one answer.
#[derive(Clone, Default)]
pub struct Interrupt {
    is_set: Arc<AtomicBool>,
    pause: Option<Arc<dyn Fn() + Send + Sync>>,
}

impl std::fmt::Debug for Interrupt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Interrupt").field("is_set", &self.is_set()).finish_non_exhaustive()
    }
}

impl Interrupt {
    /// An interrupt with something to do whenever the run holds no lock, such as suspending the process on Ctrl-Z.
    pub fn with_pause(pause: impl Fn() + Send + Sync + 'static) -> Self {
        Self { is_set: Arc::default(), pause: Some(Arc::new(pause)) }
    }

    /// The run holds no lock now.
    pub(super) fn pause(&self) {
        self.pause.iter().for_each(|pause| pause());
    }

    /// Asks to stop.
    pub fn set(&self) {
        self.is_set.store(true, Ordering::Relaxed);
    }

    /// Whether to stop.
    pub fn is_set(&self) -> bool {
        self.is_set.load(Ordering::Relaxed)
    }

    /// What a signal handler sets.
    pub fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.is_set)
    }
}

/// How long to wait for a lock, and who can end the wait.
#[derive(Clone, Debug)]
pub struct LockWait {
    /// How long.
    pub timeout: Duration,
    /// Ends the wait.
    pub interrupt: Interrupt,
}

impl Default for LockWait {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(30), interrupt: Interrupt::default() }
    }
}
