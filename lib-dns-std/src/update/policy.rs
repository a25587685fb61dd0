//! What a configuration says of updates, in the form of the core.

use crate::config;
use lib_dns_core::name::{Name, NameBuf};
use lib_dns_core::transfer::update::{Actions, AddressPrefix, Grant, Scope, TypeLimit, Who};
use lib_dns_core::zone::SerialPolicy;

/// Who may change what in one zone, and how its versions are numbered.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Policy {
    rows: Vec<Row>,
    public_keys: Vec<config::PublicKey>,
    serial: SerialPolicy,
}

/// A grant that owns its parts.
#[derive(Clone, PartialEq, Debug)]
struct Row {
    who: Owner,
    deny: bool,
    from: Vec<AddressPrefix>,
    scope: config::Scope,
    /// Where the scope starts.
    name: NameBuf,
    types: Vec<TypeLimit>,
    actions: Actions,
}

/// Whom a grant is for.
#[derive(Clone, PartialEq, Debug)]
enum Owner {
    Anyone,
    /// Whoever knows a TSIG key.
    AnyTsig,
    /// Of this TSIG key, or of those below a wildcard.
    Tsig(NameBuf),
    /// Of the private key of this name, or of those below a wildcard.
    Sig0(NameBuf),
}

impl Owner {
    fn of(grant: &config::Grant) -> Self {
        match (&grant.key, &grant.sig0) {
            (Some(key), _) => Self::Tsig(*key),
            (None, Some(name)) => Self::Sig0(*name),
            // Whoever has a KEY record in the zone is nobody with whom a secret is shared.
            (None, None) if grant.any_key => Self::AnyTsig,
            (None, None) => Self::Anyone,
        }
    }
}

impl Policy {
    /// The grants of a configuration, for the zone of this name.
    pub fn new(zone: &Name<'_>, grants: &[config::Grant], serial: SerialPolicy) -> Self {
        let rows = grants.iter().map(|grant| Row {
            who: Owner::of(grant),
            deny: grant.deny,
            from: grant
                .prefix
                .iter()
                .map(config::Prefix::as_address_prefix)
                .collect(),
            scope: grant.scope,
            name: grant.name.unwrap_or_else(|| NameBuf::from(*zone)),
            types: grant.types.clone(),
            actions: grant.may.iter().fold(Actions::NONE, |actions, action| {
                actions.and(match action {
                    config::Action::Create => Actions::CREATE,
                    config::Action::Update => Actions::CHANGE,
                    config::Action::Delete => Actions::DELETE,
                })
            }),
        });
        Self {
            rows: rows.collect(),
            public_keys: Vec::new(),
            serial,
        }
    }

    /// The same with KEY records of hosts that sign updates, besides those that stand in the zone.
    #[must_use]
    pub fn with_public_keys(self, public_keys: Vec<config::PublicKey>) -> Self {
        Self {
            public_keys,
            ..self
        }
    }

    /// Is there a grant for those who sign with a private key?
    pub(super) fn takes_sig0(&self) -> bool {
        let mut rows = self.rows.iter();
        rows.any(|row| matches!(row.who, Owner::Sig0(_)))
    }

    /// The data of the KEY records of a name that the configuration has.
    pub(super) fn public_keys<'k>(&'k self, name: Name<'k>) -> impl Iterator<Item = &'k [u8]> {
        let own = self.public_keys.iter();
        let own = own.filter(move |key| key.owner.as_name() == name);
        own.map(|key| &key.data[..])
    }

    /// Which serial a version gets that brings none.
    pub fn serial(&self) -> SerialPolicy {
        self.serial
    }

    /// The grants, as the core takes them.
    pub(super) fn grants(&self) -> Vec<Grant<'_>> {
        self.rows.iter().map(Row::grant).collect()
    }
}

impl Row {
    fn grant(&self) -> Grant<'_> {
        Grant {
            who: match &self.who {
                Owner::Tsig(key) => Who::Tsig(key.as_name()),
                Owner::Sig0(name) => Who::Sig0(name.as_name()),
                Owner::AnyTsig => Who::AnyTsig,
                Owner::Anyone => Who::Anyone,
            },
            from: &self.from,
            scope: match self.scope {
                config::Scope::Name => Scope::Name(self.name.as_name()),
                config::Scope::Subtree => Scope::Subtree(self.name.as_name()),
                config::Scope::Itself => Scope::SelfName,
                config::Scope::ItselfAndBelow => Scope::SelfSubtree,
            },
            types: &self.types,
            actions: self.actions,
            deny: self.deny,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lib_dns_core::rr_data::Type;
    use lib_dns_core::transfer::update::{Identity, Requester};

    #[test]
    fn grants_of_a_configuration_are_those_of_the_core() {
        let name = |text: &str| NameBuf::from_text(text).unwrap();
        let (zone, key, host) = (name("example."), name("key."), name("www.example."));
        let grants = [
            config::Grant {
                key: Some(key),
                deny: true,
                scope: config::Scope::Name,
                name: Some(host),
                ..config::Grant::default()
            },
            config::Grant {
                any_key: true,
                prefix: Some("192.0.2.0/24".parse().unwrap()),
                may: vec![config::Action::Create],
                types: vec![TypeLimit {
                    rtype: Type::A,
                    most: Some(2),
                }],
                ..config::Grant::default()
            },
        ];
        let policy = Policy::new(&zone.as_name(), &grants, SerialPolicy::Date);
        assert_eq!(policy.serial(), SerialPolicy::Date);
        let may = |address: &str, identity, owner: &NameBuf, rtype, action| {
            let requester = Requester {
                identity,
                address: address.parse().unwrap(),
            };
            let (zone, owner) = (zone.as_name(), owner.as_name());
            let found = requester.find_grant(&policy.grants(), &zone, &owner, rtype, action);
            found.is_some()
        };
        let signed = Some(Identity::Tsig(key.as_name()));
        let here = "192.0.2.7";
        assert!(may(here, signed, &zone, Type::A, Actions::CREATE));
        assert!(!may(here, signed, &host, Type::A, Actions::CREATE));
        assert!(!may(here, signed, &zone, Type::A, Actions::DELETE));
        assert!(!may(here, signed, &zone, Type::TXT, Actions::CREATE));
        assert!(!may(here, None, &zone, Type::A, Actions::CREATE));
        assert!(!may("192.0.3.7", signed, &zone, Type::A, Actions::CREATE));
    }
}
