//! Files that people name: regular files of a bounded size, opened without waiting.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// The most bytes of a rules file.
pub const MOST_RULES: u64 = 1_000_000;

/// The text of a regular file of at most `most_bytes` bytes. A pipe or a device is refused before it is opened, because
/// opening it may wait forever.
pub fn read_text(path: &Path, most_bytes: u64) -> io::Result<String> {
    regular(&fs::metadata(path)?)?;
    let file = File::open(path)?;
    // Checked again on the open file: another one may have taken the name meanwhile.
    regular(&file.metadata()?)?;
    let mut bytes = Vec::new();
    file.take(most_bytes + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most_bytes {
        let message = format!("it has more than {} kB", most_bytes / 1000);
        return Err(io::Error::new(ErrorKind::FileTooLarge, message));
    }
    String::from_utf8(bytes).map_err(|error| {
        let line =
            1 + memchr::memchr_iter(b'\n', &error.as_bytes()[..error.utf8_error().valid_up_to()]).count();
        let message = format!("line {line} is not in UTF-8: save the file in this encoding");
        io::Error::new(ErrorKind::InvalidData, message)
    })
}

fn regular(metadata: &fs::Metadata) -> io::Result<()> {
    if metadata.is_file() {
        return Ok(());
    }
    let what = if metadata.is_dir() { "it is a directory" } else { "it is no regular file" };
    Err(io::Error::new(ErrorKind::InvalidInput, what))
}
