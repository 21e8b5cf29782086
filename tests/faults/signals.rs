//! Fault 9, first half: Ctrl-C and SIGTERM.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::binary::Flowmine;
use crate::{
    JOURNALS, assert_recovers, copy_of, figure, history, shared_machine, short_or_long, undisturbed,
};

fn send(signal: &str, child: &Child) {
    // The child may be over by now.
    let kill = format!("kill -{signal} {} 2>/dev/null", child.id());
    Command::new("sh").args(["-c", &kill]).status().unwrap();
}

#[test]
fn interrupted_at_any_moment_a_backfill_ends_well_and_the_next_goes_on() {
    let _machine = shared_machine();
    let (times, workflows) = short_or_long((4, 3_000), (100, 30_000));
    for journal in JOURNALS {
        let file = history(workflows, journal);
        let started = Instant::now();
        let expected = undisturbed(&file);
        let whole = started.elapsed();
        let mut interrupted = 0;
        for time in 1..=times {
            let signal = if time % 2 == 0 { "INT" } else { "TERM" };
            let copy = copy_of(&file);
            let mut child = Flowmine::on(&copy).args(["backfill", "--batch-size", "200"]).start();
            std::thread::sleep(whole * time / times);
            send(signal, &child);
            let code = child.wait().unwrap().code();
            // Before flowmine has begun to listen, a signal does what it always does.
            assert!(matches!(code, Some(0 | 130) | None), "{signal}: exit code {code:?}");
            interrupted += usize::from(code == Some(130));
            assert_recovers(
                &copy,
                &expected,
                &format!("{journal}: {signal} after {time}/{times} of the run"),
            );
        }
        figure(&format!(
            "{times} interrupts over {workflows} workflows, {journal} mode ({interrupted} exits with 130): all recovered"
        ));
    }
}

#[test]
fn an_interrupt_ends_the_wait_for_a_lock() {
    let file = history(5, "delete");
    let other = file.connection();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    for signal in ["INT", "TERM"] {
        let mut command = Flowmine::on(&file).args(["backfill", "--busy-timeout", "60"]).into_command();
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let started = Instant::now();
        while child.try_wait().unwrap().is_none() {
            assert!(started.elapsed() < Duration::from_secs(20), "{signal} does not end the wait");
            std::thread::sleep(Duration::from_millis(300));
            send(signal, &child);
        }
        assert_eq!(child.wait().unwrap().code(), Some(130), "{signal}");
    }
}
