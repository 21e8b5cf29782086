//! Waiting for another program's lock, and being told to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Whether somebody has asked the run to stop; copies share one answer.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Asks to stop.
    pub fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether to stop.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// What a signal handler sets.
    pub fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0)
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
