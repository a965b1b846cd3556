//! The page: mounts the app.

fn main() {
    noisewalk::app::start();
}
