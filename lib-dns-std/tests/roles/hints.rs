//! Servers that hear of changes over a radio alone.

use crate::harness::free_port;
use crate::harness::radio::Channel;
use crate::server::{Server, primary, secondary};
use crate::zone::{content, content_at, text, wait_for_serial};
use crate::{SECRET, ZONE};
use lib_dns_core::crypto::MacAlgorithm;
use lib_dns_core::hint::{
    Advice, Hint, NetworkId, NetworkKey, NodePrefix, ReceivedFrame, ZoneOfUpdate, ZoneTag,
};
use lib_dns_core::name::NameBuf;
use lib_dns_core::zone::Serial;
use lib_dns_std::hash::RustCryptoDigest;
use lib_dns_std::mac::{RunningMac, RustCryptoMac};

/// The octets 0 to 31 in base64.
const HINT_SECRET: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const STRANGER: NodePrefix = NodePrefix([0x5c; 4]);

/// A radio in Europe that need not wait before it looks.
fn radio(port: &str, node: &str) -> String {
    format!(
        "[[key]]\nname = \"mesh-hints.\"\nsecret = \"{HINT_SECRET}\"\n\n\
         [hints]\nport = \"{port}\"\nregion = \"EU868\"\nnode = \"{node}\"\nnetwork = \"6D657368\"\n\
         key = \"mesh-hints.\"\nkey-epoch = 3\nupdate-control.refresh-jitter-max = \"0ms\"\n\n"
    )
}

fn network_key() -> NetworkKey<RunningMac> {
    let secret: Vec<u8> = (0..32).collect();
    let algorithm = MacAlgorithm::HmacSha256;
    NetworkKey::new(RustCryptoMac, algorithm, &secret, NetworkId(*b"mesh"), 3).unwrap()
}

fn update(serial: u32) -> Hint {
    let zone = NameBuf::from_text(ZONE).unwrap();
    let tag = ZoneTag::of(&zone.as_name(), &RustCryptoDigest).unwrap();
    Hint {
        node: STRANGER,
        score: 0,
        advice: Advice::ZdnsUpdate {
            zone: ZoneOfUpdate::Tag(tag),
            serial: Serial(serial),
        },
    }
}

#[test]
fn a_copy_is_brought_up_to_date_by_hints_alone() {
    let [above, below] = [(); 2].map(|()| free_port().unwrap());
    let channel = Channel::new(2);
    let files = [("mesh.zone", &*text(1))];
    // Nobody is notified.
    let radios = [0, 1].map(|radio| channel.port(radio));
    let top = radio(&radios[0], "7F3A8B2C") + &primary(&[]);
    let top = Server::ours(above, &files, &top);
    let copy = radio(&radios[1], "01020304") + &secondary(above, &[]);
    let copy = Server::ours(below, &[], &copy);
    let logs = || format!("{}\n--\n{}", top.log(), copy.log());
    wait_for_serial(below, 1, logs);
    copy.wait_for_log("the radio is 'simulated', at 869525000 Hz, SF9, 125 kHz, 4/5, 14 dBm");

    top.write("mesh.zone", &text(2));
    top.hang_up();
    wait_for_serial(above, 2, logs);
    // A radio that has just started keeps silent for half a minute.
    wait_for_serial(below, 2, logs);
    assert_eq!(content_at(below), content(2));
    copy.wait_for_log("hints: mesh.example. has changed elsewhere (serial 2)");
    top.wait_for_log("hints: sending ZDNS_UPDATE of mesh.example. with serial 2");
    let sent = channel.sent();
    let frame = ReceivedFrame::from_bytes(&sent[0]).unwrap();
    assert!(network_key().verifies(&frame));
    // The first boot epoch, and its first frame.
    assert_eq!(frame.seal.unwrap().sequence, 0x0001_0000);
    let kept = std::fs::read_to_string(top.home().join("state/hint-sequence")).unwrap();
    assert_eq!(kept, "131072\n");

    // Forged, or heard once more, they do nothing.
    let forged = update(9).to_frame();
    channel.hear(1, forged.as_bytes());
    let mut damaged = network_key()
        .seal(&update(9), STRANGER, 1)
        .unwrap()
        .as_bytes()
        .to_vec();
    damaged[5] ^= 1;
    channel.hear(1, &damaged);
    channel.hear(1, &sent[0]);
    channel.log(1, "so much for forgeries");
    copy.wait_for_log("the radio says: so much for forgeries");
    let heard = copy.log().matches("has changed elsewhere").count();
    assert_eq!(heard, 1, "{}", logs());

    // A radio that was gone is found again, and what it hears then counts.
    channel.unplug(1);
    copy.wait_for_log("is lost: the other side is gone; trying again");
    top.write("mesh.zone", &text(3));
    top.hang_up();
    wait_for_serial(above, 3, logs);
    channel.plug_in(1);
    let is_back = || {
        copy.log()
            .matches("hints: the radio is 'simulated'")
            .count()
            > 1
    };
    copy.wait_until(is_back).unwrap();
    let sealed = network_key().seal(&update(3), STRANGER, 2).unwrap();
    channel.hear(1, sealed.as_bytes());
    wait_for_serial(below, 3, logs);
    assert_eq!(content_at(below), content(3));

    let preference = Hint {
        advice: Advice::Congestion(NodePrefix([1, 2, 3, 4])),
        ..update(0)
    };
    let sealed = network_key().seal(&preference, STRANGER, 3).unwrap();
    channel.hear(1, sealed.as_bytes());
    copy.wait_for_log("hints: CONGESTION about 5C5C5C5C towards 01020304, score 0, from 5C5C5C5C");
    for log in [top.log(), copy.log()] {
        assert!(!log.contains(HINT_SECRET) && !log.contains(SECRET), "{log}");
    }
}
