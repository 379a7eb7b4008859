// Says in #say-error that a request got no answer, or none of ours. htmx does all the rest.
(() => {
  const SHOWN = [401, 409, 422]; // these say themselves what is wrong

  const say = (text) => {
    const region = document.getElementById("say-error");
    if (region.textContent !== text) region.textContent = text; // a poll that fails again is not heard again
  };
  const sayUnreachable = () => say(document.getElementById("say-error").dataset.unreachable);

  document.addEventListener("htmx:error", (event) => {
    if (event.detail.ctx) sayUnreachable();
  });
  document.addEventListener("htmx:after:request", (event) => {
    const { response, text } = event.detail.ctx;
    if (response.status < 400 || SHOWN.includes(response.status)) say("");
    else if (!text.includes('id="say-error"')) sayUnreachable(); // a proxy's page, say
  });
})();
