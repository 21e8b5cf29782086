//! How good a rule set is: its answers measured against workflows that people have labelled.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Covers, Evidence, RuleSet};
pub use crate::rules::LabelledWorkflow;
use crate::signature::Signature;

impl LabelledWorkflow {
    /// The texts that detection looks at. What the commands ran depends on the rules: [`RuleSet::ran_by`].
    pub fn evidence(&self) -> Evidence<'_> {
        Evidence {
            request: self.request.as_deref(),
            error_message: self.error.as_deref(),
            template: self.template.as_deref(),
            ..Evidence::default()
        }
    }
}

/// Right and wrong answers, counted. A share of nothing is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// Given and right.
    pub right: usize,
    /// Given, but not right.
    pub wrong: usize,
    /// Right, but not given.
    pub missed: usize,
}

impl Score {
    /// The share of the answers that is right, 0 to 1; `None` where there is no answer.
    pub fn precision(&self) -> Option<f64> {
        share(self.right, self.right + self.wrong)
    }

    /// The share of what is right that was given, 0 to 1; `None` where nothing is right.
    pub fn recall(&self) -> Option<f64> {
        share(self.right, self.right + self.missed)
    }

    /// The harmonic mean of precision and recall, 0 to 1; `None` where there is neither an answer nor anything right.
    pub fn f1(&self) -> Option<f64> {
        share(2 * self.right, 2 * self.right + self.wrong + self.missed)
    }

    fn add<T: Ord>(&mut self, expected: &BTreeSet<T>, got: &BTreeSet<T>) {
        for answer in expected.union(got) {
            self.count(expected.contains(answer), got.contains(answer));
        }
    }

    fn count(&mut self, is_expected: bool, is_given: bool) {
        self.right += usize::from(is_expected && is_given);
        self.wrong += usize::from(is_given && !is_expected);
        self.missed += usize::from(is_expected && !is_given);
    }
}

fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

impl Serialize for Score {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut object = serializer.serialize_struct("Score", 6)?;
        object.serialize_field("precision", &self.precision())?;
        object.serialize_field("recall", &self.recall())?;
        object.serialize_field("f1", &self.f1())?;
        object.serialize_field("right", &self.right)?;
        object.serialize_field("wrong", &self.wrong)?;
        object.serialize_field("missed", &self.missed)?;
        object.end()
    }
}

/// How often the rules say rightly whether a request asks for operations and for nothing else, counted over the
/// workflows with such a label in which a category was found rightly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CoversScore {
    /// Said as labelled.
    pub right: usize,
    /// Said to be the whole, and labelled a part.
    pub wrong_whole: usize,
    /// Said to be the whole, rightly or wrongly.
    pub whole: usize,
    /// Said to be a part, and labelled the whole.
    pub wrong_part: usize,
}

impl CoversScore {
    /// The share that is right, 0 to 1; `None` where nothing is labelled.
    pub fn accuracy(&self) -> Option<f64> {
        share(self.right, self.right + self.wrong_whole + self.wrong_part)
    }

    fn add(&mut self, answer: CoversAnswer) {
        self.whole += usize::from(answer.got == Covers::Whole);
        match (answer.expected, answer.got) {
            (Covers::Part, Covers::Whole) => self.wrong_whole += 1,
            (Covers::Whole, Covers::Part) => self.wrong_part += 1,
            _ => self.right += 1,
        }
    }
}

/// A workflow on which the rules and the labels do not agree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Disagreement {
    /// The workflow's place in the file, counted from 1.
    pub workflow: usize,
    /// Its column `id`, where the file has one.
    pub id: Option<String>,
    /// Its request.
    pub request: Option<String>,
    /// Its labels: signatures, or categories where the signature is not labelled.
    pub expected: Vec<String>,
    /// What the rules say.
    pub got: Vec<Signature>,
    /// Whether it asks for anything else, where rules and label differ in that.
    pub covers: Option<CoversAnswer>,
}

/// How much of a request the operations found in it are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct CoversAnswer {
    /// The label.
    pub expected: Covers,
    /// What the rules say.
    pub got: Covers,
}

/// What to measure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EvaluationOptions {
    /// Columns of the labelled file: figures are given for each of their values. Where the file has `lang`, it is one
    /// of them in any case.
    pub by: Vec<String>,
    /// The categories that count; none means all. What the rules or the labels say of others is left out.
    pub categories: BTreeSet<String>,
}

/// How a rule set does on labelled workflows. All scores are micro-averaged: counted over all workflows, not
/// averaged over them.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Evaluation {
    /// The rule set's name.
    pub rules: String,
    /// How many workflows were judged.
    pub workflows: usize,
    /// How many were left out, because two people could differ or because they have no labels.
    pub left_out: usize,
    /// Over (workflow, category) pairs.
    pub categories: Score,
    /// Over (workflow, category) pairs, one category at a time.
    pub by_category: BTreeMap<String, Score>,
    /// By column and value: the workflows that have it.
    pub groups: BTreeMap<String, BTreeMap<String, Group>>,
    /// Over (workflow, signature) pairs of the workflows whose signatures are all labelled.
    pub signatures: Score,
    /// Of the categories found rightly and labelled with their signatures, the share whose signatures are exactly
    /// those, 0 to 1; `None` where there are no such categories.
    pub exact: Option<f64>,
    /// Whether a request asks for operations and for nothing else.
    pub covers: CoversScore,
    /// How many workflows ask for no operation, by their labels.
    pub without_operation: usize,
    /// The share of those in which the rules find an operation nevertheless, 0 to 1; `None` where there are none.
    pub spoke_up: Option<f64>,
    /// Every workflow on which rules and labels differ: in categories, in signatures, or in what they cover.
    pub disagreements: Vec<Disagreement>,
}

/// The figures of the workflows with one value in a column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Group {
    /// How many there are.
    pub workflows: usize,
    /// Over (workflow, category) pairs.
    pub categories: Score,
    /// How many of them ask for no operation.
    pub without_operation: usize,
    /// In how many of those the rules find an operation nevertheless.
    pub spoke_up: usize,
}

impl Group {
    fn add(&mut self, expected: &BTreeSet<&str>, got: &BTreeSet<&str>) {
        self.workflows += 1;
        self.categories.add(expected, got);
        if expected.is_empty() {
            self.without_operation += 1;
            self.spoke_up += usize::from(!got.is_empty());
        }
    }

    /// The share of the workflows without an operation in which the rules find one, 0 to 1; `None` where there are
    /// none.
    pub fn spoke_up_share(&self) -> Option<f64> {
        share(self.spoke_up, self.without_operation)
    }
}

/// Measures a rule set: all categories, by language where the labels say it.
pub fn evaluate(rules: &RuleSet, workflows: &[LabelledWorkflow]) -> Evaluation {
    evaluate_by(rules, workflows, &EvaluationOptions::default())
}

/// Measures a rule set.
pub fn evaluate_by(
    rules: &RuleSet,
    workflows: &[LabelledWorkflow],
    measure: &EvaluationOptions,
) -> Evaluation {
    let mut tally = Tally::new(rules, measure);
    let mut detector = rules.detector();
    for (index, workflow) in workflows.iter().enumerate() {
        let Some(labels) = workflow.categories.as_ref().filter(|_| !workflow.is_unsure) else {
            tally.evaluation.left_out += 1;
            continue;
        };
        let ran = rules.ran_by(workflow.commands.iter().map(String::as_str));
        let ran = Some(ran.as_slice()).filter(|_| !workflow.commands.is_empty());
        let evidence = Evidence { ran, ..workflow.evidence() };
        let mut ids = detector.detect(&evidence).to_vec();
        ids.retain(|&id| tally.counts(rules.signature(id).category()));
        let right = ids.iter().find(|id| labels.contains(rules.signature(**id).category()));
        let said = right.and_then(|&id| detector.found(id));
        let covers = workflow.covers.zip(said);
        let covers = covers.map(|(expected, said)| CoversAnswer { expected, got: said.covers });
        let signatures = ids.iter().map(|&id| rules.signature(id).clone()).collect();
        tally.add(index + 1, workflow, labels, RulesAnswer { signatures, covers });
    }
    tally.evaluation()
}

/// The column that figures are always given by.
const LANGUAGE: &str = "lang";

/// What the rules say of a workflow.
struct RulesAnswer {
    signatures: Vec<Signature>,
    /// None where that is not judged.
    covers: Option<CoversAnswer>,
}

struct Tally<'m> {
    measure: &'m EvaluationOptions,
    evaluation: Evaluation,
    all: Group,
    exact: usize,
    /// How many of the categories found rightly are labelled with their signatures.
    comparable: usize,
}

impl<'m> Tally<'m> {
    fn new(rules: &RuleSet, measure: &'m EvaluationOptions) -> Self {
        let evaluation = Evaluation { rules: rules.name().to_owned(), ..Evaluation::default() };
        Self { measure, evaluation, all: Group::default(), exact: 0, comparable: 0 }
    }

    fn counts(&self, category: &str) -> bool {
        self.measure.categories.is_empty() || self.measure.categories.contains(category)
    }

    fn add(
        &mut self,
        number: usize,
        workflow: &LabelledWorkflow,
        labels: &BTreeSet<String>,
        answer: RulesAnswer,
    ) {
        let given = answer.signatures.iter().collect();
        let right: BTreeSet<&Signature> =
            workflow.signatures.iter().filter(|signature| self.counts(signature.category())).collect();
        let right_categories: BTreeSet<&str> =
            labels.iter().map(String::as_str).filter(|category| self.counts(category)).collect();
        let given_categories = categories(&given);
        self.all.add(&right_categories, &given_categories);
        self.grouped(workflow, &right_categories, &given_categories);
        for &category in right_categories.union(&given_categories) {
            let score = self.evaluation.by_category.entry(category.to_owned()).or_default();
            score.count(right_categories.contains(category), given_categories.contains(category));
        }
        if let Some(covers) = answer.covers {
            self.evaluation.covers.add(covers);
        }
        let covers = answer.covers.filter(|covers| covers.expected != covers.got);
        let differ = self.signatures(&right, &given, &right_categories, &given_categories);
        if differ || right_categories != given_categories || covers.is_some() {
            let with_signature = categories(&right);
            let unlabelled = right_categories.difference(&with_signature).map(ToString::to_string);
            let labelled = workflow.signatures.iter().filter(|signature| right.contains(signature));
            self.evaluation.disagreements.push(Disagreement {
                workflow: number,
                id: workflow.columns.get("id").cloned(),
                request: workflow.request.clone(),
                expected: labelled.map(ToString::to_string).chain(unlabelled).collect(),
                got: answer.signatures,
                covers,
            });
        }
    }

    fn grouped(&mut self, workflow: &LabelledWorkflow, right: &BTreeSet<&str>, given: &BTreeSet<&str>) {
        let columns: BTreeSet<&str> = self.measure.by.iter().map(String::as_str).chain([LANGUAGE]).collect();
        for column in columns {
            if let Some(value) = workflow.columns.get(column) {
                let groups = self.evaluation.groups.entry(column.to_owned()).or_default();
                groups.entry(value.clone()).or_default().add(right, given);
            }
        }
    }

    /// Compares signatures as far as they are labelled; says whether one of them differs.
    fn signatures(
        &mut self,
        right: &BTreeSet<&Signature>,
        given: &BTreeSet<&Signature>,
        right_categories: &BTreeSet<&str>,
        given_categories: &BTreeSet<&str>,
    ) -> bool {
        let labelled = categories(right);
        let mut differ = false;
        for category in labelled.intersection(given_categories) {
            let equal = of(right, category) == of(given, category);
            self.comparable += 1;
            self.exact += usize::from(equal);
            differ |= !equal;
        }
        if right_categories.is_subset(&labelled) {
            self.evaluation.signatures.add(right, given);
        }
        differ
    }

    fn evaluation(self) -> Evaluation {
        Evaluation {
            workflows: self.all.workflows,
            categories: self.all.categories,
            exact: share(self.exact, self.comparable),
            without_operation: self.all.without_operation,
            spoke_up: self.all.spoke_up_share(),
            ..self.evaluation
        }
    }
}

fn categories<'a>(signatures: &BTreeSet<&'a Signature>) -> BTreeSet<&'a str> {
    signatures.iter().map(|signature| signature.category()).collect()
}

fn of<'a>(signatures: &BTreeSet<&'a Signature>, category: &str) -> BTreeSet<&'a Signature> {
    signatures.iter().copied().filter(|signature| signature.category() == category).collect()
}
