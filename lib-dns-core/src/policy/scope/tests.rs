use super::*;
use proptest::prelude::*;
use std::string::{String, ToString};
use std::vec::Vec;

/// Names that live as long as the tests: there are few.
fn name(text: &str) -> Name<'static> {
    let owned = std::boxed::Box::new(NameBuf::from_text(text).unwrap());
    std::boxed::Box::leak(owned).as_name()
}

/// The spec's patterns.
fn scopes(internet: InternetAccess) -> Scopes<'static> {
    let pattern = |suffix, class| ScopePattern {
        suffix: name(suffix),
        class,
    };
    let patterns = std::vec![
        pattern("sovereign.", ZoneClass::Federated),
        pattern("fed.sovereign.", ZoneClass::Federated),
        pattern("local.sovereign.", ZoneClass::Local),
        pattern("venue.sovereign.", ZoneClass::Local),
        pattern("bridge.sovereign.", ZoneClass::External),
        pattern("clearnet.sovereign.", ZoneClass::External),
    ];
    Scopes {
        mesh_names: Vec::leak(std::vec![name("sovereign."), name("sov.")]),
        patterns: Vec::leak(patterns),
        federations: &[],
        internet,
    }
}

fn mesh() -> Scopes<'static> {
    scopes(InternetAccess::Available)
}

fn trusted(zones: &'static [Name<'static>]) -> Federation<'static> {
    Federation {
        mesh: name("meshb.sovereign."),
        is_mutual: true,
        zones,
    }
}

fn all() -> &'static [Name<'static>] {
    Vec::leak(std::vec![name("sovereign.")])
}

fn declared(apex: &str, text: &str) -> Option<Declared<'static>> {
    Some(Declared {
        apex: name(apex),
        class: ZoneClass::from_txt([text.as_bytes()]),
    })
}

fn refusal(asked: &str, layer: Layer<'_>) -> Option<Refusal> {
    mesh().permit(name(asked), None, layer).err()
}

#[test]
fn rule_16_1_a_does_not_leave_the_partition() {
    for asked in [
        "door.venue.sovereign.",
        "venue.sovereign.",
        "A.Local.Sovereign.",
    ] {
        assert_eq!(mesh().class(name(asked), None), Some(ZoneClass::Local));
        assert_eq!(refusal(asked, Layer::Mesh), None);
        assert_eq!(refusal(asked, Layer::Dht), None);
        let federation = Layer::Federation(trusted(all()));
        assert_eq!(refusal(asked, federation), Some(Refusal::LocalOnly));
        assert_eq!(refusal(asked, Layer::Internet), Some(Refusal::LocalOnly));
    }
    assert!(ZoneClass::Local.negative_holds_in_partition());
    assert!(!ZoneClass::Federated.negative_holds_in_partition());
    assert!(!ZoneClass::External.negative_holds_in_partition());
}

#[test]
fn rule_16_1_a_is_not_answered_to_other_meshes() {
    let asker = Asker::Federation {
        federation: trusted(all()),
        is_signed: true,
    };
    let admit = |asked| mesh().admit(name(asked), None, asker);
    assert_eq!(admit("door.venue.sovereign."), Err(Refusal::LocalOnly));
    assert_eq!(
        admit("example.com.bridge.sovereign."),
        Err(Refusal::NotFederated)
    );
    assert_eq!(admit("example.com."), Err(Refusal::InternetName));
    assert_eq!(admit("alice.sovereign."), Ok(()));
    let door = name("door.venue.sovereign.");
    assert_eq!(mesh().admit(door, None, Asker::Partition), Ok(()));
}

#[test]
fn rule_16_1_b_asks_meshes_that_trust_each_other_and_verifies_again() {
    let alice = name("alice.sovereign.");
    let federation = trusted(all());
    let forwarding = mesh()
        .permit(alice, None, Layer::Federation(federation))
        .unwrap();
    assert_eq!(forwarding.question(), alice);
    assert!(forwarding.must_be_signed() && forwarding.must_be_verified());
    assert!(forwarding.is_of_the_mesh());
    assert_eq!(forwarding.marks(), ResolutionFlags::FEDERATED);

    let one_sided = Federation {
        is_mutual: false,
        ..federation
    };
    let asked = "alice.sovereign.";
    assert_eq!(
        refusal(asked, Layer::Federation(one_sided)),
        Some(Refusal::NoTrust)
    );
    let zones = Vec::leak(std::vec![name("fed.sovereign.")]);
    let federation = Layer::Federation(trusted(zones));
    assert_eq!(refusal(asked, federation), Some(Refusal::ZoneNotShared));
    assert_eq!(refusal("x.fed.sovereign.", federation), None);
}

#[test]
fn rule_16_2_unsigned_queries_across_meshes_are_rejected() {
    let asker = |is_signed| Asker::Federation {
        federation: trusted(all()),
        is_signed,
    };
    let alice = name("alice.sovereign.");
    assert_eq!(
        mesh().admit(alice, None, asker(false)),
        Err(Refusal::Unsigned)
    );
    assert_eq!(mesh().admit(alice, None, asker(true)), Ok(()));
}

#[test]
fn rule_16_1_c_asks_the_internet_for_what_stands_left_of_the_suffix() {
    let asked = name("www.Example.com.bridge.sovereign.");
    let forwarding = mesh().permit(asked, None, Layer::Internet).unwrap();
    assert_eq!(forwarding.question().to_string(), "www.Example.com.");
    assert_eq!(forwarding.asked(), asked);
    assert_eq!(
        refusal("bridge.sovereign.", Layer::Internet),
        Some(Refusal::NothingToAsk)
    );
}

#[test]
fn rule_16_1_c_results_are_marked_external_and_never_the_meshs_own() {
    let asked = name("example.com.clearnet.sovereign.");
    let forwarding = mesh().permit(asked, None, Layer::Internet).unwrap();
    assert_eq!(forwarding.marks(), ResolutionFlags::EXTERNAL);
    assert!(!forwarding.is_of_the_mesh());
    assert!(!forwarding.must_be_signed());
    let within = mesh().permit(asked, None, Layer::Mesh).unwrap();
    assert_eq!(within.marks(), ResolutionFlags::NONE);
    assert!(within.is_of_the_mesh());
}

#[test]
fn rule_16_1_c_fails_gracefully_without_the_internet() {
    let asked = name("example.com.bridge.sovereign.");
    for (internet, refused) in [
        (InternetAccess::Unavailable, Refusal::InternetUnavailable),
        (
            InternetAccess::NotConfigured,
            Refusal::InternetNotConfigured,
        ),
    ] {
        let scopes = scopes(internet);
        assert_eq!(
            scopes.permit(asked, None, Layer::Internet).unwrap_err(),
            refused
        );
        assert!(scopes.permit(asked, None, Layer::Mesh).is_ok());
    }
    assert_eq!(InternetAccess::default(), InternetAccess::NotConfigured);
}

#[test]
fn mesh_names_never_go_to_the_internet_whatever_the_scope_says() {
    let asked = [
        "alice.sovereign.",
        "sovereign.",
        "ALICE.SOV.",
        "alice.sovereign.bridge.sovereign.",
        "x.sov.clearnet.sovereign.",
    ];
    for asked in asked {
        let refused = refusal(asked, Layer::Internet);
        assert!(
            matches!(refused, Some(Refusal::MeshName | Refusal::LocalOnly)),
            "{asked}"
        );
    }
    // A zone that calls itself a bridge still asks for nothing but what stands left of it.
    let bridge = declared("sovereign.", "class=external");
    let permit = |asked| mesh().permit(name(asked), bridge, Layer::Internet);
    assert_eq!(
        permit("alice.sov.sovereign.").unwrap_err(),
        Refusal::MeshName
    );
    assert_eq!(
        permit("example.com.sovereign.").unwrap().question(),
        name("example.com.")
    );
}

#[test]
fn special_use_names_never_go_to_the_internet() {
    for asked in [
        "printer.local.",
        "LOCALHOST.",
        "x.home.arpa.",
        "facebook.onion.",
        "a.internal.",
        "sovereign.alt.",
        "x.test.bridge.sovereign.",
        "y.invalid.",
    ] {
        assert_eq!(
            refusal(asked, Layer::Internet),
            Some(Refusal::SpecialUse),
            "{asked}"
        );
    }
    for asked in [
        "example.com.",
        "arpa.",
        "home.example.",
        "1.in-addr.arpa.",
        "local.example.",
    ] {
        assert_eq!(refusal(asked, Layer::Internet), None, "{asked}");
    }
}

#[test]
fn plain_internet_names_go_to_the_internet_alone() {
    let asked = "example.com.";
    assert_eq!(mesh().class(name(asked), None), None);
    assert_eq!(refusal(asked, Layer::Mesh), Some(Refusal::InternetName));
    assert_eq!(refusal(asked, Layer::Dht), Some(Refusal::InternetName));
    let federation = Layer::Federation(trusted(all()));
    assert_eq!(refusal(asked, federation), Some(Refusal::InternetName));
    let forwarding = mesh().permit(name(asked), None, Layer::Internet).unwrap();
    assert_eq!(forwarding.question(), name(asked));
    assert_eq!(forwarding.marks(), ResolutionFlags::EXTERNAL);
}

#[test]
fn scope_decides_before_patterns() {
    let class = |asked, declared| mesh().class(name(asked), declared);
    let zone = declared("club.venue.sovereign.", "class=federated");
    assert_eq!(
        class("a.club.venue.sovereign.", zone),
        Some(ZoneClass::Federated)
    );
    // Of another zone it says nothing.
    assert_eq!(
        class("a.pub.venue.sovereign.", zone),
        Some(ZoneClass::Local)
    );
    let home = declared("home.arpa.", "class=local");
    let forwarding = mesh().permit(name("nas.home.arpa."), home, Layer::Mesh);
    assert!(forwarding.is_ok());
}

#[test]
fn scope_missing_or_malformed_is_the_most_restrictive() {
    for text in [
        "",
        "class=",
        "class=fed",
        "klass=federated",
        "class",
        "federated",
    ] {
        assert_eq!(
            ZoneClass::from_txt([text.as_bytes()]),
            ZoneClass::Local,
            "{text}"
        );
    }
    let read = |strings: &[&'static str]| {
        ZoneClass::from_txt(strings.iter().map(|string| string.as_bytes()))
    };
    assert_eq!(read(&[]), ZoneClass::Local);
    assert_eq!(read(&["CLASS=External"]), ZoneClass::External);
    assert_eq!(read(&["note=x", "class=federated"]), ZoneClass::Federated);
    assert_eq!(
        read(&["class=external", "class=federated"]),
        ZoneClass::Federated
    );
    assert_eq!(read(&["class=external", "class=?"]), ZoneClass::Local);
    // Without patterns a name of the mesh is local.
    let bare = Scopes {
        patterns: &[],
        ..mesh()
    };
    assert_eq!(
        bare.class(name("alice.sovereign."), None),
        Some(ZoneClass::Local)
    );
}

#[test]
fn the_longest_suffix_wins_and_of_equal_ones_the_most_restrictive() {
    let patterns = Vec::leak(std::vec![
        ScopePattern {
            suffix: name("x.sovereign."),
            class: ZoneClass::External
        },
        ScopePattern {
            suffix: name("x.sovereign."),
            class: ZoneClass::Federated
        },
        ScopePattern {
            suffix: name("sovereign."),
            class: ZoneClass::Local
        },
    ]);
    let scopes = Scopes { patterns, ..mesh() };
    assert_eq!(
        scopes.class(name("a.x.sovereign."), None),
        Some(ZoneClass::Federated)
    );
    assert_eq!(
        scopes.class(name("ax.sovereign."), None),
        Some(ZoneClass::Local)
    );
}

#[test]
fn refusals_say_what_they_are_about() {
    assert!(
        Refusal::LocalOnly
            .to_string()
            .starts_with("scope: class=local")
    );
    assert_eq!(ZoneClass::External.to_string(), "external");
}

fn names() -> impl Strategy<Value = Name<'static>> {
    let label = prop::sample::select(std::vec![
        "sovereign",
        "sov",
        "venue",
        "bridge",
        "local",
        "com",
        "example",
        "alt",
        "home",
        "arpa"
    ]);
    prop::collection::vec(label, 1..6).prop_map(|labels| {
        let text: String = labels.iter().flat_map(|label| [label, "."]).collect();
        name(&text)
    })
}

proptest! {
    /// A class A question never leaves, and no question that reaches the Internet is of the mesh.
    #[test]
    fn a_class_a_question_never_leaves(
        asked in names(),
        apex in names(),
        class in prop::option::of(0..3usize),
    ) {
        let classes = [ZoneClass::Local, ZoneClass::Federated, ZoneClass::External];
        let declared = class.map(|class| Declared { apex, class: classes[class] });
        let scopes = mesh();
        let class = scopes.class(asked, declared);
        for layer in [Layer::Internet, Layer::Federation(trusted(all()))] {
            let Ok(forwarding) = scopes.permit(asked, declared, layer) else { continue };
            prop_assert_ne!(class, Some(ZoneClass::Local));
            prop_assert!(!forwarding.marks().is_empty());
            if layer == Layer::Internet {
                let question = forwarding.question();
                prop_assert!(!scopes.is_mesh_name(&question));
                prop_assert!(!is_special_use(&question));
                prop_assert!(!question.is_root());
            }
        }
    }
}
