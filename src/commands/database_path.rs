//! Which file to work on where `--db` does not name one.

use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow};
use flowmine::render::text::shown_path;

/// Where an application keeps its file.
const USUAL: &str = "db/workflow_history.db";

/// The file that a person or the environment names, else the application's here or above, else flowmine's own.
pub fn database(named: Option<&Path>) -> PathBuf {
    if let Some(named) = named {
        return named.to_owned();
    }
    let here = std::env::current_dir().unwrap_or_default();
    let above = here.ancestors().map(|folder| folder.join(USUAL)).find(|path| path.is_file());
    let usual = above.map(|path| if path == here.join(USUAL) { PathBuf::from(USUAL) } else { path });
    let own = || own().ok().filter(|path| path.is_file());
    usual.or_else(own).unwrap_or_else(|| PathBuf::from(USUAL))
}

/// The message where no file is named and none is found: where it was looked for, and what to do.
pub fn not_found() -> String {
    let own = own().map_or(String::new(), |own| format!(", nor {}", shown_path(&own)));
    format!(
        "no such file: {USUAL} here or in a folder above{own}; name the workflow_history.db with --db PATH or \
         WORKFLOW_HISTORY_DB, make one with 'flowmine import', or see 'flowmine demo'"
    )
}

/// flowmine's own file, whether it is there or not.
pub fn own() -> Result<PathBuf> {
    let variable = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let data = variable("XDG_DATA_HOME").or_else(|| variable("HOME").map(|home| home.join(".local/share")));
    let data = data.or_else(|| variable("LOCALAPPDATA"));
    let problem = "neither XDG_DATA_HOME nor HOME is set, so there is no place for flowmine's own file: name one with --db";
    data.map(|data| data.join("flowmine/history.db")).ok_or_else(|| anyhow!(problem))
}
