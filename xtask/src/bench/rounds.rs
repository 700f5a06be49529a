//! Measuring two programs in turns, and the table of what came out.
//!
//! A shared machine is faster in one minute than in the next. So the two programs take turns, A B A
//! B, each A is divided by the B right after it, and the median of those ratios is the result: a
//! slow minute slows both halves of a pair, and one spoilt pair does not move the median. The
//! spread is printed too, because a ratio of 0.91 between 0.6 and 1.3 says nothing.

use std::fmt;
use std::panic::resume_unwind;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

/// From how many processors kept busy by others a table says so.
const MANY_OTHERS: f64 = 0.25;

/// How much measuring is to be done.
pub(super) struct Plan {
    /// How many pairs of measurements make a row.
    pub rounds: u32,
    /// How long one measurement takes.
    pub each: Duration,
}

/// What one measurement of one program found.
#[derive(Default)]
pub(super) struct Sample {
    /// What was done.
    pub tally: Tally,
    /// How long that took.
    pub wall: Duration,
    /// The processor time the measured program used for it, where the system tells.
    pub cpu: Option<Duration>,
    /// The processor time that we ourselves used meanwhile, as its clients, where that means
    /// anything.
    pub clients_cpu: Option<Duration>,
    /// How many processors were kept busy meanwhile by anybody else, where the system tells.
    pub others: Option<f64>,
    /// The most memory that the measured program had at once, in bytes, where that was looked at.
    pub peak: Option<u64>,
    /// The bytes that its clients received, where they were counted.
    pub bytes: Option<u64>,
}

impl Sample {
    /// Pieces of work a second.
    fn rate(&self) -> f64 {
        self.tally.done as f64 / self.wall.as_secs_f64()
    }

    /// Processor time for one piece of work, in microseconds.
    fn cpu_each(&self) -> Option<f64> {
        Some(self.cpu?.as_secs_f64() * 1e6 / self.tally.done as f64)
    }

    /// How many processors the program kept busy. At about 1, a program of one thread was itself
    /// the limit; well below 1, it was waiting for somebody.
    fn cores(&self) -> Option<f64> {
        Some(self.cpu?.as_secs_f64() / self.wall.as_secs_f64())
    }

    /// The most memory at once, in MiB.
    fn peak_mib(&self) -> Option<f64> {
        Some(self.peak? as f64 / f64::from(1 << 20))
    }

    /// Millions of bytes a second.
    fn megabytes(&self) -> Option<f64> {
        Some(self.bytes? as f64 / 1e6 / self.wall.as_secs_f64())
    }

    /// How many processors its clients kept busy. If this and [`cores`](Sample::cores) add up to
    /// what the machine has, the clients were a part of the limit.
    fn clients_cores(&self) -> Option<f64> {
        Some(self.clients_cpu?.as_secs_f64() / self.wall.as_secs_f64())
    }
}

/// Work counted. Failures are counted too, not hidden: a program that refuses half of its clients
/// may well be fast with the other half.
#[derive(Default)]
pub(super) struct Tally {
    /// How many pieces of work were done.
    done: u64,
    failed: u64,
    first_failure: Option<String>,
}

impl Tally {
    /// This much work was done, and nothing failed.
    pub(super) fn of(done: u64) -> Tally {
        Tally {
            done,
            ..Tally::default()
        }
    }

    /// Counts one piece of work, done or failed.
    pub(super) fn count(&mut self, outcome: Result<()>) {
        match outcome {
            Ok(()) => self.done += 1,
            Err(reason) => {
                self.failed += 1;
                self.first_failure
                    .get_or_insert_with(|| format!("{reason:#}"));
            }
        }
    }

    /// What so many clients count, each on a thread of its own.
    pub(super) fn of_clients(count: usize, client: impl Fn() -> Tally + Sync) -> Tally {
        let mut all = Tally::default();
        thread::scope(|scope| {
            let clients: Vec<_> = (0..count).map(|_| scope.spawn(&client)).collect();
            for client in clients {
                match client.join() {
                    Ok(tally) => all.add(&tally),
                    Err(panic) => resume_unwind(panic),
                }
            }
        });
        all
    }

    /// Adds what another thread or measurement has counted.
    pub(super) fn add(&mut self, other: &Tally) {
        self.done += other.done;
        self.failed += other.failed;
        if self.first_failure.is_none() {
            self.first_failure.clone_from(&other.first_failure);
        }
    }
}

/// One comparison: the same work, done by both.
pub(super) struct Row {
    what: String,
    wanted: f64,
    /// The most memory that ours should need, in MiB.
    memory: Option<f64>,
    /// The most processor time that ours should need for each, as a ratio.
    cpu: Option<f64>,
    pairs: Vec<(Sample, Sample)>,
}

impl Row {
    /// Measures ours and the peer in turns. `what` names the work, `wanted` is the ratio of the
    /// rates (ours divided by the peer's) that we wish for.
    ///
    /// # Errors
    /// Those of `measure`, and a measurement in which nothing got done.
    pub(super) fn measure<T>(
        plan: &Plan,
        what: &str,
        wanted: f64,
        [ours, peer]: [&T; 2],
        measure: impl Fn(&T) -> Result<Sample>,
    ) -> Result<Row> {
        let mut pairs = Vec::new();
        for round in 1..=plan.rounds {
            let ours = worked(measure(ours)).with_context(|| format!("{what}: netdozen"))?;
            let peer = worked(measure(peer)).with_context(|| format!("{what}: the peer"))?;
            eprintln!(
                "{what}, round {round} of {}: {} against {} a second",
                plan.rounds,
                number(ours.rate()),
                number(peer.rate()),
            );
            pairs.push((ours, peer));
        }
        Ok(Row {
            what: what.to_owned(),
            wanted,
            memory: None,
            cpu: None,
            pairs,
        })
    }

    /// The same, with a wish for the most memory that ours has at once, in bytes.
    pub(super) fn within(self, bytes: u64) -> Row {
        let memory = Some(bytes as f64 / f64::from(1 << 20));
        Row { memory, ..self }
    }

    /// The same, with a wish for the processor time for each, ours divided by the peer's.
    pub(super) fn with_cpu_within(self, ratio: f64) -> Row {
        let cpu = Some(ratio);
        Row { cpu, ..self }
    }

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

/// A measurement in which nothing got done has no rate, and its first failure is the better answer.
fn worked(sample: Result<Sample>) -> Result<Sample> {
    let sample = sample?;
    let Tally {
        done,
        first_failure,
        ..
    } = &sample.tally;
    let reason = first_failure.as_deref().unwrap_or("no reason known");
    ensure!(*done > 0, "nothing got done: {reason}");
    Ok(sample)
}

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

    fn in_full(self) -> String {
        let [min, median, max] = [self.min, self.median, self.max].map(number);
        format!("{min} – {median} – {max}")
    }

    fn middle(self) -> String {
        number(self.median)
    }
}

/// A spread in one of its two forms, or a dash.
fn show(spread: Option<Spread>, form: fn(Spread) -> String) -> String {
    spread.map_or_else(|| "-".to_owned(), form)
}

/// A figure to about three digits, thousands set apart.
fn number(value: f64) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(done: u64) -> Sample {
        Sample {
            tally: Tally::of(done),
            wall: Duration::from_secs(1),
            ..Sample::default()
        }
    }

    #[test]
    fn the_median_of_an_even_number_of_figures_is_between_the_middle_two() {
        let spread = Spread::of([4.0, 1.0, 2.0, 3.0].into_iter().map(Some)).unwrap();
        assert_eq!((spread.min, spread.median, spread.max), (1.0, 2.5, 4.0));
    }

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

    #[test]
    fn nothing_done_is_an_error_that_says_what_failed() {
        let mut nothing = sample(0);
        nothing
            .tally
            .count(Err(anyhow::anyhow!("refused").context("cannot connect")));
        let error = worked(Ok(nothing)).err().unwrap().to_string();
        assert_eq!(error, "nothing got done: cannot connect: refused");
    }

    #[test]
    fn numbers_have_about_three_digits_and_thousands_apart() {
        let shown = [0.914, 12.34, 999.6, 1_234_567.0].map(number);
        assert_eq!(shown, ["0.914", "12.3", "1,000", "1,234,567"]);
    }
}
