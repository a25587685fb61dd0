//! `zdns hint` as a person meets it.

#[path = "peers/harness.rs"]
mod harness;

use harness::radio::Channel;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// The octets 0 to 31, as the vectors of tests/hints.rs are sealed with.
const KEY: &str = "key \"mesh.\" {\n\talgorithm hmac-sha256;\n\tsecret \"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\";\n};\n";

const SEALED: &str = "887F3A8B2C0278C27C36000500071CB5B57F6AABEEEC";
const SEALED_BY_ANOTHER: &str = "C27F3A8B2C02010203040005000879478374667CF947";

fn zdns(folder: &Path, line: &str, input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_zdns"))
        .current_dir(folder)
        .arg("hint")
        .args(line.split_whitespace())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that does not read its input may have ended already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn folder_with_key() -> TempDir {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("mesh.tsig");
    fs::write(&file, KEY).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    folder
}

/// What it prints when it ends with this status and tells nothing.
#[track_caller]
fn printed(folder: &Path, line: &str, status: i32) -> String {
    let output = zdns(folder, line, "");
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        (output.status.code(), told.as_str()),
        (Some(status), ""),
        "{line}"
    );
    String::from_utf8(output.stdout).unwrap()
}

/// What it tells when it prints nothing, and its status.
#[track_caller]
fn refused(folder: &Path, line: &str) -> (Option<i32>, String) {
    let output = zdns(folder, line, "");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "", "{line}");
    (
        output.status.code(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[test]
fn each_octet_of_a_frame_is_told() {
    let folder = folder_with_key();
    let line = "decode --key mesh.tsig --network 6d657368 --key-epoch 3 --region EU868";
    assert_eq!(
        printed(
            folder.path(),
            &format!("{line} {SEALED} {SEALED_BY_ANOTHER}"),
            0
        ),
        "\
887F3A8B2C0278C27C36000500071CB5B57F6AABEEEC: 22 octets
   0  type      88                ZDNS_UPDATE, sealed
   1  node      7F3A8B2C
   5  score     02                2
   6  serial    78C27C36          2026011702
  10  zone                        the apex zone of the network
  10  sequence  00050007          boot epoch 5, frame 7
  14  tag       1CB5B57F6AABEEEC  holds (key mesh., network 6D657368, epoch 3)
   -  airtime   205.824 ms (SF9, 125 kHz, 4/5); EU868 leaves hints 180 s an hour

C27F3A8B2C02010203040005000879478374667CF947: 22 octets
   0  type      C2                AVOID_PATH, sealed by another node
   1  node      7F3A8B2C
   5  score     02                2
   6  sender    01020304
  10  sequence  00050008          boot epoch 5, frame 8
  14  tag       79478374667CF947  holds (key mesh., network 6D657368, epoch 3)
   -  airtime   205.824 ms (SF9, 125 kHz, 4/5); EU868 leaves hints 180 s an hour
"
    );
}

#[test]
fn zones_are_told_by_tag_and_by_name() {
    let folder = TempDir::new().unwrap();
    let tag = "087F3A8B2C0278C27C36FFAB1E0FAC";
    let name = "087F3A8B2C0278C27C36036C616203736F7600";
    let told = printed(
        folder.path(),
        &format!("decode {tag} {name} --sf 12 --bandwidth 62.5 --region as923"),
        0,
    );
    let zones: Vec<&str> = told.lines().filter(|line| line.contains("zone")).collect();
    assert_eq!(
        zones,
        [
            "  10  zone      FFAB1E0FAC        tag AB1E0FAC",
            "  10  zone      036C616203736F7600  lab.sov.",
        ]
    );
    assert!(
        told.contains("too long for AS923, where a frame may take 400 ms"),
        "{told}"
    );
    let told = printed(
        folder.path(),
        &format!("decode {tag} --zone other --zone Sovereign"),
        0,
    );
    assert!(told.contains("tag AB1E0FAC: Sovereign.\n"), "{told}");
    assert!(!told.contains("EU868"), "no region was said: {told}");
}

#[test]
fn a_seal_that_does_not_hold_is_told_by_the_status_too() {
    let folder = folder_with_key();
    let good = "--key mesh.tsig --network 6d657368 --key-epoch 3";
    let other = "--key mesh.tsig --network 6d657369 --key-epoch 3";
    for (line, status, verdict) in [
        (
            format!("decode {SEALED} {good}"),
            0,
            "  holds (key mesh., network 6D657368, epoch 3)",
        ),
        (
            format!("decode {SEALED} {other}"),
            1,
            "  does NOT hold (key mesh., network 6D657369, epoch 3)",
        ),
        (format!("decode {SEALED}"), 0, "  not checked: no --key"),
        // Whoever has a key wants a seal.
        (format!("decode 027F3A8B2C02 {good}"), 1, "AVOID_PATH\n"),
    ] {
        let told = printed(folder.path(), &line, status);
        assert!(told.contains(verdict), "{line}: {told}");
    }
    let file = folder.path().join("mesh.tsig");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let output = zdns(folder.path(), &format!("decode {SEALED} {good}"), "");
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("chmod 600 mesh.tsig"), "{told}");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn json_is_an_object_a_line() {
    let folder = folder_with_key();
    let line = "decode --json --key mesh.tsig --network 6d657368 --key-epoch 3 --region eu868 --zone sovereign";
    let lines = printed(
        folder.path(),
        &format!("{line} {SEALED} 087F3A8B2C0278C27C36FFAB1E0FAC"),
        1,
    );
    let lines: Vec<serde_json::Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let expected = serde_json::json!([
        {
            "frame": SEALED, "type": "ZDNS_UPDATE", "number": 8, "node": "7F3A8B2C", "score": 2,
            "serial": 2_026_011_702, "zone": { "apex": true }, "sealed": true, "sender": "7F3A8B2C",
            "sequence": 327_687, "boot_epoch": 5, "tag": "1CB5B57F6AABEEEC", "seal_holds": true,
            "airtime_us": 205_824, "region": "EU868", "allowed": true,
        },
        {
            "frame": "087F3A8B2C0278C27C36FFAB1E0FAC", "type": "ZDNS_UPDATE", "number": 8,
            "node": "7F3A8B2C", "score": 2, "serial": 2_026_011_702,
            "zone": { "tag": "AB1E0FAC", "name": "sovereign." }, "sealed": false, "seal_holds": false,
            "airtime_us": 164_864, "region": "EU868", "allowed": true,
        },
    ]);
    assert_eq!(serde_json::Value::Array(lines), expected);
}

#[test]
fn what_is_no_hint_is_told_with_its_octet() {
    let folder = TempDir::new().unwrap();
    for (frame, told) in [
        (
            "087F3A",
            "octet 3: a hint ends before its score, or before its seal does; was it cut off?",
        ),
        (
            "097F3A8B2C02",
            "octet 0: 0x09 is no type of a hint; types are 01 to 08",
        ),
        (
            "027F3A8B2C020102",
            "octet 6: AVOID_PATH has no data of this length; it has none, or one octet",
        ),
        (
            "087F3A8B2C0278C27C360A",
            "octet 10: an update names no zone: neither a tag nor a name; behind the serial",
        ),
        (
            "087F3A8B2C0278C27C36FFAB1E0FAC0000000000000000000000000000",
            "octet 27: a hint has at most 20 octets, and 27 with its seal; take away what is not the hint's",
        ),
        (
            "027F3A8B2C0",
            "an octet has two digits, and the last has one; write two for each octet",
        ),
        ("027F3A8B2CO2", "character 11 is no hexadecimal digit"),
    ] {
        let (status, refused) = refused(folder.path(), &format!("decode {frame}"));
        assert!(
            refused.starts_with(&format!("zdns: frame 1: {told}")),
            "{refused}"
        );
        assert_eq!(status, Some(65));
    }
}

#[test]
fn standard_input_has_a_frame_a_line() {
    let folder = TempDir::new().unwrap();
    let input = "# heard on Monday\n02 7f3a8b2c 02\n\n027f\n047F3A8B2C0006";
    let output = zdns(folder.path(), "decode --json -", input);
    let printed = String::from_utf8(output.stdout).unwrap();
    let kinds: Vec<String> = printed
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["type"].to_string())
        .collect();
    assert_eq!(kinds, ["\"AVOID_PATH\"", "\"NODE_DOWN\""]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.starts_with("zdns: line 4: octet 2: "), "{told}");
    assert_eq!(output.status.code(), Some(65));
    let output = zdns(folder.path(), "decode -", &"0".repeat(5000));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(
        told.contains("line 1: longer than 4096 characters"),
        "{told}"
    );
    assert_eq!(output.status.code(), Some(65));
}

#[test]
fn every_type_is_written_and_read() {
    let folder = folder_with_key();
    let key = "--key mesh.tsig --network 6d657368 --key-epoch 3";
    for (line, frame) in [
        ("node-quality --score 200".to_owned(), "017F3A8B2CC8"),
        ("AVOID_PATH --lifetime 10m".to_owned(), "027F3A8B2C003C"),
        ("prefer-path --lifetime 0".to_owned(), "037F3A8B2C0000"),
        ("node-down".to_owned(), "047F3A8B2C00"),
        ("node-up".to_owned(), "057F3A8B2C00"),
        (
            "congestion --to 01020304".to_owned(),
            "067F3A8B2C0001020304",
        ),
        ("channel-hint --channel 6".to_owned(), "077F3A8B2C0006"),
        (
            "zdns-update --serial 2026011702 --score 2".to_owned(),
            "087F3A8B2C0278C27C36",
        ),
        (
            "zdns-update --serial 1 --zone sovereign".to_owned(),
            "087F3A8B2C0000000001FFAB1E0FAC",
        ),
        (
            "zdns-update --serial 1 --tag ab1e0fac".to_owned(),
            "087F3A8B2C0000000001FFAB1E0FAC",
        ),
        (
            "zdns-update --serial 1 --name lab.sov".to_owned(),
            "087F3A8B2C0000000001036C616203736F7600",
        ),
        (
            format!("zdns-update --serial 2026011702 --score 2 --sequence 327687 {key}"),
            SEALED,
        ),
        (
            format!("avoid-path --score 2 --sender 01020304 --sequence 327688 {key}"),
            SEALED_BY_ANOTHER,
        ),
    ] {
        let node = "7f3a8b2c";
        let written = printed(folder.path(), &format!("encode {line} --node {node}"), 0);
        assert_eq!(written, format!("{frame}\n"), "{line}");
        // Its first octets are as good as a whole id.
        let node = format!("{node}{}", "00".repeat(28));
        let json = printed(
            folder.path(),
            &format!("encode {line} --node {node} --json"),
            0,
        );
        let key = if line.contains("--key") { key } else { "" };
        let zone = if line.contains("--zone") {
            "--zone sovereign"
        } else {
            ""
        };
        let read = printed(
            folder.path(),
            &format!("decode {frame} --json {key} {zone}"),
            0,
        );
        assert_eq!(json, read, "{line}");
    }
}

#[test]
fn what_cannot_be_written_is_refused() {
    let folder = folder_with_key();
    let node = "--node 7f3a8b2c";
    for (line, status, told) in [
        (
            format!("node-up {node} --lifetime 95"),
            2,
            "steps of 10 seconds, from 0 to 2550",
        ),
        (
            format!("node-up {node} --lifetime 1h"),
            2,
            "steps of 10 seconds, from 0 to 2550",
        ),
        (
            "node-up --node 7f3a8b".to_owned(),
            2,
            "3 octets, but a node is told by the first 4 of its id, or all 32",
        ),
        ("node-up".to_owned(), 2, "--node"),
        (
            format!("zdns-update {node} --serial 1 --zone a --tag 01020304"),
            2,
            "cannot be used with",
        ),
        (
            format!("zdns-update {node} --serial 1 --name sovereign"),
            65,
            "11 octets in wire form, and there is room for 10; use --zone sovereign.",
        ),
        (format!("node-up {node} --key mesh.tsig"), 2, "--sequence"),
        (format!("node-up {node} --sequence 1"), 2, "--key"),
        (
            format!("node-up {node} --key none.tsig --sequence 1"),
            71,
            "none.tsig: No such file",
        ),
        (
            format!("node-up {node} --key mesh.tsig --key-name other --sequence 1"),
            65,
            "mesh.tsig: a shared secret (of the name that was said, if one was) is missing",
        ),
        (
            format!("zdns-update {node} --serial 1 --name lab.sov --key mesh.tsig --sequence 1"),
            65,
            "tell a zone by its tag",
        ),
    ] {
        let (found, refused) = refused(folder.path(), &format!("encode {line}"));
        assert!(refused.contains(told), "{line}: {refused}");
        assert_eq!(found, Some(status), "{line}: {refused}");
        assert!(!refused.contains("AAECAwQF"), "{refused}");
    }
}

/// A serial port with a radio behind it: the master's side of a pseudo-terminal, and the path of the other side.
fn serial_radio(frames: &'static [&'static [u8]]) -> String {
    use lib_dns_core::hint::airtime::{Bandwidth, Modulation, SpreadingFactor};
    use lib_dns_core::hint::serial::{FromRadio, Line, MAX_WRITTEN_LEN, RadioHello, ToRadio};
    use std::io::Read;
    let pair = nix::pty::openpty(None, None).unwrap();
    let path = nix::unistd::ttyname(&pair.slave).unwrap();
    std::thread::spawn(move || {
        // The other side stays open, so that the port does not end before somebody opens it.
        let _slave = pair.slave;
        let mut master = fs::File::from(pair.master);
        let mut line = Line::new();
        let mut octet = [0];
        while master.read_exact(&mut octet).is_ok() {
            let Some(Ok(message)) = line.push(octet[0]) else {
                continue;
            };
            if ToRadio::read(message) != Ok(ToRadio::Hello) {
                continue;
            }
            let hello = FromRadio::Hello(RadioHello {
                frequency_hz: 869_525_000,
                modulation: Modulation::new(SpreadingFactor::Sf9, Bandwidth::Khz125),
                power_dbm: 14,
                firmware: "on a line",
            });
            let mut room = [0; MAX_WRITTEN_LEN];
            master.write_all(hello.write(&mut room).unwrap()).unwrap();
            for frame in frames {
                let (rssi_dbm, snr_quarter_db) = (-113, -21);
                let heard = FromRadio::Heard {
                    rssi_dbm,
                    snr_quarter_db,
                    frame,
                };
                master.write_all(heard.write(&mut room).unwrap()).unwrap();
            }
        }
    });
    path.display().to_string()
}

#[test]
fn what_is_heard_through_a_serial_port_is_printed() {
    let folder = folder_with_key();
    let port = serial_radio(&[
        b"\x88\x7f\x3a\x8b\x2c\x02\x78\xc2\x7c\x36\x00\x05\x00\x07\x1c\xb5\xb5\x7f\x6a\xab\xee\xec",
        b"\x08\x7f\x3a\x8b\x2c\x02\x00\x00\x00\x01\xff\xab\x1e\x0f\xac",
        b"\x00\x01",
    ]);
    let line = format!(
        "listen --port {port} -c 3 --zone sovereign --key mesh.tsig --network 6d657368 --key-epoch 3"
    );
    let output = zdns(folder.path(), &line, "");
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        told,
        "zdns: listening with 'on a line': 869525000 Hz, SF9, 125 kHz, 4/5, 14 dBm\n"
    );
    assert_eq!(output.status.code(), Some(0));
    let printed = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = printed
        .lines()
        .map(|line| line.split_once(' ').unwrap().1)
        .collect();
    assert_eq!(
        lines,
        [
            "-113 dBm, SNR -5.25 dB: ZDNS_UPDATE node 7F3A8B2C score 2, serial 2026011702, zone the apex zone of the \
             network, sealed by 7F3A8B2C as 00050007, the seal holds",
            "-113 dBm, SNR -5.25 dB: ZDNS_UPDATE node 7F3A8B2C score 2, serial 1, zone tag AB1E0FAC: sovereign., NOT sealed",
            "-113 dBm, SNR -5.25 dB: no hint: 0001: octet 2: a hint ends before its score, or before its seal does; \
             was it cut off? It has 6 octets at least, and 12 more with a seal, or 16",
        ]
    );

    let port = serial_radio(&[b"\x02\x7f\x3a\x8b\x2c\x02"]);
    let output = zdns(
        folder.path(),
        &format!("listen --port {port} -c 1 --json"),
        "",
    );
    assert_eq!(output.status.code(), Some(0));
    let heard: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(heard["snr_db"], -5.25);
    assert_eq!(heard["hint"]["type"], "AVOID_PATH");
    assert!(heard["time"].as_str().unwrap().ends_with('Z'), "{heard}");

    let port = serial_radio(&[]);
    let output = zdns(
        folder.path(),
        &format!("listen --port {port} -c 1 --timeout 1"),
        "",
    );
    assert_eq!(output.status.code(), Some(1), "none is less than one");
    assert_eq!(output.stdout, b"");

    let (status, told) = refused(folder.path(), "listen --port none");
    assert_eq!(status, Some(69));
    assert!(told.contains("cannot open none: No such file"), "{told}");
    assert!(told.contains("is the radio plugged in"), "{told}");
    let (status, told) = refused(folder.path(), "listen --port tcp:127.0.0.1:1");
    assert_eq!(status, Some(69));
    assert!(told.contains("does anything listen there?"), "{told}");
    let (status, told) = refused(folder.path(), "listen --port none --key none.tsig");
    assert_eq!(status, Some(71));
    assert!(
        told.contains("the key of the network cannot be read from none.tsig: No such file"),
        "{told}"
    );
    let (status, told) = refused(folder.path(), "listen --port mesh.tsig");
    assert_eq!(status, Some(69));
    assert!(told.contains("it is no serial port"), "{told}");
}

/// As before `| head -1`, which has what it wants.
#[test]
fn listening_ends_when_nobody_reads_on() {
    let port = serial_radio(&[b"\x02\x7f\x3a\x8b\x2c\x02"]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let status = Command::new(env!("CARGO_BIN_EXE_zdns"))
        .args(["hint", "listen", "--port", &port])
        .stdout(writer)
        .stderr(Stdio::null())
        .status();
    assert_eq!(status.unwrap().code(), Some(0));
}

#[test]
fn what_is_sent_counts_for_the_next_command() {
    let folder = folder_with_key();
    let channel = Channel::new(1);
    let port = channel.port(0);
    let send = |more: &str| {
        let line =
            format!("send --port {port} --no-wait node-up --node 7f3a8b2c --region EU868 {more}");
        refused(folder.path(), &line)
    };
    let (status, told) = send("");
    assert_eq!(
        (status, told.contains("--state")),
        (Some(2), true),
        "{told}"
    );
    let (status, told) = send("--state . --sf 7");
    assert_eq!(status, Some(69));
    assert!(
        told.contains(
            "the radio is set to 869525000 Hz, SF9, 125 kHz, 4/5, 14 dBm; say so by --sf"
        ),
        "{told}"
    );
    // Nobody knows what was sent before.
    let (status, told) = send("--state .");
    assert_eq!(status, Some(69));
    assert!(told.contains(" s: frames have 30 s between them"), "{told}");

    // It was silent for long enough.
    fs::write(folder.path().join("hint-airtime"), "").unwrap();
    let key = "--key mesh.tsig --network 6d657368 --key-epoch 3 --state . --json";
    let line = format!("send --port {port} node-up --node 7f3a8b2c --region EU868 {key}");
    let sent: serde_json::Value = serde_json::from_str(&printed(folder.path(), &line, 0)).unwrap();
    assert_eq!(sent["airtime_us"], 185_344);
    let frame = &channel.sent()[0];
    assert_eq!(sent["frame"], lib_dns_core::text::Base16(frame).to_string());
    let decoded = printed(
        folder.path(),
        &format!(
            "decode {} {}",
            sent["frame"].as_str().unwrap(),
            key.replace("--state . --json", "")
        ),
        0,
    );
    assert!(decoded.contains("boot epoch 1, frame 0"), "{decoded}");
    let (status, told) = send("--state .");
    assert_eq!(
        (status, told.contains("it may be sent in ")),
        (Some(69), true),
        "{told}"
    );
    assert_eq!(channel.sent().len(), 1);
    // A number is used up by each.
    let line = format!(
        "encode node-up --node 7f3a8b2c {}",
        key.replace("--json", "")
    );
    let next = printed(folder.path(), &line, 0);
    assert!(next.contains("00010001"), "{next}");
}
