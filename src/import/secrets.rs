//! What looks like a credential in a command line: it is never stored.
//!
//! Patterns say where a value begins, the shell's quotation where it ends, so that a line keeps all other words and runs the
//! same operations.

use std::borrow::Cow;
use std::sync::LazyLock;

use memchr::memmem;
use regex::{Captures, Regex};

/// What stands in a secret's place.
const MASK: &str = "***";

// Classes are ASCII, since `regex` is built without the Unicode tables for spaces and words.

/// What a credential's name has in it.
const NAME: &str = r"(?i-u:token|secret|passw(?:or)?d|passwd|pwd|passphrase|api[-_]?key|access[-_]?key|private[-_]?key|client[-_]?key|credential|auth(?:orization|entication)?(?:\b|_)|bearer|cookie|session[-_]?key|signature|dsn)";

/// What a credential's name ends with: `--pass x`, `db.pass=x`, `-storepass x`; but not `--pass-with-no-tests` or `bypass`.
const PASS: &str = r"(?i-u:(?:\b|_|store|key|db|user|root|admin)pass)";

/// What may stand between a program and its flag: bounded, or a line with many programs would be read anew at each.
const WORDS: &str = r"[^;|&\n]{0,200}?";

/// Texts with which well-known credentials begin.
const WELL_KNOWN: &str = r"(?:sk-[A-Za-z0-9_-]{16,}|[rs]k_(?:live|test)_[A-Za-z0-9]{8,}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,}|xox[abprs]-[A-Za-z0-9-]{10,}|AKIA[A-Z0-9]{12,}|ASIA[A-Z0-9]{12,}|AIza[A-Za-z0-9_-]{30,}|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*|npm_[A-Za-z0-9]{20,}|hf_[A-Za-z0-9]{20,}|pypi-[A-Za-z0-9_-]{20,})";

/// A private key with its end, else its first lines. It has no two dashes in a row, so that the search never runs on
/// into another key.
const PRIVATE_KEY: &str = r#"-----BEGIN [A-Z ]*PRIVATE KEY-----(?:(?:[^'"-]|-[^'"-])*?-----END [A-Z ]*-----|[A-Za-z0-9+/=]*(?:(?:[ \t\r\n]|\\n)+[A-Za-z0-9+/=]{16,})*)"#;

/// A URL's user and password. The password may contain characters that would end a host's name; a port is no password.
const URL_USER: &str = r#"(?P<keep>[A-Za-z][A-Za-z0-9+.-]*://)(?:[^ \t\r\n/@:'"]*:(?:[^ \t\r\n/0-9'"]|[0-9]+[^ \t\r\n/0-9'"])[^ \t\r\n'"]*|[^ \t\r\n/@'"]+)(?P<end>@)"#;

/// What is printed for a program that reads a credential: `echo x | docker login --password-stdin`.
const PRINTED_FOR: &str = r#"(?P<keep>(?:echo|printf)[ \t]+(?:-[A-Za-z]+[ \t]+|["']?%s["']?[ \t]+)*)[^|;&\r\n]+?(?P<end>[ \t]*\|[^|;&\r\n]{0,200}--pass(?:word-stdin|phrase-fd))"#;

/// Programs, and those of their flags that a credential follows.
const PROGRAM_FLAGS: [(&str, &str); 9] = [
    ("sshpass", r"-p[ \t]*"),
    (r"(?:docker|podman|helm|az|oras|skopeo|crane)[ \t](?:[a-z]+[ \t]+)?login", r"-p[ \t]*"),
    // After a blank, `-p` is followed by a database.
    (r"(?:mysql|mariadb)[a-z-]*", "-p"),
    (r"mongo[a-z]*", r"-p[ \t]*"),
    ("redis-cli", r"-a[ \t]*"),
    ("twine", r"-p[ \t]*"),
    ("openssl", r#"-pass(?:in|out)?[ \t]+["']?pass:"#),
    ("gpg2?", r"--passphrase-fd[ \t]+[0-9]+[^;|&\n]{0,200}?<<<[ \t]*"),
    (r"gh[ \t]+secret[ \t]+set", r"(?:-b[ \t]*|--body(?:=|[ \t]+))"),
];

/// What goes before a value that is not stored.
static BEFORE: LazyLock<Regex> = LazyLock::new(|| compiled(&before().join("|")));

/// Values that are known by their form; the groups `keep` and `end` stay.
static WHOLE: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    // What a variable is where it has no value: `${TOKEN:=x}`, `${TOKEN:-x}`.
    let default = format!(
        r"(?P<keep>\$\{{(?:[A-Za-z_][A-Za-z0-9_]*:?=|[A-Za-z0-9_]*{NAME}[A-Za-z0-9_]*:?-))[^}}\r\n]+(?P<end>\}})"
    );
    [URL_USER, PRIVATE_KEY, WELL_KNOWN, PRINTED_FOR, &default].into_iter().map(compiled).collect()
});

fn compiled(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is part of the program and tested")
}

fn before() -> [String; 10] {
    let name = format!("[A-Za-z0-9_.-]*(?:{NAME}[A-Za-z0-9_-]*|{PASS})");
    // A credential may be what a command in its place prints.
    let printed =
        r#"(?:["']?(?:\$\(|`)[ \t]*(?:echo|printf)[ \t]+(?:-[A-Za-z]+[ \t]+|["']?%s["']?[ \t]+)*)?"#;
    [
        // Assignments, whatever the name; in PowerShell a command may stand behind `$x = `.
        format!(r#"(?:^|[ \t\r\n;&|(`"'{{])[A-Za-z_][A-Za-z0-9_]*(?:\[[A-Za-z0-9_]*\])?\+?={printed}"#),
        r#"\$(?:[A-Za-z]+:)?[A-Za-z_][A-Za-z0-9_]*[ \t]*=[ \t]*["']"#.to_owned(),
        // Headers: -H 'Authorization: Bearer x', -H X-Api-Key:x.
        r"(?i-u:(?:proxy-)?authorization|x-[a-z0-9-]+|private-token|cookie)[ \t]*:[ \t\r\n]*(?i-u:(?:bearer|basic|bot|oauth|token|digest)[ \t\r\n]+)?"
            .to_owned(),
        // Credentials wherever they are named: --api-key=x, ?token=x, token = "x", "token": "x".
        format!(r#"{name}\\?["']?(?:=|[ \t]+=[ \t]+|[ \t]*:[ \t]+){printed}"#),
        format!(r#"["']{name}\\?["']\]?[ \t]*[:,=][ \t]*"#),
        // Flags: --token x.
        format!(r#"(?:^|[ \t\r\n"'(])--?{name}(?:[ \t]|\\\r?\n)+"#),
        // curl -u user:password, --user user:password.
        r#"(?:^|[ \t\r\n])(?:-[A-Za-z]*[uU]|--(?:proxy-)?user)(?:[ \t]*|=)(?:"[^":]*"?|'[^':]*'?|[^ \t\r\n:'"/]*):"#.to_owned(),
        // setx API_KEY x, set -gx API_KEY x, aws configure set aws_secret_access_key x.
        format!(r"(?-u:\b)(?:setx?|setenv)(?:[ \t]+-[A-Za-z]+)*[ \t]+{name}[ \t]+"),
        // npm config set //host/:_authToken x, poetry config pypi-token.pypi x.
        format!(r"(?-u:\b)config[ \t]+(?:set[ \t]+)?[^ \t\r\n;|&]*{NAME}[^ \t\r\n;|&]*[ \t]+"),
        // Programs of which a flag that says nothing by its name is a credential.
        format!(r"(?-u:\b)(?:{})", PROGRAM_FLAGS.map(|(program, flag)| format!("{program}(?-u:\\b){WORDS}[ \\t]{flag}")).join("|")),
    ]
}

/// The line with `***` where a value looks like a credential, or is assigned to a variable.
pub fn masked(line: &str) -> Cow<'_, str> {
    let mut masked = mask_values(line);
    for pattern in WHOLE.iter().filter(|pattern| pattern.is_match(line)) {
        let replaced = pattern.replace_all(&masked, |found: &Captures<'_>| {
            let group = |name| found.name(name).map_or("", |group| group.as_str());
            format!("{}{MASK}{}", group("keep"), group("end"))
        });
        masked = Cow::Owned(replaced.into_owned());
    }
    masked
}

fn mask_values(line: &str) -> Cow<'_, str> {
    let (mut masked, mut copied, mut at) = (String::new(), 0, 0);
    let mut quotation = Quotation::default();
    while let Some(found) = BEFORE.find_at(line, at) {
        let start = found.end() - usize::from(found.as_str().ends_with(['"', '\'']));
        let end = value_end(line, start, quotation.open_at(line, start));
        let is_flag = found.as_str().ends_with([' ', '\t', '\n']);
        let is_off = found.as_str().trim_start().starts_with("--no-");
        let value = &line[start..end];
        if !(value.is_empty() || is_off || (is_flag && value.starts_with('-'))) {
            masked.push_str(&line[copied..start]);
            masked.push_str(MASK);
            copied = end;
        }
        at = end.max(found.end());
    }
    if copied == 0 {
        return Cow::Borrowed(line);
    }
    masked.push_str(&line[copied..]);
    Cow::Owned(masked)
}

/// Where the value that begins at `start` ends, within the quotation that is open there. A substitution is no part of it:
/// its commands count.
fn value_end(line: &str, start: usize, open: Option<u8>) -> usize {
    let bytes = line.as_bytes();
    let mut at = start;
    while let Some(&byte) = bytes.get(at).filter(|&&byte| !ends_value(byte) && Some(byte) != open) {
        let rest = &bytes[at..];
        at = match byte {
            b'$' if rest.starts_with(b"$(") => break,
            b'\\' if open == Some(b'"') && rest.starts_with(b"\\\"") => {
                at + memmem::find(&rest[2..], b"\\\"").map_or(2, |found| found + 4)
            }
            b'\\' if open != Some(b'\'') => at + 2,
            b'"' | b'\'' => match quotation_end(bytes, at, open) {
                Some(end) => end,
                None => break,
            },
            _ => at + 1,
        };
    }
    at.min(line.len())
}

fn ends_value(byte: u8) -> bool {
    byte.is_ascii_whitespace() || b";|&()<>`".contains(&byte)
}

/// Where the quotation that begins at `at` ends; `None` where it has a substitution, or does not end within the open one.
fn quotation_end(bytes: &[u8], at: usize, open: Option<u8>) -> Option<usize> {
    let quote = bytes[at];
    let mut at = at + 1;
    loop {
        match *bytes.get(at)? {
            byte if byte == quote => return Some(at + 1),
            byte if Some(byte) == open => return None,
            b'`' if quote == b'"' => return None,
            b'$' if quote == b'"' && bytes.get(at + 1) == Some(&b'(') => return None,
            b'\\' if quote == b'"' => at += 2,
            _ => at += 1,
        }
    }
}

/// Which quotations and substitutions are open, the innermost last.
#[derive(Default)]
struct Quotation {
    open: Vec<u8>,
    read: usize,
}

impl Quotation {
    /// The quotation that is open at a place, behind those asked for before.
    fn open_at(&mut self, line: &str, at: usize) -> Option<u8> {
        while self.read < at {
            self.read += self.step(&line.as_bytes()[self.read..]);
        }
        self.open.last().copied().filter(|open| b"\"'".contains(open))
    }

    fn step(&mut self, rest: &[u8]) -> usize {
        let inner = self.open.last().copied();
        match (inner, rest[0]) {
            (Some(b'('), b')') => drop(self.open.pop()),
            (Some(open), byte) if open == byte && open != b'(' => drop(self.open.pop()),
            (Some(b'\''), _) => {}
            (_, b'\\') => return 2,
            (_, b'$') if rest.starts_with(b"$(") => {
                self.open.push(b'(');
                return 2;
            }
            (_, b'`') => self.open.push(b'`'),
            (Some(b'"'), _) => {}
            (_, byte @ (b'"' | b'\'' | b'(')) => self.open.push(byte),
            _ => {}
        }
        1
    }
}

#[cfg(test)]
mod tests {
    use super::masked;
    use crate::detect::RuleSet;

    const SECRETS: [&str; 82] = [
        "API_KEY=hunter2 cargo test",
        "export GITHUB_TOKEN='hunter2 x'",
        "export A=1 B=hunter2",
        "deploy --token hunter2",
        "deploy --api-key=hunter2 --force",
        "deploy --token $'hunter2'",
        "deploy --token 'a'hunter2",
        "deploy --token \\\n  hunter2",
        "curl -H 'Authorization: Bearer hunter2' https://example.com",
        "curl -H \"Authorization: Basic\n hunter2\"",
        "curl -H Authorization:hunter2 https://example.com",
        "curl -H \"X-Api-Key: hunter2\" https://example.com",
        "curl -H 'Authorization: Bot hunter2' https://example.com",
        "curl -u \"me\":hunter2 https://example.com",
        "curl -u 'me':'hunter2' https://example.com",
        "curl -u me:hunter2 https://example.com",
        "docker login -u me -p hunter2 registry",
        "sshpass -p hunter2 ssh host",
        "curl -ume:hunter2 https://example.com",
        "curl --user \"a b:hunter2\" https://example.com",
        "git clone https://me:hunter2@example.com/x.git",
        "git clone https://me:p@hunter2@example.com/x.git",
        "git clone https://me:p/hunter2@example.com/x.git",
        "git clone https://hunter2@example.com/x.git",
        "curl 'https://example.com/?access_token=hunter2&x=1'",
        "curl -d '{\"password\": \"hunter2\"}' https://example.com",
        "curl -d \"{\\\"password\\\": \\\"hunter2\\\"}\" https://example.com",
        "curl -d '{\"token\":\"a\\\"hunter2\"}'",
        "curl -d 'password=hunter2&user=x' https://example.com",
        "curl --data-urlencode \"client_secret=hunter2\" https://example.com",
        "psql postgres://app:hunter2@db/x",
        "psql \"host=h password=hunter2\"",
        "FOO=hunter2 ./run.sh",
        "TOKEN=abc\"hunter2\" ./x",
        "FOO=a'hunter2' ./x",
        "FOO=a\\ hunter2 ./x",
        "FOO=$'hunter2' ./x",
        "FOO+=hunter2 ./x",
        "arr[0]=hunter2 ./x",
        "API_KEY=$(echo \"hunter2\") ./x",
        "export API_KEY=\"$(printf '%s' hunter2)\"",
        "bash -c \"FOO=hunter2 ./y\"",
        "bash -c 'export SECRET_KEY=hunter2; ./x'",
        "echo \"DB_PASSWORD=hunter2\" >> .env",
        "helm install --set auth.password=hunter2 x",
        "java -Dspring.datasource.password=hunter2 -jar x",
        "kubectl create secret generic x --from-literal=password=hunter2",
        "aws configure set aws_secret_access_key hunter2",
        "stripe x sk_live_aaaaaaaaaaaaaaaahunter2",
        "echo -----BEGIN PRIVATE KEY-----hunter2",
        "echo '-----BEGIN RSA PRIVATE KEY-----\nDEK-Info: AES-128-CBC,00\n\nhunter2\n-----END RSA PRIVATE KEY-----' > key",
        "$env:API_KEY = \"hunter2\"; ./x",
        "$env:API_KEY=\"hunter2\"; ./x",
        "$token='hunter2'; ./x",
        "$headers = @{ Authorization = \"Bearer hunter2\" }",
        "mysql -u root -phunter2 db",
        "mysqldump --port 3306 -p'hunter2' db > x.sql",
        "mongosh -u me -p hunter2 db",
        "redis-cli -h host -a hunter2 ping",
        "openssl enc -aes-256-cbc -pass pass:hunter2 -in x",
        "openssl rsa -passin pass:hunter2 -in key.pem",
        "gh secret set NAME --body hunter2",
        "gh secret set NAME -b\"hunter2\" && git push",
        "helm registry login -u me -p hunter2 host",
        "Invoke-RestMethod -Headers @{\"X-Api-Key\"=\"hunter2\"}",
        "redis-cli --pass hunter2 ping",
        "deploy --pass=hunter2",
        "helm upgrade x --set db.pass=hunter2",
        "keytool -storepass hunter2 -keypass hunter2",
        "set -gx API_KEY hunter2",
        "setenv API_KEY hunter2",
        ": ${API_TOKEN:=hunter2}",
        "deploy ${API_TOKEN:-hunter2}",
        "python -c \"os.environ['TOKEN'] = 'hunter2'\"",
        "npm config set //registry.example.com/:_authToken hunter2",
        "poetry config pypi-token.pypi hunter2",
        "openssl enc -pass 'pass:hunter2' -in x",
        "redis-cli -ahunter2 ping",
        "gpg --batch --passphrase-fd 0 -d x.gpg <<< hunter2",
        "twine upload -u me -p hunter2 dist/x",
        "echo hunter2 | docker login -u me --password-stdin",
        "printf '%s' \"hunter2\" | docker login --password-stdin",
    ];

    /// Lines with what looks like a credential's name or flag, and those that have a value and a command beside it.
    const LINES: [&str; 35] = [
        "python -u -m pytest tests/backend",
        "npx jest -u src/client",
        "git push -u origin feature",
        "systemctl --user restart x",
        "docker run -u root img pytest",
        "OUT=$(pytest -q 2>&1); echo \"$OUT\"",
        "OUT=`pytest -q` && echo $OUT",
        "OUT=\"$(cd server && pytest -q)\" && cargo fmt",
        "cd a && VAR=\"$(date)\" cargo test",
        "DIR=$(git rev-parse --show-toplevel) && cd $DIR && pytest",
        "grep -rn author: README.md && uv run pytest -q",
        "echo \"check auth: ok\" && pytest",
        "echo auth: ok && pytest -q",
        "pytest --no-auth tests/backend",
        "git commit -m \"x\n\nCo-Authored-By: Ada <ada@example.com>\" && git push",
        "npm run auth:test",
        "cargo test auth::session: && cargo fmt",
        "go test -tags=auth ./...",
        "TOKEN= pytest -q",
        "TOKEN=x pytest tests/backend && cargo fmt",
        "$env:TOKEN = \"x\"; pytest tests/backend",
        "bash -c \"FOO=x\" && pytest -k \"y\"",
        "bash -c \"TOKEN=x pytest tests/api\" && echo \"z\" && cargo test",
        "curl -H 'Authorization: Bearer x' https://example.com && pytest tests/api",
        "curl -d '{\"token\": \"x\"}' https://example.com; pytest 'tests/api'",
        "curl -u me:x https://example.com | tee y && pytest",
        "export A=x; B='y z' make test",
        "docker login --password-stdin && docker build .",
        "for f in a b; do V=$f pytest; done",
        "X=$(cd a; echo b) pytest -q",
        "vitest --pass-with-no-tests src/client",
        "npx jest --passWithNoTests src/client",
        "${CI:-} pytest -q",
        "echo \"tests pass: all\" && pytest tests/backend",
        "echo x | docker login --password-stdin && docker build .",
    ];

    #[test]
    fn credentials_are_masked_wherever_a_command_line_has_them() {
        for line in SECRETS {
            assert!(!masked(line).contains("hunter2"), "{}", masked(line));
            assert_eq!(masked(&masked(line)), masked(line));
        }
    }

    #[test]
    fn a_long_line_of_what_begins_a_credential_is_masked_in_one_pass() {
        for piece in [
            "echo -----BEGIN PRIVATE KEY-----hunter2 ",
            "mysql A=hunter2 ",
            "docker login B=hunter2 ",
            "gpg --passphrase-fd 0 A=hunter2 ",
            "echo A=hunter2 | cat ",
        ] {
            let line = piece.repeat(20_000);
            let started = std::time::Instant::now();
            assert!(!masked(&line).contains("hunter2"));
            // It took 50 times as long where each looked for an end that another one might have.
            assert!(started.elapsed().as_secs() < 10, "{piece} {:?}", started.elapsed());
        }
    }

    #[test]
    fn a_line_without_credentials_stays_as_it_is() {
        for line in [
            "uv run pytest -q",
            "git commit -m 'two words'",
            "cargo test -- --nocapture",
            "python -u -m pytest tests/backend",
            "git push -u origin main",
            "pytest --no-auth tests/backend",
            "git commit -m 'x' --trailer 'Co-Authored-By: Ada'",
            "OUT=$(pytest -q 2>&1); echo \"$OUT\"",
            "curl https://localhost:8080/@x",
            "mysql -u root -p db -P 3306",
            "mysql -e 'select 1' && pytest -p no:cacheprovider",
            "openssl rsa -passin env:KEY -in key.pem",
            "vitest --pass-with-no-tests src/client",
            "git config user.name Ada",
            "curl localhost:${PORT:-8080}",
            "set -e; pytest -q",
        ] {
            assert_eq!(masked(line), line);
        }
    }

    #[test]
    fn a_masked_line_runs_the_same_operations() {
        let rules = RuleSet::builtin("default").unwrap();
        for line in LINES.into_iter().chain(SECRETS) {
            let operations = |line: &str| rules.read_command_line(line);
            assert_eq!(operations(&masked(line)), operations(line), "{line}");
        }
    }
}
