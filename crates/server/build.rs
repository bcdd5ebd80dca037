//! Has the crate built again when the page was built; the page's absence is fine.

fn main() {
    const PAGE: &str = "../../ui/dist";
    // Cargo takes a missing folder for a changed one, at every build. Where the sources are
    // read-only, that is all that happens.
    let _ = std::fs::create_dir(PAGE);
    println!("cargo::rerun-if-changed={PAGE}");
    println!("cargo::rerun-if-changed=build.rs");
}
