//! What may leave the partition (ZDNS architecture 16): classes of zones, and the permission to forward.
//!
//! [`Scopes::permit`] is the one way to a [`Forwarding`], and whoever sends a question on needs one: so the check cannot be
//! forgotten (16.1: a resolver MUST check `_scope` before forwarding).
//!
//! | class | asks the own partition | a federated mesh | the Internet | results |
//! |---|---|---|---|---|
//! | A, local | yes | never | never | negative answers hold within the partition |
//! | B, federated | yes | with mutual trust, signed both ways | never | verified again, marked `federated` |
//! | C, external | yes | no | for what stands left of the bridge's suffix | marked `external`, AD=0, never the mesh's own |
//! | none: a plain Internet name | no | no | where that is configured | marked `external`, AD=0 |
//!
//! A name below a top-level name of the mesh never goes to the Internet, whatever any record says: not as it is, and not
//! behind a bridge. Neither do the special-use names (RFC 6761, RFC 6762, RFC 7686, RFC 8375, RFC 9476, `internal`).
//!
//! A zone's class is what its `_scope` TXT RRset declares; without one, the class of the longest configured suffix, of
//! several with that suffix the most restrictive, and `local` if there is none. A `_scope` that cannot be understood says
//! `local`.

use super::ResolutionFlags;
use crate::name::{Name, NameBuf};
use core::fmt;

/// The label below a zone's apex where its class is declared.
pub const SCOPE_LABEL: &[u8] = b"_scope";

/// The class of a zone; the more restrictive, the less.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ZoneClass {
    /// Class A: never leaves the partition.
    Local,
    /// Class B: meshes that trust each other may be asked.
    Federated,
    /// Class C: a bridge to names of the Internet.
    External,
}

impl ZoneClass {
    /// Reads the strings of a `_scope` TXT RRset, those of all its records. The most restrictive class if there is none
    /// that can be understood, or one that cannot; strings that do not say `class=` are somebody else's.
    ///
    /// ```
    /// use lib_dns_core::policy::scope::ZoneClass;
    /// let read = |text: &'static str| ZoneClass::from_txt([text.as_bytes()]);
    /// assert_eq!(read("class=federated"), ZoneClass::Federated);
    /// assert_eq!(read("class=fedrated"), ZoneClass::Local);
    /// ```
    pub fn from_txt<'a>(strings: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let declared = strings.into_iter().filter_map(|string| {
            let (key, value) = string.split_at_checked(6)?;
            let is_class = key.eq_ignore_ascii_case(b"class=");
            is_class.then(|| Self::from_word(value).unwrap_or(Self::Local))
        });
        declared.min().unwrap_or(Self::Local)
    }

    /// `local`, `federated` or `external`, in any case.
    pub fn from_word(word: &[u8]) -> Option<Self> {
        let all = [Self::Local, Self::Federated, Self::External];
        all.into_iter()
            .find(|class| word.eq_ignore_ascii_case(class.word().as_bytes()))
    }

    /// As `_scope` writes it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Federated => "federated",
            Self::External => "external",
        }
    }

    /// Do negative answers hold within the partition (class A)? Those of other zones are opinions.
    pub fn negative_holds_in_partition(self) -> bool {
        self == Self::Local
    }
}

impl fmt::Display for ZoneClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// What `_scope` of a zone declares. Read it once for each version of the zone, not for each query.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Declared<'a> {
    /// The zone's apex.
    pub apex: Name<'a>,
    /// Its class.
    pub class: ZoneClass,
}

/// The class of all names at and below a suffix; what configuration writes as `*.venue.sovereign`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ScopePattern<'a> {
    /// The suffix: `venue.sovereign`.
    pub suffix: Name<'a>,
    /// The class.
    pub class: ZoneClass,
}

/// Is there a way to the Internet's DNS?
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum InternetAccess {
    /// Nobody wants one.
    #[default]
    NotConfigured,
    /// There is one, but not now.
    Unavailable,
    /// There is one.
    Available,
}

/// What was agreed with another mesh (16.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Federation<'a> {
    /// What that mesh is called here, `meshb.sovereign`: clients see it as where an answer comes from.
    pub mesh: Name<'a>,
    /// Do both trust each other's key?
    pub is_mutual: bool,
    /// The zones that may be asked for across: the scope of the trust record.
    pub zones: &'a [Name<'a>],
}

/// Whom to send a question to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Layer<'a> {
    /// Nodes of the own mesh that can be reached: the partition.
    Mesh,
    /// The own mesh's hash table, which does not reach further than the partition.
    Dht,
    /// Another mesh.
    Federation(Federation<'a>),
    /// Resolvers of the Internet.
    Internet,
}

/// Who asks us.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Asker<'a> {
    /// A node or client of the own partition.
    Partition,
    /// Another mesh.
    Federation {
        /// What was agreed with it.
        federation: Federation<'a>,
        /// Is the query signed, and was that verified?
        is_signed: bool,
    },
}

/// Why a question may not go somewhere.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Refusal {
    /// A zone of class A does not leave its partition.
    LocalOnly,
    /// A zone of class C is each mesh's own affair.
    NotFederated,
    /// There is no mutual trust with that mesh.
    NoTrust,
    /// The trust does not extend to this zone.
    ZoneNotShared,
    /// A query across meshes must be signed.
    Unsigned,
    /// It is a name of the mesh, which the Internet must not see.
    MeshName,
    /// It is a special-use name, which the Internet must not see.
    SpecialUse,
    /// It is the bridge itself: nothing stands left of its suffix.
    NothingToAsk,
    /// It is a name of the Internet, which other nodes need not see.
    InternetName,
    /// Nobody has configured a way to the Internet.
    InternetNotConfigured,
    /// The Internet cannot be reached now: answer from what is here, or say that it cannot be reached.
    InternetUnavailable,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LocalOnly => "scope: class=local, which does not leave the partition",
            Self::NotFederated => "scope: class=external, which is not shared between meshes",
            Self::NoTrust => "scope: no mutual trust with that mesh",
            Self::ZoneNotShared => "scope: the trust with that mesh does not extend to the zone",
            Self::Unsigned => "scope: queries between meshes must be signed",
            Self::MeshName => "scope: a name of the mesh is not asked of the Internet",
            Self::SpecialUse => "scope: a special-use name is not asked of the Internet",
            Self::NothingToAsk => "scope: no name stands before the suffix of the bridge",
            Self::InternetName => "scope: a name of the Internet is not asked of the mesh",
            Self::InternetNotConfigured => "scope: no resolver of the Internet is configured",
            Self::InternetUnavailable => "scope: no resolver of the Internet can be reached",
        })
    }
}

impl core::error::Error for Refusal {}

/// The class of a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Scope<'a> {
    class: ZoneClass,
    /// What the class holds for: of a bridge the suffix.
    suffix: Name<'a>,
}

/// The mesh's own names, and the classes that are configured.
///
/// ```
/// use lib_dns_core::name::NameBuf;
/// use lib_dns_core::policy::ResolutionFlags;
/// use lib_dns_core::policy::scope::{InternetAccess, Layer, Refusal, ScopePattern, Scopes, ZoneClass};
/// let [mesh, venue, bridge] = ["sovereign.", "venue.sovereign.", "bridge.sovereign."]
///     .map(|name| NameBuf::from_text(name).unwrap());
/// let pattern = |suffix: &'static NameBuf, class| ScopePattern { suffix: suffix.as_name(), class };
/// # let [mesh, venue, bridge] = [mesh, venue, bridge].map(|name| &*Box::leak(Box::new(name)));
/// let patterns = [
///     pattern(mesh, ZoneClass::Federated),
///     pattern(venue, ZoneClass::Local),
///     pattern(bridge, ZoneClass::External),
/// ];
/// let scopes = Scopes {
///     mesh_names: &[mesh.as_name()],
///     patterns: &patterns,
///     federations: &[],
///     internet: InternetAccess::Available,
/// };
/// let door = NameBuf::from_text("door.venue.sovereign.")?;
/// assert!(scopes.permit(door.as_name(), None, Layer::Mesh).is_ok());
/// let refused = scopes.permit(door.as_name(), None, Layer::Internet).unwrap_err();
/// assert_eq!(refused, Refusal::LocalOnly);
/// let name = NameBuf::from_text("example.com.bridge.sovereign.")?;
/// let forwarding = scopes.permit(name.as_name(), None, Layer::Internet)?;
/// assert_eq!(forwarding.question().to_string(), "example.com.");
/// assert_eq!(forwarding.marks(), ResolutionFlags::EXTERNAL);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Scopes<'a> {
    /// The top-level names of the mesh: `sovereign`, and its alias `sovereign.alt` if it has one.
    pub mesh_names: &'a [Name<'a>],
    /// The configured classes, in any order.
    pub patterns: &'a [ScopePattern<'a>],
    /// The meshes that something was agreed with, the one to ask first first.
    pub federations: &'a [Federation<'a>],
    /// Is there a way to the Internet?
    pub internet: InternetAccess,
}

impl<'a> Scopes<'a> {
    /// The class of a name, where `declared` is what the zone that holds it says, if that is known; `None` for a plain
    /// Internet name.
    pub fn class(&self, name: Name<'a>, declared: Option<Declared<'a>>) -> Option<ZoneClass> {
        self.scope(name, declared).map(|scope| scope.class)
    }

    /// May this question go to that layer?
    ///
    /// # Errors
    /// Why not. Then it is not asked there; other layers may still know.
    pub fn permit(
        &self,
        name: Name<'a>,
        declared: Option<Declared<'a>>,
        layer: Layer<'_>,
    ) -> Result<Forwarding<'a>, Refusal> {
        let scope = self.scope(name, declared);
        let forwarding = |destination, stripped| Forwarding {
            asked: name,
            stripped,
            destination,
        };
        match layer {
            Layer::Mesh | Layer::Dht => match scope {
                Some(_) => Ok(forwarding(Destination::Partition, None)),
                None => Err(Refusal::InternetName),
            },
            Layer::Federation(federation) => {
                let scope = scope.ok_or(Refusal::InternetName)?;
                federation.covers(name, scope.class)?;
                Ok(forwarding(Destination::Federation, None))
            }
            Layer::Internet => {
                let stripped = match scope {
                    Some(scope) => Some(self.behind_bridge(name, scope)?),
                    None => None,
                };
                let question = stripped.as_ref().map_or(name, NameBuf::as_name);
                self.check_internet(&question)?;
                Ok(forwarding(Destination::Internet, stripped))
            }
        }
    }

    /// May this question be answered to who asks it?
    ///
    /// # Errors
    /// Why not: then the answer is REFUSED with EDE 18 (Prohibited).
    pub fn admit(
        &self,
        name: Name<'a>,
        declared: Option<Declared<'a>>,
        asker: Asker<'_>,
    ) -> Result<(), Refusal> {
        match asker {
            Asker::Partition => Ok(()),
            Asker::Federation {
                federation,
                is_signed,
            } => {
                let class = self.class(name, declared).ok_or(Refusal::InternetName)?;
                federation.covers(name, class)?;
                is_signed.then_some(()).ok_or(Refusal::Unsigned)
            }
        }
    }

    fn scope(&self, name: Name<'a>, declared: Option<Declared<'a>>) -> Option<Scope<'a>> {
        if let Some(declared) = declared.filter(|declared| name.is_at_or_below(&declared.apex)) {
            return Some(Scope {
                class: declared.class,
                suffix: declared.apex,
            });
        }
        let matching = self
            .patterns
            .iter()
            .filter(|pattern| name.is_at_or_below(&pattern.suffix));
        let longest = matching.min_by_key(|pattern| {
            let labels = pattern.suffix.label_count();
            (core::cmp::Reverse(labels), pattern.class)
        });
        match longest {
            Some(pattern) => Some(Scope {
                class: pattern.class,
                suffix: pattern.suffix,
            }),
            None => self.is_mesh_name(&name).then_some(Scope {
                class: ZoneClass::Local,
                suffix: name,
            }),
        }
    }

    fn is_mesh_name(&self, name: &Name<'_>) -> bool {
        self.mesh_names.iter().any(|mesh| name.is_at_or_below(mesh))
    }

    /// What stands left of a bridge's suffix.
    fn behind_bridge(&self, name: Name<'_>, scope: Scope<'_>) -> Result<NameBuf, Refusal> {
        match scope.class {
            ZoneClass::Local => return Err(Refusal::LocalOnly),
            ZoneClass::Federated => return Err(Refusal::MeshName),
            ZoneClass::External => {}
        }
        NameBuf::moved(&name, &scope.suffix, &Name::ROOT)
            .filter(|stripped| !stripped.as_name().is_root())
            .ok_or(Refusal::NothingToAsk)
    }

    fn check_internet(&self, question: &Name<'_>) -> Result<(), Refusal> {
        if self.is_mesh_name(question) {
            return Err(Refusal::MeshName);
        }
        if is_special_use(question) {
            return Err(Refusal::SpecialUse);
        }
        match self.internet {
            InternetAccess::NotConfigured => Err(Refusal::InternetNotConfigured),
            InternetAccess::Unavailable => Err(Refusal::InternetUnavailable),
            InternetAccess::Available => Ok(()),
        }
    }
}

impl Federation<'_> {
    fn covers(&self, name: Name<'_>, class: ZoneClass) -> Result<(), Refusal> {
        match class {
            ZoneClass::Local => return Err(Refusal::LocalOnly),
            ZoneClass::External => return Err(Refusal::NotFederated),
            ZoneClass::Federated => {}
        }
        if !self.is_mutual {
            return Err(Refusal::NoTrust);
        }
        let is_shared = self.zones.iter().any(|zone| name.is_at_or_below(zone));
        is_shared.then_some(()).ok_or(Refusal::ZoneNotShared)
    }
}

/// Names that mean nothing to the Internet's servers, but would tell them something.
fn is_special_use(name: &Name<'_>) -> bool {
    const TOP: [&[u8]; 7] = [
        b"alt",
        b"internal",
        b"invalid",
        b"local",
        b"localhost",
        b"onion",
        b"test",
    ];
    let ends = |labels: usize, label: &[u8]| {
        let end = name.ancestor(labels).first_label();
        end.is_some_and(|end| end.eq_ignore_ascii_case(label))
    };
    TOP.iter().any(|top| ends(1, top)) || ends(1, b"arpa") && ends(2, b"home")
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Destination {
    Partition,
    Federation,
    Internet,
}

/// The permission to send a question on, and what it demands. Only [`Scopes::permit`] gives one.
#[derive(Debug)]
#[must_use]
pub struct Forwarding<'a> {
    asked: Name<'a>,
    stripped: Option<NameBuf>,
    destination: Destination,
}

impl<'a> Forwarding<'a> {
    /// What was asked for: the answer comes back under this name.
    pub fn asked(&self) -> Name<'a> {
        self.asked
    }

    /// What to ask for instead.
    pub fn question(&self) -> Name<'_> {
        self.stripped.as_ref().map_or(self.asked, NameBuf::as_name)
    }

    /// Must the query be signed by this mesh, and a response without that mesh's signature be dropped (16.2)?
    pub fn must_be_signed(&self) -> bool {
        self.destination == Destination::Federation
    }

    /// Must results be verified here again (16.1, class B)?
    pub fn must_be_verified(&self) -> bool {
        self.destination == Destination::Federation
    }

    /// What results are marked with.
    pub fn marks(&self) -> ResolutionFlags {
        match self.destination {
            Destination::Partition => ResolutionFlags::NONE,
            Destination::Federation => ResolutionFlags::FEDERATED,
            Destination::Internet => ResolutionFlags::EXTERNAL,
        }
    }

    /// May results be stored as the mesh's own (16.1, class C: no)? If not, they are cached apart, and AD is not set.
    pub fn is_of_the_mesh(&self) -> bool {
        self.destination != Destination::Internet
    }
}

#[cfg(test)]
mod tests;
