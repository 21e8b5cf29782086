//! What a tool's result in a Claude Code line says about it.

use crate::import::calls::UsedTool;
use serde::Deserialize;

use super::line::Block;
use crate::import::facts::{ResultFact, ToolId, tool_id};
use crate::import::json::{self, Raw};
use crate::import::lenient::{Object, Text, TextOr};
use crate::import::shell;

/// What a person's refusal says: no error of the tool.
const REFUSALS: [&str; 4] = [
    "The user doesn't want to proceed",
    "The user doesn't want to take this action",
    "Claude requested permissions to",
    "[Request interrupted",
];

/// What is known of the tool use that a result belongs to.
#[derive(Clone, Copy, Debug)]
pub enum KnownTool<'a> {
    /// A shell line.
    Shell(&'a str),
    /// Stops a shell: most of its errors are races.
    KillShell,
    /// Any other, or unknown.
    Other,
}

impl<'a> KnownTool<'a> {
    /// What a tool use was, as far as that says what its errors mean.
    pub fn of(used: Option<&'a UsedTool>) -> Self {
        match used {
            Some(UsedTool::Shell(line)) => Self::Shell(line),
            Some(UsedTool::KillShell) => Self::KillShell,
            None => Self::Other,
        }
    }
}

/// The facts of a result block; `tool` is asked only where the result is an error, or a shell's.
pub fn fact<'a>(block: &Block<'_>, tool: impl FnOnce(ToolId) -> KnownTool<'a>) -> Option<ResultFact> {
    let id = tool_id(block.tool_use_id.get()?);
    let tool = tool(id);
    if !block.is_error.0 {
        let exit = matches!(tool, KnownTool::Shell(_)).then_some(0);
        return Some(ResultFact { id, exit, ..ResultFact::default() });
    }
    let text = block.content.map(beginning).unwrap_or_default();
    if REFUSALS.iter().any(|refusal| text.contains(refusal)) {
        return Some(ResultFact { id, ..ResultFact::default() });
    }
    let code = shell::exit_code(&text);
    Some(match tool {
        KnownTool::KillShell => ResultFact { id, ..ResultFact::default() },
        KnownTool::Shell(line) => {
            let failed = !(code == Some(1) && shell::asks(line));
            ResultFact { id, failed, exit: code.or(Some(1)), ..ResultFact::default() }
        }
        KnownTool::Other => ResultFact { id, failed: true, ..ResultFact::default() },
    })
}

/// The text of a result, as far as it matters: of a long text only the first bytes.
fn beginning(content: Raw<'_>) -> String {
    const ENOUGH: usize = 4096;
    #[derive(Deserialize)]
    struct Part<'a> {
        #[serde(borrow, default)]
        text: Text<'a>,
    }
    let first_part = || {
        let parts = json::from_str::<TextOr<'_, Object<Part<'_>>>>(content.0).unwrap_or_default();
        parts.items().iter().find_map(|part| part.0.as_ref()?.text.owned())
    };
    content.beginning(ENOUGH).or_else(first_part).unwrap_or_default()
}
