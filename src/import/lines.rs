//! A file's lines, one after another, in memory that does not grow with the file.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use memchr::memchr;

/// Longer lines are skipped and counted: a conversation's line has at most some megabytes of an image.
pub const LONGEST_LINE: usize = 32 << 20;

/// How much is read at once.
const CHUNK: usize = 256 << 10;

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

/// The lines of a source of bytes, in a buffer that other files can be read with afterwards.
pub struct LineReader<'a, R> {
    source: R,
    buffer: &'a mut Vec<u8>,
    start: usize,
    filled: usize,
    ended: bool,
    /// How many bytes have been read.
    pub length: u64,
}

/// Opens a transcript, compressed or not.
///
/// # Errors
/// What the system says, or that the compressed data make no sense.
pub fn open<'a>(path: &Path, buffer: &'a mut Vec<u8>) -> io::Result<LineReader<'a, Box<dyn Read + Send>>> {
    let mut file = File::open(path)?;
    let mut head = [0; 4];
    let mut known = 0;
    while known < head.len() {
        match file.read(&mut head[known..])? {
            0 => break,
            more => known += more,
        }
    }
    let whole = io::Cursor::new(head).take(known as u64).chain(file);
    if head == ZSTD_MAGIC && known == 4 {
        let decoder = ruzstd::decoding::StreamingDecoder::new(whole).map_err(|_| cut_or_damaged())?;
        return Ok(LineReader::new(Box::new(Decompressed(decoder)), buffer));
    }
    Ok(LineReader::new(Box::new(whole), buffer))
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

impl<'a, R: Read> LineReader<'a, R> {
    /// The lines of `source`.
    pub fn new(source: R, buffer: &'a mut Vec<u8>) -> Self {
        // The room that another file's longest line took is not kept.
        buffer.resize(CHUNK, 0);
        buffer.shrink_to(2 * CHUNK);
        Self { source, buffer, start: 0, filled: 0, ended: false, length: 0 }
    }

    /// The next line; `None` at the end.
    ///
    /// # Errors
    /// What the source says.
    pub fn next_line(&mut self) -> io::Result<Option<RawLine<'_>>> {
        let mut searched = self.start;
        loop {
            if let Some(at) = memchr(b'\n', &self.buffer[searched..self.filled]) {
                let line = self.start..searched + at;
                self.start = line.end + 1;
                return Ok(Some(RawLine::Bytes(without_mark(&self.buffer[line]))));
            }
            if self.ended {
                let rest = self.start..self.filled;
                self.start = self.filled;
                return Ok((!rest.is_empty()).then(|| RawLine::Unfinished(without_mark(&self.buffer[rest]))));
            }
            if self.filled - self.start > LONGEST_LINE {
                return self.skip_line();
            }
            let known = self.filled - self.start;
            self.fill()?;
            searched = self.start + known;
        }
    }

    /// Reads on until the line in hand ends, and forgets it.
    fn skip_line(&mut self) -> io::Result<Option<RawLine<'_>>> {
        loop {
            self.start = self.filled;
            self.fill()?;
            if let Some(at) = memchr(b'\n', &self.buffer[self.start..self.filled]) {
                self.start += at + 1;
                return Ok(Some(RawLine::TooLong));
            }
            if self.ended {
                self.start = self.filled;
                return Ok(Some(RawLine::TooLong));
            }
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        self.buffer.copy_within(self.start..self.filled, 0);
        self.filled -= self.start;
        self.start = 0;
        if self.buffer.len() - self.filled < CHUNK / 2 {
            self.buffer.resize(self.filled + CHUNK, 0);
        }
        let read = self.source.read(&mut self.buffer[self.filled..])?;
        self.ended = read == 0;
        self.filled += read;
        self.length += read as u64;
        Ok(())
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
