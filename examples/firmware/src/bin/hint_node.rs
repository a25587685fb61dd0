//! One node, and what comes over the air: a change that it tells, changes that it hears of, and what it refuses.
#![no_std]
#![no_main]

use firmware::console;
use firmware::console::Part::{Hex, Number, Text};
use firmware::member::{Member, network_key};
use firmware::station::{Node, Station};
use firmware::world::{World, apex};
use lib_dns_core::hint::Frame;
use lib_dns_core::time::Timestamp;
use lib_dns_core::zone::Serial;

#[cortex_m_rt::entry]
fn main() -> ! {
    static mut NODE: Node = Node::idle();
    console::end(run(NODE).unwrap_or(false))
}

/// What somebody sends who has guessed the key.
#[inline(never)]
fn forged(serial: u32) -> Option<Frame> {
    let guess = network_key(b"a guess")?;
    Member::new([0xb0, 0, 0, 1], &guess).update(serial)
}

/// Tells the story; says if everything came as it had to, `None` if it could not be told.
fn run(node: &mut Node) -> Option<bool> {
    let apex = apex()?;
    let key = network_key(b"the network's secret")?;
    let mut first = Member::new([0xb0, 0, 0, 1], &key);
    let mut second = Member::new([0xb0, 0, 0, 2], &key);
    let mut world = World {
        stations: [Station::start(node, "node", [0xa0, 0, 0, 9], &key, 1, apex)],
        serial: Serial(7),
        now: Timestamp::ZERO,
    };
    let [node] = &mut world.stations;
    node.node.keep(apex, None, Some(Serial(7)));
    world.tell(&[
        Text("node keeps zone "),
        Hex(&apex.0),
        Text(" with serial 7"),
    ]);

    world.until(60);
    world.serial = Serial(8);
    world.tell(&[Text("the zone changes here: serial 8")]);
    let [node] = &mut world.stations;
    node.node.zone_changed(world.now, apex, world.serial);
    node.node.keep(apex, None, Some(world.serial));
    world.until(100);

    world.serial = Serial(9);
    let update = first.update(9)?;
    world.hear(0, "of serial 9", update.as_bytes());
    world.until(110);
    world.hear(0, "the same frame", update.as_bytes());
    world.hear(0, "of serial 10", forged(10)?.as_bytes());

    // Two members count up in turns. More than ten updates within a minute are a storm.
    world.until(200);
    for serial in 10..20 {
        let member = if serial % 2 == 0 {
            &mut first
        } else {
            &mut second
        };
        world.flood(member.update(serial)?.as_bytes());
    }
    world.tell(&[Text("node hears of serials 10 to 19 at once")]);
    world.hear(0, "of serial 20", first.update(20)?.as_bytes());
    world.hear(0, "of serial 21", second.update(21)?.as_bytes());
    world.until(505);
    world.serial = Serial(22);
    world.hear(0, "of serial 22", second.update(22)?.as_bytes());
    world.until(520);

    let [node] = &world.stations;
    let counts = node.node.counts();
    let used = Number(node.node.airtime_used().into());
    world.tell(&[Text("node was on the air for "), used, Text(" us")]);
    let refused = (counts.bad_seals, counts.replays, counts.updates.suppressed);
    Some(refused == (1, 1, 1) && (counts.updates.accepted, counts.updates.storms) == (12, 1))
}
