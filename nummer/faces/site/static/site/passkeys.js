// Passkeys: asks the browser for one and sends what it answers. The rest is the server's.
"use strict";
(() => {
  const forms = document.querySelectorAll("form[data-passkey]");
  if (!window.PublicKeyCredential || !window.webauthnJSON) return;

  function given() {
    return JSON.parse(document.getElementById("passkey-options").textContent);
  }

  async function asked(form) {
    const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  }

  const ceremonies = {
    async add() {
      const options = given().creation_options;
      const wanted = options.publicKey.authenticatorSelection;
      wanted.residentKey = "required";
      wanted.requireResidentKey = true;
      wanted.userVerification = "required";
      return window.webauthnJSON.create(options);
    },
    async use() {
      return window.webauthnJSON.get(given().request_options);
    },
    async login(form) {
      return window.webauthnJSON.get((await asked(form)).request_options);
    },
  };

  for (const form of forms) {
    const problem = document.getElementById("passkey-problem");
    for (const place of document.querySelectorAll("[data-passkey-needed]")) place.hidden = false;
    for (const place of document.querySelectorAll("[data-passkey-missing]")) place.hidden = true;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      problem.hidden = true;
      try {
        const credential = await ceremonies[form.dataset.passkey](form);
        form.elements.credential.value = JSON.stringify(credential);
        form.submit();
      } catch {
        problem.hidden = false;
        problem.focus();
      }
    });
  }
})();
