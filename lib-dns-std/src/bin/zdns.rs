//! `zdns`: the lib-dns program.
fn main() {}
