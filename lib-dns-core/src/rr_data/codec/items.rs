//! Keyed items: ECON, DAO and WEB4.

use super::encoded::scan_base16;
use super::{
    Base64Rest, CaseKeptName, Codec, DataTokens, Digest, ProofSystemCode, TaggedDigest, Timestamp,
    U64, fits_token,
};
use crate::code_points::{ItemForm, ItemKey, ProofSystem};
use crate::name::Name;
use crate::text::{Base16, Base64, CharacterString, TextError, TextErrorKind, Token};
use crate::wire::{Part, Reader, WireError, WireErrorKind, WriteError, Writer};
use core::fmt;
use core::marker::PhantomData;

/// A version and [`Items`] with keys `K`, to the end of the data.
///
/// On the wire: version (1 octet), then for each item key (2), length (2) and value, the keys not
/// falling. A key stands once, unless its form lets it stand more often. Text is the version, then
/// `key=value` in any order; values of several words stand in quotation marks, and those that are not
/// known here in hexadecimal digits, as `item200=CAFE`.
#[derive(Clone, Copy, Debug)]
pub struct KeyedItems<K>(PhantomData<K>);

/// Validated items as they stand on the wire.
///
/// ```
/// use lib_dns_core::code_points::{Class, EconKey};
/// use lib_dns_core::rr_data::codec::ItemValue;
/// use lib_dns_core::rr_data::{DataTokens, Econ, RData, RecordType, Type};
/// use lib_dns_core::text::Tokens;
/// use lib_dns_core::wire::{Form, Reader, Writer};
/// let mut buffer = [0; 64];
/// let mut writer = Writer::<0>::new(&mut buffer, Form::Plain);
/// let text = b"1 registration-fee=100 share=\"7000 treasury.sovereign.\"";
/// let mut tokens = DataTokens::new(Tokens::new(text), None);
/// RData::scan(Class::IN, Type::ECON, &mut tokens, &mut writer)?;
///
/// let economy = Econ::read(&mut Reader::new(writer.written()))?;
/// let fee = economy.items.get(EconKey::REGISTRATION_FEE);
/// assert_eq!(fee, Some(ItemValue::Number(100)));
/// for item in economy.items.iter() {
///     if let ItemValue::Share { basis_points, name } = item.value {
///         assert_eq!(format!("{basis_points} {name}"), "7000 treasury.sovereign.");
///     }
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Items<'a, K> {
    version: u8,
    octets: &'a [u8],
    keys: PhantomData<K>,
}

/// One item.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Item<'a, K> {
    /// Which item.
    pub key: K,
    /// What it says.
    pub value: ItemValue<'a>,
}

/// The value of an item, by its form.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ItemValue<'a> {
    /// Text in UTF-8.
    Text(&'a str),
    /// A number.
    Number(u64),
    /// Hundredths of a per cent, at most 10000.
    BasisPoints(u16),
    /// Seconds since 1970 modulo 2^32.
    Time(u32),
    /// A name.
    Name(Name<'a>),
    /// A digest.
    Digest(Digest<'a>),
    /// A share of something.
    Share {
        /// Hundredths of a per cent, at most 10000.
        basis_points: u16,
        /// Who gets it.
        name: Name<'a>,
    },
    /// A proof.
    Proof {
        /// How it is proved.
        system: ProofSystem,
        /// The proof.
        proof: &'a [u8],
    },
    /// What is not known here, or belongs to another version.
    Opaque(&'a [u8]),
}

/// The version whose keys are known.
const KNOWN_VERSION: u8 = 1;
/// All of something.
const ALL_BASIS_POINTS: u16 = 10_000;
/// The most items that are read from the text of one record: they are sorted by going over them for
/// each key.
const MAX_SCANNED: usize = 255;

impl<'a, K: ItemKey> Items<'a, K> {
    /// Which version of the keys it is; the values of all but version 1 are opaque.
    pub fn version(&self) -> u8 {
        self.version
    }

    /// The items in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = Item<'a, K>> + use<'a, K> {
        let version = self.version;
        Reader::new(self.octets).each(move |reader| next_item(version, reader))
    }

    /// What the first item with this key says.
    pub fn get(&self, key: K) -> Option<ItemValue<'a>> {
        let item = self.iter().find(|item| item.key == key)?;
        Some(item.value)
    }
}

impl<K: ItemKey> fmt::Debug for Items<'_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "version {} ", self.version)?;
        f.debug_list().entries(self.iter()).finish()
    }
}

fn form<K: ItemKey>(version: u8, key: K) -> ItemForm {
    match version {
        KNOWN_VERSION => key.form(),
        _ => ItemForm::Opaque,
    }
}

fn next_item<'a, K: ItemKey>(
    version: u8,
    reader: &mut Reader<'a>,
) -> Result<Item<'a, K>, WireError> {
    let key = K::from(reader.u16(Part::Item)?);
    let len = reader.u16(Part::Item)?;
    let mut value = reader.window(usize::from(len), Part::Item)?;
    let item = Item {
        key,
        value: read_value(form(version, key), &mut value)?,
    };
    value.close(Part::Item)?;
    Ok(item)
}

fn read_value<'a>(form: ItemForm, reader: &mut Reader<'a>) -> Result<ItemValue<'a>, WireError> {
    let bad = reader.error(WireErrorKind::BadValue(Part::Item));
    Ok(match form {
        ItemForm::Text => ItemValue::Text(str::from_utf8(reader.take_rest()).map_err(|_| bad)?),
        ItemForm::Number => ItemValue::Number(reader.u64(Part::Item)?),
        ItemForm::BasisPoints => ItemValue::BasisPoints(read_basis_points(reader)?),
        ItemForm::Time => ItemValue::Time(reader.u32(Part::Item)?),
        ItemForm::Name => ItemValue::Name(reader.flat_name()?),
        ItemForm::Digest => ItemValue::Digest(TaggedDigest::read(reader)?),
        ItemForm::Share => ItemValue::Share {
            basis_points: read_basis_points(reader)?,
            name: reader.flat_name()?,
        },
        ItemForm::Proof => ItemValue::Proof {
            system: ProofSystem(reader.u8(Part::Item)?),
            proof: Base64Rest::read(reader)?,
        },
        ItemForm::Opaque => ItemValue::Opaque(reader.take_rest()),
    })
}

fn read_basis_points(reader: &mut Reader<'_>) -> Result<u16, WireError> {
    let bad = reader.error(WireErrorKind::BadValue(Part::Item));
    let points = reader.u16(Part::Item)?;
    match points {
        ..=ALL_BASIS_POINTS => Ok(points),
        _ => Err(bad),
    }
}

impl<K: ItemKey> Codec for KeyedItems<K> {
    type Value<'a> = Items<'a, K>;

    fn read<'a>(reader: &mut Reader<'a>) -> Result<Items<'a, K>, WireError> {
        let version = reader.u8(Part::RecordData)?;
        let octets = reader.peek();
        let mut last: Option<K> = None;
        let mut shares = 0u16;
        while !reader.is_empty() {
            let start = *reader;
            let item = next_item::<K>(version, reader)?;
            let in_order = match last {
                Some(last) if last == item.key => may_repeat(form(version, item.key)),
                Some(last) => last.into() < item.key.into(),
                None => true,
            };
            if !in_order {
                return Err(start.error(WireErrorKind::BadOrder(Part::Item)));
            }
            if let ItemValue::Share { basis_points, .. } = item.value {
                shares = shares.saturating_add(basis_points);
                if shares > ALL_BASIS_POINTS {
                    return Err(start.error(WireErrorKind::BadValue(Part::Item)));
                }
            }
            last = Some(item.key);
        }
        Ok(Items {
            version,
            octets,
            keys: PhantomData,
        })
    }

    fn write<const N: usize>(
        value: Items<'_, K>,
        writer: &mut Writer<'_, N>,
    ) -> Result<(), WriteError> {
        writer.u8(value.version)?;
        writer.put(value.octets)
    }

    /// Each pass over the tokens finds the smallest key that is left, and the next one writes its items.
    fn scan(tokens: &mut DataTokens<'_>, writer: &mut Writer<'_, 0>) -> Result<(), TextError> {
        let version = tokens.expect("a version")?.number(255)? as u8;
        writer
            .u8(version)
            .map_err(|error| tokens.unwritable(error))?;
        let mut last: Option<u16> = None;
        let mut shares = 0u16;
        let end = loop {
            let mut pass = tokens.clone();
            let mut smallest: Option<K> = None;
            let mut count = 0usize;
            while let Some(token) = pass.next()? {
                count = count.saturating_add(1);
                if count > MAX_SCANNED {
                    return Err(token.error(TextErrorKind::Invalid("more than 255 items")));
                }
                let (key, _) = split::<K>(version, &token)?;
                let number: u16 = key.into();
                let is_left = last.is_none_or(|last| number > last);
                if is_left && smallest.is_none_or(|smallest| number < smallest.into()) {
                    smallest = Some(key);
                }
            }
            let Some(key) = smallest else {
                break pass;
            };
            last = Some(key.into());
            scan_items(version, key, tokens.clone(), writer, &mut shares)?;
        };
        *tokens = end;
        Ok(())
    }

    fn has_text(value: Items<'_, K>) -> bool {
        value.iter().all(|item| {
            let key = ItemKeyText(value.version, item.key);
            fits_token(format_args!("{key}={}", ItemText(item.value)))
        })
    }

    fn show(value: Items<'_, K>, out: &mut dyn fmt::Write) -> fmt::Result {
        write!(out, "{}", value.version)?;
        for item in value.iter() {
            let key = ItemKeyText(value.version, item.key);
            write!(out, " {key}={}", ItemText(item.value))?;
        }
        Ok(())
    }
}

fn may_repeat(form: ItemForm) -> bool {
    matches!(form, ItemForm::Share | ItemForm::Opaque)
}

/// Key and value of a token; the quotation marks around the value are taken off.
fn split<'t, K: ItemKey>(version: u8, token: &Token<'t>) -> Result<(K, Token<'t>), TextError> {
    let parts = || {
        let equals = token.raw.iter().position(|octet| *octet == b'=')?;
        let (name, value) = token.raw.split_at_checked(equals)?;
        // The names of keys are those of one version.
        let generic = name
            .get(..4)
            .is_some_and(|head| head.eq_ignore_ascii_case(b"item"));
        let key = K::from_name(name).filter(|_| version == KNOWN_VERSION || generic)?;
        Some((key, value.strip_prefix(b"=")?))
    };
    let what = "a known item, as key=value";
    let (key, value) = parts()
        .filter(|_| !token.quoted)
        .ok_or_else(|| token.error(TextErrorKind::Expected(what)))?;
    let raw = match value {
        [b'"', inner @ .., b'"'] => inner,
        value => value,
    };
    // The key, the equals sign and a quotation mark, if there is one, stand before the value.
    let before = token.raw.len().wrapping_sub(value.len());
    let before = before.wrapping_add(usize::from(raw.len() < value.len()));
    let column = token.column.saturating_add(before as u32);
    Ok((
        key,
        Token {
            raw,
            column,
            ..*token
        },
    ))
}

/// Writes all items of a key.
fn scan_items<K: ItemKey>(
    version: u8,
    key: K,
    mut pass: DataTokens<'_>,
    writer: &mut Writer<'_, 0>,
    shares: &mut u16,
) -> Result<(), TextError> {
    let mut count = 0usize;
    while let Some(token) = pass.next()? {
        let (found, value) = split::<K>(version, &token)?;
        if found != key {
            continue;
        }
        let form = form(version, key);
        count = count.saturating_add(1);
        if count > 1 && !may_repeat(form) {
            return Err(token.error(TextErrorKind::Invalid("this item stands twice")));
        }
        let unwritable = |error| pass.unwritable(error);
        writer.u16(key.into()).map_err(unwritable)?;
        let length = writer.open_length().map_err(unwritable)?;
        let start = writer.len();
        scan_value(form, &value, &pass, writer)?;
        let written = writer.written().get(start..).unwrap_or_default();
        if let (ItemForm::Share, Some(points)) = (form, written.first_chunk()) {
            *shares = shares.saturating_add(u16::from_be_bytes(*points));
            if *shares > ALL_BASIS_POINTS {
                let why = "the shares are more than 10000 together";
                return Err(token.error(TextErrorKind::Invalid(why)));
            }
        }
        writer
            .close_length(length, Part::Item)
            .map_err(|_| token.error(TextErrorKind::DataTooLong))?;
    }
    Ok(())
}

/// Writes the value of one item.
fn scan_value(
    form: ItemForm,
    value: &Token<'_>,
    tokens: &DataTokens<'_>,
    writer: &mut Writer<'_, 0>,
) -> Result<(), TextError> {
    match form {
        ItemForm::Text => return scan_text(value, tokens, writer),
        ItemForm::Opaque => return scan_base16(value, tokens, writer).map(|_| ()),
        _ => {}
    }
    // A comment, parenthesis or quoted string inside of a value would be read as one.
    let mut octets = value.octets().flatten();
    if octets.any(|(octet, escaped)| !escaped && matches!(octet, b';' | b'(' | b')' | b'"')) {
        return Err(value.error(TextErrorKind::Expected("words")));
    }
    let mut words = tokens.inside(value);
    match form {
        ItemForm::Number => U64::scan(&mut words, writer)?,
        ItemForm::BasisPoints => scan_basis_points(&mut words, writer)?,
        ItemForm::Time => Timestamp::scan(&mut words, writer)?,
        ItemForm::Name => CaseKeptName::scan(&mut words, writer)?,
        ItemForm::Digest => TaggedDigest::scan(&mut words, writer)?,
        ItemForm::Share => {
            scan_basis_points(&mut words, writer)?;
            CaseKeptName::scan(&mut words, writer)?;
        }
        ItemForm::Proof => {
            ProofSystemCode::scan(&mut words, writer)?;
            Base64Rest::scan(&mut words, writer)?;
        }
        ItemForm::Text | ItemForm::Opaque => {}
    }
    words.finish()
}

fn scan_text(
    value: &Token<'_>,
    tokens: &DataTokens<'_>,
    writer: &mut Writer<'_, 0>,
) -> Result<(), TextError> {
    let start = writer.len();
    for item in value.octets() {
        let (octet, _) = item.map_err(|kind| value.error(kind))?;
        writer.u8(octet).map_err(|error| tokens.unwritable(error))?;
    }
    let written = writer.written().get(start..).unwrap_or_default();
    match str::from_utf8(written) {
        Ok(_) => Ok(()),
        Err(_) => Err(value.error(TextErrorKind::Expected("text in UTF-8"))),
    }
}

fn scan_basis_points(
    words: &mut DataTokens<'_>,
    writer: &mut Writer<'_, 0>,
) -> Result<(), TextError> {
    let points = words.expect("basis points")?;
    let points = points.number(u64::from(ALL_BASIS_POINTS))? as u16;
    writer.u16(points).map_err(|error| words.unwritable(error))
}

/// A key in text: its name, if the version is the known one.
struct ItemKeyText<K>(u8, K);

impl<K: ItemKey> fmt::Display for ItemKeyText<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self(KNOWN_VERSION, key) => write!(f, "{key}"),
            Self(_, key) => write!(f, "item{}", key.into()),
        }
    }
}

/// A value in text.
struct ItemText<'a>(ItemValue<'a>);

impl fmt::Display for ItemText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            ItemValue::Text(text) => write!(f, "{}", CharacterString(text.as_bytes())),
            ItemValue::Number(number) => write!(f, "{number}"),
            ItemValue::BasisPoints(points) => write!(f, "{points}"),
            ItemValue::Time(time) => Timestamp::show(time, f),
            ItemValue::Name(name) => write!(f, "{name}"),
            ItemValue::Digest(digest) => write!(f, "{digest}"),
            ItemValue::Share { basis_points, name } => write!(f, "\"{basis_points} {name}\""),
            ItemValue::Proof { system, proof } => write!(f, "\"{system} {}\"", Base64(proof)),
            ItemValue::Opaque(octets) => write!(f, "{}", Base16(octets)),
        }
    }
}
