//! `noisewalk eval prompts`: does the picture show what the prompt says?

use std::path::PathBuf;

use burn::tensor::Device;
use clap::Args;

use super::dataset::push_planes;
use super::failure::{Context, Failure, Outcome};
use super::image_features::{features, open_clip, pictures};
use super::parallel::side_by_side;
use super::prompts_list::{Prompt, prompt};
use super::prompts_score::{Score, by_attribute, score};
use super::sample::{numbers, open_model};
use super::{attributes_command, files};
use crate::data::avatar::SIZE;
use crate::data::balanced;
use crate::data::look::ATTRIBUTES;
use crate::data::tokenizer::Tokenizer;
use crate::diffusion::noise::{Purpose, Stream};
use crate::metrics::Features;
use crate::metrics::frechet::frechet_distance;
use crate::model::attribute_net::AttributeNet;
use crate::model::clip::ClipModel;
use crate::model::folder::Model;
use crate::model::sample::{NoiseSource, Sampling};
use crate::protocol::{GenerateSpec, Variant, WordSpec};

/// Measures how well prompts are followed, as a function of guidance.
#[derive(Debug, Args)]
pub struct PromptsArgs {
    /// The text-conditioned model
    #[arg(long, default_value = "public/models/words")]
    model: PathBuf,
    /// The attribute classifier, as `noisewalk train-attributes` writes it
    #[arg(long, default_value = "public/models/attributes")]
    classifier: PathBuf,
    /// Folder with clip/, as `noisewalk train-clip` writes it
    #[arg(long, default_value = "public/models/clip")]
    clip: PathBuf,
    /// Guidance scales
    #[arg(long, value_delimiter = ',', default_values_t = [1.0, 2.0, 3.0, 5.0, 8.0])]
    guidance: Vec<f64>,
    /// Prompts, two in five of which name a pair that training never showed
    #[arg(long, default_value_t = 200)]
    prompts: u64,
    /// Pictures of each prompt
    #[arg(long, default_value_t = 4)]
    seeds: u32,
    /// Number of steps
    #[arg(long, default_value_t = 10)]
    steps: u32,
    /// The sampler
    #[arg(long, default_value = "dpmpp-2m")]
    sampler: String,
    /// Where to write the table (Markdown); it is printed anyway
    #[arg(short, long)]
    output: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// Where a folder cannot be used, or the settings do not work.
pub fn run(args: &PromptsArgs) -> Outcome<()> {
    if !(1..=16).contains(&args.seeds) || !(1..=100_000).contains(&args.prompts) {
        return Err(Failure::new("--seeds must lie between 1 and 16, --prompts between 1 and 100000"));
    }
    let model = open_model(&args.model, &Device::flex())?;
    let judge = Judge {
        classifier: attributes_command::open(&args.classifier)?,
        clip: open_clip(&args.clip)?,
        tokenizer: Tokenizer::of_captions(),
    };
    let prompts: Vec<Prompt> = (0..args.prompts).map(prompt).collect();
    let real = judge.image_features(&real_pictures(&prompts, args.seeds, 0))?;
    let floor = frechet_distance(&real, &judge.image_features(&real_pictures(&prompts, args.seeds, 1))?);
    let mut scores = vec![("real".to_owned(), score(&prompts, &judge.tell(&pictured(&prompts))?, 1))];
    let mut table = format!(
        "{} prompts × {} seeds, {} steps of {}; Fréchet distance of CLIP features, real against real {:.4}.\n\n\
         | guidance | all attributes | held-out prompts | both of the held-out pair | CLIP cosine | Fréchet distance |\n\
         |---|---|---|---|---|---|\n",
        args.prompts,
        args.seeds,
        args.steps,
        args.sampler,
        floor.context("the Fréchet distance")?
    );
    for &guidance in &args.guidance {
        let (row, score) = row(args, &model, &judge, &prompts, &real, guidance)?;
        eprintln!("{row}");
        table += &format!("{row}\n");
        scores.push((guidance.to_string(), score));
    }
    table += &format!("\n{}", by_attribute(&scores));
    say_line!("{table}");
    args.output.as_ref().map_or(Ok(()), |path| files::write(path, table.as_bytes()))
}

/// What judges pictures.
struct Judge {
    classifier: AttributeNet,
    clip: ClipModel,
    tokenizer: Tokenizer,
}

impl Judge {
    fn tell(&self, planes: &[f32]) -> Outcome<Vec<[u8; ATTRIBUTES]>> {
        self.classifier.predict(pictures(planes)).context("the classifier's answer could not be read")
    }

    fn image_features(&self, planes: &[f32]) -> Outcome<Features> {
        features(self.clip.image_features(pictures(planes)))
    }
}

/// The very avatar that each prompt tells of.
fn pictured(prompts: &[Prompt]) -> Vec<f32> {
    let mut planes = Vec::new();
    prompts.iter().for_each(|prompt| push_planes(&prompt.avatar.rgb(), &mut planes));
    planes
}

/// As many avatars as samples are drawn, of the same two kinds; another `set`, other avatars.
fn real_pictures(prompts: &[Prompt], seeds: u32, set: u32) -> Vec<f32> {
    let mut planes = Vec::new();
    for (index, prompt) in prompts.iter().enumerate() {
        for sample in 0..seeds {
            let stream = Stream::new(index as u64, Purpose::Evaluation).sample(8 + set).draw(sample);
            let seed = stream.seed_at(0);
            let held_out = prompt.held_out;
            let avatar = if held_out { balanced::avatar_held_out(seed) } else { balanced::avatar_for_training(seed) };
            push_planes(&avatar.rgb(), &mut planes);
        }
    }
    planes
}

/// One row of the table: samples of every prompt at one guidance scale, judged.
fn row(
    args: &PromptsArgs,
    model: &Model,
    judge: &Judge,
    prompts: &[Prompt],
    real: &Features,
    guidance: f64,
) -> Outcome<(String, Score)> {
    const PROMPTS_AT_ONCE: usize = 8;
    let groups: Vec<&[Prompt]> = prompts.chunks(PROMPTS_AT_ONCE).collect();
    let drawn = side_by_side(groups.len() as u64, true, |group| draw(args, model, groups[group as usize], guidance));
    let planes: Vec<f32> = drawn.into_iter().collect::<Outcome<Vec<_>>>()?.concat();
    let score = score(prompts, &judge.tell(&planes)?, args.seeds as usize);
    let image = judge.clip.image_features(pictures(&planes));
    let ids: Vec<Vec<u32>> = prompts
        .iter()
        .flat_map(|prompt| std::iter::repeat_n(judge.tokenizer.encode(&prompt.caption.text).ids, args.seeds as usize))
        .collect();
    let cosine = (judge.clip.text_features(&ids, &Device::flex()) * image.clone()).sum_dim(1).mean();
    let distance = frechet_distance(real, &features(image)?).context("the Fréchet distance")?;
    let row = format!(
        "| {guidance} | {} | {} | {} | {:.3} | {distance:.4} |",
        score.all.percent(),
        score.held_out.percent(),
        score.pairs.percent(),
        cosine.into_scalar::<f32>()
    );
    Ok((row, score))
}

/// Samples of a group of prompts, planes in [−1, 1].
fn draw(args: &PromptsArgs, model: &Model, prompts: &[Prompt], guidance: f64) -> Outcome<Vec<f32>> {
    let words = model.words.as_ref().ok_or_else(|| Failure::new("this model hears no words; choose another"))?;
    let variants = prompts.iter().map(|prompt| Variant::prompt(&prompt.caption.text, guidance)).collect();
    let spec = GenerateSpec {
        sampler: args.sampler.parse().context("--sampler")?,
        steps: args.steps,
        count: args.seeds,
        ..GenerateSpec::default()
    };
    let plan = spec.plan(&model.schedule, model.summary.prediction_type).context("this sampler cannot run so")?;
    let steered = words.prompt(&WordSpec { variants, watch_attention: false }, args.seeds as usize, &Device::flex());
    let denoiser = model.denoiser.steered(steered);
    let source = NoiseSource {
        seed: 0,
        branches: Vec::new(),
        add_noise: true,
        shape: [args.seeds as usize, 3, SIZE, SIZE],
        repeats: prompts.len(),
    };
    let mut sampling = Sampling::new(&denoiser, &plan, source);
    while sampling.step().is_some() {}
    let x = sampling.x().cloned().ok_or_else(|| Failure::new("the run has no steps"))?;
    Ok(numbers(x)?.into_iter().map(|value| value.clamp(-1.0, 1.0)).collect())
}
