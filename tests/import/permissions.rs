//! Files without permission, and what is no regular file: left alone, and named where it may have been a transcript.

use std::fs;
use std::process::Command;

use crate::common::{Nobody, allow, not_allowed};
use crate::transcripts::{Folder, Session};

fn session() -> Session {
    Session::of_tests("open")
}

#[test]
fn a_folder_without_permission_is_named_and_the_rest_is_imported() {
    let Some(nobody) = Nobody::new() else { return };
    let home = nobody.directory.path();
    for name in ["transcripts", "transcripts/closed"] {
        fs::create_dir(home.join(name)).unwrap();
    }
    fs::write(home.join("transcripts/open.jsonl"), session().text()).unwrap();
    fs::write(home.join("transcripts/closed/other.jsonl"), session().fork("other").text()).unwrap();
    allow(&home.join("transcripts/closed"), 0o000);
    allow(home, 0o777);
    let output = nobody.run(home, &["--db", "history.db", "import", "transcripts"]);
    let (said, warned) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(3), "{said}{warned}");
    assert!(said.contains("1 turn (1 new"), "{said}");
    assert!(warned.contains("transcripts/closed") && warned.contains("ermission denied"), "{warned}");
    allow(&home.join("transcripts/closed"), 0o755);
}

#[test]
fn a_device_is_not_read() {
    let folder = Folder::new();
    folder.write("a.jsonl", session().text());
    // The device of endless zeros, under a transcript's name.
    let made =
        Command::new("mknod").arg(folder.path("transcripts/zero.jsonl")).args(["c", "1", "5"]).output();
    if !made.is_ok_and(|made| made.status.success()) {
        return not_allowed("mknod may not make a device here");
    }
    let found = folder.found();
    assert_eq!((found.files.len(), found.unreadable.len()), (1, 0));
}

#[test]
fn a_link_that_leads_out_of_the_tree_is_not_followed() {
    let folder = Folder::new();
    folder.write("a.jsonl", session().text());
    let outside = folder.path("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("b.jsonl"), session().fork("outside").text()).unwrap();
    std::os::unix::fs::symlink(&outside, folder.path("transcripts/linked")).unwrap();
    std::os::unix::fs::symlink(outside.join("b.jsonl"), folder.path("transcripts/b.jsonl")).unwrap();
    let paths: Vec<_> = folder.found().files.into_iter().map(|file| file.path).collect();
    assert!(paths.len() == 1 && paths[0].ends_with("a.jsonl"), "{paths:?}");
}
