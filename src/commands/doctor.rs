//! `doctor`: what is wrong with the file's pattern data, and the mend.

use anyhow::Result;
use flowmine::{doctor, render};

use super::Exit;
use super::session::Session;
use crate::cli::Doctor;

/// Runs `doctor`.
pub fn run(session: &Session<'_>, args: &Doctor) -> Result<Exit> {
    let mut db =
        if args.fix { session.open_for_writing(&session.db)? } else { session.open_for_reading()? };
    let mut diagnosis = doctor::diagnose(&db, args.full, session.now)?;
    let mut mending = None;
    if args.fix && diagnosis.can_be_mended() {
        mending = Some(doctor::mend(&mut db, !args.no_backup, session.now)?);
        diagnosis = doctor::diagnose(&db, args.full, session.now)?;
    }
    if !(session.global.quiet && diagnosis.is_healthy() && mending.is_none()) {
        let origin = session.origin_of(db.path());
        let document = render::doctor::document(&diagnosis, mending.as_ref(), args.fix, &origin);
        session.show(&document, args.format.format)?;
    }
    Ok(if diagnosis.is_healthy() { Exit::Done } else { Exit::SomeFailed })
}
