//! A serial port.
//!
//! A thread waits for it, since the runtime's own way to wait for any file is not one that safe code can take.

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::termios::{
    BaudRate, ControlFlags, FlushArg, SetArg, cfmakeraw, cfsetspeed, tcflush, tcgetattr, tcsetattr,
};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;

/// How often the thread looks whether it is still wanted, in milliseconds.
const LOOK_EVERY: u16 = 200;
/// How long a writer waits for the port to have room again.
const ROOM_EVERY: Duration = Duration::from_millis(5);
/// Octets that are read at a time.
const CHUNK_LEN: usize = 256;
/// Chunks that wait for whoever reads; then the port waits.
const CHUNKS: usize = 16;

/// A serial port that is open. It is ours alone, as far as others ask.
#[derive(Debug)]
pub(super) struct Device {
    line: Arc<Line>,
    chunks: mpsc::Receiver<io::Result<Vec<u8>>>,
    /// What was read and not taken yet.
    rest: Vec<u8>,
}

#[derive(Debug)]
struct Line {
    file: Flock<File>,
    is_closed: AtomicBool,
}

impl Device {
    pub(super) fn open(path: &Path, baud: u32) -> io::Result<Self> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(nix::libc::O_NOCTTY | nix::libc::O_NONBLOCK)
            .open(path)?;
        let file = Flock::lock(file, FlockArg::LockExclusiveNonblock);
        let file = file.map_err(|(_, error)| match error {
            Errno::EWOULDBLOCK => {
                io::Error::new(io::ErrorKind::ResourceBusy, "another program uses it")
            }
            error => error.into(),
        })?;
        set_up(&file, baud)?;
        let line = Arc::new(Line {
            file,
            is_closed: AtomicBool::new(false),
        });
        let (sender, chunks) = mpsc::channel(CHUNKS);
        let read = Arc::clone(&line);
        let thread = std::thread::Builder::new().name("serial port".to_owned());
        thread.spawn(move || read.read_all(&sender))?;
        Ok(Self {
            line,
            chunks,
            rest: Vec::new(),
        })
    }

    /// Waits for octets; 0 if the port is gone.
    pub(super) async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.rest.is_empty() {
            match self.chunks.recv().await {
                Some(chunk) => self.rest = chunk?,
                None => return Ok(0),
            }
        }
        let count = self.rest.len().min(buffer.len());
        for (place, octet) in buffer.iter_mut().zip(self.rest.drain(..count)) {
            *place = octet;
        }
        Ok(count)
    }

    pub(super) async fn write_all(&self, octets: &[u8]) -> io::Result<()> {
        let mut rest = octets;
        while !rest.is_empty() {
            match (&*self.line.file).write(rest) {
                Ok(written) => rest = rest.get(written..).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    tokio::time::sleep(ROOM_EVERY).await;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// The thread ends, and with it the lock.
impl Drop for Device {
    fn drop(&mut self) {
        self.line.is_closed.store(true, Ordering::Relaxed);
    }
}

impl Line {
    /// Passes on what comes until nobody wants it, or the port is gone.
    fn read_all(&self, chunks: &mpsc::Sender<io::Result<Vec<u8>>>) {
        while !self.is_closed.load(Ordering::Relaxed) {
            let chunk = match self.read_some() {
                Ok(Some(chunk)) => Ok(chunk),
                Ok(None) => continue,
                Err(error) => Err(error),
            };
            let was_last = chunk.is_err();
            if chunks.blocking_send(chunk).is_err() || was_last {
                return;
            }
        }
    }

    /// What came; `None` if nothing did for a while.
    fn read_some(&self) -> io::Result<Option<Vec<u8>>> {
        let mut waited = [PollFd::new(self.file.as_fd(), PollFlags::POLLIN)];
        match poll(&mut waited, PollTimeout::from(LOOK_EVERY)) {
            Ok(0) | Err(Errno::EINTR) => return Ok(None),
            Ok(_) => {}
            Err(error) => return Err(error.into()),
        }
        let mut octets = [0; CHUNK_LEN];
        match (&*self.file).read(&mut octets) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => Ok(octets.get(..count).map(<[u8]>::to_vec)),
            Err(error) => match error.kind() {
                io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted => Ok(None),
                _ => Err(error),
            },
        }
    }
}

/// Octets as they are, eight bits, no parity, one stop bit, no flow control.
fn set_up(line: &File, baud: u32) -> io::Result<()> {
    let speed = speed(baud).ok_or_else(|| {
        let what = format!("no serial port has {baud} baud; 115200 is usual");
        io::Error::new(io::ErrorKind::InvalidInput, what)
    })?;
    let mut settings = tcgetattr(line).map_err(|error| match error {
        Errno::ENOTTY => io::Error::new(io::ErrorKind::InvalidInput, "it is no serial port"),
        error => error.into(),
    })?;
    cfmakeraw(&mut settings);
    settings.control_flags |= ControlFlags::CLOCAL | ControlFlags::CREAD;
    // Boards that start anew when the line goes down shall not do so with each start of ours.
    let unwanted = ControlFlags::HUPCL | ControlFlags::CSTOPB | ControlFlags::CRTSCTS;
    settings.control_flags.remove(unwanted);
    cfsetspeed(&mut settings, speed)?;
    tcsetattr(line, SetArg::TCSANOW, &settings)?;
    // What came before somebody listened says nothing.
    Ok(tcflush(line, FlushArg::TCIOFLUSH)?)
}

fn speed(baud: u32) -> Option<BaudRate> {
    Some(match baud {
        9_600 => BaudRate::B9600,
        19_200 => BaudRate::B19200,
        38_400 => BaudRate::B38400,
        57_600 => BaudRate::B57600,
        115_200 => BaudRate::B115200,
        230_400 => BaudRate::B230400,
        #[cfg(target_os = "linux")]
        460_800 => BaudRate::B460800,
        #[cfg(target_os = "linux")]
        921_600 => BaudRate::B921600,
        _ => return None,
    })
}

/// The speeds that ports have, for those who asked for another.
pub(crate) fn is_speed(baud: u32) -> bool {
    speed(baud).is_some()
}
