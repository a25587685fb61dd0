//! What is counted while a run goes on, and what is made of it in the end.

use super::channel::Channel;
use super::measure::{FIGURES, Figure, Mark, Series};
use super::scenario::Scenario;

/// Counts for each bin of time.
#[derive(Debug, Default)]
struct Bins {
    counts: Vec<u32>,
    whole: u64,
}

/// What came of a question of a client.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Answered {
    Fresh,
    Stale,
    Disputed,
    Absent,
    Failed,
}

/// All that is counted. Times are microseconds.
#[derive(Debug)]
pub(super) struct Record {
    bin: u64,
    bins: usize,
    pub(super) marks: Vec<Mark>,
    convergence: Vec<f64>,
    negative: Vec<f64>,
    storm: Vec<f64>,
    refreshes: Bins,
    broadcasts: Bins,
    answers: [Bins; 5],
    /// Refreshes because of an announcement, for each second.
    announced: Vec<u32>,
    /// When each zone was told of.
    told: Vec<Vec<u64>>,
    pub(super) healed_at: Option<u64>,
    /// When something was last changed by the scenario.
    pub(super) changed_at: u64,
    pub(super) identical_at: Option<u64>,
    pub(super) negative_left: Option<usize>,
    pub(super) serial_at: Option<u64>,
    pub(super) settled_at: Option<u64>,
    pub(super) notified: u64,
    pub(super) storms_begun: u64,
    pub(super) storms_left: u64,
    pub(super) storm_time: u64,
    pub(super) forged: u64,
    pub(super) forged_followed: u64,
    pub(super) refused: u64,
    pub(super) too_loud: u64,
    pub(super) suppressed: u64,
    pub(super) disputed_copies: f64,
}

impl Record {
    pub(super) fn new(scenario: &Scenario, bin: u64, zones: usize) -> Self {
        let whole = scenario.run_for.0 * 1000;
        Self {
            bin,
            bins: whole.div_ceil(bin) as usize,
            marks: Vec::new(),
            convergence: Vec::new(),
            negative: Vec::new(),
            storm: Vec::new(),
            refreshes: Bins::default(),
            broadcasts: Bins::default(),
            answers: Default::default(),
            announced: Vec::new(),
            told: vec![Vec::new(); zones],
            healed_at: None,
            changed_at: 0,
            identical_at: Some(0),
            negative_left: None,
            serial_at: None,
            settled_at: None,
            notified: 0,
            storms_begun: 0,
            storms_left: 0,
            storm_time: 0,
            forged: 0,
            forged_followed: 0,
            refused: 0,
            too_loud: 0,
            suppressed: 0,
            disputed_copies: 0.0,
        }
    }

    pub(super) fn mark(&mut self, now: u64, text: &str) {
        let at = now / 1000;
        self.marks.push(Mark {
            at,
            text: text.to_owned(),
        });
    }

    /// How things stand at the end of a bin.
    pub(super) fn sample(&mut self, convergence: f64, negative: usize, storm: f64) {
        self.convergence.push(100.0 * convergence);
        self.negative.push(negative as f64);
        self.storm.push(100.0 * storm);
    }

    pub(super) fn refresh(&mut self, now: u64, is_announced: bool) {
        self.refreshes.count(now / self.bin);
        if is_announced {
            let second = (now / 1_000_000) as usize;
            if second >= self.announced.len() {
                self.announced.resize(second + 1, 0);
            }
            self.announced[second] += 1;
        }
    }

    pub(super) fn broadcast(&mut self, now: u64, zone: u16) {
        self.broadcasts.count(now / self.bin);
        self.told[usize::from(zone)].push(now);
    }

    pub(super) fn answer(&mut self, now: u64, answered: Answered) {
        self.answers[answered as usize].count(now / self.bin);
    }

    /// Values over time; what never was anything but nothing is left out.
    pub(super) fn series(&self, channel: Option<&Channel>) -> Vec<Series> {
        let all = |counts: &Bins| {
            let mut values: Vec<f64> = counts
                .counts
                .iter()
                .map(|count| f64::from(*count))
                .collect();
            values.resize(self.bins, 0.0);
            values
        };
        let mut series = vec![Series {
            name: "convergence",
            label: "copies of the newest version",
            unit: "%",
            values: self.convergence.clone(),
        }];
        let mut add = |name, label, unit, mut values: Vec<f64>| {
            if values.iter().any(|value| *value != 0.0) {
                values.resize(self.bins, 0.0);
                series.push(Series {
                    name,
                    label,
                    unit,
                    values,
                });
            }
        };
        add(
            "negative-entries",
            "negative answers in caches",
            "",
            self.negative.clone(),
        );
        if let Some(channel) = channel {
            let (mean, worst) = channel
                .loads()
                .map(|load| (100.0 * load.mean, 100.0 * load.worst))
                .unzip();
            add("channel-load-mean", "channel load, mean", "%", mean);
            add("channel-load-worst", "channel load, worst node", "%", worst);
        }
        add("refreshes", "refreshes", "", all(&self.refreshes));
        add("broadcasts", "broadcasts", "", all(&self.broadcasts));
        add("storm-nodes", "nodes in a storm", "%", self.storm.clone());
        let labels = [
            ("answers-fresh", "answers, fresh"),
            ("answers-stale", "answers, stale"),
            ("answers-disputed", "answers, disputed"),
            ("answers-absent", "answers, not found"),
            ("answers-failed", "answers, failed"),
        ];
        for ((name, label), counts) in labels.into_iter().zip(&self.answers) {
            add(name, label, "", all(counts));
        }
        series
    }

    /// What can be said of the run as a whole, with what the scenario expects.
    pub(super) fn figures(&self, scenario: &Scenario, channel: Option<&Channel>) -> Vec<Figure> {
        let known = FIGURES.iter().filter_map(|(name, label, unit)| {
            let expect = scenario
                .expect
                .iter()
                .find(|expect| expect.figure.get_ref() == name);
            // What is expected has a value, whatever happened.
            let value = self.value(name, channel).or(expect.map(|_| f64::NAN))?;
            let limit = expect.map(|expect| expect.limit());
            Some(Figure {
                name,
                label,
                unit,
                value,
                limit,
            })
        });
        known.collect()
    }

    fn value(&self, name: &str, channel: Option<&Channel>) -> Option<f64> {
        let seconds = |micros: u64| micros as f64 / 1e6;
        let since_heal = |at: Option<u64>| {
            let healed = self.healed_at?;
            Some(at.map_or(0.0, |at| seconds(at.saturating_sub(healed))))
        };
        let answers: u64 = self.answers.iter().map(|bins| bins.whole).sum();
        let share = |answered: Answered| {
            let count = self.answers[answered as usize].whole;
            (answers > 0).then(|| 100.0 * count as f64 / answers as f64)
        };
        let if_any = |count: u64| (count > 0).then_some(count as f64);
        match name {
            "replicas-identical" => {
                let changed = self.healed_at.unwrap_or(0).max(self.changed_at);
                let identical = self
                    .identical_at
                    .map(|at| seconds(at.saturating_sub(changed)));
                Some(identical.unwrap_or(f64::INFINITY))
            }
            "negative-left" => self.negative_left.map(|left| left as f64),
            "serials-exchanged" => since_heal(self.serial_at),
            "conflicts-settled" => since_heal(self.settled_at),
            "notifications" => if_any(self.notified),
            "broadcasts" => Some(self.broadcasts.whole as f64),
            "broadcasts-in-30s" => Some(
                self.told
                    .iter()
                    .map(|told| most_within(told, 30_000_000))
                    .max()? as f64,
            ),
            "channel-load-mean" => {
                Some(100.0 * channel?.loads().map(|load| load.mean).fold(0.0, f64::max))
            }
            "channel-load-worst" => {
                Some(100.0 * channel?.loads().map(|load| load.worst).fold(0.0, f64::max))
            }
            "frames-collided" => {
                let counts = channel?.counts();
                let whole = counts.received + counts.collided;
                (whole > 0).then(|| 100.0 * counts.collided as f64 / whole as f64)
            }
            "refreshes" => Some(self.refreshes.whole as f64),
            "refresh-peak" => {
                let whole: u64 = self.announced.iter().map(|count| u64::from(*count)).sum();
                let most = self.announced.iter().max()?;
                (whole > 0).then(|| 100.0 * f64::from(*most) / whole as f64)
            }
            "storm-nodes" => Some(self.storm.iter().copied().fold(0.0, f64::max)),
            "storm-left" => {
                let begun = if_any(self.storms_begun)?;
                Some(100.0 * self.storms_left as f64 / begun)
            }
            "storm-lasted" => Some(seconds(self.storm_time) / if_any(self.storms_left)?),
            "updates-suppressed" => if_any(self.suppressed),
            "updates-too-loud" => if_any(self.too_loud),
            "hints-forged" => if_any(self.forged),
            "hints-followed" => if_any(self.forged).map(|_| self.forged_followed as f64),
            "transfers-refused" => if_any(self.refused),
            "disputed-copies" => Some(100.0 * self.disputed_copies),
            "answers" => if_any(answers),
            "answers-fresh" => share(Answered::Fresh),
            "answers-stale" => share(Answered::Stale),
            "answers-disputed" => share(Answered::Disputed),
            "answers-absent" => share(Answered::Absent),
            "answers-failed" => share(Answered::Failed),
            _ => None,
        }
    }
}

impl Bins {
    fn count(&mut self, bin: u64) {
        let bin = bin as usize;
        if bin >= self.counts.len() {
            self.counts.resize(bin + 1, 0);
        }
        self.counts[bin] += 1;
        self.whole += 1;
    }
}

/// The most times that lie within so much time.
fn most_within(times: &[u64], window: u64) -> usize {
    let within = times
        .iter()
        .enumerate()
        .map(|(place, begin)| times[place..].partition_point(|time| *time < begin + window));
    within.max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_ends_before_its_last_moment() {
        assert_eq!(most_within(&[0, 10, 20, 29, 30, 31], 30), 5, "from 10 on");
        assert_eq!(most_within(&[0, 30, 60], 30), 1);
        assert_eq!(most_within(&[], 30), 0);
    }
}
