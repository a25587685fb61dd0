//! What stands in place of records.

use crate::name::{Name, NameBuf};
use crate::rr_data::Type;
use crate::zone::RrSet;
use core::fmt;

/// A DNAME makes the name longer than names are: YXDOMAIN (RFC 6672 2.2).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct AliasTooLong;

impl fmt::Display for AliasTooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name that DNAME leads to has more than 255 octets")
    }
}

impl core::error::Error for AliasTooLong {}

/// Where an RRset leads who asked for a name and a type, if it is an alias in place of what was asked for.
///
/// | RRset | at | leads | source |
/// |---|---|---|---|
/// | CNAME | the name | whoever did not ask for CNAME | RFC 1034 3.6.2 |
/// | DNAME | above the name | all who ask for what is below | RFC 6672 2.2 |
/// | SVCB, HTTPS with priority 0 | the name | who asked for that type, unless to the root: then there is no service | RFC 9460 2.4.2, 2.5.1 |
///
/// Of several records in alias mode the first counts; those with another priority do not count beside it (RFC 9460 2.4.1).
///
/// # Errors
/// If a DNAME makes the name too long.
///
/// ```
/// use lib_dns_core::name::NameBuf;
/// use lib_dns_core::resolve::alias_of;
/// use lib_dns_core::{rr_data::Type, zone::RrSet};
/// let name = NameBuf::from_text("www.old.sovereign.")?;
/// let (owner, new) = (NameBuf::from_text("old.sovereign.")?, NameBuf::from_text("new.sovereign.")?);
/// let packed = [&[0, new.as_bytes().len() as u8], new.as_bytes()].concat();
/// let dname = RrSet::new(Type::DNAME, 300, &packed);
/// let target = alias_of(&name.as_name(), Type::A, &owner.as_name(), &dname)?;
/// assert_eq!(target.unwrap().as_name().to_string(), "www.new.sovereign.");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn alias_of(
    asked: &Name<'_>,
    rtype: Type,
    owner: &Name<'_>,
    rrset: &RrSet<'_>,
) -> Result<Option<NameBuf>, AliasTooLong> {
    let target = |data: &[u8]| NameBuf::copy_of(&Name::split_flat(data).ok()?.0).ok();
    let is_here = asked == owner;
    Ok(match rrset.rtype {
        Type::CNAME if is_here && rtype != Type::CNAME => rrset.first().and_then(target),
        Type::DNAME if !is_here && asked.is_at_or_below(owner) => {
            let Some((target, _)) = rrset.first().and_then(|data| Name::split_flat(data).ok())
            else {
                return Ok(None);
            };
            Some(NameBuf::moved(asked, owner, &target).ok_or(AliasTooLong)?)
        }
        Type::SVCB | Type::HTTPS if is_here && rtype == rrset.rtype => {
            let mut aliases = rrset
                .records()
                .filter_map(|data| data.strip_prefix(&[0, 0]));
            aliases
                .next()
                .and_then(target)
                .filter(|target| !target.as_name().is_root())
        }
        _ => None,
    })
}
