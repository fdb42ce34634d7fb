//! Of the drive, the pipeline file.

#[path = "../../../src/run/pipeline.rs"]
pub mod pipeline;
