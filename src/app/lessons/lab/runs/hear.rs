//! What the engine says of a bench.

use std::rc::Rc;

use leptos::prelude::*;

use super::super::cloud::Cloud;
use super::super::field::Field;
use super::super::shader::Unfinished;
use super::super::text;
use super::Bench;
use crate::app::language::reported;
use crate::diffusion::math;
use crate::protocol::{LabDraw, LabEvent, LabRequest};

impl Bench {
    /// Takes in what the engine says.
    pub fn hear(self, event: LabEvent) {
        match event {
            LabEvent::Began { device, millis, parameters, update } => {
                match update {
                    0 => self.forget(),
                    update => self.records.update_value(|records| records.cut(update)),
                }
                self.update.set(update);
                self.device.set(Some((device, millis, parameters)));
            }
            LabEvent::Measured { device, millis } => {
                self.device.update(|place| {
                    if let Some((known, measured, _)) = place {
                        (*known, *measured) = (device, millis);
                    }
                });
            }
            LabEvent::Progress { update, loss, by_timestep, updates_per_second } => {
                self.update.set(update);
                self.speed.set(updates_per_second);
                self.records.update_value(|records| records.note(update, loss, &by_timestep));
            }
            LabEvent::Diverged { update, back_to } => {
                self.shell.notify(text::diverged(update, back_to));
                self.go_back(back_to);
            }
            LabEvent::Rewound(update) => self.go_back(update),
            LabEvent::Rested { ask, update } => self.rest(ask, update),
            LabEvent::Photograph { side, rgba } => {
                let unfinished = self.awaited.try_update_value(Option::take);
                if let Some(picture) = unfinished.flatten() {
                    picture.finish(side as usize, rgba);
                }
            }
            LabEvent::Refused { what, hint } => {
                self.shell.notify(format!("{}. {}", reported(&what), reported(&hint)));
            }
            told => self.show(told),
        }
        self.version.update(|version| *version += 1);
    }

    /// Takes in what is to be seen.
    fn show(self, event: LabEvent) {
        let looked_at = untrack(|| self.looked_at());
        self.records.update_value(|records| match event {
            LabEvent::Stored(update) => records.store(update),
            LabEvent::Kept(start) => records.kept = Some(start),
            LabEvent::Schedule { log_snr, spread } => records.learned = Some((log_snr, spread)),
            LabEvent::Cloud { update, stored, exact, alphas_cumprod, places, held, distance } => {
                let cloud = Cloud { update, alphas_cumprod, places, held, distance, ..Cloud::default() };
                match exact {
                    true => records.optimum = Some(Rc::new(cloud)),
                    false => records.keep(cloud, stored, looked_at),
                }
            }
            LabEvent::LetGo(name) => records.let_go(name),
            LabEvent::Field { update, state, alpha, sigma, denoised, exact } => {
                let side = math::sqrt((denoised.len() / 2) as f64).round() as usize;
                let field = Field { update, state: state as usize, side, alpha, sigma, denoised, exact };
                records.field = Some(Rc::new(field));
            }
            _ => {}
        });
    }

    /// Asks for the particles of a picture, which is saved when they come.
    pub fn photograph(self, draw: LabDraw, picture: Unfinished) {
        self.awaited.set_value(Some(picture));
        self.ask(LabRequest::Photograph(draw));
    }

    fn go_back(self, update: u64) {
        self.goal.set_value(None);
        self.running.set(false);
        self.shell.engine.lab_owes(self.number, false);
        self.update.set(update);
        self.moment.set(None);
        self.records.update_value(|records| records.cut(update));
    }

    fn rest(self, ask: u32, update: u64) {
        if ask != self.ask.get_value() {
            return;
        }
        self.update.set(update);
        self.running.set(false);
        self.shell.engine.lab_owes(self.number, false);
        // What a hidden page holds back is not done.
        if !document().hidden() {
            self.goal.set_value(None);
        }
    }
}
