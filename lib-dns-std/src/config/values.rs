//! Settings that are one value: numbers, times, addresses, names, paths, and lists of these.

use super::reading::{Reading, Setting, Value, word};
use lib_dns_core::name::NameBuf;
use lib_dns_core::rr_data::Type;
use lib_dns_core::text::Tokens;
use lib_dns_core::zone::{SerialPolicy, time_to_live};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// A value that has to be a string.
pub(super) fn text<'v>(value: &'v Value<'_>, reading: &mut Reading<'_>) -> Option<&'v str> {
    let text = value.get_ref().as_str();
    if text.is_none() {
        reading.expected("a string", value);
    }
    text
}

fn integer(value: &Value<'_>, reading: &mut Reading<'_>) -> Option<u64> {
    let Some(integer) = value.get_ref().as_integer() else {
        reading.expected("an integer", value);
        return None;
    };
    let read = u64::from_str_radix(integer.as_str(), integer.radix());
    // What is written again is a 64-bit integer with a sign.
    let read = read.ok().filter(|read| i64::try_from(*read).is_ok());
    if read.is_none() {
        reading.fault(&value.span(), "expected an integer from 0 to 2^63 - 1");
    }
    read
}

macro_rules! integers {
    ($($type:ty),*) => {$(
        impl Setting for $type {
            fn read(value: &Value<'_>, reading: &mut Reading<'_>) -> Option<Self> {
                let read = integer(value, reading)?;
                let number = Self::try_from(read).ok();
                if number.is_none() {
                    let what = format_args!("{read} is more than the most, {}", Self::MAX);
                    reading.fault(&value.span(), what);
                }
                number
            }

            fn write(&self) -> Option<toml::Value> {
                Some(toml::Value::Integer(i64::try_from(*self).unwrap_or(i64::MAX)))
            }
        }
    )*};
}
integers!(u8, u16, u32, u64);

impl Setting for bool {
    fn read(value: &Value<'_>, reading: &mut Reading<'_>) -> Option<Self> {
        let read = value.get_ref().as_bool();
        if read.is_none() {
            reading.expected("true or false", value);
        }
        read
    }

    fn write(&self) -> Option<toml::Value> {
        Some(toml::Value::Boolean(*self))
    }
}

impl Setting for String {
    fn read(value: &Value<'_>, reading: &mut Reading<'_>) -> Option<Self> {
        text(value, reading).map(str::to_owned)
    }

    fn write(&self) -> Option<toml::Value> {
        Some(toml::Value::String(self.clone()))
    }
}

/// Whole seconds, or numbers with the units of times to live.
impl Setting for Duration {
    fn read(value: &Value<'_>, reading: &mut Reading<'_>) -> Option<Self> {
        if value.get_ref().is_integer() {
            return u32::read(value, reading).map(|read| Self::from_secs(read.into()));
        }
        let Some(text) = value.get_ref().as_str() else {
            reading.expected("seconds, or a time as \"1h30m\"", value);
            return None;
        };
        let mut tokens = Tokens::new(text.as_bytes());
        let token = tokens.expect("a time");
        let seconds = token.and_then(|token| time_to_live(&token));
        match seconds.and_then(|seconds| tokens.finish().map(|()| seconds)) {
            Ok(seconds) => Some(Self::from_secs(seconds.into())),
            Err(error) => {
                let what = format_args!("'{text}' is no time, as 90 or \"1h30m\": {}", error.kind);
                reading.fault(&value.span(), what);
                None
            }
        }
    }

    fn write(&self) -> Option<toml::Value> {
        let seconds = i64::try_from(self.as_secs()).unwrap_or(i64::MAX);
        Some(toml::Value::Integer(seconds))
    }
}

impl Setting for PathBuf {
    fn read(value: &Value<'_>, reading: &mut Reading<'_>) -> Option<Self> {
        let text = text(value, reading)?;
        if text.is_empty() {
            reading.fault(&value.span(), "expected a path, found nothing");
            return None;
        }
        Some(reading.path(text))
    }

    fn write(&self) -> Option<toml::Value> {
        Some(self.to_string_lossy().into_owned().into())
    }
}

impl Setting for NameBuf {
    fn read(value: &Value<'_>, reading: &mut Reading<'_>) -> Option<Self> {
        let text = text(value, reading)?;
        match NameBuf::from_text(text) {
            Ok(name) => Some(name),
            Err(error) => {
                let what = format_args!("'{text}' is no domain name: {}", error.kind);
                reading.fault(&value.span(), what);
                None
            }
        }
    }

    fn write(&self) -> Option<toml::Value> {
        Some(self.to_string().into())
    }
}

impl Setting for Type {
    fn read(value: &Value<'_>, reading: &mut Reading<'_>) -> Option<Self> {
        let text = text(value, reading)?;
        let read = Self::from_mnemonic(text.as_bytes());
        if read.is_none() {
            let what = format_args!("'{text}' is no record type, as A or TYPE65344");
            reading.fault(&value.span(), what);
        }
        read
    }

    fn write(&self) -> Option<toml::Value> {
        Some(self.to_string().into())
    }
}

impl Setting for SocketAddr {
    fn read(value: &Value<'_>, reading: &mut Reading<'_>) -> Option<Self> {
        let text = text(value, reading)?;
        if let Ok(address) = text.parse() {
            return Some(address);
        }
        let what = match text.parse::<IpAddr>() {
            Ok(ip) => format!("the port is missing; write \"{}\"", SocketAddr::new(ip, 53)),
            Err(_) => format!("'{text}' is no address with a port, as 192.0.2.1:53 or [::1]:53"),
        };
        reading.fault(&value.span(), what);
        None
    }

    fn write(&self) -> Option<toml::Value> {
        Some(self.to_string().into())
    }
}

/// How the versions that are made here are numbered.
const SERIALS: [(&str, SerialPolicy); 3] = [
    ("increment", SerialPolicy::Increment),
    ("unix-time", SerialPolicy::UnixTime),
    ("date", SerialPolicy::Date),
];

impl Setting for SerialPolicy {
    fn read(value: &Value<'_>, reading: &mut Reading<'_>) -> Option<Self> {
        word(value, reading, &SERIALS)
    }

    fn write(&self) -> Option<toml::Value> {
        let word = SERIALS.iter().find(|(_, policy)| policy == self);
        word.map(|(word, _)| (*word).into())
    }
}

impl<S: Setting> Setting for Vec<S> {
    fn read(value: &Value<'_>, reading: &mut Reading<'_>) -> Option<Self> {
        let Some(array) = value.get_ref().as_array() else {
            reading.expected("a list", value);
            return None;
        };
        let mut read = Self::with_capacity(array.len());
        let mut whole = true;
        for element in array {
            match S::read(element, reading) {
                Some(element) => read.push(element),
                None => whole = false,
            }
        }
        whole.then_some(read)
    }

    fn write(&self) -> Option<toml::Value> {
        let elements = self.iter().filter_map(Setting::write);
        Some(toml::Value::Array(elements.collect()))
    }
}

impl<S: Setting> Setting for Option<S> {
    fn read(value: &Value<'_>, reading: &mut Reading<'_>) -> Option<Self> {
        S::read(value, reading).map(Some)
    }

    fn write(&self) -> Option<toml::Value> {
        self.as_ref().and_then(Setting::write)
    }
}
