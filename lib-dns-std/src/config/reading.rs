//! Reading TOML with the place of everything in it.

use super::access::Access;
use super::fault::Faults;
use super::file_access::FileAccess;
use lib_dns_core::name::NameBuf;
use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value, and where it stands.
pub(super) type Value<'t> = Spanned<DeValue<'t>>;

/// What is known while a configuration is being read.
pub(super) struct Reading<'f> {
    pub(super) file: &'f Path,
    pub(super) text: &'f str,
    /// The file's folder, which relative paths start from.
    pub(super) folder: PathBuf,
    pub(super) access: &'f dyn FileAccess,
    pub(super) faults: Faults,
    /// The keys and lists that others may name; they are read before those.
    pub(super) keys: HashSet<NameBuf>,
    pub(super) lists: BTreeMap<String, Access>,
    pub(super) templates: BTreeMap<&'f str, &'f DeTable<'f>>,
}

/// The key that names a template, in what may have one.
const TEMPLATE: &str = "template";
/// The template of those that name none.
const DEFAULT_TEMPLATE: &str = "default";

impl Reading<'_> {
    /// Notes what is wrong at a place.
    pub(super) fn fault(&mut self, place: &Range<usize>, what: impl fmt::Display) {
        self.faults
            .add(self.file, self.text, place, what.to_string());
    }

    /// Notes that a value is of another kind than wanted.
    pub(super) fn expected(&mut self, what: &str, value: &Value<'_>) {
        let found = value.get_ref().type_str();
        self.fault(
            &value.span(),
            format_args!("expected {what}, found {}", with_article(found)),
        );
    }

    /// The path that a text stands for.
    pub(super) fn path(&self, text: &str) -> PathBuf {
        self.folder.join(text)
    }

    /// Notes keys of a table that have no meaning there.
    pub(super) fn check_keys(&mut self, table: &DeTable<'_>, known: &[&str]) {
        for key in table.keys() {
            if !known.contains(&key.get_ref().as_ref()) {
                let suggestion = suggestion(key.get_ref(), known.iter().copied());
                let what = format_args!("unknown key '{}'{suggestion}", key.get_ref());
                self.fault(&key.span(), what);
            }
        }
    }
}

fn with_article(kind: &str) -> String {
    let article = if kind.starts_with(['a', 'i', 'o']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {kind}")
}

/// What a word may have been meant to be, or all that it may be if nothing is near and there are few.
pub(super) fn suggestion<'k>(word: &str, known: impl Iterator<Item = &'k str>) -> String {
    let known: Vec<&str> = known.collect();
    let distances = known
        .iter()
        .map(|other| (strsim::osa_distance(word, other), *other));
    let nearest = distances
        .filter(|(distance, other)| *distance <= other.chars().count().div_ceil(3))
        .min();
    match nearest {
        Some((_, other)) => format!("; did you mean '{other}'?"),
        None if known.is_empty() => String::new(),
        None if known.len() <= 5 => format!("; known are {}", known.join(", ")),
        None => String::new(),
    }
}

/// A table, with those behind it that stand in where it says nothing.
pub(super) struct Layers<'t> {
    tables: Vec<&'t DeTable<'t>>,
    /// Where the first table stands, for what is missing from it.
    pub(super) place: Range<usize>,
}

impl<'t> Layers<'t> {
    pub(super) fn of(table: &'t DeTable<'t>, place: Range<usize>) -> Self {
        Self {
            tables: vec![table],
            place,
        }
    }

    /// Puts the template behind that the table names; the one for those that name none, if there is one.
    pub(super) fn backed_by_template<'f: 't>(mut self, reading: &mut Reading<'f>) -> Self {
        let named = self.get(TEMPLATE);
        let name = named.and_then(|named| named.get_ref().as_str());
        let template = reading.templates.get(name.unwrap_or(DEFAULT_TEMPLATE));
        let template = template.copied();
        if let (Some(named), Some(name), None) = (named, name, template) {
            let suggestion = suggestion(name, reading.templates.keys().copied());
            let what = format_args!("no template is named '{name}'{suggestion}");
            reading.fault(&named.span(), what.to_string());
        }
        self.tables.extend(template);
        self
    }

    /// The table itself.
    pub(super) fn first(&self) -> Option<&'t DeTable<'t>> {
        self.tables.first().copied()
    }

    pub(super) fn get(&self, key: &str) -> Option<&'t Value<'t>> {
        self.tables.iter().find_map(|table| table.get(key))
    }

    /// Where a key's value stands, or the table if it has none.
    pub(super) fn place_of(&self, key: &str) -> Range<usize> {
        self.get(key)
            .map_or_else(|| self.place.clone(), Spanned::span)
    }

    /// Notes a value that is not in its range.
    pub(super) fn check_range<T: PartialOrd + fmt::Display>(
        &self,
        key: &str,
        value: T,
        range: std::ops::RangeInclusive<T>,
        reading: &mut Reading<'_>,
    ) {
        if !range.contains(&value) {
            let (least, most) = range.into_inner();
            reading.fault(
                &self.place_of(key),
                format_args!("{key} is {value}, but must be from {least} to {most}"),
            );
        }
    }

    /// Notes a file that is named but cannot be read.
    pub(super) fn check_readable(&self, key: &str, path: &Path, reading: &mut Reading<'_>) {
        if let Err(error) = reading.access.check(path) {
            let what = format_args!(
                "cannot read {}: {error}; a relative path starts from the folder of {}",
                path.display(),
                reading.file.display()
            );
            reading.fault(&self.place_of(key), what.to_string());
        }
    }
}

/// What stands in a configuration: how it is read, and how it is written.
pub(super) trait Setting: Sized {
    /// Reads a value; `None` after noting what is wrong.
    fn read(value: &Value<'_>, reading: &mut Reading<'_>) -> Option<Self>;

    /// The value that reads as this; `None` if it is told by saying nothing.
    fn write(&self) -> Option<toml::Value>;
}

/// A setting that is a table.
pub(super) trait Section: Sized {
    /// The keys that it has.
    const KEYS: &'static [&'static str];

    /// Reads what the layers say.
    fn read_layers(layers: &Layers<'_>, reading: &mut Reading<'_>) -> Self;

    /// The table that reads as this.
    fn write_table(&self) -> toml::Table;
}

/// What holds between the settings of a section.
pub(super) trait Check {
    /// Notes what is wrong.
    fn check(&self, layers: &Layers<'_>, reading: &mut Reading<'_>);
}

impl<S: Section> Setting for S {
    fn read(value: &Value<'_>, reading: &mut Reading<'_>) -> Option<Self> {
        let Some(table) = value.get_ref().as_table() else {
            reading.expected("a table", value);
            return None;
        };
        let mut layers = Layers::of(table, value.span());
        if S::KEYS.contains(&TEMPLATE) {
            layers = layers.backed_by_template(reading);
        }
        Some(S::read_layers(&layers, reading))
    }

    fn write(&self) -> Option<toml::Value> {
        Some(toml::Value::Table(self.write_table()))
    }
}

/// Makes a section: the struct, its defaults, and how it is read and written, from one row a setting.
macro_rules! section {
    (
        $(#[$outer:meta])*
        pub struct $name:ident {
            $($(#[$inner:meta])* $key:literal => $field:ident: $type:ty = $default:expr,)*
        }
    ) => {
        $(#[$outer])*
        #[derive(Clone, PartialEq, Debug)]
        pub struct $name {
            $($(#[$inner])* pub $field: $type,)*
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default,)* }
            }
        }

        impl $crate::config::reading::Section for $name {
            const KEYS: &'static [&'static str] = &[$($key,)*];

            fn read_layers(
                layers: &$crate::config::reading::Layers<'_>,
                reading: &mut $crate::config::reading::Reading<'_>,
            ) -> Self {
                if let Some(table) = layers.first() {
                    reading.check_keys(table, Self::KEYS);
                }
                let section = Self {
                    $($field: match layers.get($key) {
                        Some(value) => $crate::config::reading::Setting::read(value, reading),
                        None => None,
                    }.unwrap_or_else(|| $default),)*
                };
                $crate::config::reading::Check::check(&section, layers, reading);
                section
            }

            fn write_table(&self) -> toml::Table {
                let mut table = toml::Table::new();
                $(if let Some(value) = $crate::config::reading::Setting::write(&self.$field) {
                    table.insert($key.to_owned(), value);
                })*
                table
            }
        }
    };
}
pub(super) use section;

/// Reads one of some words, as what it stands for.
pub(super) fn word<T: Copy>(
    value: &Value<'_>,
    reading: &mut Reading<'_>,
    words: &[(&str, T)],
) -> Option<T> {
    let text = super::values::text(value, reading)?;
    if let Some((_, meant)) = words.iter().find(|(word, _)| *word == text) {
        return Some(*meant);
    }
    let suggestion = suggestion(text, words.iter().map(|(word, _)| *word));
    let what = format_args!("'{text}' has no meaning here{suggestion}");
    reading.fault(&value.span(), what.to_string());
    None
}

/// Makes a setting that is one of some words.
macro_rules! words {
    (
        $(#[$outer:meta])*
        pub enum $name:ident {
            $($(#[$inner:meta])* $word:literal => $variant:ident,)*
        }
    ) => {
        $(#[$outer])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum $name {
            $($(#[$inner])* $variant,)*
        }

        impl $name {
            /// The word for it.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl $crate::config::reading::Setting for $name {
            fn read(
                value: &$crate::config::reading::Value<'_>,
                reading: &mut $crate::config::reading::Reading<'_>,
            ) -> Option<Self> {
                const WORDS: &[(&str, $name)] = &[$(($word, $name::$variant),)*];
                $crate::config::reading::word(value, reading, WORDS)
            }

            fn write(&self) -> Option<toml::Value> {
                Some(self.as_str().into())
            }
        }
    };
}
pub(super) use words;
