//! Each sentence of RFC 2136 3.2 to 3.6 by itself, with what later RFCs add.

use super::primary::{ALL, Primary};
use super::script::{ZONE, message, name};
use lib_dns_core::code_points::Rcode;
use lib_dns_core::messages::{Message, options};
use lib_dns_core::rr_data::Type;
use lib_dns_core::transfer::update::{
    Actions, Grant, Identity, Outcome, Refusal, Requester, Scope, TypeLimit, Update, UpdateError,
    Who,
};
use lib_dns_core::zone::{Serial, ZoneLookup};

const TEXT: &str = "\
$ORIGIN example.
$TTL 300
@ SOA ns1 admin 10 3600 900 604800 60
@ NS ns1
@ NS ns2
@ MX 10 mail
ns1 A 192.0.2.1
ns2 A 192.0.2.2
www A 192.0.2.80
www A 192.0.2.81
www TXT hello
alias CNAME www
away DNAME example.org.
b.ent A 192.0.2.3
child NS ns.child
ns.child A 192.0.2.4
services WKS 192.0.2.9 6 25 80
";

/// A fresh zone after one message: what was said, and the records of a name.
fn after(lines: &str, owner: &str) -> (Rcode, Vec<String>) {
    let mut primary = Primary::new(TEXT);
    let rcode = primary.update(&message(lines));
    let owner = match owner {
        "@" => name(ZONE),
        _ => name(&format!("{owner}.{ZONE}")),
    };
    (rcode, primary.at(&owner.as_name()))
}

fn rcode(lines: &str) -> Rcode {
    after(lines, "@").0
}

/// What is left of a name after a message that is carried out.
fn left(lines: &str, owner: &str) -> Vec<String> {
    let (rcode, records) = after(lines, owner);
    assert_eq!(rcode, Rcode::NOERROR);
    records
}

/// What a message that changes something does to the serial 10.
fn outcome(lines: &str) -> Outcome {
    Primary::new(TEXT)
        .try_update(&message(lines), &[ALL])
        .unwrap()
}

/// A message of which single octets are replaced.
fn mended(lines: &str, places: &[(usize, u8)]) -> Vec<u8> {
    let mut octets = message(lines);
    for (at, octet) in places {
        octets[*at] = *octet;
    }
    octets
}

// 3.1: the zone section.

#[test]
fn the_zone_section_is_one_soa_question() {
    let update = |octets: &[u8]| Primary::new(TEXT).update(octets);
    assert_eq!(update(&mended("", &[])), Rcode::NOERROR);
    // The type stands behind the header and the nine octets of the name.
    assert_eq!(update(&mended("", &[(12 + 9 + 1, 2)])), Rcode::FORMERR);
    let mut two = message("");
    two[5] = 2;
    two.extend_from_within(12..);
    assert_eq!(update(&two), Rcode::FORMERR);
    let mut none = message("");
    none[5] = 0;
    none.truncate(12);
    assert_eq!(update(&none), Rcode::FORMERR);
    // A response, and a query.
    assert_eq!(update(&mended("", &[(2, 0xa8)])), Rcode::FORMERR);
    assert_eq!(update(&mended("", &[(2, 0)])), Rcode::FORMERR);
}

#[test]
fn another_zone_or_class_is_not_ours() {
    let update = |octets: &[u8]| Primary::new(TEXT).update(octets);
    assert_eq!(update(&mended("", &[(13, b'x')])), Rcode::NOTAUTH);
    assert_eq!(update(&mended("", &[(12 + 9 + 3, 3)])), Rcode::NOTAUTH);
}

// 3.2: prerequisites.

#[test]
fn a_prerequisite_has_no_ttl() {
    assert_eq!(rcode("need www 1 ANY ANY"), Rcode::FORMERR);
    assert_eq!(rcode("need www 1 NONE A"), Rcode::FORMERR);
    assert_eq!(rcode("need www 1 IN A 192.0.2.80"), Rcode::FORMERR);
    // As it stands, and not as a cache would take it.
    assert_eq!(rcode("need www 4294967295 ANY ANY"), Rcode::FORMERR);
}

#[test]
fn a_prerequisite_is_in_the_zone() {
    assert_eq!(rcode("need www.example.org. 0 ANY ANY"), Rcode::NOTZONE);
    assert_eq!(rcode("need . 0 NONE ANY"), Rcode::NOTZONE);
    assert_eq!(rcode("need ns.child 0 ANY A"), Rcode::NOERROR);
}

#[test]
fn a_prerequisite_of_class_any_or_none_has_no_data() {
    assert_eq!(rcode("need www 0 ANY A 192.0.2.80"), Rcode::FORMERR);
    assert_eq!(rcode("need nowhere 0 NONE A 192.0.2.80"), Rcode::FORMERR);
    assert_eq!(rcode("need www 0 CH TXT x"), Rcode::FORMERR);
}

#[test]
fn names_are_in_use_or_not() {
    assert_eq!(rcode("need www 0 ANY ANY"), Rcode::NOERROR);
    assert_eq!(rcode("need WWW 0 ANY ANY"), Rcode::NOERROR);
    assert_eq!(rcode("need nowhere 0 ANY ANY"), Rcode::NXDOMAIN);
    assert_eq!(rcode("need nowhere 0 NONE ANY"), Rcode::NOERROR);
    assert_eq!(rcode("need www 0 NONE ANY"), Rcode::YXDOMAIN);
    // An empty non-terminal owns nothing (2.4.4).
    assert_eq!(rcode("need ent 0 ANY ANY"), Rcode::NXDOMAIN);
    assert_eq!(rcode("need ent 0 NONE ANY"), Rcode::NOERROR);
}

#[test]
fn rrsets_exist_or_not() {
    assert_eq!(rcode("need www 0 ANY A"), Rcode::NOERROR);
    assert_eq!(rcode("need www 0 ANY AAAA"), Rcode::NXRRSET);
    assert_eq!(rcode("need nowhere 0 ANY A"), Rcode::NXRRSET);
    assert_eq!(rcode("need www 0 NONE AAAA"), Rcode::NOERROR);
    assert_eq!(rcode("need www 0 NONE A"), Rcode::YXRRSET);
    assert_eq!(rcode("need www 0 ANY RRSIG"), Rcode::NXRRSET);
}

#[test]
fn rrsets_have_exactly_the_records_that_stand_there() {
    let both = "need www 0 IN A 192.0.2.81\nneed www 0 IN A 192.0.2.80";
    assert_eq!(rcode(both), Rcode::NOERROR);
    assert_eq!(rcode("need www 0 IN A 192.0.2.80"), Rcode::NXRRSET);
    let three = format!("{both}\nneed www 0 IN A 192.0.2.82");
    assert_eq!(rcode(&three), Rcode::NXRRSET);
    let twice = format!("{both}\nneed www 0 IN A 192.0.2.80");
    assert_eq!(rcode(&twice), Rcode::NOERROR);
    let same_twice = "need www 0 IN A 192.0.2.80\nneed www 0 IN A 192.0.2.80";
    assert_eq!(rcode(same_twice), Rcode::NXRRSET);
    // Several RRsets, in any order; names in data without their case.
    let mixed = "need www 0 IN A 192.0.2.81\nneed @ 0 IN NS NS2\nneed www 0 IN TXT hello\n\
                 need WWW 0 IN A 192.0.2.80\nneed @ 0 IN NS ns1";
    assert_eq!(rcode(mixed), Rcode::NOERROR);
    assert_eq!(rcode("need www 0 IN TXT Hello"), Rcode::NXRRSET);
    assert_eq!(rcode("need www 0 IN AAAA ::1"), Rcode::NXRRSET);
}

#[test]
fn the_first_prerequisite_that_does_not_hold_is_told() {
    assert_eq!(
        rcode("need nowhere 0 ANY ANY\nneed www 0 NONE A"),
        Rcode::NXDOMAIN
    );
    assert_eq!(
        rcode("need www 0 NONE A\nneed nowhere 0 ANY ANY"),
        Rcode::YXRRSET
    );
    // RRsets with their records come last (3.2.5).
    assert_eq!(
        rcode("need www 0 IN A 192.0.2.80\nneed www 0 NONE ANY"),
        Rcode::YXDOMAIN
    );
}

#[test]
fn without_its_prerequisites_nothing_of_an_update_is_done() {
    let (rcode, records) = after("need nowhere 0 ANY ANY\ndo www 0 ANY ANY", "www");
    assert_eq!((rcode, records.len()), (Rcode::NXDOMAIN, 3));
}

// 3.4.1: the form of the update section.

#[test]
fn an_update_is_in_the_zone() {
    assert_eq!(
        rcode("do www.example.org. 300 IN A 192.0.2.1"),
        Rcode::NOTZONE
    );
    assert_eq!(rcode("do . 0 ANY ANY"), Rcode::NOTZONE);
}

#[test]
fn an_update_has_the_class_that_it_must_have() {
    assert_eq!(rcode("do www 300 CH TXT x"), Rcode::FORMERR);
}

#[test]
fn meta_types_are_no_records() {
    for rtype in ["AXFR", "IXFR", "MAILA", "MAILB", "TKEY", "TYPE129", "TYPE0"] {
        for class in ["ANY", "NONE", "IN"] {
            let line = format!("do www 0 {class} {rtype}");
            assert_eq!(rcode(&line), Rcode::FORMERR, "{line}");
        }
    }
    assert_eq!(rcode("do www 0 IN ANY"), Rcode::FORMERR);
    assert_eq!(rcode("do www 0 NONE ANY"), Rcode::FORMERR);
}

#[test]
fn what_is_deleted_has_no_ttl() {
    assert_eq!(rcode("do www 1 ANY ANY"), Rcode::FORMERR);
    assert_eq!(rcode("do www 1 ANY A"), Rcode::FORMERR);
    assert_eq!(rcode("do www 1 NONE A 192.0.2.80"), Rcode::FORMERR);
}

#[test]
fn whole_rrsets_are_deleted_without_data() {
    assert_eq!(rcode("do www 0 ANY A 192.0.2.80"), Rcode::FORMERR);
    assert_eq!(rcode("do www 0 ANY ANY \\# 1 00"), Rcode::FORMERR);
}

#[test]
fn data_is_that_of_its_type() {
    assert_eq!(rcode("do www 300 IN A"), Rcode::FORMERR);
    let mut octets = message("do www 300 IN A 192.0.2.1");
    let end = octets.len();
    // One octet less of data, and its length told so.
    octets.truncate(end - 1);
    octets[end - 5] = 3;
    assert_eq!(Primary::new(TEXT).update(&octets), Rcode::FORMERR);
}

#[test]
fn nothing_is_done_of_an_update_with_one_fault() {
    let (rcode, records) = after("do www 0 ANY ANY\ndo www 0 ANY AXFR", "www");
    assert_eq!((rcode, records.len()), (Rcode::FORMERR, 3));
}

#[test]
fn names_in_a_message_may_be_compressed() {
    let mut octets = message("do www 300 IN MX 5 mail.example.");
    // `mail.example.` to `mail` and a pointer to the zone's name, which stands at 12.
    let end = octets.len();
    octets.truncate(end - 9);
    octets.extend([0xc0, 12]);
    let length = end - 14 - 2 - 2;
    octets[length..length + 2].copy_from_slice(&[0, 2 + 5 + 2]);
    let mut primary = Primary::new(TEXT);
    assert_eq!(primary.update(&octets), Rcode::NOERROR);
    let records = primary.at(&name("www.example.").as_name());
    assert!(
        records.contains(&"300 MX 5 mail.example.".into()),
        "{records:?}"
    );
}

// 3.4.2.2: adding.

#[test]
fn records_are_added() {
    assert_eq!(left("do new 60 IN A 192.0.2.7", "new"), ["60 A 192.0.2.7"]);
    assert_eq!(
        left(
            "do new 60 IN A 192.0.2.7\ndo new 60 IN TYPE65500 \\# 2 CAFE",
            "new"
        ),
        ["60 A 192.0.2.7", "60 TYPE65500 \\# 2 CAFE"]
    );
    // Below a cut it is glue.
    assert_eq!(
        left("do x.child 60 IN A 192.0.2.7", "x.child"),
        ["60 A 192.0.2.7"]
    );
    // A TTL with the highest bit set is none (RFC 2181 8).
    assert_eq!(
        left("do new 4294967295 IN A 192.0.2.7", "new"),
        ["0 A 192.0.2.7"]
    );
}

#[test]
fn what_is_there_already_changes_nothing() {
    assert_eq!(outcome("do www 300 IN A 192.0.2.80"), Outcome::Unchanged);
    assert_eq!(outcome("do @ 300 IN NS NS1"), Outcome::Unchanged);
    assert_eq!(
        outcome("do www 0 ANY A\ndo www 300 IN A 192.0.2.81\ndo www 300 IN A 192.0.2.80"),
        Outcome::Unchanged
    );
    assert_eq!(
        outcome("do new 300 IN A 192.0.2.1\ndo new 0 ANY ANY"),
        Outcome::Unchanged
    );
    assert_eq!(
        outcome("do www 60 IN A 192.0.2.80\ndo www 300 IN A 192.0.2.80"),
        Outcome::Unchanged
    );
}

#[test]
fn an_rrset_has_one_ttl() {
    // RFC 2181 5.2, and the RRset takes that of the last record.
    assert_eq!(
        left("do www 60 IN A 192.0.2.80", "www"),
        ["60 A 192.0.2.80", "60 A 192.0.2.81", "300 TXT \"hello\""]
    );
    assert_eq!(
        left("do www 60 IN A 192.0.2.9\ndo www 90 IN A 192.0.2.8", "www"),
        [
            "90 A 192.0.2.8",
            "90 A 192.0.2.9",
            "90 A 192.0.2.80",
            "90 A 192.0.2.81",
            "300 TXT \"hello\""
        ]
    );
}

#[test]
fn a_cname_record_is_alone() {
    assert_eq!(left("do www 300 IN CNAME alias", "www").len(), 3);
    assert_eq!(
        left("do alias 300 IN A 192.0.2.1", "alias"),
        ["300 CNAME www.example."]
    );
    assert_eq!(
        left("do away 300 IN CNAME www", "away"),
        ["300 DNAME example.org."]
    );
    assert_eq!(
        left("do alias 300 IN DNAME x", "alias"),
        ["300 CNAME www.example."]
    );
    // RFC 3007 3.2.
    assert_eq!(left("do alias 300 IN KEY 512 3 15 AAAA", "alias").len(), 2);
    // What an update itself does counts.
    assert_eq!(
        left("do www 0 ANY ANY\ndo www 5 IN CNAME ns1", "www"),
        ["5 CNAME ns1.example."]
    );
    assert_eq!(
        left("do x 5 IN CNAME ns1\ndo x 5 IN A 192.0.2.1", "x"),
        ["5 CNAME ns1.example."]
    );
    assert_eq!(
        left("do x 5 IN A 192.0.2.1\ndo x 5 IN CNAME ns1", "x"),
        ["5 A 192.0.2.1"]
    );
}

#[test]
fn cname_dname_and_wks_records_are_replaced() {
    assert_eq!(
        left("do alias 60 IN CNAME ns1", "alias"),
        ["60 CNAME ns1.example."]
    );
    assert_eq!(
        left("do away 60 IN DNAME example.net.", "away"),
        ["60 DNAME example.net."]
    );
    assert_eq!(
        left("do services 300 IN WKS 192.0.2.9 6 443", "services"),
        ["300 WKS 192.0.2.9 6 443"]
    );
    let other = left("do services 300 IN WKS 192.0.2.9 17 53", "services");
    assert_eq!(other.len(), 2);
}

#[test]
fn an_soa_record_is_taken_if_it_is_newer() {
    let soa = |serial: u32| format!("do @ 300 IN SOA ns9 admin {serial} 1 1 1 1");
    let with = |serial: u32| left(&soa(serial), "@").concat();
    assert!(with(11).contains("ns9.example. admin.example. 11 "));
    assert!(with(10 + 0x7fff_ffff).contains(" 2147483657 "));
    for old in [9, 10, 10 + 0x8000_0000, 0xffff_fff0] {
        assert!(
            with(old).contains("ns1.example. admin.example. 10 "),
            "{old}"
        );
    }
    // Not elsewhere, and not beside another change's own step.
    assert_eq!(left(&soa(11).replace('@', "www"), "www").len(), 3);
    assert_eq!(
        outcome(&format!("{}\ndo new 1 IN A 192.0.2.1", soa(20))),
        Outcome::Changed(Serial(20))
    );
    assert_eq!(
        outcome(&format!("{}\ndo new 1 IN A 192.0.2.1", soa(5))),
        Outcome::Changed(Serial(11))
    );
    assert_eq!(
        outcome(&format!("{}\n{}", soa(20), soa(15))),
        Outcome::Changed(Serial(20))
    );
    assert_eq!(
        outcome(&format!("{}\n{}", soa(15), soa(20))),
        Outcome::Changed(Serial(20))
    );
}

// 3.4.2.3 and 3.4.2.4: deleting.

#[test]
fn all_rrsets_of_a_name_go() {
    assert!(left("do www 0 ANY ANY", "www").is_empty());
    assert_eq!(outcome("do nowhere 0 ANY ANY"), Outcome::Unchanged);
    assert!(
        left(
            "do new 1 IN A 192.0.2.1\ndo new 1 IN TXT x\ndo new 0 ANY ANY",
            "new"
        )
        .is_empty()
    );
    // But not what makes the apex the top of a zone.
    let apex = left("do @ 0 ANY ANY", "@");
    assert_eq!(apex.len(), 3, "{apex:?}");
}

#[test]
fn an_rrset_goes() {
    assert_eq!(left("do www 0 ANY A", "www"), ["300 TXT \"hello\""]);
    assert_eq!(outcome("do www 0 ANY AAAA"), Outcome::Unchanged);
    assert_eq!(left("do @ 0 ANY MX", "@").len(), 3);
    // Neither SOA nor NS of the zone.
    assert_eq!(outcome("do @ 0 ANY SOA\ndo @ 0 ANY NS"), Outcome::Unchanged);
    assert!(left("do child 0 ANY NS", "child").is_empty());
}

#[test]
fn a_record_goes() {
    assert_eq!(
        left("do www 0 NONE A 192.0.2.80", "www"),
        ["300 A 192.0.2.81", "300 TXT \"hello\""]
    );
    assert_eq!(outcome("do www 0 NONE A 192.0.2.99"), Outcome::Unchanged);
    assert_eq!(
        outcome("do nowhere 0 NONE A 192.0.2.99"),
        Outcome::Unchanged
    );
    assert_eq!(
        left(
            "do www 0 NONE A 192.0.2.80\ndo www 0 NONE A 192.0.2.81",
            "www"
        )
        .len(),
        1
    );
    assert!(left("do child 0 NONE NS NS.Child", "child").is_empty());
    assert_eq!(
        outcome("do @ 0 NONE SOA ns1 admin 10 3600 900 604800 60"),
        Outcome::Unchanged
    );
}

#[test]
fn the_last_ns_record_of_a_zone_stays() {
    let apex = left("do @ 0 NONE NS ns1\ndo @ 0 NONE NS ns2", "@").concat();
    assert!(!apex.contains("NS ns1") && apex.contains("NS ns2"));
    let moved = "do @ 0 NONE NS ns1\ndo @ 300 IN NS ns3\ndo @ 0 NONE NS ns2\ndo @ 0 NONE NS ns3";
    let apex = left(moved, "@").concat();
    assert!(
        apex.contains("NS ns3") && !apex.contains("NS ns2"),
        "{apex}"
    );
}

#[test]
fn what_the_signer_makes_is_not_updated() {
    let lines = [
        "do www 0 ANY NSEC",
        "do www 0 ANY NSEC3",
        "do @ 0 ANY NSEC3PARAM",
        "do www 0 ANY RRSIG",
        "do www 300 IN NSEC ns1 A",
        "do @ 300 IN NSEC3PARAM 1 0 0 -",
    ];
    for line in lines {
        assert_eq!(rcode(line), Rcode::REFUSED, "{line}");
    }
    // Keys go when they are named, and not with the rest.
    let mut primary = Primary::new(&format!("{TEXT}@ DNSKEY 257 3 15 AAAA\n"));
    let apex = name(ZONE);
    assert_eq!(primary.update(&message("do @ 0 ANY ANY")), Rcode::NOERROR);
    assert_eq!(primary.at(&apex.as_name()).len(), 4);
    assert_eq!(
        primary.update(&message("do @ 0 ANY DNSKEY")),
        Rcode::NOERROR
    );
    assert_eq!(primary.at(&apex.as_name()).len(), 3);
}

// 3.6: the serial.

#[test]
fn a_change_has_a_new_serial() {
    assert_eq!(
        outcome("do new 1 IN A 192.0.2.1"),
        Outcome::Changed(Serial(11))
    );
    assert_eq!(outcome("need www 0 ANY ANY"), Outcome::Unchanged);
    assert_eq!(outcome(""), Outcome::Unchanged);
}

// 3.3: who may.

#[test]
fn without_a_grant_nothing_is_told() {
    let mut primary = Primary::new(TEXT);
    let ask = message("need nowhere 0 ANY ANY");
    assert_eq!(primary.update_as(&ask, &[]), Rcode::REFUSED);
    let alice = name("alice.");
    let for_alice = Grant::to(Who::Tsig(alice.as_name()));
    assert_eq!(primary.update_as(&ask, &[for_alice]), Rcode::REFUSED);
    // With a grant for other names, too.
    let www = name("www.example.");
    let for_www = Grant {
        scope: Scope::Name(www.as_name()),
        ..Grant::to(Who::Anyone)
    };
    let other = message("need nowhere 0 ANY ANY\ndo x 1 IN A 192.0.2.1");
    assert_eq!(primary.update_as(&other, &[for_www]), Rcode::REFUSED);
    assert_eq!(primary.update_as(&ask, &[for_www]), Rcode::NXDOMAIN);
}

#[test]
fn actions_are_told_apart_by_what_the_zone_holds() {
    let granted = |actions: Actions, lines: &str| {
        let grant = Grant {
            actions,
            ..Grant::to(Who::Anyone)
        };
        Primary::new(TEXT).update_as(&message(lines), &[grant]) == Rcode::NOERROR
    };
    let (create, change, delete) = (Actions::CREATE, Actions::CHANGE, Actions::DELETE);
    let of = |lines: &str| [create, change, delete].map(|actions| granted(actions, lines));
    assert_eq!(of("do new 1 IN A 192.0.2.1"), [true, false, false]);
    assert_eq!(of("do www 300 IN AAAA ::1"), [true, false, false]);
    assert_eq!(of("do www 300 IN A 192.0.2.1"), [false, true, false]);
    assert_eq!(of("do www 60 IN A 192.0.2.80"), [false, true, false]);
    assert_eq!(of("do www 0 NONE A 192.0.2.80"), [false, true, false]);
    assert_eq!(of("do www 0 NONE TXT hello"), [false, false, true]);
    assert_eq!(of("do www 0 ANY A"), [false, false, true]);
    assert_eq!(of("do www 0 ANY ANY"), [false, false, true]);
}

#[test]
fn all_rrsets_of_a_name_go_only_if_each_may() {
    let types = [TypeLimit {
        rtype: Type::A,
        most: None,
    }];
    let grant = Grant {
        types: &types,
        ..Grant::to(Who::Anyone)
    };
    let mut primary = Primary::new(TEXT);
    let all = message("do www 0 ANY ANY");
    assert_eq!(primary.update_as(&all, &[grant]), Rcode::REFUSED);
    assert_eq!(primary.at(&name("www.example.").as_name()).len(), 3);
    assert_eq!(
        primary.update_as(&message("do ns1 0 ANY ANY"), &[grant]),
        Rcode::NOERROR
    );
}

#[test]
fn limits_count_what_an_rrset_has_in_the_end() {
    let types = [TypeLimit {
        rtype: Type::A,
        most: Some(2),
    }];
    let grant = Grant {
        types: &types,
        ..Grant::to(Who::Anyone)
    };
    let update = |lines: &str| Primary::new(TEXT).try_update(&message(lines), &[grant]);
    let refused = UpdateError::Refused(Refusal::TooManyRecords(Type::A));
    assert_eq!(update("do www 300 IN A 192.0.2.1"), Err(refused));
    let moved = "do www 300 IN A 192.0.2.1\ndo www 0 NONE A 192.0.2.80";
    assert!(update(moved).is_ok());
    let three = "do x 1 IN A 192.0.2.1\ndo x 1 IN A 192.0.2.2\ndo x 1 IN A 192.0.2.3";
    assert_eq!(update(three), Err(refused));
}

#[test]
fn a_key_has_its_own_name() {
    let own = name("www.example.");
    let mut primary = Primary::new(TEXT);
    let own: &'static _ = Box::leak(Box::new(own));
    primary.requester = Requester {
        identity: Some(Identity::Sig0(own.as_name())),
        ..primary.requester
    };
    let grants = [Grant {
        scope: Scope::SelfSubtree,
        ..Grant::to(Who::AnyKey)
    }];
    assert_eq!(
        primary.update_as(&message("do www 1 IN AAAA ::1"), &grants),
        Rcode::NOERROR
    );
    assert_eq!(
        primary.update_as(&message("do x.www 1 IN AAAA ::1"), &grants),
        Rcode::NOERROR
    );
    assert_eq!(
        primary.update_as(&message("do x 1 IN AAAA ::1"), &grants),
        Rcode::REFUSED
    );
}

// RFC 9664.

#[test]
fn a_lease_is_read() {
    let mut octets = message("do new 1 IN A 192.0.2.1");
    octets[11] = 1;
    octets.extend(b"\0\0\x29\x04\xd0\0\0\0\0\0\x0c\0\x02\0\x08\0\0\x0e\x10\0\x09\x3a\x80");
    let message = Message::from_bytes(&octets).unwrap();
    let update = Update::read(&message).unwrap();
    let lease = options::UpdateLease {
        lease: 3600,
        key_lease: Some(604_800),
    };
    assert_eq!(update.lease(), Some(lease));
    assert_eq!(update.zone(), Primary::new(TEXT).zone.apex());
}
