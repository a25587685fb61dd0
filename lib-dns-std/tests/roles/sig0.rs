//! Updates signed with private keys (SIG(0), RFC 2931): by nsupdate with keys of dnssec-keygen, and what must be
//! refused.

use crate::ZONE;
use crate::harness::{Server, free_port, output_or_skip};
use crate::server::run;
use crate::zone::text;
use lib_dns_core::code_points::{Class, Opcode, Rcode};
use lib_dns_core::messages::sig0::{Sig0Terms, record_len, sign};
use lib_dns_core::messages::{Flags, Message, MessageBuilder, Section};
use lib_dns_core::name::NameBuf;
use lib_dns_core::rr_data::{A, Type};
use lib_dns_std::keyring::ZoneKey;
use std::fs;
use std::net::{SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Makes a key of a host; the files without their ending. `None` if the program is missing, which CI does not let
/// pass.
fn make_key(folder: &Path, algorithm: &str, host: &str) -> Option<PathBuf> {
    let arguments = ["-T", "KEY", "-n", "HOST", "-a", algorithm, "-K"];
    let mut command = Command::new("dnssec-keygen");
    let output = output_or_skip(command.args(arguments).arg(folder).arg(host))?;
    assert!(output.status.success(), "{output:?}");
    let stem = String::from_utf8(output.stdout).unwrap();
    Some(folder.join(stem.trim()))
}

fn file(stem: &Path, ending: &str) -> PathBuf {
    PathBuf::from(format!("{}.{ending}", stem.display()))
}

/// What nsupdate says of a script that it signs with a key.
#[track_caller]
fn send(stem: &Path, address: SocketAddr, script: &str) -> String {
    let port = address.port();
    let script = format!("server 127.0.0.1 {port}\nzone {ZONE}\n{script}\nsend\nanswer\n");
    let key = file(stem, "private").display().to_string();
    run("nsupdate", &["-k", &key], &script).unwrap()
}

fn unix_time() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap().as_secs()
}

/// An update that adds an address, signed for a time.
fn signed(stem: &Path, host: &str, address: [u8; 4], inception: u64, expiration: u64) -> Vec<u8> {
    let read = |ending| fs::read_to_string(file(stem, ending)).unwrap();
    let key = ZoneKey::from_bind(&read("key"), Some(&read("private"))).unwrap();
    let mut buffer = vec![0; 1024];
    let flags = Flags::default().with_opcode(Opcode::UPDATE);
    let mut builder = MessageBuilder::<4>::new(&mut buffer, 7, flags).unwrap();
    let (zone, host) = [ZONE, host]
        .map(|name| NameBuf::from_text(name).unwrap())
        .into();
    builder
        .question(&zone.as_name(), Type::SOA, Class::IN)
        .unwrap();
    let data = A {
        address: address.into(),
    };
    builder
        .record(Section::Authority, &host.as_name(), Class::IN, 60, &data)
        .unwrap();
    let length = builder.finish().len();
    let terms = Sig0Terms {
        signer: key.owner(),
        inception: inception as u32,
        expiration: expiration as u32,
    };
    assert!(length + record_len(&key, &key.owner()) < buffer.len());
    let length = sign(&key, key.tag(), &terms, None, &mut buffer, length).unwrap();
    buffer.truncate(length);
    buffer
}

fn ask(address: SocketAddr, message: &[u8]) -> Rcode {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(address).unwrap();
    socket
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    socket.send(message).unwrap();
    let mut answer = [0; 4096];
    let length = socket.recv(&mut answer).unwrap();
    Message::from_bytes(&answer[..length]).unwrap().rcode()
}

#[test]
fn hosts_keep_their_own_addresses_by_their_own_keys() {
    for algorithm in ["ECDSAP256SHA256", "ED25519"] {
        let folder = tempfile::tempdir().unwrap();
        let [in_zone, in_file, nobody] =
            ["host1", "host2", "host3"].map(|host| format!("{host}.{ZONE}"));
        let make = |host: &str| make_key(folder.path(), algorithm, host);
        let (Some(zone_key), Some(file_key)) = (make(&in_zone), make(&in_file)) else {
            return;
        };
        let (other_key, nobodys) = (make(&in_zone).unwrap(), make(&nobody).unwrap());
        let address = free_port().unwrap();
        let zone = text(100)
            + &fs::read_to_string(file(&zone_key, "key"))
                .unwrap()
                .replace("IN KEY", "60 IN KEY");
        let configuration = format!(
            "[[zone]]\nname = \"{ZONE}\"\nfile = \"mesh.zone\"\npublic-keys = [\"{}\"]\n\
             [[zone.allow-update]]\nsig0 = \"*.{ZONE}\"\nscope = \"self\"\n\
             types = [{{ type = \"A\", most = 2 }}, \"KEY\"]\n",
            file(&file_key, "key").display()
        );
        let server = Server::ours(address, &[("mesh.zone", &zone)], &configuration);

        // Each its own, whether its key stands in the zone or in a file.
        for (key, host) in [(&zone_key, &in_zone), (&file_key, &in_file)] {
            let said = send(key, address, &format!("update add {host} 60 A 192.0.2.1"));
            assert!(said.contains("NOERROR"), "{said}\n{}", server.log());
            server.wait_for_log(&format!("with the key {host} done"));
            // Two are the limit.
            let both =
                format!("update add {host} 60 A 192.0.2.2\nupdate add {host} 60 A 192.0.2.3");
            let said = send(key, address, &both);
            assert!(said.contains("REFUSED"), "{said}\n{}", server.log());
            let said = send(key, address, &format!("update add {host} 60 TXT x"));
            assert!(said.contains("REFUSED"), "{said}\n{}", server.log());
        }
        let said = send(
            &zone_key,
            address,
            &format!("update add {in_file} 60 A 192.0.2.9"),
        );
        assert!(said.contains("REFUSED"), "{said}\n{}", server.log());

        // Another key of the same name, and one that nobody knows.
        for (key, host) in [(&other_key, &in_zone), (&nobodys, &nobody)] {
            let said = send(key, address, &format!("update add {host} 60 A 192.0.2.7"));
            assert!(said.contains("REFUSED"), "{said}\n{}", server.log());
            server.wait_for_log("no key of the signer fits the signature");
        }

        // Who is no longer to have seen the message, or for too long.
        let now = unix_time();
        for (inception, expiration, told) in [
            (now - 900, now - 300, "not valid at this time"),
            (now + 300, now + 900, "not valid at this time"),
            (now - 300, now + 86_400, "good for more than 3600 seconds"),
        ] {
            let message = signed(&zone_key, &in_zone, [192, 0, 2, 8], inception, expiration);
            assert_eq!(ask(address, &message), Rcode::REFUSED);
            server.wait_for_log(told);
        }
        let mut tampered = signed(&zone_key, &in_zone, [192, 0, 2, 8], now - 300, now + 300);
        *tampered.last_mut().unwrap() ^= 1;
        assert_eq!(ask(address, &tampered), Rcode::REFUSED);
        server.wait_for_log("not that of this message and key");

        // Within its time, a message can be sent again: what was deleted since comes back (RFC 2931 4).
        let message = signed(&zone_key, &in_zone, [192, 0, 2, 8], now - 300, now + 300);
        assert_eq!(ask(address, &message), Rcode::NOERROR);
        let said = send(
            &zone_key,
            address,
            &format!("update delete {in_zone} A 192.0.2.8"),
        );
        assert!(said.contains("NOERROR"), "{said}\n{}", server.log());
        assert_eq!(ask(address, &message), Rcode::NOERROR);

        // A key that its owner has replaced is one no longer.
        let new = fs::read_to_string(file(&other_key, "key")).unwrap();
        let record = new.lines().find(|line| !line.starts_with(';')).unwrap();
        let data = record.split_once("KEY").unwrap().1;
        let replace = format!("update delete {in_zone} KEY\nupdate add {in_zone} 60 KEY{data}");
        let said = send(&zone_key, address, &replace);
        assert!(said.contains("NOERROR"), "{said}\n{}", server.log());
        let delete = format!("update delete {in_zone} A");
        let said = send(&zone_key, address, &delete);
        assert!(said.contains("REFUSED"), "{said}\n{}", server.log());
        let said = send(&other_key, address, &delete);
        assert!(said.contains("NOERROR"), "{said}\n{}", server.log());
    }
}

#[test]
fn without_a_grant_for_it_such_a_signature_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let host = format!("host1.{ZONE}");
    let Some(key) = make_key(folder.path(), "ED25519", &host) else {
        return;
    };
    let address = free_port().unwrap();
    let public = fs::read_to_string(file(&key, "key"))
        .unwrap()
        .replace("IN KEY", "60 IN KEY");
    // Any shared key will do; but this one is not shared.
    let configuration = format!(
        "[[zone]]\nname = \"{ZONE}\"\nfile = \"mesh.zone\"\n[[zone.allow-update]]\nany-key = true\n"
    );
    let server = Server::ours(
        address,
        &[("mesh.zone", &(text(100) + &public))],
        &configuration,
    );
    let said = send(&key, address, &format!("update add {host} 60 A 192.0.2.1"));
    assert!(said.contains("REFUSED"), "{said}\n{}", server.log());
}
