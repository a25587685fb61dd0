//! What a configuration says of updates, in the form of the core.

use crate::config;
use lib_dns_core::name::{Name, NameBuf};
use lib_dns_core::transfer::update::{Actions, AddressPrefix, Grant, Scope, TypeLimit, Who};
use lib_dns_core::zone::SerialPolicy;

/// Who may change what in one zone, and how its versions are numbered.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Policy {
    rows: Vec<Row>,
    serial: SerialPolicy,
}

/// A grant that owns its parts.
#[derive(Clone, PartialEq, Debug)]
struct Row {
    /// The TSIG key; none for any key, or no signature.
    key: Option<NameBuf>,
    /// Must there be a key?
    any_key: bool,
    deny: bool,
    from: Vec<AddressPrefix>,
    scope: config::Scope,
    /// Where the scope starts.
    name: NameBuf,
    types: Vec<TypeLimit>,
    actions: Actions,
}

impl Policy {
    /// The grants of a configuration, for the zone of this name.
    pub fn new(zone: &Name<'_>, grants: &[config::Grant], serial: SerialPolicy) -> Self {
        let rows = grants.iter().map(|grant| Row {
            key: grant.key,
            any_key: grant.any_key,
            deny: grant.deny,
            from: grant
                .prefix
                .iter()
                .map(config::Prefix::as_address_prefix)
                .collect(),
            scope: grant.scope,
            name: grant.name.unwrap_or_else(|| NameBuf::from(*zone)),
            types: grant
                .types
                .iter()
                .map(|rtype| TypeLimit {
                    rtype: *rtype,
                    most: None,
                })
                .collect(),
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
            serial,
        }
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
            who: match &self.key {
                Some(key) => Who::Tsig(key.as_name()),
                None if self.any_key => Who::AnyKey,
                None => Who::Anyone,
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
                types: vec![Type::A],
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
