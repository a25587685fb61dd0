//! What came of a run, for people, for programs, and as a picture.
//!
//! | for | use |
//! |---|---|
//! | people | [`table`] |
//! | programs | [`json()`], all of it; [`csv`], what happened over time |
//! | a page | [`chart()`] |

use super::chart::{self, Chart, Panel};
use super::measure::{Figure, Limit, Outcome, Series};
use serde_json::{Value, json};
use std::fmt;

/// The figures in aligned columns, with what the scenario expects of them, and whether it holds.
///
/// ```
/// use lib_dns_std::sim::measure::{Figure, Limit, Outcome};
/// use lib_dns_std::sim::report::table;
/// let figure = Figure {
///     name: "settled",
///     label: "Conflicts settled after",
///     unit: "s",
///     value: 12.5,
///     limit: Some(Limit { at_least: None, at_most: Some(30.0) }),
/// };
/// let outcome = Outcome {
///     name: "heal".into(),
///     title: "A partition heals".into(),
///     seed: 7,
///     nodes: 100,
///     ran_for: 90_000,
///     events: 1234,
///     bin: 1000,
///     series: vec![],
///     marks: vec![],
///     figures: vec![figure],
/// };
/// assert_eq!(table(&outcome).to_string(), "\
/// A partition heals
/// heal: 100 nodes, seed 7, 1 min 30 s, 1234 events
///
///   Conflicts settled after  12.5 s  at most 30 s  ok
/// ");
/// ```
pub fn table(outcome: &Outcome) -> impl fmt::Display + '_ {
    Table(outcome)
}

struct Table<'o>(&'o Outcome);

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outcome = self.0;
        writeln!(f, "{}", outcome.title)?;
        writeln!(
            f,
            "{}: {}, {} events",
            outcome.name,
            setting(outcome),
            outcome.events
        )?;
        if outcome.figures.is_empty() {
            return Ok(());
        }
        let rows = outcome.figures.iter().map(row);
        let rows: Vec<[String; 4]> = rows.collect();
        let width = |column: usize| {
            let cells = rows.iter().map(|row| row[column].chars().count());
            cells.max().unwrap_or(0)
        };
        let widths = [0, 1, 2].map(width);
        writeln!(f)?;
        for [label, value, limit, verdict] in &rows {
            let [labels, values, limits] = widths;
            let line = format!("  {label:labels$}  {value:>values$}  {limit:limits$}  {verdict}");
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

fn row(figure: &Figure) -> [String; 4] {
    let verdict = match figure.holds() {
        None => "",
        Some(true) => "ok",
        Some(false) => "FAILS",
    };
    let limit = figure.limit.map(|limit| expected(limit, figure.unit));
    [
        figure.label.to_owned(),
        amount(figure.value, figure.unit),
        limit.unwrap_or_default(),
        verdict.to_owned(),
    ]
}

/// What a figure that fails is, and what it should be, in a line.
pub fn failures(outcome: &Outcome) -> impl Iterator<Item = String> + '_ {
    let failed = outcome.figures.iter();
    let failed = failed.filter(|figure| figure.holds() == Some(false));
    failed.filter_map(|figure| {
        let expected = expected(figure.limit?, figure.unit);
        let (name, found) = (figure.name, amount(figure.value, figure.unit));
        Some(format!("{name} is {found}, expected {expected}"))
    })
}

/// Everything: how it was run, figures, marks, and what happened over time. What JSON has no number for is `null`: a
/// time that never came.
pub fn json(outcome: &Outcome) -> Value {
    let figures = outcome.figures.iter().map(|figure| {
        let limit = figure.limit;
        json!({
            "name": figure.name,
            "label": figure.label,
            "unit": figure.unit,
            "value": figure.value,
            "at_least": limit.and_then(|limit| limit.at_least),
            "at_most": limit.and_then(|limit| limit.at_most),
            "holds": figure.holds(),
        })
    });
    let marks = outcome.marks.iter();
    let marks = marks.map(|mark| json!({ "at_ms": mark.at, "text": mark.text }));
    let series = outcome.series.iter().map(|series| {
        json!({
            "name": series.name,
            "label": series.label,
            "unit": series.unit,
            "values": series.values,
        })
    });
    json!({
        "name": outcome.name,
        "title": outcome.title,
        "seed": outcome.seed,
        "nodes": outcome.nodes,
        "ran_for_ms": outcome.ran_for,
        "events": outcome.events,
        "bin_ms": outcome.bin,
        "holds": outcome.holds(),
        "figures": figures.collect::<Vec<_>>(),
        "marks": marks.collect::<Vec<_>>(),
        "series": series.collect::<Vec<_>>(),
    })
}

/// What happened over time: a row for each bin, which begins with the second at which the bin does; a column for each
/// series. What is no finite number is left empty.
pub fn csv(outcome: &Outcome) -> impl fmt::Display + '_ {
    Csv(outcome)
}

struct Csv<'o>(&'o Outcome);

impl fmt::Display for Csv<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let series = &self.0.series;
        f.write_str("seconds")?;
        for series in series {
            write!(f, ",{}", series.name)?;
        }
        writeln!(f)?;
        let bins = series.iter().map(|series| series.values.len()).max();
        let mut begins = 0;
        for bin in 0..bins.unwrap_or(0) {
            write!(f, "{}", seconds(begins))?;
            for series in series {
                match series.values.get(bin) {
                    Some(value) if value.is_finite() => write!(f, ",{}", short(*value))?,
                    _ => f.write_str(",")?,
                }
            }
            writeln!(f)?;
            begins += self.0.bin;
        }
        Ok(())
    }
}

/// Which series share a panel: what is counted alike and read together.
const PANELS: [(&str, &[&str]); 5] = [
    ("Nodes", &["convergence", "storm-nodes"]),
    ("Channel load", &["channel-load-mean", "channel-load-worst"]),
    ("Refreshes and broadcasts", &["refreshes", "broadcasts"]),
    (
        "Answers",
        &[
            "answers-fresh",
            "answers-absent",
            "answers-stale",
            "answers-disputed",
            "answers-failed",
        ],
    ),
    ("Negative caches", &["negative-entries"]),
];

/// A picture of what happened over time. A limit is drawn where a figure has the name and the unit of
/// a series, and that is not a number of things: a total has no place on the scale of what happens in a bin.
pub fn chart(outcome: &Outcome) -> Chart {
    let mut panels = Vec::new();
    for (title, names) in PANELS {
        let found = names
            .iter()
            .filter_map(|name| outcome.series.iter().find(|series| series.name == *name));
        let found: Vec<&Series> = found.collect();
        if !found.is_empty() {
            panels.push(panel(outcome, title, &found));
        }
    }
    for series in &outcome.series {
        if !PANELS.iter().any(|(_, names)| names.contains(&series.name)) {
            panels.push(panel(outcome, series.label, &[series]));
        }
    }
    let marks = outcome.marks.iter().map(|mark| chart::Mark {
        at_secs: mark.at as f64 / 1e3,
        label: mark.text.clone(),
    });
    Chart {
        title: outcome.title.clone(),
        subtitle: format!("{}: {}", outcome.name, setting(outcome)),
        bin_secs: outcome.bin as f64 / 1e3,
        panels,
        marks: marks.collect(),
    }
}

fn panel(outcome: &Outcome, title: &str, series: &[&Series]) -> Panel {
    let unit = series.first().map_or("", |series| series.unit);
    let unit = match unit {
        "" => format!("in {}", duration(outcome.bin)),
        unit => unit.to_owned(),
    };
    let limits = series.iter().filter_map(|series| {
        let figure = outcome.figure(series.name)?;
        if series.unit.is_empty() || series.unit != figure.unit {
            return None;
        }
        let Limit { at_least, at_most } = figure.limit?;
        let at = [("at least", at_least), ("at most", at_most)];
        let limits = at.map(|(word, value)| {
            value.map(|value| chart::Limit {
                value,
                label: format!("{} {word} {}", series.label, amount(value, figure.unit)),
            })
        });
        Some(limits.into_iter().flatten())
    });
    let curves = series.iter().map(|series| chart::Series {
        name: series.label.to_owned(),
        values: series.values.clone(),
    });
    Panel {
        title: title.to_owned(),
        unit,
        series: curves.collect(),
        limits: limits.flatten().collect(),
    }
}

fn setting(outcome: &Outcome) -> String {
    let Outcome {
        nodes,
        seed,
        ran_for,
        ..
    } = outcome;
    format!("{nodes} nodes, seed {seed}, {}", duration(*ran_for))
}

/// A time in milliseconds, in its two largest units.
fn duration(millis: u64) -> String {
    let whole = millis / 1000;
    match whole {
        0..60 => format!("{} s", seconds(millis)),
        60..3600 => two(whole / 60, "min", whole % 60, "s"),
        3600..86_400 => two(whole / 3600, "h", whole / 60 % 60, "min"),
        _ => two(whole / 86_400, "d", whole / 3600 % 24, "h"),
    }
}

fn two(large: u64, unit: &str, small: u64, of: &str) -> String {
    match small {
        0 => format!("{large} {unit}"),
        small => format!("{large} {unit} {small} {of}"),
    }
}

/// Milliseconds as seconds.
fn seconds(millis: u64) -> String {
    short(millis as f64 / 1e3)
}

/// At most three places, and no zeros at the end.
fn short(value: f64) -> String {
    let digits = format!("{value:.3}");
    let digits = digits.trim_end_matches('0').trim_end_matches('.');
    if digits == "-0" { "0" } else { digits }.to_owned()
}

fn amount(value: f64, unit: &str) -> String {
    match (value.is_finite(), unit) {
        (false, _) => "never".to_owned(),
        (true, "") => short(value),
        (true, unit) => format!("{} {unit}", short(value)),
    }
}

fn expected(limit: Limit, unit: &str) -> String {
    let least = limit
        .at_least
        .map(|least| format!("at least {}", amount(least, unit)));
    let most = limit
        .at_most
        .map(|most| format!("at most {}", amount(most, unit)));
    match (limit.at_least == limit.at_most, least, most) {
        (true, Some(_), _) => limit
            .at_most
            .map(|value| amount(value, unit))
            .unwrap_or_default(),
        (_, Some(least), Some(most)) => format!("{least}, {most}"),
        (_, least, most) => least.or(most).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::measure::Mark;

    fn series(name: &'static str, unit: &'static str, values: &[f64]) -> Series {
        Series {
            name,
            label: name,
            unit,
            values: values.to_vec(),
        }
    }

    fn figure(
        name: &'static str,
        unit: &'static str,
        value: f64,
        limit: Option<(Option<f64>, Option<f64>)>,
    ) -> Figure {
        let limit = limit.map(|(at_least, at_most)| Limit { at_least, at_most });
        Figure {
            name,
            label: name,
            unit,
            value,
            limit,
        }
    }

    fn outcome() -> Outcome {
        Outcome {
            name: "flap".into(),
            title: "A zone flaps".into(),
            seed: 3,
            nodes: 50,
            ran_for: 3_660_000,
            events: 99,
            bin: 500,
            series: vec![
                series("convergence", "%", &[100.0, 50.0, f64::NAN]),
                series("channel-load-worst", "%", &[0.0, 9.25, 1.0 / 3.0]),
                series("broadcasts", "", &[1.0, 2.0, 3.0]),
                series("something-else", "", &[1.0, 2.0, 3.0]),
            ],
            marks: vec![Mark {
                at: 750,
                text: "heal".into(),
            }],
            figures: vec![
                figure("channel-load-worst", "%", 9.25, Some((None, Some(10.0)))),
                figure(
                    "settled-after",
                    "s",
                    f64::INFINITY,
                    Some((None, Some(30.0))),
                ),
                figure("broadcasts", "", 12.0, Some((Some(1.0), Some(20.0)))),
                figure("disputes", "", 2.0, Some((Some(2.0), Some(2.0)))),
                figure("refreshes", "", 1234.0, None),
            ],
        }
    }

    #[test]
    fn the_table_is_aligned_and_says_what_fails() {
        let expected = "\
A zone flaps
flap: 50 nodes, seed 3, 1 h 1 min, 99 events

  channel-load-worst  9.25 %  at most 10 %            ok
  settled-after        never  at most 30 s            FAILS
  broadcasts              12  at least 1, at most 20  ok
  disputes                 2  2                       ok
  refreshes             1234
";
        assert_eq!(table(&outcome()).to_string(), expected);
        let failures: Vec<_> = failures(&outcome()).collect();
        assert_eq!(failures, ["settled-after is never, expected at most 30 s"]);
    }

    #[test]
    fn csv_has_a_row_for_each_bin() {
        let expected = "\
seconds,convergence,channel-load-worst,broadcasts,something-else
0,100,0,1,1
0.5,50,9.25,2,2
1,,0.333,3,3
";
        assert_eq!(csv(&outcome()).to_string(), expected);
    }

    #[test]
    fn json_holds_everything() {
        let json = json(&outcome());
        assert_eq!(json["figures"][1]["value"], Value::Null, "it never came");
        assert_eq!(json["figures"][1]["holds"], false);
        assert_eq!(json["figures"][4]["holds"], Value::Null);
        assert_eq!(json["holds"], false);
        assert_eq!(json["series"][0]["values"], json!([100.0, 50.0, null]));
        assert_eq!(json["marks"][0], json!({ "at_ms": 750, "text": "heal" }));
    }

    #[test]
    fn the_chart_shows_each_series_once_and_limits_on_their_scales() {
        let chart = chart(&outcome());
        let titles: Vec<_> = chart
            .panels
            .iter()
            .map(|panel| panel.title.as_str())
            .collect();
        let expected = [
            "Nodes",
            "Channel load",
            "Refreshes and broadcasts",
            "something-else",
        ];
        assert_eq!(titles, expected);
        assert_eq!(chart.panels[1].limits.len(), 1);
        assert_eq!(
            chart.panels[1].limits[0].label,
            "channel-load-worst at most 10 %"
        );
        let units: Vec<_> = chart
            .panels
            .iter()
            .map(|panel| panel.unit.as_str())
            .collect();
        assert_eq!(units, ["%", "%", "in 0.5 s", "in 0.5 s"]);
        assert!(
            chart.panels[2].limits.is_empty(),
            "the total has no place there"
        );
        assert_eq!(chart.marks[0].at_secs, 0.75);
        assert_eq!(chart.to_svg(), chart.clone().to_svg());
    }

    #[test]
    fn durations_are_told_in_two_units() {
        let shown = [0, 10_500, 60_000, 90_000, 3_600_000, 90_000_000].map(duration);
        assert_eq!(
            shown,
            ["0 s", "10.5 s", "1 min", "1 min 30 s", "1 h", "1 d 1 h"]
        );
    }
}
