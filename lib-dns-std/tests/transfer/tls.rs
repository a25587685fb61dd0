//! Over TLS, with ourselves and with others.

use crate::by_ourselves::{applied, change, fetch, run, whole};
use crate::certificates::{self, NAME};
use crate::content::{assert_same, text_of};
use crate::keys;
use crate::ours::Ours;
use lib_dns_core::crypto::MacAlgorithm;
use lib_dns_std::server::Certificate;
use lib_dns_std::transfer::{FetchFault, Primary, Tls};
use std::sync::Arc;

const ZONE: &str = "private.example.";

#[test]
fn a_certificate_a_pin_or_a_key_proves_who_it_is() {
    let files = certificates::make();
    let certificate = Certificate::read(&files.certificate, &files.key).unwrap();
    let ours = Ours::serve(&[text_of(ZONE)], Vec::new(), Some(&certificate));
    let primary = |tls: Tls| Primary::at(ours.tls.unwrap()).with_tls(tls);
    let authority = Tls::by_authorities(NAME, &files.authority).unwrap();
    let pin = Tls::by_pins(&[[0; 32], files.pin]).unwrap();
    for tls in [authority, pin] {
        let all = fetch(ZONE, primary(tls));
        let copy = whole(run(&all));
        assert_same(&copy, &ours.zone(ZONE), "AXFR over TLS");
        // The version is asked for over the same connection.
        let before = ours.zone(ZONE);
        change(&ours, ZONE, before.serial().0 as u8 % 10 + 1);
        let next = all.with_version(copy.serial());
        assert_same(
            &applied(&copy, run(&next)),
            &ours.zone(ZONE),
            "IXFR over TLS",
        );
    }

    let other = certificates::make();
    let wrong = [
        Tls::by_authorities("other.example", &files.authority).unwrap(),
        Tls::by_authorities(NAME, &other.authority).unwrap(),
        Tls::by_pins(&[other.pin]).unwrap(),
    ];
    for tls in wrong {
        let error = run(&fetch(ZONE, primary(tls))).unwrap_err();
        assert!(matches!(error.fault, FetchFault::Tls(_)), "{error}");
    }
}

#[test]
fn without_proof_by_tls_a_key_must_prove_it() {
    let files = certificates::make();
    let certificate = Certificate::read(&files.certificate, &files.key).unwrap();
    let key = || keys::key("transfer.key.", MacAlgorithm::HmacSha256);
    let ours = Ours::serve(&[text_of(ZONE)], vec![key()], Some(&certificate));
    let primary = Primary::at(ours.tls.unwrap()).with_tls(Tls::opportunistic().unwrap());
    let error = run(&fetch(ZONE, primary.clone())).unwrap_err();
    assert!(matches!(error.fault, FetchFault::NoProof), "{error}");
    let copy = whole(run(&fetch(ZONE, primary.with_key(Arc::new(key())))));
    assert_same(&copy, &ours.zone(ZONE), "AXFR over TLS with a key");
}

#[test]
fn files_without_certificates_are_refused() {
    let files = certificates::make();
    assert!(Tls::by_authorities(NAME, &files.key).is_err());
    assert!(Tls::by_authorities(NAME, "/nonexistent".as_ref()).is_err());
    assert!(Tls::by_authorities("no name", &files.authority).is_err());
    assert!(Tls::by_pins(&[]).is_err());
}
