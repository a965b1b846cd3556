//! Large pictures on the GPU: the engine's shader draws them, sixty times a second.

use leptos::html::Canvas;
use leptos::prelude::*;

use super::super::figure::Figure;
use super::super::settings::{Forward, Subject};
use super::super::source::can_walk;
use crate::app::engine_client::Status;
use crate::app::player::Player;
use crate::app::shell::use_shell;
use crate::app::store::Store;
use crate::app::strings;
use crate::app::widgets::canvas::Bitmap;
use crate::protocol::{DeviceKind, Request};

/// Whether the visitor's picture is drawn on the GPU: it is large, the engine computes on WebGPU, and the shader works there.
pub fn use_shader(store: Store<Forward>, figure: Figure) -> Memo<bool> {
    let engine = use_shell().engine;
    Memo::new(move |_| {
        let on_gpu = engine.device.get().is_some_and(|device| device.kind == DeviceKind::Webgpu);
        let large = figure.own.with(|own| own.as_ref().is_some_and(|source| !can_walk(source)));
        on_gpu
            && large
            && !engine.shader_failed.get()
            && store.get().subject == Subject::Own
            && engine.status.get() == Status::Ready
    })
}

/// A canvas whose pixels the engine draws; it belongs to the engine from its first picture on.
pub fn canvas(figure: Figure, player: Player, label: Signal<String>) -> AnyView {
    let engine = use_shell().engine;
    let canvas = NodeRef::<Canvas>::new();
    let handed_over = StoredValue::new(false);
    Effect::new(move || {
        let Some(canvas) = canvas.get() else { return };
        let Bitmap { width, height, rgba } = figure.clean();
        let request = Request::Picture { width: width as u32, height: height as u32, rgba };
        if handed_over.get_value() {
            engine.send(&request);
        } else if let Ok(canvas) = canvas.transfer_control_to_offscreen() {
            handed_over.set_value(true);
            engine.send_canvas(&request, &canvas);
        } else {
            engine.give_up_shader(strings::NO_OFFSCREEN_CANVAS.get());
        }
    });
    Effect::new(move || {
        let (head, settings) = (player.head.get(), figure.settings());
        // Read, so that a new picture is drawn at once.
        figure.source.track();
        let Some(schedule) = figure.schedule.get().filter(|_| canvas.get().is_some()) else { return };
        let t = head as i64 - 1;
        engine.send(&Request::Paint {
            alpha: schedule.alpha(t) as f32,
            sigma: schedule.sigma(t) as f32,
            seed: u64::from(settings.seed),
            channel: settings.channel,
        });
    });
    view! { <canvas node_ref=canvas class="picture" role="img" aria-label=label width="512" height="512"></canvas> }
        .into_any()
}
