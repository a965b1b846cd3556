//! What a network costs, counted from the names and shapes of its weights: parameters, FLOPs and memory by block.
//!
//! A multiply-accumulate counts as 2 FLOPs; biases, normalisations, non-linearities and sums count as none, as in PyTorch's `FlopCounterMode`:
//! a convolution is `2·k²·C_in·C_out` and a linear map `2·C_in·C_out` for each position it is applied at,
//! and attention of N queries to M keys of width D is `4·N·M·D` besides its projections.

use serde::Serialize;

use super::geometry::Geometry;

/// What a part of a network costs for one picture or text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct BlockCost {
    /// Its name, as in the weight file.
    pub name: String,
    /// Numbers that training fits.
    pub parameters: u64,
    /// FLOPs of one evaluation at batch 1.
    pub flops: u64,
    /// Numbers that its weighted layers and its attention maps put out at batch 1.
    ///
    /// Training keeps them all for the way back; sampling frees them as it goes.
    pub activations: u64,
}

impl BlockCost {
    /// The sum of several.
    pub fn total(name: &str, blocks: &[Self]) -> Self {
        let sum = |of: fn(&Self) -> u64| blocks.iter().map(of).fold(0u64, u64::saturating_add);
        Self {
            name: name.into(),
            parameters: sum(|b| b.parameters),
            flops: sum(|b| b.flops),
            activations: sum(|b| b.activations),
        }
    }

    /// Bytes in memory for a batch: f32 weights once, and f32 activations for each picture or text.
    pub fn bytes(&self, batch: u64) -> u64 {
        self.parameters.saturating_add(self.activations.saturating_mul(batch)).saturating_mul(4)
    }

    /// FLOPs of one evaluation of a batch.
    pub fn batch_flops(&self, batch: u64) -> u64 {
        self.flops.saturating_mul(batch)
    }
}

/// The block that the weight `name` belongs to: a resolution, a layer, or a part that stands alone.
fn block(name: &str) -> String {
    let depth = match name.split('.').position(|part| part.parse::<usize>().is_ok()) {
        Some(number) if name.starts_with(|c: char| c.is_alphabetic()) => number + 1,
        _ if ["encoder.", "decoder.", "text_model.", "vision_model."].iter().any(|outer| name.starts_with(outer)) => 2,
        _ => 1,
    };
    // Inside the middle everything is one block, whatever is numbered there.
    let whole = ["mid_block", "embeddings"].iter().find_map(|part| Some(name.find(part)? + part.len()));
    whole.map_or_else(|| name.split('.').take(depth).collect::<Vec<_>>().join("."), |end| name[..end].to_owned())
}

/// The cost of each block of a network, in the order of `weights`: names and shapes as in a PyTorch state dict.
pub fn blocks<'a>(geometry: &Geometry, weights: impl IntoIterator<Item = (&'a str, &'a [usize])>) -> Vec<BlockCost> {
    let mut costs: Vec<BlockCost> = Vec::new();
    for (name, shape) in weights {
        let of = block(name);
        let at = costs.iter().position(|cost| cost.name == of).unwrap_or_else(|| {
            costs.push(BlockCost { name: of, ..BlockCost::default() });
            costs.len() - 1
        });
        let [flops, activations] = layer(geometry, name, shape);
        costs[at].parameters = costs[at].parameters.saturating_add(product(shape));
        costs[at].flops = costs[at].flops.saturating_add(flops);
        costs[at].activations = costs[at].activations.saturating_add(activations);
    }
    costs
}

/// FLOPs and numbers put out by the layer whose weight this is.
fn layer(geometry: &Geometry, name: &str, shape: &[usize]) -> [u64; 2] {
    let Some(&out) = shape.first().filter(|_| name.ends_with("weight")) else { return [0; 2] };
    let positions = geometry.positions(name);
    let put_out = (out as u64).saturating_mul(positions);
    let map = product(shape).saturating_mul(2).saturating_mul(positions);
    if name.contains("token_embedding") || name.contains("position_embedding") {
        // A table is read, not multiplied with.
        return [0, product(&shape[1..]).saturating_mul(positions)];
    }
    if shape.len() < 2 {
        return [0, put_out];
    }
    if name.contains("to_q.") || name.contains("q_proj.") {
        let [keys, heads] = geometry.attention(name, out);
        let mixed = put_out.saturating_mul(keys).saturating_mul(4);
        let maps = heads.saturating_mul(positions).saturating_mul(keys);
        return [map.saturating_add(mixed), put_out.saturating_mul(2).saturating_add(maps)];
    }
    [map, put_out]
}

fn product(shape: &[usize]) -> u64 {
    shape.iter().fold(1, |product: u64, side| product.saturating_mul(*side as u64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::config::Unet2dConfig;

    fn cost<'a>(geometry: &Geometry, weights: &[(&'a str, &'a [usize])]) -> Vec<BlockCost> {
        blocks(geometry, weights.iter().copied())
    }

    /// A U-Net of two levels on 8 × 8 pixels, a layer of each kind, against sums done by hand.
    #[test]
    fn each_kind_of_layer_costs_what_its_formula_says() {
        let config = Unet2dConfig { sample_size: Some(8), block_out_channels: vec![4, 8], ..Unet2dConfig::default() };
        let geometry = Geometry::of_unet(&config, 16, 5);
        let weights: [(&str, &[usize]); 7] = [
            ("conv_in.weight", &[4, 3, 3, 3]),
            ("conv_in.bias", &[4]),
            ("time_embedding.linear_1.weight", &[16, 4]),
            ("down_blocks.0.downsamplers.0.conv.weight", &[4, 4, 3, 3]),
            ("mid_block.attentions.0.to_q.weight", &[8, 8]),
            ("up_blocks.0.upsamplers.0.conv.weight", &[8, 8, 3, 3]),
            ("up_blocks.1.resnets.0.norm1.weight", &[12]),
        ];
        let costs = cost(&geometry, &weights);
        let row = |name: &str, parameters, flops, activations| BlockCost {
            name: name.into(),
            parameters,
            flops,
            activations,
        };
        let hand = [
            // 3·3·3·4 weights and 4 biases; twice the weights at 64 pixels.
            row("conv_in", 112, 2 * 108 * 64, 4 * 64),
            row("time_embedding", 64, 128, 16),
            // The halved picture has 16 pixels.
            row("down_blocks.0", 144, 2 * 144 * 16, 4 * 16),
            // 16 pixels: the projection 2·8·8·16, and 4·16·16·8 for both products; one head of width 8.
            row("mid_block", 64, 2 * 64 * 16 + 4 * 16 * 16 * 8, 2 * 8 * 16 + 16 * 16),
            row("up_blocks.0", 576, 2 * 576 * 64, 8 * 64),
            row("up_blocks.1", 12, 0, 12 * 64),
        ];
        assert_eq!(costs, hand);
        let total = BlockCost::total("all", &costs);
        assert_eq!(total.bytes(3), 4 * (total.parameters + 3 * total.activations));
        assert_eq!(total.batch_flops(3), 3 * total.flops);
    }

    #[test]
    fn absurd_shapes_saturate() {
        let geometry = Geometry::Autoencoder { levels: 1, side: usize::MAX };
        let costs = cost(&geometry, &[("encoder.conv_in.weight", &[usize::MAX, usize::MAX, 3, 3])]);
        assert_eq!(costs[0].flops, u64::MAX);
    }
}
