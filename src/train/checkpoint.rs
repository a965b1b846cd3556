//! The state of a training run as one file: whole or absent, and checked when read.

use std::path::Path;

use burn::module::Module;
use burn::optim::ModuleOptimizer;
use burn::store::{ModuleRecord, RecordError};
use burn::tensor::Bytes;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::failure::{Context, Failure, Outcome};
use super::files;

/// First bytes of a checkpoint of this version.
const MAGIC: &[u8; 16] = b"noisewalk-ckpt-1";

/// Everything a run needs to go on as if it had not stopped.
pub struct Checkpoint<M> {
    /// Number of updates done.
    pub step: u64,
    /// Seconds of training so far.
    pub seconds: f64,
    /// The run's configuration, as TOML.
    pub config: String,
    /// The weights.
    pub weights: M,
    /// Their moving average.
    pub ema: M,
    /// AdamW's two moments.
    pub optimizer: ModuleOptimizer,
}

/// What lies in the file after the magic and the checksum.
#[derive(Serialize, Deserialize)]
struct Stored {
    step: u64,
    seconds: f64,
    config: String,
    weights: Vec<u8>,
    ema: Vec<u8>,
    optimizer: Vec<u8>,
}

impl<M: Module> Checkpoint<M> {
    /// Writes the file.
    ///
    /// # Errors
    /// Where the device cannot be read or the disk is full; the file before stays.
    pub fn save(&self, path: &Path) -> Outcome<()> {
        let context = "the checkpoint could not be put together";
        let record =
            |module: &M| -> Result<Vec<u8>, RecordError> { Ok(module.clone().into_record().into_bytes()?.to_vec()) };
        let stored = Stored {
            step: self.step,
            seconds: self.seconds,
            config: self.config.clone(),
            weights: record(&self.weights).context(context)?,
            ema: record(&self.ema).context(context)?,
            optimizer: self.optimizer.into_bytes().context(context)?.to_vec(),
        };
        let body = postcard::to_allocvec(&stored).context(context)?;
        let mut bytes = MAGIC.to_vec();
        bytes.extend(Sha256::digest(&body));
        bytes.extend(body);
        files::write(path, &bytes)
    }

    /// Reads a file into a network of the right shape (twice: weights and average) and an optimiser.
    ///
    /// # Errors
    /// Where the file is not a whole checkpoint, or belongs to another network.
    pub fn load(path: &Path, fresh: M, optimizer: ModuleOptimizer) -> Outcome<Self> {
        let stored = read(path)?;
        let context = format!("{} belongs to another network", path.display());
        let record = |bytes: Vec<u8>| ModuleRecord::from_bytes(Bytes::from_bytes_vec(bytes));
        let weights = record(stored.weights).context(&context)?;
        let ema = record(stored.ema).context(&context)?;
        Ok(Self {
            step: stored.step,
            seconds: stored.seconds,
            config: stored.config,
            ema: fresh.valid().try_load_record(ema).context(&context)?,
            weights: fresh.try_load_record(weights).context(&context)?,
            optimizer: optimizer.from_bytes(Bytes::from_bytes_vec(stored.optimizer)).context(&context)?,
        })
    }
}

/// The configuration a checkpoint was trained with, as TOML.
///
/// # Errors
/// Where the file is not a whole checkpoint.
pub fn config_of(path: &Path) -> Outcome<String> {
    Ok(read(path)?.config)
}

fn read(path: &Path) -> Outcome<Stored> {
    let bytes = files::read(path)?;
    let broken = || Failure::new(format!("{} is not a whole checkpoint of this version", path.display()));
    let rest = bytes.strip_prefix(MAGIC).ok_or_else(broken)?;
    let (digest, body) = rest.split_at_checked(32).ok_or_else(broken)?;
    if Sha256::digest(body).as_slice() != digest {
        return Err(broken());
    }
    postcard::from_bytes(body).map_err(|_| broken())
}
