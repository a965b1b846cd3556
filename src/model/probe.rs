//! Watching a forward pass: intermediate tensors by name, and the chance to replace them.

use burn::tensor::Tensor;

/// Receives the intermediate tensors of a forward pass and may replace each.
///
/// Names are the module paths of diffusers, for example `down_blocks.1.resnets.0` or `mid_block.attentions.0`.
pub trait Probe {
    /// A feature map `[B, C, H, W]`; returns what the network goes on with.
    fn feature(&mut self, name: &str, value: Tensor<4>) -> Tensor<4> {
        let _ = name;
        value
    }

    /// Attention probabilities `[B, heads, queries, keys]`; returns what the network goes on with.
    fn attention(&mut self, name: &str, probabilities: Tensor<4>) -> Tensor<4> {
        let _ = name;
        probabilities
    }

    /// The time embedding `[B, D]`; returns what the network goes on with.
    fn embedding(&mut self, name: &str, value: Tensor<2>) -> Tensor<2> {
        let _ = name;
        value
    }
}

/// A probe and the path of the module that runs now; without a probe every call is free.
pub struct Watch<'a> {
    probe: Option<&'a mut dyn Probe>,
    path: String,
}

impl<'a> Watch<'a> {
    /// Watches with `probe`.
    pub fn new(probe: &'a mut dyn Probe) -> Self {
        Self { probe: Some(probe), path: String::new() }
    }

    /// Watches nothing.
    pub fn none() -> Self {
        Self { probe: None, path: String::new() }
    }

    /// Runs `body` inside the module `name.index`.
    pub fn within<T>(&mut self, name: &str, index: usize, body: impl FnOnce(&mut Self) -> T) -> T {
        self.enter(name, Some(index), body)
    }

    /// Runs `body` inside the module `name`.
    pub fn inside<T>(&mut self, name: &str, body: impl FnOnce(&mut Self) -> T) -> T {
        self.enter(name, None, body)
    }

    fn enter<T>(&mut self, name: &str, index: Option<usize>, body: impl FnOnce(&mut Self) -> T) -> T {
        if self.probe.is_none() {
            return body(self);
        }
        let length = self.path.len();
        self.path = self.join(name, index);
        let value = body(self);
        self.path.truncate(length);
        value
    }

    /// Shows the feature map of the module `name` (with `index` where it is one of a list).
    pub fn feature(&mut self, name: &str, index: Option<usize>, value: Tensor<4>) -> Tensor<4> {
        let name = self.probe.is_some().then(|| self.join(name, index));
        match (&mut self.probe, name) {
            (Some(probe), Some(name)) => probe.feature(&name, value),
            _ => value,
        }
    }

    /// Shows attention probabilities of the module that runs now.
    pub fn attention(&mut self, probabilities: Tensor<4>) -> Tensor<4> {
        match &mut self.probe {
            Some(probe) => probe.attention(&self.path, probabilities),
            None => probabilities,
        }
    }

    /// Shows an embedding.
    pub fn embedding(&mut self, name: &str, value: Tensor<2>) -> Tensor<2> {
        match &mut self.probe {
            Some(probe) => probe.embedding(name, value),
            None => value,
        }
    }

    fn join(&self, name: &str, index: Option<usize>) -> String {
        let dot = if self.path.is_empty() { "" } else { "." };
        match index {
            Some(index) => format!("{}{dot}{name}.{index}", self.path),
            None => format!("{}{dot}{name}", self.path),
        }
    }
}
