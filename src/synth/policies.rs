//! The shipped policies, embedded, so that a synthetic night stands on its own.

macro_rules! shipped {
    ($($path:literal),* $(,)?) => {
        /// Path below the policy folder, and text.
        pub const POLICIES: &[(&str, &str)] =
            &[$(($path, include_str!(concat!("../../pipelines/policy/", $path)))),*];
    };
}

shipped! {
    "110000/310.toml", "110000/390.toml", "360100/310.toml", "360100/390.toml", "420100/310.toml",
    "420100/390.toml", "440100/310.toml", "440100/390.toml", "611000/310.toml", "611000/390.toml",
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;

    fn below(folder: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                below(&path, found)?;
            } else if path.extension().is_some_and(|end| end == "toml") {
                found.push(path);
            }
        }
        Ok(())
    }

    #[test]
    fn they_are_the_files_that_ship() -> std::io::Result<()> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines/policy");
        let mut found = Vec::new();
        below(&root, &mut found)?;
        found.sort();
        let embedded: Vec<PathBuf> = POLICIES.iter().map(|(name, _)| root.join(name)).collect();
        assert_eq!(embedded, found);
        for (name, text) in POLICIES {
            assert_eq!(std::fs::read_to_string(root.join(name))?, *text, "{name}");
        }
        Ok(())
    }
}
