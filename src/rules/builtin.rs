//! The rule sets that flowmine brings.

/// A file: what errors and explanations call it, and its text.
type BuiltinFile = (&'static str, &'static str);

macro_rules! files {
    ($($path:literal),* $(,)?) => { &[$(($path, include_str!($path))),*] };
}

/// The files of `default`, in the order in which the first includes the others.
const DEFAULT: &[BuiltinFile] = files![
    "default/default.toml",
    "default/language.toml",
    "default/words.toml",
    "default/test.toml",
    "default/build.toml",
    "default/format.toml",
    "default/git.toml",
    "default/release.toml",
    "default/deps.toml",
    "default/docs.toml",
    "default/database.toml",
    "default/infra.toml",
    "default/deploy.toml",
    "default/security.toml",
    "default/review.toml",
    "default/targets.toml",
    "default/commands.toml",
    "default/errors.toml",
    "default/templates.toml",
    "default/everyday.toml",
    "default/lang-ar.toml",
    "default/lang-de.toml",
    "default/lang-en.toml",
    "default/lang-es.toml",
    "default/lang-fr.toml",
    "default/lang-hi.toml",
    "default/lang-id.toml",
    "default/lang-it.toml",
    "default/lang-ja.toml",
    "default/lang-ko.toml",
    "default/lang-nl.toml",
    "default/lang-pl.toml",
    "default/lang-pt.toml",
    "default/lang-ru.toml",
    "default/lang-sv.toml",
    "default/lang-tr.toml",
    "default/lang-uk.toml",
    "default/lang-vi.toml",
    "default/lang-zh.toml",
    "default/verb-last.toml",
];

const TAC_WEBBUILDER: &[BuiltinFile] = files!["tac-webbuilder.toml"];

/// The files of a built-in rule set.
pub(crate) fn files(name: &str) -> Option<&'static [BuiltinFile]> {
    match name {
        "default" => Some(DEFAULT),
        "tac-webbuilder" => Some(TAC_WEBBUILDER),
        _ => None,
    }
}

/// The first file of a built-in rule set, which includes the others.
pub(crate) fn first(name: &str) -> Option<BuiltinFile> {
    files(name)?.first().copied()
}

/// A file of `default`, by the name with which another one includes it.
pub(crate) fn part(name: &str) -> Option<BuiltinFile> {
    DEFAULT.iter().copied().find(|(path, _)| path.strip_prefix("default/") == Some(name))
}
