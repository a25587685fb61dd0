//! Hands the linker cortex-m-rt's script and the memory layout of the board that the target stands for.

use std::path::PathBuf;

fn main() {
    let var = |name| std::env::var(name).expect("cargo sets it");
    let target = var("TARGET");
    let core = target.split('-').next().unwrap_or_default();
    let here = PathBuf::from(var("CARGO_MANIFEST_DIR")).join("memory");
    let layout = here.join(core).with_extension("x");
    let out = var("OUT_DIR");
    if let Err(error) = std::fs::copy(&layout, PathBuf::from(&out).join("memory.x")) {
        let layout = layout.display();
        panic!(
            "{target} has no board here: {layout}: {error}; the layouts are in {}",
            here.display()
        );
    }
    println!("cargo:rustc-link-search={out}");
    println!("cargo:rustc-link-arg-bins=-Tlink.x");
    println!("cargo:rerun-if-changed=memory");
}
