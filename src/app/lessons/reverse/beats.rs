//! The beats of lesson 2: each puts the stage into one state.

use leptos::prelude::*;

use super::runs::Runs;
use super::settings::{Layer, Reverse};
use super::{arithmetic, text};
use crate::app::dom;
use crate::app::keys::Command;
use crate::app::player::Player;
use crate::app::shell::use_shell;
use crate::app::store::Store;
use crate::app::strings;
use crate::app::widgets::controls::{Slider, chips};
use crate::app::widgets::equation::{Part, equation};
use crate::app::widgets::frame::Beat;
use crate::app::widgets::predict::predict;
use crate::diffusion::sampler::Sampler;

use super::runs::Which;

/// What a beat may change.
#[derive(Clone, Copy)]
pub struct Context {
    /// The settings.
    pub store: Store<Reverse>,
    /// The head.
    pub player: Player,
    /// The runs.
    pub runs: Runs,
}

impl Context {
    /// Plays once to a share of the run, with the settings of the plain run, changed a little; under reduced motion it is there at once.
    fn show(self, layer: Layer, share: f64, change: fn(&mut Reverse)) {
        self.runs.marked.set(false);
        self.store.edit(|settings| {
            let kept = (settings.seed, settings.pixel);
            *settings = Reverse { seed: kept.0, pixel: kept.1, layer, ..Reverse::default() };
            change(settings);
        });
        // By the length of the run that is asked for: the one on the stage may be another.
        self.player.play_to((f64::from(self.store.peek().steps) * share) as usize);
    }
}

/// All beats.
pub fn beats(context: Context) -> Vec<Beat> {
    let enters: [Box<dyn Fn()>; 6] = [
        Box::new(move || context.show(Layer::State, 0.0, |_| {})),
        Box::new(move || context.show(Layer::Denoised, 0.1, |_| {})),
        Box::new(move || context.show(Layer::Noise, 0.3, |_| {})),
        Box::new(move || context.show(Layer::Update, 0.5, |_| {})),
        Box::new(move || {
            context.show(Layer::State, 1.0, |settings| {
                settings.compare = true;
                settings.other = Sampler::Ddpm;
                settings.steps = 50;
            });
        }),
        Box::new(move || {
            context.show(Layer::State, 0.5, |settings| settings.eta = 0.5);
            context.runs.marked.set(true);
        }),
    ];
    let mut extras: [Option<AnyView>; 6] =
        [None, Some(predict(text::PREDICT, &text::PREDICTIONS)), None, None, None, Some(numbers(context))];
    let mut beats: Vec<Beat> = text::BEATS
        .iter()
        .zip(enters)
        .enumerate()
        .map(|(index, ((title, text), enter))| Beat { title: *title, text, enter, extra: extras[index].take() })
        .collect();
    let forget: fn(&mut Reverse) = |settings| {
        settings.sampler = Sampler::Ddpm;
        settings.forget_noise = true;
        settings.compare = true;
        settings.other = Sampler::Ddpm;
        settings.steps = 50;
    };
    beats.push(Beat {
        title: text::BREAK_IT.0,
        text: text::BREAK_IT.1,
        enter: Box::new(move || context.show(Layer::State, 1.0, forget)),
        extra: None,
    });
    beats.push(Beat {
        title: text::LAB.0,
        text: text::LAB.1,
        enter: Box::new(dom::open_panel),
        extra: Some(tries(context)),
    });
    beats
}

/// The three chips of the lab.
fn tries(context: Context) -> AnyView {
    let press = move |index: usize| match index {
        0 => context.show(Layer::State, 1.0, |settings| settings.steps = 2),
        1 => context.show(Layer::State, 1.0, |settings| settings.many = true),
        _ => context.show(Layer::State, 0.5, |settings| settings.branch(settings.steps / 2, dom::random_seed())),
    };
    chips(&text::TRY, press)
}

/// The equation with live numbers, and the check that engine and formula agree.
fn numbers(context: Context) -> AnyView {
    let runs = context.runs;
    use_shell().commands.listen(|command| command == Command::Equation && dom::scroll_to("equation"));
    let step = Memo::new(move |_| {
        let (spec, model) = (runs.shown_spec()?, runs.model.get()?);
        let plan = arithmetic::plan(&spec, &model)?;
        let (head, pixel) = (context.player.head.get(), context.store.get().pixel as usize);
        runs.watch(Which::Main, head, |frame| arithmetic::step(&plan, &spec, frame, pixel))
            .flatten()
            .filter(|_| runs.has_arrived(head))
    });
    let engine_next = move || {
        let (head, pixel) = (context.player.head.get(), context.store.get().pixel as usize);
        runs.watch(Which::Main, head + 1, |frame| arithmetic::number(frame, 0, pixel))
            .flatten()
            .filter(|_| runs.has_arrived(head + 1))
    };
    let part = move |of: fn(&arithmetic::Step) -> f64| {
        Signal::derive(move || step.get().map_or_else(|| strings::NO_NUMBER.into(), |step| strings::number(of(&step))))
    };
    let mix = equation(
        text::NUMBERS,
        vec![
            Part::Term("xt", part(|step| step.x)),
            Part::Operator("="),
            Part::Term("alpha", part(|step| step.alpha)),
            Part::Operator("·"),
            Part::Term("x0hat", part(|step| step.denoised)),
            Part::Operator("+"),
            Part::Term("sigma", part(|step| step.sigma)),
            Part::Operator("·"),
            Part::Term("epshat", part(|step| step.noise)),
        ],
    );
    let update = equation(
        text::NUMBERS,
        vec![
            Part::Term("a", part(|step| step.a)),
            Part::Operator("·"),
            Part::Term("xt", part(|step| step.x)),
            Part::Operator("+"),
            Part::Term("b", part(|step| step.b)),
            Part::Operator("·"),
            Part::Term("x0hat", part(|step| step.denoised)),
            Part::Operator("+"),
            Part::Term("e", part(|step| step.e)),
            Part::Operator("·"),
            Part::Term("z", part(|step| step.z)),
            Part::Operator("="),
            Part::Term("xnext", part(arithmetic::Step::next)),
        ],
    );
    let engine_says = move || match (step.get(), engine_next()) {
        (Some(step), Some(next)) => format!(
            "{}: {} · {}: {}",
            text::CHECK,
            strings::number(step.next()),
            text::ENGINE_SAYS,
            strings::number(next)
        ),
        _ if context.player.head.get() < runs.last_state().get() => text::NOT_YET.into(),
        _ => text::NOTHING_LEFT.into(),
    };
    view! {
        <div id="equation" class="equations">{mix}{update}<p class="check readout">{engine_says}</p></div>
        {pixel_slider(context)}
    }
    .into_any()
}

/// The keyboard's way to a pixel, where one picture is shown.
fn pixel_slider(context: Context) -> AnyView {
    let Context { store, runs, .. } = context;
    let picture = Memo::new(move |_| runs.watch(Which::Main, 0, |frame| (frame.size, frame.count)));
    let slider = move || {
        let (size, _) = picture.get().filter(|(_, count)| *count == 1)?;
        let value = Signal::derive(move || f64::from(store.get().pixel.min(size * size - 1)));
        let choose = move |pixel: f64| {
            runs.marked.set(true);
            store.edit(|settings| settings.pixel = pixel as u32);
        };
        let said = Signal::derive(move || text::pixel(value.get() as u32, size));
        let range = (0.0, f64::from(size * size - 1), 1.0);
        Some(view! { <Slider label=text::PIXEL range value text=said on_change=choose /> })
    };
    view! { {slider} }.into_any()
}
