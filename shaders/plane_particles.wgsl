// Particles of the 2-D lab: a soft dot each, trails behind them, lines to where other particles are; colours are multiplied by their opacity.

struct Look {
    // Red, green, blue, and the opacity of a dot in its middle.
    color: vec4<f32>,
    // Colour of a way that bends by half a turn; w is 1 where bends are shown.
    bent: vec4<f32>,
    // Colour and opacity of lines to other particles.
    apart: vec4<f32>,
    // The state shown, particles drawn, places a state, places a state of the others.
    state: u32,
    count: u32,
    stride: u32,
    other_stride: u32,
    // States a trail reaches back, number of states, and the opacity of the newest piece of a trail.
    trail: u32,
    states: u32,
    trail_opacity: f32,
    // Half the width of the plane.
    extent: f32,
}

@group(0) @binding(0) var<uniform> look: Look;
// [states, stride]
@group(0) @binding(1) var<storage, read> places: array<vec2<f32>>;
// [states, other_stride]
@group(0) @binding(2) var<storage, read> others: array<vec2<f32>>;
// How much each way bends, from 0 to 1.
@group(0) @binding(3) var<storage, read> bends: array<f32>;
// The same, where it is measured.
@group(0) @binding(4) var<storage, read_write> measured: array<f32>;

// Widths are in pixels of the picture that the CPU draws, which is 400 wide.
const PIXEL = 2.0 / 400.0;
// A dot of this radius that falls off as 1 − r² covers as much as the CPU's dot of five pixels: π R²/2 = 1 + 4 · 0.55.
const RADIUS = 1.43;
// A line of this half width that falls off in the same way covers as much as one that is a pixel wide.
const HALF_WIDTH = 0.75;

struct Ink {
    @builtin(position) position: vec4<f32>,
    // From the middle, where the edge is at 1.
    @location(0) away: vec2<f32>,
    @location(1) color: vec4<f32>,
}

// The corners of a square of two triangles.
fn corner(index: u32) -> vec2<f32> {
    return vec2<f32>(select(-1.0, 1.0, index == 1u || index == 2u || index == 4u), select(-1.0, 1.0, index == 2u || index >= 4u));
}

fn nowhere() -> Ink {
    return Ink(vec4<f32>(2.0, 2.0, 0.0, 1.0), vec2<f32>(2.0), vec4<f32>(0.0));
}

fn color_of(particle: u32) -> vec3<f32> {
    return mix(look.color.rgb, look.bent.rgb, bends[particle] * look.bent.w);
}

@vertex
fn dot_corner(@builtin(vertex_index) index: u32, @builtin(instance_index) particle: u32) -> Ink {
    let place = places[look.state * look.stride + particle] / look.extent;
    let away = corner(index);
    return Ink(vec4<f32>(place + away * RADIUS * PIXEL, 0.0, 1.0), away, vec4<f32>(color_of(particle), look.color.w));
}

// A corner of a line between two places; `away` is measured across.
fn line_corner(index: u32, start: vec2<f32>, end: vec2<f32>, color: vec4<f32>) -> Ink {
    let a = start / look.extent;
    let b = end / look.extent;
    let along = b - a;
    let across = vec2<f32>(-along.y, along.x) / max(length(along), 1e-6);
    let at = corner(index);
    let place = mix(a, b, 0.5 + 0.5 * at.x) + across * at.y * HALF_WIDTH * PIXEL;
    return Ink(vec4<f32>(place, 0.0, 1.0), vec2<f32>(0.0, at.y), color);
}

// Each particle has as many pieces as its trail reaches back; the first is the newest.
@vertex
fn trail_corner(@builtin(vertex_index) index: u32, @builtin(instance_index) instance: u32) -> Ink {
    let particle = instance / look.trail;
    let back = instance % look.trail;
    if back >= look.state {
        return nowhere();
    }
    let at = (look.state - back) * look.stride + particle;
    let opacity = look.trail_opacity * f32(look.trail - back) / f32(look.trail);
    return line_corner(index, places[at - look.stride], places[at], vec4<f32>(color_of(particle), opacity));
}

@vertex
fn apart_corner(@builtin(vertex_index) index: u32, @builtin(instance_index) particle: u32) -> Ink {
    let here = places[look.state * look.stride + particle];
    return line_corner(index, here, others[look.state * look.other_stride + particle], look.apart);
}

@fragment
fn ink(in: Ink) -> @location(0) vec4<f32> {
    let opacity = in.color.w * max(0.0, 1.0 - dot(in.away, in.away));
    return vec4<f32>(in.color.rgb * opacity, opacity);
}

// How much the way of each particle bends: the summed angles between its steps, half a turn and more as 1.
@compute @workgroup_size(64)
fn measure_bends(@builtin(global_invocation_id) id: vec3<u32>) {
    let particle = id.x;
    if particle >= look.stride {
        return;
    }
    var total = 0.0;
    var before = vec2<f32>(0.0);
    for (var state = 1u; state < look.states; state++) {
        let at = state * look.stride + particle;
        let step = places[at] - places[at - look.stride];
        if length(before) > 1e-4 && length(step) > 1e-4 {
            total += abs(atan2(before.x * step.y - before.y * step.x, dot(before, step)));
        }
        before = step;
    }
    measured[particle] = min(total / 3.14159265, 1.0);
}
