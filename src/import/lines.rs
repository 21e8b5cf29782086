//! A file's lines, one after another, in memory that does not grow with the file.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// Longer lines are skipped and counted: a conversation's line has at most some megabytes of an image.
pub const LONGEST_LINE: usize = 32 << 20;

/// How much is read at once.
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

/// Compressed bytes, read. What the decoder says of a fault names its innards.
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
        let read = (&mut self.source).take(LONGEST_LINE as u64 + 1).read_until(b'\n', &mut self.line)?;
        self.length += read as u64;
        if read > LONGEST_LINE && !self.line.ends_with(b"\n") {
            self.length += self.source.skip_until(b'\n')? as u64;
            return Ok(Some(RawLine::TooLong));
        }
        Ok(match self.line.strip_suffix(b"\n") {
            Some(line) => Some(RawLine::Bytes(without_mark(line))),
            None if read == 0 => None,
            None => Some(RawLine::Unfinished(without_mark(&self.line))),
        })
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
