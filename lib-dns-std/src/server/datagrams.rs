//! Datagrams in batches, where the system can (recvmmsg and sendmmsg), else one by one.

/// The longest query taken and the longest answer sent over UDP, in octets.
pub(super) const MAX_LEN: usize = 4096;

#[cfg(any(
    target_os = "linux",
    target_os = "android",
    target_os = "freebsd",
    target_os = "netbsd"
))]
pub(super) use batched::Datagrams;
#[cfg(not(any(
    target_os = "linux",
    target_os = "android",
    target_os = "freebsd",
    target_os = "netbsd"
)))]
pub(super) use single::Datagrams;

#[cfg(any(
    target_os = "linux",
    target_os = "android",
    target_os = "freebsd",
    target_os = "netbsd"
))]
mod batched {
    use super::MAX_LEN;
    use nix::sys::socket::{
        ControlMessage, MsgFlags, MultiHeaders, SockaddrStorage, recvmmsg, sendmmsg,
    };
    use std::io::{self, IoSlice, IoSliceMut};
    use std::net::{SocketAddr, UdpSocket};
    use std::os::fd::AsRawFd;

    /// Queries received at once. More gain nothing, and the buffers would leave the processor's cache.
    const BATCH: usize = 32;

    /// The buffers of one thread.
    pub(crate) struct Datagrams {
        queries: Box<[[u8; MAX_LEN]; BATCH]>,
        answers: Box<[[u8; MAX_LEN]; BATCH]>,
        /// Of the queries received, length and sender.
        received: Vec<(usize, Option<SockaddrStorage>)>,
        /// Of the answers, the length; they stand in the first of `answers`.
        lengths: [usize; BATCH],
        receivers: [Option<SockaddrStorage>; BATCH],
        count: usize,
        // Two, for the system writes into the first what it reads from the second.
        incoming: MultiHeaders<SockaddrStorage>,
        outgoing: MultiHeaders<SockaddrStorage>,
    }

    fn socket_address(address: &SockaddrStorage) -> Option<SocketAddr> {
        match (address.as_sockaddr_in(), address.as_sockaddr_in6()) {
            (Some(v4), _) => Some(SocketAddr::V4((*v4).into())),
            (_, Some(v6)) => Some(SocketAddr::V6((*v6).into())),
            _ => None,
        }
    }

    impl Datagrams {
        pub(crate) fn new() -> Self {
            Self {
                queries: Box::new([[0; MAX_LEN]; BATCH]),
                answers: Box::new([[0; MAX_LEN]; BATCH]),
                received: Vec::with_capacity(BATCH),
                lengths: [0; BATCH],
                receivers: [None; BATCH],
                count: 0,
                incoming: MultiHeaders::preallocate(BATCH, None),
                outgoing: MultiHeaders::preallocate(BATCH, None),
            }
        }

        /// Waits for a datagram and takes what else has come.
        pub(crate) fn receive(&mut self, socket: &UdpSocket) -> io::Result<()> {
            self.received.clear();
            let mut slices = self
                .queries
                .each_mut()
                .map(|query| [IoSliceMut::new(query)]);
            let results = recvmmsg(
                socket.as_raw_fd(),
                &mut self.incoming,
                &mut slices,
                MsgFlags::MSG_WAITFORONE,
                None,
            )?;
            for result in results {
                // What was cut off cannot be answered; it keeps its place, because places are buffers.
                let whole = !result.flags.contains(MsgFlags::MSG_TRUNC);
                let sender = result.address.filter(|_| whole);
                self.received.push((result.bytes, sender));
            }
            Ok(())
        }

        /// Has each query answered.
        pub(crate) fn answer(
            &mut self,
            mut respond: impl FnMut(&[u8], SocketAddr, &mut [u8; MAX_LEN]) -> Option<usize>,
        ) {
            self.count = 0;
            for (query, &(length, sender)) in self.queries.iter().zip(&self.received) {
                let (Some(sender), Some(query)) = (sender, query.get(..length)) else {
                    continue;
                };
                let Some(address) = socket_address(&sender) else {
                    continue;
                };
                if let Some(length) = respond(query, address, &mut self.answers[self.count]) {
                    self.lengths[self.count] = length.min(MAX_LEN);
                    self.receivers[self.count] = Some(sender);
                    self.count += 1;
                }
            }
        }

        /// Sends the answers. One that cannot be sent is dropped: the client asks again.
        pub(crate) fn send(&mut self, socket: &UdpSocket) {
            let answers = &self.answers;
            let slices: [[IoSlice<'_>; 1]; BATCH] =
                std::array::from_fn(|place| [IoSlice::new(&answers[place][..self.lengths[place]])]);
            let no_control: [ControlMessage<'_>; 0] = [];
            let mut sent = 0;
            while sent < self.count {
                let outcome = sendmmsg(
                    socket.as_raw_fd(),
                    &mut self.outgoing,
                    &slices[sent..self.count],
                    &self.receivers[sent..self.count],
                    no_control,
                    MsgFlags::empty(),
                );
                sent += outcome.map_or(1, |results| results.count().max(1));
            }
        }
    }
}

#[cfg(any(
    test,
    not(any(
        target_os = "linux",
        target_os = "android",
        target_os = "freebsd",
        target_os = "netbsd"
    ))
))]
pub(super) mod single {
    use super::MAX_LEN;
    use std::io;
    use std::net::{SocketAddr, UdpSocket};

    /// The buffers of one thread.
    pub(crate) struct Datagrams {
        query: Box<[u8; MAX_LEN]>,
        answer: Box<[u8; MAX_LEN]>,
        received: Option<(usize, SocketAddr)>,
        length: Option<usize>,
    }

    impl Datagrams {
        pub(crate) fn new() -> Self {
            Self {
                query: Box::new([0; MAX_LEN]),
                answer: Box::new([0; MAX_LEN]),
                received: None,
                length: None,
            }
        }

        /// Waits for a datagram.
        pub(crate) fn receive(&mut self, socket: &UdpSocket) -> io::Result<()> {
            self.received = Some(socket.recv_from(&mut self.query[..])?);
            Ok(())
        }

        /// Has the query answered. A full buffer may be a query that was cut off; it is not.
        pub(crate) fn answer(
            &mut self,
            mut respond: impl FnMut(&[u8], SocketAddr, &mut [u8; MAX_LEN]) -> Option<usize>,
        ) {
            let whole = self.received.filter(|&(length, _)| length < MAX_LEN);
            self.length = whole.and_then(|(length, sender)| {
                respond(&self.query[..length], sender, &mut self.answer)
            });
        }

        /// Sends the answer. If it cannot be sent it is dropped: the client asks again.
        pub(crate) fn send(&mut self, socket: &UdpSocket) {
            if let (Some(length), Some((_, sender))) = (self.length, self.received) {
                let _ = socket.send_to(&self.answer[..length.min(MAX_LEN)], sender);
            }
        }
    }
}
