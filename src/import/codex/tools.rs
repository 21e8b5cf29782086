//! Codex' tool uses: their shell lines, and what their results say.

use serde::Deserialize;

use super::line::Payload;
use crate::import::facts::{ResultFact, ToolId};
use crate::import::json::{self, Raw, read_mended};
use crate::import::lenient::{Text, TextOr};
use crate::import::shell;

/// What a shell tool is given.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ShellArguments<'a> {
    #[serde(borrow)]
    command: TextOr<'a, Text<'a>>,
    cmd: TextOr<'a, Text<'a>>,
}

/// A tool use's id and its shell line; `None` where it has no id.
pub fn tool_use<'a>(payload: &'a Payload<'_>) -> Option<(&'a str, Option<String>)> {
    let id = payload.call_id.get().or(payload.id.get())?;
    let line = match payload.kind.get()? {
        "local_shell_call" => {
            payload.action.0.as_ref().map(|action| shell::joined(&words(action.command.items())))
        }
        _ => payload
            .arguments
            .filter(|_| payload.name.get().is_some_and(shell::is_shell))
            .and_then(argument_line),
    };
    Some((id, line.filter(|line| !line.is_empty()).map(|line| shell::kept_line(&line))))
}

fn argument_line(raw: Raw<'_>) -> Option<String> {
    let json = raw.text().unwrap_or(raw.0.into());
    read_mended(&json, |json| json::from_str(json).map(|arguments| line_of(&arguments))).ok()?
}

fn line_of(arguments: &ShellArguments<'_>) -> Option<String> {
    [&arguments.command, &arguments.cmd].into_iter().find_map(|value| match value {
        TextOr::Text(line) => Some(line.clone().into_owned()),
        TextOr::List(list) => Some(shell::joined(&words(list))),
        TextOr::Neither => None,
    })
}

fn words(list: &[Text<'_>]) -> Vec<String> {
    list.iter().filter_map(|word| word.0.as_deref().map(str::to_owned)).collect()
}

/// The facts of a result of the tool use with this number and shell line.
pub fn result_fact(payload: &Payload<'_>, (id, line): (ToolId, Option<&str>)) -> ResultFact {
    let exit = payload.output.and_then(exit_status);
    let failed = exit.is_some_and(|code| code != 0) && !(exit == Some(1) && line.is_some_and(shell::asks));
    ResultFact { id, failed, exit: exit.filter(|_| line.is_some()), searches: 0 }
}

/// A result's exit status: in its first lines, or in the JSON that the output is.
fn exit_status(output: Raw<'_>) -> Option<i64> {
    const ENOUGH: usize = 2048;
    if output.0.starts_with("\"{") || output.0.starts_with('{') {
        return metadata_exit(output.0);
    }
    shell::exit_code(&output.beginning(ENOUGH)?)
}

/// The number after the last `exit_code`: what the command wrote stands before it.
fn metadata_exit(json: &str) -> Option<i64> {
    const KEY: &str = "exit_code";
    let after = &json[json.rfind(KEY)? + KEY.len()..];
    shell::leading_number(after.trim_start_matches(['\\', '"', ':', ' ']))
}
