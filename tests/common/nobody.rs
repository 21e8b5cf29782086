//! flowmine as somebody who is not root, to whom permissions mean something.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use super::{has, missing, not_allowed};

/// The number of the user whom every system calls nobody.
pub const NOBODY: u32 = 65534;

/// Somebody who is not root.
pub struct Nobody {
    pub directory: TempDir,
    binary: PathBuf,
}

impl Nobody {
    /// Says so where nobody else can be had here.
    pub fn new() -> Option<Self> {
        if !has("setpriv") {
            missing("setpriv is not installed");
            return None;
        }
        let directory = tempfile::tempdir().unwrap();
        allow(directory.path(), 0o755);
        let binary = directory.path().join("flowmine");
        std::fs::copy(env!("CARGO_BIN_EXE_flowmine"), &binary).unwrap();
        let nobody = Self { directory, binary };
        let works = nobody.run(Path::new("/"), &["--version"]).status.success();
        works.then_some(nobody).or_else(|| {
            not_allowed("setpriv may not change the user here");
            None
        })
    }

    pub fn run(&self, directory: &Path, args: &[&str]) -> Output {
        self.run_as(NOBODY, directory, args)
    }

    /// The same as the user with this number.
    pub fn run_as(&self, user: u32, directory: &Path, args: &[&str]) -> Output {
        let mut command = Command::new("setpriv");
        let id = user.to_string();
        command.args(["--reuid", &id, "--regid", &id, "--clear-groups"]).arg(&self.binary).args(args);
        command.env_clear().env("PATH", "/usr/bin:/bin").current_dir(directory).output().unwrap()
    }
}

/// Sets a file's or directory's permissions.
pub fn allow(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}
