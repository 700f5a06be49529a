//! The table of what came out.

use std::fmt;

use super::figures::{Spread, number, show};
use super::rounds::{Row, Sample, Tally};

/// From how many processors kept busy by others a table says so.
const MANY_OTHERS: f64 = 0.25;

/// The result of a benchmark, to be printed.
pub(super) struct Table {
    title: String,
    unit: String,
    peer: String,
    rows: Vec<Row>,
    remarks: Vec<String>,
}

impl Table {
    /// A table without rows. `title` says which program is measured, `unit` what is counted (it
    /// reads well before "a second"), `peer` what ours is compared with.
    pub(super) fn new(title: &str, unit: &str, peer: &str) -> Table {
        Table {
            title: title.to_owned(),
            unit: unit.to_owned(),
            peer: peer.to_owned(),
            rows: Vec::new(),
            remarks: Vec::new(),
        }
    }

    /// A table that is not about rates: a title, and lines as they are.
    pub(super) fn of_lines(title: &str) -> Table {
        Table::new(title, "", "")
    }

    /// Adds a row that was measured.
    pub(super) fn push(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// Says that a row was not measured, and why.
    pub(super) fn leave_out(&mut self, what: &str, why: &str) {
        self.remark(format!("{what}: left out, {why}"));
    }

    /// Adds a line below the rows.
    pub(super) fn remark(&mut self, line: String) {
        self.remarks.push(line);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.unit.is_empty() {
            writeln!(f, "{}", self.title)?;
        } else {
            writeln!(f, "{}, {} a second", self.title, self.unit)?;
        }
        if !self.rows.is_empty() {
            self.write_rows(f)?;
        }
        let (mut ours, mut peer) = (Tally::default(), Tally::default());
        for (of_ours, of_peer) in self.rows.iter().flat_map(|row| &row.pairs) {
            ours.add(&of_ours.tally);
            peer.add(&of_peer.tally);
        }
        for (who, tally) in [("netdozen", ours), (&self.peer, peer)] {
            if let Some(first) = tally.first_failure {
                writeln!(f, "{who}: {} failed, the first: {first}", tally.failed)?;
            }
        }
        let samples = self.rows.iter().flat_map(|row| &row.pairs);
        let others = Spread::of(samples.flat_map(|(ours, peer)| [ours.others, peer.others]));
        if let Some(others) = others.filter(|others| others.max >= MANY_OTHERS) {
            writeln!(
                f,
                "other programs kept {} CPUs busy meanwhile (min – median – max): \
                 trust the CPU time for each rather than the rates",
                others.in_full(),
            )?;
        }
        for line in &self.remarks {
            writeln!(f, "{line}")?;
        }
        Ok(())
    }
}

impl Table {
    fn write_rows(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["", "netdozen", &self.peer, "ratio", "wanted", "met"].map(str::to_owned);
        let under = [
            "",
            "min – median – max",
            "min – median – max",
            "min – median – max",
            "",
            "",
        ];
        let mut lines = vec![head, under.map(str::to_owned)];
        lines.extend(self.rows.iter().flat_map(Row::lines));

        let mut widths = [0; 6];
        for line in &lines {
            for (width, cell) in widths.iter_mut().zip(line) {
                *width = cell.chars().count().max(*width);
            }
        }
        for line in &lines {
            let mut text = String::new();
            for (at, (cell, width)) in line.iter().zip(widths).enumerate() {
                let cell = match at {
                    0 => format!("{cell:<width$}"),
                    _ => format!("   {cell:>width$}"),
                };
                text.push_str(&cell);
            }
            writeln!(f, "{}", text.trim_end())?;
        }
        Ok(())
    }
}

impl Row {
    /// The lines of the table that show this row.
    fn lines(&self) -> Vec<[String; 6]> {
        let ratio = self.ratio(|sample| Some(sample.rate()));
        let met = ratio.is_some_and(|ratio| ratio.median >= self.wanted);
        let [ours, peer] = self.both(|sample| Some(sample.rate()));
        let rates = [
            self.what.clone(),
            show(ours, Spread::in_full),
            show(peer, Spread::in_full),
            show(ratio, Spread::in_full),
            format!("≥ {:.2}", self.wanted),
            if met { "yes" } else { "no" }.to_owned(),
        ];
        let processor = |what: &str, figure: fn(&Sample) -> Option<f64>| {
            let [ours, peer] = self.both(figure);
            let ratio = self.ratio(figure);
            [
                format!("  {what}"),
                show(ours, Spread::middle),
                show(peer, Spread::middle),
                show(ratio, Spread::middle),
                String::new(),
                String::new(),
            ]
        };
        let mut lines = vec![
            rates,
            processor("its CPU time for each, µs", Sample::cpu_each),
            processor("CPUs it kept busy", Sample::cores),
        ];
        if let Some(most) = self.cpu {
            let ratio = self.ratio(Sample::cpu_each);
            let met = ratio.is_some_and(|ratio| ratio.median <= most);
            lines[1][4] = format!("≤ {most:.2}");
            lines[1][5] = if met { "yes" } else { "no" }.to_owned();
        }
        // Figures that were not looked at need no line.
        let known = |figure: fn(&Sample) -> Option<f64>| self.both(figure)[0].is_some();
        if known(Sample::megabytes) {
            lines.insert(1, processor("MB a second", Sample::megabytes));
        }
        if known(Sample::clients_cores) {
            let line = processor("CPUs its clients kept busy", Sample::clients_cores);
            lines.push(line);
        }
        if known(Sample::peak_mib) {
            let mut line = processor("its peak memory, MiB", Sample::peak_mib);
            if let (Some(most), [Some(ours), _]) = (self.memory, self.both(Sample::peak_mib)) {
                line[4] = format!("≤ {}", number(most));
                line[5] = if ours.max <= most { "yes" } else { "no" }.to_owned();
            }
            lines.push(line);
        }
        lines
    }

    /// The spread of the ratio of one figure, ours to the peer's, each pair by itself.
    fn ratio(&self, figure: impl Fn(&Sample) -> Option<f64>) -> Option<Spread> {
        let ratios = self.pairs.iter();
        Spread::of(ratios.map(|(ours, peer)| Some(figure(ours)? / figure(peer)?)))
    }

    /// The spread of one figure for ours and for the peer.
    fn both(&self, figure: impl Fn(&Sample) -> Option<f64>) -> [Option<Spread>; 2] {
        [
            Spread::of(self.pairs.iter().map(|(ours, _)| figure(ours))),
            Spread::of(self.pairs.iter().map(|(_, peer)| figure(peer))),
        ]
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_ratio_is_the_median_of_the_pairs_not_the_ratio_of_the_medians() {
        let row = Row {
            what: "work".to_owned(),
            wanted: 0.9,
            memory: None,
            cpu: None,
            pairs: vec![
                (sample(100), sample(50)),
                (sample(90), sample(100)),
                (sample(10), sample(20)),
            ],
        };
        let rates = &row.lines()[0];
        assert_eq!(rates[3], "0.500 – 0.900 – 2.00");
        assert_eq!(rates[5], "yes");
    }

    fn sample(done: u64) -> Sample {
        Sample {
            tally: Tally::of(done),
            wall: Duration::from_secs(1),
            ..Sample::default()
        }
    }
}
