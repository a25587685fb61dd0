//! Which names of a zone are signed and denied by what (RFC 4035 2.2 and 2.3, RFC 5155 7.1).

use super::{HASH_LEN, Nsec3Parameters};
use crate::name::Name;
use crate::rr_data::Type;
use crate::rr_data::codec::write_types;
use crate::wire::{Part, WriteError, Writer};
use crate::zone::{Found, ZoneLookup, ZoneNode};

/// What a name that exists is to its zone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Standing {
    /// The zone speaks for it.
    Authoritative,
    /// Its NS records, below the apex, hand it to another zone: a cut.
    Delegation,
    /// It is below a cut or a DNAME record.
    Occluded,
}

impl Standing {
    /// The standing of a name; `None` if it is not at or below the apex. A name that does not exist has
    /// the standing that it would have.
    pub fn of(zone: &impl ZoneLookup, name: &Name<'_>) -> Option<Self> {
        Some(match zone.find(name)? {
            Found::Node(_) | Found::Missing { .. } => Self::Authoritative,
            Found::Delegation { node } if node.owner() == *name => Self::Delegation,
            Found::Delegation { .. } | Found::Dname { .. } => Self::Occluded,
        })
    }

    /// Is an RRset of this type, at a name of this standing, signed (RFC 4035 2.2)? At a cut that is only
    /// what the parent speaks for.
    pub fn signs(self, rtype: Type) -> bool {
        match self {
            Self::Authoritative => rtype != Type::RRSIG,
            Self::Delegation => matches!(rtype, Type::DS | Type::NSEC),
            Self::Occluded => false,
        }
    }

    /// Is an RRset of this type, at a name of this standing, told of in what denies the others?
    fn lists(self, rtype: Type) -> bool {
        let of_chain = matches!(rtype, Type::RRSIG | Type::NSEC | Type::NSEC3);
        match self {
            Self::Authoritative => !of_chain,
            Self::Delegation => matches!(rtype, Type::NS | Type::DS),
            Self::Occluded => false,
        }
    }
}

/// How a zone denies what does not exist.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Denial {
    /// By NSEC records: one for each name that has records.
    Nsec,
    /// By NSEC3 records: one for each name, empty non-terminals included.
    Nsec3 {
        /// Have delegations without DS records none (RFC 5155 6)?
        opt_out: bool,
    },
}

impl Denial {
    /// The types that the NSEC or NSEC3 record of a name lists, in no order; `None` if the name has no
    /// such record. `types` are those of the name's RRsets; those of the chain and of signatures are
    /// passed over.
    ///
    /// ```
    /// use lib_dns_core::dnssec::{Denial, Standing};
    /// use lib_dns_core::rr_data::Type;
    /// let at_cut = [Type::A, Type::NS].into_iter();
    /// let types = Denial::Nsec.types(Standing::Delegation, at_cut.clone());
    /// assert!(types.unwrap().eq([Type::NS, Type::RRSIG, Type::NSEC]));
    /// let opt_out = Denial::Nsec3 { opt_out: true };
    /// assert!(opt_out.types(Standing::Delegation, at_cut).is_none());
    /// ```
    pub fn types<I: Iterator<Item = Type> + Clone>(
        self,
        standing: Standing,
        types: I,
    ) -> Option<impl Iterator<Item = Type> + Clone + use<I>> {
        let listed = types.filter(move |rtype| standing.lists(*rtype));
        let is_empty = listed.clone().next().is_none();
        let has_signed = listed.clone().any(|rtype| standing.signs(rtype));
        let has_record = match self {
            _ if standing == Standing::Occluded => false,
            Self::Nsec => !is_empty,
            Self::Nsec3 { opt_out } => !opt_out || standing != Standing::Delegation || has_signed,
        };
        // An NSEC record is signed itself, where it stands; an NSEC3 record stands elsewhere.
        let nsec = (self == Self::Nsec).then_some(Type::NSEC);
        let rrsig = (nsec.is_some() || has_signed).then_some(Type::RRSIG);
        has_record.then(|| listed.chain(rrsig).chain(nsec))
    }
}

/// Writes the data of an NSEC record (RFC 4034 4.1).
///
/// # Errors
/// If there is no room.
pub fn write_nsec<const N: usize>(
    next: &Name<'_>,
    types: impl Iterator<Item = Type> + Clone,
    writer: &mut Writer<'_, N>,
) -> Result<(), WriteError> {
    writer.case_kept_name(next)?;
    write_types(types, writer)
}

/// Writes the data of an NSEC3 record (RFC 5155 3.2).
///
/// # Errors
/// If there is no room, or the salt is longer than 255 octets.
pub fn write_nsec3<const N: usize>(
    parameters: &Nsec3Parameters<'_>,
    opt_out: bool,
    next: &[u8; HASH_LEN],
    types: impl Iterator<Item = Type> + Clone,
    writer: &mut Writer<'_, N>,
) -> Result<(), WriteError> {
    parameters.write(u8::from(opt_out), writer)?;
    writer.u8(HASH_LEN as u8)?;
    writer.put(next)?;
    write_types(types, writer)
}

impl Nsec3Parameters<'_> {
    /// Writes the data of the NSEC3PARAM record (RFC 5155 4.2), or the front of an NSEC3 record, which
    /// alone has `flags`.
    ///
    /// # Errors
    /// If there is no room, or the salt is longer than 255 octets.
    pub fn write<const N: usize>(
        &self,
        flags: u8,
        writer: &mut Writer<'_, N>,
    ) -> Result<(), WriteError> {
        let len =
            u8::try_from(self.salt.len()).map_err(|_| WriteError::TooLong(Part::RecordData))?;
        writer.put(&[1, flags])?;
        writer.u16(self.iterations)?;
        writer.u8(len)?;
        writer.put(self.salt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn types(denial: Denial, standing: Standing, has: &[Type]) -> Option<Vec<Type>> {
        let types = denial.types(standing, has.iter().copied())?;
        let mut types: Vec<_> = types.collect();
        types.sort();
        Some(types)
    }

    #[test]
    fn a_cut_lists_what_the_parent_speaks_for() {
        let cut = Standing::Delegation;
        let has = [Type::A, Type::NS, Type::DS, Type::TXT];
        let nsec3 = Denial::Nsec3 { opt_out: false };
        let opt_out = Denial::Nsec3 { opt_out: true };
        let all = Some(std::vec![Type::NS, Type::DS, Type::RRSIG]);
        assert_eq!(types(nsec3, cut, &has), all);
        assert_eq!(types(opt_out, cut, &has), all);
        assert_eq!(types(nsec3, cut, &has[..2]), Some(std::vec![Type::NS]));
        assert_eq!(types(opt_out, cut, &has[..2]), None);
        let nsec = std::vec![Type::NS, Type::DS, Type::RRSIG, Type::NSEC];
        assert_eq!(types(Denial::Nsec, cut, &has), Some(nsec));
        for denial in [Denial::Nsec, nsec3, opt_out] {
            assert_eq!(types(denial, Standing::Occluded, &has), None);
        }
    }

    #[test]
    fn only_hashes_tell_of_empty_non_terminals() {
        let name = Standing::Authoritative;
        for opt_out in [false, true] {
            let nsec3 = Denial::Nsec3 { opt_out };
            assert_eq!(types(nsec3, name, &[]), Some(Vec::new()));
            let expected = Some(std::vec![Type::A, Type::RRSIG]);
            assert_eq!(types(nsec3, name, &[Type::A]), expected);
        }
        assert_eq!(types(Denial::Nsec, name, &[]), None);
        // The old chain is none of the data.
        assert_eq!(types(Denial::Nsec, name, &[Type::NSEC]), None);
    }
}
