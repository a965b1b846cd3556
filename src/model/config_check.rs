//! Whether the numbers of a U-Net's configuration make a network: every misfit is named before a layer is built.

use super::block_types::{DownBlockType, UpBlockType};
use super::config::{ConfigError, Unet2dConfig};

impl Unet2dConfig {
    /// Checks that the numbers fit each other.
    ///
    /// # Errors
    /// [`ConfigError::Shape`] with the first misfit.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let levels = self.block_out_channels.len();
        let misfit = |condition: bool, text: String| if condition { Err(ConfigError::Shape(text)) } else { Ok(()) };
        misfit(levels == 0, "block_out_channels is empty".into())?;
        misfit(
            self.down_block_types.len() != levels || self.up_block_types.len() != levels,
            format!(
                "block_out_channels has {levels} levels, so down_block_types and up_block_types need {levels} each"
            ),
        )?;
        let hears_words = self.down_block_types.contains(&DownBlockType::CrossAttnDownBlock2D)
            || self.up_block_types.contains(&UpBlockType::CrossAttnUpBlock2D);
        misfit(
            hears_words && self.cross_attention.is_none(),
            "CrossAttn blocks belong to UNet2DConditionModel, not to UNet2DModel".into(),
        )?;
        misfit(self.norm_num_groups == 0, "norm_num_groups is 0".into())?;
        misfit(self.layers_per_block == 0, "layers_per_block is 0".into())?;
        misfit(self.layers_per_block > 64, format!("layers_per_block = {} is above 64", self.layers_per_block))?;
        misfit(levels > 16, format!("{levels} levels are more than 16"))?;
        let width = self.time_embedding_dim.unwrap_or(4);
        misfit(!(1..=65_536).contains(&width), format!("time_embedding_dim = {width} is not between 1 and 65536"))?;
        misfit(self.downsample_padding > 1, "downsample_padding must be 0 or 1".into())?;
        misfit(
            ![self.in_channels, self.out_channels].iter().all(|channels| (1..=8192).contains(channels)),
            "in_channels and out_channels must lie between 1 and 8192".into(),
        )?;
        for &channels in &self.block_out_channels {
            let groups = self.norm_num_groups;
            misfit(
                channels == 0 || channels % groups != 0,
                format!("{channels} channels cannot be split into norm_num_groups = {groups} groups"),
            )?;
            misfit(channels > 8192, format!("{channels} channels are more than 8192"))?;
            let head = self.attention_head_dim.unwrap_or(channels);
            misfit(
                head == 0 || channels % head.min(channels) != 0,
                format!("{channels} channels cannot be split into heads of attention_head_dim = {head}"),
            )?;
        }
        // The middle stands at the last level; where it hears words, its attention has no groups of its own.
        if let (Some(groups), Some(&channels), None) =
            (self.attn_norm_num_groups, self.block_out_channels.last(), &self.cross_attention)
        {
            misfit(
                groups == 0 || channels % groups != 0,
                format!("{channels} channels cannot be split into attn_norm_num_groups = {groups} groups"),
            )?;
        }
        self.validate_words()?;
        if let Some(size) = self.sample_size {
            misfit(size > 4096, format!("sample_size = {size} is above 4096"))?;
            let factor = 1usize << (levels - 1).min(16);
            misfit(
                size == 0 || size % factor != 0,
                format!("sample_size = {size} cannot be halved {} times", levels - 1),
            )?;
        }
        Ok(())
    }

    fn validate_words(&self) -> Result<(), ConfigError> {
        let Some(words) = &self.cross_attention else { return Ok(()) };
        let misfit = |text: String| Err(ConfigError::Shape(text));
        if !(1..=8192).contains(&words.dim) || !(1..=64).contains(&words.layers) {
            return misfit("cross_attention_dim and transformer_layers_per_block must be positive and sensible".into());
        }
        if words.heads.len() != self.block_out_channels.len() {
            return misfit(format!("attention_head_dim needs one number, or {}", self.block_out_channels.len()));
        }
        for (&heads, &channels) in words.heads.iter().zip(&self.block_out_channels) {
            if heads == 0 || channels % heads != 0 {
                return misfit(format!("{channels} channels cannot be split among {heads} attention heads"));
            }
        }
        let has_pixel_attention = self.down_block_types.contains(&DownBlockType::AttnDownBlock2D)
            || self.up_block_types.contains(&UpBlockType::AttnUpBlock2D);
        if has_pixel_attention {
            return misfit("Attn blocks belong to UNet2DModel, not to UNet2DConditionModel".into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use crate::model::folder::unet_config;
    use crate::model::unet2d::UNet2DModel;

    const PLAIN: &str = r#"{"_class_name": "UNet2DModel", "sample_size": 8, "block_out_channels": [4, 8], "norm_num_groups": 2,
        "down_block_types": ["DownBlock2D", "AttnDownBlock2D"], "up_block_types": ["AttnUpBlock2D", "UpBlock2D"]}"#;
    const WORDS: &str = r#"{"_class_name": "UNet2DConditionModel", "sample_size": 8, "block_out_channels": [4, 8], "norm_num_groups": 2,
        "attention_head_dim": 2, "cross_attention_dim": 6, "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D"],
        "up_block_types": ["CrossAttnUpBlock2D", "UpBlock2D"]}"#;

    #[test]
    fn groups_that_do_not_fit_are_named() {
        let with = |groups: &str| {
            let text =
                PLAIN.replace("\"sample_size\"", &format!("\"attn_norm_num_groups\": {groups}, \"sample_size\""));
            unet_config(&text)
        };
        assert!(
            with("3").unwrap_err().to_string().contains("8 channels cannot be split into attn_norm_num_groups = 3")
        );
        assert!(with("0").unwrap_err().to_string().contains("attn_norm_num_groups = 0"));
        UNet2DModel::new(&with("4").unwrap(), &Device::flex());
    }

    /// Whatever number another program writes: a sentence, or a network that can be built; never a panic.
    #[test]
    fn every_number_makes_a_network_or_a_sentence() {
        let options = [
            "sample_size",
            "in_channels",
            "out_channels",
            "time_embedding_dim",
            "layers_per_block",
            "downsample_padding",
            "attention_head_dim",
            "num_attention_heads",
            "norm_num_groups",
            "attn_norm_num_groups",
            "cross_attention_dim",
            "transformer_layers_per_block",
            "freq_shift",
            "norm_eps",
            "mid_block_scale_factor",
        ];
        let (mut built, mut refused) = (0, 0);
        for text in [PLAIN, WORDS] {
            for option in options {
                for number in
                    ["0", "1", "2", "3", "5", "7", "8", "16", "[2]", "[2, 2]", "[2, 3, 4]", "1e300", "-1", "null"]
                {
                    let mut value: serde_json::Value = serde_json::from_str(text).unwrap();
                    value[option] = serde_json::from_str(number).unwrap();
                    match unet_config(&value.to_string()) {
                        Ok(config) => {
                            UNet2DModel::new(&config, &Device::flex());
                            built += 1;
                        }
                        Err(error) => {
                            assert!(!error.to_string().is_empty());
                            refused += 1;
                        }
                    }
                }
            }
        }
        assert!(built > 50 && refused > 50, "{built} built, {refused} refused");
    }
}
