//! A pattern's range of savings, with its formula and numbers.

use serde_json::{Value, json};

use super::{ScreenLine, paint, words};
use crate::analysis::PatternAnalysis;

/// Both bounds with their formulas, with enough digits to recalculate them.
pub fn lines(analysis: &PatternAnalysis) -> Vec<ScreenLine> {
    let Some(saving) = analysis.saving_range() else {
        return vec![ScreenLine::fact("Saves", "unknown: no workflow has a known cost")];
    };
    vec![
        ScreenLine::fact("Saves", format!("{} a month", paint::bold(&words::range(Some(saving))))),
        ScreenLine::fact("  at least", format!("{} {}", words::dollars(Some(saving.least)), least(analysis))),
        ScreenLine::fact("  at most", format!("{} {}", words::dollars(Some(saving.most)), most(analysis))),
    ]
}

/// What the lower bound is made of.
fn least(analysis: &PatternAnalysis) -> String {
    let cost = &analysis.cost;
    if analysis.pattern.takes_judgement() {
        return "because it takes judgement: a script alone cannot do it".to_owned();
    }
    if analysis.statistics.avg_cost_with_llm == Some(0.0) {
        return "because none of the commands that ran belong to it: how else it was done, nobody measured"
            .to_owned();
    }
    if cost.least <= 0.0 {
        return "because nothing of it is measured, and no request with a known cost asked for it alone"
            .to_owned();
    }
    format!(
        "= {} × ({} measured + {} asked for alone){}",
        words::precise_percent(analysis.statistics.tool_share.saved_share()),
        words::precise_dollars(cost.measured),
        words::precise_dollars(cost.least - cost.measured),
        month(analysis),
    )
}

/// What the upper bound is made of.
fn most(analysis: &PatternAnalysis) -> String {
    let statistics = &analysis.statistics;
    format!(
        "= ({} − {}) × {}{}",
        words::precise_dollars(statistics.avg_cost_with_llm.unwrap_or(0.0)),
        words::precise_dollars(statistics.avg_cost_with_tool().unwrap_or(0.0)),
        words::count(statistics.workflows_saved(), "workflow"),
        month(analysis),
    )
}

/// The factor that makes a sum a month's.
fn month(analysis: &PatternAnalysis) -> String {
    let window = &analysis.window;
    match window.monthly_factor() {
        factor if factor < 1.0 => {
            format!(" × {} (30 of {} days)", words::precise(factor), words::precise(window.days()))
        }
        _ if window.first.is_none() => " × 1 (no times known: all of it is one month's)".to_owned(),
        _ => format!(" × 1 (no more than a month: {})", words::days(window.days())),
    }
}

/// The numbers of both formulas.
pub fn formula(analysis: &PatternAnalysis) -> Value {
    let statistics = &analysis.statistics;
    json!({
        "avg_cost_with_llm": statistics.avg_cost_with_llm,
        "avg_cost_with_tool": statistics.avg_cost_with_tool(),
        "saved_share": statistics.tool_share.saved_share(),
        "workflows": statistics.workflows_saved(),
        "measured_cost": analysis.cost.measured,
        "cost_asked_for_alone": analysis.cost.least - analysis.cost.measured,
        "days": analysis.window.days(),
        "monthly_factor": analysis.window.monthly_factor(),
        "least_monthly_savings": analysis.saving_range().map(|saving| saving.least),
        "potential_monthly_savings": statistics.potential_monthly_savings,
    })
}
