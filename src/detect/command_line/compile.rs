//! From the tables of the rules to [`CommandRules`].

use std::collections::HashMap;

use memchr::memmem::Finder;

use super::model::{
    CommandOperationRule, CommandRules, Effect, Extent, Line, LinePart, NO_OPERATION, OperationNumber,
    Program, Runner, ScriptName, Wrapper,
};
use super::scripts::words;
use crate::detect::SignatureId;
use crate::detect::signatures::Signatures;
use crate::rules::commands::{CommandRule, CommandTables, ProgramRule, RunnerRule, WrapperRule};
use crate::rules::notation::forms;
use crate::rules::{LocatedText, Rules, RulesError, did_you_mean};

/// Compiles the tables. Signatures that are new get numbers.
pub(crate) fn compile(rules: &Rules, signatures: &mut Signatures) -> Result<CommandRules, RulesError> {
    let tables = &rules.commands;
    let mut compiler =
        Compiler { rules, signatures, compiled: CommandRules::default(), numbers: HashMap::new() };
    compiler.directories()?;
    tables.programs.iter().try_for_each(|rule| compiler.program(rule))?;
    tables.commands.iter().try_for_each(|rule| compiler.command(rule))?;
    tables.wrappers.iter().try_for_each(|rule| compiler.wrapper(rule))?;
    tables.runners.iter().try_for_each(|rule| compiler.runner(rule))?;
    compiler.settings(tables);
    Ok(compiler.compiled)
}

/// The program of a wrapper or runner, and the words after it.
type Start = (String, Vec<Box<str>>);

struct Compiler<'a> {
    rules: &'a Rules,
    signatures: &'a mut Signatures,
    compiled: CommandRules,
    /// By signature as written: the number of its operation.
    numbers: HashMap<String, OperationNumber>,
}

impl Compiler<'_> {
    fn forms(&self, text: &LocatedText) -> Result<Vec<String>, RulesError> {
        forms(&text.value).map_err(|message| self.rules.error(text, message))
    }

    /// The directories that name a choice of a target list.
    fn directories(&mut self) -> Result<(), RulesError> {
        let targets = &self.rules.targets;
        for (list, target) in targets.values().enumerate() {
            for (choice, rule) in target.choices.iter().enumerate() {
                for text in &rule.directories {
                    for name in self.forms(text)? {
                        let names = self.compiled.directories.entry(name.to_lowercase().into());
                        names.or_insert_with(|| vec![None; targets.len()])[list].get_or_insert(choice);
                    }
                }
            }
        }
        Ok(())
    }

    fn program_of(&mut self, name: &str) -> &mut Program {
        self.compiled.programs.entry(name.to_lowercase().into()).or_default()
    }

    fn program(&mut self, rule: &ProgramRule) -> Result<(), RulesError> {
        for text in &rule.names {
            for name in &self.forms(text)? {
                let program = self.program_of(name);
                program.value_flags.extend_from_slice(&rule.value_flags);
                program.directory_flags.extend_from_slice(&rule.directory_flags);
                program
                    .flag_marks
                    .extend(rule.flag_marks.iter().filter_map(|mark| mark.value.chars().next()));
            }
        }
        Ok(())
    }

    fn command(&mut self, rule: &CommandRule) -> Result<(), RulesError> {
        if rule.lines.is_empty() && rule.scripts.is_empty() {
            let message = "never fires: give it 'lines' or 'scripts'";
            return Err(self.rules.sources.error_beside(rule.signature.location, "", message));
        }
        let operation = self.operation(&rule.signature)?;
        for text in &rule.lines {
            for form in &self.forms(text)? {
                let (program, line) = self.line(form, operation, text)?;
                self.program_of(&program).lines.push(line);
            }
        }
        for text in &rule.scripts {
            for form in &self.forms(text)? {
                self.script(form, operation, text)?;
            }
        }
        Ok(())
    }

    /// The number of an operation by its signature as written.
    fn operation(&mut self, signature: &LocatedText) -> Result<OperationNumber, RulesError> {
        if signature.value == "none" {
            return Ok(NO_OPERATION);
        }
        if let Some(&number) = self.numbers.get(&signature.value) {
            return Ok(number);
        }
        let (name, target) = self.name_and_target(signature);
        let (target, signatures) = self.signatures_of(&name, &target, signature)?;
        let number =
            OperationNumber::try_from(self.compiled.operations.len()).ok().filter(|&n| n != NO_OPERATION);
        let number =
            number.ok_or_else(|| self.rules.error(signature, "one [[command]] too many (65,535)"))?;
        self.compiled.operations.push(CommandOperationRule {
            name: name.into(),
            target,
            signatures,
            location: signature.location,
        });
        self.numbers.insert(signature.value.clone(), number);
        Ok(number)
    }

    /// `test:pytest` takes the target of the operation of its category; without one, its target is `all`.
    fn name_and_target(&self, signature: &LocatedText) -> (String, String) {
        let parts: Vec<&str> = signature.value.split(':').collect();
        match parts[..] {
            [category, subcategory] => {
                let target = self.rules.operations.get(category).and_then(|rule| rule.target.as_ref());
                let target = target.map_or("all", |target| &target.value);
                (format!("{category}:{subcategory}"), target.to_owned())
            }
            [category, subcategory, target] => (format!("{category}:{subcategory}"), target.to_owned()),
            _ => (signature.value.clone(), String::new()),
        }
    }

    fn signatures_of(
        &mut self,
        name: &str,
        target: &str,
        text: &LocatedText,
    ) -> Result<(Option<usize>, Vec<SignatureId>), RulesError> {
        let sources = &self.rules.sources;
        let Some(list) = self.rules.target_list(target, text)? else {
            let whole = if target.is_empty() { name.to_owned() } else { format!("{name}:{target}") };
            return Ok((None, vec![self.signatures.number(&whole, text, sources)?]));
        };
        let number =
            |is: &LocatedText| self.signatures.number(&format!("{name}:{}", is.value), text, sources);
        Ok((Some(list), self.rules.targets[list].names().map(number).collect::<Result<_, _>>()?))
    }

    /// A line as written: the name of its program, and what follows.
    fn line(
        &self,
        form: &str,
        operation: OperationNumber,
        text: &LocatedText,
    ) -> Result<(String, Line), RulesError> {
        let mut parts = form.split_whitespace();
        let program = self.first_word(parts.next(), text)?;
        let mut line = Line { parts: Vec::new(), whole: false, operation };
        for part in parts {
            if line.whole {
                return Err(self
                    .rules
                    .error(text, format!("in '{}' the '.' belongs to the end", text.value)));
            }
            match part {
                "." => line.whole = true,
                ".." => line.parts.push(LinePart::Gap),
                flag if flag.starts_with('-') => line.parts.push(LinePart::Flag(flag.into())),
                word => line.parts.push(LinePart::Word(word.into())),
            }
        }
        if line.parts.last() == Some(&LinePart::Gap) {
            return Err(self.rules.error(text, format!("'{}' ends with a gap", text.value)));
        }
        Ok((program, line))
    }

    fn first_word(&self, word: Option<&str>, text: &LocatedText) -> Result<String, RulesError> {
        match word.filter(|word| word.contains(char::is_alphanumeric) && !word.starts_with('-')) {
            Some(word) => Ok(word.to_owned()),
            None => Err(self.rules.error(text, format!("'{}' begins with no program's name", text.value))),
        }
    }

    fn script(
        &mut self,
        form: &str,
        operation: OperationNumber,
        text: &LocatedText,
    ) -> Result<(), RulesError> {
        let (extent, name) = match (form.strip_prefix("* "), form.strip_suffix(" *")) {
            (Some(name), None) => (Extent::End, name),
            (None, Some(name)) => (Extent::Beginning, name),
            _ => (Extent::Whole, form),
        };
        let words: Vec<Box<str>> = words(name).into_iter().map(Into::into).collect();
        let key = if extent == Extent::End { words.last() } else { words.first() };
        let Some(key) = key.filter(|_| !name.contains('*')).cloned() else {
            let message = format!("'{}' is no script's name; a '*' may stand at one end", text.value);
            return Err(self.rules.error(text, message));
        };
        self.compiled.scripts.entry(key).or_default().push(ScriptName { words, extent, operation });
        Ok(())
    }

    /// The programs and words of the lines of a wrapper or runner.
    fn starts(&self, lines: &[LocatedText]) -> Result<Vec<Start>, RulesError> {
        let mut starts = Vec::new();
        for text in lines {
            for form in &self.forms(text)? {
                let mut words = form.split_whitespace();
                let program = self.first_word(words.next(), text)?;
                starts.push((program, words.map(Into::into).collect()));
            }
        }
        Ok(starts)
    }

    fn wrapper(&mut self, rule: &WrapperRule) -> Result<(), RulesError> {
        for (program, words) in self.starts(&rule.lines)? {
            self.program_of(&program).wrappers.push(Wrapper { words, rule: rule.clone() });
        }
        Ok(())
    }

    fn runner(&mut self, rule: &RunnerRule) -> Result<(), RulesError> {
        let mut renames = Vec::new();
        for rename in &rule.renames {
            let Some(&from) = self.numbers.get(&rename.from.value) else {
                let hint = did_you_mean(&rename.from.value, self.numbers.keys().map(String::as_str));
                let message = format!("no [[command]] has the signature '{}'{hint}", rename.from.value);
                return Err(self.rules.error(&rename.from, message));
            };
            renames.push((from, self.operation(&rename.to)?));
        }
        for (program, words) in self.starts(&rule.lines)? {
            let program = self.program_of(&program);
            program.value_flags.extend_from_slice(&rule.script_flags);
            program.runners.push(Runner { words, rule: rule.clone(), renames: renames.clone() });
        }
        Ok(())
    }

    fn settings(&mut self, tables: &CommandTables) {
        let settings = &tables.settings;
        for name in &settings.change_directory {
            self.program_of(&name.value).effect = Effect::ChangeDirectory;
        }
        for name in &settings.change_back {
            self.program_of(&name.value).effect = Effect::ChangeBack;
        }
        self.compiled.about_flags.clone_from(&settings.about_flags);
        let signs = settings.powershell.iter();
        self.compiled.powershell = signs.map(|sign| Finder::new(&sign.value).into_owned()).collect();
    }
}
