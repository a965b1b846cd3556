//! A bench of the 2-D lab: a network that learns in the tab, watched while it does.
//!
//! The engine calls [`Bench::work`] whenever no message waits: a few updates, or a look at the weights; so everything can be
//! changed, paused and stopped between two updates, and nothing blocks.

pub mod graph;
pub mod learned;
pub mod learner;
pub mod limits;
pub mod objective;
pub mod race;
pub mod show;
pub mod trajectory;
pub mod view;

use super::mailbox::Mailbox;
use super::platform::{Platform, Trouble};
use super::training::{Course, News, Trainee};
use crate::protocol::{DeviceKind, Event, LabEvent, LabRequest, LabSpec, LabStart};
use learner::{Learner, upload};
use limits::{check, check_field, check_look};
use race::Devices;
use show::Shown;

/// How long the page waits for the next copy of the weights while they change, in milliseconds.
const KEEP: f64 = 4000.0;
/// How far one bench may run ahead of another that learns beside it, in updates.
const LEAD: u64 = 32;

/// A bench.
#[derive(Default)]
pub struct Bench {
    number: u8,
    course: Option<Course<Learner>>,
    home: Option<DeviceKind>,
    shown: Shown,
    /// The update whose weights the page has, and when the next ones are due.
    kept: (Option<u64>, f64),
}

impl Bench {
    /// A bench that does nothing yet.
    pub fn new(number: u8) -> Self {
        Self { number, ..Self::default() }
    }

    fn send<P: Platform>(&self, platform: &P, event: LabEvent) {
        platform.send(Event::Lab { bench: self.number, event });
    }

    /// Whether it learns.
    fn is_running(&self) -> bool {
        self.course.as_ref().is_some_and(Course::is_running)
    }

    /// Whether there is something to do now.
    pub fn wants_time(&self) -> bool {
        self.course.is_some() && (self.is_running() || self.shown.is_stale() || self.owes_a_copy())
    }

    fn owes_a_copy(&self) -> bool {
        self.course.as_ref().is_some_and(|course| self.kept.0 != Some(course.trainee.update()))
    }

    /// How many updates it may make before `other`, which learns beside it, has caught up.
    pub fn lead_over(&self, other: &Self) -> u64 {
        match (&self.course, &other.course) {
            (Some(mine), Some(theirs)) if theirs.is_running() => {
                (theirs.trainee.update() + LEAD).saturating_sub(mine.trainee.update())
            }
            _ => u64::MAX,
        }
    }

    /// Does what the page asks, or says why it cannot.
    pub async fn answer<P: Platform>(
        &mut self,
        platform: &P,
        mailbox: &Mailbox,
        devices: &Devices,
        request: LabRequest,
    ) {
        if let Err(Trouble { what, hint }) = self.try_answer(platform, mailbox, devices, request).await {
            self.send(platform, LabEvent::Refused { what, hint });
        }
    }

    async fn try_answer<P: Platform>(
        &mut self,
        platform: &P,
        mailbox: &Mailbox,
        devices: &Devices,
        request: LabRequest,
    ) -> Result<(), Trouble> {
        match request {
            LabRequest::Train { spec, start } => {
                check(&spec)?;
                match self.course.as_ref().map(|course| course.trainee.spec().clone()) {
                    Some(before) if start.is_none() && !spec.needs_new_network(&before) => {
                        return self.change(platform, mailbox, devices, &before, &spec).await;
                    }
                    _ => return self.begin(platform, mailbox, devices, &spec, start).await,
                }
            }
            LabRequest::Restart => {
                if let Some(spec) = self.course.as_ref().map(|course| course.trainee.spec().clone()) {
                    return self.begin(platform, mailbox, devices, &spec, None).await;
                }
            }
            LabRequest::Run { ask, run } => {
                let news = match &mut self.course {
                    Some(course) => course.run(ask, run, platform.now_millis()),
                    None => vec![News::Rested { ask, update: 0 }],
                };
                // What is seen at rest is what is there.
                self.shown.hurry();
                self.tell(platform, news);
            }
            LabRequest::Rewind(update) => {
                if let Some(back_to) = self.course.as_mut().map(|course| course.rewind(update)) {
                    self.shown.is_old();
                    self.send(platform, LabEvent::Rewound(back_to));
                }
            }
            LabRequest::Look(look) => self.shown.look_at(check_look(look)?),
            LabRequest::Field(field) => self.shown.show_field(check_field(field)?),
            // Drawing is the worker's own affair, which hears of it before a bench would.
            LabRequest::Canvas | LabRequest::Draw(_) | LabRequest::Photograph(_) => {}
            LabRequest::Close => *self = Self::new(self.number),
        }
        Ok(())
    }

    /// A new network, on the faster device.
    async fn begin<P: Platform>(
        &mut self,
        platform: &P,
        mailbox: &Mailbox,
        devices: &Devices,
        spec: &LabSpec,
        start: Option<LabStart>,
    ) -> Result<(), Trouble> {
        let before = self.course.take();
        let (device, millis) = devices.fastest(platform, mailbox, spec).await?;
        let learner = Learner::new(spec, start.as_ref(), devices.of(device)?).map_err(no_schedule)?;
        let (parameters, update) = (learner.parameters(), learner.update());
        let mut course = Course::new(learner);
        before.iter().for_each(|before| course.inherit(before));
        self.course = Some(course);
        self.home = Some(device);
        self.kept = (Some(update), 0.0);
        self.shown.begin();
        self.send(platform, LabEvent::Began { device, millis, parameters, update });
        self.send(platform, LabEvent::Stored(update));
        self.tell_schedule(platform);
        Ok(())
    }

    /// Other settings for the same network; a batch of another size may be faster elsewhere.
    async fn change<P: Platform>(
        &mut self,
        platform: &P,
        mailbox: &Mailbox,
        devices: &Devices,
        before: &LabSpec,
        spec: &LabSpec,
    ) -> Result<(), Trouble> {
        let Some(course) = &mut self.course else { return Ok(()) };
        course.trainee.change(spec).map_err(no_schedule)?;
        course.change_pace();
        self.shown.begin();
        if devices.is_choice() && before.batch_size != spec.batch_size {
            let (device, millis) = devices.fastest(platform, mailbox, spec).await?;
            if self.home != Some(device) {
                self.move_to(platform, devices, device).await?;
            }
            self.send(platform, LabEvent::Measured { device, millis });
        }
        self.tell_schedule(platform);
        Ok(())
    }

    /// Takes the network and all stored weights to another device.
    async fn move_to<P: Platform>(&mut self, platform: &P, devices: &Devices, home: DeviceKind) -> Result<(), Trouble> {
        let Some(course) = &mut self.course else { return Ok(()) };
        let device = devices.of(home)?;
        for (_, weights) in course.all_stored() {
            weights.network = upload(platform.numbers(weights.network.clone()).await?, device);
        }
        let (update, weights) = (course.trainee.update(), course.trainee.weights());
        let start = course.trainee.copy(platform, update, &weights).await?;
        let spec = course.trainee.spec().clone();
        course.trainee = Learner::new(&spec, Some(&start), device).map_err(no_schedule)?;
        self.home = Some(home);
        Ok(())
    }

    fn tell_schedule<P: Platform>(&self, platform: &P) {
        let learned = self.course.as_ref().and_then(|course| course.trainee.learned());
        if let Some(learned) = learned {
            let event = LabEvent::Schedule { log_snr: learned.curve(), spread: learned.spread() };
            self.send(platform, event);
        }
    }

    fn tell<P: Platform>(&self, platform: &P, news: Vec<News>) {
        for news in news {
            let event = match news {
                News::Progress(progress) => {
                    self.tell_schedule(platform);
                    LabEvent::Progress {
                        update: progress.update,
                        loss: progress.loss,
                        by_timestep: progress.by_timestep,
                        updates_per_second: progress.updates_per_second,
                    }
                }
                News::Stored(update) => LabEvent::Stored(update),
                News::Diverged { update, back_to } => LabEvent::Diverged { update, back_to },
                News::Rested { ask, update } => LabEvent::Rested { ask, update },
            };
            self.send(platform, event);
        }
    }

    /// A burst of at most `most` updates, a look, or a copy for the page.
    ///
    /// # Errors
    /// [`Trouble`] where the device no longer answers.
    pub async fn work<P: Platform>(&mut self, platform: &P, mailbox: &Mailbox, most: u64) -> Result<(), Trouble> {
        let now = platform.now_millis();
        let running = self.is_running();
        if let Some(course) = &self.course
            && self.shown.is_due(now, running)
        {
            let events = self.shown.show(platform, mailbox, course).await?;
            events.into_iter().for_each(|event| self.send(platform, event));
        } else if let Some(course) = self.course.as_mut().filter(|_| running && most > 0) {
            let news = course.burst(platform, most).await?;
            self.shown.is_old();
            self.tell(platform, news);
        }
        if self.owes_a_copy() && (now >= self.kept.1 || !self.is_running()) {
            self.keep(platform).await?;
        }
        platform.breathe().await;
        Ok(())
    }

    /// Sends a copy of the weights to the page.
    async fn keep<P: Platform>(&mut self, platform: &P) -> Result<(), Trouble> {
        let Some(course) = &self.course else { return Ok(()) };
        let (update, weights) = (course.trainee.update(), course.trainee.weights());
        let copy = course.trainee.copy(platform, update, &weights).await?;
        self.kept = (Some(update), platform.now_millis() + KEEP);
        self.send(platform, LabEvent::Kept(copy));
        Ok(())
    }
}

fn no_schedule(error: crate::diffusion::schedule::ScheduleError) -> Trouble {
    Trouble::new(error, "Choose another schedule.")
}
