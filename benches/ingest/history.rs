//! A history of any length, the same on every machine: each workflow follows from its number alone.
//!
//! The requests read like those of people who drive agents. Most ask for one operation that the `default` rules know,
//! some for none, and some workflows failed with a message that has a pattern of its own, so that about one occurrence
//! a workflow results. In the application's layout every second row has no `workflow_id`; ids look random, as the
//! application's do, so that writes go to all parts of the index.

use std::fmt::Write as _;
use std::ops::Range;
use std::path::Path;

use rusqlite::{Connection, Statement, params};

/// How a file's tables look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// The application's: an id and a nullable `workflow_id`, three indexes on `pattern_occurrences`, a foreign key.
    Application,
    /// `workflow_id` is the key, and flowmine makes its own tables.
    Minimal,
}

impl Layout {
    pub fn name(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::Minimal => "minimal",
        }
    }

    fn sql(self) -> &'static str {
        match self {
            Self::Application => include_str!("../../fixtures/application.sql"),
            Self::Minimal => include_str!("../../fixtures/minimal.sql"),
        }
    }
}

/// How long the requests are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// 80 to 300 bytes.
    Usual,
    /// About so many bytes each.
    About(usize),
}

/// Makes a file with so many workflows.
pub fn create(path: &Path, layout: Layout, workflows: u64, length: Length) -> rusqlite::Result<()> {
    let conn = Connection::open(path)?;
    conn.execute_batch(layout.sql())?;
    add(&conn, layout, 0..workflows, length)
}

/// Adds the workflows with these numbers in one transaction.
pub fn add(conn: &Connection, layout: Layout, numbers: Range<u64>, length: Length) -> rusqlite::Result<()> {
    conn.execute_batch("PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF; BEGIN IMMEDIATE")?;
    let mut insert = conn.prepare(match layout {
        Layout::Application => INSERT_APPLICATION,
        Layout::Minimal => INSERT_MINIMAL,
    })?;
    let mut request = String::new();
    for number in numbers {
        let mut dice = Dice(number);
        write_request(&mut request, &mut dice, length);
        match layout {
            Layout::Application => insert_application(&mut insert, number, &request, &mut dice)?,
            Layout::Minimal => insert_minimal(&mut insert, number, &request, &mut dice)?,
        }
    }
    drop(insert);
    conn.execute_batch("COMMIT")
}

const INSERT_APPLICATION: &str = "INSERT INTO workflow_history \
    (adw_id, nl_input, workflow_template, model_used, status, start_time, duration_seconds, error_message, retry_count, \
     total_tokens, actual_cost_total, created_at, updated_at, workflow_id) \
    VALUES (?1, ?2, ?3, 'sonnet', ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11, ?12)";
const INSERT_MINIMAL: &str = "INSERT INTO workflow_history \
    (workflow_id, nl_input, error_message, workflow_template, error_count, duration_seconds, retry_count, total_tokens, \
     actual_cost_total) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

/// One in so many workflows failed.
const FAILED: u64 = 12;

fn insert_application(
    insert: &mut Statement<'_>,
    number: u64,
    request: &str,
    dice: &mut Dice,
) -> rusqlite::Result<()> {
    let failed = dice.roll(FAILED) == 0;
    let started = stamp(number);
    let workflow_id =
        number.is_multiple_of(2).then(|| format!("wf-{}", random_looking(number ^ 0x5bd1_e995)));
    insert.execute(params![
        random_looking(number),
        request,
        dice.pick(&TEMPLATES),
        if failed { "failed" } else { "completed" },
        started.replace(' ', "T"),
        dice.between(20, 1500),
        failed.then(|| *dice.pick(&ERRORS)),
        i64::from(failed) * dice.between(0, 3),
        dice.between(2_000, 400_000),
        dice.between(2, 400) as f64 / 100.0,
        started,
        workflow_id,
    ])?;
    Ok(())
}

fn insert_minimal(
    insert: &mut Statement<'_>,
    number: u64,
    request: &str,
    dice: &mut Dice,
) -> rusqlite::Result<()> {
    let failed = dice.roll(FAILED) == 0;
    insert.execute(params![
        random_looking(number),
        request,
        failed.then(|| *dice.pick(&ERRORS)),
        dice.pick(&TEMPLATES),
        i64::from(failed),
        dice.between(20, 1500) as f64,
        i64::from(failed) * dice.between(0, 3),
        dice.between(2_000, 400_000),
        dice.between(2, 400) as f64 / 100.0,
    ])?;
    Ok(())
}

/// Writes the request over what `text` holds.
fn write_request(text: &mut String, dice: &mut Dice, length: Length) {
    text.clear();
    let wanted = match length {
        Length::Usual => dice.between(80, 230) as usize,
        Length::About(bytes) => bytes,
    };
    let first = if dice.roll(100) < 92 { *dice.pick(&ORDERS) } else { *dice.pick(&OTHERS) };
    text.push_str(first);
    while text.len() < wanted {
        let area = dice.pick(&AREAS);
        let (before, after) = dice.pick(&REMARKS);
        let _ = write!(text, " {before}{area}{after}");
    }
}

/// Eight hexadecimal digits that no other number below 2^32 has: the finaliser of `MurmurHash3` is one to one.
fn random_looking(number: u64) -> String {
    let mut bits = number as u32;
    bits = (bits ^ (bits >> 16)).wrapping_mul(0x85eb_ca6b);
    bits = (bits ^ (bits >> 13)).wrapping_mul(0xc2b2_ae35);
    format!("{:08x}", bits ^ (bits >> 16))
}

/// A time in 2025, later the higher the number, and the same ones again after 30 million.
fn stamp(number: u64) -> String {
    let second = number % 30_000_000;
    let (day, second) = (second / 86_400, second % 86_400);
    let (month, day) = (day / 28 % 12 + 1, day % 28 + 1);
    format!("2025-{month:02}-{day:02} {:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60)
}

/// `SplitMix64`: numbers without a pattern that follow from where they begin.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (bits ^ (bits >> 31)) % sides
    }

    fn between(&mut self, lowest: i64, highest: i64) -> i64 {
        lowest + self.roll((highest - lowest + 1) as u64) as i64
    }

    fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.roll(choices.len() as u64) as usize]
    }
}

/// Requests that ask for an operation.
const ORDERS: [&str; 24] = [
    "Run the backend tests with pytest.",
    "Please run pytest for app/server/tests and tell me what fails.",
    "Run the frontend tests with vitest.",
    "Run all tests.",
    "Rerun the jest tests in src/components.",
    "Run the playwright tests against the preview.",
    "Run cargo test.",
    "Build the frontend for production.",
    "Run the TypeScript typecheck for the client.",
    "Run tsc and fix the type errors it reports.",
    "Build the docker image.",
    "Compile the backend.",
    "Format the code with prettier.",
    "Run ruff on app/server and fix what it reports.",
    "Lint the frontend with eslint.",
    "Please run black on the whole repository.",
    "Show me the git diff.",
    "Run git status and summarize it.",
    "Update the npm dependencies.",
    "Install the python dependencies with pip.",
    "Update the README.",
    "Generate the API documentation.",
    "Run the database migrations.",
    "Deploy the backend to staging.",
];

/// Requests that ask for none.
const OTHERS: [&str; 8] = [
    "Add a dark theme with a switch in the header.",
    "The upload dialog closes before the last file is stored; keep it open until every answer has come back.",
    "Customers in Brazil see yesterday's date on their invoices.",
    "Rename the column customer_ref to account_ref everywhere.",
    "Make the empty state of the dashboard friendlier: a drawing and one sentence.",
    "Why does the connection pool run dry when three reports are made at once?",
    "Sort the orders table by date, the newest first, and remember the choice.",
    "Show a small note when a file is too large to be stored.",
];

/// What people say beside it, around the name of an area.
const REMARKS: [(&str, &str); 10] = [
    ("Last week we moved most of the ", " logic into src/core, so look there first."),
    ("The ", " screen was slow on Monday."),
    ("Nothing else in the ", " area has to change."),
    ("A colleague is still at work on the ", " part."),
    ("Customers of the ", " plan are waiting for this."),
    ("It concerns the ", " flow and a few files in app/server/core."),
    ("Keep the answer short and name the ", " owner where one is known."),
    ("We talked about the ", " side of it in the planning meeting."),
    ("The numbers in the ", " report looked odd yesterday."),
    ("If the ", " team asks, this has been agreed with them."),
];

const AREAS: [&str; 12] = [
    "billing",
    "checkout",
    "search",
    "inventory",
    "profile",
    "reporting",
    "onboarding",
    "shipping",
    "pricing",
    "calendar",
    "messaging",
    "analytics",
];

const TEMPLATES: [&str; 6] = [
    "adw_sdlc_iso",
    "adw_sdlc_iso",
    "adw_plan_iso",
    "adw_patch_iso",
    "adw_sdlc_zte_iso",
    "adw_plan_build_iso",
];

const ERRORS: [&str; 4] = [
    "3 tests failed in tests/test_orders.py",
    "rate limit reached, the agent gave up after the third attempt",
    "TypeError: cannot read properties of undefined (reading 'total')",
    "worktree is locked by another run",
];
