//! The policies of the synthetic geography, embedded with the bases they extend, so that a synthetic night stands on its own.

macro_rules! shipped {
    ($($path:literal),* $(,)?) => {
        /// Path below the policy folder, and text.
        pub const POLICIES: &[(&str, &str)] =
            &[$(($path, include_str!(concat!("../../pipelines/policy/", $path)))),*];
    };
}

shipped! {
    "000000/national.toml",
    "110000/310.toml", "110000/390.toml", "360000/jiangxi.toml", "360100/310.toml", "360100/390.toml", "420100/310.toml",
    "420100/390.toml", "440100/310.toml", "440100/390.toml", "610000/shaanxi.toml", "611000/310.toml", "611000/390.toml",
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::compile::compile;
    use crate::policy::written::read_files;

    #[test]
    fn they_are_a_whole_book() {
        let book = read_files(POLICIES.iter().copied());
        let compiled = compile(&book);
        assert!(compiled.is_ok(), "{compiled:?}");
    }
}
