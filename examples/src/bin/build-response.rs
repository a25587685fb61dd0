//! Builds a response in a buffer on the stack, cut at a limit the way a server cuts it.
//!
//! ```sh
//! cargo run -p lib-dns-examples --bin build-response
//! ```
//!
//! Nothing is allocated. What does not fit leaves no trace, so that an RRset goes in whole or not at all.

use lib_dns_core::code_points::{Class, MIN_UDP_SIZE};
use lib_dns_core::messages::options::Nsid;
use lib_dns_core::messages::{EdnsHeader, Flags, Message, MessageBuilder, Section};
use lib_dns_core::name::NameBuf;
use lib_dns_core::rr_data::{A, Type};
use lib_dns_core::wire::WriteError;
use std::error::Error;

/// Octets that an OPT record takes with the option below.
const OPT_LEN: usize = 11 + 4 + 5;

fn main() -> Result<(), Box<dyn Error>> {
    let owner = NameBuf::from_text("alice.sovereign.")?;
    let owner = owner.as_name();
    for count in [3, 60] {
        let mut buffer = [0; 1232];
        let flags = Flags::default()
            .with_response(true)
            .with_authoritative(true);
        // Sixteen names are remembered for compression: plenty for one answer.
        let mut builder = MessageBuilder::<16>::new(&mut buffer, 0x1234, flags)?;
        builder.set_limit(usize::from(MIN_UDP_SIZE));
        builder.set_reserve(OPT_LEN);
        builder.question(&owner, Type::A, Class::IN)?;

        let before = builder.mark();
        let rrset = (1..=count).try_for_each(|last| {
            let data = A {
                address: [10, 42, 1, last].into(),
            };
            builder.record(Section::Answer, &owner, Class::IN, 300, &data)
        });
        match rrset {
            Ok(()) => {}
            Err(WriteError::NoRoom) => {
                builder.rewind(before);
                builder.set_flags(flags.with_truncated(true));
            }
            Err(error) => return Err(error.into()),
        }

        // This may use the reserve.
        builder.edns(&EdnsHeader::default(), &[Nsid { id: b"node7" }.into()])?;
        let octets = builder.finish();
        println!(
            ";; {} octets\n{}",
            octets.len(),
            Message::from_bytes(octets)?
        );
    }
    Ok(())
}
