// Sets up Google Analytics with the kind of page in place of its address. Loaded only after a yes.
"use strict";
(() => {
  const { id, page } = document.currentScript.dataset;
  window.dataLayer = window.dataLayer || [];
  window.gtag = function () {
    window.dataLayer.push(arguments);
  };
  window.gtag("consent", "default", {
    ad_storage: "denied",
    ad_user_data: "denied",
    ad_personalization: "denied",
    analytics_storage: "granted",
  });
  window.gtag("js", new Date());
  window.gtag("config", id, {
    anonymize_ip: true,
    allow_google_signals: false,
    allow_ad_personalization_signals: false,
    cookie_domain: "none",
    cookie_expires: 180 * 24 * 60 * 60,
    page_location: window.location.origin + page,
    page_title: page,
    page_referrer: "",
  });
})();
