//! The frames of a run on a stage: where they come from, how they arrive, and how the address keeps the head.

use leptos::prelude::*;

use super::dom;
use super::player::Player;
use super::settings::Settings;
use super::store::Store;
use super::strings;
use crate::app::language::say;
use crate::protocol::{DeviceKind, Frame, GenerateSpec, ModelSummary};

/// Where the frames on the stage come from.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Origin {
    /// Nothing is there yet.
    #[default]
    Nothing,
    /// A run recorded when the site was built.
    Recorded,
    /// Computed here, on this device, in milliseconds a step once it is complete.
    Live(DeviceKind, Option<f64>),
}

impl Origin {
    /// The chip's line for frames of the model `name`.
    pub fn line(self, name: &str) -> String {
        match self {
            Self::Live(device, Some(millis)) => {
                say!(
                    "live · {device} · {millis} ms/step · {name}",
                    device = strings::device_kind(device),
                    millis = format_args!("{millis:.0}"),
                    name
                )
            }
            Self::Live(device, None) => say!("live · {device} · {name}", device = strings::device_kind(device), name),
            _ => say!("recorded · same model · {name}", name),
        }
    }
}

/// What computes a run: the same settings on another device, or of another model, are another run.
#[derive(Debug, Clone, PartialEq)]
pub struct Maker {
    /// The device.
    pub device: DeviceKind,
    /// The model.
    pub model: ModelSummary,
}

/// One run: its frames stay outside the signals, which hold only how many there are.
#[derive(Default)]
pub struct Slot {
    /// What the frames are a run of.
    pub spec: Option<GenerateSpec>,
    /// The states, the starting noise first; behind those that have arrived stand states of the run before.
    pub frames: Vec<Frame>,
    /// What computed them; `None` for a recorded run.
    maker: Option<Maker>,
    /// States of this run that are there.
    arrived: usize,
}

impl Slot {
    /// A whole run that was recorded.
    pub fn recorded(spec: GenerateSpec, frames: Vec<Frame>) -> Self {
        Self { spec: Some(spec), arrived: frames.len(), frames, maker: None }
    }

    /// Takes the next frame of a run of `spec`; the first one of a run decides how many states there are.
    pub fn arrive(&mut self, frame: &Frame, spec: &GenerateSpec, maker: &Maker) {
        let state = frame.step as usize;
        if state == 0 {
            self.spec = Some(spec.clone());
            self.maker = Some(maker.clone());
            self.frames.truncate(frame.of as usize + 1);
        }
        if state < self.frames.len() {
            self.frames[state] = frame.clone();
        } else {
            self.frames.push(frame.clone());
        }
        self.arrived = state + 1;
    }

    /// Whether all states of the run of `spec` by `maker` are there.
    pub fn holds(&self, spec: &GenerateSpec, maker: &Maker) -> bool {
        let is_whole =
            self.arrived == self.frames.len() && self.frames.last().is_some_and(|frame| frame.step == frame.of);
        is_whole && self.spec.as_ref() == Some(spec) && self.maker.as_ref() == Some(maker)
    }

    /// How many states of this run are there.
    pub fn arrived(&self) -> usize {
        self.arrived
    }

    /// Whether a state is of this run and not yet of the one before.
    pub fn has_arrived(&self, state: usize) -> bool {
        state < self.arrived
    }

    /// Ends a run that will not be finished: what is left of the run before goes, for it is no part of this one.
    pub fn break_off(&mut self) {
        self.frames.truncate(self.arrived);
    }
}

/// Where a settings type keeps the head.
type Place<T> = fn(&mut T) -> &mut u32;

/// Keeps the head in the address, and puts it where the address says once the states are there.
///
/// `u32::MAX` stands for an address that says nothing: the run then plays, or shows its end under reduced motion.
pub fn follow_address<T: Settings>(player: Player, last: RwSignal<usize>, store: Store<T>, place: Place<T>) {
    let wanted = StoredValue::new(Some(*place(&mut store.peek())));
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
            _ => {}
        }
    });
    keep_head(player, store, place);
}

/// Tells the address of every place where the head rests, and puts the head back when a change is taken back.
pub fn keep_head<T: Settings>(player: Player, store: Store<T>, place: Place<T>) {
    Effect::new(move |first: Option<()>| {
        let head = player.head.get() as u32;
        if first.is_some() && !player.playing.get() {
            store.follow(|settings| *place(settings) = head);
        }
    });
    store.on_travel(move |mut settings| match *place(&mut settings) {
        // The change was made before the head had come to rest anywhere.
        u32::MAX => store.follow(|settings| *place(settings) = player.head.get_untracked() as u32),
        head => player.aim(head as usize),
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diffusion::parameterization::PredictionType;
    use crate::diffusion::schedule::ScheduleConfig;

    fn maker(device: DeviceKind, hash: &str) -> Maker {
        let model = ModelSummary {
            name: "m".into(),
            short_hash: hash.into(),
            parameters: 0,
            sample_size: 1,
            channels: 1,
            prediction_type: PredictionType::VPrediction,
            schedule: ScheduleConfig::default(),
            words: None,
        };
        Maker { device, model }
    }

    fn spec(steps: u32) -> GenerateSpec {
        GenerateSpec { steps, ..GenerateSpec::default() }
    }

    /// The first `count` states of a run, told apart from those of other runs by `mark`.
    fn send(slot: &mut Slot, steps: u32, count: u32, maker: &Maker, mark: f32) {
        for step in 0..count {
            let frame = Frame { step, of: steps, values: vec![mark], ..Frame::default() };
            slot.arrive(&frame, &spec(steps), maker);
        }
    }

    #[test]
    fn a_run_is_held_only_for_its_own_device_and_model() {
        let cpu = maker(DeviceKind::Cpu, "a");
        let mut slot = Slot::default();
        send(&mut slot, 3, 3, &cpu, 0.0);
        assert!(!slot.holds(&spec(3), &cpu), "the last state is still to come");
        send(&mut slot, 3, 4, &cpu, 0.0);
        assert!(slot.holds(&spec(3), &cpu));
        assert!(!slot.holds(&spec(4), &cpu));
        assert!(!slot.holds(&spec(3), &maker(DeviceKind::Webgpu, "a")));
        assert!(!slot.holds(&spec(3), &maker(DeviceKind::Cpu, "b")));
        assert!(!Slot::recorded(spec(3), slot.frames).holds(&spec(3), &cpu));
    }

    #[test]
    fn a_run_that_breaks_off_leaves_no_states_of_the_one_before() {
        let cpu = maker(DeviceKind::Cpu, "a");
        for before in [3, 8] {
            let mut slot = Slot::default();
            send(&mut slot, before, before + 1, &cpu, 1.0);
            send(&mut slot, 5, 2, &cpu, 2.0);
            assert!(slot.has_arrived(1) && !slot.has_arrived(2));
            slot.break_off();
            assert!(slot.frames.iter().all(|frame| frame.values == [2.0]), "{before}");
            assert_eq!(slot.frames.len(), 2);
            assert!(!slot.holds(&spec(5), &cpu));
        }
    }

    #[test]
    fn a_whole_run_outlives_one_that_never_began() {
        let cpu = maker(DeviceKind::Cpu, "a");
        let mut slot = Slot::default();
        send(&mut slot, 3, 4, &cpu, 1.0);
        slot.break_off();
        assert!(slot.holds(&spec(3), &cpu));
    }
}
