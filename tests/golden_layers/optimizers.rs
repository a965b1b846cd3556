//! The optimiser of the trainer against torch's.

use burn::module::{Module, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use noisewalk::train::optimizer::{adamw, clip_grad_norm};
use noisewalk::train::optimizer_config::OptimizerConfig;
use serde_json::Value;

use crate::golden::{Case, Comparison, Outcome, Settings, number, numbers};
use crate::tensors::{device, read, tensor};

/// Some parameters without a network around them.
#[derive(Module, Debug)]
struct Parameters {
    values: Param<Tensor<1>>,
}

/// AdamW, or Adam as it where nothing decays but the gradient; given gradients, perhaps limited in norm.
pub fn updates(case: &Case, settings: &Settings) -> Outcome {
    let args = Settings::new(settings.need("args")?)?;
    let betas = args.numbers("betas").or_else(|_| Ok::<_, String>(vec![0.9, 0.999]))?;
    let is_adamw = case.source.ends_with("AdamW");
    let weight_decay = args.number("weight_decay", if is_adamw { 0.01 } else { 0.0 })?;
    // Adam's own decay is not decoupled: it is a term of the gradient.
    let coupled = if is_adamw { 0.0 } else { weight_decay };
    let config = OptimizerConfig {
        beta_1: betas[0],
        beta_2: betas[1],
        epsilon: args.number("eps", 1e-8)?,
        weight_decay: if is_adamw { weight_decay } else { 0.0 },
        amsgrad: args.flag("amsgrad", false)?,
        max_grad_norm: settings.number("clip_grad_norm", 0.0)?,
        ..OptimizerConfig::default()
    };
    let learning_rate = args.number("lr", 1e-3)?;
    args.finish()?;

    let values = tensor::<1>(settings.need("initial")?)?;
    let mut parameters = Parameters { values: Param::from_data(values.into_data(), &device().autodiff()) };
    let mut optimizer = adamw(&config);
    let limits = (number(&case.tolerance["f32_impl_abs"])?, number(&case.tolerance["rel"])?);
    let list = |value: &'_ Value| value.as_array().cloned().ok_or("not a list");
    let (steps, wanted) = (list(settings.need("grads")?)?, list(&case.expected["parameters"])?);
    if steps.len() != wanted.len() {
        return Err(format!("{} gradients for {} results", steps.len(), wanted.len()));
    }
    let mut comparisons = Vec::new();
    for (index, (step, want)) in steps.iter().zip(&wanted).enumerate() {
        let mut gradients = GradientsParams::new();
        gradients.register(parameters.values.id, tensor::<1>(&step["grad"])?);
        let (mut gradients, norm) = clip_grad_norm(&parameters, gradients, config.max_grad_norm);
        if coupled != 0.0 {
            let id = parameters.values.id;
            let gradient = gradients.remove::<1>(id).ok_or("no gradient")?;
            gradients.register(id, gradient + parameters.values.val().inner() * coupled);
        }
        if let (Some(want), Some(norm)) = (step.get("norm_before_clip"), norm) {
            comparisons
                .push(Comparison::new(format!("norm {index}"), read(norm)?, numbers(want)?).within(limits.0, limits.1));
        }
        parameters = optimizer.step(learning_rate, parameters, gradients);
        let got = read(parameters.values.val().inner())?;
        comparisons.push(Comparison::new(format!("step {index}"), got, numbers(want)?).within(limits.0, limits.1));
    }
    Ok(comparisons)
}
