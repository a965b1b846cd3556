//! What of a bench is on the page: particles and a field, each shown anew only when it is no longer what is there.

use super::learner::{Learner, Weights};
use super::view;
use crate::engine::mailbox::Mailbox;
use crate::engine::platform::{Platform, Trouble};
use crate::engine::training::{Course, Trainee};
use crate::model::denoiser::Denoiser;
use crate::model::exact::ExactPoints;
use crate::protocol::{EXACT_WORK, LabEvent, LabField, LabLook};

/// Looking takes at most this share of the time while a network learns.
const SHARE: f64 = 0.25;

/// What is looked at, and whether the page has seen it.
#[derive(Default)]
pub struct Shown {
    look: Option<LabLook>,
    field: Option<LabField>,
    old_look: bool,
    old_optimum: bool,
    old_field: bool,
    /// When the next look is due while the network learns, in milliseconds.
    next: f64,
}

impl Shown {
    /// Another look; a field depends on its sampler.
    pub fn look_at(&mut self, look: LabLook) {
        self.look = Some(look);
        self.begin();
    }

    /// Another field, or none.
    pub fn show_field(&mut self, field: Option<LabField>) {
        self.field = field;
        (self.old_field, self.next) = (true, 0.0);
    }

    /// Another network, or other data: nothing that was seen is right any more.
    pub fn begin(&mut self) {
        (self.old_look, self.old_optimum, self.old_field, self.next) = (true, true, true, 0.0);
    }

    /// The weights have changed.
    pub fn is_old(&mut self) {
        // The optimum knows no weights, and so is never old.
        self.old_look |= self.look.as_ref().is_some_and(|look| look.update.is_none());
        self.old_field |= self.field.is_some_and(|field| field.update.is_none());
    }

    /// Shows at the next chance.
    pub fn hurry(&mut self) {
        self.next = 0.0;
    }

    /// Whether something that is looked at has not been seen.
    pub fn is_stale(&self) -> bool {
        let optimum = |look: &LabLook| look.exact && self.old_optimum;
        self.look
            .as_ref()
            .is_some_and(|look| self.old_look || optimum(look) || (self.old_field && self.field.is_some()))
    }

    /// Whether it is time to show it.
    pub fn is_due(&self, now: f64, running: bool) -> bool {
        self.is_stale() && (now >= self.next || !running)
    }

    /// Computes what is not seen yet; a message that comes in between ends it, and it is tried again.
    ///
    /// # Errors
    /// [`Trouble`] where the device no longer answers.
    pub async fn show<P: Platform>(
        &mut self,
        platform: &P,
        mailbox: &Mailbox,
        course: &Course<Learner>,
    ) -> Result<Vec<LabEvent>, Trouble> {
        let began = platform.now_millis();
        let mut events = Vec::new();
        let Some(look) = self.look.clone() else { return Ok(events) };
        // The field first: it is small, and what is dragged.
        if let Some(field) = self.field.filter(|_| self.old_field) {
            self.old_field = false;
            match show_field(platform, mailbox, course, &look, field).await? {
                Answer::Event(event) => events.push(event),
                Answer::Interrupted => self.old_field = true,
            }
        }
        for exact in [false, true] {
            let old = if exact { &mut self.old_optimum } else { &mut self.old_look };
            if mailbox.is_waiting() || !std::mem::take(old) || (exact && !look.exact) {
                continue;
            }
            match show_cloud(platform, mailbox, course, &look, exact).await? {
                Answer::Event(event) => {
                    // A plan that cannot be made is said once.
                    if matches!(event, LabEvent::Refused { .. }) {
                        self.look = None;
                    }
                    events.push(event);
                }
                Answer::Interrupted => *old = true,
            }
        }
        let took = platform.now_millis() - began;
        self.next = platform.now_millis() + took * (1.0 - SHARE) / SHARE;
        Ok(events)
    }
}

enum Answer {
    Event(LabEvent),
    Interrupted,
}

fn refused(what: &impl ToString) -> Answer {
    Answer::Event(LabEvent::Refused {
        what: what.to_string(),
        hint: "Choose another sampler or number of steps.".into(),
    })
}

/// The weights that are asked for, or the present ones, with their update.
fn weights(course: &Course<Learner>, update: Option<u64>) -> (u64, Weights) {
    let asked = update.and_then(|update| Some((update, course.stored(update)?.clone())));
    asked.unwrap_or_else(|| (course.trainee.update(), course.trainee.weights()))
}

async fn show_field<P: Platform>(
    platform: &P,
    mailbox: &Mailbox,
    course: &Course<Learner>,
    look: &LabLook,
    field: LabField,
) -> Result<Answer, Trouble> {
    let (update, weights) = weights(course, field.update);
    let learner = &course.trainee;
    let plan = match view::plan(look, learner, &learner.schedule_of(&weights)) {
        Ok(plan) => plan,
        Err(error) => return Ok(refused(&error)),
    };
    let Some(level) = view::level_of(&plan, field.state) else {
        return Ok(refused(&"this sampler has no state to show"));
    };
    let denoiser = learner.denoiser(&weights);
    let denoised = platform.numbers(view::denoised(&denoiser, &level, field.grid)).await?;
    let exact = if field.exact {
        let points = &learner.spec().points;
        match view::exact(platform, mailbox, points, &level, field.grid, denoiser.device()).await? {
            Some(exact) => exact,
            None => return Ok(Answer::Interrupted),
        }
    } else {
        Vec::new()
    };
    let (alpha, sigma) = (level.alpha * level.input_scale, level.sigma * level.input_scale);
    Ok(Answer::Event(LabEvent::Field { update, state: field.state, alpha, sigma, denoised, exact }))
}

async fn show_cloud<P: Platform>(
    platform: &P,
    mailbox: &Mailbox,
    course: &Course<Learner>,
    look: &LabLook,
    exact: bool,
) -> Result<Answer, Trouble> {
    let (update, weights) = weights(course, look.update);
    let (learner, mut look) = (&course.trainee, look.clone());
    let spec = learner.spec();
    let plan = match view::plan(&look, learner, &learner.schedule_of(&weights)) {
        Ok(plan) => plan,
        Err(error) => return Ok(refused(&error)),
    };
    let mut denoiser = learner.denoiser(&weights);
    if exact {
        let most = (EXACT_WORK / spec.points.len().max(1)) as u32;
        look.particles = look.particles.min(most.saturating_sub(look.launched.len() as u32).max(1));
        let points = ExactPoints::new(&spec.points, denoiser.device());
        denoiser = Denoiser::new(points, spec.prediction_type, denoiser.device().clone());
    }
    let Some(trajectory) = view::cloud(platform, mailbox, &denoiser, &plan, &look, spec.seed).await else {
        return Ok(Answer::Interrupted);
    };
    let places = platform.numbers(trajectory.flat()).await?;
    let held = (look.hold && look.particles > 0).then(|| platform.hold(&trajectory, &places)).flatten();
    let ends = trajectory.ends(&places);
    let distance = view::distance(ends, &spec.points, &spec.held_out);
    let alphas_cumprod = view::alphas_cumprod(&plan);
    let stored = course.stored(update).is_some();
    // Of what the engine draws itself the page needs those launched by hand.
    let places = if held.is_some() { trajectory.launched(&places) } else { places };
    Ok(Answer::Event(LabEvent::Cloud { update, stored, exact, alphas_cumprod, places, held, distance }))
}
