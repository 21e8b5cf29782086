//! The confidence score, every threshold at, below and above its edge.

use flowmine::persistence::{record_pattern_occurrence, update_pattern_statistics};
use flowmine::statistics::{Confidence, calculate_confidence_score};
use flowmine::workflow::Measures;

use crate::common::{HistoryFile, minimal_row, now, workflow};
use crate::{PYTEST, signature};

fn confidence(linked: u64, judged: &[Measures]) -> Confidence {
    calculate_confidence_score(linked, &judged.iter().collect::<Vec<_>>())
}

fn with_durations(durations: &[f64]) -> Vec<Measures> {
    durations.iter().map(|&duration| Measures { duration: Some(duration), ..Measures::default() }).collect()
}

fn with_failures(errors: &[u64], retries: &[u64]) -> Vec<Measures> {
    errors
        .iter()
        .zip(retries)
        .map(|(&errors, &retries)| Measures { errors, retries, ..Measures::default() })
        .collect()
}

#[test]
fn confidence_with_no_workflows() {
    assert_eq!(confidence(0, &[]).score(), 10.0);
    assert_eq!(confidence(78_167, &[]).score(), 10.0);
}

#[test]
fn confidence_with_workflow_data() {
    let measures = [Measures { duration: Some(100.0), ..Measures::default() }; 10];
    assert_eq!(confidence(10, &measures).score(), 100.0);
}

#[test]
fn confidence_nonexistent_pattern() {
    let file = HistoryFile::minimal();
    assert_eq!(update_pattern_statistics(&file.open_prepared(), 999, now()).unwrap(), None);
}

#[test]
fn confidence_is_stored_with_the_pattern() {
    let file = HistoryFile::minimal();
    let db = file.open_prepared();
    file.add(&minimal_row(&workflow("wf-1")));
    record_pattern_occurrence(&db, &signature(PYTEST), &workflow("wf-1"), now()).unwrap();
    let computed = update_pattern_statistics(&db, 1, now()).unwrap().unwrap();
    assert_eq!(computed.confidence.score(), 55.0);
    assert_eq!(file.pattern::<f64>(PYTEST, "confidence_score"), 55.0);
}

#[test]
fn frequency_counts_linked_workflows() {
    let one = with_durations(&[60.0]);
    let frequency = |linked| confidence(linked, &one).frequency;
    let expected = [(1, 10.0), (2, 10.0), (3, 20.0), (4, 20.0), (5, 30.0), (9, 30.0), (10, 40.0), (11, 40.0)];
    for (linked, points) in expected {
        assert_eq!(frequency(linked), points, "{linked} workflows");
    }
}

#[test]
fn consistency_is_the_variance_of_durations() {
    let consistency = |durations: &[f64]| confidence(1, &with_durations(durations)).consistency;
    // The population variance of two values is the square of half their difference.
    assert_eq!(consistency(&[100.0, 100.0]), 30.0);
    assert_eq!(consistency(&[100.0, 119.99]), 30.0);
    assert_eq!(consistency(&[100.0, 120.0]), 20.0);
    assert_eq!(consistency(&[100.0, 120.01]), 20.0);
    // √1000 ≈ 31.6228
    assert_eq!(consistency(&[100.0, 100.0 + 2.0 * 31.622]), 20.0);
    assert_eq!(consistency(&[100.0, 100.0 + 2.0 * 31.623]), 10.0);
}

#[test]
fn a_variance_of_exactly_a_thousand_is_the_lowest_class() {
    // Deviations ±20, ±40: (4 · 400 + 4 · 1600) / 8 = 1000.
    let durations = [80.0, 120.0, 60.0, 140.0, 80.0, 120.0, 60.0, 140.0];
    assert_eq!(flowmine::statistics::population_variance(&durations), Some(1000.0));
    assert_eq!(confidence(1, &with_durations(&durations)).consistency, 10.0);
}

#[test]
fn fewer_than_two_known_durations_are_in_between() {
    let unknown = Measures::default();
    let zero = Measures { duration: Some(0.0), ..unknown };
    let known = Measures { duration: Some(60.0), ..unknown };
    for judged in [&[known][..], &[known, unknown], &[known, zero], &[unknown, zero]] {
        assert_eq!(confidence(1, judged).consistency, 15.0);
    }
}

#[test]
fn success_needs_few_errors_and_retries() {
    let success = |errors: &[u64], retries: &[u64]| confidence(1, &with_failures(errors, retries)).success;
    assert_eq!(success(&[0, 0], &[0, 0]), 30.0);
    assert_eq!(success(&[0, 1], &[0, 0]), 20.0);
    assert_eq!(success(&[0, 0], &[0, 1]), 20.0);
    assert_eq!(success(&[0, 1], &[1, 2]), 20.0);
    assert_eq!(success(&[1, 1], &[0, 0]), 10.0);
    assert_eq!(success(&[0, 0], &[2, 2]), 10.0);
    assert_eq!(success(&[2, 3], &[9, 9]), 10.0);
    assert_eq!(success(&[3, 3], &[0, 0]), 5.0);
    assert_eq!(success(&[9, 9], &[0, 0]), 5.0);
}
