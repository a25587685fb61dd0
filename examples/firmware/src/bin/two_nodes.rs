//! Two nodes on one channel: a change that travels, a storm, and how it ends.
#![no_std]
#![no_main]

use firmware::console;
use firmware::console::Part::{Number, Text};
use firmware::member::{Member, network_key};
use firmware::station::{Node, Station};
use firmware::world::{World, apex};
use lib_dns_core::hint::{NetworkKey, ZoneTag};
use lib_dns_core::time::Timestamp;
use lib_dns_core::zone::Serial;
use lib_dns_embedded::rustcrypto::HmacKey;

#[cortex_m_rt::entry]
fn main() -> ! {
    static mut ALICE: Node = Node::idle();
    static mut BOB: Node = Node::idle();
    console::end(run(ALICE, BOB).unwrap_or(false))
}

/// Tells the story; says if everything came as it had to, `None` if it could not be told.
fn run(alice: &mut Node, bob: &mut Node) -> Option<bool> {
    let apex = apex()?;
    let key = network_key(b"the network's secret")?;
    let mut faulty = [1, 2].map(|last| Member::new([0xb0, 0, 0, last], &key));
    let mut world = begin(alice, bob, &key, apex);
    let [_, bob] = &mut world.stations;
    bob.node.keep(apex, None, Some(Serial(7)));

    // Three changes at once are told once.
    world.until(60);
    for _ in 0..3 {
        change(&mut world, apex);
    }
    world.tell(&[
        Text("alice changes the zone: serial "),
        Number(world.serial.0.into()),
    ]);
    world.until(130);

    // Two members that have gone wrong tell of serials that nobody has.
    let [first, second] = &mut faulty;
    for serial in 100..110 {
        let member = if serial % 2 == 0 {
            &mut *first
        } else {
            &mut *second
        };
        world.flood(member.update(serial)?.as_bytes());
    }
    world.tell(&[Text("two members tell of serials 100 to 109")]);
    world.hear(1, "of serial 110", first.update(110)?.as_bytes());
    change(&mut world, apex);
    world.tell(&[
        Text("alice changes the zone: serial "),
        Number(world.serial.0.into()),
    ]);
    world.until(300);

    // What updates do not bring in a storm, the zone's TTL does.
    world.tell(&[Text("bob's copy of the zone comes of age")]);
    let [_, bob] = &mut world.stations;
    bob.node.ttl_ended(world.now, apex);
    world.until(430);

    // The storm has ended.
    change(&mut world, apex);
    world.tell(&[
        Text("alice changes the zone: serial "),
        Number(world.serial.0.into()),
    ]);
    world.until(500);

    let [_, bob] = &world.stations;
    let counts = bob.node.counts().updates;
    let all_well = (counts.accepted, counts.storms, counts.suppressed) == (12, 1, 1);
    Some(all_well && !bob.node.is_storm(world.now))
}

/// Both start, with serial 7 of the zone.
// A function of its own: what it takes of the stack besides the world it gives back.
#[inline(never)]
fn begin<'n>(
    alice: &'n mut Node,
    bob: &'n mut Node,
    key: &NetworkKey<HmacKey>,
    apex: ZoneTag,
) -> World<'n, 2> {
    World {
        stations: [
            Station::start(alice, "alice", [0xa0, 0, 0, 1], key, 1, apex),
            Station::start(bob, "bob", [0xa0, 0, 0, 2], key, 1, apex),
        ],
        serial: Serial(7),
        now: Timestamp::ZERO,
    }
}

/// Changes the zone at its authority, which is alice.
fn change(world: &mut World<'_, 2>, apex: ZoneTag) {
    world.serial = Serial(world.serial.0.wrapping_add(1));
    let [alice, _] = &mut world.stations;
    alice.node.zone_changed(world.now, apex, world.serial);
}
