//! Who decides.

use crate::terminal::variable;

/// The name given, else the one that the environment knows the user by.
pub fn who(given: Option<&str>) -> Option<String> {
    let user = || ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(variable);
    given.filter(|name| !name.is_empty()).map(str::to_owned).or_else(user)
}
