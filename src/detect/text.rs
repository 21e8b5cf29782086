//! Texts made comparable: lower case for keywords, and for words also without accents.

/// Lower-cases into `out`, exactly as Unicode (and Python's `str.lower`) does.
pub(crate) fn lower_into(text: &str, out: &mut String) {
    out.clear();
    if text.is_ascii() {
        out.push_str(text);
        out.make_ascii_lowercase();
    } else if text.contains('Σ') {
        // A capital sigma at a word's end becomes ς: only the whole-text function knows where words end.
        out.push_str(&text.to_lowercase());
    } else {
        out.extend(text.chars().flat_map(char::to_lowercase));
    }
}

/// Lower-cases and strips accents, so that 'führe', 'FUHRE' and a decomposed 'führe' are one word.
pub(crate) fn fold_into(text: &str, out: &mut String) {
    out.clear();
    if text.is_ascii() {
        out.push_str(text);
        out.make_ascii_lowercase();
    } else {
        for c in text.chars() {
            fold(c, |c| out.push(c));
        }
    }
}

/// For each byte of what `lower_into` or `fold_into` makes of `text`: the place in `text` of the character it
/// comes from. One more entry stands for the end.
pub(crate) fn places(text: &str, folded: bool) -> Vec<usize> {
    let mut places = Vec::with_capacity(text.len() + 1);
    for (at, c) in text.char_indices() {
        let mut add = |c: char| places.extend(std::iter::repeat_n(at, c.len_utf8()));
        if folded {
            fold(c, add);
        } else {
            c.to_lowercase().for_each(&mut add);
        }
    }
    places.push(text.len());
    places
}

fn fold(c: char, mut push: impl FnMut(char)) {
    if c.is_ascii() {
        return push(c.to_ascii_lowercase());
    }
    for c in c.to_lowercase() {
        match c {
            '\u{300}'..='\u{36f}' => {}
            'ß' => ['s', 's'].into_iter().for_each(&mut push),
            'œ' => ['o', 'e'].into_iter().for_each(&mut push),
            'æ' => ['a', 'e'].into_iter().for_each(&mut push),
            '\u{ff01}'..='\u{ff5e}' => push(full_width(c)),
            _ => push(without_accent(c)),
        }
    }
}

/// The ASCII form of a full-width letter, digit or mark, as Japanese and Chinese keyboards give it.
fn full_width(c: char) -> char {
    let ascii = u32::from(c).checked_sub(0xfee0).and_then(char::from_u32);
    ascii.map_or(c, |ascii| ascii.to_ascii_lowercase())
}

fn without_accent(c: char) -> char {
    match c {
        'à'..='å' | 'ā' | 'ă' | 'ą' => 'a',
        'ç' | 'ć' | 'ĉ' | 'č' => 'c',
        'ď' | 'đ' => 'd',
        'è'..='ë' | 'ē' | 'ę' | 'ě' => 'e',
        'ğ' => 'g',
        'ì'..='ï' | 'ī' | 'ı' => 'i',
        'ł' | 'ľ' => 'l',
        'ñ' | 'ń' | 'ň' => 'n',
        'ò'..='ö' | 'ø' | 'ō' | 'ő' => 'o',
        'ř' => 'r',
        'ś' | 'ş' | 'š' | 'ș' => 's',
        'ť' | 'ţ' | 'ț' => 't',
        'ù'..='ü' | 'ū' | 'ů' | 'ű' => 'u',
        'ý' | 'ÿ' => 'y',
        'ź' | 'ż' | 'ž' => 'z',
        'ё' => 'е',
        '’' | '‘' | 'ʼ' => '\'',
        '\u{a0}' | '\u{3000}' | '\u{202f}' => ' ',
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lower(text: &str) -> String {
        let mut out = "old".to_owned();
        lower_into(text, &mut out);
        out
    }

    fn folded(text: &str) -> String {
        let mut out = "old".to_owned();
        fold_into(text, &mut out);
        out
    }

    #[test]
    fn lower_case_is_unicodes() {
        for text in ["Run TESTS", "\u{212a}elvin", "İstanbul", "ΟΔΟΣ ΣΑΣ", "STRASSE ẞ", ""] {
            assert_eq!(lower(text), text.to_lowercase());
        }
    }

    #[test]
    fn folding_also_strips_accents() {
        assert_eq!(folded("Führe DÉPLOIE fu\u{308}hre"), "fuhre deploie fuhre");
        assert_eq!(folded("don’t"), "don't");
        assert_eq!(folded("ＴＥＳＴ"), "test");
    }

    #[test]
    fn places_point_back_to_the_original() {
        let text = "Aé\u{212a}İß!";
        for fold in [false, true] {
            let made = if fold { folded(text) } else { lower(text) };
            let places = places(text, fold);
            assert_eq!(places.len(), made.len() + 1);
            assert_eq!(places[made.len() - 1], text.len() - 1);
            assert!(places.iter().all(|&at| text.is_char_boundary(at)));
        }
    }
}
