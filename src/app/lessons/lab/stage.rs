//! The stage of the lab: one or two planes, two timelines, the controls.

use leptos::prelude::*;

use super::controls::controls;
use super::runs::Bench;
use super::settings::{LAUNCHED, Lab, SCHEDULES, pack};
use super::{figure, text};
use crate::app::keys::Command;
use crate::app::player::Player;
use crate::app::plots::overlay::{Axis, Line, Overlay};
use crate::app::shell::use_shell;
use crate::app::store::Store;
use crate::app::strings;
use crate::app::widgets::canvas::{Picture, save};
use crate::app::widgets::chip::{Chip, Provenance};
use crate::app::widgets::controls::Button;
use crate::app::widgets::later::later;
use crate::app::widgets::scrub::Scrub;
use crate::app::widgets::status::{DeviceControl, EngineStatus};
use crate::app::widgets::timeline::Timeline;
use crate::protocol::{DeviceKind, Point};

/// Points of a loss curve.
const RESOLUTION: usize = 120;

/// What the parts of the stage share; copy it freely.
#[derive(Clone, Copy)]
pub struct Stage {
    /// The settings.
    pub store: Store<Lab>,
    /// Both benches; the second works only where there is a rival.
    pub benches: [Bench; 2],
    /// The state of the particles.
    pub player: Player,
    /// The moment of the training.
    pub training: Player,
    /// The points that are learnt.
    pub data: Memo<Vec<Point>>,
}

impl Stage {
    /// The benches at work.
    pub fn active(self) -> &'static [usize] {
        if self.store.get().rival.is_some() { &[0, 1] } else { &[0] }
    }

    fn each(self, act: impl Fn(Bench)) {
        untrack(|| self.active()).iter().for_each(|index| act(self.benches[*index]));
    }

    /// What a bench's schedule is called.
    fn name(self, index: usize) -> &'static str {
        let settings = self.store.get();
        let schedule = if index == 1 { settings.rival.unwrap_or(settings.schedule) } else { settings.schedule };
        let place = SCHEDULES.iter().position(|(_, known)| *known == schedule);
        place.and_then(|place| text::SCHEDULES.get(place)).copied().unwrap_or_default()
    }
}

/// The picture area.
pub fn stage(stage: Stage) -> AnyView {
    let rival = stage.store.part(|settings| settings.rival.is_some());
    let plane = move |index: usize| {
        let bench = stage.benches[index];
        let label = Signal::derive(move || {
            text::picture(stage.name(index), stage.player.head.get(), stage.player.last.get(), bench.update.get())
        });
        let launch = move |x: f64, y: f64| {
            stage.store.edit(|settings| {
                settings.launched.push(pack(x, y));
                let over = settings.launched.len().saturating_sub(LAUNCHED);
                settings.launched.drain(..over);
            });
        };
        view! {
            <figure class="plane">
                <Scrub player=stage.player on_pick=launch>
                    <Picture class="smooth" label picture=move || Some(figure::figure(bench, stage.player, stage.data)) />
                </Scrub>
                <figcaption>{move || rival.get().then(|| stage.name(index))}</figcaption>
            </figure>
        }
        .into_any()
    };
    view! {
        <div class="planes">{plane(0)}{move || rival.get().then(|| plane(1))}</div>
        <EngineStatus />
    }
    .into_any()
}

/// Timelines, controls, plots, provenance.
pub fn sheet(stage: Stage) -> AnyView {
    let shell = use_shell();
    let [first, _] = stage.benches;
    let locked = RwSignal::new(false);
    listen(stage, locked);
    let head_text = Signal::derive(move || {
        let head = stage.player.head.get();
        let alphas = first.cloud().map(|cloud| cloud.alphas_cumprod.clone()).unwrap_or_default();
        let state = if stage.store.get().forward { alphas.len().saturating_sub(1 + head) } else { head };
        text::state(head, stage.player.last.get(), alphas.get(state).copied().unwrap_or(0.0))
    });
    let moment_text = Signal::derive(move || {
        let looked_at = first.looked_at();
        text::moment(looked_at.unwrap_or_else(|| first.update.get()), looked_at.is_none())
    });
    let distance = move || first.cloud().and_then(|cloud| cloud.distance).map(text::distance);
    let none = move || {
        (shell.engine.device.get().is_none() && shell.engine.choice.get() == crate::protocol::DeviceChoice::None)
            .then_some(text::NO_DEVICE)
    };
    view! {
        <Timeline player=stage.player text=head_text label=text::TIMELINE />
        <Timeline player=stage.training text=moment_text label=text::TRAINING />
        <p class="remark" role="status">{none}</p>
        {training(stage)}
        <p class="remark distance">{distance}</p>
        {shell.shows("controls").then(|| later(move || controls(stage, locked)))}
        {later(move || plots(stage))}
        <Chip provenance=Signal::derive(move || provenance(stage))><DeviceControl /></Chip>
    }
    .into_any()
}

/// Train, pause, one update, start over.
fn training(stage: Stage) -> AnyView {
    let [first, _] = stage.benches;
    let label = Signal::derive(move || (if first.running.get() { text::PAUSE } else { text::TRAIN }).to_owned());
    let toggle = move || {
        let running = first.running.get_untracked();
        stage.each(|bench| if running { bench.pause() } else { bench.run(None) });
    };
    let progress = move || text::progress(first.update.get(), first.speed.get(), first.running.get());
    view! {
        <div class="control">
            <span class="choice-row">
                <Button class="train" label pressed=first.running on_press=toggle />
                <Button label=text::ONE on_press=move || stage.each(|bench| bench.run(Some(1))) />
                <Button label=text::RESTART on_press=move || stage.each(Bench::restart) />
            </span>
            <output class="readout progress">{progress}</output>
        </div>
    }
    .into_any()
}

fn provenance(stage: Stage) -> Provenance {
    let Some((device, millis, parameters)) = stage.benches[0].device.get() else {
        return Provenance { line: strings::ENGINE_STARTING.into(), ..Provenance::default() };
    };
    let (name, mine) = match device {
        DeviceKind::Webgpu => ("WebGPU", millis[1]),
        DeviceKind::Cpu => ("CPU", millis[0]),
    };
    Provenance {
        line: text::line(name, mine),
        facts: vec![
            ("CPU", text::measured(millis[0])),
            ("WebGPU", text::measured(millis[1])),
            ("parameters", parameters.to_string()),
            ("seed", stage.store.get().seed.to_string()),
        ],
        ..Provenance::default()
    }
}

fn plots(stage: Stage) -> AnyView {
    let losses = Signal::derive(move || {
        let line = |index: &usize| {
            let values = stage.benches[*index].losses(RESOLUTION).0;
            Line { name: text::CURVES[*index], series: *index, values }
        };
        stage.active().iter().map(line).collect::<Vec<_>>()
    });
    let marks = Signal::derive(move || stage.benches[0].losses(1).1);
    let by_timestep = Signal::derive(move || {
        let line = |index: &usize| Line {
            name: text::CURVES[*index],
            series: *index,
            values: stage.benches[*index].by_timestep(),
        };
        stage.active().iter().map(line).collect::<Vec<_>>()
    });
    let axis = Signal::derive(move || Axis { label: text::LOSS, range: Some((-2.0, 0.5)) });
    let errors = Signal::derive(move || Axis { label: text::BY_TIMESTEP, range: None });
    let updates = Signal::derive(move || stage.benches[0].update.get() as f64);
    view! {
        <div class="plots">
            <Overlay axis x_label="update" x_end=updates lines=losses marker=Signal::derive(|| 1.0) file="loss" marks />
            <Overlay axis=errors x_label="t" x_end=Signal::derive(|| 1000.0) lines=by_timestep marker=Signal::derive(|| 0.0) file="errors" />
        </div>
    }
    .into_any()
}

/// Keys of the lab.
fn listen(stage: Stage, locked: RwSignal<bool>) {
    use_shell().commands.listen(move |command| {
        match command {
            Command::NewSeed if !locked.get_untracked() => {
                stage.store.edit(|s| s.seed = crate::app::dom::random_seed());
            }
            Command::LockSeed => locked.update(|on| *on = !*on),
            Command::Snapshot => snapshot(stage),
            _ => return false,
        }
        true
    });
}

/// Saves the picture of the first bench.
pub fn snapshot(stage: Stage) {
    let bitmap = untrack(|| figure::figure(stage.benches[0], stage.player, stage.data));
    let update = stage.benches[0].update.get_untracked();
    save(&bitmap, &format!("noisewalk-lab-{}-{update}.png", stage.store.peek().seed));
}
