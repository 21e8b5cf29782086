//! What comes after the first backfill of a large file: another one, a night's `process`, the listings.

use std::path::Path;

use rusqlite::Connection;

use crate::disk;
use crate::history::{self, Layout, Length};
use crate::process::{self, Ran};
use crate::table::{self, Table, judged};

/// How many workflows a night brings.
const NIGHT: u64 = 1_000;

pub fn measure(path: &Path, layout: Layout, journal: &str, rows: u64) {
    let title = format!("then, {} {journal} {}", layout.name(), table::grouped(rows));
    let mut table = Table::new(&[&title, "takes", "wanted", "peak memory", "what it did"]);
    second_backfill(path, &mut table);
    night(path, layout, rows, &mut table);
    for arguments in [&["patterns", "list"][..], &["stats"]] {
        let before = disk::pages(path);
        let ran = process::run(path, arguments);
        let read_only = disk::changed_pages(path, &before).is_empty();
        let did = if read_only { "wrote nothing" } else { "WROTE SOMETHING" };
        add(&mut table, &arguments.join(" "), &ran, 1.5, judged(did, read_only));
    }
    println!("{table}");
}

fn add(table: &mut Table, name: &str, ran: &Ran, wanted: f64, did: String) {
    let seconds = ran.wall.as_secs_f64();
    table.row([
        name.to_owned(),
        judged(&format!("{seconds:.2} s"), seconds <= wanted),
        format!("{wanted} s"),
        table::mebibytes(ran.peak),
        did,
    ]);
}

fn second_backfill(path: &Path, table: &mut Table) {
    let before = disk::pages(path);
    let ran = process::run(path, &["backfill"]);
    let changed = disk::changed_pages(path, &before);
    let did = match changed.len() {
        0 => judged("wrote the ledger and nothing else", true),
        pages => judged(&format!("WROTE {pages} PAGES beside the ledger"), false),
    };
    add(table, "a second backfill", &ran, 2.5, did);
}

fn night(path: &Path, layout: Layout, rows: u64, table: &mut Table) {
    let conn = Connection::open(path).expect("the file opens");
    history::add(&conn, layout, rows..rows + NIGHT, Length::Usual).expect("new workflows are added");
    conn.close().expect("the file closes");
    disk::settle(path);
    let ran = process::run(path, &["process"]);
    let count = |name: &str| table::grouped(ran.run[name].as_u64().unwrap_or(0));
    let wrong = wrong_statistics(path, layout);
    let did = format!(
        "looked at {}, {} new occurrences, {wrong} patterns with wrong statistics",
        count("workflows"),
        count("new_occurrences")
    );
    add(table, "process, 1,000 new workflows", &ran, 2.5, judged(&did, wrong == 0));
}

/// How many patterns do not have the number of occurrences, or the mean cost, that one query over the file gives.
fn wrong_statistics(path: &Path, layout: Layout) -> i64 {
    let key = match layout {
        Layout::Application => "coalesce(nullif(workflow_id, ''), id)",
        Layout::Minimal => "workflow_id",
    };
    let conn = Connection::open(path).expect("the file opens");
    conn.execute_batch(&format!(
        "PRAGMA temp_store = MEMORY; CREATE TEMP TABLE costs (key TEXT PRIMARY KEY, cost REAL) WITHOUT ROWID; \
         INSERT INTO costs SELECT {key}, actual_cost_total FROM workflow_history"
    ))
    .expect("the costs are read");
    let sql = "SELECT count(*) FROM operation_patterns AS p LEFT JOIN \
               (SELECT pattern_id, count(*) AS occurrences, avg(cost) AS cost FROM pattern_occurrences \
                JOIN costs ON key = workflow_id GROUP BY 1) AS s ON s.pattern_id = p.id \
               WHERE p.occurrence_count IS NOT s.occurrences OR abs(p.avg_cost_with_llm - s.cost) > 1e-9";
    conn.query_row(sql, [], |row| row.get(0)).expect("the statistics are compared")
}
