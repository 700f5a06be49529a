//! The table at the end: a line for each server.

use super::figures::Figures;
use super::verdict::Found;

/// A line of the table.
pub(super) struct Line {
    pub(super) name: &'static str,
    pub(super) found: Found,
    /// Runs of the real client.
    pub(super) runs: u64,
    pub(super) hostile: u64,
    /// The longest time between two exchanges, in milliseconds.
    pub(super) longest: u64,
}

/// The columns, and how wide each is; what has a minus is aligned to the left.
const COLUMNS: [(&str, isize); 9] = [
    ("server", -11),
    ("exchanges", 9),
    ("runs", 5),
    ("longest wait", 12),
    ("hostile", 7),
    ("full", 4),
    ("files", 9),
    ("threads", 9),
    ("memory, MiB", 25),
];

/// The head of the table.
pub(super) fn head() -> String {
    row(COLUMNS.map(|(name, _)| name.to_owned())) + "  verdict"
}

impl Line {
    /// The line without its last column, which has a colour.
    pub(super) fn text(&self) -> String {
        let Found { before, after, .. } = &self.found;
        let last = after.last();
        let change = |count: fn(&Figures) -> usize| match (before, last) {
            (Some(before), Some(last)) => format!("{} → {}", count(before), count(last)),
            _ => "–".to_owned(),
        };
        let memory = before.iter().chain(after);
        let memory: Vec<_> = memory
            .map(|figures| format!("{:.1}", figures.memory as f64 / f64::from(1 << 20)))
            .collect();
        row([
            self.name.to_owned(),
            self.found.exchanges.to_string(),
            self.runs.to_string(),
            format!("{:.2} s", self.longest as f64 / 1e3),
            self.hostile.to_string(),
            self.found.full.map_or("–".into(), |full| full.to_string()),
            change(|figures| figures.files),
            change(|figures| figures.threads),
            match memory.is_empty() {
                true => "–".to_owned(),
                false => memory.join(" → "),
            },
        ])
    }
}

fn row(cells: [String; COLUMNS.len()]) -> String {
    let cells = cells.iter().zip(COLUMNS).map(|(cell, (_, width))| {
        let room = width.unsigned_abs();
        match width < 0 {
            true => format!("{cell:room$}"),
            false => format!("{cell:>room$}"),
        }
    });
    cells.collect::<Vec<_>>().join("  ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_stands_below_its_head() {
        let figures = |memory| Figures {
            files: 9,
            threads: 12,
            memory,
        };
        let mut line = Line {
            name: "wiretap-udp",
            found: Found {
                exchanges: 12_345,
                full: Some(7),
                before: Some(figures(500 << 10)),
                after: vec![figures(10 << 20), figures(20 << 20), figures(40 << 20)],
                ..Found::default()
            },
            runs: 3,
            hostile: 1234,
            longest: 2310,
        };
        assert_eq!(
            line.text(),
            "wiretap-udp      12345      3        2.31 s     1234     7      9 → 9    12 → 12   \
            0.5 → 10.0 → 20.0 → 40.0"
        );
        let width = |text: &str| text.chars().count();
        assert_eq!(width(&line.text()) + width("  verdict"), width(&head()));
        line.found.before = None;
        line.found.after = Vec::new();
        assert!(line.text().ends_with("–"));
        assert_eq!(width(&line.text()) + width("  verdict"), width(&head()));
    }
}
