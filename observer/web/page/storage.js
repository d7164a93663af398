// Choices of the user that outlast the page. Storage may be forbidden: then they last as long as the page.

/** @param {string} key */
export function loadChoice(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** @param {string} key @param {string} choice */
export function storeChoice(key, choice) {
  try {
    localStorage.setItem(key, choice);
  } catch {
    // forbidden
  }
}
