//! Reading transcripts on as many threads as there are processors.

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::Path;

use super::facts::{Prompt, ToolFact, Transcript, tool_id};
use super::find::FoundFile;
use super::naming::CommandNaming;
use super::{BadLine, read_transcript};
use crate::db::Result;
use crate::detect::RuleSet;
use crate::parallel::map_in_parallel;

/// How many files that were read may wait while others are being stored.
const WAITING: usize = 64;

/// What was read of a file.
#[derive(Debug)]
pub struct ReadFile {
    /// What it says, as it is kept.
    pub facts: Vec<u8>,
    /// The session's, thread's or run's id; empty where the file is no transcript of its source.
    pub thread: String,
    /// Bytes read, after decompression.
    pub length: u64,
    /// Lines that could not be read.
    pub unreadable: u64,
    /// The first lines that could not be read.
    pub bad_lines: Vec<BadLine>,
}

/// What is needed to leave out texts while reading.
#[derive(Debug)]
pub struct Forgetting<'a> {
    /// They name the operations while the files are read.
    pub rules: &'a RuleSet,
    /// By path: the texts that are kept already, and stay.
    pub known: HashMap<String, HashSet<String>>,
}

/// Reads files, the largest first, and calls `take` with each on this thread, without the texts that are to be
/// forgotten.
pub fn read_all(
    files: &[&FoundFile],
    forgetting: Option<&Forgetting<'_>>,
    take: &mut dyn FnMut(&FoundFile, io::Result<ReadFile>) -> Result<()>,
) -> Result<()> {
    let mut order = files.to_vec();
    order.sort_by_key(|file| std::cmp::Reverse(file.size));
    let new_reader = || {
        let mut forgetter = forgetting.map(Forgetter::new);
        move |file: &&FoundFile| read_file(file, forgetter.as_mut())
    };
    map_in_parallel(&order, WAITING, new_reader, |all| {
        for (number, read) in all {
            take(order[number], read)?;
        }
        Ok(())
    })
}

fn read_file(file: &FoundFile, forgetter: Option<&mut Forgetter<'_>>) -> io::Result<ReadFile> {
    let (mut transcript, bad_lines) = read_transcript(&file.path, file.source)?;
    if let Some(forgetter) = forgetter {
        forgetter.forget_texts(&mut transcript, &file.path);
    }
    let facts = transcript.to_bytes()?;
    let Transcript { thread, length, unreadable, .. } = transcript;
    Ok(ReadFile { facts, thread, length, unreadable, bad_lines })
}

/// Removes texts, on one thread.
struct Forgetter<'a> {
    naming: CommandNaming<'a>,
    known: &'a HashMap<String, HashSet<String>>,
}

impl<'a> Forgetter<'a> {
    fn new(forgetting: &'a Forgetting<'_>) -> Self {
        Self { naming: CommandNaming::new(forgetting.rules), known: &forgetting.known }
    }

    /// Removes the texts of requests and commands except those that are known, and keeps what the rules say of them. The
    /// commands of a forgotten request are forgotten, too.
    fn forget_texts(&mut self, transcript: &mut Transcript, path: &Path) {
        let known = path.to_str().and_then(|path| self.known.get(path));
        let is_known = |text: &String| known.is_some_and(|known| known.contains(text));
        let mut stays = true;
        for segment in &mut transcript.segments {
            if let Some(prompt) = &mut segment.prompt {
                let is_known = is_known(&prompt.text);
                stays = if prompt.is_control { stays } else { is_known };
                if !is_known {
                    self.forget_prompt(prompt);
                }
            }
            let of_calls = segment.calls.iter_mut().flat_map(|call| &mut call.tools);
            for tool in of_calls.chain(&mut segment.loose_tools) {
                if !(stays && tool.command.as_ref().is_some_and(is_known)) {
                    self.forget_command(tool);
                }
            }
        }
    }

    fn forget_prompt(&self, prompt: &mut Prompt) {
        let (text, template) = (std::mem::take(&mut prompt.text), prompt.template.take());
        if !prompt.is_control {
            prompt.named = Some(self.naming.asked_for(&text, template.as_deref()));
        }
    }

    fn forget_command(&mut self, tool: &mut ToolFact) {
        let Some(line) = &mut tool.command else { return };
        let named = self.naming.of_line(line).iter();
        tool.named = Some(named.map(|&(name, target_named)| (name.to_owned(), target_named)).collect());
        *line = format!("#{:016x}", tool_id(line));
    }
}
