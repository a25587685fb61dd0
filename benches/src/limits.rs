//! What lib-dns may cost, committed, so that a change that costs more is seen.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::report::Figures;

/// The limits of every task, by its name (`parse_a`, `build_b`).
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub struct Limits {
    tasks: BTreeMap<String, TaskLimits>,
}

/// The limits of one task.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TaskLimits {
    instructions: u64,
    /// Instructions that the task should cost one day.
    goal: Option<u64>,
    allocations: u64,
    /// Of the built message.
    octets: Option<usize>,
}

/// One comparison of a figure with its limit.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The task's name.
    pub task: String,
    /// What is compared.
    pub quantity: &'static str,
    /// What was measured; nothing if it could not be.
    pub measured: Option<u64>,
    /// What is allowed.
    pub limit: u64,
    /// What is aimed at, where that is less.
    pub goal: Option<u64>,
}

impl Verdict {
    /// Whether the limit is kept. What could not be measured does not keep it.
    pub fn is_kept(&self) -> bool {
        self.measured.is_some_and(|measured| measured <= self.limit)
    }
}

impl Limits {
    /// Reads a limits file.
    ///
    /// # Errors
    /// It cannot be read, or is not the TOML that is expected.
    pub fn from_file(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Compares `figures` with every limit. A limit whose task was not measured is not kept.
    pub fn check(&self, figures: &[Figures]) -> Vec<Verdict> {
        let mut verdicts = Vec::new();
        for (task, limits) in &self.tasks {
            let figures = figures.iter().find(|figures| figures.task == *task);
            let mut compare = |quantity, measured, limit, goal| {
                verdicts.push(Verdict {
                    task: task.clone(),
                    quantity,
                    measured,
                    limit,
                    goal,
                });
            };
            compare(
                "instructions",
                figures.and_then(|figures| figures.instructions),
                limits.instructions,
                limits.goal,
            );
            compare(
                "allocations",
                figures.and_then(|figures| figures.allocations),
                limits.allocations,
                None,
            );
            if let Some(octets) = limits.octets {
                let measured = figures.and_then(|figures| figures.octets);
                compare(
                    "octets",
                    measured.map(|octets| octets as u64),
                    octets as u64,
                    None,
                );
            }
        }
        verdicts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::Task;

    fn figures(instructions: Option<u64>) -> Figures {
        Figures {
            peer: "ours",
            version: "0",
            task: "build_b".to_owned(),
            fails: None,
            instructions,
            nanoseconds: Some(1.0),
            allocations: Some(0),
            allocated_octets: Some(0),
            opaque: None,
            octets: Some(220),
        }
    }

    fn kept(instructions: Option<u64>) -> Vec<bool> {
        let text = "[build_b]\ninstructions = 10\nallocations = 0\noctets = 220";
        let limits: Limits = toml::from_str(text).unwrap();
        let verdicts = limits.check(&[figures(instructions)]);
        verdicts.iter().map(Verdict::is_kept).collect()
    }

    #[test]
    fn a_limit_is_kept_up_to_itself() {
        assert_eq!(kept(Some(10)), [true, true, true]);
        assert_eq!(kept(Some(11)), [false, true, true]);
    }

    #[test]
    fn what_was_not_measured_is_not_kept() {
        assert_eq!(kept(None), [false, true, true]);
        let limits: Limits =
            toml::from_str("[parse_a]\ninstructions = 10\nallocations = 0").unwrap();
        let verdicts = limits.check(&[figures(Some(1))]);
        assert!(verdicts.iter().all(|verdict| !verdict.is_kept()));
    }

    #[test]
    fn the_committed_limits_name_tasks_that_exist() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("limits.toml");
        let limits = Limits::from_file(&path).unwrap();
        let named: Vec<_> = limits.tasks.keys().cloned().collect();
        let mut tasks: Vec<_> = Task::all().map(|task| task.to_string()).collect();
        tasks.sort_unstable();
        assert_eq!(named, tasks);
    }
}
