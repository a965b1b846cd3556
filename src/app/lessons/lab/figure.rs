//! The picture of a bench: data, particles, and what the view adds.

use std::rc::Rc;

use leptos::prelude::*;

use super::cloud::{Cloud, curvature_color};
use super::field::Field;
use super::options::{View, Who, pack, place};
use super::runs::Bench;
use super::scene::{DATA, LAUNCHED, MADE, Scene};
use super::settings::Lab;
use crate::app::player::Player;
use crate::app::widgets::canvas::Bitmap;
use crate::diffusion::math;
use crate::diffusion::noise::{Purpose, Stream, batch_normal};
use crate::protocol::{APART_OPACITY, LabDraw, LabDrawing, Point, TRAIL_OPACITY};

/// Points of the data that are drawn under the particles.
const SHOWN_DATA: usize = 1000;
/// Particles with a trail: more of them hide each other.
const TRAILS: usize = 250;
/// States a trail reaches back.
const TRAIL: usize = 4;

/// A part of the picture: where the engine draws the particles, they lie between the two others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// The whole.
    All,
    /// What lies under the particles: data, arrows, flow.
    Under,
    /// What lies over them: those launched by hand, and the cross.
    Over,
}

/// Draws a part of a bench's picture at the player's head, with a cross where keys would launch a particle.
pub fn figure(bench: Bench, player: Player, data: Memo<Vec<Point>>, layer: Layer, cross: Option<(f64, f64)>) -> Bitmap {
    let settings = bench.store.get();
    let mut scene = Scene::default();
    match bench.cloud() {
        Some(cloud) if settings.forward => forward(&mut scene, &settings, &cloud, player, data),
        Some(cloud) => reverse(&mut scene, &Seen::of(bench, &settings, cloud), player, data, layer),
        None => data.with(|data| data.iter().take(SHOWN_DATA).for_each(|point| scene.dot(*point, DATA, 0.8))),
    }
    if let Some((x, y)) = cross {
        scene.cross(place(pack(x, y)), LAUNCHED);
    }
    scene.finish()
}

/// What the engine is to draw of a bench, this many pixels wide; `None` where the page draws the particles.
pub fn drawing(bench: Bench, player: Player, side: u32) -> Option<LabDraw> {
    let settings = bench.store.get();
    let seen = Seen::of(bench, &settings, bench.cloud().filter(|_| !settings.forward)?);
    let held = seen.shown.held?;
    let state = seen.head(player) as u32;
    let apart = (settings.who == Who::Difference).then(|| seen.optimum.as_ref()?.held).flatten();
    let how = match settings.view {
        View::Density => LabDrawing::Density,
        view => LabDrawing::Dots {
            opacity: opacity(view),
            trailed: TRAILS as u32,
            trail: if view == View::Particles { TRAIL as u32 } else { 0 },
            bent: settings.curvature.then_some(LAUNCHED),
            apart: apart.map(|held| (held, LAUNCHED)),
        },
    };
    // Ways that do not bend are of the colour at that end of the scale.
    let straight = if settings.curvature { DATA } else { MADE };
    let color = if settings.view == View::Density { MADE } else { straight };
    Some(LabDraw { side, held, state, how, color })
}

/// Whether the engine draws the particles.
pub fn is_layered(bench: Bench) -> bool {
    let settings = bench.store.get();
    let cloud = bench.cloud().filter(|_| !settings.forward);
    cloud.is_some_and(|cloud| Seen::of(bench, &settings, cloud).shown.held.is_some())
}

/// What is seen of a bench on the way back from noise.
struct Seen<'a> {
    settings: &'a Lab,
    field: Option<Rc<Field>>,
    cloud: Rc<Cloud>,
    optimum: Option<Rc<Cloud>>,
    /// The one of the two whose particles are drawn; the optimum's are none while they are on their way.
    shown: Rc<Cloud>,
}

impl<'a> Seen<'a> {
    fn of(bench: Bench, settings: &'a Lab, cloud: Rc<Cloud>) -> Self {
        let field = settings.field().and_then(|(side, exact)| bench.field(side, exact));
        let optimum = bench.with(|records| records.optimum.clone()).filter(|_| settings.follows_optimum());
        let shown = match settings.who {
            Who::Exact if settings.follows_optimum() => optimum.clone().unwrap_or_default(),
            _ => cloud.clone(),
        };
        Self { settings, field, cloud, optimum, shown }
    }

    /// A field of another state belongs to particles of that state: the whole picture waits until the wanted one is there.
    fn head(&self, player: Player) -> usize {
        let head = self.field.as_ref().map_or_else(|| player.head.get(), |field| field.state);
        head.min(self.cloud.last())
    }

    /// The optimum beside the network, where both are drawn.
    fn beside(&self) -> Option<&Cloud> {
        self.optimum.as_deref().filter(|_| self.settings.who == Who::Difference)
    }
}

/// Noise on its way to data, with what the view adds.
fn reverse(scene: &mut Scene, seen: &Seen, player: Player, data: Memo<Vec<Point>>, layer: Layer) {
    let launched = seen.settings.launched.len();
    let is_density = seen.settings.view == View::Density;
    if layer != Layer::Over {
        if let Some(field) = &seen.field {
            draw_field(scene, field, seen.settings);
        }
        if !is_density {
            data.with(|data| data.iter().take(SHOWN_DATA).for_each(|point| scene.dot(*point, DATA, 0.35)));
        }
    }
    if layer == Layer::Under {
        return;
    }
    let (head, noise) = (seen.head(player), seen.shown.count().saturating_sub(launched));
    if layer == Layer::All && is_density {
        scene.density((0..noise).map(|particle| seen.shown.place(head, particle)));
    } else if layer == Layer::All {
        if let Some(optimum) = seen.beside() {
            apart(scene, &seen.cloud, optimum, head, launched);
        }
        particles(scene, seen.settings, &seen.shown, head, noise);
    }
    self::launched(scene, &seen.shown, head, noise);
    if let Some(optimum) = seen.beside() {
        self::launched(scene, optimum, head, optimum.count().saturating_sub(launched));
    }
}

/// From where the network takes each particle to where the optimum takes it, from the same noise.
fn apart(scene: &mut Scene, cloud: &Cloud, optimum: &Cloud, head: usize, launched: usize) {
    let count = cloud.count().min(optimum.count()).saturating_sub(launched);
    for particle in 0..count {
        scene.line(cloud.place(head, particle), optimum.place(head, particle), LAUNCHED, APART_OPACITY);
    }
}

/// Data on its way to noise, by the formula: state k of the way back, taken forwards.
fn forward(scene: &mut Scene, settings: &Lab, cloud: &Cloud, player: Player, data: Memo<Vec<Point>>) {
    let head = player.head.get().min(cloud.last());
    let alpha_cumprod = cloud.alphas_cumprod.get(cloud.last() - head).copied().unwrap_or(1.0);
    let (alpha, sigma) = (math::sqrt(alpha_cumprod) as f32, math::sqrt(1.0 - alpha_cumprod) as f32);
    data.with(|data| {
        let count = data.len().min(settings.particles as usize);
        let noise = batch_normal(Stream::new(u64::from(settings.seed), Purpose::Forward), count, 2);
        for (point, noise) in data.iter().zip(noise.chunks_exact(2)) {
            scene.dot([alpha * point[0] + sigma * noise[0], alpha * point[1] + sigma * noise[1]], DATA, 0.8);
        }
    });
}

fn draw_field(scene: &mut Scene, field: &Field, settings: &Lab) {
    let vectors = field.vectors(settings.view, settings.who);
    if settings.view == View::Flow {
        // Two flows differ in their sizes too.
        let longest = (settings.who == Who::Difference).then(|| field.longest(settings.view));
        scene.flow(&vectors, field.side, longest);
    } else {
        scene.arrows(&vectors, field.side, field.longest(settings.view));
    }
}

fn particles(scene: &mut Scene, settings: &Lab, cloud: &Cloud, head: usize, count: usize) {
    let bends = if settings.curvature { cloud.bends() } else { &[] };
    for particle in 0..count {
        let color = bends.get(particle).map_or(MADE, |bend| curvature_color(*bend));
        if settings.view == View::Particles && particle < TRAILS {
            for back in 0..TRAIL.min(head) {
                let (from, to) = (head - back - 1, head - back);
                let opacity = TRAIL_OPACITY * (TRAIL - back) as f32 / TRAIL as f32;
                scene.line(cloud.place(from, particle), cloud.place(to, particle), color, opacity);
            }
        }
        scene.dot(cloud.place(head, particle), color, opacity(settings.view));
    }
}

/// Opacity of a particle: where there is a field, it shows through.
fn opacity(view: View) -> f32 {
    if view == View::Particles { 0.85 } else { 0.6 }
}

/// The whole way of each particle launched by hand, so far.
fn launched(scene: &mut Scene, cloud: &Cloud, head: usize, noise: usize) {
    for particle in noise..cloud.count() {
        for state in 0..head {
            scene.line(cloud.place(state, particle), cloud.place(state + 1, particle), LAUNCHED, 0.9);
        }
        scene.dot(cloud.place(head, particle), LAUNCHED, 1.0);
    }
}
