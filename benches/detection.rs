//! How many requests a second detection reads on one core. `cargo bench --bench detection`
//!
//! The requests are about 150 bytes long, as agents' users write them: short orders with a reason, beginnings of
//! tickets, remarks; a third of them ask for an operation.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
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

fn requests() -> Vec<Evidence<'static>> {
    let evidence =
        |request| Evidence { request: Some(request), template: Some("adw_sdlc_iso"), ..Evidence::default() };
    REQUESTS.iter().copied().map(evidence).collect()
}

fn detection(criterion: &mut Criterion) {
    let requests = requests();
    let mut group = criterion.benchmark_group("detection");
    group.throughput(Throughput::Elements(requests.len() as u64));
    for name in RuleSet::BUILTIN {
        let rules = RuleSet::builtin(name).expect("a built-in rule set");
        let mut detector = rules.detector();
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                for evidence in &requests {
                    black_box(detector.detect(black_box(evidence)));
                }
            });
        });
        group.bench_function(format!("{name} with characteristics"), |bencher| {
            bencher.iter(|| {
                for evidence in &requests {
                    black_box(detector.detect(black_box(evidence)));
                    black_box(Characteristics::of(black_box(evidence.request), Some(42.0), 0));
                }
            });
        });
    }
    group.finish();
}

fn characteristics(criterion: &mut Criterion) {
    let requests = requests();
    let mut group = criterion.benchmark_group("characteristics");
    group.throughput(Throughput::Elements(requests.len() as u64));
    group.bench_function("of", |bencher| {
        bencher.iter(|| {
            for evidence in &requests {
                black_box(Characteristics::of(black_box(evidence.request), Some(42.0), 0));
            }
        });
    });
    group.finish();
}

criterion_group!(benches, detection, characteristics);
criterion_main!(benches);
