//! The calls of one file: the lines of one answer put together, and which results each call is the first to read.

use hashbrown::HashMap;

use super::facts::{CallFact, Segment, ToolFact, ToolId, tool_id};

/// Where calls and tool uses of a file stand.
#[derive(Debug, Default)]
pub struct CallIndex {
    reading: Reading,
    /// By key: the segment's position, and the call's within it.
    calls: HashMap<String, (usize, usize)>,
    /// By the id that stands in the file: the last use of each conversation.
    uses: HashMap<String, Vec<NotedUse>>,
    /// Results that no call has read yet, by conversation: the file's own, or a sub-agent's within it.
    unread: HashMap<Option<String>, Vec<ToolId>>,
}

/// Which lines of an answer read the results that stand before them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reading {
    /// The first: an answer that has begun cannot know of a result that comes later.
    #[default]
    FirstLine,
    /// Each: lines without times do not tell when the answer began.
    EveryLine,
}

/// A tool use of a file.
#[derive(Clone, Debug)]
pub struct NotedUse {
    conversation: Option<String>,
    /// Its number.
    pub number: ToolId,
    /// What it was.
    pub tool: UsedTool,
}

/// What a tool use was, where that says what its errors mean.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum UsedTool {
    /// No shell.
    #[default]
    Other,
    /// A shell line.
    Shell(String),
    /// Stops a shell: most of its errors are races.
    KillShell,
}

/// Where a call belongs.
#[derive(Clone, Copy, Debug)]
pub struct CallPlace<'a> {
    /// The segment's position.
    pub segment: usize,
    /// The conversation within the file.
    pub conversation: Option<&'a str>,
}

/// Where a tool is used.
#[derive(Clone, Copy, Debug)]
pub struct UsePlace<'a> {
    /// What names the call, in every file that shows it.
    pub call: &'a str,
    /// The conversation within the file.
    pub conversation: Option<&'a str>,
}

/// The number of the tool use that has this id in a call: programs number tool uses anew in each conversation, and some
/// in each answer.
pub fn number_of_use(call: &str, id: &str) -> ToolId {
    tool_id(&[call, "\n", id].concat())
}

impl CallIndex {
    /// An empty index.
    pub fn new(reading: Reading) -> Self {
        Self { reading, ..Self::default() }
    }

    /// Adds one line of an answer, which reads what is unread: to the call that it continues, or as a new one.
    pub fn add(&mut self, segments: &mut [Segment], place: CallPlace<'_>, mut call: CallFact) {
        call.lines = call.lines.max(1);
        let known = self.calls.get(&call.key);
        if (known.is_none() || self.reading == Reading::EveryLine)
            && let Some(unread) = self.unread.get_mut(&place.conversation.map(str::to_owned))
        {
            call.reads.append(unread);
        }
        if let Some((segment, position)) = known {
            return absorb(&mut segments[*segment].calls[*position], call);
        }
        let calls = &mut segments[place.segment].calls;
        self.calls.insert(call.key.clone(), (place.segment, calls.len()));
        calls.push(call);
    }

    /// How many calls there are.
    pub fn count(&self) -> usize {
        self.calls.len()
    }

    /// The call with this key, as far as it was read.
    pub fn call<'s>(&self, segments: &'s [Segment], key: &str) -> Option<&'s CallFact> {
        self.calls.get(key).map(|(segment, position)| &segments[*segment].calls[*position])
    }

    /// Remembers a tool use with this id in a call; answers its number.
    pub fn note_use(&mut self, id: &str, place: UsePlace<'_>, tool: UsedTool) -> ToolId {
        let number = number_of_use(place.call, id);
        let uses = self.uses.entry(id.to_owned()).or_default();
        let known = uses.iter().position(|noted| noted.conversation.as_deref() == place.conversation);
        let last = known.map(|at| uses.remove(at)).filter(|noted| noted.number == number);
        let conversation = place.conversation.map(str::to_owned);
        uses.push(last.unwrap_or(NotedUse { conversation, number, tool }));
        number
    }

    /// The last tool use with this id in a conversation, else in any conversation of the file.
    pub fn last_use(&self, id: &str, conversation: Option<&str>) -> Option<&NotedUse> {
        let uses = self.uses.get(id)?;
        uses.iter().find(|noted| noted.conversation.as_deref() == conversation).or(uses.last())
    }

    /// Another session begins, which has none of the results before it.
    pub fn begin_session(&mut self) {
        self.unread.clear();
    }

    /// Notes that a result waits to be read.
    pub fn note_result(&mut self, conversation: Option<&str>, id: ToolId) {
        self.unread.entry(conversation.map(str::to_owned)).or_default().push(id);
    }
}

/// Puts another line or copy of the same answer into `call`: the fullest usage counts, tool uses and readings are joined.
pub fn absorb<S>(call: &mut CallFact<S>, other: CallFact<S>) {
    let rank =
        |call: &CallFact<S>| (!call.lacks_usage, call.tokens.output, call.tokens.total(), !call.sidechain);
    if rank(&other) > rank(call) {
        call.tokens = other.tokens;
        call.lacks_usage = other.lacks_usage;
        call.fast = other.fast;
        call.searches = other.searches;
        call.model = other.model.or(call.model.take());
    }
    call.sidechain &= other.sidechain;
    call.at = [call.at, other.at].into_iter().flatten().min();
    call.cost = [call.cost, other.cost].into_iter().flatten().reduce(f64::max);
    call.lines += other.lines;
    join(&mut call.tools, other.tools, |tool: &ToolFact<S>| tool.id);
    join(&mut call.reads, other.reads, |id| *id);
}

fn join<T>(list: &mut Vec<T>, more: Vec<T>, key: impl Fn(&T) -> ToolId) {
    for item in more {
        if !list.iter().any(|known| key(known) == key(&item)) {
            list.push(item);
        }
    }
}
