//! The page's files and headers.

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use duet_server::app;

use crate::world::{get, header_of, send, state, text};

/// A folder that is gone after the test.
pub(crate) struct Folder {
    pub(crate) path: PathBuf,
}

impl Folder {
    pub(crate) fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let path = std::env::temp_dir().join(format!("duet-test-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        for (name, content) in files {
            std::fs::write(path.join(name), content).unwrap();
        }
        Self { path }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

fn page(folder: &Folder) -> Router {
    let mut state = state(Vec::new());
    state.page = Some(folder.path.clone());
    app(Arc::new(state))
}

/// Status and headers, one per line; what changes with every run is left out.
fn head(response: &Response<Body>) -> String {
    let changing = ["last-modified", "etag"];
    let headers = response.headers().iter().filter(|(name, _)| !changing.contains(&name.as_str()));
    let mut lines: Vec<String> = headers.map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
    lines.sort();
    format!("{}\n{}", response.status(), lines.join("\n"))
}

#[tokio::test]
async fn headers_of_the_page() {
    let folder = Folder::new("headers", &[("index.html", "<h1>Duet</h1>"), ("page_bg.wasm", "\0asm"), ("a.js", "1")]);
    let router = page(&folder);
    insta::assert_snapshot!("headers_of_index", head(&get(&router, "/").await));
    insta::assert_snapshot!("headers_of_wasm", head(&get(&router, "/page_bg.wasm?v=0123456789").await));
    insta::assert_snapshot!("headers_of_script", head(&get(&router, "/a.js").await));
    insta::assert_snapshot!("headers_of_health", head(&get(&router, "/health").await));
    assert_eq!(text(get(&router, "/").await).await, "<h1>Duet</h1>");
}

#[tokio::test]
async fn nothing_outside_the_folder_is_served() {
    let folder = Folder::new("outside", &[("index.html", "<h1>Duet</h1>")]);
    let router = page(&folder);
    for path in ["/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc/passwd", "/none.js"] {
        let response = get(&router, path).await;
        assert!(response.status().is_client_error(), "{path}: {}", response.status());
        assert!(!text(response).await.contains("root:"), "{path}");
    }
    let request = Request::post("/").body(Body::empty()).unwrap();
    assert!(send(&router, request).await.status().is_client_error());
}

#[tokio::test]
async fn text_is_compressed_for_browsers_that_take_it() {
    let long = "<p>again</p>".repeat(100);
    let folder = Folder::new("gzip", &[("index.html", &long)]);
    let request = Request::get("/").header("accept-encoding", "gzip").body(Body::empty()).unwrap();
    let response = send(&page(&folder), request).await;
    assert_eq!(header_of(&response, "content-encoding"), "gzip");
}

#[tokio::test]
async fn no_other_origin_is_let_in() {
    let router = app(Arc::new(state(Vec::new())));
    let request = Request::get("/v1/models").header("origin", "https://example.org").body(Body::empty()).unwrap();
    assert_eq!(header_of(&send(&router, request).await, "access-control-allow-origin"), "");
    let preflight = Request::options("/v1/chat/completions").header("origin", "https://example.org");
    let preflight = preflight.header("access-control-request-method", "POST").body(Body::empty()).unwrap();
    let response = send(&router, preflight).await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(header_of(&response, "access-control-allow-origin"), "");
}

#[tokio::test]
async fn without_a_page_the_root_says_how_to_build_one() {
    let router = app(Arc::new(state(Vec::new())));
    let response = get(&router, "/").await;
    assert_eq!(response.status(), StatusCode::OK);
    assert!(text(response).await.contains("cargo xtask serve"));
    assert_eq!(get(&router, "/page.js").await.status(), StatusCode::NOT_FOUND);
}
