//! Shell lines in transcripts: which tools are shells, what they ran, and what their results say.

use std::borrow::Cow;

use super::secrets;

/// Commands whose exit status 1 is an answer and no error.
const ASKING: [&str; 9] = ["grep", "egrep", "fgrep", "rg", "ag", "test", "[", "diff", "cmp"];

/// Whether a tool of this name runs a shell line.
pub fn is_shell(tool: &str) -> bool {
    matches!(
        tool,
        "Bash" | "PowerShell" | "shell" | "shell_command" | "exec_command" | "container.exec" | "local_shell"
    )
}

/// The line to keep: without secrets.
pub fn kept_line(line: &str) -> String {
    secrets::masked(line.trim()).into_owned()
}

/// The line of a list of arguments: `[bash, -lc, X]` is X, everything else is quoted where a shell needs it.
pub fn joined(arguments: &[String]) -> String {
    match arguments {
        [shell, flag, line]
            if is_shell_program(shell) && matches!(flag.as_str(), "-c" | "-lc" | "-ic" | "-Command") =>
        {
            line.clone()
        }
        _ => arguments.iter().map(|argument| quoted(argument)).collect::<Vec<_>>().join(" "),
    }
}

fn is_shell_program(program: &str) -> bool {
    let name = program.rsplit(['/', '\\']).next().unwrap_or(program);
    matches!(
        name.trim_end_matches(".exe"),
        "bash" | "sh" | "zsh" | "dash" | "ksh" | "fish" | "powershell" | "pwsh"
    )
}

fn quoted(argument: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_alphanumeric() || "@%_-+=:,./".contains(c);
    if !argument.is_empty() && argument.chars().all(is_plain) {
        return argument.into();
    }
    format!("'{}'", argument.replace('\'', "'\"'\"'")).into()
}

/// The number after `Exit code`, `exit code`, `Process exited with code` or `Command exited with code` in a result's
/// first six lines.
pub fn exit_code(result: &str) -> Option<i64> {
    result.lines().take(6).find_map(|line| {
        let after = ["Exit code", "Process exited with code", "exit code", "Command exited with code"]
            .into_iter()
            .find_map(|mark| line.trim_start().strip_prefix(mark))?;
        leading_number(after.trim_start_matches([':', ' ']))
    })
}

/// The number with which a text begins.
pub fn leading_number(text: &str) -> Option<i64> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(text.len());
    text[..end].parse().ok()
}

/// Whether exit status 1 of this line is an answer: nothing found, or not the same. With `||` or `;` in it, it is another
/// command's.
pub fn asks(line: &str) -> bool {
    if [" || ", "; "].iter().any(|between| line.contains(between)) {
        return false;
    }
    let mut words = line.split_whitespace().skip_while(|word| word.contains('=') && !word.starts_with('['));
    let program = words.next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
    ASKING.contains(&program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_arguments_is_a_line_that_a_shell_reads_the_same_way() {
        let list = |words: &[&str]| joined(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        assert_eq!(list(&["git", "commit", "-m", "two words"]), "git commit -m 'two words'");
        assert_eq!(list(&["bash", "-lc", "make test"]), "make test");
    }

    #[test]
    fn exit_status_1_is_an_answer_where_a_line_begins_with_a_program_that_asks() {
        for line in ["grep -rn teh .", "/usr/bin/rg y", "LC_ALL=C diff a b"] {
            assert!(asks(line), "{line}");
        }
        for line in [
            "cargo test",
            "ssh host \"ps | grep x\"",
            "logs | rg error",
            "grep -q jest package.json; npm test",
        ] {
            assert!(!asks(line), "{line}");
        }
    }

    #[test]
    fn the_exit_status_stands_at_the_beginning_of_a_result() {
        assert_eq!(exit_code("Exit code 2\nboom"), Some(2));
        assert_eq!(
            exit_code("Chunk ID: 1\nWall time: 0.1 seconds\nProcess exited with code 101\nOutput:\nx"),
            Some(101)
        );
        assert_eq!(exit_code("Exit code: 0\nWall time: 0 seconds"), Some(0));
        assert_eq!(exit_code("all is well"), None);
    }
}
