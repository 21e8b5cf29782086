//! Which columns of a table fit, and which give way: whole columns first, the lightest before the others, then the
//! width of sentences and requests, and names last. Numbers never give way.

use super::grid::{Field, Fit};

/// The space between two columns, where there is room for it.
const GAP: u16 = 2;
/// The space between them before a column is left out.
const LEAST_GAP: u16 = 1;
/// The least room there is for a text that may be cut or go on in the next line.
const LEAST_TEXT: usize = 24;
/// The least room there is for a text whose middle may be left out.
const LEAST_KEY: usize = 12;
/// The least room there is for a name.
const LEAST_NAME: usize = 8;
/// The least room for which names are broken; a narrower terminal breaks the lines itself.
const LEAST_ROOM: usize = 40;

/// What fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fitted {
    /// The width of each column; `None`: it is left out.
    pub widths: Vec<Option<usize>>,
    /// The space between two columns.
    pub gap: u16,
}

impl Fitted {
    /// Fits columns whose widest texts are this wide into `room`.
    pub fn new(columns: &[Field], widest: &[usize], room: usize) -> Self {
        let mut fitted = Self { widths: widest.iter().copied().map(Some).collect(), gap: LEAST_GAP };
        fitted.leave_out(columns, room);
        let narrowed = |gap| {
            let mut narrowed = Self { gap, ..fitted.clone() };
            narrowed.narrow(columns, room, least_of_text);
            narrowed
        };
        let roomy = narrowed(GAP);
        if roomy.total() <= room {
            return roomy;
        }
        let mut close = narrowed(LEAST_GAP);
        if room >= LEAST_ROOM {
            close.narrow(columns, room, |fit| (fit != Fit::Whole).then_some(LEAST_NAME));
        }
        close
    }

    fn total(&self) -> usize {
        let (shown, gap) = (self.widths.iter().flatten(), usize::from(self.gap));
        shown.map(|width| width + gap).sum::<usize>().saturating_sub(gap)
    }

    /// Leaves out the lightest columns until the least that the others need fits.
    fn leave_out(&mut self, columns: &[Field], room: usize) {
        while self.least(columns).total() > room {
            let light = |&number: &usize| self.widths[number].is_some() && columns[number].weight < u8::MAX;
            let lightest = (0..columns.len()).filter(light).min_by_key(|&number| columns[number].weight);
            let Some(lightest) = lightest else { return };
            self.widths[lightest] = None;
        }
    }

    /// The same columns, with no more room than they need.
    fn least(&self, columns: &[Field]) -> Self {
        let mut least = self.clone();
        least.narrow(columns, 0, least_of_text);
        least
    }

    /// Takes from the widest of the columns that may give way until all fits, but leaves each of them its `least`.
    fn narrow(&mut self, columns: &[Field], room: usize, least: impl Fn(Fit) -> Option<usize>) {
        while self.total() > room {
            let widths = self.widths.iter_mut().zip(columns);
            let wide = widths.filter_map(|(width, column)| {
                let least = least(column.fit)?;
                width.as_mut().filter(|width| **width > least)
            });
            let Some(widest) = wide.max() else { return };
            *widest -= 1;
        }
    }
}

/// What is left of a text that gives way before a column is left out; `None`: it does not.
fn least_of_text(fit: Fit) -> Option<usize> {
    match fit {
        Fit::Cut | Fit::Wrap => Some(LEAST_TEXT),
        Fit::Middle => Some(LEAST_KEY),
        Fit::Name | Fit::Whole => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Field; 4] = [
        Field::number("id", "id", u8::MAX),
        Field::text("name", "name", u8::MAX),
        Field::number("cost", "cost", 10),
        Field::sentences("request", "request", 20),
    ];

    fn fitted(room: usize) -> (Vec<Option<usize>>, u16) {
        let fitted = Fitted::new(&COLUMNS, &[3, 40, 8, 60], room);
        (fitted.widths, fitted.gap)
    }

    #[test]
    fn where_there_is_room_every_column_is_shown_as_wide_as_it_is() {
        assert_eq!(fitted(117), (vec![Some(3), Some(40), Some(8), Some(60)], 2));
    }

    #[test]
    fn sentences_give_way_before_a_column_is_left_out() {
        assert_eq!(fitted(90), (vec![Some(3), Some(40), Some(8), Some(33)], 2));
        assert_eq!(fitted(78), (vec![Some(3), Some(40), Some(8), Some(24)], 1));
    }

    #[test]
    fn the_lightest_column_is_left_out_first() {
        assert_eq!(fitted(77), (vec![Some(3), Some(40), None, Some(30)], 2));
        assert_eq!(fitted(60), (vec![Some(3), Some(40), None, None], 2));
    }

    #[test]
    fn a_key_gives_way_before_a_column_is_left_out() {
        let columns = [Field::key("key", "key"), Field::number("cost", "cost", 10)];
        let widths = |room| Fitted::new(&columns, &[79, 8], room).widths;
        assert_eq!(widths(89), [Some(79), Some(8)]);
        assert_eq!(widths(60), [Some(50), Some(8)]);
        assert_eq!(widths(21), [Some(12), Some(8)]);
        assert_eq!(widths(20), [Some(20), None]);
    }

    #[test]
    fn names_are_narrowed_last_and_numbers_never() {
        assert_eq!(fitted(40), (vec![Some(3), Some(36), None, None], 1));
    }

    #[test]
    fn below_40_columns_nothing_is_broken() {
        assert_eq!(fitted(39), (vec![Some(3), Some(40), None, None], 1));
    }
}
