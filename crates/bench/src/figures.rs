//! What a run of rounds says: median, smallest and largest.

use std::fmt;
use std::time::Duration;

/// Figures of the same thing from several rounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    min: f64,
    max: f64,
}

impl Spread {
    pub(crate) fn of(figures: &[f64]) -> Self {
        assert!(!figures.is_empty(), "no round was counted");
        let mut sorted = figures.to_vec();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        let median =
            if sorted.len() % 2 == 1 { sorted[middle] } else { (sorted[middle - 1] + sorted[middle]) / 2.0 };
        Self { median, min: sorted[0], max: sorted[sorted.len() - 1] }
    }

    /// Round by round: `ours` over `reference`.
    pub(crate) fn ratio(ours: &[f64], reference: &[f64]) -> Self {
        assert_eq!(ours.len(), reference.len(), "rounds come in pairs");
        Self::of(&ours.iter().zip(reference).map(|(ours, reference)| ours / reference).collect::<Vec<_>>())
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}-{})", short(self.median), short(self.min), short(self.max))
    }
}

/// Three digits that mean something.
pub(crate) fn short(figure: f64) -> String {
    match figure.abs() {
        size if size >= 100.0 => format!("{figure:.0}"),
        size if size >= 10.0 => format!("{figure:.1}"),
        size if size >= 1.0 => format!("{figure:.2}"),
        _ => format!("{figure:.3}"),
    }
}

pub(crate) fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// The smallest figure that `share` of all figures do not exceed.
pub(crate) fn percentile(figures: &[f64], share: f64) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a place in a list"
    )]
    let place = (share * sorted.len() as f64).ceil() as usize;
    sorted[place.clamp(1, sorted.len()) - 1]
}

/// One line of a Markdown table.
pub(crate) fn row(cells: &[&dyn fmt::Display]) {
    println!("| {} |", cells.iter().map(ToString::to_string).collect::<Vec<_>>().join(" | "));
}

/// The head of a Markdown table.
pub(crate) fn head(cells: &[&str]) {
    println!("| {} |\n|{}", cells.join(" | "), " --- |".repeat(cells.len()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_taken_round_by_round() {
        let spread = Spread::ratio(&[1.0, 9.0, 4.0], &[2.0, 3.0, 4.0]);
        assert_eq!(spread, Spread { median: 1.0, min: 0.5, max: 3.0 });
        assert_eq!(spread.to_string(), "1.00 (0.500-3.00)");
    }

    #[test]
    fn the_median_of_an_even_number_is_between() {
        assert_eq!(Spread::of(&[4.0, 1.0, 3.0, 2.0]).median, 2.5);
    }

    #[test]
    fn a_percentile_is_one_of_the_figures() {
        let figures: Vec<f64> = (1..=200).rev().map(f64::from).collect();
        assert_eq!(percentile(&figures, 0.99), 198.0);
        assert_eq!(percentile(&figures, 1.0), 200.0);
        assert_eq!(percentile(&[7.0], 0.99), 7.0);
    }
}
