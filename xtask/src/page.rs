//! Building and serving the page.

use std::net::{TcpListener, TcpStream};
use std::thread::sleep;
use std::time::Duration;

use crate::beside::Beside;
use crate::process::{command, run, target_directory};
use crate::step::{self, Outcome, Step};
use crate::{tools, wasm_target};

const BUILD: [&str; 2] = ["build", "--release"];

/// What building the page needs.
pub fn steps() -> Vec<Step> {
    [wasm_target::step(), wasm_target::cache_step()].into_iter().chain(tools::steps()).collect()
}

/// Leaves a static page in `dist/` that works from any host and any sub-path.
pub fn build() -> Outcome {
    run("trunk", &BUILD)?;
    println!("the page is in dist/");
    Ok(())
}

/// Starts what [`build`] runs, beside what else there is to do.
pub fn begin() -> Outcome<Beside> {
    let log = target_directory().join("trunk.log");
    println!("the page is built meanwhile; what trunk says goes to {}", log.display());
    Beside::start(&mut command("trunk", &BUILD), &log)
}

/// Sets up, builds, serves, and prints the address.
pub fn serve(arguments: &[&str]) -> Outcome {
    let mut port = "8080";
    let mut options = vec!["serve", "--address", "127.0.0.1"];
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match *argument {
            "--release" => options.push("--release"),
            "--port" => port = rest.next().ok_or("--port needs a number")?,
            other => return Err(format!("serve knows --release and --port N, not {other}")),
        }
    }
    let number: u16 = port.parse().map_err(|_| format!("--port needs a number below 65536, not {port}"))?;
    options.extend(["--port", port]);
    check_free(number)?;
    step::run_all(&steps())?;
    let mut child =
        command("trunk", &options).spawn().map_err(|error| format!("trunk could not be started ({error})"))?;
    while TcpStream::connect(("127.0.0.1", number)).is_err() {
        if let Ok(Some(status)) = child.try_wait() {
            return Err(format!("trunk ended with {status} before the page was served"));
        }
        sleep(Duration::from_millis(300));
    }
    println!("\nNoisewalk is at http://127.0.0.1:{number}/");
    let status = child.wait().map_err(|error| error.to_string())?;
    if status.success() { Ok(()) } else { Err(format!("trunk ended with {status}")) }
}

/// Whatever answers on a taken port is not the page, so it must not be named as such.
fn check_free(port: u16) -> Outcome {
    let listener = TcpListener::bind(("127.0.0.1", port));
    listener.map(drop).map_err(|error| format!("port {port} cannot be used ({error}); name another with --port N"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_refused_by_number() {
        let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        let refusal = serve(&["--port", &port.to_string()]).unwrap_err();
        assert!(refusal.contains(&port.to_string()) && refusal.contains("--port"), "{refusal}");
        drop(taken);
        assert!(check_free(port).is_ok());
    }
}
