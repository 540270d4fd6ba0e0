// The page has moved: go to its new address, and to the same place in it.
(() => {
  const { to } = document.currentScript.dataset;
  location.replace(to.includes("#") ? to : to + location.hash);
})();
