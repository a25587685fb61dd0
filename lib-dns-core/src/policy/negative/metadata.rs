//! Who did not find a name, where, and after asking how many.

use crate::code_points::InfoCode;
use crate::messages::options::{Coverage, Partition, RespondingNode, ZdnsItem, ZdnsItems};
use crate::policy::NodeId;
use core::fmt;

/// Octets of the longest partition id that is kept; the wire form would take 255.
pub const MAX_PARTITION_ID_LEN: usize = 32;

/// What tells one partition of the mesh from another: 1 to [`MAX_PARTITION_ID_LEN`] octets, as a rule a digest.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PartitionId {
    octets: [u8; MAX_PARTITION_ID_LEN],
    len: u8,
}

impl PartitionId {
    /// Copies an id; `None` if it is empty or too long.
    pub fn new(id: &[u8]) -> Option<Self> {
        let mut octets = [0; MAX_PARTITION_ID_LEN];
        octets.get_mut(..id.len())?.copy_from_slice(id);
        let len = u8::try_from(id.len()).ok().filter(|len| *len > 0)?;
        Some(Self { octets, len })
    }

    /// Its octets.
    pub fn as_bytes(&self) -> &[u8] {
        self.octets.get(..usize::from(self.len)).unwrap_or_default()
    }
}

impl fmt::Debug for PartitionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&crate::text::Base16(self.as_bytes()), f)
    }
}

/// `authority_coverage` (12.2, rule 4): how many of the zone's known holders were asked.
///
/// ```
/// use lib_dns_core::policy::negative::AuthorityCoverage;
/// let coverage = AuthorityCoverage::new(2, 3).unwrap();
/// assert_eq!(coverage.percent(), 66);
/// assert!(!coverage.is_full());
/// assert_eq!(AuthorityCoverage::new(4, 3), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct AuthorityCoverage {
    reached: u8,
    known: u8,
}

impl AuthorityCoverage {
    /// No holder of the zone is known.
    pub const NONE: Self = Self {
        reached: 0,
        known: 0,
    };

    /// So many were asked of so many that are known; `None` if that is more than there are.
    pub fn new(reached: u8, known: u8) -> Option<Self> {
        (reached <= known).then_some(Self { reached, known })
    }

    /// Holders that were asked and answered.
    pub fn reached(self) -> u8 {
        self.reached
    }

    /// Holders that are known.
    pub fn known(self) -> u8 {
        self.known
    }

    /// In percent, rounded down, so that 100 means all of them. It is 0 where no holder is known.
    pub fn percent(self) -> u8 {
        let hundredfold = u16::from(self.reached).saturating_mul(100);
        // At most 100, since no more were reached than are known.
        hundredfold.checked_div(u16::from(self.known)).unwrap_or(0) as u8
    }

    /// Was every known holder asked, and is one known at all?
    pub fn is_full(self) -> bool {
        self.known > 0 && self.reached == self.known
    }
}

/// `coverage 2/3`, as the text of an extended DNS error says it.
impl fmt::Display for AuthorityCoverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "coverage {}/{}", self.reached, self.known)
    }
}

/// What every NXDOMAIN must include (12.2, rule 4), so that the client can decide whether to ask again.
///
/// It travels in the ZDNS option, to those who sent one. Ordinary tools learn the same from the NSID option, which is the
/// responding node's id, and from the extended DNS error that [`Self::info_code`] names.
///
/// ```
/// use lib_dns_core::messages::options::ZdnsItems;
/// use lib_dns_core::policy::{NodeId, negative::{AuthorityCoverage, NegativeMetadata, PartitionId}};
/// use lib_dns_core::wire::{Form, Writer};
/// let metadata = NegativeMetadata {
///     responding_node: NodeId([7; 32]),
///     partition: PartitionId::new(b"east"),
///     coverage: AuthorityCoverage::new(2, 3).unwrap(),
/// };
/// let mut octets = [0; 64];
/// let mut writer = Writer::<0>::new(&mut octets, Form::Plain);
/// for item in metadata.items() {
///     item.write(&mut writer)?;
/// }
/// let items = ZdnsItems::from_bytes(writer.written())?;
/// assert_eq!(NegativeMetadata::from_items(&items), Some(metadata));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct NegativeMetadata {
    /// Which node said "not found".
    pub responding_node: NodeId,
    /// The partition that it is in, if that is known.
    pub partition: Option<PartitionId>,
    /// How many of the zone's known holders were asked.
    pub coverage: AuthorityCoverage,
}

impl NegativeMetadata {
    /// The items of the ZDNS option that say it.
    pub fn items(&self) -> impl Iterator<Item = ZdnsItem<'_>> {
        let node = ZdnsItem::RespondingNode(RespondingNode {
            id: &self.responding_node.0,
        });
        let partition = self.partition.as_ref().map(|partition| {
            ZdnsItem::Partition(Partition {
                id: partition.as_bytes(),
            })
        });
        let coverage = ZdnsItem::Coverage(Coverage {
            reached: self.coverage.reached,
            all: self.coverage.known,
        });
        [Some(node), partition, Some(coverage)]
            .into_iter()
            .flatten()
    }

    /// Reads it from a ZDNS option; `None` if node or coverage is missing. A partition id that is too long to be
    /// kept counts as unknown. Of an item that stands twice, the last counts.
    pub fn from_items(items: &ZdnsItems<'_>) -> Option<Self> {
        let (mut node, mut partition, mut coverage) = (None, None, None);
        for item in items.iter() {
            match item {
                ZdnsItem::RespondingNode(item) => node = Some(NodeId(*item.id)),
                ZdnsItem::Partition(item) => partition = PartitionId::new(item.id),
                ZdnsItem::Coverage(item) => {
                    coverage = AuthorityCoverage::new(item.reached, item.all);
                }
                _ => {}
            }
        }
        Some(Self {
            responding_node: node?,
            partition,
            coverage: coverage?,
        })
    }

    /// The extended DNS error that tells it to ordinary tools, unless every authority was asked.
    pub fn info_code(&self) -> Option<InfoCode> {
        (!self.coverage.is_full()).then_some(InfoCode::NO_REACHABLE_AUTHORITY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Form, Writer};

    fn round_trip(metadata: &NegativeMetadata) -> Option<NegativeMetadata> {
        let mut octets = [0; 128];
        let mut writer = Writer::<0>::new(&mut octets, Form::Plain);
        for item in metadata.items() {
            item.write(&mut writer).unwrap();
        }
        NegativeMetadata::from_items(&ZdnsItems::from_bytes(writer.written()).unwrap())
    }

    #[test]
    fn rule_12_2_4_metadata_goes_through_the_option() {
        let longest = [9; MAX_PARTITION_ID_LEN];
        for partition in [None, PartitionId::new(b"p"), PartitionId::new(&longest)] {
            for (reached, known) in [(0, 0), (0, 1), (1, 1), (2, 3), (255, 255)] {
                let metadata = NegativeMetadata {
                    responding_node: NodeId([3; 32]),
                    partition,
                    coverage: AuthorityCoverage::new(reached, known).unwrap(),
                };
                assert_eq!(round_trip(&metadata), Some(metadata));
            }
        }
    }

    #[test]
    fn rule_12_2_4_node_and_coverage_are_required() {
        let node = b"\x01\x20\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07";
        let coverage = b"\x03\x02\x01\x02";
        let read =
            |octets: &[u8]| NegativeMetadata::from_items(&ZdnsItems::from_bytes(octets).unwrap());
        assert!(read(&[&node[..], coverage].concat()).is_some());
        assert_eq!(read(node), None);
        assert_eq!(read(coverage), None);
        // A partition id that is too long is not known; the rest still is.
        let long = [&[2, 33][..], &[1; 33]].concat();
        let metadata = read(&[&node[..], &long, coverage].concat()).unwrap();
        assert_eq!(metadata.partition, None);
    }

    #[test]
    fn rule_12_2_4_coverage_is_a_percentage() {
        for known in 0..=u8::MAX {
            for reached in 0..=known {
                let coverage = AuthorityCoverage::new(reached, known).unwrap();
                assert!(coverage.percent() <= 100);
                assert_eq!(coverage.percent() == 100, coverage.is_full());
            }
            if known < u8::MAX {
                assert_eq!(AuthorityCoverage::new(known + 1, known), None);
            }
        }
    }

    #[test]
    fn ids_of_partitions_have_1_to_32_octets() {
        assert_eq!(PartitionId::new(b""), None);
        assert_eq!(PartitionId::new(&[0; 33]), None);
        assert_ne!(PartitionId::new(&[0]), PartitionId::new(&[0, 0]));
    }
}
