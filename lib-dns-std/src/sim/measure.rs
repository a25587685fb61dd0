//! What came of a run: values over time, marks on the time line, and final figures with their limits.
//!
//! Nothing here knows how a mesh works; [`world`](super::run) fills it in, and whoever shows it reads it.

/// The figures that there are: name, what it is for people, unit. A run leaves out those that it has nothing of.
pub const FIGURES: &[(&str, &str, &str)] = &[
    (
        "replicas-identical",
        "after the heal or the last change, all copies identical in",
        "s",
    ),
    (
        "negative-left",
        "negative answers left 1 s after the heal",
        "",
    ),
    (
        "serials-exchanged",
        "after the heal, serials exchanged in",
        "s",
    ),
    (
        "conflicts-settled",
        "after the heal, conflicts settled in",
        "s",
    ),
    (
        "notifications",
        "new neighbours notified of later changes",
        "",
    ),
    ("broadcasts", "broadcasts", ""),
    ("broadcasts-in-30s", "most broadcasts of a zone in 30 s", ""),
    (
        "channel-load-mean",
        "greatest channel load, mean over nodes",
        "%",
    ),
    ("channel-load-worst", "greatest channel load at a node", "%"),
    ("frames-collided", "frames lost to others", "%"),
    ("refreshes", "refreshes", ""),
    (
        "refresh-peak",
        "refreshes after announcements in the worst second",
        "%",
    ),
    ("storm-nodes", "most nodes in a storm at a time", "%"),
    ("storm-left", "storms that ended", "%"),
    ("storm-lasted", "a storm lasted", "s"),
    ("updates-suppressed", "updates not heard in storms", ""),
    (
        "updates-too-loud",
        "updates not heard because their sender was too loud",
        "",
    ),
    ("hints-forged", "forged hints", ""),
    (
        "hints-followed",
        "times that a node followed a forged hint",
        "",
    ),
    (
        "transfers-refused",
        "transfers refused, signed in the future",
        "",
    ),
    ("disputed-copies", "copies with a disputed name", "%"),
    ("answers", "questions answered", ""),
    ("answers-fresh", "fresh", "%"),
    ("answers-stale", "stale", "%"),
    ("answers-disputed", "disputed", "%"),
    ("answers-absent", "not found", "%"),
    ("answers-failed", "failed", "%"),
];

/// What came of a run. The same scenario and seed give the same outcome, to the last bit.
#[derive(Clone, PartialEq, Debug)]
pub struct Outcome {
    /// The scenario's name: that of its file without the ending.
    pub name: String,
    /// What the scenario says of itself, in a line.
    pub title: String,
    /// What all that was random came from.
    pub seed: u64,
    /// How many nodes there were.
    pub nodes: u32,
    /// How much time went by in the mesh, in milliseconds.
    pub ran_for: u64,
    /// How many events were dealt with.
    pub events: u64,
    /// How many milliseconds a value of a series stands for.
    pub bin: u64,
    /// Values over time, all with as many values: `ran_for / bin`, rounded up.
    pub series: Vec<Series>,
    /// What happened when, in the order of time.
    pub marks: Vec<Mark>,
    /// What can be said of the run as a whole.
    pub figures: Vec<Figure>,
}

impl Outcome {
    /// Does everything hold that the scenario expects?
    pub fn holds(&self) -> bool {
        self.figures
            .iter()
            .all(|figure| figure.holds() != Some(false))
    }

    /// The figure of a name.
    pub fn figure(&self, name: &str) -> Option<&Figure> {
        self.figures.iter().find(|figure| figure.name == name)
    }
}

/// A value over time.
#[derive(Clone, PartialEq, Debug)]
pub struct Series {
    /// What it is: letters, digits and hyphens, as `channel-load-worst`.
    pub name: &'static str,
    /// The same for people.
    pub label: &'static str,
    /// What it is counted in, as `%`; empty if it is a number of things.
    pub unit: &'static str,
    /// One value for each bin.
    pub values: Vec<f64>,
}

/// Something that happened.
#[derive(Clone, PartialEq, Debug)]
pub struct Mark {
    /// When, in milliseconds.
    pub at: u64,
    /// What, in a word or two.
    pub text: String,
}

/// Something that can be said of a run as a whole.
#[derive(Clone, PartialEq, Debug)]
pub struct Figure {
    /// What it is: letters, digits and hyphens, by which a scenario names it.
    pub name: &'static str,
    /// The same for people.
    pub label: &'static str,
    /// What it is counted in, as `s` or `%`; empty if it is a number of things.
    pub unit: &'static str,
    /// How much it is; infinite for a time at which nothing came.
    pub value: f64,
    /// What the scenario expects of it.
    pub limit: Option<Limit>,
}

impl Figure {
    /// Is it as the scenario expects? `None` if that expects nothing of it.
    pub fn holds(&self) -> Option<bool> {
        self.limit.map(|limit| limit.allows(self.value))
    }
}

/// What is expected of a figure.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Limit {
    /// It may not be less.
    pub at_least: Option<f64>,
    /// It may not be more.
    pub at_most: Option<f64>,
}

impl Limit {
    /// Is a value within the limit?
    ///
    /// ```
    /// use lib_dns_std::sim::measure::Limit;
    /// let limit = Limit { at_least: None, at_most: Some(30.0) };
    /// assert!(limit.allows(29.5) && !limit.allows(f64::INFINITY));
    /// ```
    pub fn allows(&self, value: f64) -> bool {
        self.at_least.is_none_or(|least| value >= least)
            && self.at_most.is_none_or(|most| value <= most)
    }
}
