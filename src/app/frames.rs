//! The frames of a run on a stage: where they come from, how they arrive, and how the address keeps the head.

use leptos::prelude::*;

use super::dom;
use super::player::Player;
use super::shell::Shell;
use crate::protocol::{DeviceKind, Frame, GenerateSpec};

/// Where the frames on the stage come from.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Origin {
    /// Nothing is there yet.
    #[default]
    Nothing,
    /// A run recorded when the site was built.
    Recorded,
    /// Computed here, in milliseconds a step once it is complete.
    Live(Option<f64>),
}

impl Origin {
    /// The chip's line for frames of the model `name`.
    pub fn line(self, shell: Shell, name: &str) -> String {
        let device = match shell.engine.device.get().map(|device| device.kind) {
            Some(DeviceKind::Webgpu) => "WebGPU",
            _ => "CPU",
        };
        match self {
            Self::Live(Some(millis)) => format!("live · {device} · {millis:.0} ms/step · {name}"),
            Self::Live(None) => format!("live · {device} · {name}"),
            _ => format!("recorded · same model · {name}"),
        }
    }
}

/// One run: its frames stay outside the signals, which hold only how many there are.
#[derive(Default)]
pub struct Slot {
    /// What the frames are a run of.
    pub spec: Option<GenerateSpec>,
    /// The states, the starting noise first.
    pub frames: Vec<Frame>,
    /// Frames of a run under way; they replace the old ones as they come.
    pub arrived: usize,
}

impl Slot {
    /// A whole run that was recorded.
    pub fn recorded(spec: GenerateSpec, frames: Vec<Frame>) -> Self {
        Self { spec: Some(spec), frames, arrived: 0 }
    }

    /// Takes the next frame of a run of `spec`; the first one of a run decides how many states there are.
    pub fn arrive(&mut self, frame: &Frame, spec: &GenerateSpec) {
        if self.arrived == 0 {
            self.spec = Some(spec.clone());
            self.frames.truncate(frame.of as usize + 1);
        }
        let state = frame.step as usize;
        if state < self.frames.len() {
            self.frames[state] = frame.clone();
        } else {
            self.frames.push(frame.clone());
        }
        self.arrived = state + 1;
    }
}

/// Puts the head where the address says once the states are there, and tells `keep` of every place where it rests.
///
/// `u32::MAX` stands for an address that says nothing: the run then plays, or shows its end under reduced motion.
pub fn follow_address(player: Player, last: RwSignal<usize>, wanted: u32, keep: impl Fn(u32) + 'static) {
    let wanted = StoredValue::new(Some(wanted));
    Effect::new(move || {
        let last = last.get();
        match wanted.get_value() {
            Some(u32::MAX) if last > 0 => {
                wanted.set_value(None);
                if dom::reduced_motion() { player.head.set(last) } else { player.play() }
            }
            Some(head) if last > 0 => {
                wanted.set_value(None);
                player.head.set((head as usize).min(last));
            }
            _ if player.head.get_untracked() > last => player.head.set(last),
            _ => {}
        }
    });
    Effect::new(move |first: Option<()>| {
        let head = player.head.get() as u32;
        if first.is_some() && !player.playing.get() {
            keep(head);
        }
    });
}
