//! Which user messages of Codex are requests, and what they ask for.

/// How texts begin that the program itself puts into the conversation.
const INJECTED: [&str; 12] = [
    "# AGENTS.md",
    "<environment_context>",
    "<INSTRUCTIONS>",
    "<user_instructions>",
    "<turn_aborted>",
    "<skill>",
    "<subagent_notification>",
    "<goal_context>",
    "<codex_internal_context",
    "<recommended_plugins>",
    "<permissions instructions>",
    "<collaboration_mode>",
];

/// The line between the editor's notes and the request.
const REQUEST_MARK: &str = "## My request for Codex:";

/// The request of a message; `None` where nobody asked for anything.
pub fn read(text: &str) -> Option<String> {
    let text = text.trim();
    if INJECTED.iter().any(|beginning| text.starts_with(beginning)) {
        return None;
    }
    let text = text.split_once(REQUEST_MARK).map_or(text, |(_, request)| request.trim());
    (!text.is_empty()).then(|| text.to_owned())
}
