//! A network together with what its output means, and what words it hears.

use burn::tensor::{Device, Tensor};

use super::exact::ExactPoints;
use super::guide::{Progress, Refinement};
use super::point_net::PointNet;
use super::probe::Watch;
use super::prompt::{Prompt, WordProbe};
use super::unet2d::UNet2DModel;
use crate::diffusion::parameterization::PredictionType;
use crate::diffusion::plan::Level;

/// A network that answers to a noisy state.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "there is one, and it lives long")]
pub enum Network {
    /// For pictures.
    Unet(UNet2DModel),
    /// For points of the plane, which travel as pictures of one pixel and two channels.
    Points(PointNet),
    /// The best denoiser of a finite set of points, which is known and not learnt.
    Exact(ExactPoints),
}

impl Network {
    /// The answer to states `[B, C, H, W]` at one timestep for all, or one each; the exact denoiser, which is asked at levels, gives states back.
    pub fn forward(
        &self,
        x: Tensor<4>,
        timesteps: &[f64],
        words: Option<&Tensor<3>>,
        watch: &mut Watch<'_>,
    ) -> Tensor<4> {
        match self {
            Self::Unet(unet) => unet.forward(x, timesteps, words, watch),
            Self::Points(net) => {
                let [count, channels, ..] = x.dims();
                net.forward(&x.reshape([count, channels]), timesteps).reshape([count, channels, 1, 1])
            }
            Self::Exact(_) => x,
        }
    }

    /// Channels of a state and of an answer.
    fn channels(&self) -> [usize; 2] {
        match self {
            Self::Unet(unet) => unet.channels(),
            Self::Points(_) | Self::Exact(_) => [2, 2],
        }
    }
}

impl From<UNet2DModel> for Network {
    fn from(unet: UNet2DModel) -> Self {
        Self::Unet(unet)
    }
}

impl From<ExactPoints> for Network {
    fn from(points: ExactPoints) -> Self {
        Self::Exact(points)
    }
}

impl From<PointNet> for Network {
    fn from(net: PointNet) -> Self {
        Self::Points(net)
    }
}

/// A network and its parameterisation: turns any state into a denoised estimate.
#[derive(Debug, Clone)]
pub struct Denoiser {
    network: Network,
    prediction_type: PredictionType,
    device: Device,
    prompt: Option<Prompt>,
}

/// What the network believes of a state.
#[derive(Debug, Clone)]
pub struct Denoised {
    /// x̂0, `[B, C, H, W]`.
    pub denoised: Tensor<4>,
    /// Where guidance joined two answers: the noise predicted without and with the prompt, each `[B, C, H, W]`.
    pub guided: Option<[Tensor<4>; 2]>,
    /// Cross-attention of the first picture by layer, `[1, heads, HW, tokens]`, where the prompt asks for it.
    pub attention: Vec<(String, Tensor<4>)>,
    /// The second half of the output of a network that learns its variance, `[B, C, H, W]`.
    pub variance: Option<Tensor<4>>,
}

impl Denoiser {
    /// Joins a network and the meaning of its output.
    pub fn new(network: impl Into<Network>, prediction_type: PredictionType, device: Device) -> Self {
        Self { network: network.into(), prediction_type, device, prompt: None }
    }

    /// The same network steered by words.
    pub fn steered(&self, prompt: Prompt) -> Self {
        Self { prompt: Some(prompt), ..self.clone() }
    }

    /// The same network with its guidance refined, where words steer it.
    pub fn refined(&self, refinement: &Refinement) -> Self {
        Self { prompt: self.prompt.clone().map(|prompt| prompt.refined(refinement)), ..self.clone() }
    }

    /// Where the network computes.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// What the network's output means.
    pub fn prediction_type(&self) -> PredictionType {
        self.prediction_type
    }

    /// Whether the network says the variance of a step too: its output then has twice the channels of its input.
    pub fn learns_variance(&self) -> bool {
        let [channels, given] = self.network.channels();
        given == 2 * channels
    }

    /// The network.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// The network's belief at the state `x` `[B, C, H, W]` of `level`, at this point of a run.
    pub fn denoise(&self, x: Tensor<4>, level: &Level, progress: &mut Progress) -> Denoised {
        if let Network::Exact(points) = &self.network {
            let denoised = points.denoised(&x, level);
            return Denoised { denoised, guided: None, attention: Vec::new(), variance: None };
        }
        let input = if level.input_scale == 1.0 { x.clone() } else { x.clone() * level.input_scale };
        let Some(prompt) = &self.prompt else {
            let output = self.network.forward(input, &[level.timestep], None, &mut Watch::none());
            let (output, variance) = halves(output, &x);
            return Denoised {
                denoised: self.denoised(x, output, level),
                guided: None,
                attention: Vec::new(),
                variance,
            };
        };
        let moment = progress.moment;
        let mut probe = WordProbe::new(prompt);
        let output = {
            let mut watch = if probe.is_needed() { Watch::new(&mut probe) } else { Watch::none() };
            let (input, words) = prompt.inputs(input, moment);
            self.network.forward(input, &[level.timestep], Some(&words), &mut watch)
        };
        let attention = probe.into_maps();
        let (output, variance) = halves(output, &x);
        let Some((unconditional, conditional)) = prompt.split(output.clone(), moment) else {
            return Denoised { denoised: self.denoised(x, output, level), guided: None, attention, variance };
        };
        let output = prompt.guidance().apply(unconditional.clone(), conditional.clone(), progress);
        let noise = |output| (x.clone() - self.denoised(x.clone(), output, level) * level.alpha) / level.sigma;
        Denoised {
            guided: Some([noise(unconditional), noise(conditional)]),
            denoised: self.denoised(x.clone(), output, level),
            attention,
            // The variance is not guided: it is that under the prompt, as in DiT (Peebles and Xie 2023).
            variance: variance.and_then(|variance| prompt.split(variance, moment)).map(|(_, conditional)| conditional),
        }
    }

    /// x̂0 from the network's output, by its parameterisation.
    fn denoised(&self, x: Tensor<4>, output: Tensor<4>, level: &Level) -> Tensor<4> {
        let map = self.prediction_type.denoised_at(level);
        if map.of_x == 0.0 { output * map.of_output } else { x * map.of_x + output * map.of_output }
    }
}

/// The prediction and, from a network with twice the channels of its state, the variance (Nichol and Dhariwal 2021, section 3.1).
fn halves(output: Tensor<4>, x: &Tensor<4>) -> (Tensor<4>, Option<Tensor<4>>) {
    let ([_, given, ..], [_, channels, ..]) = (output.dims(), x.dims());
    if given != 2 * channels {
        return (output, None);
    }
    (output.clone().narrow(1, 0, channels), Some(output.narrow(1, channels, channels)))
}
