//! What ran decides: the commands of a workflow name its operations better than its request does.

use indexmap::IndexSet;

use super::command_line;
use super::detector::{Detector, LeftOut};
use super::{FoundIn, RanOperation, RuleSet, SignatureId};
use crate::signature::Signature;

impl RuleSet {
    /// The operations that a line (or lines) of a POSIX shell or of PowerShell runs, in their order, none twice. A text
    /// that is no command line has none.
    ///
    /// ```
    /// let rules = flowmine::detect::RuleSet::builtin("default").unwrap();
    /// let ran = rules.read_command_line("cd backend && uv run pytest -q && git push");
    /// let found: Vec<&str> = ran.iter().map(|one| rules.signature(one.signature).as_str()).collect();
    /// assert_eq!(found, ["test:pytest:backend", "git:push:summary"]);
    /// ```
    pub fn read_command_line(&self, text: &str) -> Vec<RanOperation> {
        command_line::read(&self.commands, text)
    }

    /// The categories of which the rules have commands, in the order of the signatures. Only a command of these can be
    /// measured.
    pub fn command_categories(&self) -> Vec<String> {
        let categories = self.signatures().iter().map(Signature::category);
        let of_commands = categories.filter(|category| self.commands.has_category(category));
        let each_once: IndexSet<&str> = of_commands.collect();
        each_once.into_iter().map(str::to_owned).collect()
    }

    /// The operations that command lines ran, in their order, for [`super::Evidence::ran`].
    pub fn ran_by<'t>(&self, lines: impl IntoIterator<Item = &'t str>) -> Vec<RanOperation> {
        lines.into_iter().flat_map(|line| self.read_command_line(line)).collect()
    }

    /// The operations of commands that have their signatures already, so that their targets are settled; none twice, and
    /// without those that this rule set cannot give.
    pub fn ran_as(&self, signatures: impl IntoIterator<Item = impl AsRef<str>>) -> Vec<RanOperation> {
        let mut ran: Vec<RanOperation> = Vec::new();
        for signature in signatures.into_iter().filter_map(|signature| self.number(signature.as_ref())) {
            let operation = RanOperation { signature, target_named: true };
            if !ran.contains(&operation) {
                ran.push(operation);
            }
        }
        ran
    }

    /// The same operation on another target.
    fn on_target(&self, signature: SignatureId, target: &str) -> Option<SignatureId> {
        let own = self.signature(signature);
        self.number(&format!("{}:{}:{target}", own.category(), own.subcategory()))
    }
}

impl Detector<'_> {
    /// Puts what ran in the place of what the texts say of the same categories.
    pub(super) fn run_layer(&mut self, ran: &[RanOperation]) {
        let rules = self.rules;
        if rules.commands.is_empty() {
            return;
        }
        let category = |signature: SignatureId| rules.categories[signature.index()];
        let ran_category =
            |signature: SignatureId| ran.iter().any(|one| category(one.signature) == category(signature));
        let signatures: Vec<SignatureId> = ran.iter().map(|one| self.on_asked_target(*one)).collect();
        for firing in self.firings.iter_mut().filter(|firing| firing.left_out.is_none()) {
            if firing.signature.is_some_and(ran_category) {
                firing.left_out = Some(LeftOut::Ran);
            }
        }
        self.found.retain(|&signature| !ran_category(signature));
        for (number, signature) in signatures.into_iter().enumerate() {
            let rule = rules.commands.location_of(rules.signature(signature));
            self.fire(FoundIn::RUN, rule, Some(signature), (number, number));
        }
    }

    /// The signature of a command with the target that it names itself, else the one that the request names for its
    /// category.
    fn on_asked_target(&self, ran: RanOperation) -> SignatureId {
        let rules = self.rules;
        if ran.target_named {
            return ran.signature;
        }
        let asked = self.asked_for_category_of(ran.signature);
        let target = asked.map(|asked| rules.signature(asked).target());
        target.and_then(|target| rules.on_target(ran.signature, target)).unwrap_or(ran.signature)
    }
}
