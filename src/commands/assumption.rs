//! What a person asks to assume.

use flowmine::statistics::ToolShare;

use super::UsageError;
use crate::cli::AssumptionArgs;

/// What a tool is to be assumed to cost.
pub fn tool_share(args: &AssumptionArgs) -> Result<ToolShare, UsageError> {
    let Some(percent) = args.tool_share else { return Ok(ToolShare::STORED) };
    let problem =
        || UsageError(format!("--tool-share: {percent} is no percentage: give 0 to 100, such as 12.5"));
    ToolShare::from_percent(percent).ok_or_else(problem)
}
