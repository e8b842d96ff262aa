//! How a person's name is written and shortened.
//!
//! The Directory's `fullName` is given + family. Korean names are family + given without a space (김민아, not 민아 김).

/// A name in reading order from the Directory's parts; `display` wins where the person chose one.
pub fn display_name(display: &str, given: &str, family: &str, full: &str) -> String {
    let (display, given, family, full) = (display.trim(), given.trim(), family.trim(), full.trim());
    if !display.is_empty() {
        return display.to_owned();
    }
    match (given.is_empty(), family.is_empty()) {
        (false, false) if is_hangul(given) && is_hangul(family) => format!("{family}{given}"),
        (false, false) => format!("{given} {family}"),
        (false, true) => given.to_owned(),
        (true, false) => family.to_owned(),
        (true, true) => full.to_owned(),
    }
}

/// What an avatar shows: the given name of a Korean name of three syllables (민아), all of a shorter one, the first
/// letters of other names (JS).
pub fn initials(name: &str) -> String {
    let name = name.trim();
    if is_hangul(name) {
        let syllables: Vec<char> = name.chars().filter(|c| !c.is_whitespace()).collect();
        let skip = usize::from(syllables.len() == 3) + 2 * usize::from(syllables.len() == 4);
        return syllables.into_iter().skip(skip).take(2).collect();
    }
    let mut words = name.split_whitespace().filter_map(|word| word.chars().next());
    let first = words.next();
    let last = words.next_back();
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

/// Whether every letter is a Hangul syllable (U+AC00..=U+D7A3) or jamo; spaces do not count.
pub fn is_hangul(text: &str) -> bool {
    let mut letters = text.chars().filter(|c| !c.is_whitespace()).peekable();
    letters.peek().is_some()
        && letters.all(|c| matches!(c, '\u{ac00}'..='\u{d7a3}' | '\u{1100}'..='\u{11ff}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn korean_names_put_the_family_first() {
        assert_eq!(display_name("", "민아", "김", "민아 김"), "김민아");
        assert_eq!(display_name("김민아(총무)", "민아", "김", ""), "김민아(총무)");
        assert_eq!(display_name("", "Jane", "Smith", "Jane Smith"), "Jane Smith");
        assert_eq!(display_name("", "", "", "로비 안내"), "로비 안내");
    }

    #[test]
    fn initials_read_as_people_say_them() {
        assert_eq!(initials("김민아"), "민아");
        assert_eq!(initials("이준"), "이준");
        assert_eq!(initials("남궁민수"), "민수");
        assert_eq!(initials("Jane van Smith"), "JS");
        assert_eq!(initials("Cher"), "C");
        assert_eq!(initials(""), "");
    }
}
