//! The port behind which a radio is: a serial line, or a stream that stands for one.

mod device;

pub(crate) use device::is_speed;

use device::Device;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;

/// How long opening a port may take, or writing to it.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where a radio is.
///
/// ```
/// use lib_dns_std::hint::PortAddress;
/// let simulated: PortAddress = "tcp:127.0.0.1:7000".parse()?;
/// assert!(matches!(simulated, PortAddress::Tcp(_)));
/// assert_eq!("/dev/ttyUSB0".parse::<PortAddress>()?.to_string(), "/dev/ttyUSB0");
/// assert!("tcp:7000".parse::<PortAddress>().is_err());
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PortAddress {
    /// A serial port, as `/dev/ttyUSB0`.
    Device(PathBuf),
    /// Whoever listens there, as `tcp:127.0.0.1:7000`: a simulated radio, or a serial server.
    Tcp(SocketAddr),
    /// Whoever listens there, as `unix:/run/radio`.
    Unix(PathBuf),
}

impl FromStr for PortAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(address) = text.strip_prefix("tcp:") {
            let address = address.parse();
            return address.map(Self::Tcp).map_err(|_| {
                "an address behind 'tcp:' is like 127.0.0.1:7000 or [::1]:7000".to_owned()
            });
        }
        let (path, make): (&str, fn(PathBuf) -> Self) = match text.strip_prefix("unix:") {
            Some(path) => (path, Self::Unix),
            None => (text, Self::Device),
        };
        if path.is_empty() {
            return Err(
                "a port is like /dev/ttyUSB0, tcp:127.0.0.1:7000 or unix:/run/radio".to_owned(),
            );
        }
        Ok(make(path.into()))
    }
}

impl fmt::Display for PortAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Device(path) => write!(f, "{}", path.display()),
            Self::Tcp(address) => write!(f, "tcp:{address}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// A port that is open.
#[derive(Debug)]
pub struct Port(Stream);

#[derive(Debug)]
enum Stream {
    Device(Device),
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Port {
    /// Opens a port; of a serial port it is the only user from now on, as far as others ask.
    ///
    /// # Errors
    /// If nothing is there, somebody else has it, it has no such speed, or that is not known within 10 seconds.
    pub async fn open(address: &PortAddress, baud: u32) -> io::Result<Self> {
        let stream = in_time(async {
            Ok(match address {
                PortAddress::Tcp(address) => {
                    let stream = TcpStream::connect(address).await?;
                    // What is late is of no use to a radio.
                    stream.set_nodelay(true)?;
                    Stream::Tcp(stream)
                }
                PortAddress::Unix(path) => Stream::Unix(UnixStream::connect(path).await?),
                PortAddress::Device(path) => Stream::Device(Device::open(path, baud)?),
            })
        });
        stream.await.map(Self).map_err(with_advice)
    }

    /// Waits for octets; there is at least one. Nothing is lost if nobody waits for it any more.
    ///
    /// # Errors
    /// If the port is gone.
    pub async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = match &mut self.0 {
            Stream::Tcp(stream) => stream.read(buffer).await,
            Stream::Unix(stream) => stream.read(buffer).await,
            Stream::Device(device) => device.read(buffer).await,
        };
        let end = io::ErrorKind::UnexpectedEof;
        match read {
            Ok(count) if count > 0 => Ok(count),
            Err(error) if error.kind() != end => Err(error),
            _ => Err(io::Error::new(end, "the other side is gone")),
        }
    }

    /// Writes all of it.
    ///
    /// # Errors
    /// If the port is gone, or takes no more for 10 seconds.
    pub async fn write_all(&mut self, octets: &[u8]) -> io::Result<()> {
        in_time(async {
            match &mut self.0 {
                Stream::Tcp(stream) => stream.write_all(octets).await,
                Stream::Unix(stream) => stream.write_all(octets).await,
                Stream::Device(device) => device.write_all(octets).await,
            }
        })
        .await
    }
}

async fn in_time<T>(work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    let done = timeout(PATIENCE, work).await;
    done.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

/// An error of opening a port, with what to look at next.
fn with_advice(error: io::Error) -> io::Error {
    let advice = match error.kind() {
        io::ErrorKind::NotFound => "is the radio plugged in, and the name right?",
        io::ErrorKind::PermissionDenied => {
            "be in the group that the port belongs to, often dialout"
        }
        io::ErrorKind::ConnectionRefused => "does anything listen there?",
        io::ErrorKind::ResourceBusy => "a server or 'zdns hint listen' may be running",
        _ => return error,
    };
    io::Error::new(error.kind(), format!("{error}; {advice}"))
}

/// A text of the radio without what would steer a terminal.
pub(crate) fn printable(text: &str) -> String {
    let characters = text.chars();
    characters
        .filter(|character| !character.is_control())
        .collect()
}
