//! The worker: starts the engine.

fn main() {
    #[cfg(target_family = "wasm")]
    noisewalk::engine::web::start();
}
