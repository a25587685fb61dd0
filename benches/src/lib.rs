//! Measurements of lib-dns beside its peers.
