//! A file's lines, one after another, in memory that does not grow with the file.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use memchr::memchr;

/// Longer lines are skipped and counted: a conversation's line has at most some megabytes of an image.
pub const LONGEST_LINE: usize = 32 << 20;

/// The bytes that are read at once.
const CHUNK: usize = 64 << 10;

/// The first bytes of a file that zstd compressed.
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// One line, without its end.
pub enum RawLine<'a> {
    /// Its bytes.
    Bytes(&'a [u8]),
    /// What follows the last line end: a line that is perhaps still being written.
    Unfinished(&'a [u8]),
    /// It was longer than [`LONGEST_LINE`].
    TooLong,
}

/// The lines of a file.
pub struct LineReader {
    source: Box<dyn BufRead>,
    line: Vec<u8>,
    /// How many bytes have been read, after decompression.
    pub length: u64,
}

/// Opens a transcript, compressed or not.
pub fn open(path: &Path) -> io::Result<LineReader> {
    let mut file = BufReader::with_capacity(CHUNK, File::open(path)?);
    let source: Box<dyn BufRead> = if file.fill_buf()?.starts_with(&ZSTD_MAGIC) {
        let decoder = ruzstd::decoding::StreamingDecoder::new(file).map_err(|_| cut_or_damaged())?;
        Box::new(BufReader::with_capacity(CHUNK, Decompressed(decoder)))
    } else {
        Box::new(file)
    };
    Ok(LineReader { source, line: Vec::new(), length: 0 })
}

/// Decompressed bytes. The decoder's own error messages are replaced, since they name its internals.
struct Decompressed<R>(R);

impl<R: Read> Read for Decompressed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(|_| cut_or_damaged())
    }
}

fn cut_or_damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "its compressed data end early or are damaged")
}

impl LineReader {
    /// The next line; `None` at the end.
    pub fn next_line(&mut self) -> io::Result<Option<RawLine<'_>>> {
        self.line.clear();
        let has_end = self.read_line()?;
        Ok(match self.line.as_slice() {
            line if line.len() > LONGEST_LINE => Some(RawLine::TooLong),
            line if has_end => Some(RawLine::Bytes(without_mark(line))),
            [] => None,
            line => Some(RawLine::Unfinished(without_mark(line))),
        })
    }

    /// Reads on to the line's end, if it has one; what is beyond the longest line is dropped. With `read_until` an
    /// import takes 3% more instructions.
    fn read_line(&mut self) -> io::Result<bool> {
        loop {
            let chunk = self.source.fill_buf()?;
            let end = memchr(b'\n', chunk);
            let read = end.map_or(chunk.len(), |at| at + 1);
            if self.line.len() <= LONGEST_LINE {
                self.line.extend_from_slice(&chunk[..end.unwrap_or(read)]);
            }
            self.source.consume(read);
            self.length += read as u64;
            if end.is_some() || read == 0 {
                return Ok(end.is_some());
            }
        }
    }
}

/// The line without a byte order mark, which some programs write at a file's beginning.
fn without_mark(line: &[u8]) -> &[u8] {
    line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line)
}

/// The line as text: invalid UTF-8 read as the replacement sign.
pub fn text(line: &[u8]) -> Cow<'_, str> {
    // Much faster where it is valid, which nearly every line is.
    std::str::from_utf8(line).map_or_else(|_| String::from_utf8_lossy(line), Cow::Borrowed)
}
