//! Charts of what happened over time, as SVG that stands for itself: no script, no font and no style from elsewhere.
//!
//! Small panels stand one above the other over one time axis, so that what happens at the same time stands in one line.
//! Colours are told apart by the colour-blind too (after Okabe and Ito), and follow the viewer's choice of a light or a dark
//! page. The same chart gives the same octets, on every machine.
//!
//! Drawn by hand, since there is little to draw: what the common crates write has its colours fixed.

use std::fmt::{self, Write as _};

/// What happened over time.
///
/// ```
/// use lib_dns_std::sim::chart::{Chart, Limit, Mark, Panel, Series};
/// let chart = Chart {
///     title: "Two nodes & a <zone>".into(),
///     subtitle: "seed 1".into(),
///     bin_secs: 10.0,
///     panels: vec![Panel {
///         title: "Channel load".into(),
///         unit: "%".into(),
///         series: vec![Series { name: "mean".into(), values: vec![0.0, 4.0, 2.5] }],
///         limits: vec![Limit { value: 10.0, label: "10 %".into() }],
///     }],
///     marks: vec![Mark { at_secs: 12.0, label: "heal".into() }],
/// };
/// let svg = chart.to_svg();
/// assert!(svg.starts_with("<svg ") && svg.contains("Two nodes &amp; a &lt;zone&gt;"));
/// ```
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Chart {
    /// What it shows.
    pub title: String,
    /// What else one has to know: how many nodes, which seed.
    pub subtitle: String,
    /// How long a bin is, in seconds; the first one begins at 0.
    pub bin_secs: f64,
    /// From top to bottom.
    pub panels: Vec<Panel>,
    /// What happened when.
    pub marks: Vec<Mark>,
}

/// One scale, and what is measured by it.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Panel {
    /// What is shown.
    pub title: String,
    /// In what it is measured.
    pub unit: String,
    /// The curves; the first one is filled below. Colours repeat after [`COLOURS`].
    pub series: Vec<Series>,
    /// What must not be passed.
    pub limits: Vec<Limit>,
}

/// One curve.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Series {
    /// What it is, for the legend.
    pub name: String,
    /// A value for each bin; where it is no finite number, there is a gap.
    pub values: Vec<f64>,
}

/// A value that must not be passed: a dashed line, told in the legend.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Limit {
    /// Where.
    pub value: f64,
    /// What it is.
    pub label: String,
}

/// Something that happened: a line through all panels.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Mark {
    /// When, in seconds.
    pub at_secs: f64,
    /// What.
    pub label: String,
}

/// How many colours there are.
pub const COLOURS: usize = 5;

const WIDTH: f64 = 960.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 24.0;
const PLOT: f64 = WIDTH - LEFT - RIGHT;
/// Title and subtitle.
const HEAD: f64 = 62.0;
/// One row of labels of marks.
const LANE: f64 = 17.0;
/// Rows at most; labels that find no room in them are left out, their lines are not.
const MAX_LANES: usize = 8;
/// A panel's title and legend.
const PANEL_HEAD: f64 = 32.0;
const PANEL: f64 = 112.0;
const PANEL_GAP: f64 = 14.0;
/// A sample of a curve's colour in the legend, and what is between it and the name.
const SWATCH: f64 = 20.0;
/// Between a name and the next sample.
const LEGEND_GAP: f64 = 16.0;
/// The time axis.
const FOOT: f64 = 46.0;
/// How wide a character is taken to be: there is no font to ask. Rather too wide than too narrow.
const CHARACTER: f64 = 6.7;

const STYLE: &str = "\
svg{background:#fff}
text{font:12px system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;fill:#1b1f24}
.page{fill:#fff}
.title{font-size:18px;font-weight:600}
.panel{font-size:13px;font-weight:600}
.soft{fill:#59636e}
.grid{stroke:#d9dee3;stroke-width:1;fill:none}
.axis{stroke:#8b949e;stroke-width:1;fill:none}
.mark{stroke:#59636e;stroke-width:1;fill:none;stroke-opacity:.7}
.limit{stroke:#b3202a;stroke-width:1.5;stroke-dasharray:7 4;fill:none}
.halo{stroke:#fff;stroke-width:4px;stroke-linejoin:round;paint-order:stroke}
.line{fill:none;stroke-width:1.5;stroke-linejoin:round}
.area{stroke:none;fill-opacity:.16}
.s0{stroke:#0072b2}.f0{fill:#0072b2}
.s1{stroke:#d55e00}.f1{fill:#d55e00}
.s2{stroke:#00855f}.f2{fill:#00855f}
.s3{stroke:#a3488b}.f3{fill:#a3488b}
.s4{stroke:#7a6a00}.f4{fill:#7a6a00}
@media (prefers-color-scheme:dark){
svg{background:#14181d}
text{fill:#e6eaee}
.page{fill:#14181d}
.soft{fill:#a3adb8}
.grid{stroke:#2f363e}
.axis{stroke:#6b7580}
.mark{stroke:#a3adb8}
.limit{stroke:#ff8f88}
.halo{stroke:#14181d}
.s0{stroke:#56b4e9}.f0{fill:#56b4e9}
.s1{stroke:#f09a4a}.f1{fill:#f09a4a}
.s2{stroke:#35c99b}.f2{fill:#35c99b}
.s3{stroke:#e3a0cd}.f3{fill:#e3a0cd}
.s4{stroke:#dccb4b}.f4{fill:#dccb4b}
}
";

impl Chart {
    /// Draws it.
    pub fn to_svg(&self) -> String {
        let mut svg = String::new();
        // Writing to a string does not fail.
        let _ = self.draw(&mut svg);
        svg
    }

    fn draw(&self, out: &mut String) -> fmt::Result {
        let time = TimeAxis::new(self);
        let labels = Labels::place(&self.marks, &time);
        let first_panel = HEAD + LANE * labels.lanes as f64;
        let pitch = PANEL_HEAD + PANEL + PANEL_GAP;
        let end = first_panel + pitch * self.panels.len() as f64;
        let height = end + FOOT;
        writeln!(
            out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {w} {h}\" width=\"{w}\" height=\"{h}\" role=\"img\">",
            w = Px(WIDTH),
            h = Px(height)
        )?;
        writeln!(out, "<title>{}</title>", Text(&self.title))?;
        writeln!(out, "<desc>{}</desc>", Text(&self.description()))?;
        writeln!(out, "<style>{STYLE}</style>")?;
        writeln!(
            out,
            "<rect class=\"page\" width=\"{}\" height=\"{}\"/>",
            Px(WIDTH),
            Px(height)
        )?;
        text(out, "title", 20.0, 30.0, Anchor::Start, &self.title)?;
        text(out, "soft", 20.0, 49.0, Anchor::Start, &self.note(&labels))?;
        // Behind the names and the curves.
        labels.draw(out, end - PANEL_GAP)?;
        for (at, panel) in self.panels.iter().enumerate() {
            let top = first_panel + pitch * at as f64 + PANEL_HEAD;
            panel.draw(out, top, &time)?;
        }
        time.draw(out, end - PANEL_GAP)?;
        out.push_str("</svg>\n");
        Ok(())
    }

    /// The subtitle, and what could not be shown.
    fn note(&self, labels: &Labels<'_>) -> String {
        match labels.left_out {
            0 => self.subtitle.clone(),
            1 => format!("{} (1 label left out)", self.subtitle),
            more => format!("{} ({more} labels left out)", self.subtitle),
        }
    }

    /// What it shows, for those who do not see it.
    fn description(&self) -> String {
        let mut text = self.subtitle.clone();
        for panel in &self.panels {
            let _ = write!(text, " {} ({}):", panel.title, panel.unit);
            for series in &panel.series {
                let finite = series
                    .values
                    .iter()
                    .copied()
                    .filter(|value| value.is_finite());
                if let Some(most) = finite.reduce(f64::max) {
                    let _ = write!(text, " {} at most {},", series.name, Number(most));
                }
            }
            text.truncate(text.trim_end_matches(',').len());
            text.push('.');
        }
        text
    }

    fn bins(&self) -> usize {
        let series = self.panels.iter().flat_map(|panel| &panel.series);
        series.map(|series| series.values.len()).max().unwrap_or(0)
    }
}

impl Panel {
    fn draw(&self, out: &mut String, top: f64, time: &TimeAxis) -> fmt::Result {
        let scale = self.scale();
        let y = |value: f64| top + PANEL - PANEL * (value / scale.top).clamp(0.0, 1.0);
        let bottom = top + PANEL;
        for tick in scale.ticks() {
            let at = y(tick);
            line(
                out,
                if tick > 0.0 { "grid" } else { "axis" },
                (LEFT, at),
                (LEFT + PLOT, at),
            )?;
            text(
                out,
                "soft",
                LEFT - 8.0,
                at + 4.0,
                Anchor::End,
                &Number(tick).to_string(),
            )?;
        }
        for tick in time.ticks() {
            let at = time.x(tick);
            line(out, "grid", (at, top), (at, bottom))?;
        }
        for (at, series) in self.series.iter().enumerate() {
            let colour = at % COLOURS;
            let runs = runs(&series.values, time);
            if at == 0 {
                out.push_str("<path class=\"area f0\" d=\"");
                for run in &runs {
                    steps(out, run, &y)?;
                    let (first, last) = (
                        run.first().map_or(LEFT, |step| step.0),
                        run.last().map_or(LEFT, |step| step.1),
                    );
                    write!(out, "V{b}H{}V{b}z", Px(first.min(last)), b = Px(bottom))?;
                }
                out.push_str("\"/>\n");
            }
            write!(out, "<path class=\"line s{colour}\" d=\"")?;
            for run in &runs {
                steps(out, run, &y)?;
            }
            out.push_str("\"/>\n");
        }
        for limit in &self.limits {
            let at = y(limit.value);
            line(out, "limit", (LEFT, at), (LEFT + PLOT, at))?;
        }
        self.draw_head(out, top - 11.0)
    }

    /// Title, unit and legend.
    fn draw_head(&self, out: &mut String, baseline: f64) -> fmt::Result {
        let head = Text(&self.title);
        write!(
            out,
            "<text class=\"panel halo\" x=\"{}\" y=\"{}\">{head}",
            Px(LEFT),
            Px(baseline)
        )?;
        writeln!(
            out,
            " <tspan class=\"soft\" font-weight=\"400\">{}</tspan></text>",
            Text(&self.unit)
        )?;
        let names = self.series.iter().map(|series| &series.name);
        let names = names.chain(self.limits.iter().map(|limit| &limit.label));
        let widths = names.map(|name| SWATCH + width_of(name) + LEGEND_GAP);
        let mut x = LEFT + PLOT + LEGEND_GAP - widths.sum::<f64>();
        for (at, series) in self.series.iter().enumerate() {
            write!(out, "<rect class=\"f{}\" x=\"{}\" ", at % COLOURS, Px(x))?;
            writeln!(
                out,
                "y=\"{}\" width=\"14\" height=\"4\" rx=\"2\"/>",
                Px(baseline - 6.0)
            )?;
            x = legend(out, x, baseline, &series.name)?;
        }
        for limit in &self.limits {
            let middle = baseline - 4.0;
            line(out, "limit", (x - 4.0, middle), (x + 14.0, middle))?;
            x = legend(out, x, baseline, &limit.label)?;
        }
        Ok(())
    }

    fn scale(&self) -> Scale {
        let values = self
            .series
            .iter()
            .flat_map(|series| series.values.iter().copied());
        let limits = self.limits.iter().map(|limit| limit.value);
        let most = values.chain(limits).filter(|value| value.is_finite());
        Scale::up_to(most.fold(0.0, f64::max))
    }
}

/// Writes a name behind its sample; gives where the next sample stands.
fn legend(out: &mut String, x: f64, baseline: f64, name: &str) -> Result<f64, fmt::Error> {
    let x = x + SWATCH;
    text(out, "halo", x, baseline, Anchor::Start, name)?;
    Ok(x + width_of(name) + LEGEND_GAP)
}

/// Values from 0 up.
struct Scale {
    step: f64,
    top: f64,
}

impl Scale {
    /// With three to five steps of 1, 2 or 5 times a power of ten. Without logarithms, which are not the same everywhere.
    fn up_to(most: f64) -> Self {
        let most = if most > 0.0 { most } else { 1.0 };
        let mut power = 1e-3;
        while power * 50.0 < most && power < 1e15 {
            power *= 10.0;
        }
        let steps = [power, power * 2.0, power * 5.0, power * 10.0];
        let fits = steps
            .into_iter()
            .find(|step| step * 5.0 >= most * (1.0 - 1e-9));
        let step = fits.unwrap_or(power * 10.0);
        Self {
            step,
            top: step * (most / step - 1e-9).ceil(),
        }
    }

    fn ticks(&self) -> impl Iterator<Item = f64> {
        let (step, count) = (self.step, (self.top / self.step).round() as u32);
        (0..=count).map(move |at| step * f64::from(at))
    }
}

/// Steps of the time axis, in seconds: a second to a week.
const TIME_STEPS: [f64; 22] = [
    0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0,
    3600.0, 7200.0, 10_800.0, 21_600.0, 43_200.0, 86_400.0, 604_800.0,
];

struct TimeAxis {
    bin: f64,
    /// Seconds that are shown.
    end: f64,
    step: f64,
}

impl TimeAxis {
    fn new(chart: &Chart) -> Self {
        let bin = if chart.bin_secs > 0.0 {
            chart.bin_secs
        } else {
            1.0
        };
        let marks = chart.marks.iter().map(|mark| mark.at_secs);
        let measured = bin * chart.bins() as f64;
        let end = marks.filter(|at| at.is_finite()).fold(measured, f64::max);
        let end = if end > 0.0 { end } else { bin };
        let step = TIME_STEPS.into_iter().find(|step| step * 10.0 >= end);
        let longest = TIME_STEPS[TIME_STEPS.len() - 1];
        // Years of weeks are told by ten ticks as well.
        let step = step.unwrap_or_else(|| longest * (end / longest / 10.0).ceil());
        Self { bin, end, step }
    }

    fn x(&self, seconds: f64) -> f64 {
        LEFT + PLOT * (seconds / self.end).clamp(0.0, 1.0)
    }

    fn ticks(&self) -> impl Iterator<Item = f64> {
        let (step, count) = (self.step, (self.end / self.step + 1e-9).floor() as u32);
        (0..=count).map(move |at| step * f64::from(at))
    }

    fn draw(&self, out: &mut String, bottom: f64) -> fmt::Result {
        let (unit, seconds) = match self.step {
            step if step >= 86_400.0 => ("days", 86_400.0),
            step if step >= 3600.0 => ("hours", 3600.0),
            step if step >= 60.0 => ("minutes", 60.0),
            _ => ("seconds", 1.0),
        };
        for tick in self.ticks() {
            let at = self.x(tick);
            line(out, "axis", (at, bottom), (at, bottom + 5.0))?;
            text(
                out,
                "soft",
                at,
                bottom + 19.0,
                Anchor::Middle,
                &Number(tick / seconds).to_string(),
            )?;
        }
        let middle = LEFT + PLOT / 2.0;
        text(
            out,
            "soft",
            middle,
            bottom + 38.0,
            Anchor::Middle,
            &format!("{unit} since the beginning"),
        )
    }
}

/// Where the labels of marks stand.
struct Labels<'m> {
    placed: Vec<(&'m Mark, f64, Option<usize>, Anchor)>,
    lanes: usize,
    left_out: usize,
}

impl<'m> Labels<'m> {
    fn place(marks: &'m [Mark], time: &TimeAxis) -> Self {
        let mut marks: Vec<&Mark> = marks
            .iter()
            .filter(|mark| mark.at_secs.is_finite())
            .collect();
        marks.sort_by(|a, b| a.at_secs.total_cmp(&b.at_secs));
        // Up to where each lane is taken.
        let mut taken: Vec<f64> = Vec::new();
        let mut labels = Self {
            placed: Vec::new(),
            lanes: 0,
            left_out: 0,
        };
        // The label to the left, and where it ends.
        let mut last: Option<(&str, f64)> = None;
        for mark in marks {
            let x = time.x(mark.at_secs);
            if last.is_some_and(|(label, end)| label == mark.label && x < end) {
                // It says for this line, too, what it is.
                labels.placed.push((mark, x, None, Anchor::Start));
                continue;
            }
            let width = width_of(&mark.label) + 8.0;
            // To the right of its line, or to the left of it where the page ends.
            let ends = x + width > LEFT + PLOT + RIGHT;
            let (from, to, anchor) = if ends {
                (x - width, x, Anchor::End)
            } else {
                (x, x + width, Anchor::Start)
            };
            last = Some((&mark.label, to));
            let free = taken.iter().position(|end| *end <= from);
            let lane = free.or((taken.len() < MAX_LANES).then_some(taken.len()));
            match lane {
                Some(lane) if lane == taken.len() => taken.push(to),
                Some(lane) => taken[lane] = to,
                None => labels.left_out += 1,
            }
            labels.placed.push((mark, x, lane, anchor));
        }
        labels.lanes = taken.len();
        labels
    }

    fn draw(&self, out: &mut String, bottom: f64) -> fmt::Result {
        for (_, x, lane, _) in &self.placed {
            let top = lane.map_or(HEAD + LANE * self.lanes as f64, |lane| {
                HEAD + LANE * lane as f64
            });
            line(out, "mark", (*x, top), (*x, bottom))?;
        }
        for (mark, x, lane, anchor) in &self.placed {
            let Some(lane) = lane else { continue };
            let baseline = HEAD + LANE * *lane as f64 + 10.0;
            let x = if *anchor == Anchor::End {
                x - 5.0
            } else {
                x + 5.0
            };
            text(out, "halo", x, baseline, *anchor, &mark.label)?;
        }
        Ok(())
    }
}

/// From where to where a value holds, in pixels.
type Step = (f64, f64, f64);

/// The values between gaps. Where several bins fall into one pixel, the lowest and the highest of them are drawn.
fn runs(values: &[f64], time: &TimeAxis) -> Vec<Vec<Step>> {
    let per_pixel = (values.len() as f64 / PLOT).ceil().max(1.0) as usize;
    let mut runs = vec![Vec::new()];
    for (at, bins) in values.chunks(per_pixel).enumerate() {
        let from = time.x(time.bin * (at * per_pixel) as f64);
        let to = time.x(time.bin * (at * per_pixel + bins.len()) as f64);
        let finite = || bins.iter().copied().filter(|value| value.is_finite());
        let (Some(least), Some(most)) = (finite().reduce(f64::min), finite().reduce(f64::max))
        else {
            runs.push(Vec::new());
            continue;
        };
        if let Some(run) = runs.last_mut() {
            if least < most {
                run.push((from, from, least));
            }
            run.push((from, to, most));
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}

fn steps(out: &mut String, run: &[Step], y: &impl Fn(f64) -> f64) -> fmt::Result {
    let mut last = None;
    for (at, (from, to, value)) in run.iter().enumerate() {
        let height = Px(y(*value)).to_string();
        if at == 0 {
            write!(out, "M{} {height}H{}", Px(*from), Px(*to))?;
        } else if last.as_ref() == Some(&height) {
            // The line goes on: its end is moved.
            let end = out.rfind('H').unwrap_or(out.len());
            out.truncate(end);
            write!(out, "H{}", Px(*to))?;
        } else {
            write!(out, "V{height}H{}", Px(*to))?;
        }
        last = Some(height);
    }
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Anchor {
    Start,
    Middle,
    End,
}

fn text(
    out: &mut String,
    class: &str,
    x: f64,
    y: f64,
    anchor: Anchor,
    content: &str,
) -> fmt::Result {
    out.push_str("<text");
    if !class.is_empty() {
        write!(out, " class=\"{class}\"")?;
    }
    let anchor = match anchor {
        Anchor::Start => "",
        Anchor::Middle => " text-anchor=\"middle\"",
        Anchor::End => " text-anchor=\"end\"",
    };
    writeln!(
        out,
        " x=\"{}\" y=\"{}\"{anchor}>{}</text>",
        Px(x),
        Px(y),
        Text(content)
    )
}

fn line(out: &mut String, class: &str, from: (f64, f64), to: (f64, f64)) -> fmt::Result {
    let (from, to) = ((Px(from.0), Px(from.1)), (Px(to.0), Px(to.1)));
    writeln!(
        out,
        "<path class=\"{class}\" d=\"M{} {}L{} {}\"/>",
        from.0, from.1, to.0, to.1
    )
}

fn width_of(text: &str) -> f64 {
    CHARACTER * text.chars().count() as f64
}

/// A length, to a tenth of a pixel.
struct Px(f64);

impl fmt::Display for Px {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = (self.0 * 10.0).round() as i64;
        match tenths % 10 {
            0 => write!(f, "{}", tenths / 10),
            _ => write!(f, "{:.1}", tenths as f64 / 10.0),
        }
    }
}

/// A number for people: three places at most, and no zeros at the end.
struct Number(f64);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, unit) = match self.0.abs() {
            value if value >= 1e9 => (self.0 / 1e9, " G"),
            value if value >= 1e6 => (self.0 / 1e6, " M"),
            value if value >= 1e4 => (self.0 / 1e3, " k"),
            _ => (self.0, ""),
        };
        let digits = format!("{number:.3}");
        let digits = digits.trim_end_matches('0').trim_end_matches('.');
        write!(f, "{digits}{unit}")
    }
}

/// Text for XML. What XML cannot hold is shown as a question mark.
struct Text<'t>(&'t str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\t' | '\n' | '\r' => f.write_char(' ')?,
                '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => f.write_char('?')?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(name: &str, values: &[f64]) -> Series {
        Series {
            name: name.into(),
            values: values.to_vec(),
        }
    }

    fn panel(series: Vec<Series>, limits: &[f64]) -> Panel {
        let limits = limits.iter().map(|&value| Limit {
            value,
            label: format!("{} %", Number(value)),
        });
        Panel {
            title: "Channel load".into(),
            unit: "%".into(),
            series,
            limits: limits.collect(),
        }
    }

    fn chart(panels: Vec<Panel>, marks: &[(f64, &str)]) -> Chart {
        let marks = marks.iter().map(|&(at_secs, label)| Mark {
            at_secs,
            label: label.into(),
        });
        Chart {
            title: "A scenario".into(),
            subtitle: "3 nodes".into(),
            bin_secs: 1.0,
            panels,
            marks: marks.collect(),
        }
    }

    /// What a path of this class says, for each of them.
    fn paths<'s>(svg: &'s str, class: &str) -> Vec<&'s str> {
        let start = format!("<path class=\"{class}\" d=\"");
        let found = svg.split(&start).skip(1);
        found.filter_map(|rest| rest.split('"').next()).collect()
    }

    #[test]
    fn a_curve_holds_each_value_for_its_bin() {
        let svg = chart(
            vec![panel(vec![series("a", &[0.0, 5.0, 5.0, 10.0])], &[])],
            &[],
        )
        .to_svg();
        // 218 pixels a bin; the scale goes up to 10, and 112 pixels are its height.
        assert_eq!(paths(&svg, "line s0"), ["M64 206H282V150H718V94H936"]);
        assert_eq!(
            paths(&svg, "area f0"),
            ["M64 206H282V150H718V94H936V206H64V206z"]
        );
    }

    #[test]
    fn what_is_no_number_is_a_gap() {
        let nan = f64::NAN;
        let values = [nan, 1.0, nan, f64::INFINITY, 1.0];
        let svg = chart(vec![panel(vec![series("a", &values)], &[])], &[]).to_svg();
        assert_eq!(paths(&svg, "line s0")[0].matches('M').count(), 2);
        assert!(!svg.contains("NaN") && !svg.contains("inf"));
        for values in [&[][..], &[nan, nan]] {
            let svg = chart(vec![panel(vec![series("a", values)], &[])], &[]).to_svg();
            assert_eq!(paths(&svg, "line s0"), [""]);
        }
    }

    #[test]
    fn more_bins_than_pixels_keep_their_extremes() {
        let mut values = vec![1.0; 100_000];
        values[50_000] = 100.0;
        let svg = chart(vec![panel(vec![series("a", &values)], &[])], &[]).to_svg();
        assert!(svg.len() < 10_000, "{}", svg.len());
        let curve = paths(&svg, "line s0")[0];
        assert_eq!(curve.matches('V').count(), 2, "up and down again: {curve}");
    }

    #[test]
    fn scales_end_above_what_they_show() {
        for (most, step, top) in [
            (0.0, 0.2, 1.0),
            (1.0, 0.2, 1.0),
            (10.0, 2.0, 10.0),
            (9.5, 2.0, 10.0),
            (100.0, 20.0, 100.0),
            (0.04, 0.01, 0.04),
            (12_345.0, 5000.0, 15_000.0),
        ] {
            let scale = Scale::up_to(most);
            assert!(
                (scale.step - step).abs() < 1e-9 * step,
                "{most}: {}",
                scale.step
            );
            assert!(
                (scale.top - top).abs() < 1e-9 * top,
                "{most}: {}",
                scale.top
            );
        }
    }

    #[test]
    fn limits_are_on_the_scale() {
        let svg = chart(vec![panel(vec![series("a", &[1.0])], &[10.0])], &[]).to_svg();
        assert_eq!(
            paths(&svg, "limit").len(),
            2,
            "in the panel and in the legend"
        );
        assert!(svg.contains(">10 %</text>") && svg.contains(">8</text>"));
    }

    #[test]
    fn labels_of_marks_do_not_cover_each_other() {
        let marks = [
            (1.0, "one mark"),
            (1.1, "another mark"),
            (9.9, "at the end of all"),
        ];
        let chart = chart(vec![panel(vec![series("a", &[1.0; 10])], &[])], &marks);
        let time = TimeAxis::new(&chart);
        let labels = Labels::place(&chart.marks, &time);
        let lanes: Vec<_> = labels.placed.iter().map(|placed| placed.2).collect();
        assert_eq!(lanes, [Some(0), Some(1), Some(0)]);
        assert_eq!(labels.placed[2].3, Anchor::End);
        assert_eq!(paths(&chart.to_svg(), "mark").len(), 3);
    }

    #[test]
    fn a_label_that_is_repeated_is_told_once() {
        let marks = [
            (1.0, "write"),
            (1.1, "write"),
            (1.2, "write"),
            (8.0, "write"),
        ];
        let svg = chart(vec![panel(vec![series("a", &[1.0; 10])], &[])], &marks).to_svg();
        assert_eq!(
            (svg.matches(">write<").count(), paths(&svg, "mark").len()),
            (2, 4)
        );
        assert!(!svg.contains("left out"));
    }

    #[test]
    fn labels_without_room_are_counted() {
        let names: Vec<_> = (0..MAX_LANES + 2).map(|at| format!("mark {at}")).collect();
        let marks: Vec<_> = names.iter().map(|name| (1.0, name.as_str())).collect();
        let svg = chart(vec![panel(vec![series("a", &[1.0; 10])], &[])], &marks).to_svg();
        assert!(svg.contains("3 nodes (2 labels left out)"));
        assert_eq!(paths(&svg, "mark").len(), MAX_LANES + 2);
    }

    #[test]
    fn text_is_escaped_wherever_it_comes_from() {
        let bad = "<script>\"&'\u{1}\n";
        let mut chart = chart(
            vec![panel(vec![series(bad, &[1.0])], &[5.0])],
            &[(0.5, bad)],
        );
        chart.title = bad.into();
        chart.subtitle = bad.into();
        chart.panels[0].title = bad.into();
        chart.panels[0].unit = bad.into();
        chart.panels[0].limits[0].label = bad.into();
        let svg = chart.to_svg();
        assert!(!svg.contains("<script") && !svg.contains('\u{1}'));
        // Title, head, description (three times), subtitle, panel, unit, series, limit, mark.
        assert_eq!(svg.matches("&lt;script&gt;&quot;&amp;'? ").count(), 12);
    }

    #[test]
    fn numbers_are_short() {
        let shown = [0.0, 0.25, 0.1 + 0.2, 100.0, 1234.5, 20_000.0, 3e6, 2.5e9]
            .map(|value| Number(value).to_string());
        assert_eq!(
            shown,
            ["0", "0.25", "0.3", "100", "1234.5", "20 k", "3 M", "2.5 G"]
        );
    }

    #[test]
    fn time_is_told_in_the_unit_that_fits() {
        for (bins, bin_secs, unit) in [
            (30, 1.0, "seconds"),
            (60, 10.0, "minutes"),
            (48, 3600.0, "hours"),
            (40, 86_400.0, "days"),
        ] {
            let mut chart = chart(vec![panel(vec![series("a", &vec![1.0; bins])], &[])], &[]);
            chart.bin_secs = bin_secs;
            let (svg, ticks) = (chart.to_svg(), TimeAxis::new(&chart).ticks().count());
            assert!(svg.contains(&format!(">{unit} since the beginning<")));
            assert!((4..=11).contains(&ticks), "{bins} {bin_secs}: {ticks}");
        }
    }
}
