//! What a workflow looks like: stored with each occurrence, for people who look for a pattern's common form.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use serde::{Serialize, Serializer};

use super::Found;
use super::file_names::{FILE_MARKS, file_names};
use super::folding::lower_into;
use crate::workflow::Workflow;

/// The words looked for, anywhere in the lower-cased request, in the order they are listed in.
pub const KEYWORDS: [&str; 19] = [
    "test",
    "pytest",
    "vitest",
    "jest",
    "build",
    "typecheck",
    "compile",
    "format",
    "lint",
    "update",
    "install",
    "deploy",
    "run",
    "backend",
    "frontend",
    "server",
    "client",
    "api",
    "ui",
];

/// A workflow of fewer seconds is short, one of fewer than [`MEDIUM`] is medium, any other is long.
const SHORT: f64 = 180.0;
const MEDIUM: f64 = 600.0;

/// How long a workflow took.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
enum DurationRange {
    /// Less than 180 seconds, or unknown.
    Short,
    /// Less than 600 seconds.
    Medium,
    /// 600 seconds or more.
    Long,
}

/// How much a workflow asks for, by its words and its errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
enum Complexity {
    /// Fewer than 50 words and fewer than 3 errors.
    Simple,
    /// Neither simple nor complex.
    Medium,
    /// More than 200 words or more than 5 errors.
    Complex,
}

/// The characteristics of one workflow at the moment of detection.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Characteristics {
    input_length: u64,
    /// A bit for each of [`KEYWORDS`].
    #[serde(serialize_with = "keywords")]
    keywords: u32,
    /// With a line feed, which no file name has, between two of them: a million of these are kept at a time.
    #[serde(serialize_with = "files")]
    files_mentioned: Box<str>,
    duration_range: DurationRange,
    complexity: Complexity,
    error_count: u64,
}

/// The same, with where an occurrence was found and what it covers.
#[derive(Serialize)]
struct OccurrenceCharacteristics<'c> {
    #[serde(flatten)]
    of_workflow: &'c Characteristics,
    #[serde(flatten)]
    found: Option<Found>,
}

impl Characteristics {
    /// Describes a workflow: its request (none is empty), its duration in seconds (unknown, infinite or NaN is 0)
    /// and the number of its errors.
    pub fn of(request: Option<&str>, duration_seconds: Option<f64>, error_count: u64) -> Self {
        let request = request.unwrap_or_default();
        let words = if request.is_ascii() { ascii_words(request.as_bytes()) } else { words(request) };
        let found = occurring(request);
        let has_files = found >> KEYWORDS.len() != 0;
        let duration = duration_seconds.filter(|seconds| seconds.is_finite()).unwrap_or(0.0);
        Self {
            input_length: request.chars().count() as u64,
            keywords: found & ((1 << KEYWORDS.len()) - 1),
            files_mentioned: if has_files { file_names(request).join("\n").into() } else { Box::default() },
            duration_range: duration_range(duration),
            complexity: complexity(words, error_count),
            error_count,
        }
    }

    /// The characteristics of a workflow at this moment.
    pub fn of_workflow(workflow: &Workflow) -> Self {
        Self::of(workflow.request.as_deref(), workflow.measures.duration, workflow.measures.errors)
    }

    /// The JSON object stored in `matched_characteristics` and `typical_input_pattern`: compact, keys in a fixed
    /// order.
    pub fn to_json(&self) -> String {
        self.to_json_with(None)
    }

    /// The JSON object stored with an occurrence, which also says where it was found and what it covers.
    pub fn to_json_with(&self, found: Option<Found>) -> String {
        // Serialising texts and numbers cannot fail.
        serde_json::to_string(&OccurrenceCharacteristics { of_workflow: self, found }).unwrap_or_default()
    }
}

/// The words of [`KEYWORDS`] that occur, in that order.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn keywords<S: Serializer>(bits: &u32, serializer: S) -> Result<S::Ok, S::Error> {
    let occur = KEYWORDS.iter().enumerate().filter(|(bit, _)| bits & (1 << bit) != 0);
    serializer.collect_seq(occur.map(|(_, word)| word))
}

/// File names and paths in the request, each once, sorted.
fn files<S: Serializer>(joined: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(joined.split('\n').filter(|file| !file.is_empty()))
}

/// Finds the keywords, and after them the marks of file names, in one pass. Each is ASCII, so only ASCII's case needs
/// to be ignored.
static SEARCH: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let texts = KEYWORDS.iter().chain(&FILE_MARKS);
    let mut builder = AhoCorasick::builder();
    builder.ascii_case_insensitive(true).kind(Some(AhoCorasickKind::DFA)).build(texts).ok()
});

/// Which keywords and marks of file names occur: bits in the order of [`KEYWORDS`] and [`FILE_MARKS`].
fn occurring(request: &str) -> u32 {
    let Some(search) = SEARCH.as_ref() else { return 0 };
    let mut lowered = String::new();
    let text = if request.is_ascii() {
        request
    } else {
        // Some letters become ASCII only in lower case: the Kelvin sign is a k.
        lower_into(request, &mut lowered);
        &lowered
    };
    search.find_overlapping_iter(text).fold(0, |bits, found| bits | 1 << found.pattern().as_usize())
}

/// How many words a text has, as Python's `str.split()` counts: it also splits at the separators `\x1c` to `\x1f`.
fn words(text: &str) -> usize {
    let space = |c: char| c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}');
    text.split(space).filter(|word| !word.is_empty()).count()
}

/// The same of a text without letters beyond ASCII.
fn ascii_words(text: &[u8]) -> usize {
    let begins = text.first().is_some_and(|&first| !is_ascii_space(first));
    usize::from(begins) + ends_of_space(text)
}

fn is_ascii_space(byte: u8) -> bool {
    (byte == b' ') | (byte.wrapping_sub(0x09) <= 0x0d - 0x09) | (byte.wrapping_sub(0x1c) <= 0x1f - 0x1c)
}

/// How often white space ends and something else begins. It is counted in single bytes, which the compiler turns into
/// vector instructions; 255 places at a time, so that none overflows.
fn ends_of_space(text: &[u8]) -> usize {
    let count = |before: &[u8], after: &[u8]| {
        let ends = |(&a, &b): (&u8, &u8)| u8::from(is_ascii_space(a) & !is_ascii_space(b));
        before.iter().zip(after).map(ends).fold(0_u8, u8::wrapping_add)
    };
    let after = text.get(1..).unwrap_or_default();
    text.chunks(255).zip(after.chunks(255)).map(|(a, b)| usize::from(count(a, b))).sum()
}

fn duration_range(seconds: f64) -> DurationRange {
    if seconds < SHORT {
        DurationRange::Short
    } else if seconds < MEDIUM {
        DurationRange::Medium
    } else {
        DurationRange::Long
    }
}

fn complexity(words: usize, errors: u64) -> Complexity {
    if words < 50 && errors < 3 {
        Complexity::Simple
    } else if words > 200 || errors > 5 {
        Complexity::Complex
    } else {
        Complexity::Medium
    }
}

#[cfg(test)]
mod tests;
