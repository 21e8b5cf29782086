//! Rules by their names, in the order in which they were added: a file may hold tens of thousands.

use hashbrown::HashMap;

/// Rules of one kind, each with a name of its own.
pub(crate) struct ByName<T> {
    /// None where one was removed.
    rules: Vec<Option<T>>,
    numbers: HashMap<String, usize>,
}

impl<T> Default for ByName<T> {
    fn default() -> Self {
        Self { rules: Vec::new(), numbers: HashMap::new() }
    }
}

impl<T> ByName<T> {
    /// The rule with a name.
    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut T> {
        self.rules[*self.numbers.get(name)?].as_mut()
    }

    /// Adds a rule whose name is not there, after all others.
    pub(crate) fn add(&mut self, name: &str, rule: T) {
        self.numbers.insert(name.to_owned(), self.rules.len());
        self.rules.push(Some(rule));
    }

    /// Removes a rule.
    pub(crate) fn remove(&mut self, name: &str) {
        if let Some(number) = self.numbers.remove(name) {
            self.rules[number] = None;
        }
    }

    /// The names that are there, in no order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.numbers.keys().map(String::as_str)
    }

    /// All rules, in their order.
    pub(crate) fn into_rules(self) -> impl Iterator<Item = T> {
        self.rules.into_iter().flatten()
    }
}
