//! Guidance in one step: the two predictions, where they point, and what the dial makes of them.

use leptos::prelude::*;

use super::beats::Context;
use super::runs::Runs;
use super::text;
use crate::app::strings;
use crate::app::widgets::canvas::{Bitmap, Picture};
use crate::app::widgets::equation::{Part, equation};
use crate::protocol::Frame;

/// The two predictions of the first picture as a triangle: lengths and the angle between them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Triangle {
    /// Length of ε∅.
    pub unconditional: f64,
    /// What the prompt adds along ε∅.
    pub along: f64,
    /// What the prompt adds across it.
    pub across: f64,
}

impl Triangle {
    /// The triangle of two vectors; `None` where they are not of one length or ε∅ is zero.
    pub fn of(unconditional: &[f32], conditional: &[f32]) -> Option<Self> {
        let (mut square, mut along, mut change) = (0.0, 0.0, 0.0);
        for (u, c) in unconditional.iter().zip(conditional) {
            let (u, d) = (f64::from(*u), f64::from(*c) - f64::from(*u));
            square += u * u;
            along += u * d;
            change += d * d;
        }
        let length = square.sqrt();
        let is_triangle = unconditional.len() == conditional.len() && length > 0.0 && change.is_finite();
        is_triangle.then(|| {
            let along = along / length;
            Self { unconditional: length, along, across: (change - along * along).max(0.0).sqrt() }
        })
    }

    /// Length of ε_c − ε∅.
    pub fn change(self) -> f64 {
        (self.along * self.along + self.across * self.across).sqrt()
    }
}

/// The predictions of one frame's first picture and of guidance `w`: ε∅, ε_c, ε∅ + w (ε_c − ε∅).
fn predictions(frame: &Frame, w: f64) -> Option<[Vec<f32>; 3]> {
    let guided = frame.guided.as_ref()?;
    let one = (frame.channels * frame.size * frame.size) as usize;
    let (u, c) = (guided.unconditional.get(..one)?, guided.conditional.get(..one)?);
    let joined = u.iter().zip(c).map(|(u, c)| u + w as f32 * (c - u)).collect();
    Some([u.to_vec(), c.to_vec(), joined])
}

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

/// The three predictions as pictures, the vectors, and the equation with the numbers of one pixel.
pub fn figure(context: Context, runs: Runs) -> AnyView {
    let scale = move || {
        let words = runs.shown_spec().and_then(|spec| spec.words);
        words.and_then(|words| words.variants.first().map(|variant| variant.guidance_scale)).unwrap_or(1.0)
    };
    let step = Memo::new(move |_| {
        let w = scale();
        runs.watch(context.player.head.get(), |frame| Some((w, predictions(frame, w)?))).flatten()
    });
    let pictures: Vec<_> = text::PREDICTED
        .into_iter()
        .enumerate()
        .map(|(index, label)| {
            let picture = move || {
                let (_, planes) = step.get()?;
                runs.watch(context.player.head.get(), |frame| bitmap(frame, &planes[index]))
            };
            view! { <figure class="difference"><Picture label picture /><figcaption>{label}</figcaption></figure> }
        })
        .collect();
    let triangle = move || step.get().and_then(|(w, [u, c, _])| Some((w, Triangle::of(&u, &c)?)));
    let number = move |index: usize| {
        Signal::derive(move || {
            // The red value of the middle pixel.
            let value = step.get().and_then(|(_, planes)| planes[index].get(8 * 16 + 8).copied());
            value.map_or_else(|| "·".into(), |value| strings::number(f64::from(value)))
        })
    };
    let numbers = equation(
        text::NUMBERS,
        vec![
            Part::Term("epsguided", number(2)),
            Part::Operator("="),
            Part::Term("epsuncond", number(0)),
            Part::Operator("+"),
            Part::Term("w", Signal::derive(move || strings::short_number(scale()))),
            Part::Operator("· ("),
            Part::Term("epscond", number(1)),
            Part::Operator("−"),
            Part::Term("epsuncond", number(0)),
            Part::Operator(")"),
        ],
    );
    let said = move || triangle().map_or_else(|| text::UNGUIDED.into(), |(w, triangle)| text::vectors(w, triangle));
    view! {
        <div id="equation" class="equations">
            <div class="predictions">{pictures}</div>
            {move || triangle().map(|(w, triangle)| arrows(w, triangle))}
            <p class="check readout">{said}</p>
            {numbers}
        </div>
    }
    .into_any()
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
        <svg class="vectors" viewBox="0 0 360 180" role="img" aria-label=text::vectors(w, triangle)>
            <line class="axis" x1="0" y1="150" x2=x0 y2=y0 stroke-dasharray="4 4" />
            <line class="to-guided" x1=x0 y1=y0 x2=xg y2=yg data-link="w" />
            <line class="to-prompt" x1=x0 y1=y0 x2=xc y2=yc data-link="epscond" />
            <circle class="role-prediction" cx=x0 cy=y0 r="5" data-link="epsuncond" />
            <circle class="role-words" cx=xc cy=yc r="5" data-link="epscond" />
            <circle class="role-guidance" cx=xg cy=yg r="6" data-link="epsguided" />
            <text class="tick" x=x0 y=y0 + 18.0>"ε∅"</text>
            <text class="tick" x=xc + 8.0 y=yc + 12.0>"ε_c"</text>
            <text class="tick" x=xg + 9.0 y=yg - 4.0>{format!("w = {w}")}</text>
        </svg>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_angle_has_the_lengths_of_pythagoras() {
        let triangle = Triangle::of(&[2.0, 0.0, 0.0], &[2.0, 3.0, 4.0]).unwrap();
        assert_eq!(triangle, Triangle { unconditional: 2.0, along: 0.0, across: 5.0 });
        let back = Triangle::of(&[0.0, 4.0], &[0.0, 1.0]).unwrap();
        assert_eq!((back.along, back.across, back.change()), (-3.0, 0.0, 3.0));
        assert!(Triangle::of(&[0.0], &[1.0]).is_none());
        assert!(Triangle::of(&[1.0], &[1.0, 2.0]).is_none());
    }

    #[test]
    fn guidance_one_is_the_prompt_and_zero_ignores_it() {
        let guided = crate::protocol::Guided { unconditional: vec![0.5, -1.0, 2.0], conditional: vec![1.0, 0.0, 2.0] };
        let frame = Frame { size: 1, channels: 3, guided: Some(guided), ..Frame::default() };
        let joined = |w| predictions(&frame, w).unwrap()[2].clone();
        assert_eq!(joined(0.0), [0.5, -1.0, 2.0]);
        assert_eq!(joined(1.0), [1.0, 0.0, 2.0]);
        assert_eq!(joined(3.0), [2.0, 2.0, 2.0]);
    }
}
