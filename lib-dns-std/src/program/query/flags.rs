//! The `+flags`, with dig's names.

use super::command_line::{Edns, Options};
use crate::hexadecimal;
use crate::program::client::Trust;
use lib_dns_core::code_points::{DNSSEC_OK, OPTION_HEAD_LEN, Opcode};
use lib_dns_core::messages::options::{ClientSubnet, SubnetPrefix};
use lib_dns_core::messages::{EdnsOption, OptionCode};
use lib_dns_core::wire::{Form, Writer};
use std::net::IpAddr;
use std::time::Duration;

/// Every flag. A start that fits one of them only will do, as in dig.
const FLAGS: [&str; 51] = [
    "aaflag",
    "aaonly",
    "additional",
    "adflag",
    "all",
    "answer",
    "authority",
    "badcookie",
    "besteffort",
    "bufsize",
    "cdflag",
    "cmd",
    "comments",
    "cookie",
    "dnssec",
    "edns",
    "ednsflags",
    "ednsnegotiation",
    "ednsopt",
    "expire",
    "fail",
    "fail-rcode",
    "idnin",
    "idnout",
    "ignore",
    "json",
    "keepalive",
    "mapped",
    "multiline",
    "nsid",
    "opcode",
    "padding",
    "qr",
    "question",
    "rdflag",
    "recurse",
    "retry",
    "short",
    "stats",
    "subnet",
    "tcp",
    "timeout",
    "tls",
    "tls-ca",
    "tls-hostname",
    "trace",
    "tries",
    "vc",
    "yaml",
    "zdns",
    "zoneversion",
];

/// The longest time to wait that is taken.
const MAX_TIMEOUT: u64 = 3600;

/// Applies what stands behind the `+`.
///
/// # Errors
/// What is wrong with it, for people.
pub(super) fn apply(flag: &str, options: &mut Options) -> Result<(), String> {
    let (written, value) = match flag.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (flag, None),
    };
    let lower = written.to_ascii_lowercase();
    let (name, on) = match full_name(&lower) {
        Some(name) => (name, true),
        None => match lower.strip_prefix("no").and_then(full_name) {
            Some(name) => (name, false),
            None => return Err(format!("unknown flag +{written}; see zdns query --help")),
        },
    };
    let header = options.header_flags;
    match name {
        "tcp" | "vc" => options.tcp = on,
        "tls" => options.tls = on,
        // Both of them ask for TLS, as in dig.
        "tls-ca" => {
            options.tls |= on;
            options.trust = match value {
                _ if !on => Trust::Anybody,
                None => Trust::System,
                Some(file) => Trust::File(file.into()),
            };
        }
        "tls-hostname" => {
            options.tls |= on;
            options.tls_hostname = match on {
                true => Some(required(name, value)?.to_owned()),
                false => None,
            };
        }
        "ignore" => options.ignore_truncation = on,
        "trace" => options.trace = on,
        "ednsnegotiation" => options.negotiate_edns = on,
        "fail-rcode" => options.fail_rcode = on,
        "aaflag" | "aaonly" => options.header_flags = header.with_authoritative(on),
        "adflag" => options.header_flags = header.with_authentic_data(on),
        "cdflag" => options.header_flags = header.with_checking_disabled(on),
        "rdflag" | "recurse" => options.header_flags = header.with_recursion_desired(on),
        "opcode" => {
            options.opcode = if on {
                opcode(required(name, value)?)?
            } else {
                0
            }
        }
        "timeout" => options.timeout = timeout(on.then(|| required(name, value)).transpose()?)?,
        "tries" => options.tries = number::<u32>(name, required(name, value)?)?.max(1),
        "retry" => {
            let retries: u32 = number(name, required(name, value)?)?;
            options.tries = retries.saturating_add(1);
        }
        // What these turn on or off is never done here: names are absolute, one reply a query.
        "besteffort" | "badcookie" | "fail" | "idnin" | "idnout" | "mapped" => {}
        "all" | "short" | "json" | "yaml" | "multiline" | "qr" | "cmd" | "comments"
        | "question" | "answer" | "authority" | "additional" | "stats" => show(name, on, options),
        _ => return edns(name, on, value, options),
    }
    Ok(())
}

fn full_name(written: &str) -> Option<&'static str> {
    match written {
        "cd" => return Some("cdflag"),
        "do" => return Some("dnssec"),
        "ad" => return Some("adflag"),
        "rd" | "rec" => return Some("recurse"),
        "time" => return Some("timeout"),
        _ => {}
    }
    if let Some(exact) = FLAGS.iter().find(|name| **name == written) {
        return Some(exact);
    }
    let mut fitting = FLAGS.iter().filter(|name| name.starts_with(written));
    let first = fitting.next().filter(|_| !written.is_empty())?;
    fitting.next().is_none().then_some(first)
}

fn show(name: &str, on: bool, options: &mut Options) {
    let show = &mut options.show;
    match name {
        "short" => show.short = on,
        "json" => show.json = on,
        "yaml" => show.yaml = on,
        "multiline" => show.multiline = on,
        "qr" => show.query = on,
        "cmd" => show.command = on,
        "comments" => show.comments = on,
        "question" => show.question = on,
        "answer" => show.answer = on,
        "authority" => show.authority = on,
        "additional" => show.additional = on,
        "stats" => show.statistics = on,
        // +all
        _ => {
            show.command = on;
            show.comments = on;
            show.question = on;
            show.answer = on;
            show.authority = on;
            show.additional = on;
            show.statistics = on;
        }
    }
}

fn edns(name: &str, on: bool, value: Option<&str>, options: &mut Options) -> Result<(), String> {
    let plain = |options: &mut Options, code: OptionCode, data: Vec<u8>| {
        let all = &mut options.edns().options;
        all.retain(|(other, _)| *other != code.0);
        if on {
            all.push((code.0, data));
        }
    };
    match name {
        "edns" if !on => options.edns = None,
        "edns" => {
            options.edns().version = value.map_or(Ok(0), |value| number(name, value))?;
        }
        "bufsize" => {
            options.edns().udp_size = match value {
                Some(value) if on => number(name, value)?,
                _ => Edns::default().udp_size,
            };
        }
        "dnssec" => {
            let flags = &mut options.edns().flags;
            *flags = if on {
                *flags | DNSSEC_OK
            } else {
                *flags & !DNSSEC_OK
            };
        }
        "ednsflags" => {
            options.edns().flags = match value {
                Some(value) if on => flag_bits(value)?,
                _ => 0,
            };
        }
        "padding" => {
            options.edns().padding = match value {
                Some(value) if on => number(name, value)?,
                _ => 0,
            };
        }
        "nsid" => plain(options, OptionCode::NSID, Vec::new()),
        "expire" => plain(options, OptionCode::EXPIRE, Vec::new()),
        "keepalive" => plain(options, OptionCode::KEEPALIVE, Vec::new()),
        "zoneversion" => plain(options, OptionCode::ZONEVERSION, Vec::new()),
        "zdns" => plain(options, OptionCode::ZDNS, Vec::new()),
        "cookie" => {
            options.cookie = on;
            match value {
                Some(value) if on => plain(options, OptionCode::COOKIE, hex(value)?),
                // One is drawn for each query.
                _ => options
                    .edns()
                    .options
                    .retain(|(code, _)| *code != OptionCode::COOKIE.0),
            }
        }
        "subnet" => {
            let data = if on {
                subnet(required(name, value)?)?
            } else {
                Vec::new()
            };
            plain(options, OptionCode::ECS, data);
        }
        // +ednsopt
        _ if on => {
            let value = required(name, value)?;
            let (code, data) = value.split_once(':').unwrap_or((value, ""));
            let code = OptionCode::from_mnemonic(code.as_bytes());
            let code = code.ok_or_else(|| format!("{value} is no EDNS option"))?;
            options.edns().options.push((code.0, hex(data)?));
        }
        _ => options.edns().options.clear(),
    }
    Ok(())
}

fn required<'v>(name: &str, value: Option<&'v str>) -> Result<&'v str, String> {
    value.ok_or_else(|| format!("+{name} wants a value: +{name}=…"))
}

fn number<T: std::str::FromStr>(name: &str, value: &str) -> Result<T, String> {
    value
        .parse()
        .map_err(|_| format!("+{name}={value}: not a number that it can be"))
}

/// Decimal, or hexadecimal behind `0x`.
fn flag_bits(value: &str) -> Result<u16, String> {
    let bits = match value.strip_prefix("0x") {
        Some(digits) => u16::from_str_radix(digits, 16),
        None => value.parse(),
    };
    bits.map_err(|_| format!("{value}: not 16 flags"))
}

fn opcode(value: &str) -> Result<u8, String> {
    let opcode = Opcode::from_mnemonic(value.as_bytes()).filter(|opcode| opcode.0 < 16);
    opcode
        .map(|opcode| opcode.0)
        .ok_or_else(|| format!("{value} is no opcode"))
}

fn timeout(value: Option<&str>) -> Result<Duration, String> {
    let Some(value) = value else {
        return Ok(Options::default().timeout);
    };
    let seconds: u64 = number("timeout", value)?;
    Ok(Duration::from_secs(seconds.clamp(1, MAX_TIMEOUT)))
}

fn hex(text: &str) -> Result<Vec<u8>, String> {
    let wrong = |_| format!("{text}: not hexadecimal, two digits an octet");
    hexadecimal::octets(text).map_err(wrong)
}

/// The data of a client subnet option (RFC 7871 6).
fn subnet(value: &str) -> Result<Vec<u8>, String> {
    let wrong = || format!("{value}: not a subnet like 192.0.2.0/24");
    let (address, prefix) = match value.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix)),
        None => (value, None),
    };
    // 0 alone asks that no subnet be used.
    let address: IpAddr = match address {
        "0" => IpAddr::from([0, 0, 0, 0]),
        address => address.parse().map_err(|_| wrong())?,
    };
    let (family, octets) = match address {
        IpAddr::V4(v4) => (1, v4.octets().to_vec()),
        IpAddr::V6(v6) => (2, v6.octets().to_vec()),
    };
    let all = u8::try_from(octets.len() * 8).map_err(|_| wrong())?;
    let prefix = match prefix {
        Some(prefix) => prefix.parse().map_err(|_| wrong())?,
        None if value == "0" => 0,
        None => all,
    };
    if prefix > all {
        return Err(wrong());
    }
    let mut kept_octets = Vec::new();
    let mut left = usize::from(prefix);
    for octet in octets {
        if left == 0 {
            break;
        }
        // Bits beyond the prefix must be zero.
        let kept = left.min(8);
        kept_octets.push(octet & (0xFF_u16 << (8 - kept)) as u8);
        left -= kept;
    }
    let prefix = SubnetPrefix {
        family,
        source: prefix,
        scope: 0,
        address: &kept_octets,
    };
    let mut buffer = [0; 64];
    let mut writer = Writer::<0>::new(&mut buffer, Form::Plain);
    let written = EdnsOption::from(ClientSubnet { prefix }).write(&mut writer);
    written.map_err(|error| error.to_string())?;
    Ok(writer.written()[OPTION_HEAD_LEN..].to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(flags: &[&str]) -> Options {
        let mut options = Options::default();
        for flag in flags {
            apply(flag, &mut options).unwrap();
        }
        options
    }

    #[test]
    fn a_start_that_fits_one_flag_only_will_do() {
        assert!(after(&["mult"]).show.multiline);
        assert!(!after(&["nostat"]).show.statistics);
        assert!(apply("e", &mut Options::default()).is_err());
        assert!(apply("", &mut Options::default()).is_err());
        assert!(apply("no", &mut Options::default()).is_err());
    }

    #[test]
    fn nothing_but_the_answer() {
        let show = after(&["noall", "answer"]).show;
        assert!(show.answer && !show.question && !show.comments && !show.statistics);
    }

    #[test]
    fn edns_options() {
        let options = after(&["nsid", "ednsopt=65353:01ff", "bufsize=4096"]);
        let edns = options.edns.unwrap();
        assert_eq!(edns.options, [(3, vec![]), (65353, vec![1, 255])]);
        assert_eq!(edns.udp_size, 4096);
        assert_eq!(after(&["nsid", "nonsid"]).edns.unwrap().options, []);
        assert_eq!(after(&["noedns"]).edns, None);
        assert_eq!(
            after(&["cookie=0102"]).edns.unwrap().options,
            [(10, vec![1, 2])]
        );
        assert!(after(&["cookie"]).cookie && !after(&["nocookie"]).cookie);
    }

    #[test]
    fn subnets() {
        assert_eq!(
            subnet("192.0.2.255/25").unwrap(),
            [0, 1, 25, 0, 192, 0, 2, 128]
        );
        assert_eq!(subnet("192.0.2.1/20").unwrap(), [0, 1, 20, 0, 192, 0, 0]);
        assert_eq!(subnet("0").unwrap(), [0, 1, 0, 0]);
        assert_eq!(
            subnet("2001:db8::/32").unwrap(),
            [0, 2, 32, 0, 0x20, 1, 0xd, 0xb8]
        );
        assert!(subnet("192.0.2.0/33").is_err());
    }

    #[test]
    fn tries_and_times() {
        assert_eq!(after(&["retry=0"]).tries, 1);
        assert_eq!(after(&["tries=0"]).tries, 1);
        assert_eq!(after(&["time=1"]).timeout, Duration::from_secs(1));
        assert!(apply("timeout", &mut Options::default()).is_err());
    }
}
