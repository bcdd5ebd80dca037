//! Writes valid requests into `corpus/<target>/`, for the fuzz targets to begin with.

use std::path::Path;

fn main() -> std::io::Result<()> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for (number, (target, bytes)) in plimsoll_wire_fuzz::seeds(200).into_iter().enumerate() {
        let folder = corpus.join(target);
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join(format!("seed-{number:04}")), bytes)?;
    }
    Ok(())
}
