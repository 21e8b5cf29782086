//! `doctor`: what is wrong with the file's pattern data, and the mend.

use anyhow::Result;
use flowmine::db::Database;
use flowmine::doctor::Diagnosis;
use flowmine::pipeline::rules::{RulesInForce, in_force};
use flowmine::{doctor, render};

use super::Exit;
use super::session::Session;
use crate::cli::Doctor;

/// Runs `doctor`.
pub fn run(session: &Session<'_>, args: &Doctor) -> Result<Exit> {
    let mut db =
        if args.fix { session.open_for_writing(&session.db)? } else { session.open_for_reading()? };
    let mut diagnosis = diagnose(session, args, &db)?;
    let mut mending = None;
    if args.fix && diagnosis.can_be_mended() {
        let mut mended = doctor::mend(&mut db, !args.no_backup, session.now)?;
        if diagnosis.has_lost_workflows() {
            doctor::forget_mark(&db, &mut mended)?;
        }
        mending = Some(mended);
        diagnosis = diagnose(session, args, &db)?;
    }
    if !(session.global.quiet && diagnosis.is_healthy() && mending.is_none()) {
        let origin = session.origin_of(db.path());
        let document = render::doctor::document(&diagnosis, mending.as_ref(), args.fix, &origin);
        session.show(&document, args.format.format)?;
    }
    Ok(if diagnosis.is_healthy() { Exit::Done } else { Exit::SomeFailed })
}

/// The diagnosis; without what only the rules can tell where they are not to be had.
fn diagnose(session: &Session<'_>, args: &Doctor, db: &Database) -> Result<Diagnosis> {
    let mut diagnosis = doctor::diagnose(db, args.full, session.now)?;
    if let Ok(RulesInForce { rules, .. }) = in_force(db, session.global.rules.as_deref()) {
        doctor::diagnose_links(db, &rules, &mut diagnosis, session.now)?;
    }
    Ok(diagnosis)
}
