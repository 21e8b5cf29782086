//! Texts made comparable: lower case for keywords, and for words also without accents.

use unicode_normalization::char::decompose_compatible;

use super::han::simplified;

/// Lower-cases into `out`, exactly as Unicode (and Python's `str.lower`) does.
pub(crate) fn lower_into(text: &str, out: &mut String) {
    out.clear();
    if text.is_ascii() {
        out.push_str(text);
        out.make_ascii_lowercase();
    } else {
        out.push_str(&text.to_lowercase());
    }
}

/// Lower-cases, strips accents and takes full-width forms back, so that 'führe', 'FUHRE', a decomposed 'führe' and
/// 'ｆｕｈｒｅ' are one word.
pub(crate) fn fold_into(text: &str, out: &mut String) {
    out.clear();
    if text.is_ascii() {
        out.push_str(text);
        out.make_ascii_lowercase();
    } else {
        text.chars().for_each(|c| fold(c, |c| out.push(c)));
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
    match c {
        '\0'..='\x7f' => return push(c.to_ascii_lowercase()),
        // Small letters of Russian without an accent, as most are.
        'а'..='и' | 'к'..='я' => return push(c),
        // The accents of kana and the parts of Hangul tell words apart.
        '\u{3040}'..='\u{30ff}' | '\u{ac00}'..='\u{d7a3}' => return push(c),
        '\u{4e00}'..='\u{9fff}' => return push(simplified(c)),
        // Whatever follows one of these begins anew; its narrow form cuts only before white space: 'src:app'.
        '！' | '：' | '？' => {
            decompose_compatible(c, &mut push);
            return push(' ');
        }
        _ => {}
    }
    for c in c.to_lowercase() {
        match c {
            'ß' => "ss".chars().for_each(&mut push),
            'œ' => "oe".chars().for_each(&mut push),
            'æ' => "ae".chars().for_each(&mut push),
            'ø' => push('o'),
            'đ' => push('d'),
            'ł' => push('l'),
            'ı' => push('i'),
            '’' | '‘' | 'ʼ' => push('\''),
            // A mark like '…' stays one character.
            _ if !c.is_alphanumeric() && !is_full_width(c) && !c.is_whitespace() && !is_accent(c) => push(c),
            'ى' => push('ي'),
            'ة' => push('ه'),
            _ => decompose_compatible(c, |c| {
                if !is_accent(c) {
                    push(c);
                }
            }),
        }
    }
}

fn is_full_width(c: char) -> bool {
    matches!(c, '\u{ff01}'..='\u{ff5e}')
}

/// A combining mark of the Latin, Greek, Cyrillic and Arabic scripts, or the stroke that lengthens an Arabic word.
fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{64b}'..='\u{655}' | '\u{640}')
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
        assert_eq!(folded("次：ＴＥＳＴ？"), "次: test? ");
        assert_eq!(folded("أَصْلِح المكتبـة"), "اصلح المكتبه");
        assert_eq!(folded("測試"), folded("测试"));
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
