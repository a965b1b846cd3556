//! Where the run on the stage comes from, and how to make it again.

use super::*;
use crate::app::frames::Origin;
use crate::app::widgets::chip::Provenance;
use crate::diffusion::sampler::Sampler;
use crate::diffusion::schedule::BetaSchedule;
use crate::protocol::{GenerateSpec, ModelSummary};

/// The schedules by the names of diffusers.
const SCHEDULES: [(BetaSchedule, &str); 7] = [
    (BetaSchedule::SquaredcosCapV2, "squaredcos_cap_v2"),
    (BetaSchedule::Linear, "linear"),
    (BetaSchedule::ScaledLinear, "scaled_linear"),
    (BetaSchedule::Sigmoid, "sigmoid"),
    (BetaSchedule::Exp, "exp"),
    (BetaSchedule::Laplace, "laplace"),
    (BetaSchedule::SigmoidAlphasCumprod, "sigmoid_alphas_cumprod"),
];

/// The chip of the stage.
pub fn provenance(runs: Runs) -> Provenance {
    let (Some(spec), Some(model)) = (runs.shown_spec(), runs.model.get()) else {
        return Provenance { line: strings::NOT_YET.into(), ..Provenance::default() };
    };
    let origin = runs.origin.get();
    let name = format!("{} {}", model.name, model.short_hash);
    let shipped = "public/models/avatars";
    let is_recorded = origin == Origin::Recorded;
    let place = if is_recorded { shipped.into() } else { use_shell().engine.place(shipped) };
    // The pipelines of diffusers that this lesson's lines name take no words.
    let python = if model.words.is_none() { python(&spec, &place) } else { String::new() };
    let mut facts = vec![("device", device(origin))];
    facts.extend(card(&model));
    facts.push(("sampler", format!("{}, {} steps, η = {}", spec.sampler.name(), spec.steps, spec.eta)));
    facts.push(("seed", spec.seed.to_string()));
    facts.extend(runs.against_recorded().map(|worst| ("recorded run", text::against_recorded(worst))));
    Provenance { line: origin.line(&name), facts, command: command(&spec, &place), python }
}

/// What computed the frames, and why there.
fn device(origin: Origin) -> String {
    let Origin::Live(kind, _) = origin else { return text::RECORDED_ON.into() };
    let report = use_shell().engine.device.get().filter(|report| report.kind == kind);
    let reason = report.map(|report| strings::device_reason(&report)).unwrap_or_default();
    format!("{}. {reason}", strings::device_kind(kind))
}

/// What the model's card says of it.
fn card(model: &ModelSummary) -> Vec<(&'static str, String)> {
    let (size, channels) = (model.sample_size, model.channels);
    let schedule = &model.schedule;
    let curve = SCHEDULES.iter().find(|(curve, _)| *curve == schedule.beta_schedule).map_or("", |(_, name)| *name);
    vec![
        ("model", format!("{} {}, {} parameters", model.name, model.short_hash, model.parameters)),
        ("pictures", format!("{size} × {size} pixels, {channels} channels")),
        ("predicts", text::prediction(model.prediction_type).into()),
        ("trained on", format!("{}, {} timesteps", curve.replace('_', " "), schedule.num_train_timesteps)),
    ]
}

/// Has the recorded run computed again on this device; the chip then says how far the two are apart.
pub fn again(runs: Runs) -> AnyView {
    let offered = Memo::new(move |_| runs.recorded_spec().is_some());
    let button = move || view! { <Button class="small" label=text::RUN_AGAIN on_press=move || runs.run_again() /> };
    view! { {move || offered.get().then(button)} }.into_any()
}

/// The command line that makes the same picture.
pub fn command(spec: &GenerateSpec, place: &str) -> String {
    let mut command = format!(
        "cargo noisewalk sample --model {place} --sampler {} --steps {} --eta {} --seed {} --count {}",
        spec.sampler.name(),
        spec.steps,
        spec.eta,
        spec.seed,
        spec.count
    );
    for branch in &spec.branches {
        command.push_str(&format!(" --branch {}:{}", branch.step, branch.seed));
    }
    if !spec.add_noise {
        command.push_str(" --forget-noise");
    }
    command.push_str(" -o grid.png");
    command
}

/// Python that runs the same model; its own random numbers make another picture from another noise.
pub fn python(spec: &GenerateSpec, place: &str) -> String {
    let (class, call) = match spec.sampler {
        Sampler::Ddim => ("DDIM", format!(", eta={}, use_clipped_model_output=True", spec.eta)),
        _ => ("DDPM", String::new()),
    };
    format!(
        "# The same model and sampler; torch draws other noise for this seed.\n\
         import torch\n\
         from diffusers import {class}Pipeline, {class}Scheduler, UNet2DModel\n\
         folder = \"{folder}\"\n\
         unet = UNet2DModel.from_pretrained(folder, subfolder=\"unet\")\n\
         scheduler = {class}Scheduler.from_pretrained(folder, subfolder=\"scheduler\")\n\
         pipe = {class}Pipeline(unet, scheduler)\n\
         noise = torch.Generator().manual_seed({})\n\
         pipe(batch_size={}, num_inference_steps={}, generator=noise{call}).images[0].save(\"picture.png\")",
        spec.seed,
        spec.count,
        spec.steps,
        folder = place.trim_matches('\''),
    )
}
