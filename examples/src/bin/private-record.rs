//! Adds a record type of our own, and uses it like any other: in zone text, in a message, and in print.
//!
//! ```sh
//! cargo run -p lib-dns-examples --bin private-record
//! ```

use lib_dns_core::code_points::Class;
use lib_dns_core::messages::{Flags, Message, MessageBuilder, Printed, Section};
use lib_dns_core::rr_data::KnownTypes;
use lib_dns_core::rr_data::codec::{Ipv6, OneString, U16};
use lib_dns_core::zone::{Scanner, Step};
use std::error::Error;
use std::net::Ipv6Addr;

lib_dns_core::record_types! {
    /// Data of the types that this program adds; the rest is opaque here and known to `RData`.
    pub enum OurData<'a> {
        /// A sensor, and who collects what it measures.
        Sensor<'a> = 65400 SENSOR, "SENSOR", "our handbook", ["30 \"celsius\" 2001:db8::1"] {
            /// Seconds between two measurements.
            interval: u16 as U16,
            /// The unit.
            unit: &'a [u8] as OneString,
            /// Where the measurements go.
            collector: Ipv6Addr as Ipv6,
        }
    }
}

const ZONE: &[u8] = b"$ORIGIN farm.example.\n\
    roof 300 IN SENSOR 30 celsius 2001:db8::1\n\
    well 300 IN TYPE65400 \\# 25 003C 06 6c6974726573 20010db8000000000000000000000002\n";

fn main() -> Result<(), Box<dyn Error>> {
    let mut scanner = Scanner::new(Class::IN, None).with_private_types(OurData::ROWS);
    let (mut rest, mut scratch) = (ZONE, [0; 512]);
    let mut buffer = [0; 512];
    let flags = Flags::default().with_response(true);
    let mut builder = <MessageBuilder>::new(&mut buffer, 1, flags)?;
    while let Step::Record(record) = scanner.next(&mut rest, true, &mut scratch)? {
        builder.stored_record(
            Section::Answer,
            &record.owner,
            record.rtype,
            record.class,
            record.ttl,
            record.data,
        )?;
    }

    let message = Message::from_bytes(builder.finish())?;
    for record in message.section(Section::Answer) {
        let record = record?;
        let data = OurData::read(record.class(), record.rtype(), &mut record.reader())?;
        if let OurData::Sensor(sensor) = data {
            let unit = String::from_utf8_lossy(sensor.unit);
            println!("{}: {unit} every {} s", record.owner(), sensor.interval);
        }
    }
    let mut printed = Printed::nothing(&message);
    printed.sections = [true; 3];
    printed.types = KnownTypes::with(OurData::ROWS);
    print!("{printed}");
    Ok(())
}
