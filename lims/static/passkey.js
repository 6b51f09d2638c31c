// Passkeys: the browser makes and shows them; what it answers goes along in the form that asked.
"use strict";
(() => {
  const asked = async (href) => (await fetch(href, { credentials: "same-origin", cache: "no-store" })).json();
  const told = (button, words) => { button.querySelector("[data-told]").textContent = words; };

  if (window.PublicKeyCredential?.parseRequestOptionsFromJSON) document.querySelectorAll("[data-passkeys]").forEach((el) => { el.hidden = false; });

  // At the log-in: shown first, sent along with name and password.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-passkey]");
    if (!button) return;
    try {
      const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(await asked(button.dataset.passkey));
      const found = await navigator.credentials.get({ publicKey });
      button.form.elements.passkey.value = JSON.stringify(found.toJSON());
      told(button, button.dataset.ready);
      (button.form.elements.login.value ? button.form.elements.password : button.form.elements.login).focus();
    } catch { told(button, button.dataset.none); }
  });

  // On one's own page: made when the form that names its device is sent.
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (form.dataset.act !== "accounts/add-passkey" || form.elements.credential.value) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    try {
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(await asked("/accounts/passkey"));
      const made = await navigator.credentials.create({ publicKey });
      form.elements.credential.value = JSON.stringify(made.toJSON());
    } catch { form.elements.credential.value = "none"; }
    form.requestSubmit();
  }, true);
})();
