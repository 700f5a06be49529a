//! Figures, as they are shown.

/// The smallest, the middle and the largest of some figures.
#[derive(Clone, Copy)]
pub(super) struct Spread {
    pub min: f64,
    pub median: f64,
    pub max: f64,
}

impl Spread {
    /// None when there are no figures, or one of them is not known.
    pub(super) fn of(figures: impl Iterator<Item = Option<f64>>) -> Option<Spread> {
        let mut figures: Vec<f64> = figures.collect::<Option<_>>()?;
        figures.sort_by(f64::total_cmp);
        let middle = figures.len() / 2;
        let upper = *figures.get(middle)?;
        Some(Spread {
            min: *figures.first()?,
            median: if figures.len().is_multiple_of(2) {
                (figures[middle - 1] + upper) / 2.0
            } else {
                upper
            },
            max: *figures.last()?,
        })
    }

    /// All three.
    pub(super) fn in_full(self) -> String {
        let [min, median, max] = [self.min, self.median, self.max].map(number);
        format!("{min} – {median} – {max}")
    }

    /// The middle one.
    pub(super) fn middle(self) -> String {
        number(self.median)
    }
}

/// A spread in one of its two forms, or a dash.
pub(super) fn show(spread: Option<Spread>, form: fn(Spread) -> String) -> String {
    spread.map_or_else(|| "-".to_owned(), form)
}

/// A figure to about three digits, thousands set apart.
pub(super) fn number(value: f64) -> String {
    if value < 1.0 {
        return format!("{value:.3}");
    }
    if value < 10.0 {
        return format!("{value:.2}");
    }
    if value < 100.0 {
        return format!("{value:.1}");
    }
    let digits = format!("{value:.0}");
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_of_figures_is_between_the_middle_two() {
        let spread = Spread::of([4.0, 1.0, 2.0, 3.0].into_iter().map(Some)).unwrap();
        assert_eq!((spread.min, spread.median, spread.max), (1.0, 2.5, 4.0));
    }

    #[test]
    fn numbers_have_about_three_digits_and_thousands_apart() {
        let shown = [0.914, 12.34, 999.6, 1_234_567.0].map(number);
        assert_eq!(shown, ["0.914", "12.3", "1,000", "1,234,567"]);
    }
}
