//! What TSIG costs beside the bare HMAC of the same octets.
//!
//! `tsig` prints, for messages of four sizes, the instructions and nanoseconds of signing and of verifying a
//! request with HMAC-SHA-256, those of HMAC alone over exactly what is signed, and the ratio. Verifying is told with
//! the reading of the message, and without it, since a server reads it in any case. callgrind has no SHA instructions, so there the
//! hash is the one in software; the nanoseconds are those of this machine.

use hmac::digest::KeyInit;
use hmac::{Hmac, Mac};
use lib_dns_benches::allocations::{self, CountingAllocator};
use lib_dns_benches::content::SAMPLES;
use lib_dns_benches::instructions::{COUNTED_RUN, counted_run_of, of_jobs};
use lib_dns_benches::job::Round;
use lib_dns_benches::time;
use lib_dns_core::code_points::{Class, HEADER_LEN};
use lib_dns_core::crypto::MacAlgorithm;
use lib_dns_core::messages::tsig::{Stamp, TsigKey, sign_request, verify_request};
use lib_dns_core::messages::{Flags, Message, MessageBuilder, Section};
use lib_dns_core::name::NameBuf;
use lib_dns_core::rr_data::A;
use lib_dns_std::mac::{RunningMac, RustCryptoMac};
use sha2::Sha256;
use std::hint::black_box;
use std::process::ExitCode;
use std::slice::from_ref;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

const NOW: u64 = 1_767_225_600;
const SECRET: [u8; 32] = [0x5a; 32];
/// What follows the names of the record in what is signed: time, fudge, error and the length of other data.
const SIGNED_TAIL: usize = 12;
/// What is measured of each message.
const WHAT: [&str; 4] = ["bare HMAC", "sign", "verify", "read and verify"];
/// Octets of the largest message.
const LARGE: usize = 16 * 1024;

fn main() -> ExitCode {
    let messages = messages();
    let rounds = || messages.iter().flat_map(|message| rounds_of(message));
    if std::env::args().nth(1).as_deref() == Some(COUNTED_RUN) {
        counted_run_of(rounds());
        return ExitCode::SUCCESS;
    }
    let counts = match of_jobs(rounds().count(), std::iter::empty()) {
        Ok(counts) => counts,
        Err(error) => {
            eprintln!("tsig: {error}");
            return ExitCode::FAILURE;
        }
    };
    let measured: Vec<_> = rounds()
        .zip(counts)
        .map(|(mut round, count)| {
            let allocated = allocations::of_round(&mut *round).map_or(0, |count| count.calls);
            (count, time::of_round(&mut *round), allocated)
        })
        .collect();
    println!("octets  what            instructions  ratio      ns  ratio  allocations");
    for (message, figures) in messages.iter().zip(measured.chunks(WHAT.len())) {
        let (bare, bare_time, _) = figures[0];
        for ((count, time, allocated), what) in figures.iter().zip(WHAT) {
            println!(
                "{:>6}  {what:<15} {count:>12}  {:>5.3} {time:>7.0}  {:>5.3}  {allocated:>11}",
                message.len(),
                *count as f64 / bare as f64,
                time / bare_time,
            );
        }
    }
    ExitCode::SUCCESS
}

fn messages() -> Vec<Vec<u8>> {
    let samples = SAMPLES.iter().map(|sample| sample.octets.to_vec());
    samples.chain([large()]).collect()
}

/// A message of [`LARGE`] octets or a few less, as they stand in a transfer.
fn large() -> Vec<u8> {
    let mut buffer = vec![0; LARGE];
    let flags = Flags::default().with_response(true);
    let mut builder = MessageBuilder::<48>::new(&mut buffer, 7, flags).expect("room for a header");
    for number in 0_u16.. {
        let name = format!("host{number}.example.");
        let name = NameBuf::from_text(&name).expect("a name");
        let [high, low] = number.to_be_bytes();
        let address = A {
            address: [192, 0, high, low].into(),
        };
        let written = builder.record(Section::Answer, &name.as_name(), Class::IN, 300, &address);
        if written.is_err() {
            break;
        }
    }
    builder.finish().to_vec()
}

/// The bare HMAC, signing and verifying, of one message.
fn rounds_of(message: &[u8]) -> [Round; WHAT.len()] {
    let name = NameBuf::from_text("transfer.example.").expect("a name");
    let algorithm = MacAlgorithm::HmacSha256;
    let key: TsigKey<RunningMac> =
        TsigKey::new(RustCryptoMac, &name.as_name(), algorithm, &SECRET).expect("a key");
    let len = message.len();
    let mut signed = message.to_vec();
    signed.resize(len + key.record_len(), 0);
    sign_request(&key, &mut signed, len, &Stamp::at(NOW)).expect("there is room");

    // Message, both names, class, TTL and what is signed of the rest.
    let names = name.as_name().wire_len() + algorithm.wire_name().len();
    let mut octets = message.to_vec();
    octets.resize(len + names + 6 + SIGNED_TAIL, 0);
    let context = Hmac::<Sha256>::new_from_slice(&SECRET).expect("any secret will do");
    let bare: Round = Box::new(move || {
        let mut context = black_box(&context).clone();
        context.update(black_box(&octets));
        black_box(context.finalize().into_bytes());
    });

    let (mut buffer, signing) = (signed.clone(), key.clone());
    let counts = [message[HEADER_LEN - 2], message[HEADER_LEN - 1]];
    let sign: Round = Box::new(move || {
        buffer[HEADER_LEN - 2..HEADER_LEN].copy_from_slice(&counts);
        let signed = sign_request(&signing, black_box(&mut buffer), len, &Stamp::at(NOW));
        assert!(black_box(signed).is_ok());
    });
    // For as long as the program runs, so that what was read of it can be kept beside it.
    let signed: &'static [u8] = signed.leak();
    let read = Message::from_bytes(signed).expect("it is a message");
    let verifying = key.clone();
    let verify: Round = Box::new(move || {
        let verified = verify_request(black_box(&read), from_ref(&verifying), NOW);
        assert!(matches!(black_box(verified), Ok(Some(_))));
    });
    let read_and_verify: Round = Box::new(move || {
        let message = Message::from_bytes(black_box(signed)).expect("it is a message");
        let verified = verify_request(&message, from_ref(&key), NOW);
        assert!(matches!(black_box(verified), Ok(Some(_))));
    });
    [bare, sign, verify, read_and_verify]
}
