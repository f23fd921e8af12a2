/** What the page shows while it starts or fails; in a shadow root, so that the application's styles do not affect it. */

const host = document.createElement("bx24py-start");
const root = host.attachShadow({ mode: "open" });
const sheet = new CSSStyleSheet(); // constructed, because a strict Content-Security-Policy blocks inline styles
sheet.replaceSync(`
  :host { all: initial; display: block; color-scheme: inherit; } /* follow the page, not the browser's preference */
  * { box-sizing: border-box; margin: 0; }
  section { font: 15px/1.5 "Open Sans", "Helvetica Neue", Helvetica, Arial, sans-serif; color: #333; color: light-dark(#333, #e6e9ee);
    background: #fff; background: light-dark(#fff, #1b1e23); max-width: 40rem; margin: 1.25rem auto; padding: .75rem 1.25rem; }
  h1 { font-size: 1.25rem; font-weight: 500; line-height: 1.3; margin-bottom: .5rem; }
  .text { color: #525c69; color: light-dark(#525c69, #b6bcc6); overflow-wrap: anywhere; }
  pre { font: 13px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; white-space: pre-wrap; overflow-wrap: anywhere;
    background: #f5f7f8; background: light-dark(#f5f7f8, #23272e); color: inherit; padding: .875rem 1rem; border-radius: 8px; }
  .failed { border-left: 4px solid #f0503c; padding-left: 1rem; }
  .track { position: relative; height: 4px; border-radius: 2px; background: #dfe3e6; background: light-dark(#dfe3e6, #3a404a); overflow: hidden; margin-bottom: .625rem; }
  .bar { height: 100%; width: 100%; border-radius: 2px; background: #2fc6f6; transform-origin: left; transform: scaleX(0);
    transition: transform .6s cubic-bezier(.2, .7, .3, 1); }
  /* Python's start leaves the page's thread no time. What changes only a transform moves without it. It moves in steps,
     eight a second: to draw sixty costs a machine without a graphics card a twentieth of the start. */
  .bar.slowly { transition: transform 6s steps(48); }
  .shine { position: absolute; inset: 0 70% 0 0; opacity: .7; background: linear-gradient(90deg, transparent, #fff, transparent);
    background: linear-gradient(90deg, transparent, light-dark(#fff, #fff6), transparent);
    animation: shine 1.5s steps(12) infinite; }
  @keyframes shine { from { transform: translateX(-100%); } to { transform: translateX(334%); } }
  @media (prefers-reduced-motion: reduce) { .bar { transition: none; } .shine { display: none; } }
`);
root.adoptedStyleSheets = [sheet];
const section = document.createElement("section");
const track = element("div", "track");
const bar = element("div", "bar");
const text = element("p", "text");
track.setAttribute("role", "progressbar");
track.setAttribute("aria-label", "Starting the application");
track.append(bar, element("div", "shine"));
section.append(track, text);
root.append(section);
document.body.prepend(host);

/** @param {string} name @param {string} [className] @param {string} [content] */
function element(name, className = "", content = "") {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = content;
  return made;
}

let reached = 0;

/**
 * Report the progress of the start. Several tasks run at once, so a report that is behind the last one is ignored.
 *
 * @param {number} done 0…1
 * @param {string} what text for the user
 * @param {number} [soon] where the bar moves on to by itself while the page is busy
 */
export function progress(done, what, soon = done) {
  if (done < reached) return;
  reached = done;
  bar.classList.toggle("slowly", soon > done);
  bar.style.transform = `scaleX(${soon})`;
  track.setAttribute("aria-valuenow", String(Math.round(soon * 100)));
  text.textContent = what;
  window.dispatchEvent(new CustomEvent("bx24py:progress", { detail: { done, text: what } }));
}

/** Remove the progress bar: the page belongs to the application now. */
export function hide() {
  host.remove();
}

/** @param {string} title @param {string} what what to do, or what Python said */
export function showFailure(title, what) {
  section.className = "failed";
  section.setAttribute("role", "alert");
  section.replaceChildren(
    element("h1", "", title),
    what.includes("\n") ? element("pre", "", what) : element("p", "text", what),
  );
  document.body.prepend(host);
}
