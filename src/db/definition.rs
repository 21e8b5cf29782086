//! What a `CREATE TABLE` says of each column and of the table, as its program wrote it.

use std::sync::LazyLock;

use regex::Regex;

/// The statements that make the tables flowmine writes.
pub(super) const SCHEMA: &str = include_str!("../../schema.sql");

/// A column: its name as it is written, its type, and its conditions and defaults.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Column {
    pub name: String,
    pub kind: String,
    pub conditions: String,
}

impl Column {
    /// The name that SQLite compares by.
    pub fn key(&self) -> String {
        self.name.trim_matches(['"', '`', '[', ']', '\'']).to_ascii_lowercase()
    }

    pub fn sql(&self) -> String {
        format!("{} {} {}", self.name, self.kind, self.conditions)
    }

    /// Whether it is the table's key.
    pub fn is_key(&self) -> bool {
        self.says("PRIMARY")
    }

    /// Whether SQLite never gives one of its numbers twice.
    pub fn is_autoincrement(&self) -> bool {
        self.says("AUTOINCREMENT")
    }

    fn says(&self, word: &str) -> bool {
        bare_words(&self.conditions).iter().any(|(_, said)| said == word)
    }
}

/// A table's columns, and what is said of the whole: each a text that begins with CONSTRAINT, UNIQUE or the like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Definition {
    pub columns: Vec<Column>,
    pub conditions: Vec<String>,
}

impl Definition {
    /// What `schema.sql` says of a table; nothing where it has no such table.
    pub fn in_schema(table: &str) -> Self {
        let statement = SCHEMA.find(&format!("CREATE TABLE IF NOT EXISTS {table} ("));
        Self::of(statement.map_or("", |at| &SCHEMA[at..]))
    }

    /// Reads a statement that SQLite has accepted.
    pub fn of(sql: &str) -> Self {
        let mut definition = Self::default();
        for part in parts(sql) {
            let words = bare_words(&part);
            let first = words.first().filter(|(at, _)| *at == 0);
            let of_table = ["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"];
            if first.is_some_and(|(_, word)| of_table.contains(&word.as_str())) {
                definition.conditions.push(part);
            } else {
                definition.columns.push(column(&part));
            }
        }
        definition
    }

    /// The same columns with their types alone.
    pub fn without_conditions(&self) -> Self {
        let bare = |column: &Column| Column { conditions: String::new(), ..column.clone() };
        Self { columns: self.columns.iter().map(bare).collect(), conditions: Vec::new() }
    }

    /// The column of this lower-case name.
    pub fn column(&self, key: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.key() == key)
    }
}

fn column(part: &str) -> Column {
    let end = match part.chars().next() {
        Some('[') => part.find(']').map(|end| end + 1),
        Some(quote @ ('"' | '`' | '\'')) => part[1..].find(quote).map(|end| end + 2),
        _ => part.find(char::is_whitespace),
    };
    let (name, rest) = part.split_at(end.unwrap_or(part.len()));
    let begins = [
        "CONSTRAINT",
        "PRIMARY",
        "NOT",
        "NULL",
        "UNIQUE",
        "CHECK",
        "DEFAULT",
        "COLLATE",
        "REFERENCES",
        "GENERATED",
        "AS",
    ];
    let words = bare_words(rest);
    let first = words.iter().find(|(_, word)| begins.contains(&word.as_str()));
    let (kind, conditions) = rest.split_at(first.map_or(rest.len(), |(at, _)| *at));
    Column { name: name.to_owned(), kind: kind.trim().to_owned(), conditions: conditions.trim().to_owned() }
}

/// What stands between the outermost brackets, split at the commas there, without comments.
fn parts(sql: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut depth = 0_usize;
    for piece in pieces(sql) {
        match (piece, depth) {
            ("(", 0) => depth = 1,
            (_, 0) => {}
            (")", 1) => break,
            (",", 1) => parts.push(String::new()),
            _ => {
                depth = inside(piece, depth);
                let is_comment = piece.starts_with("--") || piece.starts_with("/*");
                parts.last_mut().expect("there is a first").push_str(if is_comment { " " } else { piece });
            }
        }
    }
    let parts = parts.iter().map(|part| part.trim().to_owned());
    parts.filter(|part| !part.is_empty()).collect()
}

/// The words outside quotes and brackets, in upper case, each with where it begins.
fn bare_words(text: &str) -> Vec<(usize, String)> {
    let (mut depth, mut at, mut words) = (0, 0, Vec::new());
    for piece in pieces(text) {
        depth = inside(piece, depth);
        if depth == 0 && piece.starts_with(|first: char| first.is_alphabetic() || first == '_') {
            words.push((at, piece.to_ascii_uppercase()));
        }
        at += piece.len();
    }
    words
}

/// How deep in brackets the text is after a piece.
fn inside(piece: &str, depth: usize) -> usize {
    match piece {
        "(" => depth + 1,
        ")" => depth.saturating_sub(1),
        _ => depth,
    }
}

/// Words, quoted texts, comments and single characters: all of the text.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    static PIECE: LazyLock<Regex> = LazyLock::new(|| {
        let piece = r#"(?s)'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|/\*.*?\*/|[\p{L}\p{N}_]+|."#;
        Regex::new(piece).expect("the pattern is one")
    });
    PIECE.find_iter(text).map(|found| found.as_str())
}

#[cfg(test)]
mod tests {
    use super::Definition;

    #[test]
    fn columns_are_told_from_what_is_said_of_the_table() {
        let sql = "CREATE TABLE \"t (x\" (id INT, -- the key, once (\n \"a, b\" VARCHAR(10, 2) NOT NULL DEFAULT ('x,)' || 1),\n \
                   [c d], /* no, */ e CHECK (e IN ('(', 'b')) , CHECK (id > 0), UNIQUE (id, e), checked TEXT) STRICT";
        let definition = Definition::of(sql);
        let said = definition
            .columns
            .iter()
            .map(|column| format!("{}|{}|{}|{}", column.key(), column.name, column.kind, column.conditions));
        assert_eq!(
            said.collect::<Vec<_>>(),
            [
                "id|id|INT|",
                "a, b|\"a, b\"|VARCHAR(10, 2)|NOT NULL DEFAULT ('x,)' || 1)",
                "c d|[c d]||",
                "e|e||CHECK (e IN ('(', 'b'))",
                "checked|checked|TEXT|",
            ]
        );
        assert_eq!(definition.conditions, ["CHECK (id > 0)", "UNIQUE (id, e)"]);
    }
}
