//! Reading transcripts on as many threads as there are processors.

use std::collections::{HashMap, HashSet};
use std::io;

use super::facts::{Prompt, Transcript, tool_id};
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
        let mut forgetting =
            forgetting.map(|forgetting| (CommandNaming::new(forgetting.rules), &forgetting.known));
        move |file: &&FoundFile| read_file(file, &mut forgetting)
    };
    map_in_parallel(&order, WAITING, new_reader, |all| {
        for (number, read) in all {
            take(order[number], read)?;
        }
        Ok(())
    })
}

fn read_file(file: &FoundFile, forgetting: &mut Option<Naming<'_>>) -> io::Result<ReadFile> {
    let (mut transcript, bad_lines) = read_transcript(&file.path, file.source)?;
    if let Some((naming, known)) = forgetting {
        let none = HashSet::new();
        let known = file.path.to_str().and_then(|path| known.get(path)).unwrap_or(&none);
        forget_texts(&mut transcript, naming, known);
    }
    let facts = transcript.to_bytes()?;
    let Transcript { thread, length, unreadable, .. } = transcript;
    Ok(ReadFile { facts, thread, length, unreadable, bad_lines })
}

/// A thread's own naming, and the texts that stay.
type Naming<'a> = (CommandNaming<'a>, &'a HashMap<String, HashSet<String>>);

/// Removes the texts of requests and commands except those that are known, and keeps what the rules say of them. The
/// commands of a forgotten request are forgotten, too.
fn forget_texts(transcript: &mut Transcript, naming: &mut CommandNaming<'_>, known: &HashSet<String>) {
    let mut stays = true;
    for segment in &mut transcript.segments {
        if let Some(prompt) = &mut segment.prompt {
            let is_known = known.contains(&prompt.text);
            stays = if prompt.is_control { stays } else { is_known };
            if !is_known {
                forget_prompt(prompt, naming);
            }
        }
        let tools = segment.calls.iter_mut().flat_map(|call| &mut call.tools).chain(&mut segment.loose_tools);
        for tool in tools {
            let Some(line) = tool.command.as_mut().filter(|line| !(stays && known.contains(*line))) else {
                continue;
            };
            let named = naming.of_line(line).iter();
            tool.named = Some(named.map(|&(name, target_named)| (name.to_owned(), target_named)).collect());
            *line = format!("#{:016x}", tool_id(line));
        }
    }
}

fn forget_prompt(prompt: &mut Prompt, naming: &CommandNaming<'_>) {
    let (text, template) = (std::mem::take(&mut prompt.text), prompt.template.take());
    if !prompt.is_control {
        prompt.named = Some(naming.asked_for(&text, template.as_deref()));
    }
}
