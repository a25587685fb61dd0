//! Asks a server over one TCP connection.

use crate::zone::{APEX, name};
use lib_dns_core::code_points::{Class, Rcode};
use lib_dns_core::messages::{Flags, Message, MessageBuilder, Section};
use lib_dns_core::rr_data::{RData, Type};
use lib_dns_std::transfer::{Fetch, Fetched, Primary};
use lib_dns_std::zone::Zone;
use std::collections::BTreeSet;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

pub(crate) struct Client(TcpStream);

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        stream.set_nodelay(true)?;
        Ok(Self(stream))
    }

    fn send(&mut self, message: &[u8]) -> io::Result<()> {
        let length = u16::try_from(message.len()).unwrap().to_be_bytes();
        self.0.write_all(&[&length, message].concat())
    }

    fn receive(&mut self) -> io::Result<Vec<u8>> {
        let mut length = [0; 2];
        self.0.read_exact(&mut length)?;
        let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
        self.0.read_exact(&mut message)?;
        Ok(message)
    }

    /// Sends a message and takes the rcode of the answer.
    pub(crate) fn ask(&mut self, message: &[u8]) -> io::Result<Rcode> {
        self.send(message)?;
        let answer = self.receive()?;
        let answer = Message::from_bytes(&answer).map_err(io::Error::other)?;
        Ok(answer.rcode())
    }

    /// The serial of the zone and the names that have TXT records, by AXFR.
    pub(crate) fn zone(&mut self) -> io::Result<(u32, BTreeSet<String>)> {
        let mut buffer = [0; 64];
        let mut query = MessageBuilder::<0>::new(&mut buffer, 9, Flags::default()).unwrap();
        let apex = name(APEX);
        query
            .question(&apex.as_name(), Type::AXFR, Class::IN)
            .unwrap();
        self.send(query.finish())?;
        let (mut serials, mut names) = (Vec::new(), BTreeSet::new());
        while serials.len() < 2 {
            let message = self.receive()?;
            let message = Message::from_bytes(&message).map_err(io::Error::other)?;
            if message.rcode() != Rcode::NOERROR {
                return Err(io::Error::other(message.rcode().to_string()));
            }
            for record in message.section(Section::Answer) {
                let record = record.map_err(io::Error::other)?;
                match record.data().map_err(io::Error::other)? {
                    RData::Soa(soa) => serials.push(soa.serial),
                    RData::Txt(_) => {
                        names.insert(record.owner().to_string());
                    }
                    _ => {}
                }
            }
        }
        Ok((serials[0], names))
    }
}

/// The zone of a server, which may have only just started.
pub(crate) fn zone_of(address: SocketAddr) -> (u32, BTreeSet<String>) {
    let mut last = None;
    for _ in 0..200 {
        match Client::connect(address).and_then(|mut client| client.zone()) {
            Ok(zone) => return zone,
            Err(error) => last = Some(error),
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("no zone: {last:?}");
}

/// All of the zone of a server.
pub(crate) fn whole_zone_of(address: SocketAddr) -> Zone {
    let fetch = Fetch::new(&name(APEX).as_name(), Class::IN, Primary::at(address));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let news = runtime.block_on(fetch.run());
    match news.unwrap_or_else(|error| panic!("{error}")).fetched {
        Fetched::Whole(zone, _) => *zone,
        other => panic!("{other:?}"),
    }
}
