// The worker's first lines: starts the engine's program, whose address stands behind the `#`, and tells the page when
// it cannot (a page hears of a worker's errors, but not of its rejected promises). web/src/page/client.rs starts it.
const fail = (why) => postMessage(JSON.stringify({ id: 0, body: { failed: { what: '', why: String(why), hint: '' } } }));
addEventListener('unhandledrejection', (event) => fail(event.reason));
import(location.hash.slice(1)).catch(fail);
