//! `manifest.json`: what a model folder holds, how it was made, and how to tell that it is whole.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The version this crate writes and reads.
pub const SCHEMA_VERSION: u32 = 1;

/// Name of the manifest in a model folder.
pub const MANIFEST: &str = "manifest.json";

/// The table of contents of a model folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Name of the model.
    pub name: String,
    /// Number of parameters of all networks.
    pub parameters: u64,
    /// Every other file of the folder, by its path inside it.
    pub files: BTreeMap<String, FileEntry>,
    /// The training configuration, as TOML.
    pub recipe: String,
    /// What was measured, by name.
    pub metrics: BTreeMap<String, f64>,
    /// File with one golden input and output of the network (`sample`, `timestep`, `sample_out`).
    pub golden: Option<String>,
}

/// Size and checksum of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Length in bytes.
    pub bytes: u64,
    /// SHA-256 in lower-case hexadecimal.
    pub sha256: String,
}

/// Why a manifest, or a file it lists, is refused.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// Not JSON, or not of this form.
    #[error("manifest.json cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    /// Written by another version.
    #[error("manifest.json has schema version {found}, and this program reads version {SCHEMA_VERSION}")]
    Version {
        /// The version found.
        found: u64,
    },
    /// Fewer or more bytes than listed: an interrupted download.
    #[error("{path} has {found} bytes, but the manifest lists {listed}: it is cut short or of another version")]
    Length {
        /// The file.
        path: String,
        /// Its length.
        found: u64,
        /// The listed length.
        listed: u64,
    },
    /// Other bytes than listed.
    #[error("{path} does not have the checksum its manifest lists: it was changed or damaged")]
    Checksum {
        /// The file.
        path: String,
    },
    /// A file the folder does not list.
    #[error("the manifest does not list {path}")]
    Unlisted {
        /// The file.
        path: String,
    },
}

impl FileEntry {
    /// The entry of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self { bytes: bytes.len() as u64, sha256: hex(&Sha256::digest(bytes)) }
    }
}

impl Manifest {
    /// Reads a `manifest.json`.
    ///
    /// # Errors
    /// [`ManifestError::Json`] or [`ManifestError::Version`].
    pub fn from_json(text: &[u8]) -> Result<Self, ManifestError> {
        let value: serde_json::Value = serde_json::from_slice(text)?;
        match value.get("schema_version").and_then(serde_json::Value::as_u64) {
            Some(found) if found != u64::from(SCHEMA_VERSION) => Err(ManifestError::Version { found }),
            _ => Ok(serde_json::from_value(value)?),
        }
    }

    /// The text of the manifest.
    ///
    /// # Errors
    /// Never for values of this type.
    pub fn to_json(&self) -> Result<String, ManifestError> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// Checks that `bytes` are the file listed as `path`.
    ///
    /// # Errors
    /// [`ManifestError`] with what is wrong.
    pub fn check(&self, path: &str, bytes: &[u8]) -> Result<(), ManifestError> {
        let path_owned = || path.to_owned();
        let listed = self.files.get(path).ok_or_else(|| ManifestError::Unlisted { path: path_owned() })?;
        let found = FileEntry::of(bytes);
        if found.bytes != listed.bytes {
            return Err(ManifestError::Length { path: path_owned(), found: found.bytes, listed: listed.bytes });
        }
        if found.sha256 != listed.sha256 {
            return Err(ManifestError::Checksum { path: path_owned() });
        }
        Ok(())
    }

    /// Bytes of all listed files.
    pub fn total_bytes(&self) -> u64 {
        self.files.values().fold(0, |sum: u64, file| sum.saturating_add(file.bytes))
    }
}

fn hex(bytes: &[u8]) -> String {
    use core::fmt::Write;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a string cannot fail.
        write!(text, "{byte:02x}").ok();
        text
    })
}
