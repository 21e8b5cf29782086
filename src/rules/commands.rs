//! The tables of a rules file that say what command lines are: `[[command]]`, `[[wrapper]]`, `[[runner]]`,
//! `[[program]]` and `[command_line]`.

use std::ops::Not;

use hashbrown::HashSet;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::source::LocatedText;

/// The tables about command lines, of one file or of all files of a rule set.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct CommandTables {
    #[serde(rename = "command")]
    pub commands: Vec<CommandRule>,
    #[serde(rename = "wrapper")]
    pub wrappers: Vec<WrapperRule>,
    #[serde(rename = "runner")]
    pub runners: Vec<RunnerRule>,
    #[serde(rename = "program")]
    pub programs: Vec<ProgramRule>,
    #[serde(rename = "command_line")]
    pub settings: CommandLineTable,
}

/// `[[command]]`: which lines and scripts are an operation.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CommandRule {
    /// `category:subcategory`, with the target of the category's operation, or with one of its own.
    pub signature: LocatedText,
    /// Forget the commands with this signature of the rules that are extended.
    #[serde(default, skip_serializing)]
    pub off: bool,
    #[serde(default)]
    pub lines: Vec<LocatedText>,
    #[serde(default)]
    pub scripts: Vec<LocatedText>,
}

/// `[[wrapper]]`: what stands before another command and runs it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WrapperRule {
    pub lines: Vec<LocatedText>,
    /// Flags that the command follows: `-m` of python.
    #[serde(default)]
    pub command_flags: Vec<LocatedText>,
    /// Flags whose value is a command line: `-c` of sh.
    #[serde(default)]
    pub line_flags: Vec<LocatedText>,
    /// Flags with which it runs no command.
    #[serde(default)]
    pub not_with: Vec<LocatedText>,
    /// How many words stand between it and the command.
    pub skip: Option<Spanned<u64>>,
    /// Its words are not the command: only a flag leads to one.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub only_after_flags: bool,
    /// Each of its words is a command line.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub line_operands: bool,
    /// It reads commands from a here document.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub reads_input: bool,
    /// The program whose arguments its words are: `yarn` for `yarn workspace api`.
    pub program: Option<LocatedText>,
}

/// `[[runner]]`: what runs scripts or targets by name.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RunnerRule {
    pub lines: Vec<LocatedText>,
    /// All of its words are names of scripts, not the first only.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub every_word: bool,
    /// Flags whose value names a script: `-e` of tox.
    #[serde(default)]
    pub script_flags: Vec<LocatedText>,
    #[serde(default)]
    pub renames: Vec<RenameRule>,
}

/// One of a runner's `renames`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RenameRule {
    pub from: LocatedText,
    pub to: LocatedText,
}

/// `[[program]]`: how flags of programs are read.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProgramRule {
    pub names: Vec<LocatedText>,
    #[serde(default)]
    pub value_flags: Vec<LocatedText>,
    #[serde(default)]
    pub directory_flags: Vec<LocatedText>,
    #[serde(default)]
    pub flag_marks: Vec<LocatedText>,
}

/// `[command_line]`: what holds for all command lines.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct CommandLineTable {
    pub change_directory: Vec<LocatedText>,
    pub change_back: Vec<LocatedText>,
    pub about_flags: Vec<LocatedText>,
    pub run_verbs: Vec<LocatedText>,
    pub powershell: Vec<LocatedText>,
}

impl CommandTables {
    /// Adds those of a later file. Its tables go before the earlier ones, because the first that fits counts; the lists of
    /// `[command_line]` are joined.
    pub(crate) fn add(&mut self, later: Self) {
        let Self { commands, wrappers, runners, programs, mut settings } = later;
        let (off, on): (Vec<_>, Vec<_>) = commands.into_iter().partition(|rule| rule.off);
        let off: HashSet<&str> = off.iter().map(|rule| rule.signature.value.as_str()).collect();
        self.commands.retain(|rule| !off.contains(rule.signature.value.as_str()));
        self.commands.splice(0..0, on);
        self.wrappers.splice(0..0, wrappers);
        self.runners.splice(0..0, runners);
        self.programs.splice(0..0, programs);
        for (list, added) in self.settings.lists_mut().into_iter().zip(settings.lists_mut()) {
            list.append(added);
        }
    }
}

impl CommandRule {
    pub(super) fn each_text(&mut self, visit: &mut impl FnMut(&mut LocatedText)) {
        visit(&mut self.signature);
        [&mut self.lines, &mut self.scripts].into_iter().flatten().for_each(visit);
    }
}

impl WrapperRule {
    pub(super) fn each_text(&mut self, visit: &mut impl FnMut(&mut LocatedText)) {
        let Self { lines, command_flags, line_flags, not_with, program, .. } = self;
        [lines, command_flags, line_flags, not_with].into_iter().flatten().chain(program).for_each(visit);
    }
}

impl RunnerRule {
    pub(super) fn each_text(&mut self, visit: &mut impl FnMut(&mut LocatedText)) {
        [&mut self.lines, &mut self.script_flags].into_iter().flatten().for_each(&mut *visit);
        self.renames.iter_mut().flat_map(|rename| [&mut rename.from, &mut rename.to]).for_each(visit);
    }
}

impl ProgramRule {
    pub(super) fn each_text(&mut self, visit: &mut impl FnMut(&mut LocatedText)) {
        let Self { names, value_flags, directory_flags, flag_marks } = self;
        [names, value_flags, directory_flags, flag_marks].into_iter().flatten().for_each(visit);
    }
}

impl CommandLineTable {
    /// The lists, in the order of the keys.
    pub(super) fn lists_mut(&mut self) -> [&mut Vec<LocatedText>; 5] {
        let Self { change_directory, change_back, about_flags, run_verbs, powershell } = self;
        [change_directory, change_back, about_flags, run_verbs, powershell]
    }
}
