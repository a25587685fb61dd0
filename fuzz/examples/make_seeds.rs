//! Writes the seeds and the dictionary that are made by code: `cargo run --manifest-path fuzz/Cargo.toml --example make_seeds`.

use std::fs;
use std::path::Path;

fn main() -> std::io::Result<()> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::write(
        here.join("zone_text.dict"),
        lib_dns_fuzz::seeds::words_of_zone_text(),
    )?;
    for target in lib_dns_fuzz::seeds::TARGETS {
        let folder = here.join("seeds").join(target);
        fs::create_dir_all(&folder)?;
        for (name, octets) in lib_dns_fuzz::seeds::made_for(target) {
            fs::write(folder.join(name), octets)?;
        }
    }
    Ok(())
}
