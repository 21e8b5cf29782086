//! Making a file beside another so that it has its name only once it is whole, and replaces none.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::paths::with_suffix;

/// How many names are tried, told apart by a number.
const MOST: u32 = 1000;

/// Takes the first free name of `<path><suffix>`, `<path>-2<suffix>` …; answers the name that was tried last, too.
pub(super) fn take_free_name<T>(
    path: &Path,
    suffix: &str,
    take: impl Fn(&Path) -> io::Result<T>,
) -> (PathBuf, io::Result<T>) {
    for number in 1..=MOST {
        let number = if number == 1 { String::new() } else { format!("-{number}") };
        let name = with_suffix(path, &format!("{number}{suffix}"));
        match take(&name) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => (),
            taken => return (name, taken),
        }
    }
    (with_suffix(path, suffix), Err(io::Error::other("every name for it is taken")))
}

/// Gives a whole file its name.
///
/// # Errors
/// Of the kind [`io::ErrorKind::AlreadyExists`] where something has that name.
pub(super) fn name(whole: &Path, name: &Path) -> io::Result<()> {
    match fs::hard_link(whole, name) {
        Ok(()) => Ok(()),
        Err(_) if name.symlink_metadata().is_ok() => Err(io::ErrorKind::AlreadyExists.into()),
        // Not every file system has links.
        Err(_) => fs::rename(whole, name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_has_the_name_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let (whole, taken) = (folder.path().join("whole"), folder.path().join("taken"));
        fs::write(&whole, "new").unwrap();
        fs::write(&taken, "old").unwrap();
        assert_eq!(name(&whole, &taken).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&taken).unwrap(), "old");
    }

    #[test]
    fn a_name_that_something_has_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        for expected in ["file.tmp", "file-2.tmp", "file-3.tmp"] {
            let (free, file) = take_free_name(&path, ".tmp", |name| fs::File::create_new(name));
            assert!(file.is_ok() && free.ends_with(expected), "{free:?}");
        }
    }
}
