//! Requests on their way in: one at a time, latest wins.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use crate::protocol::{Event, LabRequest, Request};

/// The engine's queue. Of several waiting runs or models only the newest stays.
#[derive(Debug, Clone, Default)]
pub struct Mailbox(Rc<RefCell<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    waiting: VecDeque<Request>,
    waker: Option<Waker>,
}

impl Mailbox {
    /// Puts a request in; returns the answer to a run that it replaced before it began.
    pub fn push(&self, request: Request) -> Option<Event> {
        let mut inner = self.0.borrow_mut();
        let mut replaced = None;
        let is_same_kind = |waiting: &Request| {
            brings_model(waiting) && brings_model(&request)
                || std::mem::discriminant(waiting) == std::mem::discriminant(&request)
        };
        let latest_wins = brings_model(&request) || matches!(request, Request::Generate { .. });
        if latest_wins && let Some(at) = inner.waiting.iter().position(is_same_kind) {
            replaced = inner.waiting.remove(at);
        }
        if let Request::Lab { bench, request } = &request {
            inner.waiting.retain(|waiting| !is_outdone(waiting, *bench, request));
        }
        if request == Request::Cancel
            && let Some(at) = inner.waiting.iter().position(|waiting| matches!(waiting, Request::Generate { .. }))
        {
            replaced = inner.waiting.remove(at);
        }
        inner.waiting.push_back(request);
        if let Some(waker) = inner.waker.take() {
            waker.wake();
        }
        match replaced {
            Some(Request::Generate { id, .. } | Request::Load { id, .. } | Request::Open { id, .. }) => {
                Some(Event::Cancelled { id })
            }
            _ => None,
        }
    }

    /// Resolves once another model or another device waits: the model on its way is not wanted any more.
    pub async fn replaces_model(&self) {
        poll_fn(|context| {
            let mut inner = self.0.borrow_mut();
            let replaces = |waiting: &Request| brings_model(waiting) || matches!(waiting, Request::Start { .. });
            if inner.waiting.iter().any(replaces) {
                return Poll::Ready(());
            }
            inner.waker = Some(context.waker().clone());
            Poll::Pending
        })
        .await;
    }

    /// The next request, as soon as there is one.
    pub async fn next(&self) -> Request {
        poll_fn(|context| {
            let mut inner = self.0.borrow_mut();
            match inner.waiting.pop_front() {
                Some(request) => Poll::Ready(request),
                None => {
                    inner.waker = Some(context.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await
    }

    /// The next request if there is one.
    pub fn try_next(&self) -> Option<Request> {
        self.0.borrow_mut().waiting.pop_front()
    }

    /// Whether any request waits.
    pub fn is_waiting(&self) -> bool {
        !self.0.borrow().waiting.is_empty()
    }

    /// Whether the run under way should stop: another run, another model, another device or a cancellation waits.
    pub fn interrupts(&self) -> bool {
        self.0.borrow().waiting.iter().any(|waiting| {
            matches!(
                waiting,
                Request::Generate { .. }
                    | Request::Load { .. }
                    | Request::Open { .. }
                    | Request::Cancel
                    | Request::Start { .. }
            )
        })
    }

    /// Whether what a bench is busy with is not wanted any more: it is closed, or everything starts over.
    pub fn ends_lab(&self) -> bool {
        self.0
            .borrow()
            .waiting
            .iter()
            .any(|waiting| matches!(waiting, Request::Start { .. } | Request::Lab { request: LabRequest::Close, .. }))
    }
}

/// Whether a waiting request of a bench is undone by a newer one: another look, another field, other settings, or its end.
fn is_outdone(waiting: &Request, bench: u8, newer: &LabRequest) -> bool {
    let Request::Lab { bench: of, request: older } = waiting else { return false };
    let outdone = match (older, newer) {
        (_, LabRequest::Close) => true,
        (LabRequest::Look(_), LabRequest::Look(_)) | (LabRequest::Field(_), LabRequest::Field(_)) => true,
        // Weights to begin with come with one request only.
        (LabRequest::Train { start: None, .. }, LabRequest::Train { .. }) => true,
        _ => false,
    };
    *of == bench && outdone
}

/// Whether a request puts another model in place of the one there.
fn brings_model(request: &Request) -> bool {
    matches!(request, Request::Load { .. } | Request::Open { .. })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{GenerateSpec, GivenModel, LabField, LabRun, RequestId};

    fn generate(id: RequestId) -> Request {
        Request::Generate { id, spec: GenerateSpec::default() }
    }

    #[test]
    fn only_the_newest_run_waits() {
        let mailbox = Mailbox::default();
        assert_eq!(mailbox.push(generate(1)), None);
        assert_eq!(mailbox.push(generate(2)), Some(Event::Cancelled { id: 1 }));
        assert!(mailbox.interrupts());
        assert_eq!(futures::executor::block_on(mailbox.next()), generate(2));
        assert!(!mailbox.interrupts());
    }

    #[test]
    fn cancel_removes_a_waiting_run() {
        let mailbox = Mailbox::default();
        mailbox.push(generate(1));
        assert_eq!(mailbox.push(Request::Cancel), Some(Event::Cancelled { id: 1 }));
        assert_eq!(futures::executor::block_on(mailbox.next()), Request::Cancel);
    }

    #[test]
    fn of_what_a_bench_is_asked_only_the_newest_counts() {
        let mailbox = Mailbox::default();
        let ask = |bench, request| mailbox.push(Request::Lab { bench, request });
        let field = |state| LabRequest::Field(Some(LabField { update: None, state, grid: 20, exact: true }));
        let run = LabRequest::Run { ask: 1, run: LabRun::On };
        ask(0, field(1));
        ask(1, field(2));
        ask(0, run.clone());
        ask(0, field(3));
        let left: Vec<Request> = std::iter::from_fn(|| mailbox.try_next()).collect();
        let of = |bench, request| Request::Lab { bench, request };
        assert_eq!(left, [of(1, field(2)), of(0, run), of(0, field(3))]);
        ask(0, field(1));
        assert!(!mailbox.ends_lab());
        ask(0, LabRequest::Close);
        assert!(mailbox.ends_lab());
        assert_eq!(mailbox.try_next(), Some(of(0, LabRequest::Close)));
        assert!(!mailbox.is_waiting());
    }

    #[test]
    fn only_the_newest_model_waits_and_runs_stay() {
        let mailbox = Mailbox::default();
        mailbox.push(Request::Load { id: 1, url: "a/".into() });
        mailbox.push(generate(2));
        let given = GivenModel::Url("b.zip".into());
        let replaced = mailbox.push(Request::Open { id: 3, model: given.clone() });
        assert_eq!(replaced, Some(Event::Cancelled { id: 1 }));
        assert_eq!(mailbox.try_next(), Some(generate(2)));
        futures::executor::block_on(mailbox.replaces_model());
        assert_eq!(mailbox.try_next(), Some(Request::Open { id: 3, model: given }));
    }
}
