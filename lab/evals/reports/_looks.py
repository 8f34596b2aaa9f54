"""How the HTML report looks, and the little that it does by itself."""

from __future__ import annotations

import base64
import hashlib

CSS = """
:root { color-scheme: light dark; --ink: #1c2330; --soft: #5b6576; --line: #dde1e8; --paper: #fff;
  --panel: #f6f7f9; --good: #0f7b3d; --bad: #b3261e; --odd: #8a5a00; --blue: #2f5fd0; --mark: #1c2330;
  --ins: #d9f3e1; --del: #fbdedc; --good-bar: #2e9d5b; --track: #e6e9ee; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7eaf0; --soft: #a2abba; --line: #333a47;
  --paper: #12151b; --panel: #1b2029; --good: #5fd08d; --bad: #ff8a80; --odd: #f0b95a; --blue: #8fb2ff;
  --mark: #fff; --ins: #143d26; --del: #4f1d1b; --good-bar: #3aa867; --track: #2a303b; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 2rem 1.5rem 4rem; color: var(--ink);
  background: var(--paper); font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
h1 { margin: 0; font-size: 1.7rem; line-height: 1.25; overflow-wrap: anywhere; }
h2 { margin: 2.4rem 0 .8rem; font-size: 1.15rem; }
h3 { margin: 0; font-size: .95rem; overflow-wrap: anywhere; }
p { margin: .4rem 0; overflow-wrap: anywhere; }
header .row { display: flex; flex-wrap: wrap; gap: .6rem; align-items: center; }
.badge { padding: .1rem .6rem; border: 1px solid; border-radius: 1rem; font-size: .8rem; font-weight: 600;
  white-space: nowrap; }
.soft { color: var(--soft); font-size: .85rem; }
.passed, .answered { color: var(--good); } .failed { color: var(--bad); }
.missing, .invalid, .interrupted, .simulated, .open { color: var(--odd); }
.change { color: var(--blue); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .4rem .7rem; border-bottom: 1px solid var(--line); text-align: right;
  white-space: nowrap; }
th { color: var(--soft); font-size: .8rem; font-weight: 600; }
th:first-child, td:first-child { padding-left: 0; text-align: left; white-space: normal;
  overflow-wrap: anywhere; min-width: 10rem; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr)); gap: 1rem; }
figure { margin: 0; padding: 1rem 1.1rem; border: 1px solid var(--line); border-radius: .6rem;
  background: var(--panel); break-inside: avoid; }
figcaption { margin-bottom: .5rem; font-weight: 600; }
.bar { display: flex; flex-wrap: wrap; justify-content: space-between; gap: .1rem 1rem; margin-top: .7rem;
  font-size: .85rem; font-variant-numeric: tabular-nums; }
.bar span, .bar b { overflow-wrap: anywhere; }
.bar svg { display: block; width: 100%; height: .6rem; border-radius: .3rem; }
.track { fill: var(--track); } .fill { fill: var(--blue); } .rate { fill: var(--good-bar); }
.range { fill: var(--blue); opacity: .4; } .tick { fill: var(--mark); }
.shut { fill: var(--bad); opacity: .3; }
#tools { position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; gap: .5rem;
  padding: .6rem 0; background: var(--paper); }
#tools[hidden] { display: none; }
button, input { padding: .35rem .8rem; border: 1px solid var(--line); border-radius: 1rem; font: inherit;
  font-size: .85rem; color: inherit; background: var(--panel); }
button { cursor: pointer; }
button[aria-pressed=true] { border-color: var(--blue); color: var(--blue); font-weight: 600; }
input { flex: 1 1 12rem; min-width: 0; }
.case { border: 1px solid var(--line); border-radius: .6rem; margin-bottom: .45rem;
  content-visibility: auto; contain-intrinsic-size: auto 3rem; }
.case[hidden] { display: none; }
.case > summary { display: grid; grid-template-columns: minmax(6rem, 14rem) minmax(0, 1fr) auto;
  gap: .2rem 1rem; padding: .55rem .9rem; cursor: pointer; list-style: none; align-items: baseline; }
.case > summary::-webkit-details-marker { display: none; }
.case > summary:hover { background: var(--panel); border-radius: .6rem; }
.id { font-weight: 600; overflow-wrap: anywhere; }
.id, .asked, li { unicode-bidi: isolate; }
.asked { color: var(--soft); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.cells { display: flex; flex-wrap: wrap; gap: .1rem .8rem; justify-content: flex-end; font-size: .85rem; }
.body { padding: .2rem .9rem .9rem; border-top: 1px solid var(--line); }
.answer { margin-top: 1rem; }
.text { margin: .4rem 0; padding: .7rem .9rem; max-height: 26rem; overflow: auto; border-radius: .5rem;
  background: var(--panel); white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: isolate;
  font: .85rem/1.55 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
ins { background: var(--ins); text-decoration: underline; text-underline-offset: .2em; }
del { background: var(--del); text-decoration: line-through; }
.fold > summary { color: var(--soft); cursor: pointer; font-size: .8rem; }
ul { margin: .4rem 0; padding: 0; list-style: none; }
li { overflow-wrap: anywhere; font-size: .9rem; }
@media (max-width: 40rem) { body { padding: 1.2rem 1rem 3rem; } #tools { position: static; }
  .case > summary { grid-template-columns: minmax(0, 1fr); }
  .cells { grid-row: 2; justify-content: flex-start; } }
@media print { body { max-width: none; padding: 0; font-size: 10.5pt; } #tools { display: none; }
  .case { content-visibility: visible; break-inside: avoid-page; } .text { max-height: none; } }
"""

JS = """
const tools = document.getElementById("tools"), find = document.getElementById("find")
const cases = [...document.querySelectorAll(".case")], none = document.getElementById("none")
const texts = new Map()
let kind = "all"
const text = each => {
  if (!texts.has(each)) texts.set(each, each.textContent.toLowerCase())
  return texts.get(each)
}
function pick() {
  const wanted = find.value.trim().toLowerCase()
  let shown = 0
  for (const each of cases) {
    const fits = (kind === "all" || each.dataset.kinds.split(" ").includes(kind))
      && (!wanted || text(each).includes(wanted))
    each.hidden = !fits
    shown += fits
  }
  none.hidden = shown > 0
}
for (const button of tools.querySelectorAll("button")) button.addEventListener("click", () => {
  kind = button.dataset.kind
  for (const other of tools.querySelectorAll("button")) other.setAttribute("aria-pressed", other === button)
  pick()
})
let waiting
find.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(pick, 150) })
tools.hidden = false
"""


def policy() -> str:
    """What the page may do: be drawn with this style, and run this script. Nothing is fetched or sent, and no
    other script runs, whatever an answer holds."""
    own = f"style-src {_hash(CSS)}; script-src {_hash(JS)}"
    return f"default-src 'none'; {own}; base-uri 'none'; form-action 'none'"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
