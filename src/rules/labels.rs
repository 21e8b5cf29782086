//! Labelled workflows: what a rule set is measured against.

use serde::Deserialize;

use super::error::RulesError;
use super::source::{Source, Text};
use crate::signature::Signature;

/// A workflow with the signatures a careful engineer gives it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct LabelledWorkflow {
    /// What was asked for.
    pub request: Option<String>,
    /// The error message.
    pub error: Option<String>,
    /// The template's name.
    pub template: Option<String>,
    /// The right signatures, none where no operation is asked for.
    pub signatures: Vec<Signature>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    workflow: Vec<Table>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    request: Option<String>,
    error: Option<String>,
    template: Option<String>,
    signatures: Vec<Text>,
}

impl LabelledWorkflow {
    /// Reads a labelled file: TOML with a `[[workflow]]` table for each workflow, which has `request`, `error` and
    /// `template` (each may be missing) and `signatures` (a list, may be empty).
    ///
    /// # Errors
    /// [`RulesError`] naming `origin`, line, column and key where the text is no TOML or has another key, no signatures
    /// or a malformed one.
    pub fn parse(text: &str, origin: &str) -> Result<Vec<Self>, RulesError> {
        let source = Source::new(origin, text);
        let file: File = source.read()?;
        file.workflow.into_iter().map(|table| Self::of(table, &source)).collect()
    }

    fn of(table: Table, source: &Source) -> Result<Self, RulesError> {
        let signature =
            |label: Text| label.value.parse().map_err(|error| source.error(label.place.at as usize, error));
        Ok(Self {
            request: table.request,
            error: table.error,
            template: table.template,
            signatures: table.signatures.into_iter().map(signature).collect::<Result<_, _>>()?,
        })
    }
}
