//! Who may change what (RFC 2136 3.3, RFC 3007).

use crate::name::Name;
use crate::rr_data::Type;
use core::net::IpAddr;

/// One line of a zone's policy. The first that fits decides; where none does, the answer is no.
///
/// ```
/// use lib_dns_core::name::NameBuf;
/// use lib_dns_core::rr_data::Type;
/// use lib_dns_core::transfer::update::{Actions, Grant, Identity, Requester, Scope, TypeLimit, Who};
/// let zone = NameBuf::from_text("sovereign.")?;
/// let alice = NameBuf::from_text("alice.sovereign.")?;
/// let bob = NameBuf::from_text("bob.sovereign.")?;
/// // Everyone with a key may keep up to four addresses at the name of the key.
/// let types = [TypeLimit { rtype: Type::A, most: Some(4) }];
/// let grants = [Grant { scope: Scope::SelfName, types: &types, ..Grant::to(Who::AnyKey) }];
/// let requester = Requester {
///     identity: Some(Identity::Tsig(alice.as_name())),
///     address: "192.0.2.1".parse()?,
/// };
/// let find = |name: &NameBuf, rtype| {
///     requester.find_grant(&grants, &zone.as_name(), &name.as_name(), rtype, Actions::CREATE)
/// };
/// assert_eq!(find(&alice, Type::A), Some(Some(4)));
/// assert_eq!(find(&alice, Type::TXT), None);
/// assert_eq!(find(&bob, Type::A), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Grant<'p> {
    /// Whom it is for.
    pub who: Who<'p>,
    /// From which networks; if there are none, from anywhere.
    pub from: &'p [AddressPrefix],
    /// Which names it is about.
    pub scope: Scope<'p>,
    /// Which types it is about. If there are none: all but SOA, NS and those of DNSSEC, as is usual.
    /// [`Type::ANY`] stands for all.
    pub types: &'p [TypeLimit],
    /// What may be done, or not.
    pub actions: Actions,
    /// Is it a refusal instead?
    pub deny: bool,
}

impl<'p> Grant<'p> {
    /// Lets somebody do everything with the usual types of a whole zone; fields that are not to be so are
    /// then replaced.
    pub const fn to(who: Who<'p>) -> Self {
        Self {
            who,
            from: &[],
            scope: Scope::Zone,
            types: &[],
            actions: Actions::ALL,
            deny: false,
        }
    }

    /// Is it for this requester, whatever it is about?
    fn is_for(&self, requester: &Requester<'_>) -> bool {
        let mut from = self.from.iter();
        let from_here = self.from.is_empty() || from.any(|net| net.contains(requester.address));
        from_here && self.who.is(requester)
    }

    /// The limit of the type, if the grant is about the type at all.
    fn limit(&self, rtype: Type) -> Option<Option<u16>> {
        if self.types.is_empty() {
            return is_usual(rtype).then_some(None);
        }
        let mut types = self.types.iter();
        let limit = types.find(|limit| limit.rtype == rtype || limit.rtype == Type::ANY);
        limit.map(|limit| limit.most)
    }
}

/// Is it a type that a grant without types is about? The others change what the zone is, or how it is signed.
fn is_usual(rtype: Type) -> bool {
    !matches!(
        rtype,
        Type::SOA
            | Type::NS
            | Type::RRSIG
            | Type::SIG
            | Type::NSEC
            | Type::NSEC3
            | Type::NSEC3PARAM
            | Type::DNSKEY
            | Type::CDNSKEY
            | Type::CDS
            | Type::ZONEMD
    )
}

/// A type, and how many records of it one name may have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TypeLimit {
    /// The type; [`Type::ANY`] for all.
    pub rtype: Type,
    /// The most records that an RRset may have after an update that adds to it; any number without it.
    pub most: Option<u16>,
}

/// Whom a grant is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Who<'p> {
    /// Everybody, also without a signature. To be used with networks only.
    Anyone,
    /// Whoever has signed the request.
    AnyKey,
    /// Whoever has signed the request with a TSIG key.
    AnyTsig,
    /// Who signs with the TSIG key of this name (RFC 8945); with a wildcard, of any name below.
    Tsig(Name<'p>),
    /// Who signs with the private key of this KEY record (RFC 2931); with a wildcard, of any name below.
    Sig0(Name<'p>),
}

impl Who<'_> {
    fn is(&self, requester: &Requester<'_>) -> bool {
        match (self, &requester.identity) {
            (Self::Anyone, _)
            | (Self::AnyKey, Some(_))
            | (Self::AnyTsig, Some(Identity::Tsig(_))) => true,
            (Self::Tsig(name), Some(Identity::Tsig(key)))
            | (Self::Sig0(name), Some(Identity::Sig0(key))) => fits(name, key),
            _ => false,
        }
    }
}

/// Is `name` this name, or one below the wildcard that it is?
fn fits(pattern: &Name<'_>, name: &Name<'_>) -> bool {
    match pattern.parent() {
        Some(parent) if pattern.is_wildcard() => name.is_below(&parent),
        _ => name == pattern,
    }
}

/// Which names a grant is about. All must also be in the zone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope<'p> {
    /// All names of the zone (BIND: `zonesub`).
    Zone,
    /// This name (BIND: `name`).
    Name(Name<'p>),
    /// This name and all below it (BIND: `subdomain`).
    Subtree(Name<'p>),
    /// All names below the wildcard (BIND: `wildcard`).
    Wildcard(Name<'p>),
    /// The name of the requester's key (BIND: `self`).
    SelfName,
    /// The name of the requester's key and all below it (BIND: `selfsub`).
    SelfSubtree,
    /// All names below the name of the requester's key (BIND: `selfwild`).
    SelfBelow,
}

impl Scope<'_> {
    fn covers(&self, name: &Name<'_>, requester: &Requester<'_>) -> bool {
        let key = requester.identity.as_ref().map(Identity::name);
        match self {
            Self::Zone => true,
            Self::Name(own) => name == own,
            Self::Subtree(top) => name.is_at_or_below(top),
            Self::Wildcard(pattern) => fits(pattern, name),
            Self::SelfName => key.is_some_and(|key| *name == key),
            Self::SelfSubtree => key.is_some_and(|key| name.is_at_or_below(&key)),
            Self::SelfBelow => key.is_some_and(|key| name.is_below(&key)),
        }
    }
}

/// What may be done, as a set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Actions(u8);

impl Actions {
    /// Nothing.
    pub const NONE: Self = Self(0);
    /// To add records where the RRset has none.
    pub const CREATE: Self = Self(1);
    /// To add records to an RRset that has some, to replace its record, to change its TTL, and to delete
    /// records where some stay.
    pub const CHANGE: Self = Self(2);
    /// To delete all records of an RRset.
    pub const DELETE: Self = Self(4);
    /// All of it.
    pub const ALL: Self = Self(7);

    /// Both sets together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Do the sets have something in common?
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// Who asks for an update. The signature was verified before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Requester<'r> {
    /// The key that has signed the request, if one has.
    pub identity: Option<Identity<'r>>,
    /// Where the request comes from. Without a signature over UDP, that proves nothing.
    pub address: IpAddr,
}

/// The key that has signed a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Identity<'r> {
    /// A TSIG key, by its name (RFC 8945).
    Tsig(Name<'r>),
    /// A public key in a KEY record, by its owner (RFC 2931).
    Sig0(Name<'r>),
}

impl<'r> Identity<'r> {
    /// The name of the key.
    pub fn name(&self) -> Name<'r> {
        match self {
            Self::Tsig(name) | Self::Sig0(name) => *name,
        }
    }
}

impl Requester<'_> {
    /// May the requester do one of these actions with records of this name and type in the zone? If so, with
    /// the most records that the RRset may then have, if that is limited.
    pub fn find_grant(
        &self,
        grants: &[Grant<'_>],
        zone: &Name<'_>,
        name: &Name<'_>,
        rtype: Type,
        actions: Actions,
    ) -> Option<Option<u16>> {
        if !name.is_at_or_below(zone) {
            return None;
        }
        let found = grants.iter().find_map(|grant| {
            let limit = grant.limit(rtype)?;
            let fits = grant.actions.meets(actions)
                && grant.is_for(self)
                && grant.scope.covers(name, self);
            fits.then_some((grant.deny, limit))
        });
        match found {
            Some((false, limit)) => Some(limit),
            _ => None,
        }
    }

    /// Is there anything at all that the requester may do?
    pub fn has_grant(&self, grants: &[Grant<'_>]) -> bool {
        let mut own = grants.iter().filter(|grant| grant.is_for(self));
        own.any(|grant| !grant.deny)
    }
}

/// A network: the first `length` bits of an address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AddressPrefix {
    address: IpAddr,
    length: u8,
}

impl AddressPrefix {
    /// The network of an address and the number of its leading bits; `None` if the address has fewer, or
    /// others of its bits are set. IPv4 within IPv6 is IPv4.
    pub fn new(address: IpAddr, length: u8) -> Option<Self> {
        let canonical = address.to_canonical();
        let within = address.is_ipv6() && canonical.is_ipv4();
        let length = if within {
            length.checked_sub(96)?
        } else {
            length
        };
        let (bits, width) = bits(canonical);
        let fits = u32::from(length) <= width && bits & !mask(length) == 0;
        fits.then_some(Self {
            address: canonical,
            length,
        })
    }

    /// The first address of the network.
    pub fn address(&self) -> IpAddr {
        self.address
    }

    /// How many leading bits its addresses share.
    pub fn length(&self) -> u8 {
        self.length
    }

    /// Is the address in the network? IPv4 within IPv6 is IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.address.is_ipv4()
            && bits(address).0 & mask(self.length) == bits(self.address).0
    }
}

/// The bits of an address, from the highest bit on, and how many there are.
fn bits(address: IpAddr) -> (u128, u32) {
    match address {
        IpAddr::V4(address) => (u128::from(address.to_bits()) << 96, 32),
        IpAddr::V6(address) => (address.to_bits(), 128),
    }
}

/// As many ones as the length says, from the highest bit on.
fn mask(length: u8) -> u128 {
    let low = u128::MAX.checked_shr(u32::from(length)).unwrap_or(0);
    !low
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::NameBuf;

    fn name(text: &str) -> NameBuf {
        NameBuf::from_text(text).unwrap()
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn networks_hold_their_addresses_in_either_form() {
        let net = AddressPrefix::new(address("10.42.0.0"), 16).unwrap();
        assert!(net.contains(address("10.42.255.1")));
        assert!(net.contains(address("::ffff:10.42.0.9")));
        assert!(!net.contains(address("10.43.0.1")));
        assert!(!net.contains(address("0a2a::1")));
        assert_eq!(
            AddressPrefix::new(address("::ffff:10.42.0.0"), 112),
            Some(net)
        );
        let all = AddressPrefix::new(address("::"), 0).unwrap();
        assert!(all.contains(address("2001:db8::1")) && !all.contains(address("192.0.2.1")));
        let one = AddressPrefix::new(address("2001:db8::1"), 128).unwrap();
        assert!(one.contains(address("2001:db8::1")) && !one.contains(address("2001:db8::2")));
        assert_eq!(AddressPrefix::new(address("10.42.0.1"), 16), None);
        assert_eq!(AddressPrefix::new(address("10.42.0.0"), 33), None);
        assert_eq!(AddressPrefix::new(address("::ffff:10.42.0.0"), 90), None);
    }

    #[test]
    fn nobody_may_do_anything_without_a_grant() {
        let zone = name("example.");
        let key = name("key.example.");
        let requester = Requester {
            identity: Some(Identity::Tsig(key.as_name())),
            address: address("127.0.0.1"),
        };
        let zone = zone.as_name();
        assert!(!requester.has_grant(&[]));
        assert_eq!(
            requester.find_grant(&[], &zone, &zone, Type::A, Actions::ALL),
            None
        );
    }

    #[test]
    fn the_first_that_fits_decides() {
        let (zone, key, host) = (name("example."), name("k."), name("www.example."));
        let [zone, key, host] = [&zone, &key, &host].map(NameBuf::as_name);
        let deny = Grant {
            scope: Scope::Name(host),
            deny: true,
            ..Grant::to(Who::Tsig(key))
        };
        let allow = Grant::to(Who::AnyKey);
        let signed = |identity| Requester {
            identity: Some(identity),
            address: address("127.0.0.1"),
        };
        let ours = signed(Identity::Tsig(key));
        let may = |requester: &Requester<'_>, grants: &[Grant<'_>], name: &Name<'_>| {
            let found = requester.find_grant(grants, &zone, name, Type::A, Actions::CREATE);
            found.is_some()
        };
        assert!(!may(&ours, &[deny, allow], &host));
        assert!(may(&ours, &[deny, allow], &zone));
        assert!(may(&ours, &[allow, deny], &host));
        // A key of the same name, but of the other kind, is another key.
        assert!(may(&signed(Identity::Sig0(key)), &[deny, allow], &host));
        assert!(!may(&ours, &[Grant::to(Who::Sig0(key))], &host));
        // A refusal alone is no grant.
        assert!(!ours.has_grant(&[deny]) && ours.has_grant(&[deny, allow]));
        let elsewhere = name("example.org.");
        assert!(!may(&ours, &[allow], &elsewhere.as_name()));
    }

    #[test]
    fn scopes_cover_names() {
        let names = ["example.", "a.example.", "b.a.example.", "*.a.example."].map(name);
        let [apex, a, b, wildcard] = &names;
        let requester = Requester {
            identity: Some(Identity::Sig0(a.as_name())),
            address: address("::1"),
        };
        let covered =
            |scope: Scope<'_>| [apex, a, b].map(|name| scope.covers(&name.as_name(), &requester));
        assert_eq!(covered(Scope::Zone), [true; 3]);
        assert_eq!(covered(Scope::Name(a.as_name())), [false, true, false]);
        assert_eq!(covered(Scope::Subtree(a.as_name())), [false, true, true]);
        assert_eq!(
            covered(Scope::Wildcard(wildcard.as_name())),
            [false, false, true]
        );
        assert_eq!(covered(Scope::SelfName), [false, true, false]);
        assert_eq!(covered(Scope::SelfSubtree), [false, true, true]);
        assert_eq!(covered(Scope::SelfBelow), [false, false, true]);
        let unsigned = Requester {
            identity: None,
            ..requester
        };
        assert!(!Scope::SelfSubtree.covers(&a.as_name(), &unsigned));
    }

    #[test]
    fn types_and_actions_bound_a_grant() {
        let (zone, host) = (name("example."), name("www.example."));
        let [zone, host] = [zone.as_name(), host.as_name()];
        let requester = Requester {
            identity: None,
            address: address("10.0.0.1"),
        };
        let nets = [AddressPrefix::new(address("10.0.0.0"), 8).unwrap()];
        let usual = Grant {
            from: &nets,
            actions: Actions::CREATE.and(Actions::DELETE),
            ..Grant::to(Who::Anyone)
        };
        let find =
            |grant, rtype, actions| requester.find_grant(&[grant], &zone, &host, rtype, actions);
        assert_eq!(find(usual, Type::TXT, Actions::CREATE), Some(None));
        assert_eq!(find(usual, Type::TXT, Actions::CHANGE), None);
        assert_eq!(find(usual, Type::NS, Actions::CREATE), None);
        assert_eq!(find(usual, Type::DNSKEY, Actions::CREATE), None);
        let most = [TypeLimit {
            rtype: Type::ANY,
            most: Some(2),
        }];
        let all = Grant {
            types: &most,
            ..usual
        };
        assert_eq!(find(all, Type::NS, Actions::CREATE), Some(Some(2)));
        let elsewhere = Requester {
            address: address("11.0.0.1"),
            ..requester
        };
        assert!(!elsewhere.has_grant(&[usual]));
    }
}
