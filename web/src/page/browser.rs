//! The few things that the page asks of the browser itself.

use leptos::prelude::{document, window};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Element, HtmlElement, UrlSearchParams};

use crate::settings::Settings;

/// The content of `<meta name=…>` in the shell, where the build writes addresses that change with their content.
pub(crate) fn meta(name: &str) -> String {
    let element = document().query_selector(&format!("meta[name='{name}']")).ok().flatten();
    element.and_then(|element| element.get_attribute("content")).unwrap_or_default()
}

/// The settings that the address carries.
pub(crate) fn read_address() -> Settings {
    let search = window().location().search().unwrap_or_default();
    let Ok(params) = UrlSearchParams::new_with_str(&search) else { return Settings::default() };
    let pairs = js_sys::try_iter(&params).ok().flatten().into_iter().flatten().filter_map(|entry| {
        let entry: js_sys::Array = entry.ok()?.dyn_into().ok()?;
        Some((entry.get(0).as_string()?, entry.get(1).as_string()?))
    });
    Settings::from_pairs(&pairs.collect::<Vec<_>>())
}

/// What becomes of the address that is left.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trail {
    /// Back leads to it.
    Keep,
    /// It is overwritten: a detail changed.
    Replace,
}

/// Settings as the part of an address behind its question mark.
pub(crate) fn query(settings: &Settings) -> String {
    let Ok(params) = UrlSearchParams::new() else { return String::new() };
    for (name, value) in settings.to_pairs() {
        params.append(name, &value);
    }
    params.to_string().into()
}

/// Writes settings into the address, unless it already carries them.
pub(crate) fn write_address(settings: &Settings, trail: Trail) {
    let query = query(settings);
    if read_address() == *settings {
        return;
    }
    let path = window().location().pathname().unwrap_or_default();
    let address = if query.is_empty() { path } else { format!("{path}?{query}") };
    let written = window().history().and_then(|history| match trail {
        Trail::Keep => history.push_state_with_url(&JsValue::NULL, "", Some(&address)),
        Trail::Replace => history.replace_state_with_url(&JsValue::NULL, "", Some(&address)),
    });
    // A sandboxed frame may not touch its address; the page works without.
    drop(written);
}

/// Puts text on the clipboard; false where the browser refuses.
pub(crate) async fn copy(text: &str) -> bool {
    let navigator: JsValue = window().navigator().into();
    let write = || -> Result<js_sys::Promise, JsValue> {
        let clipboard = js_sys::Reflect::get(&navigator, &"clipboard".into())?;
        let method: js_sys::Function = js_sys::Reflect::get(&clipboard, &"writeText".into())?.dyn_into()?;
        method.call1(&clipboard, &text.into())?.dyn_into()
    };
    match write() {
        Ok(promise) => JsFuture::from(promise).await.is_ok(),
        Err(_) => false,
    }
}

/// Offers text as a file to save.
pub(crate) fn save(name: &str, text: &str) -> Result<(), JsValue> {
    let blob = web_sys::Blob::new_with_str_sequence(&js_sys::Array::of1(&text.into()))?;
    let address = web_sys::Url::create_object_url_with_blob(&blob)?;
    let link: HtmlElement = document().create_element("a")?.dyn_into()?;
    link.set_attribute("href", &address)?;
    link.set_attribute("download", name)?;
    link.click();
    web_sys::Url::revoke_object_url(&address)
}

/// An address relative to the page, made absolute: the worker's own base is another.
pub(crate) fn absolute(address: &str) -> Option<String> {
    let base = document().base_uri().ok().flatten()?;
    web_sys::Url::new_with_base(address, &base).ok().map(|url| url.href())
}

/// Whether the visitor asked for less motion.
pub(crate) fn reduced_motion() -> bool {
    let query = window().match_media("(prefers-reduced-motion: reduce)");
    query.ok().flatten().is_some_and(|query| query.matches())
}

const THEME: &str = "duet-theme"; // web/static/theme.js reads it too, before the first paint

/// The theme kept in this browser: `auto`, `light` or `dark`.
pub(crate) fn theme() -> String {
    let kept = window().local_storage().ok().flatten().and_then(|storage| storage.get_item(THEME).ok().flatten());
    kept.unwrap_or_else(|| "auto".to_owned())
}

/// Shows a theme and keeps it; private windows may not keep it.
pub(crate) fn set_theme(name: &str) {
    if let Some(root) = document().document_element() {
        drop(root.set_attribute("data-theme", name));
    }
    if let Ok(Some(storage)) = window().local_storage() {
        drop(storage.set_item(THEME, name));
    }
}

/// Whether a key press belongs to the focused element: a text being edited, a control being worked.
pub(crate) fn is_busy_element(element: &Element) -> bool {
    element.closest("input, textarea, select, button, a, summary").ok().flatten().is_some()
}
