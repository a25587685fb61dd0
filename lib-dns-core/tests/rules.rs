//! Keeps `docs/rules.md` true: every rule has a row, and every row names code and tests that exist.

use std::fs;
use std::path::{Path, PathBuf};

/// Every rule, invariant and default of the architecture's sections 6.4, 7.1, 7.2, 11, 12 and 14 to 17, as the first column calls them.
const RULES: &str = "
6.4 serials;7.1 hierarchy
7.2 rule 1;7.2 rule 2;7.2 rule 3;7.2 rule 4
11.1 rule 1;11.1 rule 2;11.1 rule 3;11.1 rule 4;11.1 rule 5
11.2 case A;11.2 case B;11.2 case C;11.2 invariant
11.3 stale;11.3 one authority unreachable;11.3 deprecated algorithm;11.3 clock skew
11.3 signature failed;11.3 all unreachable, no cache;11.3 ownership proof invalid;11.3 zone revoked
11.3 max_stale_serve_time
12.1 opinion;12.1 invariant;12.2 rule 1;12.2 rule 2;12.2 rule 3;12.2 rule 4;12.2 rule 5
12.3 step 1;12.3 step 2;12.3 step 3;12.3 step 4
14.1 rule 1;14.1 rule 2;14.1 rule 3;14.1 rule 4;14.1 rule 5;14.1 rule 6;14.1 rule 7
14.2 resolve;14.2 is_cached_valid;14.2 force_refresh;14.2 ResolutionFlags
15.1 invariant 1;15.1 invariant 2;15.1 invariant 3;15.1 invariant 4;15.1 invariant 5;15.1 invariant 6
15.2 check_query_rate;15.2 check_not_in_packet_handler;15.2 check_no_blocking_io
16.1 class A;16.1 class B;16.1 class C;16.1 _scope
16.2 key exchange;16.2 trust record;16.2 query signing;16.2 result validation
17.1 level 1;17.1 level 2;17.1 level 3;17.1 level 4;17.1 level 5;17.2 defaults;17.2 parameters
";

/// The lines of the architecture's checklist.
const CHECKLIST_LINES: usize = 21;

fn core() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The rows of the table below a heading, as cells.
fn table(heading: &str) -> Vec<Vec<String>> {
    let text = read(&core().join("docs/rules.md"));
    let section = text
        .split("\n## ")
        .find(|section| section.starts_with(heading))
        .unwrap_or_else(|| panic!("rules.md has no section {heading}"));
    let lines = section.lines().filter(|line| line.starts_with('|'));
    let cells = lines.map(|line| {
        let row = line.trim_matches('|').split('|');
        row.map(|cell| cell.trim().to_owned()).collect()
    });
    // Without the table's head.
    cells.skip(2).collect()
}

/// What stands between backquotes.
fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// The Rust sources below a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.expect("a folder of ours can be read").path();
        match path.is_dir() {
            true => found.extend(sources(&path)),
            false if path.extension().is_some_and(|end| end == "rs") => found.push(path),
            false => {}
        }
    }
    found.sort();
    found
}

/// The sources of a module: its own file and those in its folder; and the rest of the path, which is in them.
fn module(path: &str) -> Option<(Vec<PathBuf>, Vec<&str>)> {
    let mut parts = path.split("::").peekable();
    let mut folder = match parts.next_if_eq(&"lib_dns_std") {
        Some(_) => core().join("../lib-dns-std/src"),
        None if parts.next_if_eq(&"tests").is_some() => core().join("tests"),
        None => core().join("src"),
    };
    let mut files = Vec::new();
    while let Some(part) = parts.peek() {
        let file = folder.join(format!("{part}.rs"));
        if !file.is_file() {
            break;
        }
        folder.push(part);
        files = sources(&folder);
        files.insert(0, file);
        parts.next();
    }
    (!files.is_empty()).then(|| (files, parts.collect()))
}

/// Does a source define this: an item, a method, a variant, a constant?
fn defines(source: &str, name: &str) -> bool {
    let is_letter = |letter: char| letter.is_alphanumeric() || letter == '_';
    source.match_indices(name).any(|(at, _)| {
        let (before, after) = (&source[..at], &source[at + name.len()..]);
        if after.starts_with(is_letter) || before.ends_with(is_letter) {
            return false;
        }
        let line = before.rsplit('\n').next().unwrap_or_default().trim_start();
        let kinds = [
            "fn ", "struct ", "enum ", "trait ", "const ", "type ", "mod ",
        ];
        // A variant or a field stands first in its line.
        kinds.iter().any(|kind| line.ends_with(kind)) || line.is_empty() || line == "pub "
    })
}

fn exists(path: &str) -> bool {
    let Some((files, items)) = module(path) else {
        return false;
    };
    let text: String = files.iter().map(|file| read(file)).collect();
    items.iter().all(|item| defines(&text, item))
}

/// A test is a function of this name in that module, with the attribute, or within `proptest!`.
fn is_test(path: &str) -> bool {
    let (Some((files, items)), Some(name)) = (module(path), path.rsplit("::").next()) else {
        return false;
    };
    // An inline module `tests` is part of its file.
    let is_plain = items.iter().all(|item| *item == "tests" || *item == name);
    let head = format!("fn {name}(");
    let texts = files.iter().map(|file| read(file));
    is_plain
        && texts.into_iter().any(|text| {
            text.split_once(&head)
                .is_some_and(|(before, _)| before.trim_end().ends_with("#[test]"))
        })
}

#[test]
fn every_rule_has_a_row() {
    let rows = table("Rules, invariants");
    let open = table("What is still open");
    let count = |rule: &str| {
        let rows = rows.iter().chain(&open);
        rows.filter(|row| row[0] == rule).count()
    };
    let rules: Vec<_> = RULES
        .split(['\n', ';'])
        .filter(|rule| !rule.is_empty())
        .collect();
    for rule in &rules {
        assert_eq!(count(rule), 1, "rows of {rule}");
    }
    for row in rows.iter().chain(&open) {
        assert!(
            rules.contains(&&*row[0]),
            "{} is no rule that is known here",
            row[0]
        );
    }
}

#[test]
fn every_row_names_code_and_tests_that_exist() {
    for row in table("Rules, invariants") {
        let [rule, says, code, tests] = &row[..] else {
            panic!("a row has four cells: {row:?}");
        };
        assert!(!says.is_empty(), "{rule}");
        assert!(quoted(code).count() > 0, "{rule} names no code");
        assert!(quoted(tests).count() > 0, "{rule} names no test");
        for path in quoted(code) {
            assert!(exists(path), "{rule}: there is no {path}");
        }
        for path in quoted(tests) {
            assert!(is_test(path), "{rule}: there is no test {path}");
        }
    }
}

#[test]
fn every_line_of_the_checklist_is_answered() {
    let rows = table("Pre-deployment checklist");
    assert_eq!(rows.len(), CHECKLIST_LINES);
    for row in rows {
        let [line, answer] = &row[..] else {
            panic!("a row has two cells: {row:?}");
        };
        assert!(!answer.is_empty(), "{line}");
        for path in quoted(answer).filter(|path| path.contains("::")) {
            assert!(exists(path), "{line}: there is no {path}");
        }
    }
}

/// The check itself can say no.
#[test]
fn what_does_not_exist_is_found_missing() {
    for path in [
        "policy::conflict::decides",
        "policy::conflict::Rule::Height",
        "policy::nothing",
        "nothing::decide",
    ] {
        assert!(!exists(path), "{path}");
    }
    assert!(exists("policy::conflict::Rule::Latency"));
    assert!(!is_test("policy::conflict::tests::no_such_test"));
    assert!(!is_test("policy::conflict::decide"), "no test");
    assert!(is_test(
        "policy::identifiers::tests::nodes_are_ordered_octet_by_octet"
    ));
}

/// Nothing in the core can wait, be it for a network, a disk, a chain or a model: it has no dependencies, no `async`, nothing
/// of `std` but in tests, and no floating point in the rules.
#[test]
fn rule_15_1_4_to_6_the_core_waits_for_nobody() {
    let manifest = read(&core().join("Cargo.toml"));
    let dependencies = manifest
        .split_once("\n[dependencies]\n")
        .and_then(|(_, rest)| rest.split("\n[").next())
        .expect("the manifest has dependencies");
    for line in dependencies.lines().filter(|line| !line.is_empty()) {
        assert!(line.contains("optional = true"), "{line}");
    }
    assert!(read(&core().join("src/lib.rs")).contains("\n#![no_std]\n"));
    let mut audited = 0;
    for path in sources(&core().join("src")) {
        let text = read(&path);
        // Tests stand last in a file, or in files of their own.
        let text = text
            .split("#[cfg(test)]\nmod tests")
            .next()
            .unwrap_or_default();
        if path.components().any(|part| part.as_os_str() == "tests") || path.ends_with("tests.rs") {
            continue;
        }
        let code = || {
            text.lines()
                .filter(|line| !line.trim_start().starts_with("//"))
        };
        for word in [
            "async ",
            ".await",
            "std::net",
            "std::fs",
            "std::io",
            "std::thread",
            "std::time",
            "std::process",
        ] {
            let found = code().find(|line| line.contains(word));
            assert_eq!(found, None, "{}", path.display());
        }
        if path.starts_with(core().join("src/policy")) {
            let is_word = |line: &&str, word| {
                line.split(|letter: char| !letter.is_alphanumeric())
                    .any(|part| part == word)
            };
            let found = code().find(|line| is_word(line, "f32") || is_word(line, "f64"));
            assert_eq!(found, None, "{}", path.display());
        }
        audited += 1;
    }
    assert!(audited > 100, "{audited} files");
}
