// Choices of the user that outlast the page. Storage may be forbidden: then they last as long as the page.

export function loadChoice(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function storeChoice(key, choice) {
  try {
    localStorage.setItem(key, choice);
  } catch {
    // forbidden
  }
}
