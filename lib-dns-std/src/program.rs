//! What the `zdns` program does, one module a subcommand; the program itself only picks one.

pub mod zone;
