//! A policy with its bases: the one place that knows in which order their layers stand and whose figures count.

use std::collections::BTreeMap;

use super::{LayerHead, Parameter, Written, WrittenLayer};

/// A layer with the parts of it in every file, the region's first.
#[derive(Clone, Debug)]
pub struct LayerParts<'a> {
    pub id: &'a str,
    /// The nearest file that names it.
    pub file: &'a Written,
    pub parts: Vec<(&'a Written, &'a WrittenLayer)>,
}

impl<'a> LayerParts<'a> {
    /// What the nearest file with a head says of it, and that file; `None`: no file says care, fund, counter and base.
    pub fn head(&self) -> Option<(&'a Written, &'a LayerHead)> {
        self.parts.iter().find_map(|(file, part)| Some((*file, part.head.as_ref()?)))
    }
}

/// Layers in the order of `files` (the region's own, then its bases'), each once.
pub fn layers_of<'a>(files: &[&'a Written]) -> Vec<LayerParts<'a>> {
    let mut layers: Vec<LayerParts<'a>> = Vec::new();
    let all = || files.iter().flat_map(|file| file.layers.iter().map(|layer| (*file, layer)));
    for (file, layer) in all() {
        if layers.iter().any(|known| known.id == layer.id) {
            continue;
        }
        let parts = all().filter(|(_, other)| other.id == layer.id).collect();
        layers.push(LayerParts { id: &layer.id, file, parts });
    }
    layers
}

/// Published figures by id, over a policy and its bases, the nearest first: the nearest file that publishes a figure publishes all of it.
pub fn figures_of<'a>(files: &[&'a Written]) -> BTreeMap<&'a str, Vec<&'a Parameter>> {
    let mut published: BTreeMap<&str, Vec<&Parameter>> = BTreeMap::new();
    for file in files {
        let mut own: BTreeMap<&str, Vec<&Parameter>> = BTreeMap::new();
        for parameter in &file.parameters {
            own.entry(&parameter.id).or_default().push(parameter);
        }
        for (id, list) in own {
            published.entry(id).or_insert(list);
        }
    }
    published
}
