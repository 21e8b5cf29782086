//! Which rules are in force for a file: those asked for, else those of its last run, else `default`.

use std::io::ErrorKind;
use std::path::Path;

use crate::db::runs::RulesUsed;
use crate::db::{self, Database};
use crate::detect::{JudgementRules, LoadError, RuleSet, RulesError};

/// What can be wrong with the rules asked for.
#[derive(Debug, thiserror::Error)]
pub enum RulesInForceError {
    /// The rules' text is no rule set.
    #[error(transparent)]
    Rules(#[from] RulesError),
    /// There is neither a built-in rule set of that name nor such a file.
    #[error("no rule set '{name}' is built in and no such file can be read ({reason}); built in: {}", RuleSet::BUILTIN.join(", "))]
    Unknown {
        /// What was asked for.
        name: String,
        /// What the system says of the file.
        reason: String,
    },
    /// There is such a file, and it cannot be read.
    #[error("the rules file {name} cannot be read: {reason}")]
    Unreadable {
        /// What was asked for.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The last run's own rules file is gone.
    #[error(
        "this file's last run used the rules file {path}, which cannot be read ({reason}); name the rules with --rules"
    )]
    Gone {
        /// Where it was.
        path: String,
        /// What the system says.
        reason: String,
    },
    /// The last run's own rules file holds something else now.
    #[error(
        "the rules file {path} is not as this file's last run read it; name the rules with --rules, and make all \
         occurrences anew with 'flowmine backfill --rebuild --rules FILE'"
    )]
    Changed {
        /// Where it is.
        path: String,
    },
    /// The file cannot be asked.
    #[error(transparent)]
    File(#[from] db::Error),
}

/// A rule set and what `flowmine_runs` keeps of it.
pub struct RulesInForce {
    /// The rules.
    pub rules: RuleSet,
    /// What `flowmine_runs` keeps.
    pub used: RulesUsed,
}

impl RulesInForce {
    /// `path`: where they were read, if they are not built in.
    fn of(rules: RuleSet, path: Option<String>) -> Self {
        let used = RulesUsed { name: rules.name().to_owned(), hash: rules.hash().to_owned(), path };
        Self { rules, used }
    }
}

/// The rule set of a built-in name, or read from a file.
///
/// # Errors
/// Where there is neither, or the file holds no rule set.
pub fn load(name: &str) -> Result<RulesInForce, RulesInForceError> {
    if let Some(rules) = RuleSet::builtin(name) {
        return Ok(RulesInForce::of(rules, None));
    }
    let unreadable = |error: std::io::Error| {
        let (name, reason) = (name.escape_debug().to_string(), error.to_string());
        match error.kind() {
            ErrorKind::NotFound => RulesInForceError::Unknown { name, reason },
            _ => RulesInForceError::Unreadable { name, reason },
        }
    };
    let rules = RuleSet::load(Path::new(name)).map_err(|error| match error {
        LoadError::Read(error) => unreadable(error),
        LoadError::Rules(error) => error.into(),
    })?;
    // Kept absolute, because the next run may be in another directory.
    let path = std::path::absolute(Path::new(name)).map_err(unreadable)?;
    Ok(RulesInForce::of(rules, Some(path.to_string_lossy().into_owned())))
}

/// The rules in force for a file.
///
/// # Errors
/// As [`load`], and where the rules file of the last run is gone or holds other rules.
pub fn in_force(db: &Database, asked: Option<&str>) -> Result<RulesInForce, RulesInForceError> {
    load_for(asked, db.last_rules()?.as_ref())
}

/// The same, where what the file's last run used is known; `None`: there was none.
pub fn load_for(asked: Option<&str>, last: Option<&RulesUsed>) -> Result<RulesInForce, RulesInForceError> {
    match (asked.or_else(|| builtin_in_force(None, last)), last) {
        (None, Some(RulesUsed { path, hash, name })) => load_again(path.as_ref().unwrap_or(name), hash),
        (name, _) => load(name.unwrap_or(RuleSet::BUILTIN[0])),
    }
}

/// The name of the rule set that is in force, where that is a built-in one, which can always be loaded.
pub fn builtin_in_force<'a>(asked: Option<&'a str>, last: Option<&'a RulesUsed>) -> Option<&'a str> {
    let name = match (asked, last) {
        (Some(name), _) => name,
        (None, None) => RuleSet::BUILTIN[0],
        (None, Some(used)) => Some(used.name.as_str()).filter(|_| used.path.is_none())?,
    };
    RuleSet::BUILTIN.contains(&name).then_some(name)
}

/// Which operations take judgement by the rules in force for a file. Where the rules of its last run cannot be loaded,
/// `default` decides, and the second value says why they cannot.
pub fn judgement_in_force(
    db: &Database,
    asked: Option<&str>,
) -> Result<(JudgementRules, Option<RulesInForceError>), RulesInForceError> {
    let last = db.last_rules()?;
    if let Some(rules) = builtin_in_force(asked, last.as_ref()).and_then(JudgementRules::builtin) {
        return Ok((rules, None));
    }
    match load_for(asked, last.as_ref()) {
        Err(lost @ (RulesInForceError::Gone { .. } | RulesInForceError::Changed { .. })) => {
            Ok((JudgementRules::of_lost_rules(), Some(lost)))
        }
        found => Ok((JudgementRules::from(&found?.rules), None)),
    }
}

/// The rules at a path that comes from the database. Somebody else may have put it there, so the file is used only if
/// it has the hash that is kept with the path, and nothing of any other content is shown.
fn load_again(path: &str, hash: &str) -> Result<RulesInForce, RulesInForceError> {
    match load(path) {
        Ok(found) if found.used.hash == hash => Ok(found),
        Ok(_) | Err(RulesInForceError::Rules(_)) => {
            Err(RulesInForceError::Changed { path: path.escape_debug().to_string() })
        }
        Err(RulesInForceError::Unknown { reason, .. } | RulesInForceError::Unreadable { reason, .. }) => {
            Err(RulesInForceError::Gone { path: path.escape_debug().to_string(), reason })
        }
        Err(other) => Err(other),
    }
}

/// A warning for a file that holds occurrences made by other rules than those in force; `None` where it holds none.
pub fn mixed_rules(db: &Database, in_force: &RulesUsed) -> db::Result<Option<String>> {
    // In this order, because a run is in the ledger before its first occurrence is recorded.
    let has_occurrences = db.has_occurrences()?;
    let made_with = db.rules_of_occurrences()?;
    let others: Vec<_> = made_with.iter().filter(|rules| rules.hash != in_force.hash).collect();
    let by = match others.first() {
        Some(other) if other.name == in_force.name => {
            format!("an earlier version of the rules '{}'", other.name)
        }
        Some(other) => format!("the rules '{}'", other.name),
        None if made_with.is_empty() && has_occurrences => "a program other than flowmine".to_owned(),
        None => return Ok(None),
    };
    Ok(Some(format!(
        "occurrences in this file were made by {by}, and the rules in force are '{}': the two mix until \
         'flowmine backfill --rebuild' makes all of them anew",
        in_force.name
    )))
}
