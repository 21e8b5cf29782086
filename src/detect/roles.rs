//! What words of `[language]` do in a request, whatever it asks for.

bitflags::bitflags! {
    /// The roles that begin at a token. The first ones are the keys of `[language]`, in their order; docs/rules.md says
    /// what each is for.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub(crate) struct Role: u64 {
        const LEAD_IN = 1;
        const POLITE = 1 << 1;
        const SMALL = 1 << 2;
        const AND = 1 << 3;
        const OR = 1 << 4;
        const THEN = 1 << 5;
        const NOT = 1 << 6;
        const EXCEPT = 1 << 7;
        const GAP_ENDS = 1 << 8;
        const MAY_FOLLOW = 1 << 9;
        const NOT_FOLLOWED_BY = 1 << 10;
        const STATEMENT = 1 << 11;
        const CONDITION = 1 << 12;
        const MODAL = 1 << 13;
        const PURPOSE = 1 << 14;
        const TICKET = 1 << 15;
        const SECTION = 1 << 16;
        const STARTS = 1 << 17;
        const CREATES = 1 << 18;
        const ARTIFACT = 1 << 19;
        const FAR_GAP_ENDS = 1 << 20;
        const QUESTION = 1 << 21;
        const ASIDE = 1 << 22;
        const GOES_ON = 1 << 23;
        const ENDS_STATEMENT = 1 << 24;
        const STATES = 1 << 25;
        const PREPOSITION = 1 << 26;
        const LOOKS = 1 << 27;
        const DETAIL = 1 << 28;
        const CLOSING = 1 << 29;
        const WANTS = 1 << 30;
        const PASTED = 1 << 31;
        const IDIOM = 1 << 32;
        /// Not a key: the words of `[[target]]`. It has the place of the last key, `misspelt`, which is no role.
        const TARGET = 1 << 33;
        /// Not a key: verbs with which a request says to run the code that follows.
        const RUNS = 1 << 34;
        /// Not a key: what the names of programs begin with.
        const PROGRAM = 1 << 35;
        /// Not a key: words that a phrase begins with.
        const BEGINS = 1 << 60;
        /// Not a key: words that a phrase begins with which may stand anywhere in its clause.
        const BEGINS_ANYWHERE = 1 << 61;
        /// Not a key: words that such a phrase ends with.
        const ENDS_ANYWHERE = 1 << 62;
        /// Not a key: words that can stand alone.
        const ALONE = 1 << 63;
        /// All that are keys.
        const LANGUAGE = Self::TARGET.bits() - 1;
        /// Words that may stand before an instruction in its clause.
        const SKIPPED = Self::LEAD_IN.bits() | Self::SMALL.bits();
        /// Words that join clauses.
        const JOINS = Self::AND.bits() | Self::OR.bits() | Self::THEN.bits();
    }
}

impl Role {
    /// How many word lists are roles: the first ones of a rule set.
    pub(crate) const LISTS: usize = 36;

    /// The role that a list is; none for one that is no role.
    pub(crate) fn of_list(number: usize) -> Self {
        if number < Self::LISTS { Self::from_bits_retain(1 << number) } else { Self::empty() }
    }
}
