use super::*;
use crate::zone::RrSet;

#[test]
fn aliases_are_followed_from_the_first_layer_and_bounded() {
    let target = name("bob.sovereign.");
    let alias = Reply::Alias {
        handle: 1,
        target,
        soft: NO_SOFT,
    };
    let once = run(&mut resolution(ALICE), |layer, _, asked| {
        Some(match (layer, *asked == target) {
            (Layer::Disk, false) => alias,
            (Layer::Memory, true) => Reply::Data {
                handle: 2,
                soft: NO_SOFT,
            },
            _ => MISS,
        })
    });
    assert_eq!(once.layers(), [Layer::Memory, Layer::Disk, Layer::Memory]);
    assert_eq!(once.handles(), [2]);
    let aliases: Vec<_> = once
        .outcome
        .unwrap()
        .aliases()
        .map(|served| served.handle)
        .collect();
    assert_eq!(aliases, [1]);
    // In a circle for ever.
    let ring = run(&mut resolution(ALICE), |_, _, _| Some(alias));
    assert_eq!(ring.asked.len(), MAX_ALIASES + 1);
    assert_eq!(ring.rcode(), Rcode::SERVFAIL);
    assert_eq!(
        ring.told,
        [(0, Fate::Unfollowed)],
        "the last is not followed"
    );
}

#[test]
fn an_alias_of_the_mesh_is_followed_once_all_authorities_were_heard() {
    let target = name("bob.sovereign.");
    let (old, new) = (
        contender(1, 7, Verdict::Valid),
        contender(1, 8, Verdict::Valid),
    );
    let other = contender(2, 8, Verdict::Valid);
    let [old, new, other]: [&'static Contender; 3] =
        [old, new, other].map(|contender| &*std::boxed::Box::leak(std::boxed::Box::new(contender)));
    let claim = |handle, contender, alias| Reply::Claim {
        handle,
        contender,
        alias,
        soft: NO_SOFT,
    };
    let run_with = |second| {
        run(&mut resolution(ALICE), move |layer, authority, asked| {
            Some(match (layer, authority, *asked == target) {
                (Layer::Mesh, 0, false) => claim(1, old, Some(target)),
                (Layer::Mesh, 1, false) => second,
                // One of several without a claim is not believed.
                (Layer::Mesh, 2, false) => Reply::Data {
                    handle: 9,
                    soft: NO_SOFT,
                },
                (Layer::Memory, 0, true) => Reply::Data {
                    handle: 3,
                    soft: NO_SOFT,
                },
                _ => MISS,
            })
        })
    };
    // The newer version is no alias any more.
    let newer = run_with(claim(2, new, None));
    assert_eq!(newer.handles(), [2]);
    assert_eq!(newer.told, [(0, Fate::Superseded(Rule::Serial))]);
    let alone = run_with(Reply::Nobody);
    assert_eq!(alone.handles(), [3]);
    assert_eq!(alone.outcome.unwrap().aliases().count(), 1);
    // In a dispute nobody's alias is followed.
    let disputed = run_with(claim(2, other, None));
    assert_eq!(disputed.handles(), [1, 2]);
    assert!(disputed.flags().contains(ResolutionFlags::CONTESTED));
}

/// An authority of the first name answers after another's alias was followed, to a question that is open at the same place
/// again.
#[test]
fn what_is_said_of_an_earlier_name_is_not_heard() {
    let (old, new) = (name("old.sovereign."), name("new.sovereign."));
    let mut machine = resolution("old.sovereign.");
    let scopes = scopes();
    let ask_mesh = |machine: &mut Resolution, of: &Name<'_>| {
        for _ in 0..10 {
            let Step::Ask(ask) = machine.poll(at(0), 0, &scopes) else {
                break;
            };
            assert_eq!(ask.name, *of);
            let id = ask.id;
            match id.layer {
                Layer::Mesh if id.authority == 2 => return id,
                Layer::Mesh => {}
                _ => assert!(machine.answered(id, MISS)),
            }
        }
        panic!("three authorities are asked");
    };
    let late = ask_mesh(&mut machine, &old);
    let claim = |handle, alias| Reply::Claim {
        handle,
        contender: leak(contender(1, 7, Verdict::Valid)),
        alias,
        soft: NO_SOFT,
    };
    let place = |authority| AskId::of_first_name(Layer::Mesh, authority);
    assert!(machine.answered(place(0), claim(0, Some(new))));
    assert!(machine.answered(place(1), MISS));
    // The alias is followed when the third is not waited for any longer.
    assert!(matches!(machine.poll(at(0), 0, &scopes), Step::Wait(_)));
    let Step::Ask(ask) = machine.poll(at(1_000), 0, &scopes) else {
        panic!("the next name");
    };
    assert_eq!((ask.name, ask.id.aliases), (new, 1));
    let id = ask.id;
    assert!(machine.answered(id, MISS));
    let again = ask_mesh(&mut machine, &new);
    assert_eq!((again.layer, again.authority), (late.layer, late.authority));
    assert!(!machine.answered(late, claim(9, None)), "of the old name");
    assert!(machine.answered(again, claim(1, None)));
}

/// Data as a set of records is packed: each behind its length.
fn packed(records: &[&[u8]]) -> Vec<u8> {
    let lengths = records.iter().map(|data| (data.len() as u16).to_be_bytes());
    let pairs = lengths.zip(records);
    pairs
        .flat_map(|(len, data)| [&len[..], data].concat())
        .collect()
}

fn leads(asked: &str, rtype: Type, owner: &str, of: Type, records: &[&[u8]]) -> Option<String> {
    let packed = packed(records);
    let rrset = RrSet::new(of, 300, &packed);
    let target = alias_of(&name(asked), rtype, &name(owner), &rrset).unwrap();
    target.map(|target| target.as_name().to_string())
}

#[test]
fn rfc_1034_cname_leads_all_but_those_who_ask_for_it() {
    let target: &[u8] = b"\x03bob\x09sovereign\0";
    let leads = |rtype, owner| leads(ALICE, rtype, owner, Type::CNAME, &[target]);
    assert_eq!(
        leads(Type::A, "ALICE.sovereign.").as_deref(),
        Some("bob.sovereign.")
    );
    assert_eq!(leads(Type::CNAME, ALICE), None);
    assert_eq!(leads(Type::A, "sovereign."), None, "somebody else's");
}

#[test]
fn rfc_6672_dname_leads_what_is_below_it() {
    let target: &[u8] = b"\x03new\0";
    let leads = |asked| leads(asked, Type::A, "old.sovereign.", Type::DNAME, &[target]);
    assert_eq!(leads("a.b.old.sovereign.").as_deref(), Some("a.b.new."));
    assert_eq!(leads("old.sovereign."), None, "not itself");
    assert_eq!(leads("a.sovereign."), None);
}

#[test]
fn rfc_6672_dname_does_not_make_names_too_long() {
    let label = [&[60u8][..], &[b'x'; 60]].concat();
    let target = [&label[..], &label, &label, &label, b"\0"].concat();
    let packed = packed(&[&target]);
    let rrset = RrSet::new(Type::DNAME, 300, &packed);
    let asked = name("a-label-of-some-octets.old.");
    assert_eq!(
        alias_of(&asked, Type::A, &name("old."), &rrset),
        Err(AliasTooLong)
    );
}

#[test]
fn rfc_9460_svcb_and_https_lead_in_alias_mode() {
    let (alias, other): (&[u8], &[u8]) = (b"\0\0\x03bob\0", b"\0\0\x03eve\0");
    let (service, nowhere): (&[u8], &[u8]) = (b"\0\x01\x03bob\0", b"\0\0\0");
    for rtype in [Type::SVCB, Type::HTTPS] {
        let leads = |asked_type, records: &[&[u8]]| leads(ALICE, asked_type, ALICE, rtype, records);
        assert_eq!(leads(rtype, &[alias]).as_deref(), Some("bob."));
        assert_eq!(
            leads(rtype, &[service, alias, other]).as_deref(),
            Some("bob.")
        );
        assert_eq!(leads(rtype, &[service]), None, "service mode");
        assert_eq!(leads(rtype, &[nowhere]), None, "there is no service");
        assert_eq!(
            leads(Type::A, &[alias]),
            None,
            "of addresses it says nothing"
        );
    }
}

/// Chains of each kind of alias, real records of which lead from name to name for ever.
#[test]
fn chains_of_every_kind_of_alias_end() {
    let below: &[u8] = b"\x01x\x05alice\x09sovereign\0";
    let mode: Vec<u8> = [b"\0\0", below].concat();
    for (of, rtype, owner, data) in [
        (Type::CNAME, Type::A, None, below),
        (Type::DNAME, Type::A, Some("sovereign."), below),
        (Type::SVCB, Type::SVCB, None, &mode),
        (Type::HTTPS, Type::HTTPS, None, &mode),
    ] {
        let packed = packed(&[data]);
        let rrset = RrSet::new(of, 300, &packed);
        let mut machine = Resolution::new(at(0), name(ALICE), rtype, ResolveSettings::default());
        let run = run(&mut machine, |_, _, asked| {
            let owner = owner.map_or_else(
                || *leak(NameBuf::copy_of(asked).unwrap()),
                |owner| NameBuf::copy_of(&name(owner)).unwrap(),
            );
            let target = alias_of(asked, rtype, &owner.as_name(), &rrset).unwrap()?;
            let target = leak(target).as_name();
            Some(Reply::Alias {
                handle: 1,
                target,
                soft: NO_SOFT,
            })
        });
        assert_eq!(run.rcode(), Rcode::SERVFAIL, "{of}");
        assert_eq!(run.asked.len(), MAX_ALIASES + 1, "{of}");
    }
}
