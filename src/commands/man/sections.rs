//! What stands in the manual and nowhere in the help.

/// What the exit status says.
pub const EXIT_STATUS: [(&str, &str); 6] = [
    ("0", "Done. Also nothing to do, or a reader such as head that went away."),
    ("1", "Failed. Standard error has the reason in one line; what was committed before stays."),
    ("2", "The command line makes no sense."),
    (
        "3",
        "Finished, but some workflows could not be read or recorded, or doctor found something wrong. Standard error names \
         them.",
    ),
    ("130", "Interrupted by Ctrl-C. Run again to go on."),
    ("143", "Ended by SIGTERM or SIGHUP, likewise."),
];

/// Which variables are looked at. An empty one is as good as none.
pub const ENVIRONMENT: [(&str, &str); 11] = [
    ("WORKFLOW_HISTORY_DB", "The file to work on, where --db does not name one."),
    ("XDG_DATA_HOME", "Below it is flowmine's own file; ~/.local/share where it is not set."),
    (
        "CLAUDE_CONFIG_DIR",
        "Where Claude Code keeps its transcripts; several folders are separated by commas.",
    ),
    ("CODEX_HOME", "Where Codex keeps its transcripts, likewise."),
    ("TZ", "The time zone, where --timezone does not name one."),
    (
        "LC_ALL, LC_CTYPE, LANG",
        "Where they name C or POSIX, or nothing, only ASCII is drawn, as with --ascii.",
    ),
    ("COLUMNS", "How wide tables may be."),
    (
        "NO_COLOR, CLICOLOR_FORCE",
        "No colour, or colour where standard output is no terminal; --color decides first.",
    ),
    ("TERM", "Where it is dumb, there is no colour and no progress."),
    ("USER, LOGNAME", "Who decided, where set-status has no --by."),
    ("RUST_LOG", "What is logged to standard error, instead of -v."),
];

/// Which files are read and written.
pub const FILES: [(&str, &str); 4] = [
    ("db/workflow_history.db", "The application's history, and flowmine's tables beside it."),
    ("~/.local/share/flowmine/history.db", "flowmine's own file, which flowmine import makes."),
    ("workflow_history.db.flowmine-TIME.bak", "The backup that doctor --fix makes first, beside the file."),
    ("flowmine-demo.db", "The sample that flowmine demo makes."),
];
