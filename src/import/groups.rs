//! Which transcripts say something of one another. Those that share a name (a session, a prompt, a message, a tool use)
//! stand in one group, so that each group's turns can be put together by themselves, on any thread.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashMap};

use super::facts::{KeptFacts, ToolId, Transcript, message};
use super::turn::Source;
use crate::parallel::map_in_parallel;

/// The least number of files in a group, so that a thread has enough to do.
const FILES_AT_ONCE: usize = 16;

/// Divides transcripts into groups, in the order of their first paths; a group is sorted by path.
pub fn groups(files: &[KeptFacts]) -> Vec<Vec<&KeptFacts>> {
    let mut kept: Vec<_> = files.iter().collect();
    kept.sort_by_key(|kept| &kept.path);
    let mut by_first: Vec<Vec<&KeptFacts>> = kept.iter().map(|_| Vec::new()).collect();
    for (first, kept) in roots(&kept).into_iter().zip(kept) {
        by_first[first].push(kept);
    }
    let mut groups: Vec<Vec<&KeptFacts>> = Vec::new();
    for linked in by_first.into_iter().filter(|linked| !linked.is_empty()) {
        match groups.last_mut().filter(|group| group.len() < FILES_AT_ONCE) {
            Some(group) => group.extend(linked),
            None => groups.push(linked),
        }
    }
    for group in &mut groups {
        group.sort_by_key(|kept| &kept.path);
    }
    groups
}

/// For each file the first one that it is linked with, perhaps through others.
fn roots(files: &[&KeptFacts]) -> Vec<usize> {
    let hasher = DefaultHashBuilder::default();
    let names_of = |kept: &&KeptFacts| kept.read().map(|transcript| names(&transcript, &hasher));
    let mut roots: Vec<usize> = (0..files.len()).collect();
    let mut named: HashMap<u64, usize> = HashMap::new();
    map_in_parallel(
        files,
        FILES_AT_ONCE,
        || names_of,
        |names| {
            for (file, names) in names {
                for name in names.unwrap_or_default() {
                    let first = *named.entry(name).or_insert(file);
                    union(&mut roots, file, first);
                }
            }
        },
    );
    (0..files.len()).map(|file| find_root(&mut roots, file)).collect()
}

fn union(roots: &mut [usize], one: usize, other: usize) {
    let (one, other) = (find_root(roots, one), find_root(roots, other));
    roots[one.max(other)] = one.min(other);
}

fn find_root(roots: &mut [usize], mut file: usize) -> usize {
    while roots[file] != file {
        roots[file] = roots[roots[file]];
        file = roots[file];
    }
    file
}

/// What a transcript may share with others, hashed: a session, thread, agent, prompt, message, line or tool use. That two
/// names are taken for one makes a group larger, and nothing else.
fn names(transcript: &Transcript<&str>, hasher: &DefaultHashBuilder) -> Vec<u64> {
    let text = |text: &str| hasher.hash_one(text);
    let tool = |tool: &ToolId| hasher.hash_one(tool);
    let mut names = vec![text(transcript.thread)];
    names.extend(transcript.parent.iter().map(|parent| text(parent.thread)));
    // Which runs are one workflow is known only from the target file, so all runs go into one group.
    names.extend((transcript.source == Source::Adw).then(|| text(Source::Adw.name())));
    for segment in &transcript.segments {
        names.extend(segment.turn.map(text));
        names.extend(segment.launched_by.iter().map(tool));
        names.extend(segment.agents.iter().flat_map(|(agent, launched)| [text(agent), tool(launched)]));
        names.extend(segment.loose_tools.iter().map(|used| tool(&used.id)));
        names.extend(segment.results.iter().map(|result| tool(&result.id)));
        for call in &segment.calls {
            names.push(text(message(call.key)));
            // Many lines may have no id.
            names.extend(call.uuid.filter(|uuid| !uuid.is_empty()).map(text));
            // What it reads are results of the same transcript.
            names.extend(call.tools.iter().map(|used| tool(&used.id)));
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::facts::{CallFact, Segment, ToolFact};

    fn transcript(thread: &str, call: &str, tool: ToolId) -> Transcript {
        let tools = vec![ToolFact { id: tool, ..ToolFact::default() }];
        let calls = vec![CallFact { key: format!("claude:{call}:request"), tools, ..CallFact::default() }];
        let segments = vec![Segment { calls, ..Segment::default() }];
        Transcript { thread: thread.to_owned(), segments, ..Transcript::default() }
    }

    fn kept(transcripts: &[Transcript]) -> Vec<KeptFacts> {
        let kept = |(at, transcript): (usize, &Transcript)| KeptFacts {
            path: format!("{at:02}.jsonl"),
            bytes: transcript.to_bytes().unwrap().into(),
        };
        transcripts.iter().enumerate().map(kept).collect()
    }

    fn roots_of(transcripts: &[Transcript]) -> Vec<usize> {
        roots(&kept(transcripts).iter().collect::<Vec<_>>())
    }

    #[test]
    fn transcripts_are_linked_by_what_they_share_also_through_others() {
        let mut files = vec![
            transcript("a", "m1", 1),
            transcript("b", "m2", 2),
            transcript("c", "m3", 3),
            transcript("d", "m4", 4),
        ];
        assert_eq!(roots_of(&files), [0, 1, 2, 3]);
        files[3].segments[0].calls[0].key = "claude:m2:other".to_owned();
        files[1].segments[0].launched_by = Some(1);
        assert_eq!(roots_of(&files), [0, 0, 2, 0]);
    }

    #[test]
    fn files_that_share_nothing_stand_in_groups_that_are_worth_a_threads_while() {
        let mut files: Vec<_> =
            (0..40).map(|n| transcript(&format!("s{n:02}"), &format!("m{n}"), n)).collect();
        files[39].thread = "s00".to_owned();
        let kept = kept(&files);
        let groups = groups(&kept);
        assert_eq!(groups.iter().map(Vec::len).collect::<Vec<_>>(), [16, 16, 8]);
        assert!(groups.iter().all(|group| group.is_sorted_by_key(|kept| &kept.path)));
        assert_eq!(groups[0].last().map(|kept| kept.path.as_str()), Some("39.jsonl"));
    }
}
