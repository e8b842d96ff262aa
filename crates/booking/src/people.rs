//! Finding colleagues: by name, by 초성 (initial consonants), by e-mail.

use model::ApiError;
use model::person::PersonRow;

use crate::cx::Cx;
use crate::engine::Engine;
use crate::failure::Failure;

/// Most that a picker shows.
const SHOWN: usize = 10;

impl Engine {
    /// Up to ten active colleagues that match; those whose name begins with the query first.
    pub async fn find_people(&self, cx: &Cx, query: &str) -> Result<Vec<PersonRow>, ApiError> {
        if query.len() > 100 {
            return Err(ApiError::field("query"));
        }
        let query = query.trim().to_lowercase();
        if query.is_empty() {
            return Ok(Vec::new());
        }
        let people = self.company(cx.company).person_list().await.map_err(Failure::from)?;
        let mut found: Vec<(bool, PersonRow)> = people
            .into_iter()
            .filter(|person| person.active)
            .filter_map(|person| {
                let name = person.name.to_lowercase();
                let begins = name.starts_with(&query) || person.email.starts_with(&query);
                let matches = begins || name.contains(&query) || initials_match(&name, &query);
                let row = PersonRow {
                    number: person.number,
                    name: person.name,
                    email: person.email,
                    department: person.department,
                };
                matches.then_some((!begins, row))
            })
            .collect();
        found.sort_by(|a, b| (a.0, &a.1.name, a.1.number).cmp(&(b.0, &b.1.name, b.1.number)));
        Ok(found.into_iter().take(SHOWN).map(|(_, row)| row).collect())
    }
}

/// Whether `query` is all initial consonants and they begin a stretch of `name`: ㄱㅁㅇ finds 김민아.
fn initials_match(name: &str, query: &str) -> bool {
    let initials: String = name.chars().filter_map(initial).collect();
    query.chars().all(|c| ('ㄱ'..='ㅎ').contains(&c)) && initials.contains(query)
}

/// The initial consonant of a Hangul syllable (Unicode §3.12: (code - AC00) / 588).
fn initial(syllable: char) -> Option<char> {
    const INITIALS: [char; 19] = [
        'ㄱ', 'ㄲ', 'ㄴ', 'ㄷ', 'ㄸ', 'ㄹ', 'ㅁ', 'ㅂ', 'ㅃ', 'ㅅ', 'ㅆ', 'ㅇ', 'ㅈ', 'ㅉ', 'ㅊ', 'ㅋ', 'ㅌ',
        'ㅍ', 'ㅎ',
    ];
    let index = u32::from(syllable).checked_sub(0xac00)?;
    if index >= 11_172 {
        return None;
    }
    INITIALS.get(usize::try_from(index / 588).ok()?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initial_consonants_find_names() {
        assert!(initials_match("김민아", "ㄱㅁㅇ"));
        assert!(initials_match("김민아", "ㅁㅇ"));
        assert!(!initials_match("김민아", "ㅁㄱ"));
        assert!(!initials_match("김민아", "ㄱ민"));
        assert!(initials_match("한라", "ㅎㄹ"));
    }
}
