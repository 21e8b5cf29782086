//! What a line is, by how it begins: a shell's prompt, or what a program printed. People paste both into requests, and
//! neither asks for anything. Nor does what an agent shows in place of a text or picture that was pasted.

use memchr::memchr;

use super::tokens::Mark;

/// How many bytes of a line may stand before the sign that ends a prompt.
const LONGEST_PROMPT: usize = 120;

/// The longest text, in bytes, that stands for something pasted.
const LONGEST_STAND_IN: usize = 64;

/// Signs that programs draw: frames, tables, lists of results, what an agent shows of its work.
const DRAWN: &str = "│┃║╭╮╰╯├└┌┐╔╚|⎿⏺✓✔✕✖✗✘❌✅⠋";

/// Words of nothing but letters that begin lines which no person wrote. A line that begins with any other such word is
/// not looked at further: a word that a check below looks for must be here, too.
const WORDS: [&str; 24] = [
    "call",
    "ps",
    "s",
    "npm",
    "bundle",
    "diff",
    "file",
    "gyp",
    "traceback",
    "enumerating",
    "counting",
    "compressing",
    "writing",
    "delta",
    "added",
    "requirement",
    "reading",
    "building",
    "pushing",
    "git",
    "your",
    "changes",
    "untracked",
    "nothing",
];

/// The mark of a line that begins a text (folded); none for a line as a person writes it.
pub(super) fn marks_by_beginning(text: &str) -> Mark {
    if begins_with_other_word(text) {
        return Mark::empty();
    }
    let near = &text[..text.floor_char_boundary(LONGEST_PROMPT * 2)];
    let line = memchr(b'\n', near.as_bytes()).map_or(near, |end| &near[..end]).trim_end();
    let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
    match first {
        "" => Mark::empty(),
        "$" | "%" | "❯" => Mark::PROMPT,
        _ if is_terminal(line) => Mark::TERMINAL,
        _ if is_logged(first, rest) || has_time(line) => Mark::PRINTED | Mark::LOGGED,
        _ if is_printed(first, rest) || is_yaml(first, rest) => Mark::PRINTED,
        _ => Mark::empty(),
    }
}

/// Whether a text begins with a word of nothing but letters that is none of [`WORDS`], as nearly all lines do.
fn begins_with_other_word(text: &str) -> bool {
    // Signs that are drawn begin with a byte that next to no letter begins with.
    let is_letter = |byte: &u8| byte.is_ascii_lowercase() || !byte.is_ascii() && *byte != DRAWN.as_bytes()[0];
    let (word, rest) = text.split_at(text.bytes().take_while(is_letter).count());
    let ends = matches!(rest.as_bytes().first(), None | Some(b' ' | b'\n'));
    // Any word may be a function's name in a browser's trace.
    ends && !WORDS.contains(&word) && !rest.starts_with(" @ ")
}

/// How many bytes after the first of a text (folded) belong to what stands in it for something pasted: `[Image #1]`,
/// `[Pasted text #1 +6 lines]`.
pub(super) fn placeholder_length(text: &str) -> usize {
    let stands = ["[image #", "[pasted text #"].iter().any(|begin| text.starts_with(begin));
    let near = &text.as_bytes()[..if stands { text.len().min(LONGEST_STAND_IN) } else { 0 }];
    memchr(b']', near).unwrap_or(0)
}

/// Whether a line begins with a prompt that says where or for whom: `PS C:\x>`, `me@host:~$ `, `(venv) ~/x % `,
/// `➜  x git:(main) `. It is copied from a terminal.
fn is_terminal(line: &str) -> bool {
    // '(venv) ', of which the first bracket is easily left behind.
    let is_name = |name: &str| name.trim_start_matches('(').bytes().all(|byte| byte.is_ascii_alphanumeric());
    let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
    let environment = first.strip_suffix(')').is_some_and(is_name);
    let line = if environment { rest } else { line };
    let first = line.split(' ').next().unwrap_or_default();
    if ["➜", "⎿", "⏺", "✦"].contains(&first) || is_windows(line) || line.contains('❯') {
        return true;
    }
    if first.contains("://") {
        return false;
    }
    let account = first.find('@').is_some_and(|at| at > 0 && at + 1 < first.len());
    let (host, folder) = first.split_once(':').unwrap_or_default();
    let home =
        |folder: &str| folder.starts_with("~/") || folder.trim_end_matches(['$', '#', '%', '>']) == "~";
    let folder_of_host = !host.is_empty() && (home(folder) || folder.starts_with('/'));
    let any_sign = account || home(first) || folder_of_host;
    any_sign && ends_prompt(line, &['$', '#', '%', '>'])
        || !host.is_empty() && !folder.is_empty() && ends_prompt(line, &['$'])
}

/// Whether a line begins with a prompt of Windows: `C:\x>`, `PS C:\x> `.
fn is_windows(line: &str) -> bool {
    let drive = |path: &str| path.get(1..3) == Some(":\\");
    // 'PS ', of which the first letter is easily left behind.
    let path = line.strip_prefix("ps ").or_else(|| line.strip_prefix("s ")).unwrap_or_default();
    let powershell = matches!(path.as_bytes(), [b'a'..=b'z', b':', ..]);
    (drive(line) || powershell) && line.contains('>')
}

/// Whether one of these signs, with a space or nothing behind it, ends a prompt at the beginning of a line.
fn ends_prompt(line: &str, signs: &[char]) -> bool {
    let mut near = line.match_indices(signs).take_while(|(at, _)| *at < LONGEST_PROMPT);
    near.any(|(at, sign)| {
        let rest = &line[at + sign.len()..];
        let arrow = line[..at].ends_with(['-', '=']);
        !arrow && (rest.is_empty() || rest.starts_with(' '))
    })
}

/// Whether a line is a program's message, by its kind (`warning:`) or by what package managers, git and compilers say.
fn is_logged(first: &str, rest: &str) -> bool {
    let says = |begins: &[&str]| begins.iter().any(|begin| rest.starts_with(begin));
    match first {
        "hint:" | "fatal:" | "remote:" | "warning:" | "info:" | "debug:" | "make:" | "ninja:" => true,
        "[info]" | "[error]" | "[warn]" | "[warning]" | "[debug]" | "[notice]" | "=>" | "==>" | "-->" => true,
        "npm" => says(&["err!", "error", "warn", "notice"]),
        // What npm says of a script that it runs: `> shop@1.0.0 build`.
        ">" => rest.split(' ').next().is_some_and(|package| package.find('@').is_some_and(|at| at > 0)),
        "enumerating" | "counting" | "compressing" | "writing" => says(&["objects"]),
        "delta" => says(&["compression"]),
        "call" => rest == "stack",
        "[+]" => says(&["building ", "running "]),
        "next.js" => rest.starts_with(|first: char| first.is_ascii_digit()) || says(&["version: "]),
        "*" => says(&[" executing task:", " terminal will be reused"]),
        "your" => says(&["branch is up to date", "branch is ahead of", "branch is behind"]),
        "changes" => says(&["not staged for commit:", "to be committed:"]),
        "untracked" => rest == "files:",
        "nothing" => says(&["to commit", "added to commit"]),
        "added" => rest.contains(" packages in "),
        "requirement" => says(&["already satisfied"]),
        "reading" => says(&["package lists", "state information"]),
        "building" => says(&["dependency tree"]),
        // What Metro, which bundles apps for phones, says: `BUNDLE  ./App.tsx`.
        "bundle" => says(&[" ./"]),
        "pushing" => says(&["to http", "to git@"]),
        // What programs with windows say that they run.
        "git" => says(&["-c diff.mnemonicprefix", "--no-optional-locks"]),
        "-" => says(&["hook id: ", "exit code: "]),
        _ => {
            let starts =
                ["[-", "time=\"", "error[", "warn[", "info["].iter().any(|start| first.starts_with(start));
            let number = first.split_once('.').is_some_and(|(_, decimals)| decimals.len() == 3);
            let seconds = number && first.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
            let service = rest.trim_start().starts_with('|') && first.contains(['-', '_']);
            starts || seconds || service || first.ends_with("error:") || first.contains("..........")
        }
    }
}

/// Whether a program printed a line, by its first word and the rest: a line of a table or tree, a program's usage, a
/// line of code with its number (`578 | let x`).
fn is_printed(first: &str, rest: &str) -> bool {
    match first {
        "@@" | "+++" | "=" | "(use" | "traceback" | "gyp" | "//" => true,
        "diff" => rest.starts_with("--git"),
        "file" => rest.starts_with('"'),
        // A line of a diff: a list's mark has fewer spaces behind it.
        "+" | "-" => rest.starts_with("   "),
        _ => {
            let drawn = |sign: char| !sign.is_ascii_alphanumeric() && DRAWN.contains(sign);
            let numbered = rest.starts_with('|') && first.bytes().all(|byte| byte.is_ascii_digit());
            // An example of a commit's message: `chore(deps): bump the parser`. Then a browser's trace: `push @ router.js:12`.
            let scoped = first.ends_with("):") && first.contains('(');
            numbered || scoped || rest.starts_with("@ ") || first.starts_with(drawn) || is_code(first, rest)
        }
    }
}

/// Whether a line belongs to a workflow in YAML: a step's name, or a key whose lines follow.
fn is_yaml(first: &str, rest: &str) -> bool {
    let step = first == "-" && ["name: ", "uses: "].iter().any(|key| rest.starts_with(key));
    step || first.ends_with(':') && matches!(rest, "|" | "|-" | ">" | ">-")
}

/// Whether a line is a statement in a programming language: `document.open(name);`.
fn is_code(first: &str, rest: &str) -> bool {
    let called = first.find('.').zip(first.find('(')).is_some_and(|(dot, bracket)| dot < bracket);
    called && if rest.is_empty() { first } else { rest }.ends_with([';', '{'])
}

/// Whether a line begins with a time: `09:20:46.091`, `[2026-01-31 09:20:46]`.
fn has_time(line: &str) -> bool {
    let line = line.trim_start_matches('[');
    let shape = |text: &str, shape: &str| {
        text.len() >= shape.len()
            && text.bytes().zip(shape.bytes()).all(|(byte, sign)| match sign {
                b'0' => byte.is_ascii_digit(),
                b't' => matches!(byte, b't' | b' '),
                _ => byte == sign,
            })
    };
    shape(line, "00:00:00") || shape(line, "0000-00-00t00:00")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_that_names_a_place_is_copied_from_a_terminal() {
        for line in [
            "ps c:\\work\\shop> npm test",
            "(venv) ps c:\\work> pytest",
            "c:\\work>git status",
            "c:\\work> git status",
            "me@host:~/shop$ git push",
            "me@host shop % git pull",
            "(base) me@host ~/shop (main)> npm run lint",
            "[me@host shop]$ make",
            "mac:shop me$ git add .",
            "~/shop $ ls",
            "➜  shop git:(main) npm test",
            "~/shop main ❯ npm test",
            "…/shop main ❯ npm test",
            "⎿ git push",
            "✦ run the tests next",
            "box:~/shop> make test",
            "box:~> git push",
            "root@box:/srv/shop# npm test",
            "box:/srv/shop# npm test",
            "ps c:shop> npm test",
            "s c:\\work\\shop> npm test",
        ] {
            assert_eq!(marks_by_beginning(line), Mark::TERMINAL, "{line}");
        }
    }

    #[test]
    fn a_bare_prompt_may_be_an_instruction() {
        assert_eq!(marks_by_beginning("$ npm test"), Mark::PROMPT);
        assert_eq!(marks_by_beginning("❯ npm test"), Mark::PROMPT);
    }

    #[test]
    fn what_programs_print_is_recognised() {
        for line in [
            "hint: you can run git pull",
            "error: install it first",
            "error[e0425]: cannot find the function `build`",
            "typeerror: test is not a function",
            "--> src/web.rs:578:36",
            "578 | build(client).await",
            "= help: add the package to the dependencies",
            "file \"shop/tests.py\", line 3, in run",
            "make: *** [test] error 2",
            "│ build │ 3 s │",
            "| run | what |",
            "✓ should push",
            "09:20:46.091 running build",
            "[2026-01-31 09:20:46] test run",
            "2026-01-31t09:20 commit",
            "time=\"2026-01-31\" level=warning",
            "ruff..............passed",
            "enumerating objects: 12, done.",
            "added 12 packages in 3s",
            "building dependency tree... done",
            "pushing to https://example.com/shop.git",
            "bundle  ./app.tsx",
            "git -c diff.mnemonicprefix=false -c core.quotepath=false push -v",
            "next.js version: 15.2.1 (webpack)",
            "1.186 npm notice",
            "- name: run the tests",
            "windows: |",
            "your branch is up to date with 'origin/main'.",
            "+    run the tests",
            "web-1  | npm start",
            "shop_web  | npm start",
            "chore(deps): bump the parser",
            "document.open(name);",
            "push @ router.js:12",
            "// commit the cart before it is sent",
        ] {
            assert!(marks_by_beginning(line).contains(Mark::PRINTED), "{line}");
        }
    }

    #[test]
    fn what_people_write_has_no_mark() {
        for line in [
            "",
            "run the tests",
            "@src/app.ts > line 3 is wrong, fix it and push",
            "me@host is the account to commit with",
            "note: it costs 5$ a run",
            "file names are wrong, build them from the title",
            "src/app.rs -> rename it",
            "09:20 is when the build runs",
            "(optional) build the docs",
            "added a page, now run the tests",
            "writing the tests is next",
            "reading the logs, then run the tests",
            "building: run it with make",
            "git push",
            "bundle ./app.tsx",
            "pushing to main is fine now",
            "note: the path is src/api:/orders, run the tests",
            "your branch is fine, push it",
            "- run the tests",
            "- run: npm test and then commit",
        ] {
            assert_eq!(marks_by_beginning(line), Mark::empty(), "{line}");
        }
    }
}
