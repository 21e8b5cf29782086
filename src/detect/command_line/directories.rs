//! Which part of the project directories and paths name.

use super::model::{DirectoryNames, DirectoryNumber};

/// The longest word that can be a directory's name in the rules.
const LONGEST: usize = 64;

/// The directory of the rules that a path names: of a relative path the first, of an absolute one the last, because
/// that one begins with directories that have nothing to do with the project.
pub(super) fn named_by(names: &DirectoryNames, path: &str) -> Option<DirectoryNumber> {
    if is_absolute(path) {
        return path.rsplit(is_separator).find_map(|part| look_up(names, part));
    }
    path.split(is_separator).find_map(|part| named_in(names, part))
}

/// The directory that one part of a relative path names, as a word of it: `web-app`.
fn named_in(names: &DirectoryNames, part: &str) -> Option<DirectoryNumber> {
    let words = || part.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() < part.len());
    look_up(names, part).or_else(|| words().find_map(|word| look_up(names, word)))
}

fn look_up(names: &DirectoryNames, word: &str) -> Option<DirectoryNumber> {
    if word.is_empty() || word.len() > LONGEST {
        return None;
    }
    if word.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return names.get_index_of(word.to_ascii_lowercase().as_str());
    }
    names.get_index_of(word)
}

fn is_separator(letter: char) -> bool {
    matches!(letter, '/' | '\\' | ':')
}

/// `/srv`, `~/work`, `C:\work`, `$HOME/work`
fn is_absolute(path: &str) -> bool {
    path.starts_with(['/', '~', '$', '\\']) || path.as_bytes().get(1) == Some(&b':')
}

/// Where the commands of a text are run: what `cd` said so far.
#[derive(Clone, Debug)]
pub(super) struct WorkingDirectory {
    /// Every directory entered so far: the one above it, and what its path names.
    entered: Vec<(usize, Option<DirectoryNumber>)>,
    current: usize,
    before: usize,
}

impl Default for WorkingDirectory {
    fn default() -> Self {
        Self { entered: vec![(0, None)], current: 0, before: 0 }
    }
}

impl WorkingDirectory {
    /// What its path names.
    pub(super) fn named(&self) -> Option<DirectoryNumber> {
        self.entered[self.current].1
    }

    /// `cd PATH`, `cd ..`, `cd -`
    pub(super) fn change(&mut self, names: &DirectoryNames, path: &str) {
        if path == "-" {
            return self.change_back();
        }
        self.before = self.current;
        let absolute = is_absolute(path);
        if absolute {
            self.current = 0;
        }
        for part in path.split(is_separator) {
            match part {
                "" | "." => {}
                ".." => self.current = self.entered[self.current].0,
                _ if absolute => self.enter(look_up(names, part).or(self.named())),
                _ => self.enter(self.named().or_else(|| named_in(names, part))),
            }
        }
    }

    /// Back to where it was before the last change; a second time, there again.
    pub(super) fn change_back(&mut self) {
        std::mem::swap(&mut self.current, &mut self.before);
    }

    fn enter(&mut self, named: Option<DirectoryNumber>) {
        self.entered.push((self.current, named));
        self.current = self.entered.len() - 1;
    }

    /// A mark to come back to with [`Self::set`].
    pub(super) fn get(&self) -> (usize, usize) {
        (self.current, self.before)
    }

    /// Goes back to a mark.
    pub(super) fn set(&mut self, mark: (usize, usize)) {
        (self.current, self.before) = mark;
    }
}
