//! A model of the visitor's in place of the page's own.

use leptos::prelude::*;

use super::{EngineClient, Status, WORDS_MODEL};
use crate::app::{dom, strings};
use crate::protocol::{GivenModel, ModelSummary, Request, RequestId};

impl EngineClient {
    /// Runs on the visitor's model from now on.
    pub fn open(self, model: GivenModel) {
        self.change(Some(model));
    }

    /// Runs on the model that an address names, where it lies on this site.
    pub fn open_address(self, url: &str) {
        match is_of_this_site(url) {
            true => self.change(Some(GivenModel::Url(url.to_owned()))),
            false => self.message.set(Some(strings::FOREIGN_MODEL.into())),
        }
    }

    /// Runs on the page's own models again.
    pub fn use_own(self) {
        self.change(None);
    }

    /// Where a command line finds the model that runs: the visitor's, else `shipped`.
    pub fn place(self, shipped: &str) -> String {
        let given = self.given.with(|given| match given {
            Some(GivenModel::Url(url)) => Some(url.clone()),
            Some(GivenModel::Files { name, .. }) => Some(name.clone()),
            None => None,
        });
        match given.filter(|_| !self.is_deaf_here()) {
            Some(place) if place.contains(|c: char| !c.is_ascii_alphanumeric() && !"._-/".contains(c)) => {
                format!("'{}'", place.replace('\'', r"'\''"))
            }
            Some(place) => place,
            None => shipped.to_owned(),
        }
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
        let model = self.given.get_untracked().filter(|_| !self.is_deaf_here())?;
        let model = match model {
            GivenModel::Url(url) => GivenModel::Url(format!("{}{url}", dom::base())),
            files => files,
        };
        Some(Request::Open { id, model })
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

/// Whether this is an address below or beside the page: without scheme, host or root.
fn is_of_this_site(url: &str) -> bool {
    !url.is_empty() && !url.starts_with('/') && !url.contains([':', '\\', '?', '#'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_this_site_are_opened() {
        for url in ["mine.zip", "models/mine/", "../models/mine"] {
            assert!(is_of_this_site(url), "{url}");
        }
        for url in
            ["", "https://example.org/m.zip", "//example.org/m.zip", "/m.zip", r"\\host\m", "javascript:1", "data:,x"]
        {
            assert!(!is_of_this_site(url), "{url}");
        }
    }
}
