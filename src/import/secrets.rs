//! Credentials in command lines: they are never stored.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex, RegexSet};

/// What stands in a secret's place.
const MASK: &str = "***";

/// A value: quoted, or up to the next blank.
const VALUE: &str = r#"(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^ \t\r\n'";|&]+)"#;

/// What a credential's name has in it.
const NAME: &str = r"(?i-u:token|secret|passw(?:or)?d|passwd|pwd|passphrase|api[-_]?key|access[-_]?key|private[-_]?key|client[-_]?key|credential|auth|bearer|cookie|session[-_]?key|signature|dsn)";

/// Texts with which well-known credentials begin.
const WELL_KNOWN: &str = r"(?:sk-[A-Za-z0-9_-]{16,}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,}|xox[abprs]-[A-Za-z0-9-]{10,}|AKIA[A-Z0-9]{12,}|ASIA[A-Z0-9]{12,}|AIza[A-Za-z0-9_-]{30,}|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*|npm_[A-Za-z0-9]{20,}|hf_[A-Za-z0-9]{20,}|pypi-[A-Za-z0-9_-]{20,})";

/// The patterns, each with the group that stays; all else of a match is masked.
static PATTERNS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let compiled = patterns().into_iter().map(|pattern| Regex::new(&pattern));
    compiled.map(|pattern| pattern.expect("the pattern is part of the program and tested")).collect()
});

/// All of them at once: most lines have no secret.
static ANY: LazyLock<RegexSet> =
    LazyLock::new(|| RegexSet::new(patterns()).expect("the patterns are part of the program and tested"));

fn patterns() -> [String; 8] {
    let name = format!("[A-Za-z0-9_-]*{NAME}[A-Za-z0-9_-]*");
    [
        // Headers: -H 'Authorization: Bearer x', --header "X-Api-Key: x".
        format!(r#"(?P<keep>(?:(?i-u:(?:proxy-)?authorization|cookie)|{name})[ ]*:[ ]*)[^'"\r\n]+"#),
        // Flags: --token x, --api-key=x.
        format!(r"(?P<keep>(?:^|[ \t\n])--?{name}(?:[ \t]+|=)){VALUE}"),
        // curl -u user:password, --user user:password.
        format!(r"(?P<keep>(?:^|[ \t\n])(?:-u|--user)(?:[ \t]+|=)){VALUE}"),
        // URLs: https://user:password@host.
        r#"(?P<keep>[A-Za-z][A-Za-z0-9+.-]*://)[^ \t\r\n/@'"]+(?P<end>@)"#.to_owned(),
        // Parameters of a URL, and keys in JSON.
        format!(r#"(?P<keep>[?&]{name}=)[^ \t\r\n&'"]+"#),
        format!(r#"(?P<keep>["']{name}["'][ ]*:[ ]*)["'][^"']*["']"#),
        // Assignments before a command, in export and in env, whatever the name.
        format!(r"(?P<keep>(?:^|[ \t\n;&|(])[A-Za-z_][A-Za-z0-9_]*=){VALUE}"),
        WELL_KNOWN.to_owned(),
    ]
}

/// The line with `***` where a value looks like a credential, or is assigned to a variable.
pub fn masked(line: &str) -> Cow<'_, str> {
    let mut masked = Cow::Borrowed(line);
    if !ANY.is_match(line) {
        return masked;
    }
    for pattern in PATTERNS.iter() {
        if pattern.is_match(&masked) {
            let replaced = pattern.replace_all(&masked, |found: &Captures<'_>| {
                let group = |name| found.name(name).map_or("", |group| group.as_str());
                format!("{}{MASK}{}", group("keep"), group("end"))
            });
            masked = Cow::Owned(replaced.into_owned());
        }
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn credentials_are_masked_wherever_a_command_line_has_them() {
        for line in [
            "API_KEY=hunter2 cargo test",
            "export GITHUB_TOKEN='hunter2 x'",
            "deploy --token hunter2",
            "deploy --api-key=hunter2 --force",
            "curl -H 'Authorization: Bearer hunter2' https://example.com",
            "curl -H \"X-Api-Key: hunter2\" https://example.com",
            "curl -u me:hunter2 https://example.com",
            "git clone https://me:hunter2@example.com/x.git",
            "curl 'https://example.com/?access_token=hunter2&x=1'",
            "curl -d '{\"password\": \"hunter2\"}' https://example.com",
            "psql postgres://app:hunter2@db/x",
            "FOO=hunter2 ./run.sh",
        ] {
            assert!(!masked(line).contains("hunter2"), "{}", masked(line));
        }
    }

    #[test]
    fn a_line_without_credentials_stays_as_it_is() {
        for line in ["uv run pytest -q", "git commit -m 'two words'", "cargo test -- --nocapture"] {
            assert_eq!(masked(line), line);
        }
    }
}
