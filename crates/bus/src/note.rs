//! The notes, as they travel: a version, who sent it, what.

use model::{CompanyId, ServerId};
use serde::{Deserialize, Serialize};

/// A background pass that may have something to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pass {
    Push,
    Pull,
    Channels,
    Series,
}

/// A hint to the other servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// The company's change log has grown. How far is for the log to say.
    Changed(CompanyId),
    /// A pass should look now; sent by servers that run none.
    Poke(Pass),
}

/// What goes through Redis. A later version adds kinds; an older one leaves unread what it does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Letter {
    pub(crate) from: ServerId,
    /// `None`: a sign of life, to oneself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) note: Option<Note>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_small_and_unknown_ones_are_left_unread() {
        let id = "019aa4e4-5b00-7000-8000-000000000001";
        let from: ServerId = id.parse().unwrap();
        let letter = Letter { from, note: Some(Note::Changed(id.parse().unwrap())) };
        let text = serde_json::to_string(&letter).unwrap();
        assert_eq!(text, format!(r#"{{"from":"{id}","note":{{"changed":"{id}"}}}}"#));
        assert_eq!(serde_json::from_str::<Letter>(&text).unwrap(), letter);
        let poke = Letter { from, note: Some(Note::Poke(Pass::Pull)) };
        let text = serde_json::to_string(&poke).unwrap();
        assert_eq!(text, format!(r#"{{"from":"{id}","note":{{"poke":"pull"}}}}"#));
        assert!(serde_json::from_str::<Letter>(&text.replace("poke", "sing")).is_err());
    }
}
