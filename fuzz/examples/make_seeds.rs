//! Writes the seeds that are made by code: `cargo run --manifest-path fuzz/Cargo.toml --example make_seeds`.

use std::fs;
use std::path::Path;

fn main() -> std::io::Result<()> {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds");
    for target in lib_dns_fuzz::seeds::TARGETS {
        let folder = seeds.join(target);
        fs::create_dir_all(&folder)?;
        for (name, octets) in lib_dns_fuzz::seeds::made_for(target) {
            fs::write(folder.join(name), octets)?;
        }
    }
    Ok(())
}
