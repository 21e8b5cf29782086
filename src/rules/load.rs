//! From a name or a file to a rule set: what it extends first, then the file, then what it includes.

use std::collections::HashSet;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::builtin;
use super::check::FileRole;
use super::error::RulesError;
use super::format::RulesFile;
use super::hint::did_you_mean;
use super::merge::{MergedRules, Rules};
use super::source::{LocatedText, RulesText};
use super::unnamed_lists;
use crate::input;
use crate::signature::Signature;

/// The most files one rule set is made of.
const MOST_FILES: usize = 100;

/// The most bytes that the files which others name have together.
const MOST_BYTES: usize = 4_000_000;

/// Why a rules file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// It cannot be read.
    #[error(transparent)]
    Read(#[from] std::io::Error),
    /// It is no rule set.
    #[error(transparent)]
    Rules(#[from] RulesError),
}

/// A built-in rule set by name.
pub(crate) fn builtin(name: &str) -> Option<Result<Rules, RulesError>> {
    let (origin, text) = builtin::first(name)?;
    Some(assemble(RulesText::new(origin, text), &Folder::BuiltIn))
}

/// Which operations a built-in rule set has, and which of them take judgement.
#[derive(Default)]
pub(crate) struct OperationsAlone {
    categories: HashSet<&'static str>,
    /// Of the few files that say what takes judgement.
    rules: Rules,
}

impl OperationsAlone {
    /// Whether a signature's operation takes judgement rather than a script; `None`: it has none here.
    pub(crate) fn need_judgement(&self, signature: &Signature) -> Option<bool> {
        let is_known = self.categories.contains(signature.category());
        is_known.then(|| self.rules.needs_judgement(signature).unwrap_or(false))
    }
}

/// The operations of a built-in rule set. Only the few files that say which take judgement are read whole.
pub(crate) fn builtin_operations(name: &str) -> Option<Result<OperationsAlone, RulesError>> {
    let files = builtin::files(name)?;
    let categories = files.iter().flat_map(|(_, text)| text.lines().filter_map(category)).collect();
    let saying = files.iter().filter(|(_, text)| text.contains("needs_judgement"));
    let rules = joined(saying.map(|&(origin, text)| RulesText::new(origin, text)));
    Some(rules.map(|rules| OperationsAlone { categories, rules }))
}

/// The rules of parts of a rule set.
fn joined(mut parts: impl Iterator<Item = RulesText>) -> Result<Rules, RulesError> {
    let mut joined = MergedRules::default();
    parts.try_for_each(|part| joined.add(part.read()?, FileRole::Included, part))?;
    joined.finish()
}

/// The category of an operation, where a line of a built-in file names one.
fn category(line: &'static str) -> Option<&'static str> {
    line.strip_prefix("category = \"")?.strip_suffix('"')
}

/// The rule set of a text. It may extend a built-in rule set, but no file.
pub(crate) fn parse(text: &str, origin: &str) -> Result<Rules, RulesError> {
    assemble(RulesText::new(origin, text), &Folder::None)
}

/// The rule set of a file, with the files that it extends and includes.
pub(crate) fn file(path: &Path) -> Result<Rules, LoadError> {
    let (source, folder) = read(path)?;
    Ok(assemble(source, &folder)?)
}

/// The text of a file, and where those that it names are looked for.
fn read(path: &Path) -> io::Result<(RulesText, Folder)> {
    let text = input::read_text(path, input::MOST_RULES)?;
    let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
    Ok((RulesText::new(path.display().to_string(), text), Folder::Directory(folder)))
}

/// Where a file is that another one names: './a.toml' is 'a.toml'.
fn beside(folder: &Path, name: &str) -> PathBuf {
    let parts = Path::new(name).components().filter(|part| *part != Component::CurDir);
    folder.join(parts.collect::<PathBuf>())
}

/// Where the other files of a rule set are looked for.
#[derive(Clone)]
enum Folder {
    BuiltIn,
    Directory(PathBuf),
    /// Nowhere: the text is no file.
    None,
}

fn assemble(source: RulesText, folder: &Folder) -> Result<Rules, RulesError> {
    let origins = vec![source.origin.clone()];
    let mut loader = Loader { joined: MergedRules::default(), origins, bytes: 0 };
    loader.add(source, FileRole::Whole, folder)?;
    let mut rules = loader.joined.finish()?;
    if rules.asked > 0 {
        unnamed_lists::leave_out(&mut rules);
    }
    Ok(rules)
}

struct Loader {
    joined: MergedRules,
    /// What errors call the files read so far, to find one that extends or includes itself.
    origins: Vec<String>,
    /// The bytes of the files that others name, without the built-in ones.
    bytes: usize,
}

impl Loader {
    fn add(&mut self, source: RulesText, role: FileRole, folder: &Folder) -> Result<(), RulesError> {
        let file: RulesFile = source.read()?;
        match (&file.extends, role) {
            (Some(name), FileRole::Whole) => {
                let (base, folder) = self.extended(name, &source, folder)?;
                self.add(base, FileRole::Whole, &folder)?;
            }
            (Some(name), FileRole::Included) => self.is_extended(name, &source, folder)?,
            (None, _) => {}
        }
        let mut parts = Vec::new();
        if role == FileRole::Whole {
            for name in &file.include {
                let part = self.other(name, &source, folder)?;
                self.take(&part.0, name, &source)?;
                parts.push(part);
            }
        }
        self.joined.add(file, role, source)?;
        parts.into_iter().try_for_each(|(source, folder)| self.add(source, FileRole::Included, &folder))
    }

    fn extended(
        &mut self,
        name: &LocatedText,
        by: &RulesText,
        folder: &Folder,
    ) -> Result<(RulesText, Folder), RulesError> {
        let found = match builtin::first(&name.value) {
            Some((origin, text)) => (RulesText::new(origin, text), Folder::BuiltIn),
            None => self.other(name, by, folder).map_err(|error| {
                let hint = did_you_mean(&name.value, super::BUILTIN.into_iter());
                error.with(format!("; built in: {}{hint}", super::BUILTIN.join(", ")))
            })?,
        };
        self.take(&found.0, name, by)?;
        Ok(found)
    }

    /// What an included file extends, for those who check it alone, must be extended already.
    fn is_extended(&self, name: &LocatedText, by: &RulesText, folder: &Folder) -> Result<(), RulesError> {
        let origin = match (builtin::first(&name.value), folder) {
            (Some((origin, _)), _) => Some(origin.to_owned()),
            (None, Folder::Directory(folder)) => Some(beside(folder, &name.value).display().to_string()),
            (None, _) => None,
        };
        if origin.is_some_and(|origin| self.origins.contains(&origin)) {
            return Ok(());
        }
        let message =
            format!("'{}' is no part of the rules that include this file: extend it there", name.value);
        Err(by.error_of(name, message))
    }

    /// A file that another one names.
    fn other(
        &mut self,
        name: &LocatedText,
        by: &RulesText,
        folder: &Folder,
    ) -> Result<(RulesText, Folder), RulesError> {
        let found = match folder {
            Folder::BuiltIn => match builtin::part(&name.value) {
                Some((origin, text)) => Ok((RulesText::new(origin, text), Folder::BuiltIn)),
                None => Err("no such part".to_owned()),
            },
            Folder::Directory(folder) => self.read_other(&beside(folder, &name.value)),
            Folder::None => Err("only a file can name others".to_owned()),
        };
        found.map_err(|reason| {
            let message = format!("cannot read '{}': {reason}", name.value.escape_debug());
            by.error_of(name, message)
        })
    }

    /// Reads a file that another one names; an error says why it cannot be.
    fn read_other(&mut self, path: &Path) -> Result<(RulesText, Folder), String> {
        let (source, folder) = read(path).map_err(|error| error.to_string())?;
        self.bytes += source.text.len();
        if self.bytes > MOST_BYTES {
            let most = MOST_BYTES / 1_000_000;
            return Err(format!("with it the other files have more than {most} MB"));
        }
        Ok((source, folder))
    }

    /// Counts a file that another one names; an error where it is one too many, or a part of the rules already.
    fn take(&mut self, source: &RulesText, name: &LocatedText, by: &RulesText) -> Result<(), RulesError> {
        if self.origins.contains(&source.origin) {
            return Err(by.error_of(name, format!("'{}' is already a part of these rules", source.origin)));
        }
        if self.origins.len() >= MOST_FILES {
            return Err(by.error_of(name, format!("more than {MOST_FILES} files make one rule set")));
        }
        self.origins.push(source.origin.clone());
        Ok(())
    }
}
