"""What every page is measured by, in a browser that shows it: each rule gives its complaints in words."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.browser.test_accessibility import violations

WIDTHS = (320, 360, 640, 704, 768, 1024, 1280, 1920)  # 640 is 1280 at 200 %, 320 at 400 %
HEIGHT = 900
STOPS = 8  # of one control, at most: a date and a time
FRAMES = 10  # within which a page has scrolled to what is focused, on a busy machine too

# Begins before the page does: what moved without anybody's doing, and where; a digit that is wider is nothing.
WATCH = """window.moved = [];
const byItself = each => !each.hadRecentInput && each.value >= 0.0001;
new PerformanceObserver(list => list.getEntries().filter(byItself).forEach(each => moved.push(
  each.value.toFixed(4) + " " + each.sources.map(({node}) => node ? (node.id || node.className || node.nodeName) : "")
))).observe({type: "layout-shift", buffered: true});"""

_NAMED = """const named = each => each.localName + (each.id ? "#" + each.id : "")
  + (each.getAttribute("class") ? "." + each.getAttribute("class").trim().replaceAll(/\\s+/g, ".") : "")
  + " " + each.textContent.trim().replaceAll(/\\s+/g, " ").slice(0, 30);"""

_STICKS_OUT = f"""() => {{ {_NAMED}
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= wide) return [];
  const scrolls = each => each && (getComputedStyle(each).overflowX !== "visible" || scrolls(each.parentElement));
  const out = [...document.querySelectorAll("body *")]
    .filter(each => each.getBoundingClientRect().right > wide + 1 && !scrolls(each.parentElement));
  return out.filter(each => !out.includes(each.parentElement)).map(named); }}"""

_CUT = f"""() => {{ {_NAMED}
  const hides = value => value === "hidden" || value === "clip";
  return [...document.querySelectorAll("body *")].filter(each => each.checkVisibility() && each.textContent.trim()
    && !each.closest(".vh, .cut, .skip, svg") && (
    (hides(getComputedStyle(each).overflowX) && each.scrollWidth > each.clientWidth + 1)
    || (hides(getComputedStyle(each).overflowY) && each.scrollHeight > each.clientHeight + 1))).map(named); }}"""

# What the Tab key leads to, in the order of the page: of radio buttons of one name it is one.
_CONTROLS = """() => {
  const all = [...document.querySelectorAll(
    "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0'], [contenteditable]"
  )].filter(each => each.checkVisibility({visibilityProperty: true}) && !each.disabled && each.tabIndex >= 0);
  const chosen = each => all.some(other => other.name === each.name && other.form === each.form && other.checked);
  const groups = new Set();
  return window.controls = all.filter(each => {
    if (each.type !== "radio") return true;
    const group = each.form?.id + "/" + each.name;
    if (groups.has(group) || (chosen(each) && !each.checked)) return false;
    return groups.add(group); }); }"""

_FOCUSED = f"""() => {{ {_NAMED}
  const each = document.activeElement, place = controls.indexOf(each);
  if (each === document.body || each === document.documentElement) return null;
  const style = getComputedStyle(each), box = each.getBoundingClientRect();
  const ring = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
  const x = Math.min(Math.max(box.x + Math.min(box.width / 2, 12), 0), innerWidth - 1);
  const on = [box.y + 2, box.y + box.height / 2, box.bottom - 2].map(y => document.elementFromPoint(x, y));
  const seen = on.some(top => top && (each.contains(top) || top.contains(each)));
  return {{place, name: named(each), ring, seen}}; }}"""

_NEXT_FRAME = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"

_TURNED = f"""() => {{ {_NAMED}
  return [...document.querySelectorAll("body *")].filter(each => {{
    const style = getComputedStyle(each);
    return each.tabIndex > 0 || (style.order !== "0" && each.checkVisibility() && !each.matches(".dot, :has(> .dot)"))
      || /reverse/.test(style.flexDirection + style.flexWrap) || /dense/.test(style.gridAutoFlow);
  }}).map(named); }}"""

_PRINTED = f"""() => {{ {_NAMED}
  return [...document.querySelectorAll("button, .btn, [role=search], .top nav, .bar, .toast")]
    .filter(each => each.checkVisibility({{visibilityProperty: true}})).map(named); }}"""

# What says in forced colours which button is the first, and that no frame stands around what is like a link.
_FILLED = """() => {
  const color = each => getComputedStyle(each).backgroundColor;
  window.filled = [...document.querySelectorAll(".go")].filter(each => each.checkVisibility()
    && [...document.querySelectorAll("main button:not(.go, .plain)")].every(one => color(one) !== color(each))); }"""
_FORCED = f"""() => {{ {_NAMED}
  const style = each => getComputedStyle(each), seen = name => [...document.querySelectorAll(name)]
    .filter(each => each.checkVisibility());
  const others = seen("main button:not(.go, .plain)").map(each => style(each).backgroundColor);
  return [...window.filled.filter(each => others.includes(style(each).backgroundColor)),
    ...seen(".plain").filter(each => style(each).borderTopColor !== style(document.body).backgroundColor)]
    .map(named); }}"""


def widths(page: Page, sizes: tuple[int, ...] = WIDTHS) -> list[str]:
    """Say what sticks out of the window, or is cut, at some widths; the last is 1280 again."""
    found = []
    for width in (*sizes, 1280):
        page.set_viewport_size({"width": width, "height": HEIGHT})
        found += [f"sticks out at {width}: {each}" for each in page.evaluate(_STICKS_OUT)]
        found += [f"is cut at {width}: {each}" for each in page.evaluate(_CUT)]
    return found


def large_text(page: Page) -> list[str]:
    """Say what is cut or sticks out where somebody has set the browser to letters of twice the size."""
    fonts = page.context.new_cdp_session(page)
    fonts.send("Page.setFontSizes", {"fontSizes": {"standard": 32, "fixed": 26}})
    page.evaluate("new Promise(requestAnimationFrame)")
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "32px"
    found = [f"sticks out with large letters: {each}" for each in page.evaluate(_STICKS_OUT)]
    found += [f"is cut with large letters: {each}" for each in page.evaluate(_CUT)]
    fonts.send("Page.setFontSizes", {"fontSizes": {"standard": 16, "fixed": 13}})
    fonts.detach()
    return found


def axe(page: Page) -> list[str]:
    """Say what axe does in both colour schemes."""
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found += [f"{scheme}: {each}" for each in violations(page)]
    page.emulate_media(color_scheme="light")
    return found


def printed(page: Page) -> list[str]:
    """Say what is on paper though nobody can press it there."""
    page.emulate_media(media="print")
    found = [f"is printed: {each}" for each in page.evaluate(_PRINTED)]
    page.emulate_media(media="screen")
    return found


def forced(page: Page) -> list[str]:
    """Say what does not look its part where the colours are somebody's own."""
    page.evaluate(_FILLED)
    page.emulate_media(forced_colors="active")
    found = [f"in forced colours: {each}" for each in page.evaluate(_FORCED)]
    page.emulate_media(forced_colors="none")
    return found


def moved(page: Page) -> list[str]:
    """Say what moved by itself since the page was asked for; the page was opened with WATCH."""
    page.evaluate(_NEXT_FRAME)
    return [f"moved: {each}" for each in page.evaluate("window.moved")]


def keyboard(page: Page) -> list[str]:
    """Go through the page with the Tab key alone, and say what cannot be reached or seen, or comes out of turn."""
    found = [f"stands elsewhere than it is read: {each}" for each in page.evaluate(_TURNED)]
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    many = int(page.evaluate(f"({_CONTROLS})().length"))
    page.evaluate("document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute('tabindex')")
    reached: list[int] = []
    for _ in range(STOPS * many):
        page.keyboard.press("Tab")
        at = page.evaluate(_FOCUSED)
        for _ in range(FRAMES):
            if at is None or at["seen"]:
                break
            page.evaluate(_NEXT_FRAME)
            at = page.evaluate(_FOCUSED)
        if at is None or (at["place"] == 0 and len(reached) > 1):
            break
        if reached[-1:] == [at["place"]]:  # a date has several stops, with rings of the browser's own
            continue
        reached.append(at["place"])
        found += [f"has no ring: {at['name']}"] if not at["ring"] else []
        found += [f"is focused beneath something: {at['name']}"] if not at["seen"] else []
    missed = sorted({*range(many)} - {*reached})
    found += [f"is not reached: {page.evaluate('n => controls[n].outerHTML.slice(0, 120)', each)}" for each in missed]
    turns = [place for place in reached if place >= 0]
    return found + ([f"comes out of turn: {turns}"] if turns != sorted(turns) else [])
