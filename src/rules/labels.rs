//! Labelled workflows: what a rule set is measured against. Two formats: TOML, which people write by hand, and JSONL.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use toml::Spanned;

use super::error::RulesError;
use super::source::{LocatedText, RulesText};
use crate::signature::Signature;

/// A workflow with what a careful engineer says it asks for.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct LabelledWorkflow {
    /// What was asked for.
    pub request: Option<String>,
    /// The error message.
    pub error: Option<String>,
    /// The template's name.
    pub template: Option<String>,
    /// The command lines that ran, in their order.
    pub commands: Vec<String>,
    /// The categories of the operations that are asked for, none where none is; `None` where nobody has said.
    pub categories: Option<BTreeSet<String>>,
    /// The right signatures, as far as they are labelled: there may be none for a category.
    pub signatures: Vec<Signature>,
    /// How much of the request the operations are, where somebody has said.
    pub covers: Option<Covers>,
    /// Whether two careful people could differ: such a workflow is left out of every figure.
    pub is_unsure: bool,
    /// All other columns of a JSONL file, `lang` among them, as texts.
    pub columns: BTreeMap<String, String>,
}

/// How much of a request the operations found in it are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Covers {
    /// It asks for something else, too.
    Part,
    /// It asks for nothing else.
    Whole,
}

impl Covers {
    fn read(text: &str) -> Result<Self, String> {
        match text {
            "whole" => Ok(Self::Whole),
            "part" => Ok(Self::Part),
            other => Err(format!("is 'whole' or 'part', not '{}'", other.escape_debug())),
        }
    }

    /// As stored and shown: `whole` or `part`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Part => "part",
            Self::Whole => "whole",
        }
    }
}

/// The TOML format.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    workflow: Vec<Spanned<WorkflowTable>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WorkflowTable {
    request: Option<String>,
    error: Option<String>,
    template: Option<String>,
    signatures: Option<Vec<LocatedText>>,
    categories: Option<Vec<String>>,
    covers: Option<LocatedText>,
}

impl LabelledWorkflow {
    /// Reads a labelled file, TOML or JSONL: JSONL begins with a `{`, or `origin` ends with `.jsonl`.
    ///
    /// TOML has a `[[workflow]]` table for each workflow, with `request`, `error` and `template` (each may be missing),
    /// `signatures` or `categories` or both (lists, may be empty), and perhaps `covers`. JSONL has one object per line,
    /// with `request`, `error_message`, `workflow_template`, `commands` (a list), `categories` (a list), `signature`
    /// (the one that is asked for), `covers` (`whole` or `part`) and `unsure`. What is missing or null is unknown; any
    /// other key is a column to measure by, except `signatures`, which is TOML's and refused.
    ///
    /// [`RulesError`] naming `origin`, line, column and key where the text is neither, a value has another type, a
    /// signature is malformed, or one has another category than `categories` says; in TOML also where a key is unknown
    /// or `signatures` and `categories` are both missing.
    pub fn parse(text: &str, origin: &str) -> Result<Vec<Self>, RulesError> {
        let is_named =
            Path::new(origin).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("jsonl"));
        let is_jsonl = is_named || text.trim_start_matches('\u{feff}').trim_start().starts_with('{');
        if is_jsonl { json_lines(text, origin) } else { toml_tables(text, origin) }
    }
}

fn toml_tables(text: &str, origin: &str) -> Result<Vec<LabelledWorkflow>, RulesError> {
    let source = RulesText::new(origin, text);
    let file: File = source.read()?;
    file.workflow.into_iter().map(|table| of_table(table, &source)).collect()
}

fn of_table(table: Spanned<WorkflowTable>, source: &RulesText) -> Result<LabelledWorkflow, RulesError> {
    let signature = |label: LocatedText| label.value.parse().map_err(|error| source.error_of(&label, error));
    let unlabelled = table.get_ref().signatures.is_none() && table.get_ref().categories.is_none();
    if unlabelled {
        return Err(source.error_in(table.span().start, "signatures", "is missing, and so is 'categories'"));
    }
    let start = table.span().start;
    let table = table.into_inner();
    let signatures = table.signatures.unwrap_or_default().into_iter().map(signature);
    let signatures: Vec<Signature> = signatures.collect::<Result<_, _>>()?;
    let covers =
        table.covers.map(|text| Covers::read(&text.value).map_err(|message| source.error_of(&text, message)));
    let categories = categories(table.categories, &signatures);
    let categories = categories.map_err(|message| source.error_in(start, "categories", message))?;
    Ok(LabelledWorkflow {
        request: table.request,
        error: table.error,
        template: table.template,
        categories: Some(categories.unwrap_or_default()),
        signatures,
        covers: covers.transpose()?,
        ..LabelledWorkflow::default()
    })
}

/// The categories that are labelled, or else those of the signatures, where there are any.
fn categories(
    labelled: Option<Vec<String>>,
    signatures: &[Signature],
) -> Result<Option<BTreeSet<String>>, String> {
    let Some(labelled) = labelled else {
        let of_signatures: BTreeSet<_> = signatures.iter().map(|one| one.category().to_owned()).collect();
        return Ok(Some(of_signatures).filter(|categories| !categories.is_empty()));
    };
    if let Some(upper) = labelled.iter().find(|category| category.to_lowercase() != **category) {
        return Err(format!("has '{upper}': a category is written in lower case"));
    }
    match signatures.iter().find(|one| labelled.iter().all(|category| category != one.category())) {
        Some(other) => Err(format!("lacks '{}', the category of '{other}'", other.category())),
        None => Ok(Some(labelled.into_iter().collect())),
    }
}

fn json_lines(text: &str, origin: &str) -> Result<Vec<LabelledWorkflow>, RulesError> {
    let lines = text.trim_start_matches('\u{feff}').lines().enumerate();
    let lines = lines.filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(index, line)| {
            let fields = serde_json::from_str::<Map<String, Value>>(line).map_err(|error| {
                let location = (index + 1, error.column().max(1));
                let message = error.to_string();
                let message = match message.split(" at line ").next().unwrap_or_default() {
                    other if error.is_data() => {
                        other.split(',').next().unwrap_or_default().replace("sequence", "list")
                    }
                    broken => broken.to_owned(),
                };
                RulesError::new(origin, location, String::new(), format!("not a JSON object: {message}"))
            })?;
            of_fields(Fields { fields, origin, line: index + 1 })
        })
        .collect()
}

fn of_fields(mut row: Fields<'_>) -> Result<LabelledWorkflow, RulesError> {
    if row.take::<Value>("signatures", "a value")?.is_some() {
        return Err(row.error("signatures", "is called 'signature' in JSONL, and takes one: a string"));
    }
    let signature = row.text("signature")?.map(|text| text.parse()).transpose();
    let signature: Option<Signature> = signature.map_err(|error| row.error("signature", error))?;
    let signatures = Vec::from_iter(signature);
    let covers = row.text("covers")?.map(|text| Covers::read(&text)).transpose();
    let categories = categories(row.texts("categories")?, &signatures);
    let categories = categories.map_err(|message| row.error("categories", message))?;
    Ok(LabelledWorkflow {
        request: row.text("request")?,
        error: row.text("error_message")?,
        template: row.text("workflow_template")?,
        commands: row.texts("commands")?.unwrap_or_default(),
        categories,
        signatures,
        covers: covers.map_err(|message| row.error("covers", message))?,
        is_unsure: row.take("unsure", "true or false")?.unwrap_or(false),
        columns: row.rest(),
    })
}

/// One line of a JSONL file.
struct Fields<'a> {
    fields: Map<String, Value>,
    origin: &'a str,
    line: usize,
}

impl Fields<'_> {
    fn error(&self, key: &str, message: impl std::fmt::Display) -> RulesError {
        RulesError::new(self.origin, (self.line, 1), key.to_owned(), message)
    }

    /// The value of a key, which takes something; null is as good as none.
    fn take<T: DeserializeOwned>(&mut self, key: &str, takes: &str) -> Result<Option<T>, RulesError> {
        let value = self.fields.remove(key).filter(|value| !value.is_null());
        let value = value.map(serde_json::from_value).transpose();
        value.map_err(|_| self.error(key, format!("takes {takes}")))
    }

    fn text(&mut self, key: &str) -> Result<Option<String>, RulesError> {
        self.take(key, "a string")
    }

    fn texts(&mut self, key: &str) -> Result<Option<Vec<String>>, RulesError> {
        self.take(key, "a list of strings")
    }

    /// What was not taken, as texts; lists and objects are no columns.
    fn rest(self) -> BTreeMap<String, String> {
        let text = |value: Value| match value {
            Value::String(text) => Some(text),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(value) => Some(value.to_string()),
            _ => None,
        };
        self.fields.into_iter().filter_map(|(key, value)| Some((key, text(value)?))).collect()
    }
}
