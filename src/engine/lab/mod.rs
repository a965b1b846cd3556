//! A bench of the 2-D lab: a network that learns in the tab, watched while it does.
//!
//! The engine calls [`Bench::work`] whenever no message waits: a few updates, or a look at the weights; so everything can be
//! changed, paused and stopped between two updates, and nothing blocks.

pub mod learner;
pub mod limits;
pub mod race;
pub mod report;
pub mod view;

use burn::tensor::Tensor;

use super::mailbox::Mailbox;
use super::platform::{Platform, Trouble};
use crate::model::point_net::PointNet;
use crate::protocol::{LabEvent, LabLook, LabRequest, LabSpec};
use learner::{Errors, Learner};
use limits::{check, check_look};
use race::Devices;
use report::{Report, is_bounded};

/// How long updates go on before the browser is let in, in milliseconds.
const BURST: f64 = 12.0;
/// A look takes at most this share of the time.
const LOOK_SHARE: f64 = 0.25;
/// Weights are stored each time the number of updates has grown by this factor.
const STORE_FACTOR: f64 = 1.12;

/// A bench.
#[derive(Default)]
pub struct Bench {
    number: u8,
    learner: Option<Learner>,
    /// Updates left; `None` while it runs without end.
    left: Option<u64>,
    look: Option<LabLook>,
    /// Whether what is shown is not what is there.
    stale: bool,
    stored: Vec<(u64, PointNet)>,
    pace: Pace,
    report: Report,
}

/// When to look again, and how many updates fit into a burst.
#[derive(Default)]
struct Pace {
    next_look: f64,
    updates: u32,
}

impl Bench {
    /// A bench that does nothing yet.
    pub fn new(number: u8) -> Self {
        Self { number, left: Some(0), ..Self::default() }
    }

    fn send<P: Platform>(&self, platform: &P, event: LabEvent) {
        platform.send(crate::protocol::Event::Lab { bench: self.number, event });
    }

    /// Whether there is something to do now.
    pub fn wants_time(&self) -> bool {
        self.learner.is_some() && (self.left != Some(0) || (self.stale && self.look.is_some()))
    }

    /// Does what the page asks, or says why it cannot.
    pub async fn answer<P: Platform>(&mut self, platform: &P, devices: &Devices, request: LabRequest) {
        if let Err(Trouble { what, hint }) = self.try_answer(platform, devices, request).await {
            self.send(platform, LabEvent::Refused { what, hint });
        }
    }

    async fn try_answer<P: Platform>(
        &mut self,
        platform: &P,
        devices: &Devices,
        request: LabRequest,
    ) -> Result<(), Trouble> {
        match request {
            LabRequest::Train(spec) => return self.train(platform, devices, spec).await,
            LabRequest::Restart => {
                if let Some(spec) = self.learner.take().map(|learner| learner.spec().clone()) {
                    return self.train(platform, devices, spec).await;
                }
            }
            LabRequest::Resume => self.run(None),
            LabRequest::Pause => self.run(Some(0)),
            LabRequest::Advance(updates) => self.run(Some(u64::from(updates))),
            LabRequest::Rewind(update) => self.rewind(update),
            LabRequest::Look(look) => {
                self.look = Some(check_look(look)?);
                (self.stale, self.pace.next_look) = (true, 0.0);
            }
            LabRequest::Close => *self = Self::new(self.number),
        }
        Ok(())
    }

    fn run(&mut self, left: Option<u64>) {
        self.left = left;
        self.report = Report::default();
        // What is seen at rest is what is there.
        self.pace.next_look = 0.0;
    }

    async fn train<P: Platform>(&mut self, platform: &P, devices: &Devices, spec: LabSpec) -> Result<(), Trouble> {
        check(&spec)?;
        let hint = "Choose another schedule.";
        if let Some(learner) = self.learner.as_mut().filter(|learner| !spec.needs_new_network(learner.spec())) {
            learner.change(&spec).map_err(|error| Trouble::new(error, hint))?;
            self.stale = true;
            return Ok(());
        }
        let (kind, millis) = devices.fastest(platform, &spec).await?;
        let learner = Learner::new(&spec, devices.of(kind)?).map_err(|error| Trouble::new(error, hint))?;
        let parameters = learner.parameters();
        self.stored = vec![(0, learner.network())];
        self.learner = Some(learner);
        (self.stale, self.pace) = (true, Pace::default());
        self.report = Report::default();
        self.send(platform, LabEvent::Began { device: kind, millis, parameters, fresh: true });
        Ok(())
    }

    /// Back to stored weights; those after them are forgotten.
    fn rewind(&mut self, update: u64) {
        let Some(learner) = &mut self.learner else { return };
        let first = self.stored.first().map_or(0, |(stored, _)| *stored);
        self.stored.retain(|(stored, _)| *stored <= update.max(first));
        if let Some((stored, net)) = self.stored.last() {
            learner.rewind(*stored, net);
        }
        self.stale = true;
        self.run(Some(0));
    }

    /// A burst of updates, or a look.
    ///
    /// # Errors
    /// [`Trouble`] where the device no longer answers.
    pub async fn work<P: Platform>(&mut self, platform: &P, mailbox: &Mailbox) -> Result<(), Trouble> {
        let now = platform.now_millis();
        if self.stale && self.look.is_some() && (now >= self.pace.next_look || self.left == Some(0)) {
            self.show(platform, mailbox).await?;
            let took = platform.now_millis() - now;
            self.pace.next_look = platform.now_millis() + took * (1.0 - LOOK_SHARE) / LOOK_SHARE;
        } else if self.left != Some(0) {
            self.learn(platform, now).await?;
        }
        platform.breathe().await;
        Ok(())
    }

    async fn learn<P: Platform>(&mut self, platform: &P, began: f64) -> Result<(), Trouble> {
        let Some(learner) = &mut self.learner else { return Ok(()) };
        let mut wanted = u64::from(self.pace.updates.max(1));
        if let Some(left) = &mut self.left {
            wanted = wanted.min(*left);
            *left -= wanted;
        }
        let mut sum: Option<Tensor<1>> = None;
        let mut last = None;
        for _ in 0..wanted {
            let errors = learner.step();
            let mean = errors.values.clone().mean();
            sum = Some(match sum.take() {
                Some(sum) => sum + mean,
                None => mean,
            });
            last = Some(errors);
        }
        let (Some(sum), Some(Errors { values, bins })) = (sum, last) else { return Ok(()) };
        let numbers = platform.numbers(Tensor::cat(vec![sum, values], 0)).await?;
        let took = platform.now_millis() - began;
        // Towards as many updates as fill a burst, by at most a factor of two.
        let fitting = (wanted as f64 * BURST / took.max(0.1)).clamp(0.5 * wanted as f64, 2.0 * wanted as f64);
        self.pace.updates = fitting.clamp(1.0, 256.0) as u32;
        self.stale = true;
        let (total, values) = numbers.split_first().map_or((f32::NAN, [].as_slice()), |(sum, rest)| (*sum, rest));
        self.account(platform, wanted, total, values.iter().copied().zip(bins), began);
        Ok(())
    }

    /// Adds to the report, sends it when it is due, and catches a loss that leaves all bounds.
    fn account<P: Platform>(
        &mut self,
        platform: &P,
        updates: u64,
        sum: f32,
        errors: impl Iterator<Item = (f32, usize)>,
        began: f64,
    ) {
        let update = self.learner.as_ref().map_or(0, |learner| learner.update);
        if !is_bounded(sum / updates as f32) {
            self.rewind(update);
            let back_to = self.learner.as_ref().map_or(0, |learner| learner.update);
            return self.send(platform, LabEvent::Diverged { update, back_to });
        }
        self.report.add(updates, sum, errors, began);
        if let Some(progress) = self.report.take_due(update, platform.now_millis(), self.left == Some(0)) {
            self.send(platform, progress);
        }
        if self.left == Some(0) {
            self.send(platform, LabEvent::Rested);
        }
    }

    async fn show<P: Platform>(&mut self, platform: &P, mailbox: &Mailbox) -> Result<(), Trouble> {
        let (Some(learner), Some(look)) = (&self.learner, self.look.clone()) else { return Ok(()) };
        let hint = "Choose another sampler or number of steps.";
        let asked = look.update.and_then(|update| self.stored.iter().find(|(stored, _)| *stored == update).cloned());
        let is_present = asked.is_none();
        let (update, net) = asked.unwrap_or_else(|| (learner.update, learner.network()));
        self.stale = false;
        let plan = view::plan(&look, learner).map_err(|error| Trouble::new(error, hint))?;
        let denoiser = learner.denoiser(net.clone());
        let seed = learner.spec().seed;
        if let Some(field) = look.field
            && let Some(level) = view::level_of(&plan, field.state)
        {
            let said = view::denoised(&denoiser, &level, field.grid, denoiser.device());
            let denoised = platform.numbers(said).await?;
            let exact = if field.exact { view::exact(&learner.spec().points, &level, field.grid) } else { Vec::new() };
            let (alpha, sigma) = (level.alpha * level.input_scale, level.sigma * level.input_scale);
            self.send(platform, LabEvent::Field { update, state: field.state, alpha, sigma, denoised, exact });
        }
        let Some(places) = view::cloud(platform, mailbox, &denoiser, &plan, &look, seed).await? else {
            self.stale = true;
            return Ok(());
        };
        let last = self.stored.last().map_or(0, |(stored, _)| *stored);
        if is_present && update as f64 > last as f64 * STORE_FACTOR + 4.0 {
            self.stored.push((update, net));
        }
        let stored = self.stored.iter().any(|(stored, _)| *stored == update);
        let count = (look.particles as usize + look.launched.len()) * 2;
        let end = places.get(places.len().saturating_sub(count)..).unwrap_or_default();
        let end = end.get(..look.particles as usize * 2).unwrap_or_default();
        let distance = view::distance(end, &learner.spec().points, &learner.spec().held_out);
        let alphas_cumprod = view::alphas_cumprod(&plan);
        self.send(platform, LabEvent::Cloud { update, stored, alphas_cumprod, places, distance });
        Ok(())
    }
}
