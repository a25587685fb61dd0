//! Writes the seeds and the dictionary that are made by code: `cargo run --manifest-path fuzz/Cargo.toml --example make_seeds`.

use std::fs;
use std::path::Path;

fn main() -> std::io::Result<()> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (path, octets) in lib_dns_fuzz::seeds::files() {
        let file = here.join(path);
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(file, octets)?;
    }
    Ok(())
}
