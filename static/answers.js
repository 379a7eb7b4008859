// Keeps each answer with the values that it was asked with: one that comes late is not used, a test's result is marked.
(() => {
  const posting = new WeakSet(); // forms whose request is under way
  let tested = null; // the values that the shown result of a test is of

  const controls = (root) => [...root.querySelectorAll("input[id], select[id], textarea[id]")];
  const valueOf = (control) => (control.type === "checkbox" ? control.checked : control.value);
  const values = () => new Map(controls(document).map((each) => [each.id, valueOf(each)]));
  const differs = (then, id) => {
    const control = document.getElementById(id);
    return control !== null && then.has(id) && then.get(id) !== valueOf(control);
  };
  const words = (text) => text.split(" ").filter(Boolean);

  const markResult = () => {
    const result = document.getElementById("trial-result");
    const names = words(result?.dataset.tested ?? "");
    result?.toggleAttribute("data-changed", tested !== null && names.some((name) => differs(tested, name)));
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
    if (ctx.request.method === "POST" && posting.has(ctx.sourceElement)) event.preventDefault(); // a double click
  });
  document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
    if (ctx.sourceElement.localName === "form") posting.add(ctx.sourceElement);
  });
  document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => posting.delete(ctx.sourceElement));
  document.addEventListener("htmx:before:swap", (event) => {
    const { ctx } = event.detail;
    if (ctx.target?.id === "trial-result") tested = ctx.asked;
    if (!isLate(ctx)) return;
    event.preventDefault();
    const region = document.getElementById("say-error");
    region.textContent = region.dataset.changed;
  });
  for (const name of ["input", "change", "htmx:after:swap"]) document.addEventListener(name, markResult);
})();
