//! What stands beside a run's stream: the prompt, and when the run began.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::Deserialize;

use crate::import::facts::Prompt;
use crate::import::json;
use crate::import::lenient::Text;

/// Larger files beside a stream are not read, in bytes.
const LARGEST: u64 = 1 << 20;

/// What `adw_state.json` says.
#[derive(Default, Deserialize)]
#[serde(default)]
struct AdwState<'a> {
    #[serde(borrow)]
    created_at: Text<'a>,
}

/// The run's and agent's name, `adw_id:agent`, of a stream in a folder `agents`; `None` elsewhere.
pub fn name(path: &Path) -> Option<String> {
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    let agents = parts.iter().rposition(|part| part == "agents")?;
    let stem = path.file_stem()?.to_string_lossy();
    let mut name: Vec<_> =
        parts[agents + 1..parts.len() - 1].iter().map(std::convert::AsRef::as_ref).collect();
    if name.is_empty() {
        return None;
    }
    if stem != "raw_output" {
        name.push(&stem);
    }
    (name.len() > 1).then(|| name.join(":"))
}

/// When the stream at `path`, or what stands beside it, was last changed.
pub fn modified(path: &Path) -> Option<SystemTime> {
    let prompts = path.parent().map(|folder| folder.join("prompts"));
    let beside = prompts.into_iter().chain(states(path));
    beside.chain([path.to_owned()]).filter_map(|path| path.symlink_metadata().ok()?.modified().ok()).max()
}

/// Where a stream's `adw_state.json` may be.
fn states(path: &Path) -> impl Iterator<Item = PathBuf> {
    path.ancestors().skip(1).take(4).map(|folder| folder.join("adw_state.json"))
}

/// The prompt of the stream at `path`, whose time is the run's beginning.
pub fn prompt(path: &Path) -> Prompt {
    let at = states(path).find_map(|state| began(&state));
    let text = path.parent().and_then(|folder| first_prompt(&folder.join("prompts"))).unwrap_or_default();
    // The name of a slash command has no further slash, as a path has.
    let is_command = |word: &&str| word.strip_prefix('/').is_some_and(|name| !name.contains('/'));
    let template = text.split_whitespace().next().filter(is_command).map(str::to_owned);
    let length = text.chars().count() as u64;
    Prompt { at, length, text, template, machine: true, ..Prompt::default() }
}

fn began(state: &Path) -> Option<i64> {
    let text = small_file(state)?;
    json::from_str::<AdwState<'_>>(&text).ok()?.created_at.milliseconds()
}

fn first_prompt(folder: &Path) -> Option<String> {
    let entries = std::fs::read_dir(folder).ok()?;
    let mut files: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "txt" || extension == "md"));
    files.sort();
    small_file(files.first()?).map(|text| text.trim().to_owned())
}

/// A regular file's text, unless it is too large to be one of these.
fn small_file(path: &Path) -> Option<String> {
    let facts = path.symlink_metadata().ok()?;
    if !facts.is_file() || facts.len() > LARGEST {
        return None;
    }
    Some(String::from_utf8_lossy(&std::fs::read(path).ok()?).into_owned())
}
