//! What a file is that SQLite will not read: it reports a text, an encrypted database and a damaged header all alike.
//!
//! A file is looked at only after SQLite has refused it and its connection is closed: on Unix, closing a handle drops
//! every lock that the process has on the file.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// What every database begins with.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// How long its header is, in bytes.
const HEADER: u64 = 100;

/// How compressed files begin.
const COMPRESSED: [&[u8]; 5] = [b"\x1f\x8b", b"PK\x03\x04", b"\x28\xb5\x2f\xfd", b"BZh", b"\xfd7zXZ"];

/// What a file is instead of a database, as the rest of a sentence that begins with its name.
pub(super) fn what_it_is(path: &Path, report: &str) -> String {
    let mut head = Vec::new();
    let length = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    let read = File::open(path).and_then(|file| file.take(4096).read_to_end(&mut head));
    match read {
        Ok(_) => describe(&head, length, report),
        Err(_) => "is not a SQLite database".to_owned(),
    }
}

fn describe(head: &[u8], length: u64, report: &str) -> String {
    if head.starts_with(MAGIC) {
        return describe_database(head, length, report);
    }
    let what = if COMPRESSED.iter().any(|magic| head.starts_with(magic)) {
        "is a compressed file; unpack it and name what is in it"
    } else if is_text(head) {
        "is a text file, not a SQLite database; is it the right file?"
    } else if lost_its_header(head) {
        "was a SQLite database, but its header is overwritten; restore a backup"
    } else {
        "is not a SQLite database, or it is encrypted"
    };
    what.to_owned()
}

/// A file that begins as a database does. `report`: what SQLite says of it.
fn describe_database(head: &[u8], length: u64, report: &str) -> String {
    if length < HEADER {
        return format!(
            "is cut short: {length} bytes are there, and the header alone has {HEADER}; restore a backup"
        );
    }
    if let Some(expected) = expected_length(head).filter(|expected| length < *expected) {
        return format!("is cut short: {length} of {expected} bytes are there; restore a backup");
    }
    let format = head.get(18..20).and_then(|versions| versions.iter().max()).copied().unwrap_or(0);
    if format > 2 {
        return format!(
            "has file format {format}, which SQLite does not know: another kind of SQLite made it; have that export it \
             as an ordinary SQLite file"
        );
    }
    if !is_reserved_space_empty(head) {
        return "has a plain header and encrypted pages (SQLCipher makes such files); decrypt it first"
            .to_owned();
    }
    if report.starts_with("malformed database schema") {
        return format!(
            "has a schema that SQLite cannot read ({report}): another kind of SQLite or a newer one may have made it"
        );
    }
    format!("is a damaged SQLite database ({report}); restore a backup, or try sqlite3's .recover")
}

/// Whether what SQLite reserves in its header is zero, as it always is.
fn is_reserved_space_empty(head: &[u8]) -> bool {
    head.get(72..92).is_some_and(|bytes| bytes.iter().all(|&byte| byte == 0))
}

/// Page size times page count, as a database's header has them.
fn expected_length(head: &[u8]) -> Option<u64> {
    let page_size = match u16::from_be_bytes(head.get(16..18)?.try_into().ok()?) {
        1 => 65_536,
        size => u64::from(size),
    };
    let pages = u32::from_be_bytes(head.get(28..32)?.try_into().ok()?);
    Some(page_size * u64::from(pages))
}

fn is_text(head: &[u8]) -> bool {
    // The last character may be cut off.
    let whole = match std::str::from_utf8(head) {
        Ok(_) => head.len(),
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        Err(_) => return false,
    };
    !head.is_empty() && !head[..whole].iter().any(|&byte| byte < 32 && !b"\t\n\r\x0c\x1b".contains(&byte))
}

/// Whether the magic alone is gone: what SQLite reserves in its header is zero, and the schema's page follows.
fn lost_its_header(head: &[u8]) -> bool {
    let zeroed = head.iter().take(100).all(|&byte| byte == 0);
    is_reserved_space_empty(head) && (zeroed || head.get(100).is_some_and(|kind| matches!(kind, 5 | 13)))
}

#[cfg(test)]
mod tests {
    use super::describe;

    fn database() -> Vec<u8> {
        let mut head = vec![0; 4096];
        head[..16].copy_from_slice(super::MAGIC);
        (head[16], head[31], head[100]) = (16, 3, 13);
        head
    }

    #[test]
    fn each_kind_of_file_is_told_apart() {
        let without_magic = [vec![b'x'; 16], database()[16..].to_vec()].concat();
        let noise: Vec<u8> = (0..4096_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let changed = |place: usize| {
            let mut head = database();
            head[place] = 3;
            head
        };
        for (head, length, what) in [
            (changed(18), 12_288, "has file format 3"),
            (changed(19), 12_288, "has file format 3"),
            (changed(80), 12_288, "a plain header and encrypted pages"),
            (database(), 5000, "is cut short: 5000 of 12288 bytes"),
            (database()[..16].to_vec(), 16, "is cut short: 16 bytes are there"),
            (database(), 12_288, "is a damaged SQLite database"),
            (without_magic, 12_288, "its header is overwritten"),
            (vec![0; 4096], 12_288, "its header is overwritten"),
            (b"SELECT 'caf\xc3".to_vec(), 13, "is a text file"),
            (b"\x1f\x8b\x08\0".to_vec(), 4, "is a compressed file"),
            (noise, 40_000, "or it is encrypted"),
        ] {
            assert!(
                describe(&head, length, "SQLite's sentence").contains(what),
                "{what}: {}",
                describe(&head, length, "SQLite's sentence")
            );
        }
    }
}
