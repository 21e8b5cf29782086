//! Who may do what with a file and with what SQLite keeps beside it, as far as the system has such a thing.

use std::path::Path;

/// Whether the file is ours, or we may do everything.
pub(super) fn is_owner_or_root(path: &Path) -> bool {
    system::is_owner_or_root(path)
}

/// Whether a file may be made in the directory that holds this one.
pub(super) fn may_create_beside(path: &Path) -> bool {
    system::may_write(&directory_of(path))
}

/// Whether a file that we made beside this one, with its mode, could not be written by its owner.
pub(super) fn would_shut_out_the_owner(path: &Path) -> bool {
    !is_owner_or_root(path) && system::is_closed_to_the_owner(path, &directory_of(path))
}

/// What keeps a file from being opened, whose it is, and what to do.
pub(super) fn obstacle(path: &Path) -> String {
    system::obstacle(path)
}

fn directory_of(path: &Path) -> std::path::PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => ".".into(),
    }
}

#[cfg(unix)]
mod system {
    use std::os::unix::fs::MetadataExt;
    use std::path::Path;

    use rustix::fs::{Access, access};
    use rustix::process::{getegid, geteuid};

    use super::directory_of;
    use crate::db::paths::{SIDECARS, with_suffix};

    pub(super) fn is_owner_or_root(path: &Path) -> bool {
        let me = geteuid();
        me.is_root() || std::fs::metadata(path).is_ok_and(|metadata| metadata.uid() == me.as_raw())
    }

    pub(super) fn may_write(path: &Path) -> bool {
        access(path, Access::WRITE_OK).is_ok()
    }

    pub(super) fn is_closed_to_the_owner(path: &Path, directory: &Path) -> bool {
        let (Ok(file), Ok(directory)) = (std::fs::metadata(path), std::fs::metadata(directory)) else {
            return false;
        };
        let inherits_group = directory.mode() & 0o2000 != 0;
        let group = if inherits_group { directory.gid() } else { getegid().as_raw() };
        let by_group = file.mode() & 0o020 != 0 && group == file.gid();
        file.mode() & 0o002 == 0 && !by_group
    }

    pub(super) fn obstacle(path: &Path) -> String {
        let directory = directory_of(path);
        let beside = SIDECARS.map(|suffix| with_suffix(path, suffix));
        let closed = beside.iter().find(|file| file.exists() && !may_read_and_write(file));
        if !may_read_and_write(path) {
            return format!("may you read and write it? {}", owner_of(path));
        }
        if let Some(file) = closed {
            return format!(
                "{} beside it is in the way: may you read and write it? {}",
                file.display(),
                owner_of(file)
            );
        }
        if !may_write(&directory) {
            return format!(
                "its directory is in the way: SQLite keeps a journal beside the file, so make the file and its directory \
                 writable. {}",
                owner_of(&directory)
            );
        }
        format!("may you read and write it? {}", owner_of(path))
    }

    fn may_read_and_write(path: &Path) -> bool {
        access(path, Access::READ_OK | Access::WRITE_OK).is_ok()
    }

    fn owner_of(path: &Path) -> String {
        std::fs::metadata(path).map_or(String::new(), |metadata| {
            format!("Its mode is {:04o}, its owner's id {}", metadata.mode() & 0o7777, metadata.uid())
        })
    }
}

#[cfg(not(unix))]
mod system {
    use std::path::Path;

    pub(super) fn is_owner_or_root(_path: &Path) -> bool {
        true
    }

    pub(super) fn may_write(_path: &Path) -> bool {
        true
    }

    pub(super) fn is_closed_to_the_owner(_path: &Path, _directory: &Path) -> bool {
        false
    }

    pub(super) fn obstacle(_path: &Path) -> String {
        "may you read and write it and its directory?".to_owned()
    }
}
