//! The bench: the same face under each curve, the plot, the controls.

use leptos::prelude::*;

use super::bench::{Bench, Entry};
use super::settings::{CUSTOM, QUANTITIES, Quantity, Schedules};
use super::text;
use crate::app::dom;
use crate::app::keys::Command;
use crate::app::language::{Text, t};
use crate::app::player::Player;
use crate::app::plots::axis::{Axis, Scale};
use crate::app::plots::chart::Chart;
use crate::app::shell::use_shell;
use crate::app::store::Store;
use crate::app::strings;
use crate::app::widgets::canvas::{Bitmap, Moving, Picture, save, save_animation, spread};
use crate::app::widgets::chip::{Chip, Provenance};
use crate::app::widgets::controls::{Choice, Drawer, Seed, Slider};
use crate::app::widgets::keep::{Kept, keep_buttons};
use crate::app::widgets::later::later;
use crate::app::widgets::scrub::Scrub;
use crate::app::widgets::timeline::Timeline;
use crate::data::avatar::SIZE;

/// Pictures of a strip.
const COLUMNS: usize = 9;

/// The picture area: each curve's state now.
pub fn stage(bench: Bench, player: Player) -> AnyView {
    let label = Signal::derive(move || {
        let names = bench.entries.with(|entries| entries.iter().map(|entry| entry.name().get()).collect::<Vec<_>>());
        text::picture(&names.join(", "), player.head.get(), player.last.get())
    });
    let names = move || {
        let entries = bench.entries.get();
        let caption = |entry: Entry| {
            view! { <li class=format!("series-name series-{}", entry.place)>{entry.name()}</li> }
        };
        entries.into_iter().map(caption).collect::<Vec<_>>()
    };
    view! {
        <div class="pictures">
            <Scrub player on_pick=|_, _| {}>
                <Picture label picture=move || Some(states(bench, player.head.get())) />
            </Scrub>
        </div>
        <ul class="series-names" style:--columns=move || columns(bench.entries.with(Vec::len)).to_string()>{names}</ul>
    }
    .into_any()
}

/// How many pictures stand beside one another.
fn columns(count: usize) -> usize {
    match count {
        0..=2 => count.max(1),
        3 | 4 => 2,
        _ => 4,
    }
}

fn states(bench: Bench, head: usize) -> Bitmap {
    Bitmap::grid(&bench.states(head), SIZE, columns(bench.entries.with(Vec::len)))
}

/// Rows of the run at a glance.
fn strips(bench: Bench) -> Bitmap {
    let rows = bench.strips(COLUMNS);
    Bitmap::grid(&rows.concat(), SIZE, COLUMNS)
}

/// The rows with the names of their curves.
fn named_strips(bench: Bench) -> AnyView {
    let name = |entry: Entry| view! { <li class=format!("series-{}", entry.place)>{entry.name()}</li> };
    view! {
        <div class="named-rows">
            <ul class="row-names">{move || bench.entries.get().into_iter().map(name).collect::<Vec<_>>()}</ul>
            <Picture class="strip" label=text::STRIPS picture=move || Some(strips(bench)) />
        </div>
    }
    .into_any()
}

/// Timeline, strips, plot, controls, provenance.
pub fn sheet(bench: Bench, player: Player) -> AnyView {
    let shell = use_shell();
    let store = bench.store;
    let locked = RwSignal::new(false);
    listen(bench, player, locked);
    let head_text = Signal::derive(move || text::state(player.head.get(), player.last.get()));
    let provenance = Signal::derive(move || Provenance {
        line: text::PROVENANCE.into(),
        facts: vec![(t("T"), store.get().total.to_string()), (t("seed"), store.get().seed.to_string())],
        lines: [(strings::AS_COMMAND, None), (text::STRIPS_AS_COMMAND, Some(COLUMNS as u32))]
            .into_iter()
            .filter_map(|(title, strip)| Some((title, bench.command(player.head.get(), strip)?)))
            .collect(),
        note: strings::NO_PYTHON_AVATARS,
    });
    view! {
        <Timeline player text=head_text label=text::TIMELINE />
        {named_strips(bench)}
        {later(move || plot(bench, player))}
        {warnings(bench)}
        {shell.shows("controls").then(|| later(move || controls(bench, player, locked)))}
        <Chip provenance />
    }
    .into_any()
}

fn plot(bench: Bench, player: Player) -> AnyView {
    let quantity = bench.store.part(|settings| settings.quantity);
    let index = move || QUANTITIES.iter().position(|(_, known)| *known == quantity.get()).unwrap_or(0);
    let y = Signal::derive(move || {
        // β of a long schedule and bits of a late step are small: their axes end where the curves do.
        let (range, scale) = match quantity.get() {
            Quantity::AlphaCumprod => (Some((0.0, 1.0)), Scale::Linear),
            Quantity::Beta | Quantity::Information => (None, Scale::Linear),
            Quantity::Snr => (Some((1e-5, 1e5)), Scale::Log),
            Quantity::LogSnr => (Some((-12.0, 12.0)), Scale::Linear),
        };
        Axis { name: text::QUANTITIES[index()], label: text::PLOTTED[index()], range, scale }
    });
    let x = Signal::derive(move || Axis {
        name: t("t"),
        label: text::TIMESTEP,
        range: Some((0.0, player.last.get() as f64)),
        scale: Scale::Linear,
    });
    let marker = Signal::derive(move || player.head.get() as f64);
    view! { <Chart x y lines=Signal::derive(move || bench.lines()) marker file="schedules" /> }.into_any()
}

/// The curves that do not end in noise.
fn warnings(bench: Bench) -> AnyView {
    let said = move || {
        let found: Vec<String> = bench.entries.with(|entries| {
            let said = |entry: &Entry| {
                let warning = entry.schedule.terminal_snr_warning()?;
                Some(text::warning(entry.name().get(), &format!("{:.1e}", warning.snr)))
            };
            entries.iter().filter_map(said).collect()
        });
        if found.is_empty() {
            text::NO_WARNING.to_string()
        } else {
            format!("{} {}.", text::WARNINGS, found.join("; "))
        }
    };
    view! { <p class="remark terminal" role="status">{said}</p> }.into_any()
}

fn controls(bench: Bench, player: Player, locked: RwSignal<bool>) -> AnyView {
    let store = bench.store;
    let curves: Vec<_> = (0..=CUSTOM).zip(text::NAMES).map(|(place, name)| curve(store, place, name)).collect();
    let quantities: Vec<_> = text::QUANTITIES.into_iter().zip(QUANTITIES.map(|(_, quantity)| quantity)).collect();
    let total = Signal::derive(move || f64::from(store.get().total));
    let total_text = Signal::derive(move || store.get().total.to_string());
    let set_total = move |total: f64| {
        let share = player.head.get_untracked() as f64 / player.last.get_untracked().max(1) as f64;
        store.edit(|settings| settings.total = total as u32);
        player.seek((total * share).round() as usize);
    };
    view! {
        <div class="control choice" role="group" aria-label=text::CURVES data-control="curves">
            <span class="control-label">{text::CURVES}</span>
            <span class="choice-row">{curves}</span>
        </div>
        <Choice label=text::QUANTITY options=quantities value=store.part(|s| s.quantity)
            on_change=move |quantity| store.edit(|s| s.quantity = quantity) />
        <Seed value=store.part(|s| s.seed) locked on_change=move |seed| store.edit(|s| s.seed = seed) />
        <Drawer>
            <Slider label=text::TOTAL range=(10.0, 1000.0, 10.0) value=total text=total_text on_change=set_total />
            <div class="choice-row">
                {keep_buttons(store, text::SAVE, true, move |kept| save_bench(bench, player, kept))}
            </div>
        </Drawer>
    }
    .into_any()
}

/// A button that shows a curve or hides it.
fn curve(store: Store<Schedules>, place: u32, name: Text) -> AnyView {
    let pressed = store.part(|settings| settings.shown.clone());
    view! {
        <button type="button" class="choice-button" aria-pressed=move || pressed.get().contains(&place).to_string()
            on:click=move |_| store.edit(|settings| settings.toggle(place))>{name}</button>
    }
    .into_any()
}

/// Keys of this lesson.
fn listen(bench: Bench, player: Player, locked: RwSignal<bool>) {
    use_shell().commands.listen(move |command| {
        match command {
            Command::NewSeed if !locked.get_untracked() => bench.store.edit(|s| s.seed = dom::random_seed()),
            Command::LockSeed => locked.update(|on| *on = !*on),
            Command::Snapshot => snapshot(bench, player),
            Command::Equation => return dom::scroll_to("equation"),
            _ => return false,
        }
        true
    });
}

fn save_bench(bench: Bench, player: Player, kept: Kept) {
    match kept {
        Kept::Picture => snapshot(bench, player),
        Kept::Strip => save_strips(bench),
        Kept::Animation(format) => animate(bench, player, format),
    }
}

fn save_strips(bench: Bench) {
    save(&untrack(|| strips(bench)), &format!("noisewalk-schedules-{}-strips.png", bench.store.peek().seed));
}

fn snapshot(bench: Bench, player: Player) {
    let head = player.head.get_untracked();
    save(&untrack(|| states(bench, head)), &format!("noisewalk-schedules-{}-{head}.png", bench.store.peek().seed));
}

/// About a hundred states, as every curve has them.
fn animate(bench: Bench, player: Player, format: Moving) {
    let picture = |state| Some(untrack(|| states(bench, state)));
    let name = format!("noisewalk-schedules-{}", bench.store.peek().seed);
    save_animation(spread(player.last.get_untracked(), 100), picture, name, format);
}
