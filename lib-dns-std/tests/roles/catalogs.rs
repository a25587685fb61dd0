//! Catalogs: what one server lists, others serve; ours, Knot's and BIND's.

use crate::harness::{Program, comes_true, free_port};
use crate::server::{Server, run};
use crate::zone::{serial_of, wait_for_serial_of};
use crate::{KEY, SECRET};
use std::net::SocketAddr;

const CATALOG: &str = "catalog.invalid.";
const MEMBERS: [&str; 4] = ["a.test.", "b.test.", "c.test.", "d.test."];

fn member_text(zone: &str, serial: u32) -> String {
    format!(
        "$ORIGIN {zone}\n@ 300 SOA ns admin {serial} 3600 600 86400 60\n@ 300 NS ns\nns 300 A 192.0.2.1\n"
    )
}

/// The files of all that may become members.
fn files() -> Vec<(&'static str, String)> {
    MEMBERS.map(|zone| (zone, member_text(zone, 1))).to_vec()
}

/// One of ours with these files.
fn ours(address: SocketAddr, files: &[(&str, String)], configuration: &str) -> Server {
    let files: Vec<(&str, &str)> = files.iter().map(|(file, text)| (*file, &**text)).collect();
    Server::ours(address, &files, configuration)
}

fn remote(address: SocketAddr) -> String {
    format!("[{{ address = \"{address}\", key = \"{KEY}\" }}]")
}

/// A server that makes a catalog of zones, each with what stands in its table.
fn producer(told: SocketAddr, members: &[(&str, &str)]) -> String {
    let told = remote(told);
    let mut text = format!(
        "[template.default]\nallow-transfer = [{{ key = \"{KEY}\" }}]\nnotify = {told}\n\n\
         [[zone]]\nname = \"{CATALOG}\"\ncatalog = \"produce\"\n"
    );
    for (zone, more) in members {
        text += &format!("\n[[zone]]\nname = \"{zone}\"\nfile = \"{zone}\"\n{more}\n");
    }
    text
}

const LISTED: &str = "listed-in = \"catalog.invalid.\"";

/// A server that serves what the catalogs list.
fn consumer(of: SocketAddr, catalogs: &[&str], more: &str) -> String {
    let primaries = remote(of);
    let mut text = format!(
        "[template.copies]\nallow-transfer = [{{ key = \"{KEY}\" }}]\nmin-retry = 1\nmin-refresh = 1\n\n\
         [template.closed]\nmin-retry = 1\n"
    );
    for catalog in catalogs {
        text += &format!(
            "\n[[zone]]\nname = \"{catalog}\"\ncatalog = \"consume\"\nprimaries = {primaries}\nmin-retry = 1\n\
             min-refresh = 1\nmembers = {{ template = \"copies\" }}\n\
             groups = {{ special = {{ template = \"closed\" }} }}\n"
        );
    }
    text + more
}

/// Waits until a server has no such zone.
#[track_caller]
fn wait_for_loss(zone: &str, address: SocketAddr, logs: impl Fn() -> String) {
    let lost = comes_true(|| serial_of(zone, address).is_none());
    assert!(lost, "{zone} is still there:\n{}", logs());
}

#[test]
fn what_a_catalog_lists_is_served_by_its_consumer() {
    let [above, below, again] = [(); 3].map(|()| free_port().unwrap());
    let first = producer(
        below,
        &[("a.test.", LISTED), ("b.test.", LISTED), ("d.test.", "")],
    );
    let top = ours(above, &files(), &first);
    let copy = ours(below, &[], &consumer(above, &[CATALOG], ""));
    let logs = || format!("{}\n--\n{}", top.log(), copy.log());
    for zone in ["a.test.", "b.test."] {
        wait_for_serial_of(zone, below, 1, logs);
    }
    assert_eq!(serial_of("d.test.", below), None);
    // Neither side tells others what it serves.
    assert_eq!(serial_of(CATALOG, above), None);
    assert_eq!(serial_of(CATALOG, below), None);

    // A member changes, one leaves, one comes.
    top.write("b.test.", &member_text("b.test.", 2));
    let special = "listed-in = { catalog = \"catalog.invalid.\", group = \"special\" }";
    top.configure(&producer(
        below,
        &[("b.test.", LISTED), ("c.test.", special)],
    ));
    top.hang_up();
    wait_for_serial_of("b.test.", below, 2, logs);
    wait_for_serial_of("c.test.", below, 1, logs);
    wait_for_loss("a.test.", below, logs);
    copy.wait_for_log("a.test. removed by its catalog");
    // Who may fetch the catalog may look into it.
    let dig = |key: &[&str]| {
        let port = above.port().to_string();
        let query = [&["@127.0.0.1", "-p", &port, CATALOG, "SOA"], key].concat();
        run("dig", &query, "")
    };
    let key = format!("hmac-sha256:{KEY}:{SECRET}");
    if let (Some(without), Some(with)) = (dig(&[]), dig(&["-y", &key])) {
        assert!(without.contains("status: REFUSED"), "{without}");
        assert!(with.contains("status: NOERROR"), "{with}");
    }

    // A restart brings back the members without their primary, and a catalog keeps its labels.
    top.kill();
    copy.kill();
    let copy = copy.ours_after(again, &consumer(above, &[CATALOG], ""));
    for (zone, serial) in [("b.test.", 2), ("c.test.", 1)] {
        wait_for_serial_of(zone, again, serial, || copy.log());
    }
    assert_eq!(serial_of("a.test.", again), None);
    // The group has another template.
    let journal = lib_dns_std::journal::JournalReader::open(copy.home().join("state"));
    let zones = journal.unwrap().zones().unwrap();
    let zones: Vec<String> = zones.iter().map(ToString::to_string).collect();
    assert_eq!(zones, [CATALOG, "b.test.", "c.test."]);
}

/// A catalog as a person may write it: a label, a zone and what else each.
fn catalog_text(name: &str, serial: u32, members: &[(&str, &str)]) -> String {
    let mut text = format!(
        "$ORIGIN {name}\n$TTL 0\n@ SOA invalid. invalid. {serial} 3600 600 86400 0\n@ NS invalid.\n\
         version TXT \"2\"\n"
    );
    for (label, zone) in members {
        text += &format!("{label}.zones PTR {zone}\n");
    }
    text
}

const OTHER: &str = "other.invalid.";

/// A server with two catalogs that are written by hand, and all that they list.
fn hand_made(told: SocketAddr) -> String {
    let mut text = producer(told, &MEMBERS.map(|zone| (zone, "")));
    text = text.replace("catalog = \"produce\"", "file = \"catalog.zone\"");
    text + &format!("\n[[zone]]\nname = \"{OTHER}\"\nfile = \"other.zone\"\n")
}

/// How often a server fetched a zone as a whole.
fn fetched(server: &Server, zone: &str) -> usize {
    server
        .log()
        .matches(&format!("AXFR of {zone} from"))
        .count()
}

#[test]
fn catalogs_break_clash_hand_over_and_start_zones_afresh() {
    let [above, below] = [(); 2].map(|()| free_port().unwrap());
    let mut files = files();
    let version = |serial, members: &[(&str, &str)]| catalog_text(CATALOG, serial, members);
    let first = [
        ("m1", "a.test."),
        ("m2", "b.test."),
        ("m3", "c.test."),
        ("m4", "d.test."),
    ];
    files.push(("catalog.zone", version(1, &first)));
    files.push(("other.zone", catalog_text(OTHER, 1, &[("m4", "d.test.")])));
    let top = ours(above, &files, &hand_made(below));
    let own = format!(
        "\n[[zone]]\nname = \"c.test.\"\nprimaries = {}\nmin-retry = 1\n",
        remote(above)
    );
    let both = consumer(above, &[CATALOG, OTHER], &own);
    let copy = ours(below, &[], &both);
    let logs = || format!("{}\n--\n{}", top.log(), copy.log());
    for zone in MEMBERS {
        wait_for_serial_of(zone, below, 1, logs);
    }
    copy.wait_for_log("c.test. is not taken from catalog.invalid.: the configuration has it");
    // Which of the two came first is not for us to say.
    copy.wait_for_log("d.test. is not taken from");

    // A broken version changes nothing, whatever it lists.
    let broken = version(2, &[("m1", "a.test."), ("m1", "b.test.")]);
    top.write("catalog.zone", &broken);
    top.hang_up();
    copy.wait_for_log("the catalog catalog.invalid. is broken");
    for zone in MEMBERS {
        assert_eq!(serial_of(zone, below), Some(1), "{}", logs());
    }
    assert_eq!(fetched(&copy, "a.test."), 1);

    // One gets another label, and one is handed over; the third has not changed.
    let next = version(
        3,
        &[("m9", "a.test."), ("m2", "b.test."), ("m4", "d.test.")],
    );
    top.write(
        "catalog.zone",
        &(next + "coo.m4.zones PTR other.invalid.\n"),
    );
    let other = catalog_text(OTHER, 2, &[("m4", "d.test."), ("m5", "gone.test.")]);
    top.write("other.zone", &other);
    top.hang_up();
    copy.wait_for_log("a.test. starts afresh");
    copy.wait_for_log("gone.test. added by other.invalid.");
    let again = copy.wait_until(|| fetched(&copy, "a.test.") == 2);
    again.unwrap_or_else(|reason| panic!("{reason}"));
    wait_for_serial_of("a.test.", below, 1, logs);
    assert_eq!(fetched(&copy, "b.test."), 1, "{}", logs());
    top.write(
        "catalog.zone",
        &version(4, &[("m9", "a.test."), ("m2", "b.test.")]),
    );
    top.hang_up();
    wait_for_catalog(CATALOG, 4, &copy);
    assert_eq!(serial_of("d.test.", below), Some(1), "{}", logs());
    assert_eq!(fetched(&copy, "d.test."), 1, "{}", logs());

    // Without its catalog, a zone is not served; with it, it is as before.
    copy.configure(&consumer(above, &[OTHER], &own));
    copy.hang_up();
    copy.wait_for_log("no longer serving a.test.");
    wait_for_loss("a.test.", below, logs);
    for zone in ["c.test.", "d.test."] {
        assert_eq!(serial_of(zone, below), Some(1), "{}", logs());
    }
    copy.configure(&both);
    copy.hang_up();
    wait_for_serial_of("a.test.", below, 1, logs);
    assert_eq!(fetched(&copy, "a.test."), 2, "{}", logs());
}

/// Waits until a server has taken a version of a catalog.
#[track_caller]
fn wait_for_catalog(catalog: &str, serial: u32, server: &Server) {
    let taken = |line: &str| {
        line.contains(&format!("FR of {catalog} from"))
            && line.contains(&format!(" serial={serial} "))
    };
    let taken = server.wait_until(|| server.log().lines().any(taken));
    taken.unwrap_or_else(|reason| panic!("{reason}"));
}

#[test]
fn a_catalog_with_too_many_members_is_not_followed() {
    let [above, below] = [(); 2].map(|()| free_port().unwrap());
    let listed = |zones: &'static [&str]| -> Vec<(&str, &str)> {
        zones.iter().map(|zone| (*zone, LISTED)).collect()
    };
    let top = ours(above, &files(), &producer(below, &listed(&MEMBERS[..2])));
    let few = consumer(above, &[CATALOG], "").replace(
        "catalog = \"consume\"",
        "catalog = \"consume\"\nmax-members = 2",
    );
    let copy = ours(below, &[], &few);
    let logs = || format!("{}\n--\n{}", top.log(), copy.log());
    wait_for_serial_of("b.test.", below, 1, logs);
    // A group without settings here is told, and changes nothing else.
    let other = "listed-in = { catalog = \"catalog.invalid.\", group = \"unknown\" }";
    top.configure(&producer(below, &[("a.test.", other), ("b.test.", LISTED)]));
    top.hang_up();
    copy.wait_for_log("a.test. is in the group 'unknown' of catalog.invalid.");
    wait_for_serial_of("a.test.", below, 1, logs);
    top.configure(&producer(below, &listed(&MEMBERS[1..])));
    top.hang_up();
    copy.wait_for_log("it has more members than are taken");
    assert_eq!(serial_of("a.test.", below), Some(1));
    assert_eq!(serial_of("c.test.", below), None);

    // The same bound holds where it is made.
    let all = producer(below, &listed(&MEMBERS));
    top.configure(&all.replace("\"produce\"", "\"produce\"\nmax-members = 3"));
    top.hang_up();
    top.wait_for_log("4 zones are listed in it, and max-members is 3");
}

/// The configuration of another program beside ours, which it calls `OTHER`.
fn beside(program: Program, options: &str, more: &str, other: SocketAddr) -> String {
    let text = program.keys([(KEY, "hmac-sha256", SECRET)]) + &program.head(options) + more;
    text.replace("OTHER", &other.port().to_string())
        .replace("KEY", KEY)
}

/// Our catalog, followed by another program whose configuration names us `OTHER`.
fn followed_by(program: Program, options: &str, more: &str) {
    let [above, below] = [(); 2].map(|()| free_port().unwrap());
    let special = "listed-in = [{ catalog = \"catalog.invalid.\", group = \"special\" }]";
    let first = producer(below, &[("a.test.", LISTED), ("b.test.", special)]);
    let top = ours(above, &files(), &first);
    let text = beside(program, options, more, above);
    let Some(copy) = Server::other(program, below, &[], &text) else {
        return;
    };
    let logs = || format!("{}\n--\n{}", top.log(), copy.log());
    for zone in ["a.test.", "b.test."] {
        wait_for_serial_of(zone, below, 1, logs);
    }
    top.configure(&producer(
        below,
        &[("b.test.", special), ("c.test.", LISTED)],
    ));
    top.hang_up();
    wait_for_serial_of("c.test.", below, 1, logs);
    wait_for_loss("a.test.", below, logs);
    assert_eq!(serial_of("b.test.", below), Some(1), "{}", logs());
}

#[test]
fn bind_serves_what_ours_lists() {
    followed_by(
        Program::Named,
        r#"notify no;
    catalog-zones {
        zone "catalog.invalid." default-primaries { 127.0.0.1 port OTHER key "KEY"; } in-memory yes
            min-update-interval 1;
    };"#,
        r#"zone "catalog.invalid." {
    type secondary; file "HOME/catalog.zone"; min-retry-time 1;
    primaries { 127.0.0.1 port OTHER key "KEY"; };
};
"#,
    );
}

/// Who Knot fetches zones from and tells of them, and who may do so.
const KNOT: &str = r#"remote:
  - id: other
    address: 127.0.0.1@OTHER
    key: KEY
acl:
  - id: all
    key: KEY
    action: [transfer, notify]
"#;

#[test]
fn knot_serves_what_ours_lists() {
    let more = r#"template:
  - id: default
    storage: "HOME"
    acl: all
  - id: usual
    master: other
    acl: all
  - id: special
    master: other
    acl: all
zone:
  - domain: catalog.invalid.
    master: other
    catalog-role: interpret
    catalog-template: [usual, special]
"#;
    followed_by(Program::Knotd, "", &[KNOT, more].concat());
}

#[test]
fn ours_serves_what_knot_lists() {
    let [above, below] = [(); 2].map(|()| free_port().unwrap());
    let configuration = |members: &[(&str, &str)]| {
        let mut text = format!(
            "{KNOT}template:\n  - id: default\n    storage: \"HOME\"\n    acl: all\n    notify: other\nzone:\n  \
             - domain: {CATALOG}\n    catalog-role: generate\n"
        );
        for (zone, group) in members {
            text += &format!(
                "  - domain: {zone}\n    file: \"HOME/{zone}\"\n    catalog-role: member\n    \
                 catalog-zone: {CATALOG}\n"
            );
            if !group.is_empty() {
                text += &format!("    catalog-group: {group}\n");
            }
        }
        beside(Program::Knotd, "", &text, below)
    };
    let files = files();
    let files: Vec<(&str, &str)> = files.iter().map(|(file, text)| (*file, &**text)).collect();
    let first = configuration(&[("a.test.", ""), ("b.test.", "special")]);
    let Some(top) = Server::other(Program::Knotd, above, &files, &first) else {
        return;
    };
    let copy = ours(below, &[], &consumer(above, &[CATALOG], ""));
    let logs = || format!("{}\n--\n{}", top.log(), copy.log());
    for zone in ["a.test.", "b.test."] {
        wait_for_serial_of(zone, below, 1, logs);
    }
    top.configure_other(&configuration(&[("b.test.", ""), ("c.test.", "")]));
    top.hang_up();
    wait_for_serial_of("c.test.", below, 1, logs);
    wait_for_loss("a.test.", below, logs);
    copy.wait_for_log("b.test. is served as catalog.invalid. says now");
    wait_for_serial_of("b.test.", below, 1, logs);
}

#[test]
fn ours_serves_what_bind_lists() {
    let [above, below] = [(); 2].map(|()| free_port().unwrap());
    let mut zones = String::new();
    for zone in MEMBERS.into_iter().chain([CATALOG]) {
        zones += &format!(
            "zone \"{zone}\" {{ type primary; file \"HOME/{zone}\"; \
             also-notify {{ 127.0.0.1 port OTHER key \"KEY\"; }}; }};\n"
        );
    }
    let options = "notify explicit; allow-transfer { key \"KEY\"; };";
    let configuration = beside(Program::Named, options, &zones, below);
    let mut files = files();
    let first = catalog_text(CATALOG, 1, &[("m1", "a.test."), ("m2", "b.test.")]);
    files.push((CATALOG, first + "group.m2.zones TXT special\n"));
    let files: Vec<(&str, &str)> = files.iter().map(|(file, text)| (*file, &**text)).collect();
    let Some(top) = Server::other(Program::Named, above, &files, &configuration) else {
        return;
    };
    let copy = ours(below, &[], &consumer(above, &[CATALOG], ""));
    let logs = || format!("{}\n--\n{}", top.log(), copy.log());
    for zone in ["a.test.", "b.test."] {
        wait_for_serial_of(zone, below, 1, logs);
    }
    top.write("b.test.", &member_text("b.test.", 2));
    let next = catalog_text(CATALOG, 2, &[("m2", "b.test."), ("m3", "c.test.")]);
    top.write(CATALOG, &next);
    top.hang_up();
    wait_for_serial_of("c.test.", below, 1, logs);
    wait_for_loss("a.test.", below, logs);
    copy.wait_for_log("b.test. is served as catalog.invalid. says now");
    wait_for_serial_of("b.test.", below, 2, logs);
}
