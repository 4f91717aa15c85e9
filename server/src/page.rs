//! The page: static files, or a note on how to build them.

use std::path::Path;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use tower_http::compression::CompressionLayer;
use tower_http::services::ServeDir;

/// Scripts and workers from here only; models from here and from any https address that the visitor types.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; \
    connect-src 'self' https:; style-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'";

const NO_PAGE: &str = include_str!("no_page.html");

/// Serves the page's folder.
pub(crate) fn pages(folder: Option<&Path>) -> Router {
    let router = match folder {
        Some(folder) => Router::new().fallback_service(ServeDir::new(folder).fallback(get(missing))),
        None => Router::new().route("/", get(Html(NO_PAGE))).fallback(missing),
    };
    router.layer(from_fn(headers)).layer(CompressionLayer::new())
}

async fn missing() -> Response {
    (
        StatusCode::NOT_FOUND,
        Html("<!doctype html><title>Not found</title><p>Not found. <a href=\"/\">To the page</a></p>"),
    )
        .into_response()
}

/// What may run on the page, and how long a browser may keep its files unasked.
async fn headers(request: Request<Body>, next: Next) -> Response {
    let versioned = has_version(request.uri().query().unwrap_or(""));
    let mut response = next.run(request).await;
    let keep = match response.status().is_success() && versioned {
        true => "public, max-age=31536000, immutable",
        false => "no-cache",
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY));
    response
}

/// Whether an address changes with its content: the build gives files `?v=HASH`.
fn has_version(query: &str) -> bool {
    query.strip_prefix("v=").is_some_and(|hash| hash.len() >= 8 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::has_version;

    #[test]
    fn only_versioned_addresses_are_kept_unasked() {
        assert!(has_version("v=0123456789"));
        for query in ["", "v=", "v=1234", "v=xyzxyzxyz", "seed=12345678", "v=12345678&seed=1"] {
            assert!(!has_version(query), "{query}");
        }
    }
}
