// Before the first paint, so that a kept theme does not flash. The page's program changes it (page/browser.rs).
try {
  document.documentElement.dataset.theme = localStorage.getItem("duet-theme") ?? "auto";
} catch {
  // Storage is off: the system's theme stands.
}
