//! What a client may ask about the zone that answers: when it expires (RFC 7314), and its version (RFC 9660).

use super::search::zone_of;
use crate::code_points::{Class, OPTION_HEAD_LEN};
use crate::messages::options::{Expire, VersionFields, ZoneVersion, write_if_it_fits};
use crate::messages::{Edns, OptionCode, Question};
use crate::rr_data::Type;
use crate::wire::Writer;
use crate::zone::{RrSet, ZoneLookup, ZoneNode, ZoneSet};

/// Octets of the answer to EXPIRE (RFC 7314 3.2).
const EXPIRE_LEN: usize = OPTION_HEAD_LEN + 4;
/// Octets of the answer to ZONEVERSION: labels, type, serial (RFC 9660 3.1).
const VERSION_LEN: usize = OPTION_HEAD_LEN + 6;
/// The version is a serial (RFC 9660 4).
const SOA_SERIAL: u8 = 0;

/// What is said of the zone.
#[derive(Clone, Copy, Default)]
pub(super) struct AboutZone {
    /// Seconds until it expires.
    expire: Option<u32>,
    /// Labels of its name, and its serial.
    version: Option<(u8, [u8; 4])>,
}

/// Is an option there, whatever is in it?
fn asks(edns: &Edns<'_>, code: OptionCode) -> bool {
    edns.option(code).is_some()
}

impl AboutZone {
    /// Octets that may be needed for it.
    pub(super) fn room(edns: &Edns<'_>) -> usize {
        let expire = usize::from(asks(edns, OptionCode::EXPIRE));
        let version = usize::from(asks(edns, OptionCode::ZONEVERSION));
        let expire = expire.saturating_mul(EXPIRE_LEN);
        expire.saturating_add(version.saturating_mul(VERSION_LEN))
    }

    /// What the zone that a question is for has to say, if that is asked.
    pub(super) fn of<S: ZoneSet>(zones: &S, question: &Question<'_>, edns: &Edns<'_>) -> Self {
        // Only who keeps a copy has a use for it (RFC 7314 3.1).
        let asks_expire = question.qtype == Type::SOA && asks(edns, OptionCode::EXPIRE);
        let asks_version = asks(edns, OptionCode::ZONEVERSION);
        if !asks_expire && !asks_version || question.qclass == Class::CH {
            return Self::default();
        }
        let zone = zone_of(zones, &question.name, question.qtype, question.qclass);
        let Some(zone) = zone else {
            return Self::default();
        };
        let apex = zone.apex();
        let serial = || {
            let soa: RrSet<'_> = zone.get(&apex)?.rrset(Type::SOA)?;
            Some(soa.soa_serial()?.0.to_be_bytes())
        };
        let labels = u8::try_from(apex.label_count()).unwrap_or(u8::MAX);
        Self {
            expire: (asks_expire && question.name == apex)
                .then(|| zones.expires_in(zone))
                .flatten(),
            version: asks_version
                .then(serial)
                .flatten()
                .map(|serial| (labels, serial)),
        }
    }

    /// Writes the options, those that fit.
    pub(super) fn write<const N: usize>(&self, writer: &mut Writer<'_, N>) {
        if self.expire.is_some() {
            let seconds = self.expire;
            write_if_it_fits(&Expire { seconds }, writer);
        }
        if let Some((labels, version)) = &self.version {
            let version = Some(VersionFields {
                labels: *labels,
                kind: SOA_SERIAL,
                version,
            });
            write_if_it_fits(&ZoneVersion { version }, writer);
        }
    }
}
