//! The transcripts of `flowmine demo`.

use std::fs;
use std::io;
use std::path::Path;

/// Sessions of Claude Code and Codex, written for this project.
const SESSIONS: &str = include_str!("../../fixtures/demo-transcripts.txt");

/// Writes the transcripts below a folder, a file a session.
pub fn write(folder: &Path) -> io::Result<()> {
    for session in SESSIONS.split("==> ").skip(1) {
        let (name, lines) = session.split_once('\n').unwrap_or((session, ""));
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        fs::write(path, lines)?;
    }
    Ok(())
}
