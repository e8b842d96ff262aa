//! Korean particles by the sound that a word ends in: 한라를, 백록담을, 3호로, 7로, Room A가.
//!
//! Words in Latin letters are judged as they are said in Korean: single capitals by the letter's name (L 엘, M 엠,
//! N 엔, R 알), other words by their last letters. What stands in brackets at the end does not count.

/// Pairs of particles; each is named by its form after a final consonant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Particle {
    /// 이/가: the subject.
    I,
    /// 을/를: the object.
    Eul,
    /// 은/는: the topic.
    Eun,
    /// 과/와: "and".
    Gwa,
    /// 으로/로: "to", "by"; 로 also after ㄹ.
    Euro,
}

impl Particle {
    const ALL: [Self; 5] = [Self::I, Self::Eul, Self::Eun, Self::Gwa, Self::Euro];

    const fn forms(self) -> (&'static str, &'static str) {
        match self {
            Self::I => ("이", "가"),
            Self::Eul => ("을", "를"),
            Self::Eun => ("은", "는"),
            Self::Gwa => ("과", "와"),
            Self::Euro => ("으로", "로"),
        }
    }

    /// The form that follows `word`.
    pub fn after(self, word: &str) -> &'static str {
        let (closed, open) = self.forms();
        match (last_sound(word), self) {
            (Sound::Vowel, _) | (Sound::Rieul, Self::Euro) => open,
            _ => closed,
        }
    }

    /// `word` and the particle.
    pub fn with(self, word: &str) -> String {
        format!("{word}{}", self.after(word))
    }
}

/// Replaces `%{name}`, and `{을}` (any particle, after a consonant's form) by what fits the text before it.
pub(crate) fn fill(template: &str, args: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(template.len() + 16);
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        let (before, from) = rest.split_at(open);
        let Some(close) = from.find('}') else { break };
        let name = &from[1..close];
        if let Some(before) = before.strip_suffix('%') {
            out.push_str(before);
            match args.iter().find(|(known, _)| *known == name) {
                Some((_, value)) => out.push_str(value),
                None => out.push_str(&format!("%{{{name}}}")),
            }
        } else {
            out.push_str(before);
            match Particle::ALL.into_iter().find(|particle| particle.forms().0 == name) {
                Some(particle) => {
                    let fitting = particle.after(&out);
                    out.push_str(fitting);
                }
                None => out.push_str(&from[..=close]),
            }
        }
        rest = &from[close + 1..];
    }
    out.push_str(rest);
    out
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sound {
    Vowel,
    Rieul,
    Consonant,
}

fn last_sound(word: &str) -> Sound {
    let word = without_brackets(word).trim_end_matches(|c: char| !c.is_alphanumeric());
    let Some(last) = word.chars().next_back() else { return Sound::Vowel };
    match last {
        '\u{ac00}'..='\u{d7a3}' => match (u32::from(last) - 0xac00) % 28 {
            0 => Sound::Vowel,
            8 => Sound::Rieul,
            _ => Sound::Consonant,
        },
        // 영·십·백·천, 삼, 육 / 일, 칠, 팔 / 이, 사, 오, 구
        '0' | '3' | '6' => Sound::Consonant,
        '1' | '7' | '8' => Sound::Rieul,
        '2' | '4' | '5' | '9' => Sound::Vowel,
        _ if last.is_ascii_alphabetic() => latin_sound(word),
        _ => Sound::Vowel,
    }
}

fn latin_sound(word: &str) -> Sound {
    let start = word
        .rfind(|c: char| !c.is_ascii_alphabetic())
        .map_or(0, |at| at + word[at..].chars().next().map_or(1, char::len_utf8));
    let letters = &word[start..];
    let spelled = letters.chars().all(|c| c.is_ascii_uppercase());
    let lower = letters.to_ascii_lowercase();
    if spelled {
        return match lower.chars().next_back() {
            Some('l' | 'r') => Sound::Rieul,
            Some('m' | 'n') => Sound::Consonant,
            _ => Sound::Vowel,
        };
    }
    if lower.ends_with('l') {
        Sound::Rieul
    } else if ["m", "n", "ng", "ck", "p"].iter().any(|end| lower.ends_with(end)) {
        Sound::Consonant
    } else {
        Sound::Vowel
    }
}

fn without_brackets(word: &str) -> &str {
    let trimmed = word.trim_end();
    match (trimmed.ends_with(')'), trimmed.rfind('(')) {
        (true, Some(open)) if open > 0 => trimmed[..open].trim_end(),
        _ => trimmed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_names() {
        let names = [
            ("한라", "한라가 한라를 한라는 한라와 한라로"),
            ("백록담", "백록담이 백록담을 백록담은 백록담과 백록담으로"),
            ("설악", "설악이 설악을 설악은 설악과 설악으로"),
            ("지리", "지리가 지리를 지리는 지리와 지리로"),
            ("북한산", "북한산이 북한산을 북한산은 북한산과 북한산으로"),
            ("서울", "서울이 서울을 서울은 서울과 서울로"),
            ("김민아", "김민아가 김민아를 김민아는 김민아와 김민아로"),
            ("이준", "이준이 이준을 이준은 이준과 이준으로"),
            ("박하늘", "박하늘이 박하늘을 박하늘은 박하늘과 박하늘로"),
            ("남궁민수", "남궁민수가 남궁민수를 남궁민수는 남궁민수와 남궁민수로"),
            ("김민아(총무)", "김민아(총무)가 김민아(총무)를 김민아(총무)는 김민아(총무)와 김민아(총무)로"),
            ("회의실 1", "회의실 1이 회의실 1을 회의실 1은 회의실 1과 회의실 1로"),
            ("회의실 2", "회의실 2가 회의실 2를 회의실 2는 회의실 2와 회의실 2로"),
            ("회의실 3", "회의실 3이 회의실 3을 회의실 3은 회의실 3과 회의실 3으로"),
            ("회의실 7", "회의실 7이 회의실 7을 회의실 7은 회의실 7과 회의실 7로"),
            ("회의실 10", "회의실 10이 회의실 10을 회의실 10은 회의실 10과 회의실 10으로"),
            ("TV", "TV가 TV를 TV는 TV와 TV로"),
            ("Room L", "Room L이 Room L을 Room L은 Room L과 Room L로"),
            ("Jane Smith", "Jane Smith가 Jane Smith를 Jane Smith는 Jane Smith와 Jane Smith로"),
            ("Zoom", "Zoom이 Zoom을 Zoom은 Zoom과 Zoom으로"),
        ];
        for (name, expected) in names {
            let said: Vec<_> = Particle::ALL.iter().map(|particle| particle.with(name)).collect();
            assert_eq!(said.join(" "), expected);
        }
    }

    #[test]
    fn templates_take_particles() {
        assert_eq!(fill("%{room}{은} %{who} 님이", &[("room", "설악"), ("who", "이준")]), "설악은 이준 님이");
        assert_eq!(fill("%{room}{으로} 옮겼어요", &[("room", "서울")]), "서울로 옮겼어요");
        assert_eq!(fill("{x} %{gone} {", &[]), "{x} %{gone} {");
        assert_eq!(Particle::Eul.with(""), "를");
    }

    #[test]
    fn a_value_is_never_read_as_a_template() {
        assert_eq!(fill("%{a}!", &[("a", "%{b}{을}"), ("b", "x")]), "%{b}{을}!");
    }
}
