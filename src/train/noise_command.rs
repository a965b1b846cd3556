//! `noisewalk noise`: avatars on their way into noise, as the lessons on the forward process and on schedules show them.

use std::path::PathBuf;

use clap::Args;
use image::RgbImage;

use super::failure::{Failure, Outcome};
use super::grid;
use super::schedule_options::ScheduleArgs;
use crate::data::avatar::{Avatar, SIZE};
use crate::data::pixel;
use crate::diffusion::noise::{Purpose, Stream, batch_normal};
use crate::diffusion::schedule::NoiseSchedule;
use crate::diffusion::walk::{ForwardWalk, jump};

/// Draws avatars after some steps of the forward process.
#[derive(Debug, Args)]
pub struct NoiseArgs {
    /// Seed of the first avatar; the others follow
    #[arg(long, default_value_t = 0)]
    avatar_seed: u64,
    /// How many avatars
    #[arg(long, default_value_t = 1)]
    count: u64,
    /// Seed of the noise; the avatar's where absent
    #[arg(long)]
    seed: Option<u64>,
    /// The schedule, as `noisewalk schedule` names them (repeatable: the same pictures under each)
    #[arg(long, default_value = "squaredcos_cap_v2")]
    schedule: Vec<String>,
    #[command(flatten)]
    settings: ScheduleArgs,
    /// Steps taken: 0 is the clean picture; all of them where absent
    #[arg(long)]
    steps: Option<usize>,
    /// Walk there step by step, with fresh noise each, instead of one jump
    #[arg(long)]
    walk: bool,
    /// So many states of each schedule in a row, evenly from the clean picture to the last step
    #[arg(long)]
    strip: Option<usize>,
    /// The picture to write
    #[arg(short, long, default_value = "noise.png")]
    output: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// Where a number is out of range, there is no such schedule, or the file cannot be written.
pub fn run(args: &NoiseArgs) -> Outcome<()> {
    let in_range = |flag: &str, value: usize, least: usize, most: usize| match (least..=most).contains(&value) {
        true => Ok(()),
        false => Err(Failure::new(format!("--{flag} is {value}, but must lie between {least} and {most}"))),
    };
    in_range("count", args.count as usize, 1, 400)?;
    let schedules = args.settings.open_all(&args.schedule)?;
    let mut pictures = Vec::new();
    for schedule in &schedules {
        let last = schedule.num_train_timesteps();
        let steps = args.steps.unwrap_or(last);
        in_range("steps", steps, 0, last)?;
        let columns = args.strip.unwrap_or(1);
        in_range("strip", columns, 1, 1000)?;
        for column in 0..columns {
            let at = if args.strip.is_some() { column * steps / (columns - 1).max(1) } else { steps };
            pictures.extend(states(args, schedule, at));
        }
    }
    let columns = match args.strip {
        Some(columns) => columns * args.count as usize,
        None => (pictures.len() as f64).sqrt().ceil() as usize,
    };
    grid::write_png(&args.output, &grid::grid(&pictures, columns, 4))
}

/// Each avatar after `steps` steps.
fn states(args: &NoiseArgs, schedule: &NoiseSchedule, steps: usize) -> Vec<RgbImage> {
    let seed = args.seed.unwrap_or(args.avatar_seed);
    let seeds = (0..args.count).map(|index| args.avatar_seed.wrapping_add(index));
    let clean: Vec<f32> = seeds.flat_map(|seed| Avatar::from_seed(seed).rgb()).map(pixel::normalized).collect();
    let mut state = Vec::new();
    if args.walk {
        let mut walk = ForwardWalk::new(clean, seed);
        walk.go_to(steps, schedule);
        state.extend(walk.state().iter().map(|value| *value as f32));
    } else {
        let noise = batch_normal(Stream::new(seed, Purpose::Forward), args.count as usize, SIZE * SIZE * 3);
        let t = steps as i64 - 1;
        jump(&clean, &noise, schedule.alpha(t) as f32, schedule.sigma(t) as f32, &mut state);
    }
    let size = SIZE as u32;
    let picture = |pixels: &[f32]| RgbImage::from_raw(size, size, pixels.iter().copied().map(pixel::byte).collect());
    state.chunks(SIZE * SIZE * 3).filter_map(picture).collect()
}
