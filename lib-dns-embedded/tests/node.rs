//! A node: what it answers, what it does about hints, and the same with a real driver on simulated chips.

#[path = "node/air.rs"]
mod air;
#[path = "node/answers.rs"]
mod answers;
#[path = "node/hints.rs"]
mod hints;
#[path = "node/lent.rs"]
mod lent;

/// The documentation's is compiled.
#[test]
fn the_firmware_in_the_readme_is_the_one_in_the_documentation() {
    let (_, after) = include_str!("../../README.md")
        .split_once("```rust\n")
        .unwrap();
    let (shown, _) = after.split_once("```").unwrap();
    let compiled: String = include_str!("../src/node.rs")
        .lines()
        .filter_map(|line| line.strip_prefix("//!     "))
        .map(|line| format!("{line}\n"))
        .collect();
    assert!(compiled.contains(shown), "{shown}");
}
