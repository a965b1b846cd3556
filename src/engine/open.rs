//! Opening a model of the visitor's: a zip, files, or a folder on the page's own site.

use burn::tensor::Device;

use super::load::{Loaded, ready};
use super::platform::{Platform, Trouble};
use crate::model::bundle;
use crate::model::folder::{MODEL_INDEX, Model, REQUIRED, REQUIRED_FOR_WORDS};
use crate::model::manifest::{MANIFEST, Manifest};
use crate::model::pipeline::Pipeline;
use crate::protocol::{Event, GivenModel, LoadStage, RequestId};

/// Widest pictures that the page draws: it keeps every state of a run.
const MOST_SIDE: u32 = 64;
/// Most parameters that a browser is asked to hold as f32.
const MOST_PARAMETERS: u64 = 100_000_000;
const CHECK: &str = "The page runs on its own model again; `noisewalk verify` says of yours what does not fit.";
const NATIVE: &str = "The page runs on its own model again; `noisewalk sample` draws with yours.";

/// Opens, checks and warms up a model of the visitor's, telling the page how far it is.
///
/// # Errors
/// [`Trouble`] with what is wrong and what to do.
pub async fn open<P: Platform>(
    platform: &P,
    id: RequestId,
    given: GivenModel,
    device: &Device,
) -> Result<Loaded, Trouble> {
    let (name, files) = match given {
        GivenModel::Files { name, files } => (name, files),
        GivenModel::Url(url) => (url.trim_end_matches('/').to_owned(), fetch(platform, id, &url).await?),
    };
    let files = bundle::from_given(files).map_err(check)?;
    let manifest = files.get(MANIFEST).map(|text| Manifest::from_json(text)).transpose().map_err(check)?;
    let pipeline = files.get(MODEL_INDEX).map(|text| Pipeline::from_json(text)).transpose().map_err(check)?;
    let loaded = ready(platform, id, files, manifest.as_ref(), device).await.map_err(|error| check(error.what))?;
    let Loaded::Ready(mut model) = loaded else { return Ok(loaded) };
    fits(&model, pipeline.as_ref())?;
    if manifest.is_none() {
        model.summary.name = title(&name);
    }
    Ok(Loaded::Ready(model))
}

fn check(error: impl ToString) -> Trouble {
    Trouble::new(error, CHECK)
}

/// The name of a zip or a folder without what surrounds it.
fn title(name: &str) -> String {
    let last = name.rsplit('/').find(|part| !part.is_empty()).unwrap_or("model");
    last.strip_suffix(".zip").unwrap_or(last).to_owned()
}

/// Whether the page can show what the model draws.
fn fits(model: &Model, pipeline: Option<&Pipeline>) -> Result<(), Trouble> {
    let summary = &model.summary;
    if model.vae.is_some() {
        let class = pipeline.map_or("this pipeline", |pipeline| pipeline.class.as_str());
        return Err(latents(class));
    }
    if summary.sample_size > MOST_SIDE || summary.parameters > MOST_PARAMETERS {
        let what = format!(
            "the model draws {0} × {0} pixels with {1} parameters, and this page runs {MOST_SIDE} × {MOST_SIDE} and {MOST_PARAMETERS} at most",
            summary.sample_size, summary.parameters
        );
        return Err(Trouble::new(what, NATIVE));
    }
    Ok(())
}

fn latents(class: &str) -> Trouble {
    Trouble::new(format!("{class} with an autoencoder draws latents, and this page shows pixels"), NATIVE)
}

/// The files at a URL: a zip, or those that the folder's `model_index.json` says are needed.
async fn fetch<P: Platform>(platform: &P, id: RequestId, url: &str) -> Result<Vec<(String, Vec<u8>)>, Trouble> {
    let progress = |done| platform.send(Event::Progress { id, stage: LoadStage::Fetch, done, total: 0 });
    if url.ends_with(".zip") {
        return Ok(vec![(url.to_owned(), platform.fetch(url, progress).await?)]);
    }
    let folder = url.trim_end_matches('/');
    let index = platform.fetch(&format!("{folder}/{MODEL_INDEX}"), progress).await?;
    let pipeline = Pipeline::from_json(&index).map_err(check)?;
    if pipeline.has("vae") {
        return Err(latents(&pipeline.class));
    }
    let words: &[&str] = if pipeline.has("text_encoder") { &REQUIRED_FOR_WORDS } else { &[] };
    let mut files = vec![(MODEL_INDEX.to_owned(), index)];
    for path in REQUIRED.iter().chain(words) {
        files.push(((*path).to_owned(), platform.fetch(&format!("{folder}/{path}"), progress).await?));
    }
    Ok(files)
}
