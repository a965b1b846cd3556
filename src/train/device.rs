//! Which device a command computes on.

use burn::tensor::Device;
use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use super::failure::{Failure, Outcome};

/// The devices the command line knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum DeviceName {
    /// The processor, all cores.
    #[default]
    Cpu,
    /// A GPU through Vulkan (build with `--features vulkan`).
    Vulkan,
    /// An NVIDIA GPU through CUDA (build with `--features cuda`).
    Cuda,
}

impl DeviceName {
    /// The burn device.
    ///
    /// # Errors
    /// Where this program was built without that device.
    pub fn open(self) -> Outcome<Device> {
        match self {
            Self::Cpu => Ok(Device::flex()),
            #[cfg(feature = "vulkan")]
            Self::Vulkan => Ok(Device::vulkan(burn::tensor::DeviceKind::DefaultDevice)),
            #[cfg(feature = "cuda")]
            Self::Cuda => Ok(Device::cuda(0)),
            #[cfg(not(all(feature = "vulkan", feature = "cuda")))]
            other => {
                let name = format!("{other:?}").to_lowercase();
                Err(Failure::new(format!(
                    "this program was built without {name}; build it again with --features train,{name}, or use --device cpu"
                )))
            }
        }
    }
}
