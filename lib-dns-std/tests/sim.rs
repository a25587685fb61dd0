//! The scenarios of `examples/sim` hold what they expect, with fewer nodes than they say; the same seed comes out the same.

use lib_dns_std::sim::measure::Outcome;
use lib_dns_std::sim::scenario::Share;
use lib_dns_std::sim::{Scenario, run};
use std::path::Path;

/// So many that a debug build is through in seconds.
const NODES: u32 = 200;
/// The same of those in which much happens.
const FEW_NODES: u32 = 60;
const BUSY: [&str; 3] = ["flapping-zone", "many-zones", "update-storm"];

fn scenario(name: &str) -> Scenario {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/sim");
    let read = Scenario::read(&folder.join(format!("{name}.toml")));
    let mut scenario = read.unwrap_or_else(|faults| panic!("{faults}"));
    scenario.nodes = if BUSY.contains(&name) {
        FEW_NODES
    } else {
        NODES
    };
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
    rule_12_3_news_walks_along_a_row_of_islands: "island-chain",
    rule_17_1_level_5_a_heal_may_be_a_storm: "many-zones",
    rule_7_2_what_both_sides_write_is_merged: "two-sided-writes",
    rule_17_1_level_1_a_flapping_zone_is_told_of_once_in_30_seconds: "flapping-zone",
    rule_17_1_level_3_refreshes_are_spread: "thundering-herd",
    rule_11_2_case_b_a_dispute_keeps_both: "disputed-name",
    rule_11_3_stale_data_is_served_for_seven_days: "stale-island",
    note_10a_forged_hints_are_no_storm: "forged-storm",
    rule_17_1_level_5_a_storm_is_entered_and_left: "update-storm",
    rule_11_1_2_clocks_may_be_wrong_by_a_minute: "clock-skew",
}

/// Those who have new neighbours, of whom there are no others here, are alike by exchange alone, and enter no storm for it.
#[test]
fn rule_12_3_an_exchange_is_no_update() {
    let mut scenario = scenario("many-zones");
    for zone in &mut scenario.zone {
        zone.kept_by = Share(0.0);
    }
    let outcome = run(&scenario);
    let figure = |name| outcome.figure(name).unwrap().value;
    assert_eq!(figure("storm-nodes"), 0.0);
    assert!(figure("replicas-identical") <= 10.0);
}

/// On three islands in a row, three owners claim one name, and each island has the same serial. All end with all three claims,
/// and whoever asks is told that the name is disputed, whichever claim he is given.
#[test]
fn rule_11_2_case_b_three_may_claim_one_name() {
    let text = "
        title = 'Three owners claim one name'
        seed = 1
        nodes = 90
        run-for = '2m'
        islands = [1, 1, 1]
        partition = [{ at = '5s' }]
        heal = [{ at = '30s' }]
        zone = [{ name = 'names.sovereign', kept-by = 0.3 }]
        write = [
            { at = '10s', zone = 'names.sovereign', record = 100, owner = 1 },
            { at = '11s', zone = 'names.sovereign', record = 100, owner = 2, island = 1 },
            { at = '12s', zone = 'names.sovereign', record = 100, owner = 3, island = 2 },
        ]
        ask = [{ at = '90s', zone = 'names.sovereign', record = 100 }]
        expect = [
            { figure = 'replicas-identical', at-most = 30.0 },
            { figure = 'disputed-copies', at-least = 100.0 },
            { figure = 'answers-disputed', at-least = 100.0 },
        ]";
    let outcome = run(&Scenario::from_text("one.toml".as_ref(), text).unwrap());
    assert!(outcome.holds(), "{:#?}", outcome.figures);
}

/// A resolver without a copy was told that a name is absent, and hears of the zone before that has been forgotten.
#[test]
fn rule_12_2_3_an_update_flushes_what_a_resolver_has_cached_of_absence() {
    let text = "
        title = 'A name appears'
        seed = 1
        nodes = 100
        run-for = '1m'
        zone = [{ name = 'alpha.sovereign', kept-by = 0.3 }]
        write = [{ at = '10s', zone = 'alpha.sovereign', record = 100 }]
        ask = [
            { at = '1s', zone = 'alpha.sovereign', record = 100 },
            { at = '40s', zone = 'alpha.sovereign', record = 100 },
        ]
        expect = [
            { figure = 'answers-absent', at-least = 50.0, at-most = 50.0 },
            { figure = 'answers-fresh', at-least = 50.0 },
        ]";
    let outcome = run(&Scenario::from_text("one.toml".as_ref(), text).unwrap());
    assert!(outcome.holds(), "{:#?}", outcome.figures);
}

/// One node keeps a zone while all others who do are on the other side, and fails to refresh it again and again. Nobody tells it
/// of what it has missed; but it does not wait the last time out when the partition has healed.
#[test]
fn rule_17_1_level_4_a_heal_ends_the_waits() {
    let text = "
        title = 'A copy that cannot be refreshed'
        seed = 1
        nodes = 100
        run-for = '6m'
        islands = [1, 1]
        bridges = 1
        partition = [{ at = '20s' }]
        heal = [{ at = '5m' }]
        zone = [{ name = 'alpha.sovereign', kept-by = 0.3, islands = [0], refresh = '1m' }]
        write = [
            { at = '1s', zone = 'alpha.sovereign', record = 5, island = 1, node = 10 },
            { at = '30s', zone = 'alpha.sovereign', record = 6 },
        ]
        expect = [{ figure = 'replicas-identical', at-most = 20.0 }]";
    let outcome = run(&Scenario::from_text("one.toml".as_ref(), text).unwrap());
    assert!(outcome.holds(), "{:#?}", outcome.figures);
}

/// The storm of the example, in a mesh that is told to bear more.
#[test]
fn rule_17_2_a_scenario_may_set_the_parameters() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/sim");
    let example = std::fs::read_to_string(folder.join("update-storm.toml")).unwrap();
    let (mesh, _) = example.split_once("[[expect]]").unwrap();
    let text = format!("{mesh}\n[update-control]\nstorm-threshold = 200\n");
    let mut scenario = Scenario::from_text("x.toml".as_ref(), &text).unwrap();
    scenario.nodes = 50;
    let value = |scenario: &Scenario| {
        let outcome = run(scenario);
        let mut figures = outcome.figures.iter();
        figures
            .find(|figure| figure.name == "storm-nodes")
            .unwrap()
            .value
    };
    assert_eq!(value(&scenario), 0.0);
    scenario.update_control.storm_threshold = 10;
    assert!(value(&scenario) > 90.0);
    let text = text.replace("= 200", "= 0");
    let faults = Scenario::from_text("x.toml".as_ref(), &text).unwrap_err();
    let faults = faults.to_string();
    assert!(
        faults.contains("error: 0 is no threshold, from 1 to 1000"),
        "{faults}"
    );
}

#[test]
fn the_same_seed_comes_out_the_same_and_another_one_does_not() {
    let mut scenario = scenario("partition-and-heal");
    scenario.nodes = FEW_NODES;
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
