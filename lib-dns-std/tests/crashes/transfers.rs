//! Kills of a secondary while it fetches.

use crate::client::zone_of;
use crate::dice::Dice;
use crate::kills;
use crate::server::Server;
use crate::updates::{PRIMARY, write};
use crate::zone::{SERIAL, names_after, text};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

#[test]
fn a_copy_is_a_version_that_existed() {
    let mut dice = Dice(0x1995);
    let placeholder = "[[zone]]\nname = \"example.\"\nmin-refresh = 1\nmin-retry = 1\n\
                       allow-transfer = [\"127.0.0.0/8\"]\n";
    let mut primary = Server::new(&[("example.zone", &text())], "");
    let primaries = format!("primaries = [{{ address = \"{}\" }}]\n", primary.address);
    let mut copy = Server::new(&[], &[placeholder, &primaries].concat());
    let notify = format!("notify = [{{ address = \"{}\" }}]\n", copy.address);
    primary.configure(&[PRIMARY, &notify].concat());
    primary.start();
    copy.start();
    let mut done = 0;
    let mut last = SERIAL;
    for kill in 0..kills() {
        let (first, acknowledged) = mpsc::channel();
        let (address, from) = (primary.address, done);
        let writer = thread::spawn(move || write(address, 0, from, 40, &first));
        acknowledged
            .recv_timeout(Duration::from_secs(60))
            .expect("a first change");
        thread::sleep(Duration::from_micros(dice.below(250_000) as u64));
        copy.kill();
        done = writer.join().unwrap();
        copy.verify_journal();
        // Alone, so that it shows what it has kept.
        primary.kill();
        copy.start();
        let (serial, names) = zone_of(copy.address);
        assert_eq!(
            names,
            names_after(0, serial - SERIAL),
            "kill {kill}: serial {serial}"
        );
        assert!(
            serial >= last && serial <= SERIAL + done,
            "kill {kill}: {last} to {serial}"
        );
        last = serial;
        copy.kill();
        primary.start();
        copy.start();
    }
    println!(
        "{} kills, {done} changes, the last copy has serial {last}",
        kills()
    );
}
