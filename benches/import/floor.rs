//! The floor: the least work there is, to read every line and parse those that matter.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
#[expect(dead_code, reason = "what is parsed is what flowmine needs")]
struct Line<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    uuid: Option<&'a str>,
    timestamp: Option<&'a str>,
    #[serde(borrow, rename = "requestId")]
    request: Option<&'a str>,
    #[serde(borrow)]
    message: Option<Message<'a>>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "what is parsed is what flowmine needs")]
struct Message<'a> {
    id: Option<&'a str>,
    model: Option<&'a str>,
    #[serde(borrow)]
    content: Option<&'a RawValue>,
    usage: Option<Usage>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "what is parsed is what flowmine needs")]
struct Usage {
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    cache_read_input_tokens: Option<u64>,
    cache_creation_input_tokens: Option<u64>,
}

/// Reads all files of a tree; answers how many lines have a usage.
pub fn read(tree: &Path) -> usize {
    let mut files = Vec::new();
    walk(tree, &mut files);
    let (next, calls) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    calls.fetch_add(read_file(path), Ordering::Relaxed);
                }
            });
        }
    });
    calls.into_inner()
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() { walk(&path, files) } else { files.push(path) }
    }
}

fn read_file(path: &Path) -> usize {
    let (mut file, mut buffer, mut filled, mut calls) =
        (File::open(path).expect("a file"), vec![0; 256 << 10], 0, 0);
    loop {
        if filled == buffer.len() {
            buffer.resize(filled * 2, 0);
        }
        let read = file.read(&mut buffer[filled..]).expect("the file is read");
        if read == 0 {
            return calls;
        }
        filled += read;
        let mut start = 0;
        while let Some(at) = memchr::memchr(b'\n', &buffer[start..filled]) {
            calls += usize::from(is_call(&buffer[start..start + at]));
            start += at + 1;
        }
        buffer.copy_within(start..filled, 0);
        filled -= start;
    }
}

fn is_call(line: &[u8]) -> bool {
    let matters = [&b"\"type\":\"assistant\""[..], b"\"type\":\"user\""];
    if !matters.iter().any(|text| memchr::memmem::find(line, text).is_some()) {
        return false;
    }
    serde_json::from_slice::<Line<'_>>(line)
        .is_ok_and(|line| line.message.is_some_and(|message| message.usage.is_some()))
}
