// Draws alpha · picture + sigma · noise, pixel for pixel; the noise is that of `diffusion::noise`, up to f32 rounding.
//
// `noise_pixel` fills the noise of a seed once, `mix_pixel` draws every frame.

struct Settings {
    alpha: f32,
    sigma: f32,
    // The two halves of the seed.
    key: vec2<u32>,
    // 0 all channels, 1 red, 2 green, 3 blue.
    channel: u32,
    // `Purpose::Forward` as a number.
    purpose: u32,
}

@group(0) @binding(0) var picture: texture_2d<f32>;
@group(0) @binding(1) var<uniform> settings: Settings;
@group(0) @binding(2) var noise: texture_2d<f32>;

// One triangle that covers the canvas.
@vertex
fn cover(@builtin(vertex_index) index: u32) -> @builtin(position) vec4<f32> {
    let corner = vec2<f32>(f32((index << 1u) & 2u), f32(index & 2u));
    return vec4<f32>(corner * 2.0 - 1.0, 0.0, 1.0);
}

// The high half of a 64-bit product, from 16-bit pieces: WGSL has no wider integers.
fn high_product(a: u32, b: u32) -> u32 {
    let low = (a & 0xffffu) * (b & 0xffffu);
    let middle = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
    let other = (a & 0xffffu) * (b >> 16u) + (middle & 0xffffu);
    return (a >> 16u) * (b >> 16u) + (middle >> 16u) + (other >> 16u);
}

// Philox4x32-10 (Salmon et al. 2011).
fn philox(counter_in: vec4<u32>, key_in: vec2<u32>) -> vec4<u32> {
    var counter = counter_in;
    var key = key_in;
    for (var round = 0u; round < 10u; round++) {
        let high = vec2<u32>(high_product(0xD2511F53u, counter.x), high_product(0xCD9E8D57u, counter.z));
        let low = vec2<u32>(0xD2511F53u * counter.x, 0xCD9E8D57u * counter.z);
        counter = vec4<u32>(high.y ^ counter.y ^ key.x, low.y, high.x ^ counter.w ^ key.y, low.x);
        key += vec2<u32>(0x9E3779B9u, 0xBB67AE85u);
    }
    return counter;
}

// Number `index` of the stream: Box and Muller (1958) on the high bits.
fn normal(index: u32) -> f32 {
    let bits = philox(vec4<u32>(index / 2u, 0u, 0u, settings.purpose), settings.key);
    // 1 − u, taken from the complement: f32 is finest near 0, where the rare large numbers come from, and never reaches it.
    let rest = (f32(~bits.x) + 0.5) / 4294967296.0;
    let angle = f32(bits.z >> 8u) / 16777216.0 * 6.283185307;
    let radius = sqrt(-2.0 * log(rest));
    return radius * select(cos(angle), sin(angle), (index & 1u) == 1u);
}

@fragment
fn noise_pixel(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let pixel = vec2<u32>(position.xy);
    let first = (pixel.y * textureDimensions(picture).x + pixel.x) * 3u;
    return vec4<f32>(normal(first), normal(first + 1u), normal(first + 2u), 1.0);
}

@fragment
fn mix_pixel(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let pixel = vec2<u32>(position.xy);
    let x0 = textureLoad(picture, pixel, 0).rgb * 2.0 - 1.0;
    let x = settings.alpha * x0 + settings.sigma * textureLoad(noise, pixel, 0).rgb;
    let shown = clamp((x + 1.0) * 0.5, vec3<f32>(0.0), vec3<f32>(1.0));
    if settings.channel == 0u {
        return vec4<f32>(shown, 1.0);
    }
    return vec4<f32>(vec3<f32>(shown[settings.channel - 1u]), 1.0);
}
