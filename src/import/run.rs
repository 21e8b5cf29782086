//! An import: what is new on disk is read in parallel and kept, what all files say is put together, and what differs is
//! written in one transaction. What a crash leaves undone the next import does.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::OnceLock;

use super::assemble::History;
use super::facts::KeptFacts;
use super::find::{FoundFile, FoundTranscripts, KnownFiles};
use super::gather::{AllFacts, FactStore, Gathering};
use super::groups::groups;
use super::plan::{KnownRows, kept_workflows};
use super::prices::Prices;
use super::rows::{Keeping, RowMaker};
use super::turn::{Source, Tokens, ToldBy, Turn};
use super::{history, history_of};
use crate::db::calls::{self, ImportChanges};
use crate::db::totals::{CallUse, ImportTotals, ModelTotals};
use crate::db::transcripts::{self, ImportState};
use crate::db::{Database, Error, Result, own_file, row_writer};
use crate::detect::RuleSet;
use crate::parallel::{in_order, map_in_parallel};
use crate::workflow::believed_cost;

pub use super::plan::{ImportPlan, ImportProgress, ImportSummary};

/// Imports what lies on disk into a file. Where that fails, what was read before stays, and the next import goes on from
/// there. The summary has no totals: [`crate::db::totals::totals`] reads them.
pub fn import(
    db: &Database,
    plan: &ImportPlan<'_>,
    progress: &mut dyn ImportProgress,
) -> Result<ImportSummary> {
    calls::check_tables(db)?;
    let mut gathering = Gathering::begin(Some(db), plan)?;
    let mut facts = FactStore::new(db);
    gathering.read(progress, &mut |transcript| facts.put(transcript))?;
    gathering.count_revisions(facts.finish()?);
    let state = transcripts::import_state(db)?.unwrap_or_default();
    (gathering.summary.revision, gathering.summary.is_detected) = (state.revision, state.is_detected);
    let rules = (plan.rules)();
    gathering.summary.is_renamed = !state.named_with.is_empty() && state.named_with != rules.hash();
    // In another program's file the workflows may have changed, so its rows are always put together anew.
    if !(own_file::is_own(db)? && is_settled(&state, plan, rules)) {
        put_together(&mut gathering, db)?;
    }
    Ok(gathering.summary)
}

/// Says what an import would find; `db` is the file where it is there. Nothing is written.
pub fn preview(
    db: Option<&Database>,
    plan: &ImportPlan<'_>,
    progress: &mut dyn ImportProgress,
) -> Result<ImportSummary> {
    let mut gathering = Gathering::begin(db, plan)?;
    gathering.read(progress, &mut |_| Ok(()))?;
    let revision = db.map(transcripts::import_state).transpose()?.flatten().unwrap_or_default().revision;
    let AllFacts { facts, .. } = gathering.facts(db, revision)?;
    let known = db.map(KnownRows::of).transpose()?.unwrap_or_default();
    let History { mut turns, duplicates } = plan.wanted(history(&facts, plan.prices), &known);
    let keeping = db.map(Keeping::of).transpose()?.unwrap_or(Keeping::Own);
    turns.retain(|turn| keeping.workflow(turn).is_some());
    let mut summary = gathering.summary;
    summary.duplicates = Some(duplicates);
    for turn in &turns {
        count_new(&mut summary, turn, &known, matches!(keeping, Keeping::Own));
    }
    let keys: HashSet<_> = turns.iter().filter_map(|turn| Some(keeping.workflow(turn)?.0)).collect();
    summary.totals = ImportTotals { turns: keys.len() as u64, ..sums(&turns) };
    if !matches!(keeping, Keeping::Own) {
        // The times of another program's workflows are its own.
        (summary.totals.first, summary.totals.last) = (None, None);
    }
    Ok(summary)
}

/// Counts what of a turn is new. Another program's file gets no workflows.
fn count_new(summary: &mut ImportSummary, turn: &Turn<'_>, known: &KnownRows, is_own: bool) {
    let new_calls = turn.calls.iter().filter(|call| !known.calls.contains(call.key)).count() as u64;
    summary.calls.new += new_calls;
    let is_new = !known.workflows.contains(&turn.key);
    if is_own && is_new {
        summary.workflows.new += 1;
        summary.commands.new += turn.commands.len() as u64;
    } else if is_own && new_calls > 0 {
        summary.workflows.changed += 1;
    }
}

/// Names the commands of a file anew where other rules named them; answers what that wrote.
pub fn name_anew(db: &Database, rules: &RuleSet) -> Result<ImportSummary> {
    let Some(state) = transcripts::import_state(db)?.filter(|state| state.named_with != rules.hash()) else {
        return Ok(ImportSummary::default());
    };
    let prices = prices_in_force(db)?;
    let found = FoundTranscripts::default();
    let rules = || rules;
    let plan =
        ImportPlan { found: &found, prices: &prices, rules: &rules, since: state.since, keep_text: true };
    import(db, &plan, &mut ())
}

/// The prices that were last given for a file, else those that come with flowmine; an error where they make no sense.
pub fn prices_in_force(db: &Database) -> Result<Prices> {
    let own = transcripts::import_state(db)?.and_then(|state| state.own_prices);
    let Some(own) = own else { return Ok(Prices::builtin()) };
    let origin = format!("what {} keeps of it", db.path().display());
    Prices::builtin().with_text(&own, &origin).map_err(|error| Error::Layout(error.to_string()))
}

/// The transcripts that were read before: whose they are need not be found out again. Those of which nothing was read were
/// perhaps taken for another source's.
pub fn known_files(db: &Database) -> Result<KnownFiles> {
    let known = transcripts::known_transcripts(db)?.into_iter().filter(|known| known.read_to > 0);
    let known = known.filter_map(|known| {
        let (source, path) = (Source::from_name(&known.source)?, PathBuf::from(known.path));
        let file =
            FoundFile { source, path: path.clone(), size: known.size as u64, modified: known.modified };
        Some((path, file))
    });
    Ok(known.collect())
}

/// Notes that the patterns of all rows of this import are recorded.
pub fn note_detected(db: &Database, revision: i64) -> Result<()> {
    db.write(|tx| match transcripts::current_state(tx)? {
        Some(state) if state.revision == revision && state.is_complete && !state.is_detected => {
            transcripts::put_state(tx, &ImportState { is_detected: true, ..state })
        }
        _ => Ok(()),
    })
}

/// Whether the rows are what this import would make of the transcripts.
fn is_settled(state: &ImportState, plan: &ImportPlan<'_>, rules: &RuleSet) -> bool {
    let has_turns = state.since.is_none_or(|since| plan.since.is_some_and(|wanted| wanted >= since));
    state.is_complete
        && has_turns
        && state.priced_with == plan.prices.hash
        && state.named_with == rules.hash()
}

/// Puts together what all transcripts say, and writes the rows that differ.
fn put_together(gathering: &mut Gathering<'_, '_>, db: &Database) -> Result<()> {
    loop {
        let state = transcripts::import_state(db)?.unwrap_or_default();
        let all = gathering.facts(Some(db), state.revision)?;
        let groups: Vec<_> = groups(&all.facts).into_iter().map(GroupTurns::of).collect();
        if db.interrupted() {
            return Err(Error::Interrupted);
        }
        let plan = gathering.plan;
        let is_known_needed = plan.since.is_some() || !all.lost.is_empty();
        let known = if is_known_needed { KnownRows::of(db)? } else { KnownRows::default() };
        let turns = groups.iter().flat_map(|group| group.turns(plan, &known));
        let kept = kept_workflows(db, &all.lost, turns)?;
        // Else another import has changed something meanwhile.
        if let Some((changes, state)) =
            write(db, plan, &Assembled { groups: &groups, known, kept: &kept, state })?
        {
            gathering.summary.kept = (all.lost.len() as u64, kept.len() as u64);
            let ImportChanges { workflows, calls, commands, .. } = changes;
            let summary = &mut gathering.summary;
            (summary.workflows, summary.calls, summary.commands) = (workflows, calls, commands);
            (summary.revision, summary.is_detected) = (state.revision, state.is_detected);
            let made = groups.into_iter().filter_map(|group| group.history.into_inner());
            summary.duplicates = Some(made.map(|history| history.duplicates).sum());
            return Ok(());
        }
    }
}

/// Transcripts, and their turns once these are put together.
struct GroupTurns<'a> {
    transcripts: Vec<&'a KeptFacts>,
    history: OnceLock<History<'a>>,
}

impl<'a> GroupTurns<'a> {
    fn of(transcripts: Vec<&'a KeptFacts>) -> Self {
        Self { transcripts, history: OnceLock::new() }
    }

    fn turns(&self, plan: &ImportPlan<'_>, known: &KnownRows) -> &[Turn<'a>] {
        let made = || plan.wanted(history_of(&self.transcripts, plan.prices), known);
        &self.history.get_or_init(made).turns
    }
}

/// How many groups' rows may wait to be written.
const WAITING: usize = 4;

/// What is to be written.
struct Assembled<'g, 'a> {
    groups: &'g [GroupTurns<'a>],
    known: KnownRows,
    kept: &'g HashSet<String>,
    /// What the file's rows were made with when it was read.
    state: ImportState,
}

/// Writes the rows that differ; `None` where another import has changed the file since it was read.
fn write<'g, 'a>(
    db: &Database,
    plan: &ImportPlan<'_>,
    assembled: &'g Assembled<'g, 'a>,
) -> Result<Option<(ImportChanges, ImportState)>> {
    let Assembled { groups, known, kept, state: read } = assembled;
    let keeping = Keeping::of(db)?;
    let rules = (plan.rules)();
    db.write(|tx| {
        calls::create_tables(tx)?;
        let state = transcripts::current_state(tx)?.unwrap_or_default();
        if state != *read {
            return Ok(None);
        }
        // Other threads put turns together and make rows of them, this one writes them, in the same order every time.
        let new_worker = || {
            let mut maker = RowMaker::new(&keeping, rules, kept);
            move |group: &'g GroupTurns<'a>| maker.rows(group.turns(plan, known))
        };
        let changes = map_in_parallel(groups, WAITING, new_worker, |rows| {
            row_writer::write_rows(tx, kept, in_order(rows))
        })?;
        let is_same = changes == ImportChanges::default() && state.named_with == rules.hash();
        let state = ImportState {
            is_complete: true,
            since: plan.since,
            is_detected: state.is_detected && is_same,
            own_prices: plan.prices.own.clone(),
            priced_with: plan.prices.hash.clone(),
            named_with: rules.hash().to_owned(),
            categories: rules.command_categories(),
            ..state
        };
        transcripts::put_state(tx, &state)?;
        Ok(Some((changes, state)))
    })
}

/// What turns add up to, for a dry run.
fn sums(turns: &[Turn<'_>]) -> ImportTotals {
    let mut totals = ImportTotals { turns: turns.len() as u64, ..ImportTotals::default() };
    let mut models = ModelTotals::default();
    for turn in turns {
        totals.unattributed += u64::from(turn.unattributed);
        totals.commands += turn.commands.len() as u64;
        let start = turn.start.map(|start| start.to_string());
        totals.first = [totals.first.take(), start.clone()].into_iter().flatten().min();
        totals.last = totals.last.take().max(start);
        for call in uses(turn) {
            models.add(&call);
        }
    }
    totals.models = models.rows();
    totals
}

/// What is added up by model: the calls, or what a run's result line says in their place.
fn uses<'t>(turn: &'t Turn<'_>) -> Vec<CallUse<'t>> {
    let used = |model, calls, tokens: Tokens, cost| {
        let (source, tokens) = (turn.source.name(), tokens.by_kind());
        CallUse { calls, source, model, tokens, cost: believed_cost(cost) }
    };
    match turn.told_by {
        ToldBy::Calls => turn.calls.iter().map(|call| used(call.model, 1, call.tokens, call.cost)).collect(),
        ToldBy::ResultLine => {
            let models = turn.models.iter();
            models.map(|usage| used(usage.model, usage.calls, usage.tokens, usage.known_cost())).collect()
        }
    }
}
