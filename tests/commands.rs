//! The commands that print numbers, tried as a person would, on good and bad input.
#![cfg(feature = "train")]

use std::fs;
use std::process::{Command, Output};

fn noisewalk(arguments: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_noisewalk")).args(arguments.split_whitespace()).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What a refused command says: one sentence, no panic.
fn refusal(arguments: &str) -> String {
    let output = noisewalk(arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{arguments}: {said}");
    assert!(said.starts_with("error: ") && said.lines().count() == 1 && !said.contains("panicked"), "{said}");
    said
}

#[test]
fn a_schedule_is_printed_as_csv_and_drawn() {
    let csv = noisewalk("schedule linear --csv");
    let text = stdout(&csv);
    assert_eq!(text.lines().count(), 1001);
    // diffusers' DDPMScheduler(beta_schedule="linear").alphas_cumprod[999], computed in float32.
    let last: f64 = text.lines().last().unwrap().split(',').nth(2).unwrap().parse().unwrap();
    assert!((last - 4.035_830e-5).abs() < 1e-9, "{last}");
    assert!(String::from_utf8_lossy(&noisewalk("schedule linear --timesteps 100").stderr).contains("warning"));

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cosine.svg");
    assert!(noisewalk(&format!("schedule cosine --plot {}", path.display())).status.success());
    let svg = fs::read_to_string(path).unwrap();
    assert!(svg.starts_with("<svg") && svg.contains("timestep t = 999") && !svg.contains("NaN"));
}

#[test]
fn a_schedule_goes_through_points_drawn_by_hand() {
    let alphas_cumprod = |arguments: &str| -> Vec<f64> {
        let text = stdout(&noisewalk(arguments));
        text.lines().skip(1).map(|line| line.split(',').nth(2).unwrap().parse().unwrap()).collect()
    };
    let table = alphas_cumprod("schedule custom --points 0:1,0.25:0.9,0.5:0.4,1:0 --timesteps 400 --csv");
    // ᾱ_t is the curve at (t + 1)/T, so timesteps 99 and 199 lie on the second and third point.
    for (t, point) in [(99, 0.9), (199, 0.4)] {
        assert!((table[t] - point).abs() < 1e-12, "{}", table[t]);
    }
    assert!(table.windows(2).all(|pair| pair[1] < pair[0]) && table[399] < 1e-5);
    let line = alphas_cumprod("schedule custom --points 0:1,1:0 --timesteps 10 --csv");
    assert!((line[4] - 0.5).abs() < 1e-12);
    let plan = stdout(&noisewalk("plan ddim --steps 3 --schedule custom --points 0:1,1:0"));
    assert!(plan.starts_with("ddim in 3 steps"), "{plan}");
    assert!(refusal("schedule custom").contains("add --points"));
    assert!(refusal("schedule linear --points 0:1,1:0").contains("custom, not linear"));
    assert!(refusal("schedule custom --points 0:1,half:0.5,1:0").contains("half:0.5"));
    assert!(refusal("schedule custom --points 0:1,0.5:0.4,1:0.6").contains("control point 2"));
    assert!(refusal("schedule custom --points 0:1,0.7:0.4").contains("control point 1"));
    assert!(refusal("schedule custom --points 0:NaN,1:0").contains("control point 0"));
    assert!(refusal("schedule custom --points 0:1,1:0 --beta-end 0.1").contains("--beta-end"));
    assert!(refusal("schedule custom --points 0:1,1:0 --timesteps 0").contains("timesteps"));
}

#[test]
fn a_plan_is_a_table_of_its_stages() {
    let plan = stdout(&noisewalk("plan dpmpp-2m --steps 7 --sigmas karras --sigma-min 0.1 --sigma-max 20"));
    assert!(plan.starts_with("dpmpp-2m in 7 steps, 7 evaluations"), "{plan}");
    assert_eq!(
        plan.lines().filter(|line| line.trim_start().starts_with(|c: char| c.is_ascii_digit())).count(),
        7,
        "{plan}"
    );
    assert_ne!(plan, stdout(&noisewalk("plan dpmpp-2m --steps 7")));
    assert!(stdout(&noisewalk("plan heun --steps 4")).contains("7 evaluations"));
    assert!(stdout(&noisewalk("plan repaint --steps 4")).contains("known = 1.000000 picture"));
}

#[test]
fn the_documented_orders_of_convergence_are_those_measured() {
    let table = stdout(&noisewalk("convergence"));
    assert_eq!(table.lines().count(), 46);
    let document = include_str!("../docs/convergence.md");
    assert!(document.contains(&table), "put the output of `cargo noisewalk convergence` into docs/convergence.md");
}

#[test]
fn every_family_of_levels_has_a_flag() {
    let plan = |flags: &str| {
        let output = noisewalk(&format!("plan euler --steps 6 {flags}"));
        assert!(output.status.success(), "{flags}: {}", String::from_utf8_lossy(&output.stderr));
        stdout(&output)
    };
    let families =
        ["karras", "exponential", "beta", "log_linear", "continuous_vp"].map(|name| format!("--sigmas {name}"));
    let others = [
        "--spacing leading",
        "--spacing trailing",
        "--sigmas polyexponential --rho 2",
        "--sigma-list 10,3,1,0",
        "--timestep-list 900,600,300,0",
        "--space variance_preserving",
        "--space flow --sigmas flow --shift 3",
        "--space flow --sigmas flow --mu 0.7",
        "--final-sigmas sigma_min",
        "--churn 10",
    ];
    let mut seen = vec![plan("")];
    for flags in families.iter().map(String::as_str).chain(others) {
        let plan = plan(flags);
        assert!(!seen.contains(&plan), "{flags} changes nothing");
        seen.push(plan);
    }
    assert!(plan("--sigma-list 10,3,1,0").starts_with("euler in 3 steps"));
    assert!(refusal("plan euler --sigma-list 10,3,1,0 --sigmas karras").contains("exclude"));
    assert!(refusal("plan euler --sigma-list 10,-3,0").contains("positive"));
    assert!(refusal("plan ddim --timestep-list 300,600").contains("fall"));
    assert!(refusal("plan euler --space odd").contains("variance_preserving"));
}

/// A NumPy file of 32-bit numbers in C order.
fn npy(path: &std::path::Path, rows: usize, columns: usize, value: impl Fn(usize) -> f32) {
    let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
    let padded = format!("{header:<117}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((padded.len() as u16).to_le_bytes());
    bytes.extend(padded.bytes());
    bytes.extend((0..rows * columns).flat_map(|index| value(index).to_le_bytes()));
    fs::write(path, bytes).unwrap();
}

#[test]
fn every_metric_of_sets_comes_with_its_interval() {
    let folder = tempfile::tempdir().unwrap();
    let [a, b] = ["a.npy", "b.npy"].map(|name| folder.path().join(name));
    npy(&a, 60, 3, |index| ((index * 37) % 101) as f32 / 50.0);
    npy(&b, 60, 3, |index| ((index * 53) % 97) as f32 / 48.0);
    for (metric, names) in [
        ("fid", &["fid"][..]),
        ("kid", &["kid"]),
        ("prdc", &["precision", "recall", "density", "coverage"]),
        ("is", &["is"]),
    ] {
        let both = if metric == "is" { String::new() } else { format!(" {}", b.display()) };
        let said = stdout(&noisewalk(&format!("eval {metric} {}{both} --replicates 50", a.display())));
        assert_eq!(said.lines().count(), names.len(), "{said}");
        for (line, name) in said.lines().zip(names) {
            let numbers: Vec<f64> = line
                .split([' ', ',', '[', ']'])
                .filter_map(|word| word.parse().ok())
                .filter(|number| *number != 95.0)
                .take(3)
                .collect();
            let [value, low, high] = numbers[..] else { panic!("{line}") };
            assert!(line.starts_with(name) && low <= value && value <= high, "{line}");
            // An interval of no width would say that chance has no part in it.
            assert!(metric == "prdc" || low < high, "{line}");
        }
    }
    assert!(refusal(&format!("eval fid {}", a.display())).contains("second"));
}

#[test]
fn a_schedulers_own_file_chooses_the_sampler() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scheduler_config.json");
    fs::write(&path, r#"{"_class_name": "UniPCMultistepScheduler", "timestep_spacing": "trailing"}"#).unwrap();
    let plan = stdout(&noisewalk(&format!("plan --steps 5 --scheduler-config {}", path.display())));
    assert!(plan.starts_with("unipc in 5 steps"), "{plan}");
    fs::write(&path, r#"{"_class_name": "RePaintScheduler", "eta": 0.5}"#).unwrap();
    let [own, zero] = ["", "--eta 0"]
        .map(|flags| stdout(&noisewalk(&format!("plan --steps 5 --scheduler-config {} {flags}", path.display()))));
    assert!(own.starts_with("repaint") && own != zero, "{own}");
}

#[test]
fn bad_numbers_and_names_are_refused_in_one_sentence() {
    assert!(refusal("schedule wavy").contains("the schedules are linear"));
    assert!(refusal("schedule linear --timesteps 0").contains("timesteps"));
    assert!(refusal("schedule linear --beta-end 7").contains("beta"));
    assert!(refusal("plan nonsense").contains("the samplers are"));
    assert!(refusal("plan ddim --steps 0").contains("--steps"));
    assert!(refusal("plan ddim --eta 1.5").contains("--eta is 1.5"));
    assert!(refusal("plan ddim --steps 5000").contains("steps"));
    assert!(refusal("plan ddim --spacing odd").contains("leading"));
    assert!(refusal("plan ddim --sigmas odd").contains("karras"));
    assert!(refusal("plan ddim --clip=-1").contains("--clip"));
    assert!(refusal("plan ddim --scheduler-config /nowhere.json").contains("nowhere.json"));
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_noisewalk"))
        .args(["schedule", "linear", "--csv"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // Closed before anything is read; the table is longer than a pipe holds.
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn experiments_write_what_the_page_plots() {
    use noisewalk::protocol::{Experiment, decode};

    let folder = tempfile::tempdir().unwrap();
    let (runs, output) = (folder.path().join("runs"), folder.path().join("out"));
    let small = "--steps 2,3 --rows 3 --columns 2 --samples 8 --replicates 10 --quiet";
    let tiny = "--set unet.block_out_channels=[8,16] --set unet.attention_head_dim=8 --set unet.norm_num_groups=4 \
                --set optimizer.steps=2 --set optimizer.batch_size=2";
    let command = format!(
        "experiment schedules --schedules linear,cosine --seeds 2 {tiny} {small} --runs {} -o {}",
        runs.display(),
        output.display()
    );
    let measured = || -> Experiment {
        let output_of = noisewalk(&command);
        assert!(output_of.status.success(), "{}", String::from_utf8_lossy(&output_of.stderr));
        decode(&fs::read(output.join("results.experiment")).unwrap()).unwrap()
    };
    let first = measured();
    assert_eq!(first.subjects.iter().map(|subject| subject.name.as_str()).collect::<Vec<_>>(), ["linear", "cosine"]);
    for subject in &first.subjects {
        assert_eq!((subject.loss.len(), subject.distance.len()), (25, 2));
        assert!(subject.loss.iter().chain(&subject.distance).all(|m| m.low <= m.value && m.value <= m.high));
        // Two updates teach nothing: the error of v is still about its variance, 1.
        assert!(subject.loss.iter().all(|m| (0.1..3.0).contains(&m.value)), "{:?}", subject.loss);
        assert_eq!(image::image_dimensions(output.join(format!("{}.png", subject.name))).unwrap(), (33, 16));
    }
    assert!(first.floor > 0.0 && first.command.contains("experiment schedules"));
    let rows = |file: &str| fs::read_to_string(output.join(file)).unwrap().lines().count();
    assert_eq!((rows("loss.csv"), rows("distance.csv")), (51, 5));
    // What is done is not done again, and the numbers stay.
    fs::remove_file(runs.join("linear-0/checkpoint.bin")).unwrap();
    assert_eq!(measured(), first);
    assert!(!runs.join("linear-0/checkpoint.bin").exists());
    assert!(refusal(&command.replace("optimizer.steps=2", "optimizer.steps=3")).contains("other settings"));
    assert!(refusal("experiment schedules --schedules wavy").contains("squaredcos_cap_v2"));
    assert!(refusal("experiment schedules --rows 7").contains("--rows has 7"));

    let output = folder.path().join("samplers");
    let command =
        format!("experiment samplers --samplers ddim,heun {small} --runs {} -o {}", runs.display(), output.display());
    assert!(noisewalk(&command).status.success());
    let samplers: Experiment = decode(&fs::read(output.join("results.experiment")).unwrap()).unwrap();
    // Heun asks twice a step, but for the last.
    assert_eq!(samplers.subject("heun").unwrap().evaluations, [3, 5]);
    assert_eq!(samplers.subject("ddim").unwrap().evaluations, [2, 3]);
    assert!(samplers.subjects.iter().all(|subject| subject.loss.is_empty()));
    assert!(refusal("experiment samplers --samplers ddim,slow").contains("the samplers are"));
}

#[test]
fn the_levels_of_a_run_are_printed_and_drawn() {
    let column = |arguments: &str, index: usize| -> Vec<f64> {
        let text = stdout(&noisewalk(arguments));
        text.lines().skip(1).map(|line| line.split(',').nth(index).unwrap().parse().unwrap()).collect()
    };
    let sigmas = column("schedule karras --steps 4 --sigma-min 0.1 --sigma-max 10 --rho 3 --csv", 3);
    // k-diffusion's get_sigmas_karras(4, 0.1, 10, rho=3).
    for (got, want) in sigmas.iter().zip([10.0, 4.027_339_6, 1.085_056_1, 0.1, 0.0]) {
        assert!((got - want).abs() < 1e-6, "{sigmas:?}");
    }
    // Even steps of a flow, shifted by 3 σ/(1 + 2 σ) at both ends of the grid and again at each step.
    let flow = column("schedule flow --steps 5 --shift 3 --csv", 3);
    assert!(flow[0] == 1.0 && flow[1] > 0.9 && flow[5] == 0.0, "{flow:?}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("levels.svg");
    assert!(noisewalk(&format!("schedule exponential --plot {}", path.display())).status.success());
    let svg = fs::read_to_string(path).unwrap();
    assert!(svg.starts_with("<svg") && svg.contains("step 20") && !svg.contains("NaN"));
    assert!(refusal("schedule linear --rho 3").contains("karras"));
    assert!(refusal("schedule karras --shift 3").contains("flow"));
}

#[test]
fn a_schedulers_own_file_chooses_the_schedule_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scheduler_config.json");
    let text = r#"{"_class_name": "DDIMScheduler", "num_train_timesteps": 200, "beta_schedule": "linear",
        "beta_start": 0.001, "beta_end": 0.05, "timestep_spacing": "trailing", "clip_sample": false}"#;
    fs::write(&path, text).unwrap();
    let plan =
        |flags: &str| stdout(&noisewalk(&format!("plan --steps 4 --scheduler-config {} {flags}", path.display())));
    // T is 200 there, so the first step is asked at 199; a schedule named beside the file wins.
    assert!(plan("").contains("199.000"), "{}", plan(""));
    assert!(plan("--schedule linear").contains("999.000"));
    assert_ne!(plan(""), plan("--beta-end 0.02"));
}

#[test]
fn python_is_printed_for_what_it_can_say_and_refused_by_name_for_the_rest() {
    let line = "sample --model public/models/avatars --steps 4 --count 1 --print-python";
    let python = stdout(&noisewalk(&format!("{line} --spacing trailing --eta 0.5")));
    assert!(python.contains("timestep_spacing=\"trailing\"") && python.contains("eta=0.5"), "{python}");
    assert!(stdout(&noisewalk(line)).contains("timestep_spacing=\"leading\""));
    for (flags, said) in [
        ("--sigmas karras --clip 2", "cannot say --sigmas and --clip;"),
        ("--init no.png --strength 0.5", "cannot say --strength and --init;"),
        ("--timestep-list 900,500,0", "cannot say --timestep-list;"),
        ("--spacing sideways", "sideways"),
        ("--eta 2", "--eta is 2"),
        ("--sampler euler", "no Python for the sampler euler"),
    ] {
        let refused = refusal(&format!("{line} {flags}"));
        assert!(refused.contains(said), "{refused}");
    }
}
