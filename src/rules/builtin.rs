//! The rule sets that flowmine brings.

use std::iter;

/// The files of `default` beside `default.toml`, in the order it includes them.
const PARTS: [(&str, &str); 39] = [
    ("language.toml", include_str!("default/language.toml")),
    ("words.toml", include_str!("default/words.toml")),
    ("test.toml", include_str!("default/test.toml")),
    ("build.toml", include_str!("default/build.toml")),
    ("format.toml", include_str!("default/format.toml")),
    ("git.toml", include_str!("default/git.toml")),
    ("release.toml", include_str!("default/release.toml")),
    ("deps.toml", include_str!("default/deps.toml")),
    ("docs.toml", include_str!("default/docs.toml")),
    ("database.toml", include_str!("default/database.toml")),
    ("infra.toml", include_str!("default/infra.toml")),
    ("deploy.toml", include_str!("default/deploy.toml")),
    ("security.toml", include_str!("default/security.toml")),
    ("review.toml", include_str!("default/review.toml")),
    ("targets.toml", include_str!("default/targets.toml")),
    ("commands.toml", include_str!("default/commands.toml")),
    ("errors.toml", include_str!("default/errors.toml")),
    ("templates.toml", include_str!("default/templates.toml")),
    ("everyday.toml", include_str!("default/everyday.toml")),
    ("lang-ar.toml", include_str!("default/lang-ar.toml")),
    ("lang-de.toml", include_str!("default/lang-de.toml")),
    ("lang-en.toml", include_str!("default/lang-en.toml")),
    ("lang-es.toml", include_str!("default/lang-es.toml")),
    ("lang-fr.toml", include_str!("default/lang-fr.toml")),
    ("lang-hi.toml", include_str!("default/lang-hi.toml")),
    ("lang-id.toml", include_str!("default/lang-id.toml")),
    ("lang-it.toml", include_str!("default/lang-it.toml")),
    ("lang-ja.toml", include_str!("default/lang-ja.toml")),
    ("lang-ko.toml", include_str!("default/lang-ko.toml")),
    ("lang-nl.toml", include_str!("default/lang-nl.toml")),
    ("lang-pl.toml", include_str!("default/lang-pl.toml")),
    ("lang-pt.toml", include_str!("default/lang-pt.toml")),
    ("lang-ru.toml", include_str!("default/lang-ru.toml")),
    ("lang-sv.toml", include_str!("default/lang-sv.toml")),
    ("lang-tr.toml", include_str!("default/lang-tr.toml")),
    ("lang-uk.toml", include_str!("default/lang-uk.toml")),
    ("lang-vi.toml", include_str!("default/lang-vi.toml")),
    ("lang-zh.toml", include_str!("default/lang-zh.toml")),
    ("verb-last.toml", include_str!("default/verb-last.toml")),
];

/// The text of a built-in rule set's first file.
pub(crate) fn text(name: &str) -> Option<&'static str> {
    match name {
        "default" => Some(include_str!("default/default.toml")),
        "tac-webbuilder" => Some(include_str!("tac-webbuilder.toml")),
        _ => None,
    }
}

/// What errors and explanations call that file.
pub(crate) fn origin(name: &str) -> String {
    match name {
        "default" => part_origin("default.toml"),
        other => format!("{other}.toml"),
    }
}

/// The files of a built-in rule set: what errors and explanations call each, and its text.
pub(crate) fn files(name: &str) -> Option<impl Iterator<Item = (String, &'static str)>> {
    let first = (origin(name), text(name)?);
    let parts: &[_] = if name == "default" { &PARTS } else { &[] };
    Some(iter::once(first).chain(parts.iter().map(|(name, text)| (part_origin(name), *text))))
}

/// The text of a part of `default`.
pub(crate) fn part(name: &str) -> Option<&'static str> {
    PARTS.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// What errors and explanations call that part.
pub(crate) fn part_origin(name: &str) -> String {
    format!("default/{name}")
}
