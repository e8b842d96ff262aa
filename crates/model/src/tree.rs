//! JSON as a tree, and how types are read from it: the only reader of JSON in the browser's program.
//!
//! serde compiles a reader for each type, with a message for whatever may be wrong with it; in the browser, where nobody
//! reads the messages, that was a ninth of the program. Here one reader makes a tree, and [`Read`] looks up in it. How our
//! types are read stands in `read.rs`, where a test holds it against serde.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

/// A JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tree {
    Null,
    Bool(bool),
    Int(i64),
    /// A number that is no `i64`. None of ours is one, but a field of a later version may be.
    Number,
    Text(String),
    List(Vec<Tree>),
    /// As it is written: a name may be there twice.
    Map(Vec<(String, Tree)>),
}

/// The most lists and maps that may stand in each other; what is deeper is refused. Ours are nested eight deep.
pub const DEEPEST: u8 = 64;

/// A type that can be read from a tree.
pub trait Read: Sized {
    /// `None` where the tree is none of this type.
    fn read(tree: &Tree) -> Option<Self>;

    /// What a field of this type is where it is missing: `None` where it must not.
    fn missing() -> Option<Self> {
        None
    }
}

/// A type from a JSON text (RFC 8259); `None` where it is none, or no such type.
pub fn parse<T: Read>(text: &str) -> Option<T> {
    T::read(&Tree::parse(text)?)
}

impl Tree {
    /// `None` unless `text` is one JSON value, at most [`DEEPEST`] deep.
    pub fn parse(text: &str) -> Option<Self> {
        let mut reader = Reader { text, at: 0 };
        let tree = reader.value(DEEPEST)?;
        reader.peek().is_none().then_some(tree)
    }

    /// The field `name` of a map.
    pub fn field<T: Read>(&self, name: &str) -> Option<T> {
        self.look_up(name)?.map_or_else(T::missing, T::read)
    }

    /// The same of a field that is left out where its value is the usual one.
    pub fn unusual<T: Read + Default>(&self, name: &str) -> Option<T> {
        self.look_up(name)?.map_or_else(|| Some(T::default()), T::read)
    }

    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The field `name`, if there is one; `None` where this is no map, or there are two.
    pub fn look_up(&self, name: &str) -> Option<Option<&Self>> {
        let Self::Map(fields) = self else { return None };
        let mut found = fields.iter().filter(|(known, _)| known == name).map(|(_, tree)| tree);
        let first = found.next();
        found.next().is_none().then_some(first)
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self) -> Option<u8> {
        let byte = self.byte();
        self.at += 1;
        byte
    }

    /// The next byte that is no white space, not taken.
    fn peek(&mut self) -> Option<u8> {
        while matches!(self.byte(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
        self.byte()
    }

    fn value(&mut self, deepest: u8) -> Option<Tree> {
        match self.peek()? {
            b'{' => {
                let deeper = deepest.checked_sub(1)?;
                let mut fields = vec![];
                self.items(b'}', |reader| {
                    let name = (reader.peek()? == b'"').then(|| reader.string())??;
                    reader.peek().filter(|byte| *byte == b':')?;
                    reader.at += 1;
                    fields.push((name, reader.value(deeper)?));
                    Some(())
                })?;
                Some(Tree::Map(fields))
            }
            b'[' => {
                let deeper = deepest.checked_sub(1)?;
                let mut items = vec![];
                self.items(b']', |reader| {
                    items.push(reader.value(deeper)?);
                    Some(())
                })?;
                Some(Tree::List(items))
            }
            b'"' => self.string().map(Tree::Text),
            b't' => self.word("true", Tree::Bool(true)),
            b'f' => self.word("false", Tree::Bool(false)),
            b'n' => self.word("null", Tree::Null),
            _ => self.number(),
        }
    }

    fn word(&mut self, word: &str, tree: Tree) -> Option<Tree> {
        let there = self.text.as_bytes().get(self.at..)?.starts_with(word.as_bytes());
        self.at += word.len();
        there.then_some(tree)
    }

    /// What stands between a bracket and `close`, with commas in between.
    fn items(&mut self, close: u8, mut item: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.at += 1;
        if self.peek()? == close {
            self.at += 1;
            return Some(());
        }
        loop {
            item(self)?;
            let next = self.peek()?;
            self.at += 1;
            if next != b',' {
                return (next == close).then_some(());
            }
        }
    }

    fn digits(&mut self) -> Option<()> {
        let from = self.at;
        while self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        (self.at > from).then_some(())
    }

    fn number(&mut self) -> Option<Tree> {
        let from = self.at;
        if self.byte() == Some(b'-') {
            self.at += 1;
        }
        if self.byte() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.byte() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.byte() {
                self.at += 1;
            }
            self.digits()?;
        }
        let written = self.text.get(from..self.at)?;
        // serde_json, too, takes `-0` for a float.
        let int = written.parse().ok().filter(|_| written != "-0");
        Some(int.map_or(Tree::Number, Tree::Int))
    }

    fn string(&mut self) -> Option<String> {
        self.at += 1;
        let mut string = String::new();
        loop {
            let from = self.at;
            while self.byte().is_some_and(|byte| !matches!(byte, b'"' | b'\\' | ..0x20)) {
                self.at += 1;
            }
            string.push_str(self.text.get(from..self.at)?);
            match self.take()? {
                b'"' => return Some(string),
                b'\\' => string.push(self.escaped()?),
                _ => return None,
            }
        }
    }

    fn escaped(&mut self) -> Option<char> {
        Some(match self.take()? {
            byte @ (b'"' | b'\\' | b'/') => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let mut code = self.hex()?;
                if let 0xd800..0xdc00 = code {
                    let pair = self.take()? == b'\\' && self.take()? == b'u';
                    let low = self.hex().filter(|low| pair && (0xdc00..0xe000).contains(low))?;
                    code = 0x1_0000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                }
                // A lone half of a pair is no character.
                char::from_u32(code)?
            }
            _ => return None,
        })
    }

    fn hex(&mut self) -> Option<u32> {
        let mut code = 0;
        for _ in 0..4 {
            code = code * 16 + char::from(self.take()?).to_digit(16)?;
        }
        Some(code)
    }
}

/// Types whose JSON serde cannot read by a derived reader as strictly as it must be read, or not without a second tree
/// of its own, are read from this one on the server, too.
impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Tree;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }
            fn visit_unit<E>(self) -> Result<Tree, E> {
                Ok(Tree::Null)
            }
            fn visit_bool<E>(self, value: bool) -> Result<Tree, E> {
                Ok(Tree::Bool(value))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Tree, E> {
                Ok(Tree::Int(value))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Tree, E> {
                Ok(i64::try_from(value).map_or(Tree::Number, Tree::Int))
            }
            fn visit_f64<E>(self, _: f64) -> Result<Tree, E> {
                Ok(Tree::Number)
            }
            fn visit_str<E>(self, value: &str) -> Result<Tree, E> {
                Ok(Tree::Text(value.to_owned()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Tree, A::Error> {
                let mut items = vec![];
                while let Some(item) = list.next_element()? {
                    items.push(item);
                }
                Ok(Tree::List(items))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
                let mut fields = vec![];
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Tree::Map(fields))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

/// serde's reading of a type by way of [`Read`].
pub(crate) fn deserialize<'de, T: Read, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let name = std::any::type_name::<T>();
    T::read(&Tree::deserialize(deserializer)?)
        .ok_or_else(|| D::Error::custom(format_args!("this is no {name}")))
}

impl Read for bool {
    fn read(tree: &Tree) -> Option<Self> {
        match tree {
            Tree::Bool(value) => Some(*value),
            _ => None,
        }
    }
}

impl Read for i64 {
    fn read(tree: &Tree) -> Option<Self> {
        match tree {
            Tree::Int(value) => Some(*value),
            _ => None,
        }
    }
}

impl Read for i32 {
    fn read(tree: &Tree) -> Option<Self> {
        i64::read(tree)?.try_into().ok()
    }
}

impl Read for u32 {
    fn read(tree: &Tree) -> Option<Self> {
        i64::read(tree)?.try_into().ok()
    }
}

impl Read for String {
    fn read(tree: &Tree) -> Option<Self> {
        tree.text().map(str::to_owned)
    }
}

impl<T: Read> Read for Option<T> {
    fn read(tree: &Tree) -> Option<Self> {
        match tree {
            Tree::Null => Some(None),
            tree => T::read(tree).map(Some),
        }
    }

    fn missing() -> Option<Self> {
        Some(None)
    }
}

impl<T: Read> Read for Box<T> {
    fn read(tree: &Tree) -> Option<Self> {
        T::read(tree).map(Self::new)
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(tree: &Tree) -> Option<Self> {
        let Tree::List(items) = tree else { return None };
        items.iter().map(T::read).collect()
    }
}

impl<A: Read, B: Read> Read for (A, B) {
    fn read(tree: &Tree) -> Option<Self> {
        match tree {
            Tree::List(items) => match items.as_slice() {
                [a, b] => Some((A::read(a)?, B::read(b)?)),
                _ => None,
            },
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What `serde_json` says of the same text.
    fn reference(text: &str) -> Option<Tree> {
        serde_json::from_str(text).ok()
    }

    #[test]
    fn what_is_no_json_is_refused_as_by_serde() {
        for text in [
            "",
            " ",
            "nul",
            "nulls",
            "truefalse",
            "tru",
            "[",
            "]",
            "{",
            "}",
            "[1",
            "[1,",
            "[1,]",
            "[,1]",
            "[1 2]",
            "{\"a\"",
            "{\"a\":",
            "{\"a\":1",
            "{\"a\":1,}",
            "{,}",
            "{a:1}",
            "{\"a\" 1}",
            "{\"a\"=1}",
            "{1:1}",
            "1 1",
            "01",
            "-",
            "+1",
            "-01",
            "1.",
            ".5",
            "1e",
            "1e+",
            "0x1",
            "--1",
            "\"",
            "\"a",
            "\"\\",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\\u+123\"",
            "\"\\ud800\"",
            "\"\\ud800\\n\"",
            "\"\\ud800\\ud800\"",
            "\"\\udc00\"",
            "\"\n\"",
            "\"\u{1f}\"",
            "'a'",
            "\u{feff}1",
            "\u{a0}1",
            "[1]]",
            "{\"a\":1}}",
            "/**/1",
            "NaN",
            "\"a\" \"b\"",
        ] {
            assert_eq!(Tree::parse(text), None, "{text}");
            assert_eq!(reference(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_are_whole_or_none_of_ours() {
        for (text, expected) in [
            ("0", Tree::Int(0)),
            ("-1", Tree::Int(-1)),
            ("9223372036854775807", Tree::Int(i64::MAX)),
            ("-9223372036854775808", Tree::Int(i64::MIN)),
            ("9223372036854775808", Tree::Number),
            ("-9223372036854775809", Tree::Number),
            ("-0", Tree::Number),
            ("1.0", Tree::Number),
            ("1e2", Tree::Number),
            ("-1.5E-3", Tree::Number),
        ] {
            assert_eq!(Tree::parse(text), Some(expected.clone()), "{text}");
            assert_eq!(reference(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn strings_are_unescaped() {
        let written = r#""\"\\\/\b\f\n\r\t한\ud55c\uD83D\ude00\u0000""#;
        let expected = Tree::Text("\"\\/\u{8}\u{c}\n\r\t한한😀\0".into());
        assert_eq!(Tree::parse(written), Some(expected.clone()));
        assert_eq!(reference(written), Some(expected));
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = |depth: u8, open: &str, close: &str| {
            format!("{}1{}", open.repeat(depth.into()), close.repeat(depth.into()))
        };
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            assert!(Tree::parse(&nested(DEEPEST, open, close)).is_some());
            assert_eq!(Tree::parse(&nested(DEEPEST + 1, open, close)), None);
        }
        assert_eq!(Tree::parse(&"[".repeat(10_000_000)), None);
    }

    #[test]
    fn a_field_that_stands_twice_is_not_read() {
        let tree = Tree::parse(r#"{"a":1,"b":2,"a":1,"c":null}"#).unwrap();
        assert_eq!(tree.field::<i64>("a"), None);
        assert_eq!(tree.unusual::<i64>("a"), None);
        assert_eq!(tree.field::<i64>("b"), Some(2));
        assert_eq!(tree.field::<Option<i64>>("c"), Some(None));
        assert_eq!(tree.unusual::<i64>("c"), None, "what is left out is not written as nothing");
        assert_eq!(tree.field::<i64>("d"), None);
        assert_eq!(tree.field::<Option<i64>>("d"), Some(None));
        assert_eq!(tree.unusual::<i64>("d"), Some(0));
    }

    /// Any JSON, a few levels deep.
    fn any_json() -> impl Strategy<Value = serde_json::Value> {
        use serde_json::{Value, json};
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            (-1e9..1e9).prop_map(|float: f64| json!(float)),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..6)
                    .prop_map(|map| map.into_iter().collect::<serde_json::Map<_, _>>().into()),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_json_is_read_as_by_serde(json in any_json()) {
            for text in [json.to_string(), serde_json::to_string_pretty(&json).unwrap()] {
                prop_assert_eq!(Tree::parse(&text), reference(&text), "{}", text);
            }
        }

        /// Of letters that JSON is made of, so that much of it nearly is JSON.
        #[test]
        fn anything_is_read_as_by_serde_or_refused(text in r#"[\[\]{}",:\\u0-9a-f.eE+\- \n한-]{0,24}"#) {
            prop_assert_eq!(Tree::parse(&text), reference(&text), "{}", text);
        }

        #[test]
        fn any_text_is_read_as_by_serde_or_refused(text: String) {
            prop_assert_eq!(Tree::parse(&text), reference(&text), "{}", text);
        }

        /// JSON with something cut out or put in.
        #[test]
        fn damaged_json_is_read_as_by_serde_or_refused(
            json in any_json(), from in any::<prop::sample::Index>(), length in 0_usize..4, put in r#"["\\{}\[\]:,0-9]{0,2}"#,
        ) {
            let mut chars: Vec<char> = json.to_string().chars().collect();
            let from = from.index(chars.len());
            let to = (from + length).min(chars.len());
            chars.splice(from..to, put.chars());
            let text = chars.into_iter().collect::<String>();
            prop_assert_eq!(Tree::parse(&text), reference(&text), "{}", text);
        }
    }
}
