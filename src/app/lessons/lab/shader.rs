//! Particles on the GPU: the engine draws them, from where they are, on a canvas between two of the page's.

use leptos::html::Canvas;
use leptos::prelude::*;

use super::figure::{Layer, drawing, figure};
use super::stage::Stage;
use crate::app::dom;
use crate::app::shell::use_shell;
use crate::app::strings;
use crate::app::widgets::canvas::{Bitmap, draw, save};
use crate::protocol::{DRAWN_SIDE, DeviceKind, DeviceReport, LabRequest, Request};

/// Smallest width that is asked for: a canvas that is not laid out yet has none.
const LEAST_SIDE: u32 = 64;

/// Whether the engine draws the particles: it has a GPU that is no program, and its shaders work there. A GPU in software is slower than the page.
pub fn use_shader() -> Memo<bool> {
    let engine = use_shell().engine;
    Memo::new(move |_| {
        let is_hardware = |known: &DeviceReport| known.kind == DeviceKind::Webgpu && !known.is_fallback;
        engine.device.with(|device| device.as_ref().is_some_and(is_hardware)) && !engine.shader_failed.get()
    })
}

/// The engine's canvas, and over it the page's; both say nothing to those who do not see, for the canvas under them does.
pub fn layers(stage: Stage, index: usize, layered: Memo<bool>, cross: Signal<Option<(f64, f64)>>) -> AnyView {
    let (engine, bench) = (use_shell().engine, stage.benches[index]);
    let (canvas, over) = (NodeRef::<Canvas>::new(), NodeRef::<Canvas>::new());
    let resized = RwSignal::new(0u32);
    let handle = window_event_listener_untyped("resize", move |_| resized.update(|count| *count += 1));
    on_cleanup(move || handle.remove());
    Effect::new(move || {
        let Some(canvas) = canvas.get() else { return };
        match canvas.transfer_control_to_offscreen() {
            Ok(offscreen) => {
                engine.send_canvas(&Request::Lab { bench: bench.number, request: LabRequest::Canvas }, &offscreen);
            }
            Err(_) => engine.give_up_shader(strings::NO_OFFSCREEN_CANVAS.get()),
        }
    });
    Effect::new(move || {
        let Some(canvas) = canvas.get() else { return };
        resized.track();
        let width = canvas.parent_element().map_or(0, |parent| parent.client_width());
        let side = (f64::from(width) * dom::pixel_ratio()) as u32;
        let draw = drawing(bench, stage.player, side.clamp(LEAST_SIDE, DRAWN_SIDE));
        draw.into_iter().for_each(|draw| engine.lab(bench.number, LabRequest::Draw(draw)));
    });
    Effect::new(move || {
        let Some(over) = over.get() else { return };
        // Where nothing lies over the particles, nothing is drawn again as they move.
        let has_more = cross.get().is_some() || !bench.store.get().launched.is_empty();
        let bitmap = match layered.get() && has_more {
            true => figure(bench, stage.player, stage.data, Layer::Over, cross.get()),
            false => Bitmap::new(1, 1),
        };
        draw(&over, &bitmap);
    });
    view! {
        <canvas node_ref=canvas class="picture shader" aria-hidden="true" hidden=move || !layered.get() width="16" height="16"></canvas>
        <canvas node_ref=over class="picture smooth above" aria-hidden="true" width="16" height="16"></canvas>
    }
    .into_any()
}

/// A picture that waits for the engine's part.
pub struct Unfinished {
    /// What lies under the particles.
    pub under: Bitmap,
    /// What lies over them.
    pub over: Bitmap,
    /// The file's name.
    pub name: String,
}

impl Unfinished {
    /// Puts the engine's part between and offers the file.
    pub fn finish(self, side: usize, rgba: Vec<u8>) {
        let photograph = Bitmap { width: side, height: side, rgba };
        let mut picture = self.under.enlarged(side);
        lay(&mut picture, &photograph, true);
        lay(&mut picture, &self.over.enlarged(side), false);
        save(&picture, &self.name);
    }
}

/// Lays a picture over another of the same size; `multiplied` where its colours are multiplied by their opacity already.
fn lay(under: &mut Bitmap, over: &Bitmap, multiplied: bool) {
    for (below, above) in under.rgba.chunks_exact_mut(4).zip(over.rgba.chunks_exact(4)) {
        let opacity = f32::from(above[3]) / 255.0;
        let rest = f32::from(below[3]) / 255.0 * (1.0 - opacity);
        let alpha = opacity + rest;
        let share = if multiplied { 1.0 } else { opacity };
        for (below, above) in below.iter_mut().zip(above).take(3) {
            let color = (f32::from(*above) * share + f32::from(*below) * rest) / alpha.max(1e-6);
            *below = color.round() as u8;
        }
        below[3] = (alpha * 255.0).round() as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pixel(rgba: [u8; 4]) -> Bitmap {
        Bitmap { width: 1, height: 1, rgba: rgba.to_vec() }
    }

    #[test]
    fn layers_cover_each_other() {
        let laid = |under, over, multiplied| {
            let mut picture = pixel(under);
            lay(&mut picture, &pixel(over), multiplied);
            picture.rgba
        };
        assert_eq!(laid([10, 20, 30, 255], [0, 0, 0, 0], true), [10, 20, 30, 255]);
        assert_eq!(laid([10, 20, 30, 255], [200, 100, 0, 255], false), [200, 100, 0, 255]);
        // Half of 200 over 100, said with and without the opacity in it.
        assert_eq!(laid([100, 100, 100, 255], [100, 100, 100, 128], true), [150, 150, 150, 255]);
        assert_eq!(laid([100, 100, 100, 255], [200, 200, 200, 128], false), [150, 150, 150, 255]);
        // Over nothing, the colour is what it was before it was multiplied.
        assert_eq!(laid([0, 0, 0, 0], [100, 50, 0, 128], true), [199, 100, 0, 128]);
    }
}
