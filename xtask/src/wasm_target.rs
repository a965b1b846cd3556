//! The standard library for wasm32-unknown-unknown.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{finish, output, target_directory};
use crate::step::{Outcome, Step};

const TARGET: &str = "wasm32-unknown-unknown";
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";
/// Debian suites that may hold the sources of a compiler, the likeliest first.
const SUITES: [&str; 4] = ["trixie-backports", "trixie", "forky", "sid"];

/// The step.
pub fn step() -> Step {
    Step {
        name: "wasm target",
        does: "adds the standard library for WebAssembly: by rustup, or else built from Debian's rust-src",
        takes: "some seconds by rustup, about a minute from source",
        is_done: is_there,
        run: install,
        remedy: "run `rustup target add wasm32-unknown-unknown` where rustup reaches its server, or use Rust 1.95 on Debian",
    }
}

/// Cargo does not notice another standard library under the same compiler; what was built against the old one then fails to link.
///
/// So the target folder remembers which library its WebAssembly was built against, and loses it when that changes.
pub fn cache_step() -> Step {
    Step {
        name: "wasm cache",
        does: "drops what was built against another standard library",
        takes: "some seconds",
        is_done: || fs::read_to_string(record_file()).is_ok_and(|record| Some(record) == fingerprint()),
        run: drop_cache,
        remedy: "delete target/wasm32-unknown-unknown by hand",
    }
}

fn drop_cache() -> Outcome {
    let folder = target_directory().join(TARGET);
    let failed = |error: std::io::Error| format!("{} cannot be replaced ({error})", folder.display());
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(failed)?;
    }
    fs::create_dir_all(target_directory()).map_err(failed)?;
    fs::write(record_file(), fingerprint().unwrap_or_default()).map_err(failed)
}

fn record_file() -> PathBuf {
    target_directory().join("wasm-standard-library")
}

/// A number of the standard library's files: names and contents.
fn fingerprint() -> Option<String> {
    let mut files: Vec<PathBuf> = fs::read_dir(target_folder()?).ok()?.flatten().map(|entry| entry.path()).collect();
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "rlib")) {
        file.file_name()?.hash(&mut hasher);
        fs::read(file).ok()?.hash(&mut hasher);
    }
    Some(format!("{:016x}", hasher.finish()))
}

/// rustup does not list a target added by hand, so the folder itself is looked at.
fn is_there() -> bool {
    let holds_std = |folder: PathBuf| {
        fs::read_dir(folder).is_ok_and(|entries| {
            entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("libstd-"))
        })
    };
    target_folder().is_some_and(holds_std)
}

fn target_folder() -> Option<PathBuf> {
    output("rustc", &["--print", "target-libdir", "--target", TARGET]).map(PathBuf::from)
}

fn install() -> Outcome {
    if output("rustup", &["target", "add", TARGET]).is_some() && is_there() {
        return Ok(());
    }
    let version = compiler_version().ok_or("rustc --version cannot be read")?;
    let work = std::env::temp_dir().join(format!("noisewalk-rust-src-{version}"));
    fs::remove_dir_all(&work).ok();
    let text = |error: std::io::Error| format!("{} cannot be used ({error})", work.display());
    fs::create_dir_all(work.join("lists/partial")).map_err(text)?;
    fs::create_dir_all(work.join("cache/archives/partial")).map_err(text)?;
    let package = download(&work, &version)?;
    finish(Command::new("dpkg").arg("-x").arg(&package).arg(work.join("source")))?;
    build(&work, &version)?;
    fs::remove_dir_all(&work).ok();
    Ok(())
}

fn compiler_version() -> Option<String> {
    output("rustc", &["--version"])?.split_whitespace().nth(1).map(str::to_owned)
}

/// Debian's rust-src of exactly this compiler, fetched by apt, which checks its signatures; nothing is installed.
fn download(work: &Path, version: &str) -> Outcome<PathBuf> {
    let mirror = debian_mirror().ok_or("no Debian package source was found on this machine")?;
    for suite in SUITES {
        let sources = format!("Types: deb\nURIs: {mirror}\nSuites: {suite}\nComponents: main\nSigned-By: {KEYRING}\n");
        let file = work.join("rust.sources");
        fs::write(&file, sources).map_err(|error| error.to_string())?;
        if finish(apt(work).args(["-qq", "update"])).is_err() {
            continue;
        }
        let found = apt_cache(work).args(["madison", "rust-src"]).output().map_err(|error| error.to_string())?;
        let listed = String::from_utf8_lossy(&found.stdout).into_owned();
        let wanted = listed.split('|').map(str::trim).find(|v| v.starts_with(&format!("{version}+dfsg")));
        let Some(wanted) = wanted else { continue };
        finish(apt(work).args(["-qq", "download", &format!("rust-src={wanted}")]).current_dir(work))?;
        let package = fs::read_dir(work).map_err(|error| error.to_string())?.flatten();
        let mut package = package.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == "deb"));
        return package.next().ok_or_else(|| "apt downloaded nothing".into());
    }
    Err(format!("Debian has no rust-src {version}"))
}

fn apt(work: &Path) -> Command {
    private(Command::new("apt-get"), work)
}

fn apt_cache(work: &Path) -> Command {
    private(Command::new("apt-cache"), work)
}

/// apt with its own sources, lists and cache, so that the system's stay untouched.
fn private(mut command: Command, work: &Path) -> Command {
    let set = |key: &str, path: &Path| format!("{key}={}", path.display());
    command
        .args(["-o", &set("Dir::Etc::SourceList", &work.join("rust.sources"))])
        .args(["-o", "Dir::Etc::SourceParts=/dev/null"])
        // Its own user may not look into a temporary folder of root, and says so each time.
        .args(["-o", "APT::Sandbox::User=root"])
        .args(["-o", &set("Dir::State::Lists", &work.join("lists"))])
        .args(["-o", &set("Dir::Cache", &work.join("cache"))]);
    command
}

/// The address this machine takes Debian's packages from.
fn debian_mirror() -> Option<String> {
    let mut files: Vec<PathBuf> = vec!["/etc/apt/sources.list".into()];
    files.extend(fs::read_dir("/etc/apt/sources.list.d").ok()?.flatten().map(|entry| entry.path()));
    let text: String = files.iter().filter_map(|file| fs::read_to_string(file).ok()).collect();
    let is_main = |word: &&str| word.starts_with("http") && word.trim_end_matches('/').ends_with("/debian");
    text.split_whitespace().find(is_main).map(str::to_owned)
}

/// Builds std as Rust's own release does and puts it where rustc looks.
fn build(work: &Path, version: &str) -> Outcome {
    let library = work.join(format!("source/usr/src/rustc-{version}/library"));
    let target = work.join("target");
    finish(
        Command::new("cargo")
            .args(["build", "--release", "--quiet", "--target", TARGET, "--features", "panic-unwind"])
            .args(["--manifest-path", "sysroot/Cargo.toml", "--target-dir"])
            .arg(&target)
            .current_dir(&library)
            .env("RUSTC_BOOTSTRAP", "1")
            .env("RUSTFLAGS", "-Zforce-unstable-if-unmarked -Cembed-bitcode=yes")
            .env("__CARGO_DEFAULT_LIB_METADATA", "stablestd")
            .env_remove("CARGO_TARGET_DIR"),
    )?;
    let to = target_folder().ok_or("rustc does not say where its libraries lie")?;
    fs::create_dir_all(&to).map_err(|error| error.to_string())?;
    let built = fs::read_dir(target.join(TARGET).join("release/deps")).map_err(|error| error.to_string())?;
    for path in built.flatten().map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == "rlib")) {
        let name = path.file_name().unwrap_or_default();
        fs::copy(&path, to.join(name)).map_err(|error| format!("{} cannot be written ({error})", to.display()))?;
    }
    Ok(())
}
