//! `zdns update` beside nsupdate: the same scripts, each sent to a named of its own, leave the same zone and
//! the same exit status.

#[path = "peers/harness.rs"]
mod harness;

use harness::{Program, Server, find_or_skip, output_with};
use lib_dns_core::messages::Message;
use lib_dns_core::messages::sig0::Sig0;
use lib_dns_std::keyring::{SystemVerifier, ZoneKey};
use std::net::UdpSocket;
use std::process::{Command, Output};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const SECRET: &str = "WlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlo=";

const ZONE: &str = "\
$TTL 300
@ SOA ns.test. admin.test. 1 3600 900 604800 300
@ NS ns
ns A 127.0.0.1
old A 192.0.2.1
old A 192.0.2.2
old TXT \"one\" \"two\"
alias CNAME old
deep.er A 192.0.2.3
";

fn start() -> Option<Server> {
    let program = Program::Named;
    let configuration = program.keys([("update.key", "hmac-sha256", SECRET)])
        + &program.head("notify no; allow-transfer { any; };")
        + r#"zone "test" {
    type primary; file "test.zone";
    update-policy { grant update.key zonesub ANY; };
};
"#;
    let server = Server::other_anywhere(program, &[("test.zone", ZONE)], &configuration)?;
    server.wait_for_log("all zones loaded");
    Some(server)
}

fn zdns() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zdns"));
    command.arg("update");
    command
}

/// Runs a script from standard input.
fn run(mut command: Command, peer: &Server, options: &[&str], script: &str) -> Output {
    let script = format!("server 127.0.0.1 {}\n{script}", peer.address.port());
    command.args(options).current_dir(peer.home());
    output_with(&mut command, &script).unwrap()
}

/// The records of the zone, in order.
fn zone(peer: &Server) -> Vec<String> {
    let port = peer.address.port().to_string();
    let output = Command::new(env!("CARGO_BIN_EXE_zdns"))
        .args([
            "query",
            "-r",
            "@127.0.0.1",
            "-p",
            &port,
            "test",
            "AXFR",
            "+noall",
            "+answer",
        ])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!text.contains("failed"), "{text}");
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

/// Scripts, each behind `server`; and options.
const SCRIPTS: &[(&str, &[&str], &str)] = &[
    (
        "add",
        &[],
        "zone test\nupdate add new.test 300 A 192.0.2.9\nupdate add new.test 300 AAAA 2001:db8::9\nsend\n",
    ),
    (
        "add without a last line",
        &[],
        "zone test\nadd new.test 300 A 192.0.2.9\n\n",
    ),
    (
        "over TCP",
        &["-v"],
        "zone test\nadd new.test 300 TXT \"a b\" c\nsend\n",
    ),
    (
        "the default TTL",
        &[],
        "zone test\nttl 77\nadd new.test MX 5 mail.test\nsend\n",
    ),
    (
        "the zone is found",
        &[],
        "update add a.deep.er.test. 300 A 192.0.2.4\nsend\n",
    ),
    (
        "delete a name",
        &[],
        "zone test\nupdate delete old.test\nsend\n",
    ),
    (
        "delete an RRset",
        &[],
        "zone test\nupdate del old.test A\nsend\n",
    ),
    (
        "delete a record",
        &[],
        "zone test\ndel old.test 0 IN A 192.0.2.1\nsend\n",
    ),
    (
        "delete and add",
        &[],
        "zone test\ndel old.test A\nadd old.test 60 A 192.0.2.99\nsend\n",
    ),
    (
        "prerequisites that hold",
        &[],
        "zone test\nprereq yxdomain old.test\nprereq nxdomain none.test\nprereq yxrrset ns.test A 127.0.0.1\nprereq yxrrset old.test A\nnxrrset old.test AAAA\nadd new.test 1 A 192.0.2.5\nsend\n",
    ),
    (
        "nxdomain that does not hold",
        &[],
        "zone test\nprereq nxdomain old.test\nadd new.test 1 A 192.0.2.5\nsend\n",
    ),
    (
        "yxdomain that does not hold",
        &[],
        "zone test\nyxdomain none.test\nadd new.test 1 A 192.0.2.5\nsend\n",
    ),
    (
        "yxrrset of other data",
        &[],
        "zone test\nyxrrset old.test A 192.0.2.1\nadd new.test 1 A 192.0.2.5\nsend\n",
    ),
    (
        "nxrrset that does not hold",
        &[],
        "zone test\nnxrrset old.test A\nadd new.test 1 A 192.0.2.5\nsend\n",
    ),
    (
        "another zone",
        &[],
        "zone elsewhere\nadd new.elsewhere 1 A 192.0.2.5\nsend\n",
    ),
    (
        "two updates, the first refused",
        &[],
        "zone test\nnxdomain old.test\nadd x.test 1 A 192.0.2.5\nsend\nadd y.test 1 A 192.0.2.6\nsend\n",
    ),
    (
        "a wrong word",
        &[],
        "zone test\nnonsense\nadd x.test 1 A 192.0.2.5\nsend\n",
    ),
    (
        "wrong data",
        &[],
        "zone test\nadd x.test 1 A 192.0.2.555\nsend\n",
    ),
    ("no TTL", &[], "zone test\nadd x.test A 192.0.2.5\nsend\n"),
    (
        "quit before sending",
        &[],
        "zone test\nadd x.test 1 A 192.0.2.5\nquit\n",
    ),
    (
        "comments",
        &[],
        "; a comment\nzone test\nadd x.test 1 A 192.0.2.5\nsend\n",
    ),
    (
        "types without a name",
        &[],
        "zone test\nadd x.test 1 TYPE65280 \\# 3 010203\nsend\n",
    ),
    (
        "escapes",
        &[],
        "zone test\nadd a\\.b.test 1 TXT \"\\\"q\\\"\"\nsend\n",
    ),
    (
        "a CNAME beside others",
        &[],
        "zone test\nadd old.test 1 CNAME ns.test\nsend\n",
    ),
    ("many records, too long for UDP", &[], "MANY"),
];

#[test]
fn the_same_scripts_leave_the_same_zone() {
    let (Some(ours), Some(theirs), Some(nsupdate)) = (start(), start(), find_or_skip("nsupdate"))
    else {
        return;
    };
    let key = format!("hmac-sha256:update.key:{SECRET}");
    let mut changed = 0;
    for (what, options, script) in SCRIPTS {
        let many: String = (0..200)
            .map(|number| format!("add many{number}.test 60 A 10.0.0.{number}\n"))
            .collect();
        let many = format!("zone test\n{many}send\n");
        let script = if *script == "MANY" { &many } else { *script };
        let options = [&["-y", &key][..], options].concat();
        let before = zone(&ours);
        let our_output = run(zdns(), &ours, &options, script);
        let their_output = run(Command::new(&nsupdate), &theirs, &options, script);
        let (our_code, their_code) = (our_output.status.code(), their_output.status.code());
        assert_eq!(
            our_code, their_code,
            "{what}: {our_output:?} {their_output:?}"
        );
        let after = zone(&ours);
        assert_eq!(after, zone(&theirs), "{what}");
        changed += u32::from(after != before);
        if our_code != Some(0) {
            let told = String::from_utf8_lossy(&our_output.stderr).into_owned();
            assert!(told.starts_with("zdns: standard input:"), "{what}: {told}");
        }
    }
    assert!(changed >= 11, "{changed} scripts changed something");
}

#[test]
fn what_the_server_does_not_believe_is_told() {
    let Some(peer) = start() else { return };
    let before = zone(&peer);
    for (options, told) in [
        (vec![], "REFUSED"),
        (vec!["-y", "hmac-sha256:update.key:AAAA"], "NOTAUTH, BADSIG"),
        (vec!["-y", "hmac-sha256:nobody:AAAA"], "NOTAUTH, BADKEY"),
    ] {
        let output = run(
            zdns(),
            &peer,
            &options,
            "zone test\nadd x.test 1 A 192.0.2.5\nsend\n",
        );
        assert_eq!(output.status.code(), Some(2));
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        let expected = "zdns: standard input:4: update failed: ";
        assert!(
            words.starts_with(expected) && words.contains(told),
            "{words}"
        );
    }
    assert_eq!(zone(&peer), before);
}

/// With a key pair of dnssec-keygen. BIND and Knot verify no such signature any more, so what arrives is judged
/// by the verifier that judges nsupdate's messages in tests/sig0.rs.
#[test]
fn updates_signed_with_a_private_key() {
    let Some(keygen) = find_or_skip("dnssec-keygen") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    for algorithm in ["ED25519", "ECDSAP256SHA256"] {
        let made = Command::new(&keygen)
            .args(["-q", "-a", algorithm, "-T", "KEY", "-n", "HOST", "-K"])
            .arg(folder.path())
            .arg("Host.test.")
            .output()
            .unwrap();
        let stem = String::from_utf8(made.stdout).unwrap();
        let file = folder.path().join(format!("{}.private", stem.trim()));
        let server = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = server.local_addr().unwrap().port();
        let script = folder.path().join("script");
        let lines =
            format!("server 127.0.0.1 {port}\nzone test\nadd a.host.test 60 A 192.0.2.77\nsend\n");
        std::fs::write(&script, lines).unwrap();
        let child = zdns().arg("-k").arg(&file).arg(&script).spawn().unwrap();
        server
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        let mut buffer = [0; 512];
        let (len, client) = server.recv_from(&mut buffer).unwrap();
        let mut octets = buffer[..len].to_vec();

        let public = std::fs::read_to_string(file.with_extension("key")).unwrap();
        let key = ZoneKey::from_bind(&public, None).unwrap();
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_secs();
        let message = Message::from_bytes(&octets).unwrap();
        let signature = Sig0::of(&message).unwrap().expect("a signature");
        assert_eq!(signature.signer(), key.owner());
        let keys = [key.dnskey_data()];
        let verified = signature.verify(&SystemVerifier::default(), keys, None, now);
        assert_eq!(verified, Ok(key.dnskey_data()), "{algorithm}");

        // Done, says the server.
        octets[2] |= 0x80;
        server.send_to(&octets, client).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0));
    }
}

#[test]
fn the_command_line_and_what_is_shown() {
    let script = "zone test\nprereq nxdomain a.test\nadd a.test 300 A 192.0.2.1\nshow\nquit\n";
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("script");
    std::fs::write(&file, script).unwrap();
    let output = zdns().arg(&file).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    for line in [
        "Outgoing update query:\n",
        ";; PREREQUISITE SECTION:\na.test.\t\t\t0\tNONE\tANY",
        ";; UPDATE SECTION:\na.test.\t\t\t300\tIN\tA\t192.0.2.1\n",
    ] {
        assert!(text.contains(line), "{text}");
    }
    std::fs::write(&file, "zone test\nadd a.test 300 A 192.0.2.1\n").unwrap();
    for (arguments, told) in [
        (vec!["-x"], "unknown option -x"),
        (vec!["-g"], "GSS-TSIG is not supported"),
        (vec!["-y"], "-y wants a value"),
        (vec!["-t", "soon"], "-t soon: not a number"),
        (vec!["/nonexistent"], "/nonexistent: "),
        (vec!["a", "b"], "there is one script only"),
        (vec![file.to_str().unwrap()], "the last update was not sent"),
    ] {
        let output = zdns().args(&arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(words.contains(told), "{arguments:?}: {words}");
    }
    let no_server = "server 127.0.0.1 1\nzone test\nadd a.test 1 A 192.0.2.1\nsend\n";
    std::fs::write(&file, no_server).unwrap();
    let output = zdns()
        .args(["-r", "0", "-u", "1"])
        .arg(&file)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(words.contains(":4: update failed: 127.0.0.1:1"), "{words}");
}
