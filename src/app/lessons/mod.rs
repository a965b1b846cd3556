//! The registry of lessons. A new lesson is one folder here and one line in [`LESSONS`].

use crate::app::language::{Text, t};

pub mod forward;
pub mod home;
pub mod lab;
pub mod reverse;
pub mod schedules;
pub mod words;

use leptos::prelude::*;

/// A lesson: one question, answered in six to ten minutes.
pub struct Lesson {
    /// Its name in links.
    pub slug: &'static str,
    /// The question, which is the title.
    pub question: Text,
    /// What the visitor does in it.
    pub action: Text,
    /// Its page; `None` while it is not written.
    pub view: Option<fn() -> AnyView>,
}

/// Every lesson in order.
pub static LESSONS: [Lesson; 9] = [
    Lesson {
        slug: "forward",
        question: t("How does a picture become noise?"),
        action: t("step and scrub the forward process"),
        view: Some(forward::page),
    },
    Lesson {
        slug: "reverse",
        question: t("How does noise become a picture?"),
        action: t("scrub real denoising runs, swap samplers, branch"),
        view: Some(reverse::page),
    },
    Lesson {
        slug: "words",
        question: t("How do words steer it?"),
        action: t("prompt a tiny model, turn the guidance dial"),
        view: Some(words::page),
    },
    Lesson {
        slug: "schedules",
        question: t("Which noise schedule?"),
        action: t("compare schedules, draw your own"),
        view: Some(schedules::page),
    },
    Lesson {
        slug: "training",
        question: t("How is it trained?"),
        action: t("train a model in this tab, one step in slow motion"),
        view: None,
    },
    Lesson {
        slug: "unet",
        question: t("What is inside the U-Net?"),
        action: t("open its blocks, switch parts off"),
        view: None,
    },
    Lesson {
        slug: "metrics",
        question: t("How good is it?"),
        action: t("measure live samples, and see the measures fail"),
        view: None,
    },
    Lesson {
        slug: "latent",
        question: t("Why latent space?"),
        action: t("encode, diffuse and decode through a live VAE"),
        view: None,
    },
    Lesson {
        slug: "yours",
        question: t("How do you make it yours?"),
        action: t("fine-tune on your own drawings"),
        view: None,
    },
];

/// Beside the lessons: where everything is small enough to be drawn whole.
pub static LAB: Lesson = Lesson {
    slug: "lab",
    question: t("The 2-D lab"),
    action: t("train a network of the plane and watch all of it"),
    view: Some(lab::page),
};

/// The lesson of a slug, with its number; the lab has none.
pub fn find(slug: &str) -> Option<(Option<usize>, &'static Lesson)> {
    let numbered = LESSONS.iter().enumerate().map(|(index, lesson)| (Some(index + 1), lesson));
    numbered.chain([(None, &LAB)]).find(|(_, lesson)| lesson.slug == slug)
}
