//! Guidance in one step, to look at: the two predictions, where they point, and what the dial makes of them.

use leptos::prelude::*;

use super::arithmetic::{Step, Triangle, share_of_state};
use super::beats::Context;
use super::text;
use crate::app::prose::{indexed, spoken};
use crate::app::strings;
use crate::app::widgets::canvas::{Bitmap, Picture};
use crate::app::widgets::equation::{Part, equation};
use crate::protocol::{Frame, Variant};

/// Planes of noise as a picture: grey is 0, three standard deviations are black or white.
fn bitmap(frame: &Frame, planes: &[f32]) -> Bitmap {
    let area = (frame.size * frame.size) as usize;
    let byte = |value: f32| (127.5 + value * 42.5).round() as u8;
    let channels = (frame.channels as usize).max(1);
    let pixel =
        |at: usize| [0, 1, 2].map(|c: usize| byte(planes.get(c.min(channels - 1) * area + at).copied().unwrap_or(0.0)));
    let rgba: Vec<u8> = (0..area)
        .flat_map(|at| {
            let [r, g, b] = pixel(at);
            [r, g, b, 255]
        })
        .collect();
    Bitmap::grid(&rgba, frame.size as usize, 1)
}

/// The step under the head.
fn step(context: Context) -> Memo<Option<Step>> {
    let Context { runs, player, .. } = context;
    let variant = Memo::new(move |_| {
        let words = runs.shown_spec().and_then(|spec| spec.words);
        words.and_then(|words| words.variants.into_iter().next()).unwrap_or_else(|| Variant::prompt("", 1.0))
    });
    Memo::new(move |_| {
        let (variant, model) = (variant.get(), runs.model.get());
        let read = |frame: &Frame| {
            let of_x = model.as_ref().and_then(|model| share_of_state(model, frame.timestep));
            Step::of(frame, &variant, of_x.unwrap_or(0.0))
        };
        runs.watch(player.head.get(), read).flatten()
    })
}

/// The three predictions as pictures, the vectors, and the equation with the numbers of one pixel.
pub fn figure(context: Context) -> AnyView {
    let step = step(context);
    let has_negative = Memo::new(move |_| context.runs.shown.with(|shown| !shown.negative.trim().is_empty()));
    let planes: [fn(&Step) -> &Vec<f32>; 3] =
        [|step| &step.unconditional, |step| &step.conditional, |step| &step.guided];
    let pictures: Vec<_> = planes
        .into_iter()
        .enumerate()
        .map(|(index, planes)| {
            let name = move || text::predicted(index, has_negative.get()).get();
            let picture = move || {
                let step = step.get()?;
                context.runs.watch(context.player.head.get(), |frame| bitmap(frame, planes(&step)))
            };
            let label = Signal::derive(move || spoken(name()));
            view! { <figure class="difference"><Picture label picture /><figcaption>{move || indexed(name())}</figcaption></figure> }
        })
        .collect();
    let triangle = move || step.get().and_then(|step| Some((step.w, step.triangle()?)));
    let said = move || {
        let sentence = triangle().map_or_else(|| text::UNGUIDED.into(), |(w, triangle)| text::vectors(w, triangle));
        indexed(&sentence)
    };
    view! {
        <div id="equation" class="equations">
            <div class="predictions">{pictures}</div>
            {move || triangle().map(|(w, triangle)| arrows(w, triangle))}
            <p class="check readout">{said}</p>
            {numbers(context, step)}
        </div>
    }
    .into_any()
}

/// The equation with the numbers of the marked pixel, or of the middle one; with a rescaling it has two terms more.
fn numbers(context: Context, step: Memo<Option<Step>>) -> AnyView {
    let size = Memo::new(move |_| context.runs.watch(0, |frame| frame.size as usize).unwrap_or(0));
    let pixel = context.store.part(|settings| settings.pixel as usize);
    let read = move |of: fn(&Step) -> &Vec<f32>| {
        Signal::derive(move || {
            let size = size.get();
            let middle = size / 2 * size + size / 2;
            let place = pixel.get().checked_sub(1).filter(|place| *place < size * size).unwrap_or(middle);
            let value = step.with(|step| step.as_ref().and_then(|step| of(step).get(place).copied()));
            value.map_or_else(|| strings::NO_NUMBER.into(), |value| strings::number(f64::from(value)))
        })
    };
    let factor = move |of: fn(&Step) -> f64| {
        Signal::derive(move || {
            step.with(|step| step.as_ref().map_or_else(|| strings::NO_NUMBER.into(), |step| strings::number(of(step))))
        })
    };
    let is_rescaled = Memo::new(move |_| step.with(|step| step.as_ref().is_some_and(|step| step.phi > 0.0)));
    let line = move || {
        let mut parts = vec![Part::Term("epsguided", read(|step| &step.guided)), Part::Operator("=")];
        if is_rescaled.get() {
            parts.extend([Part::Term("k", factor(|step| step.k)), Part::Operator("· (")]);
        }
        parts.extend([
            Part::Term("epsuncond", read(|step| &step.unconditional)),
            Part::Operator("+"),
            Part::Term("w", factor(|step| step.w)),
            Part::Operator("· ("),
            Part::Term("epscond", read(|step| &step.conditional)),
            Part::Operator("−"),
            Part::Term("epsuncond", read(|step| &step.unconditional)),
            Part::Operator(")"),
        ]);
        if is_rescaled.get() {
            parts.extend([
                Part::Operator(") + (1 −"),
                Part::Term("k", factor(|step| step.k)),
                Part::Operator(") ·"),
                Part::Term("sigma", factor(|step| step.of_x)),
                Part::Operator("·"),
                Part::Term("xt", read(|step| &step.x)),
            ]);
        }
        equation(text::NUMBERS, parts)
    };
    view! { {line} }.into_any()
}

/// The tips of the three vectors in their own plane; the origin lies far to the left.
fn arrows(w: f64, triangle: Triangle) -> AnyView {
    let reach = w.max(1.0);
    // Everything between ε∅ and the farther of ε_c and the guided tip fits into 260 × 120.
    let wide = 260.0 / (triangle.along.abs() * reach).max(1e-6);
    let scale = wide.min(120.0 / (triangle.across * reach).max(1e-6));
    let left = if triangle.along < 0.0 { 300.0 } else { 40.0 };
    let tip = |by: f64| (left + by * triangle.along * scale, 150.0 - by * triangle.across * scale);
    let ((x0, y0), (xc, yc), (xg, yg)) = (tip(0.0), tip(1.0), tip(w));
    view! {
        <svg class="vectors" viewBox="0 0 360 180" role="img" aria-label=spoken(&text::vectors(w, triangle))>
            <line class="axis" x1="0" y1="150" x2=x0 y2=y0 stroke-dasharray="4 4" />
            <line class="to-guided" x1=x0 y1=y0 x2=xg y2=yg data-link="w" />
            <line class="to-prompt" x1=x0 y1=y0 x2=xc y2=yc data-link="epscond" />
            <circle class="role-prediction" cx=x0 cy=y0 r="5" data-link="epsuncond" />
            <circle class="role-prediction" cx=xc cy=yc r="5" data-link="epscond" />
            <circle class="role-guidance" cx=xg cy=yg r="6" data-link="epsguided" />
            <text class="tick" x=x0 y=y0 + 18.0>"ε∅"</text>
            <text class="tick" x=xc + 8.0 y=yc + 12.0>"ε"<tspan class="index" dy="3">"c"</tspan></text>
            <text class="tick" x=xg + 9.0 y=yg - 4.0>{format!("w = {w}")}</text>
        </svg>
    }
    .into_any()
}
