//! Kills in a stream of updates.

use crate::client::{Client, zone_of};
use crate::dice::Dice;
use crate::kills;
use crate::server::Server;
use crate::zone::{SERIAL, names_after, text, update};
use lib_dns_core::code_points::Rcode;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

const WRITERS: usize = 3;
/// Octets of a record: now little, now much.
const SIZES: [usize; 3] = [10, 2_000, 30_000];

pub(crate) const PRIMARY: &str = "\
[[zone]]
name = \"example.\"
file = \"example.zone\"
allow-transfer = [\"127.0.0.0/8\"]
allow-update = [{ prefix = \"127.0.0.0/8\" }]
";

/// Sends changes from a number on, one after the other, until the server is gone or `most` are done; gives the
/// number of the first that was not acknowledged.
pub(crate) fn write(
    address: SocketAddr,
    writer: usize,
    from: u32,
    most: u32,
    first: &mpsc::Sender<()>,
) -> u32 {
    let Ok(mut client) = Client::connect(address) else {
        return from;
    };
    for number in from..from + most {
        match client.ask(&update(
            writer,
            number,
            SIZES[number as usize % SIZES.len()],
        )) {
            Ok(Rcode::NOERROR) => {}
            Ok(other) => panic!("change {number} of writer {writer}: {other}"),
            Err(_) => return number,
        }
        let _ = first.send(());
    }
    from + most
}

#[test]
fn what_was_acknowledged_outlives_a_kill() {
    let mut server = Server::new(&[("example.zone", &text())], PRIMARY);
    server.start();
    let done = kill_in_a_stream_of_updates(&mut server, SERIAL, &mut Dice(0x9_11), |_| {});
    println!("{} kills, {done} changes", kills());
}

/// Kills a server again and again while it carries out updates, and holds what it has after each start against
/// what it had acknowledged; `look` looks further. `first` is the serial of the zone before all changes. Says how
/// many changes there were.
pub(crate) fn kill_in_a_stream_of_updates(
    server: &mut Server,
    first: u32,
    dice: &mut Dice,
    look: impl Fn(SocketAddr),
) -> u32 {
    // How many changes of each writer are in the zone for certain.
    let mut done = [0; WRITERS];
    for kill in 0..kills() {
        let (told, acknowledged) = mpsc::channel();
        let writers = done.map(|_| told.clone());
        let address = server.address;
        let threads: Vec<_> = writers
            .into_iter()
            .zip(done)
            .enumerate()
            .map(|(writer, (told, from))| {
                thread::spawn(move || write(address, writer, from, u32::MAX / 2, &told))
            })
            .collect();
        acknowledged
            .recv_timeout(Duration::from_secs(60))
            .expect("a first change");
        thread::sleep(Duration::from_micros(dice.below(250_000) as u64));
        server.kill();
        let ends: Vec<u32> = threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect();

        server.verify_journal();
        server.start();
        let (serial, names) = zone_of(server.address);
        for (writer, acknowledged) in ends.iter().copied().enumerate() {
            let own = format!("w{writer}-");
            let held: BTreeSet<String> = names
                .iter()
                .filter(|name| name.starts_with(&own))
                .cloned()
                .collect();
            // The one that was under way may be there, or not; nothing in between.
            let there = [acknowledged + 1, acknowledged]
                .into_iter()
                .find(|changes| names_after(writer, *changes) == held);
            done[writer] = there.unwrap_or_else(|| {
                panic!("kill {kill}: writer {writer} has {acknowledged} acknowledged; there is {held:?}")
            });
        }
        // Each change is one version.
        assert_eq!(
            serial,
            first + done.iter().sum::<u32>(),
            "kill {kill}: {done:?}"
        );
        look(server.address);
    }
    done.iter().sum()
}
