//! How many requests a second detection reads on one core: the best of ten rounds. `cargo bench --bench detection`
//!
//! The requests are about 150 bytes long, as agents' users write them: short orders with a reason, beginnings of
//! tickets, remarks; a third of them ask for an operation.

use std::hint::black_box;
use std::time::{Duration, Instant};

use flowmine::detect::{Characteristics, Evidence, RuleSet};

const REQUESTS: [&str; 12] = [
    "The upload dialog closes before the last file is stored. Keep it open until every request has come back, and show a small note when one of them fails.",
    "Run the backend tests with pytest, then fix whatever ruff complains about and commit the result with a short message that names the ticket, nothing else.",
    "Feature: saved filters for the orders table. A user picks a few columns and values, gives the filter a name and finds it again in the list on the left.",
    "Please build the frontend for production and tell me how large the main chunk has become since we moved the charts to a lazy import two weeks ago, thanks!",
    "Customers in Brazil see yesterday's date on their invoices. Dates are stored in UTC; the template should use the time zone of the account, not our own one.",
    "I would like the search box in app/client/src/search.ts to wait for 200 ms after the last key before it asks the server, and to drop answers that are late.",
    "Can you update the README with the new environment variables and the two steps for a local database? New people stumble over these in their first week here.",
    "Bug: the export hangs with more than 5,000 rows.\nSteps to reproduce:\n1. Open a large table\n2. Press export\n3. Wait\nExpected: a file within ten seconds.",
    "Rename the column customer_ref to account_ref everywhere, including the migration that was not shipped yet and the names of the fields in the JSON answers.",
    "Don't touch the tests for now, we will sort those out later; only move the parsing of headers out of server/main.py into a module of its own, please do.",
    "Make the empty state of the dashboard friendlier: a drawing, one sentence that says what will appear here, and a button that opens the import right away.",
    "Why does the connection pool run dry when three reports are made at once? Look at the pool's settings and at app/server/db.py, and explain what you find.",
];

/// How often each reading is measured, and how long at least.
const ROUNDS: usize = 10;
const ROUND: Duration = Duration::from_millis(500);

fn main() {
    for name in RuleSet::BUILTIN {
        let rules = RuleSet::builtin(name).expect("a built-in rule set");
        let mut detector = rules.detector();
        report(name, |evidence| {
            black_box(detector.detect(evidence));
        });
        report(&format!("{name} with characteristics"), |evidence| {
            black_box(detector.detect(evidence));
            black_box(Characteristics::of(evidence.request, Some(42.0), 0));
        });
    }
    report("characteristics", |evidence| {
        black_box(Characteristics::of(evidence.request, Some(42.0), 0));
    });
}

fn report(name: &str, mut read: impl FnMut(&Evidence<'_>)) {
    let requests = REQUESTS.map(|request| Evidence {
        request: Some(request),
        template: Some("adw_sdlc_iso"),
        ..Evidence::default()
    });
    let best = (0..ROUNDS).map(|_| per_second(&requests, &mut read)).fold(0.0, f64::max);
    println!("{name:<40} {:>6.2} million requests a second", best / 1e6);
}

/// Reads the requests again and again, for one round.
fn per_second(requests: &[Evidence<'_>], read: &mut impl FnMut(&Evidence<'_>)) -> f64 {
    let begin = Instant::now();
    let mut count = 0;
    while begin.elapsed() < ROUND {
        for evidence in requests {
            read(black_box(evidence));
        }
        count += requests.len();
    }
    count as f64 / begin.elapsed().as_secs_f64()
}
