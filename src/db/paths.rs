//! The paths of a file and of what SQLite keeps beside it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// What SQLite keeps beside a file.
pub(super) const SIDECARS: [&str; 3] = ["-journal", "-wal", "-shm"];

/// A path with something at the end of its last name.
pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// A path that SQLite takes as one: `file:…` and `:memory:` would mean something else to it.
pub(super) fn as_path(path: &Path) -> PathBuf {
    if path.is_absolute() { path.to_owned() } else { Path::new(".").join(path) }
}
