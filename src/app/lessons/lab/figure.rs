//! The picture of a bench: data, particles, and what the view adds.

use leptos::prelude::*;

use super::cloud::Cloud;
use super::runs::Bench;
use super::scene::{DATA, LAUNCHED, MADE, Scene, curvature, curvature_color, length};
use super::settings::{Lab, View, Who};
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
/// Particles whose bend is measured; more would make a frame late.
const MEASURED: usize = 3000;

/// Draws a bench at the player's head.
pub fn figure(bench: Bench, player: Player, data: Memo<Vec<Point>>) -> Bitmap {
    let settings = bench.store.get();
    let mut scene = Scene::default();
    let Some(cloud) = bench.cloud() else {
        data.with(|data| data.iter().take(SHOWN_DATA).for_each(|point| scene.dot(*point, DATA, 0.8)));
        return scene.finish();
    };
    let head = player.head.get().min(cloud.last());
    if settings.forward {
        forward(&mut scene, &settings, &cloud, head, data);
        return scene.finish();
    }
    field(&mut scene, bench, &settings);
    let noise = cloud.count().saturating_sub(settings.launched.len());
    if settings.view == View::Density {
        scene.density((0..noise).map(|particle| cloud.place(head, particle)));
    } else {
        data.with(|data| data.iter().take(SHOWN_DATA).for_each(|point| scene.dot(*point, DATA, 0.35)));
        particles(&mut scene, &settings, &cloud, head, noise);
    }
    launched(&mut scene, &cloud, head, noise);
    scene.finish()
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

fn field(scene: &mut Scene, bench: Bench, settings: &Lab) {
    if settings.field().is_none() {
        return;
    }
    bench.with_field(|field| {
        let vectors = field.vectors(settings.view, settings.who);
        if settings.view == View::Flow {
            scene.flow(&vectors, field.side);
        } else {
            // The exact field's scale for all three, so that a small difference looks small.
            let whole = field.vectors(settings.view, Who::Network);
            let longest = whole.iter().copied().map(length).fold(1e-3, f32::max);
            scene.arrows(&vectors, field.side, longest);
        }
    });
}

fn particles(scene: &mut Scene, settings: &Lab, cloud: &Cloud, head: usize, count: usize) {
    let opacity = if settings.view == View::Particles { 0.85 } else { 0.6 };
    for particle in 0..count {
        let bends = settings.curvature && particle < MEASURED;
        let color = if bends {
            curvature_color(curvature((0..=cloud.last()).map(|state| cloud.place(state, particle))))
        } else {
            MADE
        };
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
