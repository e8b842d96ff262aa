//! Silence: a channel that is armed and brings nothing.
//!
//! Nothing depends on notifications, so nobody would notice but by the delay. Pulls by the clock notice: if several in a
//! row find changes and no notification came for any of them, the channel is replaced.

/// So many pulls in a row that found changes nobody told of.
pub const UNHEARD: u32 = 3;

/// A pull that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pulled {
    /// A channel was armed since before the last pull: what it found, a notification should have told of.
    pub listened: bool,
    /// A notification came since the last pull.
    pub heard: bool,
    /// It changed something here; our own writes coming back do not.
    pub found: bool,
}

/// How many unheard pulls there are in a row now, and whether the channel is to be replaced for it.
pub const fn after(unheard: u32, pulled: Pulled) -> (u32, bool) {
    if pulled.heard || !pulled.listened {
        return (0, false);
    }
    // A pull that finds nothing says nothing about the channel.
    let unheard = if pulled.found { unheard.saturating_add(1) } else { unheard };
    if unheard >= UNHEARD { (0, true) } else { (unheard, false) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUIET: Pulled = Pulled { listened: true, heard: false, found: false };
    const FOUND: Pulled = Pulled { found: true, ..QUIET };
    const HEARD: Pulled = Pulled { heard: true, ..FOUND };
    const NO_CHANNEL: Pulled = Pulled { listened: false, ..FOUND };

    fn replaced(pulls: &[Pulled]) -> Option<usize> {
        let mut unheard = 0;
        for (index, pulled) in pulls.iter().enumerate() {
            let (next, replace) = after(unheard, *pulled);
            if replace {
                return Some(index);
            }
            unheard = next;
        }
        None
    }

    #[test]
    fn three_pulls_that_nobody_told_of_replace_the_channel() {
        assert_eq!(replaced(&[FOUND, FOUND, FOUND]), Some(2));
        assert_eq!(replaced(&[FOUND, QUIET, FOUND, QUIET, FOUND]), Some(4), "a quiet night says nothing");
        assert_eq!(replaced(&[FOUND, FOUND, HEARD, FOUND, FOUND]), None);
        assert_eq!(replaced(&[NO_CHANNEL; 9]), None);
        assert_eq!(replaced(&[QUIET; 9]), None);
    }

    #[test]
    fn after_a_replacement_it_is_counted_anew() {
        assert_eq!(after(2, FOUND), (0, true));
        assert_eq!(after(2, HEARD), (0, false));
    }
}
