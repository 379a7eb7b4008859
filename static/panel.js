// Says in #say-error that a request got no answer, or none of ours, and in the tab how mail stands.
// Counts the seconds of what is waited for down, and copies.
// Keeps each answer with the values that it was asked with: one that comes late is not used, a test's result is marked.
// htmx does all the rest.
(() => {
  const SHOWN = [409, 422]; // these say themselves what is wrong

  const say = (text) => {
    const region = document.getElementById("say-error");
    if (region.textContent !== text) region.textContent = text; // a poll that fails again is not heard again
  };
  const sayUnreachable = () => say(document.getElementById("say-error").dataset.unreachable);
  const saySignedOut = () => say(document.getElementById("say-error").dataset.signedOut);

  const copy = ({ dataset }) => {
    getSelection().selectAllChildren(document.getElementById(dataset.copy));
    if (document.execCommand("copy")) document.getElementById("say").textContent = dataset.copied; // over HTTP, too
  };

  const show = (button) => {
    const shown = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", shown);
    document.getElementById(button.dataset.shows).type = shown ? "text" : "password";
  };

  document.addEventListener("click", ({ target }) => {
    target.closest(".toast .close")?.parentElement.classList.add("gone");
    const button = target.closest("[data-copy]");
    if (button) copy(button);
    const eye = target.closest("[data-shows]");
    if (eye) show(eye);
    const shows = target.closest("[data-reveals]"); // what it does is seen there, far below on a phone
    if (shows) document.getElementById(shows.dataset.reveals).scrollIntoView({ block: "nearest" });
  });

  // What was refused is typed anew: what was said of it holds no longer.
  document.addEventListener("input", ({ target }) => {
    if (!target.ariaInvalid) return;
    target.ariaInvalid = null;
    document.getElementById(`${target.id}-error`)?.replaceChildren();
  });

  // On a phone the menu and the tabs are wider than the window.
  for (const here of document.querySelectorAll(":is(.top nav, .tabs) [aria-current]")) {
    here.closest(".tabs, nav").scrollLeft = here.offsetLeft - innerWidth / 2;
  }

  let before = document.getElementById("standing")?.dataset.title ?? ""; // the title that the page has

  // The answers hold how mail stands; the tab says it, too.
  const showStanding = () => {
    const { title, icon } = document.getElementById("standing")?.dataset ?? { title: "" };
    const shown = document.title;
    document.title = before && shown.includes(before) ? shown.replace(before, title) : title + shown;
    before = title;
    const link = document.getElementById("icon"); // of our own pages; a page around us has one of its own
    if (icon && link && link.getAttribute("href") !== icon) link.setAttribute("href", icon);
  };
  document.addEventListener("htmx:after:swap", showStanding);

  document.addEventListener("htmx:error", (event) => {
    if (event.detail.ctx) sayUnreachable();
  });
  const refused = new WeakSet(); // polls of who may not look any more
  document.addEventListener("htmx:after:request", (event) => {
    const { response, text, sourceElement } = event.detail.ctx;
    if (response.status === 403) refused.add(sourceElement);
    if (response.status < 400 || SHOWN.includes(response.status)) say("");
    else if (text.includes('id="say-error"') || response.headers.has("HX-Redirect")) return; // it is ours
    else if (response.status === 401) saySignedOut();
    else sayUnreachable(); // a proxy's page, say
  });

  // How long ago a moment is, and how soon: the words of the server, from the smallest unit on, of one and of more.
  const UNITS = [1, 60, 3600, 86400]; // seconds
  const ahead = document.getElementById("say-error").dataset.now - Date.now(); // of the clock here is that of the server
  const tell = (each) => {
    const { since, until } = each.dataset;
    const passed = Math.floor((Date.now() + ahead - Date.parse(each.dateTime)) / 1000);
    const span = Math.max(0, until ? -passed : passed);
    const unit = Math.max(0, UNITS.findLastIndex((unit) => unit <= span));
    const number = Math.floor(span / UNITS[unit]);
    const text = (until ?? since).split("|")[2 * unit + (number !== 1)].replace("#", number);
    if (each.textContent !== text) each.textContent = text;
  };

  // The form comes without the sheet of the pages that it leads to: it is there before they are.
  const loadSheet = () => {
    const of = document.querySelector("[data-sheet]");
    if (!of) return;
    document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: of.dataset.sheet }));
    delete of.dataset.sheet;
  };
  for (const name of ["pointerdown", "focusin", "htmx:before:request"]) document.addEventListener(name, loadSheet);

  const ends = new WeakMap(); // of what counts down: when, and the seconds it was given
  const begins = new WeakMap(); // of what counts up: when
  setInterval(() => {
    document.querySelectorAll("[data-since], [data-until]").forEach(tell);
    for (const each of document.querySelectorAll("[data-past]")) {
      if (!begins.has(each)) begins.set(each, performance.now() - each.dataset.past * 1000);
      each.textContent = ((performance.now() - begins.get(each)) / 1000).toFixed(1);
    }
    for (const each of document.querySelectorAll("[data-left]")) {
      const { left } = each.dataset;
      if (ends.get(each)?.left !== left) ends.set(each, { left, at: performance.now() + left * 1000 });
      each.textContent = Math.max(0, Math.ceil((ends.get(each).at - performance.now()) / 1000));
    }
  }, 250);

  const posting = new WeakSet(); // forms and buttons whose request is under way, or waits for that of another
  const waitsItsTurn = (element) => element.getAttribute("hx-sync")?.endsWith("queue all");
  let tested = null; // the values that the shown result of a test is of

  const controls = (root) => [...root.querySelectorAll("input[id], select[id], textarea[id]")];
  const valueOf = (control) => (["checkbox", "radio"].includes(control.type) ? control.checked : control.value);
  const values = () => new Map(controls(document).map((each) => [each.id, valueOf(each)]));
  const differs = (then, id) => {
    const control = document.getElementById(id);
    return control !== null && then.has(id) && then.get(id) !== valueOf(control);
  };
  const words = (text) => text.split(" ").filter(Boolean);

  const markResult = () => {
    const names = [...document.querySelectorAll("[data-tested]")].flatMap((each) => words(each.dataset.tested));
    const changed = tested !== null && names.some((name) => differs(tested, name));
    document.getElementById("trial-result")?.toggleAttribute("data-changed", changed);
  };

  // Whether an answer was worked out from other values than those of now, or would write over one of them.
  const isLate = ({ sourceElement, text, asked }) => {
    const bound = sourceElement.dataset?.binds;
    if (bound === undefined) return false;
    const answered = controls(new DOMParser().parseFromString(text, "text/html")).map((each) => each.id);
    return [...words(bound), ...answered].some((id) => differs(asked, id));
  };

  document.addEventListener("htmx:config:request", (event) => {
    const { ctx } = event.detail;
    ctx.asked = values();
    const { sourceElement } = ctx;
    if (ctx.request.method === "POST" && posting.has(sourceElement)) event.preventDefault(); // a double click
    else if (ctx.request.method === "POST" && waitsItsTurn(sourceElement)) posting.add(sourceElement);
    if (refused.has(ctx.sourceElement) && ctx.sourceElement.matches('[hx-trigger^="every"]')) event.preventDefault();
  });
  // The second click of a double click does nothing: by then another button may stand where the first was.
  const isSecond = ({ detail, target }) => detail > 1 && target.closest("button")?.matches("[hx-post], form[hx-post] *");
  const ignore = (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  document.addEventListener("click", (event) => isSecond(event) && ignore(event), true);
  document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
    if (["form", "button"].includes(ctx.sourceElement.localName)) posting.add(ctx.sourceElement);
  });
  document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => posting.delete(ctx.sourceElement));
  document.addEventListener("htmx:before:swap", (event) => {
    const { ctx } = event.detail;
    if (ctx.target?.id === "trial-result") tested = ctx.asked;
    if (!isLate(ctx)) return;
    event.preventDefault();
    say(document.getElementById("say-error").dataset.changed);
  });
  for (const name of ["input", "change", "htmx:after:swap"]) document.addEventListener(name, markResult);

  // A form that was changed asks before it is left. What was typed, but no secret, stays in this tab (sessionStorage: no
  // other tab and no later start of the browser has it) until it is saved or discarded, or its account signs out or is
  // another one.
  const keepDraft = () => {
    const KEY = "mail-panel-draft";
    const opened = new WeakMap(); // forms: the values that they came with
    let [here, offered, missing] = [false, null, []]; // missing: values whose fields come with an answer
    const form = () => document.getElementById("settings-form");
    const all = (of) => controls(of).map((each) => [each.id, valueOf(each)]);
    const kept = (of) => all(of).filter(([id]) => words(of.dataset.keeps).includes(document.getElementById(id).name));
    const isChanged = (of, some) => opened.has(of) && JSON.stringify(some(of)) !== opened.get(of).get(some);
    let store = null; // a browser may keep it from a page in a frame
    try {
      store = sessionStorage;
    } catch {}
    const read = () => JSON.parse(store?.getItem(KEY) ?? null);
    const drop = () => store?.removeItem(KEY);
    const offer = (shown) => document.getElementById("draft")?.toggleAttribute("hidden", !shown);

    const write = () => {
      const of = form();
      if (of && isChanged(of, kept)) store?.setItem(KEY, JSON.stringify({ of: of.dataset.draft, values: kept(of) }));
    };
    const put = (values) => {
      missing = values.filter(([id]) => !document.getElementById(id));
      for (const [id, value] of values) {
        const control = document.getElementById(id);
        if (!control || valueOf(control) === value || (control.type === "radio" && !value)) continue;
        control[typeof value === "boolean" ? "checked" : "value"] = value;
        control.dispatchEvent(new Event("change", { bubbles: true }));
      }
    };
    const look = () => {
      const of = form();
      if (missing.length) put(missing);
      if (here && !of) drop(); // it was saved or cancelled
      here = Boolean(of);
      if (!of || opened.has(of)) return;
      opened.set(of, new Map([all, kept].map((some) => [some, JSON.stringify(some(of))])));
      offered = read();
      if (offered?.of !== of.dataset.draft) offered = null;
      offer(offered);
    };
    document.addEventListener("click", ({ target: { id } }) => {
      if (id === "draft-take") put(offered.values);
      if (id === "draft-drop") drop();
      if (["draft-take", "draft-drop"].includes(id)) offer(false);
    });
    for (const name of ["input", "change"]) document.addEventListener(name, write);
    document.addEventListener("htmx:after:swap", () => {
      look();
      write();
    });
    addEventListener("beforeunload", (event) => {
      if (form() && isChanged(form(), all)) event.preventDefault();
    });
    document.addEventListener("submit", ({ target }) => {
      if (target.getAttribute("action")?.endsWith("/logout")) drop();
    });
    const account = document.getElementById("say-error")?.dataset.account; // none where somebody signs in
    if (account && !read()?.of.startsWith(`${account}/`)) drop();
    look();
  };
  keepDraft();

  // What somebody has opened stays open when all around it is brought anew.
  window.htmx?.registerExtension("stays-open", {
    htmx_before_morph_attr: ({ id }, { attrName, newValue }) => !id || attrName !== "open" || newValue !== null,
  });

  // Messages that are ticked: all that are shown by one box, how many there are, and no poll takes them away.
  const ticked = () => document.querySelectorAll("#outbox tbody input:checked").length;
  document.addEventListener("change", ({ target }) => {
    if (!target.closest("#outbox")) return;
    if (target.id === "tick-all") for (const each of document.querySelectorAll("#outbox tbody input")) each.checked = target.checked;
    const count = document.getElementById("ticked");
    if (count) count.textContent = count.dataset.count.replace("#", ticked());
  });
  document.addEventListener("htmx:config:request", (event) => {
    if (event.detail.ctx.sourceElement.matches("#outbox [hx-trigger^=every]") && ticked()) event.preventDefault();
  });
})();
