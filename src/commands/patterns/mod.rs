//! `patterns list`, `patterns show`, `patterns set-status`, `patterns exclude` and `patterns include`.

pub mod exclude;
pub mod list;
pub mod set_status;
pub mod show;

use crate::terminal::variable;

/// Who decides: the name given, else the user's name in the environment.
fn who(given: Option<&str>) -> Option<String> {
    let user = || ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(variable);
    given.filter(|name| !name.is_empty()).map(str::to_owned).or_else(user)
}
