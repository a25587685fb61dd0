//! The scenarios of `examples/sim` hold what they expect, with fewer nodes than they say; the same seed comes out the same.

use lib_dns_std::sim::measure::Outcome;
use lib_dns_std::sim::{Scenario, run};
use std::path::Path;

/// So many that a debug build is through in seconds.
const NODES: u32 = 200;

fn scenario(name: &str) -> Scenario {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/sim");
    let read = Scenario::read(&folder.join(format!("{name}.toml")));
    let mut scenario = read.unwrap_or_else(|faults| panic!("{faults}"));
    scenario.nodes = NODES;
    scenario
}

fn expect_to_hold(name: &str) -> Outcome {
    let outcome = run(&scenario(name));
    let broken = outcome
        .figures
        .iter()
        .filter(|figure| figure.holds() == Some(false));
    let broken: Vec<_> = broken.collect();
    assert!(broken.is_empty(), "{broken:#?}");
    assert!(
        outcome.figures.iter().any(|figure| figure.limit.is_some()),
        "it expects something"
    );
    outcome
}

macro_rules! scenarios {
    ($($test:ident: $name:literal,)*) => {
        $(#[test]
        fn $test() {
            expect_to_hold($name);
        })*

        #[test]
        fn every_example_is_run() {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/sim");
            let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
            let files = files.filter(|path| path.extension().is_some_and(|ending| ending == "toml"));
            let mut found: Vec<_> = files.map(|path| path.file_stem().unwrap().to_owned()).collect();
            found.sort();
            let mut run = [$($name),*];
            run.sort_unstable();
            assert_eq!(found, run);
        }
    };
}

scenarios! {
    rule_12_3_a_partition_heals: "partition-and-heal",
    rule_7_2_what_both_sides_write_is_merged: "two-sided-writes",
    rule_17_1_level_1_a_flapping_zone_is_told_of_once_in_30_seconds: "flapping-zone",
    rule_17_1_level_3_refreshes_are_spread: "thundering-herd",
    rule_11_2_case_b_a_dispute_keeps_both: "disputed-name",
    rule_11_3_stale_data_is_served_for_seven_days: "stale-island",
    note_10a_forged_hints_are_no_storm: "forged-storm",
    rule_17_1_level_5_a_storm_is_entered_and_left: "update-storm",
    rule_11_1_2_clocks_may_be_wrong_by_a_minute: "clock-skew",
}

#[test]
fn the_same_seed_comes_out_the_same_and_another_one_does_not() {
    let mut scenario = scenario("partition-and-heal");
    let outcome = run(&scenario);
    // Every value to the last bit.
    assert_eq!(format!("{outcome:?}"), format!("{:?}", run(&scenario)));
    scenario.seed += 1;
    assert_ne!(outcome.series, run(&scenario).series);
}

#[test]
fn faults_of_a_scenario_are_told_with_their_place() {
    let text = "title = 't'\nseed = 1\nnodes = 10\nrun-for = '1 fortnight'\nzone = []";
    let faults = Scenario::from_text("x.toml".as_ref(), text)
        .unwrap_err()
        .to_string();
    assert!(
        faults.starts_with("x.toml:4:11: error: '1 fortnight' is no time"),
        "{faults}"
    );
    let text = "title = 't'\nseed = 1\nnodes = 10\nrun-for = '1m'\nnode = 3\nzone = []";
    let faults = Scenario::from_text("x.toml".as_ref(), text)
        .unwrap_err()
        .to_string();
    assert!(
        faults.starts_with("x.toml:5:1: error: unknown field `node`"),
        "{faults}"
    );
    let text = "title = 't'\nseed = 1\nnodes = 10\nrun-for = '1m'\nzone = [{ name = 'a' }]\n\
        write = [{ at = '1s', zone = 'b' }]\nexpect = [{ figure = 'joy' }]";
    let faults = Scenario::from_text("x.toml".as_ref(), text)
        .unwrap_err()
        .to_string();
    assert!(
        faults.contains("x.toml:6:30: error: no zone is named 'b'"),
        "{faults}"
    );
    assert!(
        faults.contains("x.toml:7:22: error: no figure is named 'joy'"),
        "{faults}"
    );
}
