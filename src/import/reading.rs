//! Reading transcripts on as many threads as there are processors.

use std::borrow::Cow;
use std::io;

use super::facts::{Transcript, tool_id};
use super::find::FoundFile;
use super::naming::CommandNaming;
use super::{BadLine, read_transcript};
use crate::db::Result;
use crate::detect::RuleSet;
use crate::parallel::work_on;

/// How many files that were read may wait to be taken, while others are brought onto the disk.
const WAITING: usize = 64;

/// What was read of a file.
#[derive(Debug)]
pub struct ReadFile {
    /// What it says, as it is kept.
    pub facts: Vec<u8>,
    /// Whether it is no transcript of its source.
    pub is_empty: bool,
    /// Bytes read, after decompression.
    pub length: u64,
    /// Lines that could not be read.
    pub unreadable: u64,
    /// The first lines that could not be read.
    pub bad_lines: Vec<BadLine>,
}

/// Reads files, the largest first, and calls `take` with each on this thread. Where there are `forgetting` rules, no text of
/// a request or command is kept: these rules name the operations while the files are read.
pub fn read_all(
    files: &[&FoundFile],
    forgetting: Option<&RuleSet>,
    take: &mut dyn FnMut(&FoundFile, io::Result<ReadFile>) -> Result<()>,
) -> Result<()> {
    let mut order = files.to_vec();
    order.sort_by_key(|file| std::cmp::Reverse(file.size));
    let new_reader = || {
        let mut naming = forgetting.map(CommandNaming::new);
        move |file: &&FoundFile| read_file(file, naming.as_mut())
    };
    work_on(&order, WAITING, new_reader, |all| {
        for (number, read) in all {
            take(order[number], read)?;
        }
        Ok(())
    })
}

fn read_file(file: &FoundFile, naming: Option<&mut CommandNaming<'_>>) -> io::Result<ReadFile> {
    let (mut transcript, bad_lines) = read_transcript(&file.path, file.source)?;
    if let Some(naming) = naming {
        forget_texts(&mut transcript, naming);
    }
    let Transcript { length, unreadable, .. } = transcript;
    let is_empty = transcript.thread.is_empty();
    Ok(ReadFile { facts: transcript.to_bytes()?, is_empty, length, unreadable, bad_lines })
}

/// Leaves out the texts of requests and commands, and keeps what the rules say of them.
fn forget_texts(transcript: &mut Transcript, naming: &mut CommandNaming<'_>) {
    let mut request = String::new();
    for segment in &mut transcript.segments {
        if let Some(prompt) = &mut segment.prompt {
            let text = std::mem::take(&mut prompt.text);
            let template = prompt.template.take();
            if !prompt.is_control {
                prompt.named = Some(naming.asked_for(&text, template.as_deref()));
                request = text;
            }
        }
        let tools = segment.calls.iter_mut().flat_map(|call| &mut call.tools).chain(&mut segment.loose_tools);
        for tool in tools {
            let Some(line) = &mut tool.command else { continue };
            let named = naming.operations(&request, line).into_iter();
            tool.named = Some(named.map(Cow::into_owned).collect());
            *line = format!("#{:016x}", tool_id(line));
        }
    }
}
