//! Makes the README's pictures: what `flowmine` really shows on the demo's file, as SVG.
//!
//! ```sh
//! cargo build --release && cargo run --example screens -- target/release/flowmine fixtures/screens
//! ```

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use unicode_width::UnicodeWidthStr;

/// Columns of the terminal in the pictures.
const COLUMNS: usize = 112;
/// A character's width, a line's height and the margin, in pixels.
const CELL: f64 = 8.4;
const LINE: f64 = 18.0;
const MARGIN: f64 = 16.0;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args_os().skip(1).map(PathBuf::from);
    let usage = "usage: screens FLOWMINE DIRECTORY";
    let flowmine = args.next().ok_or(usage)?.canonicalize()?;
    let directory = args.next().ok_or(usage)?;
    let scratch = tempfile::tempdir()?;
    run(&flowmine, scratch.path(), &["demo", "team.db"])?;
    for (name, args, until) in [
        ("list", &["patterns", "list", "--limit", "12"][..], None),
        ("show", &["patterns", "show", "test:pytest:backend"], None),
        // What follows has the time of this very run.
        ("stats", &["stats"], Some("Last runs")),
    ] {
        let shown = run(&flowmine, scratch.path(), &[&["--db", "team.db"], args].concat())?;
        let lines: Vec<&str> =
            shown.lines().take_while(|line| until.is_none_or(|until| !line.contains(until))).collect();
        let command = format!("flowmine {}", args.join(" "));
        std::fs::write(directory.join(format!("{name}.svg")), picture(&command, &lines))?;
    }
    Ok(())
}

/// What a run shows on a terminal with colours.
fn run(flowmine: &Path, directory: &Path, args: &[&str]) -> Result<String, Box<dyn Error>> {
    let mut command = Command::new(flowmine);
    command.args(["--color", "always"]).args(args).current_dir(directory).env_clear();
    command.env("COLUMNS", COLUMNS.to_string()).env("TZ", "UTC").env("LANG", "C.UTF-8");
    let output = command.output()?;
    if output.status.success() {
        Ok(String::from_utf8(output.stdout)?)
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into())
    }
}

fn picture(command: &str, lines: &[&str]) -> String {
    let lines: Vec<&str> =
        lines.iter().rposition(|line| !line.is_empty()).map_or(&[][..], |last| &lines[..=last]).to_vec();
    let (width, height) =
        (COLUMNS as f64 * CELL + 2.0 * MARGIN, (lines.len() + 2) as f64 * LINE + 2.0 * MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\" aria-label=\"{0}\">\n\
         <title>{0}</title>\n\
         <style>text{{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;white-space:pre;fill:#d0d7de}}\
         .bold{{font-weight:700;fill:#fff}}.dim{{fill:#7d8590}}.cyan{{fill:#56d4dd}}.yellow{{fill:#e3b341}}.green{{fill:#57ab5a}}</style>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#0d1117\"/>\n",
        escaped(command)
    );
    let prompt = format!("\u{1b}[32m$\u{1b}[0m \u{1b}[1m{command}\u{1b}[0m");
    for (number, line) in [prompt.as_str(), ""].iter().chain(&lines).enumerate() {
        write_line(&mut svg, line, MARGIN + (number + 1) as f64 * LINE - 4.0);
    }
    svg + "</svg>\n"
}

/// Each piece of one style, up to the next gap, is a text of its own, stretched to the columns it takes: so columns stand
/// under each other whatever font there is, and whatever becomes of several spaces in a row.
fn write_line(svg: &mut String, line: &str, y: f64) {
    let mut column = 0;
    for (place, piece) in line.split('\u{1b}').enumerate() {
        let (class, text) = match (place, piece.split_once('m')) {
            (0, _) | (_, None) => ("", piece),
            (_, Some((code, text))) => (class_of(code), text),
        };
        for part in text.split("  ") {
            let shown = part.trim();
            let x = MARGIN + (column + part.width() - part.trim_start().width()) as f64 * CELL;
            let length = shown.width() as f64 * CELL;
            if !shown.is_empty() {
                let shown = escaped(shown);
                let _ = writeln!(
                    svg,
                    "<text x=\"{x:.1}\" y=\"{y:.0}\" textLength=\"{length:.1}\" \
                     lengthAdjust=\"spacingAndGlyphs\"{class}>{shown}</text>"
                );
            }
            column += part.width() + 2;
        }
        column -= 2;
    }
}

fn class_of(code: &str) -> &'static str {
    match code {
        "[1" => " class=\"bold\"",
        "[2" => " class=\"dim\"",
        "[32" => " class=\"green\"",
        "[33" => " class=\"yellow\"",
        "[36" => " class=\"cyan\"",
        _ => "",
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
