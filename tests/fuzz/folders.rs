//! Files of model folders, feature files, checkpoints and training configurations.

use std::path::Path;

use noisewalk::model::bundle::from_zip;
use noisewalk::model::config::Unet2dConfig;
use noisewalk::model::manifest::{FileEntry, Manifest, SCHEMA_VERSION};
use noisewalk::model::pipeline::Pipeline;
use noisewalk::train::checkpoint::config_of;
use noisewalk::train::config::TrainConfig;
use noisewalk::train::feature_file::features;
use proptest::prelude::*;
use safetensors::tensor::{Dtype, TensorView, serialize};
use sha2::{Digest, Sha256};

use crate::memory::assert_modest;
use crate::mutation::{damaged, with_another_value};
use crate::{seeded, zip_writer};

fn manifest() -> Manifest {
    let files = [("unet/config.json".to_owned(), FileEntry::of(b"{}"))].into();
    let (recipe, golden) = ("name = \"tiny\"".to_owned(), Some("golden.safetensors".to_owned()));
    let metrics = [("loss".to_owned(), 0.5)].into();
    Manifest { schema_version: SCHEMA_VERSION, name: "tiny".into(), parameters: 3, files, recipe, metrics, golden }
}

fn npy() -> Vec<u8> {
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n";
    let data: Vec<u8> = (0..6).flat_map(|i| (i as f32).to_le_bytes()).collect();
    [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes(), &data].concat()
}

fn tensors() -> Vec<u8> {
    let data: Vec<u8> = (0..6).flat_map(|i| (i as f32).to_le_bytes()).collect();
    let view = TensorView::new(Dtype::F32, vec![2, 3], &data).unwrap();
    serialize([("features", view)], None).unwrap()
}

/// A checkpoint in form, whose body need not be one.
fn checkpoint(body: &[u8]) -> Vec<u8> {
    [b"noisewalk-ckpt-1", &Sha256::digest(body)[..], body].concat()
}

fn written<T>(bytes: &[u8], read: impl FnOnce(&Path) -> T) -> T {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    read(file.path())
}

proptest! {
    #![proptest_config(seeded(1000))]

    #[test]
    fn manifests_are_read_or_refused(bytes in damaged(vec![manifest().to_json().unwrap().into_bytes()])) {
        if let Ok(manifest) = Manifest::from_json(&bytes) {
            manifest.total_bytes();
            drop(manifest.check("unet/config.json", b"{}"));
        }
        assert_modest();
    }

    #[test]
    fn networks_in_broken_json_are_read_or_refused(
        bytes in damaged(vec![Unet2dConfig::default().to_json().unwrap().into_bytes()])
    ) {
        drop(Unet2dConfig::from_json(&String::from_utf8_lossy(&bytes)));
        assert_modest();
    }

    #[test]
    fn networks_with_foreign_values_are_read_or_refused(
        value in with_another_value(serde_json::from_str(&Unet2dConfig::default().to_json().unwrap()).unwrap())
    ) {
        if let Ok(config) = Unet2dConfig::from_json(&value.to_string()) {
            prop_assert!(config.time_embed_dim() <= 1 << 16);
            prop_assert!(config.block_out_channels.len() * config.layers_per_block <= 1 << 10);
        }
        assert_modest();
    }

    #[test]
    fn archives_are_unpacked_or_refused(bytes in damaged(vec![zip_writer::zip(&[("m/a".into(), vec![7; 900]), ("m/b".into(), npy())])])) {
        drop(from_zip(&bytes));
        assert_modest();
    }

    #[test]
    fn indices_of_pipelines_are_read_or_refused(
        bytes in damaged(vec![br#"{"_class_name": "DDPMPipeline", "unet": ["diffusers", "UNet2DModel"], "vae": [null, null]}"#.to_vec()])
    ) {
        drop(Pipeline::from_json(&bytes));
        assert_modest();
    }

    #[test]
    fn feature_files_are_read_or_refused(bytes in damaged(vec![npy(), tensors()])) {
        drop(written(&bytes, features));
        assert_modest();
    }

    #[test]
    fn checkpoints_are_read_or_refused(body in damaged(vec![vec![0; 200]]), whole: bool) {
        let bytes = checkpoint(&body);
        drop(written(if whole { &bytes } else { &body }, config_of));
        assert_modest();
    }

    #[test]
    fn training_settings_are_read_or_refused(bytes in damaged(vec![std::fs::read("configs/avatars.toml").unwrap()])) {
        drop(written(&bytes, |path| TrainConfig::load(Some(path), &[])));
        assert_modest();
    }
}

#[test]
fn an_empty_feature_file_of_absurd_shape_is_refused() {
    let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': (0, {0}, {0}), }}\n", 1u64 << 40);
    let bytes = [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes()].concat();
    assert!(written(&bytes, features).is_err());
}
