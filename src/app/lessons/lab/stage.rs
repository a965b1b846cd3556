//! The stage of the lab: one or two planes, two timelines, the controls.

use leptos::prelude::*;

use super::controls::controls;
use super::figure::Layer;
use super::options::SCHEDULES;
use super::plane::plane;
use super::plots::plots;
use super::runs::Bench;
use super::scene::SIZE;
use super::settings::Lab;
use super::shader::Unfinished;
use super::{figure, text};
use crate::app::keys::Command;
use crate::app::language::{Text, t};
use crate::app::player::Player;
use crate::app::shell::use_shell;
use crate::app::store::Store;
use crate::app::strings;
use crate::app::widgets::canvas::save;
use crate::app::widgets::chip::{Chip, Provenance};
use crate::app::widgets::controls::Button;
use crate::app::widgets::later::later;
use crate::app::widgets::status::{DeviceControl, EngineStatus};
use crate::app::widgets::timeline::Timeline;
use crate::protocol::{DeviceKind, LabRun, Point};

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
    /// Whether a loss has left all bounds, so that the benches cannot be brought level.
    pub apart: StoredValue<bool>,
}

impl Stage {
    /// The benches at work.
    pub fn active(self) -> &'static [usize] {
        if self.store.get().rival.is_some() { &[0, 1] } else { &[0] }
    }

    /// Does something with every bench at work.
    pub fn each(self, act: impl Fn(Bench)) {
        untrack(|| self.active()).iter().for_each(|index| act(self.benches[*index]));
    }

    /// What a bench's schedule is called.
    pub fn name(self, index: usize) -> Text {
        let schedule = self.store.get().curve_of(index == 1);
        let place = SCHEDULES.iter().position(|(_, known)| *known == schedule);
        place.and_then(|place| text::SCHEDULES.get(place)).copied().unwrap_or_default()
    }
}

/// The picture area.
pub fn stage(stage: Stage) -> AnyView {
    let rival = stage.store.part(|settings| settings.rival.is_some());
    view! {
        <div class="planes">{plane(stage, 0)}{move || rival.get().then(|| plane(stage, 1))}</div>
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
    let optimum = move || {
        let settings = stage.store.get();
        let optimum = first.with(|records| records.optimum.clone()).filter(|_| settings.follows_optimum())?;
        let fewer = settings.fewer_exact(stage.data.with(Vec::len));
        Some(text::optimum(optimum.distance.map(|[made, _]| made), fewer))
    };
    let none = move || {
        (shell.engine.device.get().is_none() && shell.engine.choice.get() == crate::protocol::DeviceChoice::None)
            .then(|| text::NO_DEVICE.get())
    };
    view! {
        <Timeline player=stage.player text=head_text label=text::TIMELINE />
        <Timeline player=stage.training text=moment_text label=text::TRAINING />
        <p class="remark" role="status">{none}</p>
        {training(stage)}
        <p class="remark distance">{distance}</p>
        <p class="remark">{optimum}</p>
        {shell.shows("controls").then(|| later(move || controls(stage, locked)))}
        {later(move || plots(stage))}
        <Chip provenance=Signal::derive(move || provenance(stage))><DeviceControl /></Chip>
    }
    .into_any()
}

/// Train, pause, one update, start over.
fn training(stage: Stage) -> AnyView {
    let [first, _] = stage.benches;
    let face = Signal::derive(move || if first.running.get() { text::PAUSE } else { text::TRAIN }.to_string());
    let toggle = move || {
        let running = first.running.get_untracked();
        stage.apart.set_value(false);
        stage.each(|bench| if running { bench.pause() } else { bench.run(LabRun::On) });
    };
    let back = move || {
        let looked_at = first.looked_at().filter(|_| !first.running.get());
        looked_at.map(|update| {
            view! {
                <Button label=text::REWIND face=Signal::stored(text::go_on(update)) on_press=move || stage.each(Bench::rewind) />
            }
        })
    };
    let progress = move || text::progress(first.update.get(), first.speed.get(), first.running.get());
    view! {
        <div class="control">
            <span class="choice-row">
                <Button class="train" label=text::TRAIN face pressed=first.running on_press=toggle />
                <Button label=text::ONE on_press=move || stage.each(|bench| bench.run(LabRun::Updates(1))) />
                <Button label=text::RESTART on_press=move || stage.each(Bench::restart) />
                {back}
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
            (t("CPU"), text::measured(millis[0])),
            (t("WebGPU"), text::measured(millis[1])),
            (t("parameters"), parameters.to_string()),
            (t("seed"), stage.store.get().seed.to_string()),
        ],
        note: text::NO_COMMAND,
        ..Provenance::default()
    }
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
    let bench = stage.benches[0];
    let name = format!("noisewalk-lab-{}-{}.png", stage.store.peek().seed, bench.update.get_untracked());
    let part = |layer| untrack(|| figure::figure(bench, stage.player, stage.data, layer, None));
    match untrack(|| figure::drawing(bench, stage.player, 2 * SIZE as u32)) {
        Some(draw) => {
            let (under, over) = (part(Layer::Under), part(Layer::Over));
            bench.photograph(draw, Unfinished { under, over, name });
        }
        None => save(&part(Layer::All), &name),
    }
}
