//! What a tool's result in a Claude Code line says about it.

use serde::Deserialize;

use super::line::{Block, Message};
use crate::import::calls::{CallIndex, NotedUse, UsePlace, UsedTool, number_of_use};
use crate::import::facts::ResultFact;
use crate::import::json::{self, Raw};
use crate::import::lenient::{Object, Text, TextOr};
use crate::import::shell;

/// What a result says where a person refused the tool, which is no error.
const REFUSALS: [&str; 4] = [
    "The user doesn't want to proceed",
    "The user doesn't want to take this action",
    "Claude requested permissions to",
    "[Request interrupted",
];

/// The facts of a message's results, which the index remembers as not yet read in this conversation. Where the file
/// does not show the tool use, `place.call` is the line's id.
pub fn facts(message: &Message<'_>, calls: &mut CallIndex, place: UsePlace<'_>) -> Vec<ResultFact> {
    let results = message.blocks().filter(|block| block.kind.is("tool_result"));
    let facts: Vec<_> = results.filter_map(|block| fact(block, calls, place)).collect();
    for fact in &facts {
        calls.note_result(place.conversation, fact.id);
    }
    facts
}

fn fact(block: &Block<'_>, calls: &CallIndex, place: UsePlace<'_>) -> Option<ResultFact> {
    let name = block.tool_use_id.get()?;
    let noted = calls.last_use(name, place.conversation);
    let id = noted.map_or_else(|| number_of_use(place.call, name), |noted| noted.number);
    let tool = noted.map(|NotedUse { tool, .. }| tool);
    if !block.is_error.0 {
        let exit = matches!(tool, Some(UsedTool::Shell(_))).then_some(0);
        return Some(ResultFact { id, exit, ..ResultFact::default() });
    }
    let text = block.content.map(beginning).unwrap_or_default();
    if REFUSALS.iter().any(|refusal| text.contains(refusal)) {
        return Some(ResultFact { id, ..ResultFact::default() });
    }
    let code = shell::exit_code(&text);
    Some(match tool {
        Some(UsedTool::KillShell) => ResultFact { id, ..ResultFact::default() },
        Some(UsedTool::Shell(line)) => {
            let failed = !(code == Some(1) && shell::asks(line));
            ResultFact { id, failed, exit: code.or(Some(1)), ..ResultFact::default() }
        }
        Some(UsedTool::Other) | None => ResultFact { id, failed: true, ..ResultFact::default() },
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
