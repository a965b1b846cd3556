//! Loading a model folder: manifest first, then each file with its bytes counted and its checksum compared.

use burn::tensor::Device;

use super::platform::{Platform, Trouble};
use crate::model::folder::{FILES, Files, FolderError, GOLDEN, Model, REQUIRED, REQUIRED_FOR_WORDS, compare_golden};
use crate::model::frames::flat;
use crate::model::manifest::{MANIFEST, Manifest};
use crate::protocol::{Event, LoadStage, RequestId};

const RELOAD: &str = "Reload the page; if it happens again, the site's copy of the model is damaged.";
const OTHER_MODEL: &str = "Choose a model folder of this site, or convert yours with the noisewalk command.";

/// How loading ended, where the folder is sound.
pub enum Loaded {
    /// The model can sample.
    Ready(Box<Model>),
    /// The device no longer answers.
    Lost(Trouble),
}

/// Loads, checks and warms up the model at `url`, telling the page how far it is.
///
/// # Errors
/// [`Trouble`] with what is wrong and what to do.
pub async fn load<P: Platform>(platform: &P, id: RequestId, url: &str, device: &Device) -> Result<Loaded, Trouble> {
    let progress = |stage, done, total| platform.send(Event::Progress { id, stage, done, total });
    let manifest = platform.fetch(&format!("{url}{MANIFEST}"), |_| {}).await?;
    let manifest = Manifest::from_json(&manifest).map_err(|error| Trouble::new(error, OTHER_MODEL))?;

    let for_words = REQUIRED_FOR_WORDS.into_iter().filter(|path| manifest.files.contains_key(*path));
    let golden = manifest.golden.as_deref().map(|_| GOLDEN);
    let wanted: Vec<&str> = REQUIRED.into_iter().chain(for_words).chain(golden).collect();
    let total = wanted.iter().filter_map(|path| manifest.files.get(*path)).map(|file| file.bytes).sum();
    let mut files = Files::new();
    let mut before = 0;
    for path in wanted {
        let bytes =
            platform.fetch(&format!("{url}{path}"), |done| progress(LoadStage::Fetch, before + done, total)).await?;
        before += bytes.len() as u64;
        files.insert(path.into(), bytes);
    }
    progress(LoadStage::Verify, before, total);
    platform.breathe().await;
    ready(platform, id, files, Some(&manifest), device).await
}

/// Builds the model of these files and warms it up; more files than a model needs are no fault.
///
/// # Errors
/// As [`load`].
pub async fn ready<P: Platform>(
    platform: &P,
    id: RequestId,
    mut files: Files,
    manifest: Option<&Manifest>,
    device: &Device,
) -> Result<Loaded, Trouble> {
    let progress = |stage, done| platform.send(Event::Progress { id, stage, done, total: 1 });
    let golden = files.remove(GOLDEN);
    if let (Some(manifest), Some(golden)) = (manifest, &golden) {
        manifest.check(GOLDEN, golden).map_err(|error| trouble(error.into()))?;
    }
    files.retain(|path, _| FILES.iter().any(|known| known.contains(&path.as_str())));
    progress(LoadStage::Upload, 0);
    let model = Model::from_files(files, manifest, device).map_err(trouble)?;
    progress(LoadStage::WarmUp, 0);
    platform.breathe().await;
    if let Some(golden) = golden {
        // Compiles the kernels, and proves that this device computes what the model's maker computed.
        let (output, expected) = model.run_golden(&golden).map_err(trouble)?;
        let got = match platform.numbers(flat(output)).await {
            Ok(got) => got,
            Err(trouble) => return Ok(Loaded::Lost(trouble)),
        };
        compare_golden(&got, &expected).map_err(trouble)?;
    }
    progress(LoadStage::WarmUp, 1);
    Ok(Loaded::Ready(Box::new(model)))
}

fn trouble(error: FolderError) -> Trouble {
    let hint = match &error {
        FolderError::Config(_) | FolderError::Schedule(_) | FolderError::Tokenizer(_) | FolderError::Width { .. } => {
            OTHER_MODEL
        }
        FolderError::Golden { .. } => "Choose the CPU as the device; this GPU or its driver computes wrong numbers.",
        _ => RELOAD,
    };
    Trouble::new(error, hint)
}
