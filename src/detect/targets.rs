//! Which subcategory and which target an instruction has, by the words around it.

use super::SignatureId;
use super::detector::Detector;
use super::instructions::Instruction;
use super::model::{Operation, Target, bits_of};
use super::roles::Role;
use super::tokenized_text::ListId;
use super::tokens::Link;

impl Detector<'_> {
    /// The signature of an operation that a word anywhere in the request makes.
    pub(super) fn mentioned(&self, operation: &Operation) -> SignatureId {
        let sub = subcategory(operation, self.lists());
        let target = operation
            .target
            .map_or(0, |list| self.choose(list, bits_of(&self.rules.targets[list].request, self.lists())));
        operation.signatures[sub][target]
    }

    /// The signature of an instruction: by the words of its own part of the request; its target, where those say
    /// nothing, by the words it shares with others, then by what belongs to no instruction.
    pub(super) fn signature_of(&mut self, instruction: Instruction, operation: &Operation) -> SignatureId {
        let none = operation.signatures.len() - 1;
        let mut sub = none;
        for region in [(instruction.start, instruction.end), instruction.region] {
            if sub == none {
                self.each_match(region, |lists| sub = sub.min(subcategory(operation, lists)));
            }
        }
        let target = operation.target.map_or(0, |target| self.target_of(instruction, target));
        operation.signatures[sub][target]
    }

    /// Which of a target list's choices an instruction has.
    fn target_of(&mut self, instruction: Instruction, list: usize) -> usize {
        let target = &self.rules.targets[list];
        let mut bits = self.bits_in(target, instruction.region);
        if chosen(target, bits, 0).is_none() {
            bits = match self.shared[list].chain {
                Some((chain, bits)) if chain == instruction.chain => bits,
                _ => self.bits_in(target, self.chain_of(instruction)),
            };
            self.shared[list].chain = Some((instruction.chain, bits));
        }
        if chosen(target, bits, 0).is_none() {
            bits = self.shared[list].rest.unwrap_or_else(|| self.bits_outside(target));
            self.shared[list].rest = Some(bits);
        }
        self.choose(list, bits)
    }

    /// The words of all the instructions that share a verb with this one.
    fn chain_of(&self, instruction: Instruction) -> (usize, usize) {
        let found = &self.instructions.found;
        let first = found.partition_point(|other| other.chain < instruction.chain);
        let chain = found[first..].iter().take_while(|other| other.chain == instruction.chain);
        chain.fold(instruction.region, |all, other| (all.0.min(other.region.0), all.1.max(other.region.1)))
    }

    fn bits_in(&self, target: &Target, region: (usize, usize)) -> u64 {
        let mut bits = 0;
        self.each_match(region, |lists| bits |= bits_of(&target.request, lists));
        bits
    }

    /// The bits of the words that belong to no instruction.
    fn bits_outside(&self, target: &Target) -> u64 {
        let (mut bits, mut at) = (0, 0);
        for instruction in &self.instructions.found {
            bits |= self.bits_in(target, (at, instruction.region.0.max(at)));
            at = at.max(instruction.region.1);
        }
        bits | self.bits_in(target, (at, self.request.tokens.len()))
    }

    /// The choice of a target list by the bits of the request's words, or by the template's.
    fn choose(&self, list: usize, bits: u64) -> usize {
        let target = &self.rules.targets[list];
        chosen(target, bits, self.templates.current().bits[list]).unwrap_or(target.choices.len())
    }

    /// The lists of the request's words.
    fn lists(&self) -> impl Iterator<Item = &ListId> {
        self.request.matches.iter().flat_map(|found| self.rules.matcher.choosing(found))
    }

    /// Calls `read` with the lists of each match in a region, but for what follows 'instead of' and the like.
    fn each_match(&self, region: (usize, usize), mut read: impl FnMut(&[ListId])) {
        let mut excepted = false;
        for at in region.0..region.1 {
            let token = &self.request.tokens[at];
            if token.link != Link::None || token.roles.intersects(Role::JOINS) {
                excepted = false;
            }
            excepted |= token.roles.intersects(Role::EXCEPT);
            if !excepted {
                self.request.matches_at(at).iter().for_each(|found| read(self.rules.matcher.choosing(found)));
            }
        }
    }
}

/// The first subcategory that the lists name; past the last where they name none.
fn subcategory<'l>(operation: &Operation, lists: impl IntoIterator<Item = &'l ListId>) -> usize {
    let first = lists.into_iter().filter_map(|list| operation.ranks.get(list)).min();
    first.copied().unwrap_or(operation.signatures.len() - 1)
}

fn chosen(target: &Target, request: u64, template: u64) -> Option<usize> {
    let fits = |(place, needs): (usize, u64)| request & needs == needs || template >> place & 1 != 0;
    target.choices.iter().copied().enumerate().position(fits)
}
