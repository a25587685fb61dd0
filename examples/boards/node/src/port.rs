//! The serial line.

/// A serial line to a host: 115,200 baud, 8 bits, no parity, one stop bit, unless the host is told otherwise.
///
/// What comes in while the radio sends has to be kept meanwhile; a host says no more than
/// [`MAX_WRITTEN_LEN`](lib_dns_core::hint::serial::MAX_WRITTEN_LEN) octets before it is answered.
pub trait Port {
    /// The next octet that has come in, if there is one. Does not wait.
    fn next(&mut self) -> Option<u8>;

    /// Sends octets, and waits until they are on their way.
    fn write(&mut self, octets: &[u8]);
}

/// No line.
impl Port for () {
    fn next(&mut self) -> Option<u8> {
        None
    }

    fn write(&mut self, _: &[u8]) {}
}
