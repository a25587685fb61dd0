//! DNS servers, storage and the `zdns` program, on [`lib_dns_core`].
