//! The stage of lesson 1: picture, timeline, readouts, plots, controls.

use leptos::prelude::*;

use super::figure::Figure;
use super::painter::painter;
use super::settings::{Forward, SCHEDULES, SUBJECTS, Subject};
use super::source::can_walk;
use super::{settings, text};
use crate::app::dom;
use crate::app::dropped::Wanted;
use crate::app::keys::Command;
use crate::app::language::{Text, t};
use crate::app::player::Player;
use crate::app::plots::curve::{Curve, Curves};
use crate::app::plots::histogram::{Histogram, densities};
use crate::app::shell::use_shell;
use crate::app::store::Store;
use crate::app::strings;
use crate::app::widgets::canvas::{Moving, Picture, save, save_animation, spread};
use crate::app::widgets::chip::{Chip, Provenance};
use crate::app::widgets::controls::{Choice, Drawer, Seed, Slider, Switch};
use crate::app::widgets::keep::{Kept, keep_buttons};
use crate::app::widgets::later::later;
use crate::app::widgets::own_model::OwnModel;
use crate::app::widgets::scrub::Scrub;
use crate::app::widgets::timeline::Timeline;

mod drop;
mod provenance;
mod shader;

/// Points of the curves of shares.
const CURVE_POINTS: usize = 64;

/// The picture area.
pub fn stage(store: Store<Forward>, figure: Figure, player: Player) -> AnyView {
    let alpha = move || figure.schedule.get().map_or(1.0, |schedule| schedule.alpha(player.head.get() as i64 - 1));
    let label = Signal::derive(move || text::picture(player.head.get(), player.last.get(), alpha()));
    let on_gpu = shader::use_shader(store, figure);
    let picture = move || {
        if on_gpu.get() {
            shader::canvas(figure, player, label)
        } else {
            view! { <Picture label picture=move || figure.bitmap(player.head.get()) /> }.into_any()
        }
    };
    let pick = move |across: f64, down: f64| {
        figure.marked.set(true);
        store.edit(|settings| settings.pixel = (down * 16.0) as u32 * 16 + (across * 16.0) as u32);
    };
    let walks = Memo::new(move |_| figure.walks());
    let caption = |text: Text| view! { <figcaption>{text}</figcaption> };
    view! {
        <div class="pictures" class:twins=move || walks.get()>
            <figure class="twin">
                <Scrub player on_pick=pick>{picture}{mark(store, figure)}</Scrub>
                {move || walks.get().then(|| caption(text::WALKED))}
            </figure>
            {move || walks.get().then(|| view! {
                <figure class="twin">
                    <Picture label=text::JUMPED picture=move || figure.jumped(player.head.get()) />
                    {caption(text::JUMPED)}
                </figure>
            })}
        </div>
    }
    .into_any()
}

/// A frame around the cell whose numbers are shown; it lights up with x_t.
fn mark(store: Store<Forward>, figure: Figure) -> AnyView {
    let share = |cell: u32| format!("{}%", f64::from(cell) * 6.25);
    let left = move || share(store.get().pixel % 16);
    let top = move || share(store.get().pixel / 16);
    view! { <span class="pixel-mark" data-link="xt" aria-hidden="true" hidden=move || !figure.marked.get() style:left=left style:top=top></span> }
        .into_any()
}

/// Timeline, readouts, plots, controls, provenance.
pub fn sheet(store: Store<Forward>, figure: Figure, player: Player) -> AnyView {
    let shell = use_shell();
    let locked = RwSignal::new(false);
    listen(store, figure, player, locked);
    drop::listen(store, figure);
    let head_text = Signal::derive(move || text::state(player.head.get(), player.last.get()));
    let on_gpu = shader::use_shader(store, figure);
    let provenance = Signal::derive(move || Provenance {
        line: if on_gpu.get() { text::PROVENANCE_GPU } else { text::PROVENANCE }.into(),
        facts: provenance::facts(store),
        ..provenance::again(figure, player)
    });
    view! {
        <Timeline player text=head_text label=text::TIMELINE />
        {readouts(figure, player)}
        {later(move || plots(figure, player))}
        {shell.shows("controls").then(|| later(move || controls(store, figure, player, locked)))}
        <Chip provenance />
    }
    .into_any()
}

/// Shares, signal-to-noise ratio, and how far walking and jumping differ.
fn readouts(figure: Figure, player: Player) -> AnyView {
    let shares = Memo::new(move |_| {
        let t = player.head.get() as i64 - 1;
        figure.schedule.get().map_or((1.0, 0.0), |schedule| (schedule.alpha(t), schedule.sigma(t)))
    });
    let snr = move || match shares.get() {
        (_, 0.0) => "∞".to_owned(),
        (alpha, sigma) => strings::ratio(alpha * alpha / (sigma * sigma)),
    };
    let agreement = move || {
        let head = player.head.get();
        let walks = figure.disagreement(head).map(|worst| format!("{} {worst:.1e}", text::WALK_AND_JUMP));
        walks.or_else(|| {
            let small = figure.source.with(|source| can_walk(source));
            (!small).then(|| text::TOO_LARGE_TO_WALK.to_string())
        })
    };
    view! {
        <div class="shares">
            <div class="share-bar" aria-hidden="true">
                <span class="share-data" data-link="alpha" style:width=move || format!("{:.1}%", shares.get().0 * shares.get().0 * 100.0)></span>
                <span class="share-noise" data-link="sigma"></span>
            </div>
            <p class="small-print readout">
                <span class="term role-data" data-link="alpha">"√ᾱ = "{move || strings::number(shares.get().0)}</span>"  ·  "
                <span class="term role-noise" data-link="sigma">"√(1 − ᾱ) = "{move || strings::number(shares.get().1)}</span>"  ·  "
                <span class="term role-plain" data-link="snr">"SNR = "{snr}</span>
            </p>
            <p class="small-print readout agreement">{agreement}</p>
        </div>
    }
    .into_any()
}

fn plots(figure: Figure, player: Player) -> AnyView {
    let curves = Signal::derive(move || {
        let Some(schedule) = figure.schedule.get() else { return Vec::new() };
        let last = schedule.num_train_timesteps();
        let at = |index: usize| (index * last / (CURVE_POINTS - 1)) as i64 - 1;
        let points = 0..CURVE_POINTS;
        vec![
            Curve {
                name: "√ᾱ", role: "role-data", values: points.clone().map(|i| schedule.alpha(at(i))).collect()
            },
            Curve {
                name: "√(1 − ᾱ)", role: "role-noise", values: points.map(|i| schedule.sigma(at(i))).collect()
            },
        ]
    });
    let total = Signal::derive(move || player.last.get() as f64);
    let marker = Signal::derive(move || player.head.get() as f64 / player.last.get().max(1) as f64);
    let bars = Signal::derive(move || densities(&figure.sample(player.head.get()).unwrap_or_default()));
    view! {
        <div class="plots" data-control="plots">
            <Histogram label=text::HISTOGRAM bars />
            <Curves label=text::CURVES x_label=t("t") x_end=total curves marker />
        </div>
    }
    .into_any()
}

fn controls(store: Store<Forward>, figure: Figure, player: Player, locked: RwSignal<bool>) -> AnyView {
    let subjects: Vec<_> = text::SUBJECTS.into_iter().zip(SUBJECTS.map(|(_, subject)| subject)).collect();
    let schedules: Vec<_> = text::SCHEDULES.into_iter().zip(SCHEDULES.map(|(_, schedule)| schedule)).collect();
    let channels: Vec<_> = text::CHANNELS.into_iter().zip(0u32..).collect();
    let subject = store.part(|settings| settings.subject);
    let total = Signal::derive(move || f64::from(store.get().total));
    let total_text = Signal::derive(move || match store.get() {
        Forward { schedule: settings::Curve::OfModel, total, .. } => text::total_of_model(total),
        Forward { total, .. } => total.to_string(),
    });
    let extra = move || match subject.get() {
        Subject::Own => drop::dropzone(store, figure),
        Subject::Painting => painter(store),
        _ => ().into_any(),
    };
    let set_total = move |total: f64| {
        let share = player.head.get_untracked() as f64 / player.last.get_untracked().max(1) as f64;
        store.edit(|settings| settings.total = total as u32);
        player.seek((total * share).round() as usize);
    };
    view! {
        <Choice label=text::SUBJECT options=subjects value=subject on_change=move |subject| store.edit(|s| s.subject = subject) />
        {extra}
        <Choice label=text::SCHEDULE options=schedules value=store.part(|s| s.schedule)
            on_change=move |schedule| store.edit(|s| s.schedule = schedule) />
        <Seed value=store.part(|s| s.seed) locked on_change=move |seed| store.edit(|s| s.seed = seed) />
        <Drawer>
            <Slider label=text::TOTAL range=(10.0, 1000.0, 10.0) value=total text=total_text on_change=set_total />
            <Switch label=text::WALK value=store.part(|s| s.walk) on_change=move |walk| store.edit(|s| s.walk = walk) />
            <Choice label=text::CHANNEL options=channels value=store.part(|s| s.channel)
                on_change=move |channel| store.edit(|s| s.channel = channel) />
            <div class="choice-row">
                {keep_buttons(store, text::SAVE, false, move |kept| save_figure(store, figure, player, kept))}
            </div>
            <OwnModel drops=Wanted::Models />
        </Drawer>
    }
    .into_any()
}

/// Keys of this lesson.
fn listen(store: Store<Forward>, figure: Figure, player: Player, locked: RwSignal<bool>) {
    use_shell().commands.listen(move |command| {
        match command {
            Command::NewSeed if !locked.get_untracked() => store.edit(|s| s.seed = dom::random_seed()),
            Command::LockSeed => locked.update(|on| *on = !*on),
            Command::Snapshot => snapshot(store, figure, player),
            Command::Equation => return dom::scroll_to("equation"),
            _ => return false,
        }
        true
    });
}

fn save_figure(store: Store<Forward>, figure: Figure, player: Player, kept: Kept) {
    match kept {
        Kept::Animation(format) => animate(store, figure, player, format),
        Kept::Picture | Kept::Strip => snapshot(store, figure, player),
    }
}

fn snapshot(store: Store<Forward>, figure: Figure, player: Player) {
    let head = player.head.get_untracked();
    if let Some(bitmap) = untrack(|| figure.bitmap(head)) {
        save(&bitmap, &format!("noisewalk-forward-{}-{head}.png", store.peek().seed));
    }
}

/// States of a saved animation, and pixels of all of them together: a photograph gets fewer states.
const ANIMATED_STATES: usize = 100;
const ANIMATED_PIXELS: usize = 4_000_000;

fn animate(store: Store<Forward>, figure: Figure, player: Player, format: Moving) {
    let picture = |state| untrack(|| figure.bitmap(state));
    let pixels = picture(0).map_or(1, |bitmap| bitmap.width * bitmap.height).max(1);
    let states = spread(player.last.get_untracked(), (ANIMATED_PIXELS / pixels).min(ANIMATED_STATES));
    save_animation(states, picture, format!("noisewalk-forward-{}", store.peek().seed), format);
}
