//! `zdns sim` as a user meets it.

use std::path::Path;
use std::process::{Command, Output};

fn sim(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_zdns"))
        .current_dir(folder)
        .arg("sim")
        .args(arguments)
        .output()
        .unwrap()
}

#[cfg(not(feature = "sim"))]
#[test]
fn without_the_feature_there_is_no_such_command() {
    let output = sim(Path::new("."), &["one.toml"]);
    assert_eq!(output.status.code(), Some(2));
}

#[cfg(feature = "sim")]
mod with_the_feature {
    use super::sim;
    use std::fs;
    use std::process::Output;
    use tempfile::TempDir;

    const SCENARIO: &str = "\
title = 'A record changes'
seed = 1
nodes = 50
run-for = '30s'
zone = [{ name = 'alpha.sovereign' }]
write = [{ at = '1s', zone = 'alpha.sovereign' }]
expect = [{ figure = 'replicas-identical', at-most = 20.0 }]
";

    fn folder(scenario: &str) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("one.toml"), scenario).unwrap();
        folder
    }

    fn stdout(output: &Output) -> String {
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn stderr(output: &Output) -> String {
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    #[test]
    fn the_same_seed_gives_the_same_octets_and_another_one_does_not() {
        let folder = folder(SCENARIO);
        let run = |seed: &str, csv: &str, svg: &str| {
            let arguments = ["one.toml", "--seed", seed, "--csv", csv, "--svg", svg];
            let output = sim(folder.path(), &arguments);
            assert!(output.status.success(), "{}", stderr(&output));
            assert_eq!(stderr(&output), "", "there is no terminal, and so no bar");
            let read = |file: &str| fs::read_to_string(folder.path().join(file)).unwrap();
            (stdout(&output), read(csv), read(svg))
        };
        let (table, csv, svg) = run("1", "a.csv", "a.svg");
        assert!(
            table.starts_with("A record changes\none: 50 nodes, seed 1, 30 s, "),
            "{table}"
        );
        assert!(table.contains("at most 20 s  ok"), "{table}");
        assert!(csv.starts_with("seconds,"), "{csv}");
        assert!(
            svg.starts_with("<svg ") && svg.ends_with("</svg>\n"),
            "{svg}"
        );
        let other = run("2", "c.csv", "c.svg");
        assert!(other.1 != csv && other.2 != svg, "another seed");
        assert_eq!(run("1", "b.csv", "b.svg"), (table, csv, svg));
    }

    #[test]
    fn nodes_and_seed_can_be_set() {
        let output = sim(
            folder(SCENARIO).path(),
            &["one.toml", "--nodes", "20", "--seed", "9"],
        );
        assert!(
            stdout(&output).contains("one: 20 nodes, seed 9, "),
            "{}",
            stdout(&output)
        );
        let output = sim(folder(SCENARIO).path(), &["one.toml", "--nodes", "1"]);
        assert_eq!(output.status.code(), Some(2));
    }

    #[test]
    fn what_fails_is_told_and_in_the_status() {
        let folder = folder(&SCENARIO.replace("20.0", "0.0"));
        let output = sim(folder.path(), &["one.toml"]);
        assert_eq!(output.status.code(), Some(1));
        assert!(stdout(&output).contains("FAILS"), "{}", stdout(&output));
        let told = stderr(&output);
        assert!(
            told.starts_with("zdns: one.toml: replicas-identical is "),
            "{told}"
        );
        assert!(told.ends_with(", expected at most 0 s\n"), "{told}");
    }

    #[test]
    fn json_holds_what_the_table_says() {
        let output = sim(folder(SCENARIO).path(), &["one.toml", "--json"]);
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((&json["nodes"], &json["holds"]), (&50.into(), &true.into()));
        assert!(!json["series"].as_array().unwrap().is_empty());
    }

    #[test]
    fn faults_are_told_with_their_place() {
        let output = sim(
            folder(&SCENARIO.replace("nodes = 50", "nodes = 1")).path(),
            &["one.toml"],
        );
        assert_eq!(output.status.code(), Some(65));
        assert!(
            stderr(&output).starts_with("one.toml:3:9: error: "),
            "{}",
            stderr(&output)
        );
        let output = sim(folder(SCENARIO).path(), &["two.toml"]);
        assert_eq!(output.status.code(), Some(65));
        assert!(stderr(&output).contains("two.toml"), "{}", stderr(&output));
    }

    #[test]
    fn files_that_cannot_be_written_are_named() {
        let output = sim(
            folder(SCENARIO).path(),
            &["one.toml", "--svg", "nowhere/a.svg"],
        );
        assert_eq!(output.status.code(), Some(71));
        assert!(
            stderr(&output).contains("nowhere/a.svg"),
            "{}",
            stderr(&output)
        );
    }
}
