//! The picture of a bench: data, particles, and what the view adds.

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
use crate::protocol::Point;

/// Points of the data that are drawn under the particles.
const SHOWN_DATA: usize = 1000;
/// Particles with a trail, and states it reaches back.
const TRAILS: usize = 250;
const TRAIL: usize = 4;

/// Draws a bench at the player's head, with a cross where keys would launch a particle.
pub fn figure(bench: Bench, player: Player, data: Memo<Vec<Point>>, cross: Option<(f64, f64)>) -> Bitmap {
    let settings = bench.store.get();
    let mut scene = Scene::default();
    if let Some(cloud) = bench.cloud() {
        let head = player.head.get().min(cloud.last());
        if settings.forward {
            forward(&mut scene, &settings, &cloud, head, data);
        } else {
            reverse(&mut scene, bench, &settings, &cloud, head, data);
        }
    } else {
        data.with(|data| data.iter().take(SHOWN_DATA).for_each(|point| scene.dot(*point, DATA, 0.8)));
    }
    if let Some((x, y)) = cross {
        scene.cross(place(pack(x, y)), LAUNCHED);
    }
    scene.finish()
}

/// Noise on its way to data, with what the view adds.
fn reverse(scene: &mut Scene, bench: Bench, settings: &Lab, cloud: &Cloud, head: usize, data: Memo<Vec<Point>>) {
    let field = settings.field().and_then(|(side, exact)| bench.field(side, exact));
    // A field of another state belongs to particles of that state: the whole picture waits until the wanted one is there.
    let head = field.as_ref().map_or(head, |field| field.state.min(cloud.last()));
    if let Some(field) = &field {
        draw_field(scene, field, settings);
    }
    let optimum = bench.with(|records| records.optimum.clone()).filter(|_| settings.follows_optimum());
    let launched = settings.launched.len();
    // The optimum's particles, or none while they are on their way.
    let nothing = Cloud::default();
    let shown = match settings.who {
        Who::Exact if settings.follows_optimum() => optimum.as_deref().unwrap_or(&nothing),
        _ => cloud,
    };
    let noise = shown.count().saturating_sub(launched);
    if settings.view == View::Density {
        scene.density((0..noise).map(|particle| shown.place(head, particle)));
    } else {
        data.with(|data| data.iter().take(SHOWN_DATA).for_each(|point| scene.dot(*point, DATA, 0.35)));
        if let (Who::Difference, Some(optimum)) = (settings.who, &optimum) {
            apart(scene, cloud, optimum, head, launched);
        }
        particles(scene, settings, shown, head, noise);
    }
    self::launched(scene, shown, head, noise);
    if let (Who::Difference, Some(optimum)) = (settings.who, &optimum) {
        self::launched(scene, optimum, head, optimum.count().saturating_sub(launched));
    }
}

/// From where the network takes each particle to where the optimum takes it, from the same noise.
fn apart(scene: &mut Scene, cloud: &Cloud, optimum: &Cloud, head: usize, launched: usize) {
    let count = cloud.count().min(optimum.count()).saturating_sub(launched);
    for particle in 0..count {
        scene.line(cloud.place(head, particle), optimum.place(head, particle), LAUNCHED, 0.35);
    }
}

/// Data on its way to noise, by the formula: state k of the way back, taken forwards.
fn forward(scene: &mut Scene, settings: &Lab, cloud: &Cloud, head: usize, data: Memo<Vec<Point>>) {
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
    let opacity = if settings.view == View::Particles { 0.85 } else { 0.6 };
    let bends = if settings.curvature { cloud.bends() } else { &[] };
    for particle in 0..count {
        let color = bends.get(particle).map_or(MADE, |bend| curvature_color(*bend));
        if settings.view == View::Particles && particle < TRAILS {
            for state in head.saturating_sub(TRAIL)..head {
                scene.line(cloud.place(state, particle), cloud.place(state + 1, particle), color, 0.18);
            }
        }
        scene.dot(cloud.place(head, particle), color, opacity);
    }
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
