//! Elementary functions that give the same bits on every platform.
//!
//! `f64::exp` and friends call the platform's own maths library, which differs between Linux, macOS and WebAssembly.
//! Everything that decides a picture goes through these instead; `tests/architecture.rs` refuses the methods.

/// Natural exponential, `eˣ`.
pub fn exp(x: f64) -> f64 {
    libm::exp(x)
}

/// `eˣ − 1`, exact near zero.
pub fn expm1(x: f64) -> f64 {
    libm::expm1(x)
}

/// Natural logarithm, `ln x`; NaN below zero, −∞ at zero.
pub fn ln(x: f64) -> f64 {
    libm::log(x)
}

/// `ln(1 + x)`, exact near zero.
pub fn ln_1p(x: f64) -> f64 {
    libm::log1p(x)
}

/// Power, `xʸ`.
pub fn powf(x: f64, y: f64) -> f64 {
    libm::pow(x, y)
}

/// Square root; correctly rounded everywhere by IEEE 754, so the built-in one serves.
pub fn sqrt(x: f64) -> f64 {
    x.sqrt()
}

/// Cosine of an angle in radians.
pub fn cos(x: f64) -> f64 {
    libm::cos(x)
}

/// Sine of an angle in radians.
pub fn sin(x: f64) -> f64 {
    libm::sin(x)
}

/// Tangent of an angle in radians.
pub fn tan(x: f64) -> f64 {
    libm::tan(x)
}

/// Arc tangent, in (−π/2, π/2).
pub fn atan(x: f64) -> f64 {
    libm::atan(x)
}

/// Hyperbolic tangent.
pub fn tanh(x: f64) -> f64 {
    libm::tanh(x)
}

/// Hyperbolic sine.
pub fn sinh(x: f64) -> f64 {
    libm::sinh(x)
}

/// Hyperbolic cosine.
pub fn cosh(x: f64) -> f64 {
    libm::cosh(x)
}
