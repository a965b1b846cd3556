// How many particles are where: counted into cells, blurred in whole numbers, and shown in shades of one colour.

struct Look {
    // Red, green and blue.
    color: vec4<f32>,
    // The state shown, particles, places a state, pixels a side.
    state: u32,
    count: u32,
    stride: u32,
    side: u32,
    // Half the width of the plane.
    extent: f32,
}

const CELLS = 80u;
const AREA = 6400u;

@group(0) @binding(0) var<uniform> look: Look;
// [states, stride]
@group(0) @binding(1) var<storage, read> places: array<vec2<f32>>;
// Particles in each cell, row by row from the top.
@group(0) @binding(2) var<storage, read_write> counts: array<atomic<u32>>;
// The same blurred along rows, then along columns, then the largest of them.
@group(0) @binding(3) var<storage, read_write> blurred: array<atomic<u32>>;
// The same, to be shown.
@group(0) @binding(4) var<storage, read> shades: array<u32>;

@compute @workgroup_size(64)
fn count_particles(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= look.count {
        return;
    }
    let place = places[look.state * look.stride + id.x];
    let share = vec2<f32>(place.x + look.extent, look.extent - place.y) / (2.0 * look.extent) * f32(CELLS);
    // A place that is no number is nowhere.
    if all(share >= vec2<f32>(0.0)) && all(share < vec2<f32>(f32(CELLS))) {
        atomicAdd(&counts[u32(share.y) * CELLS + u32(share.x)], 1u);
    }
}

// The binomial weights of seven cells.
fn weight(tap: u32) -> u32 {
    let far = select(tap, 6u - tap, tap > 3u);
    return select(select(select(1u, 6u, far == 1u), 15u, far == 2u), 20u, far == 3u);
}

@compute @workgroup_size(64)
fn blur_rows(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= AREA {
        return;
    }
    var sum = 0u;
    for (var tap = 0u; tap < 7u; tap++) {
        let column = id.x % CELLS + tap;
        if column >= 3u && column < CELLS + 3u {
            sum += weight(tap) * atomicLoad(&counts[id.x / CELLS * CELLS + column - 3u]);
        }
    }
    atomicStore(&blurred[id.x], sum);
}

@compute @workgroup_size(64)
fn blur_columns(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= AREA {
        return;
    }
    var sum = 0u;
    for (var tap = 0u; tap < 7u; tap++) {
        let row = id.x / CELLS + tap;
        if row >= 3u && row < CELLS + 3u {
            sum += weight(tap) * atomicLoad(&blurred[(row - 3u) * CELLS + id.x % CELLS]);
        }
    }
    atomicStore(&blurred[AREA + id.x], sum);
    atomicMax(&blurred[2u * AREA], sum);
}

// One triangle that covers the canvas.
@vertex
fn cover(@builtin(vertex_index) index: u32) -> @builtin(position) vec4<f32> {
    let corner = vec2<f32>(f32((index << 1u) & 2u), f32(index & 2u));
    return vec4<f32>(corner * 2.0 - 1.0, 0.0, 1.0);
}

@fragment
fn shade(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let cell = min(vec2<u32>(position.xy / f32(look.side) * f32(CELLS)), vec2<u32>(CELLS - 1u));
    let most = max(f32(shades[2u * AREA]), 1.0);
    let opacity = sqrt(f32(shades[AREA + cell.y * CELLS + cell.x]) / most);
    return vec4<f32>(look.color.rgb * opacity, opacity);
}
