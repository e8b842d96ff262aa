//! Putting short lists in order.

/// The items by their keys, equal ones as they came. For lists as short as a room's day: the standard sort is made for
/// long ones, and weighs some kilobytes in the browser's program for each type of item.
pub fn ordered<T, K: Ord>(items: impl IntoIterator<Item = T>, key: impl Fn(&T) -> K) -> Vec<T> {
    let mut list = Vec::new();
    for item in items {
        let own = key(&item);
        let at = list.partition_point(|known| key(known) <= own);
        list.insert(at, item);
    }
    list
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_the_standard_order(items in proptest::collection::vec((0_u8..9, any::<u8>()), 0..40)) {
            let mut sorted = items.clone();
            sorted.sort_by_key(|(key, _)| *key);
            prop_assert_eq!(ordered(items, |(key, _)| *key), sorted);
        }
    }
}
