//! A model of the visitor's in place of the page's own.

use leptos::prelude::*;

use super::{EngineClient, MODEL, Status, WORDS_MODEL};
use crate::app::{dom, strings};
use crate::protocol::{GivenModel, ModelSummary, Request, RequestId};

impl EngineClient {
    /// Runs on the visitor's model from now on.
    pub fn open(self, model: GivenModel) {
        self.change(Some(model));
    }

    /// Runs on the model that an address names, where it lies on this site.
    pub fn open_address(self, url: &str) {
        match resolved(url) {
            Some(_) => self.change(Some(GivenModel::Url(url.to_owned()))),
            None => self.message.set(Some(strings::FOREIGN_MODEL.into())),
        }
    }

    /// Runs on the page's own models again.
    pub fn use_own(self) {
        self.change(None);
    }

    /// Where a command line finds the model that runs: the visitor's, else `shipped`.
    pub fn place(self, shipped: &str) -> String {
        let given = self.given.with(|given| match given {
            Some(GivenModel::Url(url)) => Some(below_page(url)),
            Some(GivenModel::Files { name, .. }) => Some(name.clone()),
            None => None,
        });
        given.filter(|_| !self.is_deaf_here()).unwrap_or_else(|| shipped.to_owned())
    }

    fn change(self, given: Option<GivenModel>) {
        self.inner.update_value(|inner| inner.is_deaf = false);
        self.given.set(given);
        if matches!(self.status.get_untracked(), Status::Ready | Status::Loading(..)) {
            self.load();
        }
    }

    /// The request for the visitor's model, unless this lesson cannot use it.
    pub(super) fn given_request(self, id: RequestId) -> Option<Request> {
        self.given_here().map(|model| Request::Open { id, model })
    }

    /// Lets the lesson on words go on with the page's model where the visitor's hears none, and says so.
    pub(super) fn refuses(self, model: &ModelSummary) -> bool {
        // Of the visitor's model only its own load says anything.
        if !self.inner.with_value(|inner| inner.load_is_given) {
            return false;
        }
        let is_deaf = model.words.is_none();
        self.inner.update_value(|inner| inner.is_deaf = is_deaf);
        if is_deaf && self.is_deaf_here() {
            self.message.set(Some(strings::MODEL_IS_DEAF.into()));
            self.load();
            return true;
        }
        false
    }

    /// The visitor's model, where it is in use; an address is a whole one.
    pub fn given_here(self) -> Option<GivenModel> {
        let given = self.given.get_untracked().filter(|_| !self.is_deaf_here())?;
        Some(match given {
            GivenModel::Url(url) => GivenModel::Url(resolved(&url).unwrap_or(url)),
            files => files,
        })
    }

    /// The folder of the page's own model that this lesson asked for.
    pub fn shipped_folder(self) -> &'static str {
        self.inner.with_value(|inner| inner.wanted.unwrap_or(MODEL))
    }

    /// Whether the model in use is one of the page's own.
    pub(super) fn runs_on_shipped(self) -> bool {
        self.given.with_untracked(Option::is_none) || self.is_deaf_here()
    }

    fn is_deaf_here(self) -> bool {
        self.inner.with_value(|inner| inner.is_deaf && inner.wanted == Some(WORDS_MODEL))
    }

    /// Goes back to the page's model after the visitor's could not be opened; whether there was one.
    pub(super) fn gave_up_given(self, what: &str) -> bool {
        let was_given = self.given.with_untracked(Option::is_some);
        if was_given {
            self.message.set(Some(strings::model_not_opened(what)));
            self.use_own();
        }
        was_given
    }
}

/// An address as a whole one, read from the page's own as a browser reads links; `None` where it is of another site or of none.
fn resolved(url: &str) -> Option<String> {
    let page = web_sys::Url::new(&dom::base()).ok()?;
    let url = web_sys::Url::new_with_base(url, &dom::base()).ok().filter(|_| !url.is_empty())?;
    (url.origin() == page.origin() && url.protocol() == page.protocol()).then(|| url.href())
}

/// The path of an address of this site from the page's folder on, or from the site's root where it lies elsewhere.
fn below_page(url: &str) -> String {
    let whole = resolved(url).unwrap_or_default();
    match whole.strip_prefix(&dom::base()) {
        Some(path) => path.to_owned(),
        None => whole.splitn(4, '/').last().unwrap_or_default().to_owned(),
    }
}
