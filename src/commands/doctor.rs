//! `doctor`: what is wrong with the file's pattern data, and the mend.

use anyhow::{Context, Result};
use flowmine::db::Database;
use flowmine::doctor::{Diagnosis, Mending};
use flowmine::pipeline::rules_in_force::{RulesInForceError, in_force};
use flowmine::{doctor, render};

use super::Exit;
use super::session::Session;
use crate::cli::Doctor;

pub fn run(session: &Session<'_>, args: &Doctor) -> Result<Exit> {
    let mut db =
        if args.fix { session.open_for_writing(&session.db)? } else { session.open_for_reading()? };
    let mut diagnosis = diagnose(session, args, &db)?;
    let mut mending = None;
    if args.fix && diagnosis.can_be_mended() {
        let mended = mending.insert(doctor::mend(&mut db, !args.no_backup, session.now)?);
        let forgotten =
            if diagnosis.has_lost_workflows() { doctor::forget_mark(&db, mended) } else { Ok(()) };
        diagnosis = forgotten
            .map_err(Into::into)
            .and_then(|()| diagnose(session, args, &db))
            .with_context(|| told(mended))?;
    }
    if !(session.global.quiet && diagnosis.is_healthy() && mending.is_none()) {
        let document = render::doctor::document(&diagnosis, mending.as_ref(), args.fix, &session.origin());
        session.show(document, args.format.format)?;
    }
    Ok(if diagnosis.is_healthy() { Exit::Done } else { Exit::SomeFailed })
}

/// What to tell of a mend after which the file could not be looked at again.
fn told(mending: &Mending) -> String {
    let backup = mending.backup.as_ref().map(|path| format!(", its backup is {}", path.display()));
    format!("the file is mended{}, and could not be looked at again", backup.unwrap_or_default())
}

/// The diagnosis; where the rules of the last run cannot be had, it says that lost workflows were not looked for.
fn diagnose(session: &Session<'_>, args: &Doctor, db: &Database) -> Result<Diagnosis> {
    let mut diagnosis = doctor::diagnose(db, args.full, session.now)?;
    if diagnosis.is_damaged() {
        return Ok(diagnosis);
    }
    match in_force(db, session.global.rules.as_deref()) {
        Err(error @ (RulesInForceError::Gone { .. } | RulesInForceError::Changed { .. })) => {
            diagnosis.leave_out_lost_workflows(error.to_string());
        }
        found => doctor::diagnose_links(db, &found?.rules, &mut diagnosis, session.now)?,
    }
    Ok(diagnosis)
}
