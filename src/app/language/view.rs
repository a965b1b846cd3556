//! Texts as parts of a view: wherever one becomes an element, an attribute or a label, it is looked up first.

use leptos::prelude::{IntoAttributeValue, IntoRender, Signal};

use super::Text;

impl IntoRender for Text {
    type Output = &'static str;

    fn into_render(self) -> Self::Output {
        self.get()
    }
}

impl IntoAttributeValue for Text {
    type Output = &'static str;

    fn into_attribute_value(self) -> Self::Output {
        self.get()
    }
}

impl From<Text> for Signal<String> {
    fn from(text: Text) -> Self {
        Self::stored(text.into())
    }
}
