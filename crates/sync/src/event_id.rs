//! Google event ids of our own inserts, derived from ours: a repeated insert answers 409 and is adopted, never doubled.

use model::BookingId;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";

/// The event id for `booking` in its `generation` (0 at first; the next one is used when the id turned out to be taken
/// by something else, or a room change has to delete and insert). Base32hex, lower case, 5-1024 characters
/// (discovery: `Event.id`).
pub fn event_id(booking: BookingId, generation: u32) -> String {
    let bits = booking.0.as_u128();
    // 128 bits are 26 digits of 5; the first holds the top 3.
    let mut id: String = (0..26).rev().map(|digit| base32_digit((bits >> (digit * 5)) & 31)).collect();
    if generation > 0 {
        let mut rest = u128::from(generation);
        while rest > 0 {
            id.push(base32_digit(rest & 31));
            rest >>= 5;
        }
    }
    id
}

fn base32_digit(value: u128) -> char {
    usize::try_from(value).ok().and_then(|index| ALPHABET.get(index)).map_or('0', |byte| char::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn ids_are_legal_and_tell_bookings_apart(a in any::<u128>(), b in any::<u128>(), generation in 0u32..2_000) {
            let id = |bits, generation| event_id(BookingId(uuid::Uuid::from_u128(bits)), generation);
            let legal = id(a, generation);
            prop_assert!((5..=1024).contains(&legal.len()));
            prop_assert!(legal.bytes().all(|c| ALPHABET.contains(&c)));
            prop_assert_eq!(a == b, id(a, 0) == id(b, 0));
            prop_assert_ne!(id(a, generation), id(a, generation + 1));
        }
    }
}
